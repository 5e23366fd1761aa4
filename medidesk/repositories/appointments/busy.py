"""When people and rooms have patients: read for many of them and many days at once, and asked for each time."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from medidesk.models.appointments import Appointment, AppointmentState

type Whose = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]
"""The column by which appointments are somebody's, or a room's."""


@dataclass(frozen=True)
class Busy[T: (dt.datetime, int)]:
    """The times of one person or room, to be asked in any order; some may overlap until the server has judged.

    Attributes:
        starts: when each begins, in order.
        reach: of those up to each, the latest end.
    """

    starts: tuple[T, ...] = ()
    reach: tuple[T, ...] = ()

    @classmethod
    def of(cls, times: Iterable[tuple[T, T]]) -> Self:
        """These times."""
        ordered = sorted(times)
        return cls(
            tuple(one for one, _end in ordered), tuple(accumulate((end for _one, end in ordered), max))
        )

    def takes(self, starts: T, ends: T) -> bool:
        """Whether any of them touches this time."""
        before = bisect_left(self.starts, ends)
        return before > 0 and self.reach[before - 1] > starts


NEVER = Busy[dt.datetime]()


@dataclass(frozen=True)
class Taken:
    """What is taken by appointments that hold: people's times, in whichever branch, and their rooms'."""

    people: Mapping[UUID, Busy[dt.datetime]]
    rooms: Mapping[UUID, Busy[dt.datetime]]

    def takes(self, staff_id: UUID, room_id: UUID | None, starts: dt.datetime, ends: dt.datetime) -> bool:
        """Whether somebody has a patient then, or the room has one."""
        if self.people.get(staff_id, NEVER).takes(starts, ends):
            return True
        return room_id is not None and self.rooms.get(room_id, NEVER).takes(starts, ends)


def taken(
    session: Session,
    staff: Collection[UUID],
    rooms: Collection[UUID],
    since: dt.datetime,
    until: dt.datetime,
    without: UUID | None = None,
) -> Taken:
    """When people and rooms have patients.

    Args:
        session: to read with.
        staff, rooms: whose.
        since, until: what touches the time between them is there.
        without: an appointment that does not count.
    """
    return Taken(
        _busy(session, Appointment.staff_id, staff, since, until, without),
        _busy(session, Appointment.room_id, rooms, since, until, without) if rooms else {},
    )


def _busy(
    session: Session,
    whose: Whose,
    ids: Collection[UUID],
    since: dt.datetime,
    until: dt.datetime,
    without: UUID | None,
) -> dict[UUID, Busy[dt.datetime]]:
    query = sa.select(whose, Appointment.starts_at, Appointment.ends_at, Appointment.id).where(
        whose.in_(ids),
        Appointment.state == AppointmentState.BOOKED,
        Appointment.deleted_at.is_(None),
        # An appointment takes hours at most: so far back the index is looked through.
        Appointment.starts_at > since - dt.timedelta(days=1),
        Appointment.starts_at < until,
    )
    found: dict[UUID, list[tuple[dt.datetime, dt.datetime]]] = {}
    for one, starts, ends, row_id in session.execute(query):
        if row_id != without and one is not None:
            found.setdefault(one, []).append((starts, ends))
    return {one: Busy.of(times) for one, times in found.items()}
