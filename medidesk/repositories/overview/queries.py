"""Reading how a branch is doing. The same on a replica and on the server."""

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from statistics import median
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.base import table_of
from medidesk.models.money import Money
from medidesk.models.visits import Visit, VisitState
from medidesk.repositories import billing, branch_clock, visits
from medidesk.repositories.overview.rows import DayRow, Figures, HourRow, RevenueRow, WeekRow
from medidesk.repositories.reports.moneys import taken
from medidesk.repositories.reports.revenue import by_service
from medidesk.repositories.reports.rows import Period

WEEKS, DAYS = 12, 30
"""So many are looked back on."""
SERVICES_MOST = 6
_booked, _visit = table_of(Appointment), table_of(Visit)
_EXPECTED = (AppointmentState.BOOKED, AppointmentState.NO_SHOW)


def figures(session: Session, org_id: UUID, now: dt.datetime, *, money: bool) -> Figures:
    """All of them at once, for whoever may see money or may not."""
    zone = branch_clock.zone_of(session, org_id)
    today = branch_clock.day_of(now, zone)
    first = today - dt.timedelta(days=DAYS - 1)
    return Figures(
        now=now,
        zone=zone,
        day=day(session, org_id, now, money=money),
        hours=tuple(by_hour(session, org_id, today)),
        weeks=tuple(no_show_weeks(session, org_id, today)),
        revenue=revenue(session, org_id, first, today) if money else None,
    )


def day(session: Session, org_id: UUID, now: dt.datetime, *, money: bool) -> DayRow:
    """The day so far.

    Args:
        session: of a replica or of the server.
        org_id: the branch.
        now: this moment.
        money: whether whoever asks may see what was taken.
    """
    zone = branch_clock.zone_of(session, org_id)
    today = branch_clock.day_of(now, zone)
    here = visits.of_day(session, org_id, today)
    states = Counter(row.state for row in here)
    waits = [row.minutes_waited(now) for row in here if row.in_room_at is not None]
    waiting = [row.minutes_waited(now) for row in here if row.state is VisitState.WAITING]
    booked = _appointments(session, org_id, today, today)
    income, unbilled, due, unpaid = None, None, None, 0
    if money:
        currency = billing.currency_of(session, org_id)
        moves = taken(session, org_id, Period(today, today))
        income = Money(sum((one.taken - one.returned for one in moves), Decimal(0)), currency)
        unbilled = Money(
            billing.added(row.sums() for row in billing.unbilled(session, org_id)).total, currency
        )
        bills = billing.outstanding(session, org_id)
        due, unpaid = Money(sum((row.due for row in bills), Decimal(0)), currency), len(bills)
    return DayRow(
        booked=len(booked),
        came=sum(visit is not None for _, _, visit in booked),
        missed=sum(_is_missed(state, visit) for _, state, visit in booked),
        waiting=states[VisitState.WAITING],
        in_room=states[VisitState.IN_ROOM],
        done=states[VisitState.COMPLETED],
        median_wait=int(median(waits)) if waits else None,
        longest_wait=max(waiting, default=None),
        taken=income,
        unbilled=unbilled,
        due=due,
        unpaid=unpaid,
    )


def by_hour(session: Session, org_id: UUID, on: dt.date) -> list[HourRow]:
    """The appointments of a day by the hour, from the first hour that has any to the last."""
    zone = branch_clock.zone_of(session, org_id)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for starts, state, visit in _appointments(session, org_id, on, on):
        counts[starts.astimezone(zone).hour][_place(state, visit)] += 1
    before, weeks = Counter[int](), set[dt.date]()
    for weeks_ago in range(1, WEEKS + 1):
        then = on - dt.timedelta(weeks=weeks_ago)
        for starts, _, _ in _appointments(session, org_id, then, then):
            before[starts.astimezone(zone).hour] += 1
            weeks.add(then)
    hours = sorted(counts.keys() | before.keys())
    if not hours:
        return []
    return [
        HourRow(
            hour=hour,
            done=counts[hour]["done"],
            here=counts[hour]["here"],
            booked=counts[hour]["booked"],
            missed=counts[hour]["missed"],
            typical=(Decimal(before[hour]) / len(weeks)).quantize(Decimal("0.1")) if weeks else None,
        )
        for hour in range(hours[0], hours[-1] + 1)
    ]


def no_show_weeks(session: Session, org_id: UUID, until: dt.date) -> list[WeekRow]:
    """The weeks up to a day, that one's included: who did not come, of those who were expected so far."""
    zone = branch_clock.zone_of(session, org_id)
    monday = until - dt.timedelta(days=until.weekday())
    first = monday - dt.timedelta(weeks=WEEKS - 1)
    expected, missed = Counter[dt.date](), Counter[dt.date]()
    for starts, state, visit in _appointments(session, org_id, first, until):
        on = branch_clock.day_of(starts, zone)
        week = on - dt.timedelta(days=on.weekday())
        if visit is not None or _is_missed(state, visit):
            expected[week] += 1
            missed[week] += _is_missed(state, visit)
    weeks = (first + dt.timedelta(weeks=number) for number in range(WEEKS))
    return [WeekRow(week, expected[week], missed[week]) for week in weeks]


def revenue(session: Session, org_id: UUID, first: dt.date, last: dt.date) -> RevenueRow:
    """What was billed from one day to another, by day and by service."""
    days: dict[dt.date, tuple[Decimal, Decimal]] = {}
    services: dict[str, Decimal] = defaultdict(Decimal)
    for (on, service, _), (_, _, total, covered) in by_service(session, org_id, Period(first, last)).items():
        own, insured = days.get(on, (Decimal(0), Decimal(0)))
        days[on] = (own + total - covered, insured + covered)
        services[service] += total
    every = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    most = sorted(services.items(), key=lambda one: (-one[1], one[0]))[:SERVICES_MOST]
    return RevenueRow(
        tuple((on, *days.get(on, (Decimal(0), Decimal(0)))) for on in every),
        tuple(most),
        Money(sum(services.values(), Decimal(0)), billing.currency_of(session, org_id)),
    )


type _Appointment = tuple[dt.datetime, AppointmentState, VisitState | None]


def _appointments(session: Session, org_id: UUID, first: dt.date, last: dt.date) -> list[_Appointment]:
    """When each begins, what became of it, and how far the visit is that it came to."""
    starts, ends = billing.span(session, org_id, first, last)
    of_it = sa.and_(_visit.c.appointment_id == _booked.c.id, _visit.c.deleted_at.is_(None))
    query = (
        sa.select(_booked.c.starts_at, _booked.c.state, _visit.c.state)
        .select_from(_booked.outerjoin(_visit, of_it))
        .where(
            _booked.c.org_id == org_id,
            _booked.c.deleted_at.is_(None),
            _booked.c.state.in_(_EXPECTED),
            _booked.c.starts_at >= starts,
            _booked.c.starts_at < ends,
        )
    )
    return [(at, state, visit) for at, state, visit in session.execute(query)]


def _is_missed(state: AppointmentState, visit: VisitState | None) -> bool:
    return state is AppointmentState.NO_SHOW and visit is None


def _place(state: AppointmentState, visit: VisitState | None) -> str:
    if visit in {VisitState.COMPLETED, VisitState.LEFT}:
        return "done"
    if visit is not None:
        return "here"
    return "missed" if state is AppointmentState.NO_SHOW else "booked"
