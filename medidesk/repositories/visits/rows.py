"""What the queries about visits return: frozen rows that any thread may keep."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from medidesk.models.visits import Priority, VisitKind, VisitState
from medidesk.repositories.appointments.rows import StaffName
from medidesk.repositories.people import display_name

OPEN = frozenset({VisitState.WAITING, VisitState.IN_ROOM})
"""States of whoever is still here."""


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit; fields as in `models.visits.Visit`.

    Attributes:
        booked_for: when their appointment begins; None without one.
        given_name, family_name, born_on, number, phone: the patient's, as in the file that theirs was merged into.
        staff_title, staff_given_name, staff_family_name: whom they come to; empty for whoever is free.
        room: where they are seen: that of the appointment, or else the usual one of whom they come to; "" for none.
    """

    id: UUID
    org_id: UUID
    patient_id: UUID
    appointment_id: UUID | None
    staff_id: UUID | None
    kind: VisitKind
    priority: Priority
    note: str
    ticket: str | None
    provisional_no: str | None
    state: VisitState
    arrived_at: dt.datetime
    called_at: dt.datetime | None
    in_room_at: dt.datetime | None
    ended_at: dt.datetime | None
    left_reason: str
    version: int
    updated_at: dt.datetime
    updated_by: UUID | None
    booked_for: dt.datetime | None
    given_name: str
    family_name: str
    born_on: dt.date | None
    born_estimated: bool
    number: str
    phone: str
    staff_title: str
    staff_given_name: str
    staff_family_name: str
    room: str

    @property
    def name(self) -> str:
        """The patient's given and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def staff_name(self) -> str:
        """Whom they come to, as people say it; "" for whoever is free."""
        if self.staff_id is None:
            return ""
        return display_name(StaffName(self.staff_title, self.staff_given_name, self.staff_family_name))

    @property
    def ticket_no(self) -> str:
        """What stands on their ticket: a number given without the server is on paper, and stays."""
        return self.provisional_no or self.ticket or "—"

    @property
    def due_at(self) -> dt.datetime:
        """What their place in the queue goes by: who comes early has it from their appointment on."""
        return max(self.arrived_at, self.booked_for or self.arrived_at)

    def concerns(self, person: UUID | None) -> bool:
        """Whether they come to this person, or to whoever is free; to anybody where it is nobody in particular."""
        return person is None or self.staff_id in {None, person}

    def minutes_waited(self, now: dt.datetime) -> int:
        """Minutes from the arrival to the room, or to the end without one, or until now."""
        until = self.in_room_at or self.ended_at or now
        return max(0, int((until - self.arrived_at).total_seconds() // 60))
