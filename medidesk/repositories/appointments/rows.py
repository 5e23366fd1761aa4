"""What the queries about appointments return: frozen rows that any thread may keep."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from medidesk.models.appointments import AppointmentState
from medidesk.models.visits import VisitState
from medidesk.repositories.duty.hours import Stretch
from medidesk.repositories.people import display_name


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """An appointment; fields as in `models.appointments.Appointment`.

    Attributes:
        given_name, family_name, born_on, number, phone: the patient's, as in the file that theirs was merged into.
        staff_title, staff_given_name, staff_family_name: whom the patient comes to.
        room: where, by its name; "" for no room.
        visit_id, visit_state, arrived_at: of the visit that it came to; None before they are here.
    """

    id: UUID
    org_id: UUID
    patient_id: UUID
    staff_id: UUID
    room_id: UUID | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: AppointmentState
    note: str
    cancel_reason: str
    wants_earlier: bool
    series_id: UUID | None
    version: int
    updated_at: dt.datetime
    updated_by: UUID | None
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
    visit_id: UUID | None = None
    visit_state: VisitState | None = None
    arrived_at: dt.datetime | None = None

    @property
    def name(self) -> str:
        """The patient's given and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def staff_name(self) -> str:
        """Whom they come to, as people say it."""
        return display_name(StaffName(self.staff_title, self.staff_given_name, self.staff_family_name))

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return round((self.ends_at - self.starts_at).total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class StaffName:
    """The parts of a name."""

    title: str
    given_name: str
    family_name: str


@dataclass(frozen=True, slots=True)
class Column:
    """One person's day in a calendar.

    Attributes:
        staff_id, name, specialisation: whose.
        usual_room_id: where they see patients unless another room is named.
        room_id, room: where all of the day that holds its time takes place, or else the usual one; None and "" for
            none.
        duty: when they are on duty, in minutes after midnight by the branch's clock.
        appointments: of that day, by their beginning; those on the pinboard and cancelled ones too.
    """

    staff_id: UUID
    name: str
    specialisation: str
    usual_room_id: UUID | None
    room_id: UUID | None
    room: str
    duty: tuple[Stretch, ...]
    appointments: tuple[AppointmentRow, ...]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of a branch: whoever is on duty or has appointments, side by side.

    Attributes:
        day: which.
        zone: of the branch's clock.
        columns: doctors first, then by name.
    """

    day: dt.date
    zone: dt.tzinfo
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which somebody is on duty, and nobody has an appointment with them or in their room yet."""

    staff_id: UUID
    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
