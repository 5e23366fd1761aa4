"""Finding a free time."""

import datetime as dt
from collections.abc import Collection, Iterator
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.duty import MINUTES_OF_A_DAY
from medidesk.repositories import branch_clock, directory
from medidesk.repositories.appointments.busy import taken
from medidesk.repositories.appointments.rooms import Usual, Where, room_of, usual_rooms
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
    room_id: Where = Usual.ROOM,
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
        room_id: in which room, which must be free too; in each one's usual one unless told.
    """
    zone, hours = branch_clock.zone_of(session, org_id), duty(session, org_id)
    names = {row.id: row.name for row in directory.staff(session)}
    wanted = names.keys() if staff is None else names.keys() & set(staff)
    first = branch_clock.day_of(after, zone)
    usual = usual_rooms(session, org_id)
    rooms = {who: room for who in wanted if (room := room_of(room_id, usual.get(who))) is not None}
    until = after + dt.timedelta(days=DAYS_AHEAD + 1)
    busy = taken(session, wanted, set(rooms.values()), after, until, without)
    found: list[Slot] = []
    for ahead in range(DAYS_AHEAD):
        day = first + dt.timedelta(days=ahead)
        of_day = sorted(
            (
                Slot(staff_id, names[staff_id], starts, ends)
                for staff_id, starts, ends in slots_of_day(hours, day, zone, wanted, minutes, part)
                if starts >= after and not busy.takes(staff_id, rooms.get(staff_id), starts, ends)
            ),
            key=lambda slot: (slot.starts_at, slot.name, slot.staff_id),
        )
        found += of_day[: most - len(found)]
        if len(found) == most:
            break
    return found


def slots_of_day(
    hours: Duty,
    day: dt.date,
    zone: dt.tzinfo,
    wanted: Collection[UUID],
    minutes: int | None = None,
    part: Part = Part.ANY,
) -> Iterator[tuple[UUID, dt.datetime, dt.datetime]]:
    """Every time of a day at which an appointment with one of them could begin, taken or not."""
    opens, closes = (
        (NOON if part is Part.AFTERNOON else 0),
        (NOON if part is Part.MORNING else MINUTES_OF_A_DAY),
    )
    midnight, next_one = (branch_clock.instant(day, minute, zone) for minute in (0, MINUTES_OF_A_DAY))
    # On nearly every day the clock goes on evenly, and adding is quicker than asking it for each time.
    evenly = next_one - midnight == dt.timedelta(days=1)
    for staff_id, stretches in hours.on(day).items():
        for one in stretches if staff_id in wanted else ():
            length = minutes or one.slot_minutes
            for minute in range(one.from_minute, one.to_minute - length + 1, one.slot_minutes):
                if opens <= minute < closes and (evenly or branch_clock.is_said(day, minute, zone)):
                    starts = (
                        midnight + dt.timedelta(minutes=minute)
                        if evenly
                        else branch_clock.instant(day, minute, zone)
                    )
                    yield staff_id, starts, starts + dt.timedelta(minutes=length)
