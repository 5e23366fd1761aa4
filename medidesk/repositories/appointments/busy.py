"""When people have patients: read for many of them and many days at once, and asked for each time."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState


@dataclass(frozen=True)
class Busy[T: (dt.datetime, int)]:
    """One person's times, to be asked in any order; some may overlap until the server has judged.

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


def busy(
    session: Session,
    staff: Collection[UUID],
    since: dt.datetime,
    until: dt.datetime,
    without: UUID | None = None,
) -> dict[UUID, Busy[dt.datetime]]:
    """The times of people that hold, in whichever branch.

    Args:
        session: to read with.
        staff: whose.
        since, until: what touches the time between them is there.
        without: an appointment that does not count.
    """
    query = sa.select(Appointment.staff_id, Appointment.starts_at, Appointment.ends_at, Appointment.id).where(
        Appointment.staff_id.in_(staff),
        Appointment.state == AppointmentState.BOOKED,
        Appointment.deleted_at.is_(None),
        # An appointment takes hours at most: so far back the index is looked through.
        Appointment.starts_at > since - dt.timedelta(days=1),
        Appointment.starts_at < until,
    )
    found: dict[UUID, list[tuple[dt.datetime, dt.datetime]]] = {}
    for staff_id, starts, ends, row_id in session.execute(query):
        if row_id != without:
            found.setdefault(staff_id, []).append((starts, ends))
    return {staff_id: Busy.of(times) for staff_id, times in found.items()}
