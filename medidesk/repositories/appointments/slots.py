"""Finding a free time."""

import datetime as dt
from collections.abc import Collection, Iterator
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.duty import MINUTES_OF_A_DAY
from medidesk.repositories import branch_clock, directory
from medidesk.repositories.appointments.rows import Slot
from medidesk.repositories.duty.hours import Duty, duty

DAYS_AHEAD = 120
"""How far the finder looks."""
NOON = 12 * 60


class Part(StrEnum):
    """Of a day."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"


type _Busy = dict[UUID, list[tuple[dt.datetime, dt.datetime]]]


def free_slots(
    session: Session,
    org_id: UUID,
    after: dt.datetime,
    *,
    staff: Collection[UUID] | None = None,
    minutes: int | None = None,
    part: Part = Part.ANY,
    most: int = 12,
    without: UUID | None = None,
) -> list[Slot]:
    """The next free times of a branch, by their beginning.

    Args:
        session: to read with.
        org_id: the branch.
        after: none begins earlier.
        staff: with whom; with anybody unless told.
        minutes: how long it takes; as long as each one's appointments take unless told.
        part: of the day.
        most: how many at most.
        without: an appointment whose own time counts as free, since it is to be moved.
    """
    zone, hours = branch_clock.zone_of(session, org_id), duty(session, org_id)
    names = {row.id: row.name for row in directory.staff(session)}
    wanted = names.keys() if staff is None else names.keys() & set(staff)
    first = branch_clock.day_of(after, zone)
    busy = _busy(session, wanted, after, without)
    found: list[Slot] = []
    for ahead in range(DAYS_AHEAD):
        day = first + dt.timedelta(days=ahead)
        of_day = sorted(
            (
                Slot(staff_id, names[staff_id], starts, ends)
                for staff_id, starts, ends in _of_day(hours, day, zone, minutes, part)
                if staff_id in wanted and starts >= after and not _taken(busy.get(staff_id, ()), starts, ends)
            ),
            key=lambda slot: (slot.starts_at, slot.name, slot.staff_id),
        )
        found += of_day[: most - len(found)]
        if len(found) == most:
            break
    return found


def _of_day(
    hours: Duty, day: dt.date, zone: dt.tzinfo, minutes: int | None, part: Part
) -> Iterator[tuple[UUID, dt.datetime, dt.datetime]]:
    """Every time of a day at which an appointment could begin, taken or not."""
    opens, closes = (
        (NOON if part is Part.AFTERNOON else 0),
        (NOON if part is Part.MORNING else MINUTES_OF_A_DAY),
    )
    for staff_id, stretches in hours.on(day).items():
        for one in stretches:
            length = minutes or one.slot_minutes
            for minute in range(one.from_minute, one.to_minute - length + 1, one.slot_minutes):
                if opens <= minute < closes and branch_clock.is_said(day, minute, zone):
                    starts = branch_clock.instant(day, minute, zone)
                    yield staff_id, starts, starts + dt.timedelta(minutes=length)


def _busy(session: Session, staff: Collection[UUID], after: dt.datetime, without: UUID | None) -> _Busy:
    query = sa.select(Appointment.staff_id, Appointment.starts_at, Appointment.ends_at, Appointment.id).where(
        Appointment.staff_id.in_(staff),
        Appointment.state == AppointmentState.BOOKED,
        Appointment.deleted_at.is_(None),
        Appointment.starts_at > after - dt.timedelta(days=1),
        Appointment.starts_at < after + dt.timedelta(days=DAYS_AHEAD + 1),
    )
    found: _Busy = {}
    for staff_id, starts, ends, row_id in session.execute(query):
        if row_id != without:
            found.setdefault(staff_id, []).append((starts, ends))
    return found


def _taken(busy: Collection[tuple[dt.datetime, dt.datetime]], starts: dt.datetime, ends: dt.datetime) -> bool:
    return any(one < ends and starts < other for one, other in busy)
