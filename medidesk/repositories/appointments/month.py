"""How full days are: read for a whole month at once."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.duty import MINUTES_OF_A_DAY
from medidesk.repositories import branch_clock, directory
from medidesk.repositories.appointments.busy import Busy, Whose
from medidesk.repositories.appointments.rooms import usual_rooms
from medidesk.repositories.duty.hours import Stretch, duty

_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DayLoad:
    """How full a day is.

    Attributes:
        day: which.
        possible: how many appointments of the usual length the duty hours have room for.
        free: how many of these times can still be taken, each in the usual room.
        booked: how many appointments begin that day.
    """

    day: dt.date
    possible: int
    free: int
    booked: int


def how_full(
    session: Session,
    org_id: UUID,
    days: Sequence[dt.date],
    after: dt.datetime,
    staff_id: UUID | None = None,
) -> list[DayLoad]:
    """How full days of a branch are, in the order asked for.

    Args:
        session: to read with.
        org_id: the branch.
        days: which.
        after: no time that begins earlier can be taken any more.
        staff_id: where only one person's appointments are asked about.
    """
    if not days:
        return []
    zone, hours = branch_clock.zone_of(session, org_id), duty(session, org_id)
    known = {row.id for row in directory.staff(session)} if staff_id is None else {staff_id}
    on_duty = {day: {who: parts for who, parts in hours.on(day).items() if who in known} for day in days}
    people = sorted({who for parts in on_duty.values() for who in parts})
    since = branch_clock.instant(min(days), 0, zone)
    until = branch_clock.instant(max(days), MINUTES_OF_A_DAY, zone)
    whose = Appointment.org_id == org_id if staff_id is None else Appointment.staff_id == staff_id
    begins: list[int] = []
    times: dict[int, list[tuple[int, int]]] = {}
    # A month of a big clinic is thousands of appointments: whole minutes are reckoned with many times as fast.
    staff, ours = Appointment.staff_id, Appointment.org_id == org_id
    for at, starts_at, ends_at, is_ours in _read(session, staff, people, ours, whose, since, until):
        minute = (starts_at - since) // _MINUTE
        times.setdefault(at, []).append((minute, (ends_at - since) // _MINUTE))
        if is_ours:
            begins.append(minute)
    begins.sort()
    _add_rooms(session, org_id, people, times, since, until)
    taken = {who: Busy.of(times.get(at, ())) for at, who in enumerate(people)}
    earliest = -((since - after) // _MINUTE)  # rounded up: what begins within that minute is over
    found = []
    for day in days:
        midnight, end = (
            (branch_clock.instant(day, one, zone) - since) // _MINUTE for one in (0, MINUTES_OF_A_DAY)
        )
        possible = free = 0
        for who, starts, ends in _times(day, on_duty[day], midnight, end, zone):
            possible += 1
            free += starts >= earliest and not taken[who].takes(starts, ends)
        booked = bisect_left(begins, end) - bisect_left(begins, midnight)
        found.append(DayLoad(day, possible, free, booked))
    return found


def _times(
    day: dt.date,
    on_duty: Mapping[UUID, Iterable[Stretch]],
    midnight: int,
    end: int,
    zone: dt.tzinfo,
) -> Iterator[tuple[UUID, int, int]]:
    """When an appointment could begin and end on a day, as `slots_of_day` has it: in minutes as `midnight` is."""
    evenly = end - midnight == MINUTES_OF_A_DAY
    begins = branch_clock.instant(day, 0, zone)
    for who, parts in on_duty.items():
        for part in parts:
            length = part.slot_minutes
            for said in range(part.from_minute, part.to_minute - length + 1, length):
                minute = midnight + said
                if not evenly:  # the clock is changed on that day
                    if not branch_clock.is_said(day, said, zone):
                        continue
                    minute = midnight + (branch_clock.instant(day, said, zone) - begins) // _MINUTE
                yield who, minute, minute + length


def _add_rooms(
    session: Session,
    org_id: UUID,
    people: Sequence[UUID],
    times: dict[int, list[tuple[int, int]]],
    since: dt.datetime,
    until: dt.datetime,
) -> None:
    """Nobody can be given a time at which the usual room is somebody else's."""
    usual = usual_rooms(session, org_id)
    rooms = sorted({usual[who] for who in people if who in usual})
    if not rooms:
        return
    of_room: dict[int, list[tuple[int, int]]] = {}
    room_id = Appointment.room_id
    for at, starts_at, ends_at, _ in _read(session, room_id, rooms, sa.false(), sa.false(), since, until):
        of_room.setdefault(at, []).append(((starts_at - since) // _MINUTE, (ends_at - since) // _MINUTE))
    for at, who in enumerate(people):
        if who in usual:
            times.setdefault(at, []).extend(of_room.get(rooms.index(usual[who]), ()))


def _read(
    session: Session,
    column: Whose,
    ids: Sequence[UUID],
    ours: sa.ColumnElement[bool],
    whose: sa.ColumnElement[bool],
    since: dt.datetime,
    until: dt.datetime,
) -> Iterable[sa.Row[int, dt.datetime, dt.datetime, bool]]:
    """Of each appointment: with whom or where, by the place among `ids`, when, and whether it is `ours`."""
    # Places are read faster than ids.
    places = [(column == one, at) for at, one in enumerate(ids)]
    place = sa.case(*places, else_=-1) if places else sa.literal(-1)
    query = sa.select(place, Appointment.starts_at, Appointment.ends_at, ours).where(
        sa.or_(whose, column.in_(ids)),
        Appointment.state == AppointmentState.BOOKED,
        Appointment.deleted_at.is_(None),
        # An appointment takes hours at most: so far back the index is looked through.
        Appointment.starts_at > since - dt.timedelta(days=1),
        Appointment.starts_at < until,
    )
    return session.execute(query)
