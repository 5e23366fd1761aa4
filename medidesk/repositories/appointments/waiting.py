"""Who would come earlier: the times that are free for them, and whom a time that comes free is for."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.errors import DomainError
from medidesk.models.appointments import Appointment
from medidesk.permissions import Need
from medidesk.repositories import branch_clock
from medidesk.repositories.appointments import queries
from medidesk.repositories.appointments.booking import AREA, move
from medidesk.repositories.appointments.busy import taken
from medidesk.repositories.appointments.rows import AppointmentRow, Slot
from medidesk.repositories.appointments.slots import DAYS_AHEAD, slots_of_day
from medidesk.repositories.duty.hours import covers, duty
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who has a time and would take an earlier one.

    Attributes:
        row: the time they have.
        slot: the first one before it that is free, with the same person, in the same room and as long; None where
            there is none.
    """

    row: AppointmentRow
    slot: Slot | None

    @property
    def id(self) -> UUID:
        """Of the appointment."""
        return self.row.id


def earlier_times(session: Session, org_id: UUID, after: dt.datetime) -> list[Waiting]:
    """Who of a branch would come earlier, and when they could; by the times that they have.

    Args:
        session: to read with.
        org_id: the branch.
        after: none begins earlier.
    """
    rows = queries.waiting_list(session, org_id, after)
    slots = _first_before(session, org_id, rows, after) if rows else {}
    return [Waiting(row, slots.get(row.id)) for row in rows]


def could_come(session: Session, freed: AppointmentRow, after: dt.datetime) -> list[AppointmentRow]:
    """Who would come at a time that came free, since it is with the same person and before their own.

    They come to the room they have: where somebody else has it then, they are not among them.

    Args:
        session: to read with.
        freed: the appointment as it was when it had that time.
        after: what begins earlier is of no use to anybody.

    Returns:
        Nobody where the time is too short for them, or is taken again; by the times that they have.
    """
    if freed.starts_at < after:
        return []
    zone, hours = branch_clock.zone_of(session, freed.org_id), duty(session, freed.org_id)
    day = branch_clock.day_of(freed.starts_at, zone)
    stretches = hours.on(day).get(freed.staff_id, ())
    until = freed.starts_at + dt.timedelta(days=1)
    waiting = queries.waiting_list(session, freed.org_id, freed.starts_at)
    rooms = {row.room_id for row in waiting if row.room_id is not None}
    busy = taken(session, (freed.staff_id,), rooms, freed.starts_at, until)
    found = []
    for row in waiting:
        ends = freed.starts_at + (row.ends_at - row.starts_at)
        begins_at, ends_at = (branch_clock.minute_of(one, day, zone) for one in (freed.starts_at, ends))
        fits = ends <= freed.ends_at or covers(stretches, begins_at, ends_at)
        if (
            row.staff_id == freed.staff_id
            and row.id != freed.id
            and fits
            and not busy.takes(row.staff_id, row.room_id, freed.starts_at, ends)
        ):
            found.append(row)
    return found


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def bring_forward(work: Work, appointment_id: UUID, starts_at: dt.datetime) -> UUID:
    """Give somebody an earlier time with the same person, in the same room, as long as theirs; they wait no more.

    Raises:
        DomainError: it is not earlier, or is taken.
    """
    row = work.get(Appointment, appointment_id)
    if starts_at >= row.starts_at:
        raise DomainError(
            tr("That is not earlier."), tr("Choose a time before the one they have."), field="starts_at"
        )
    # Whoever offers it has seen that the person is there then.
    move(work, row.id, row.staff_id, starts_at, starts_at + (row.ends_at - row.starts_at), outside_hours=True)
    row.wants_earlier = False
    return row.id


def _first_before(
    session: Session, org_id: UUID, rows: Iterable[AppointmentRow], after: dt.datetime
) -> dict[UUID, Slot]:
    zone, hours = branch_clock.zone_of(session, org_id), duty(session, org_id)
    seeking = {row.id: row for row in rows}
    until = max(row.starts_at for row in seeking.values())
    rooms = {row.room_id for row in seeking.values() if row.room_id is not None}
    busy = taken(session, {row.staff_id for row in seeking.values()}, rooms, after, until)
    found: dict[UUID, Slot] = {}
    day, last = branch_clock.day_of(after, zone), branch_clock.day_of(until, zone)
    last = min(last, day + dt.timedelta(days=DAYS_AHEAD))
    while seeking and day <= last:
        for minutes in {row.minutes for row in seeking.values()}:
            alike = [row for row in seeking.values() if row.minutes == minutes]
            for who, starts, ends in slots_of_day(hours, day, zone, {row.staff_id for row in alike}, minutes):
                if starts < after or busy.takes(who, None, starts, ends):
                    continue
                for row in alike:
                    comes = row.staff_id == who and ends <= row.starts_at and row.id not in found
                    if comes and not busy.takes(who, row.room_id, starts, ends):
                        found[row.id] = Slot(who, row.staff_name, starts, ends)
        day += dt.timedelta(days=1)
        for row_id in found:
            seeking.pop(row_id, None)
    return found
