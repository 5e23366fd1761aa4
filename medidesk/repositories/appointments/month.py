"""How full days are: read for a whole month at once."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.duty import MINUTES_OF_A_DAY
from medidesk.repositories import branch_clock, directory
from medidesk.repositories.appointments.busy import NEVER, Busy
from medidesk.repositories.appointments.slots import slots_of_day
from medidesk.repositories.duty.hours import duty


@dataclass(frozen=True, slots=True)
class DayLoad:
    """How full a day is.

    Attributes:
        day: which.
        possible: how many appointments of the usual length the duty hours have room for.
        free: how many of these times can still be taken.
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
    known = {row.id for row in directory.staff(session)}
    people = known if staff_id is None else {staff_id}
    since = branch_clock.instant(min(days), 0, zone)
    until = branch_clock.instant(max(days), MINUTES_OF_A_DAY, zone)
    whose: sa.ColumnElement[bool] = Appointment.staff_id.in_(people)
    if staff_id is None:
        whose = sa.or_(whose, Appointment.org_id == org_id)  # also with somebody who has left since
    booked, taken = _read(session, org_id, whose, since, until, zone)
    found = []
    for day in days:
        possible = free = 0
        for who, starts, ends in slots_of_day(hours, day, zone, people):
            possible += 1
            free += starts >= after and not taken.get(who, NEVER).takes(starts, ends)
        found.append(DayLoad(day, possible, free, booked[day]))
    return found


def _read(
    session: Session,
    org_id: UUID,
    whose: sa.ColumnElement[bool],
    since: dt.datetime,
    until: dt.datetime,
    zone: dt.tzinfo,
) -> tuple[Counter[dt.date], dict[UUID, Busy]]:
    """How many appointments of the branch begin on each day; and when people have patients, in any branch."""
    query = sa.select(Appointment.org_id, Appointment.staff_id, Appointment.starts_at, Appointment.ends_at)
    query = query.where(
        whose,
        Appointment.state == AppointmentState.BOOKED,
        Appointment.deleted_at.is_(None),
        # An appointment takes hours at most: so far back the index is looked through.
        Appointment.starts_at > since - dt.timedelta(days=1),
        Appointment.starts_at < until,
    )
    booked: Counter[dt.date] = Counter()
    times: dict[UUID, list[tuple[dt.datetime, dt.datetime]]] = {}
    for branch, who, starts, ends in session.execute(query):
        times.setdefault(who, []).append((starts, ends))
        if branch == org_id:
            booked[branch_clock.day_of(starts, zone)] += 1
    return booked, {who: Busy.of(spans) for who, spans in times.items()}
