"""How full the days of a month are: what the finder would offer, counted, also where the clock is changed."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.directory import Organisation, OrganisationKind, Staff, StaffKind
from medidesk.models.duty import DutyException, DutySchedule, ExceptionKind
from medidesk.models.types import new_id
from medidesk.repositories import appointments, branch_clock
from medidesk.repositories.appointments.busy import Busy
from tests.support.replica_clinic import ReplicaClinic

LISBON = ZoneInfo("Europe/Lisbon")
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MARCH = [dt.date(2027, 3, 1) + dt.timedelta(days=one) for one in range(31)]
FORWARD, BACK = dt.date(2027, 3, 28), dt.date(2027, 10, 31)
"""Sundays on which it is two o'clock after one o'clock, and one o'clock after two."""


def at(minute: int, day: dt.date) -> dt.datetime:
    return branch_clock.instant(day, minute, LISBON)


@pytest.fixture
def doctors(desk: ReplicaClinic) -> list[UUID]:
    """Dr Kumar, on duty from nine to noon on weekdays, and Dr Night, from midnight to four on Sundays."""
    place = {"kind": OrganisationKind.CLINIC, "name": "Quay", "timezone": "Europe/Lisbon"}
    desk.put(Organisation, {"id": desk.org_id, "org_id": desk.org_id} | place)
    found = desk.put(
        Staff,
        {"kind": StaffKind.DOCTOR, "title": "Dr", "family_name": "Kumar"},
        {"kind": StaffKind.DOCTOR, "title": "Dr", "family_name": "Night"},
    )
    since = {"starts_on": dt.date(2026, 1, 1)}
    hours = {"staff_id": found[0], "from_minute": 540, "to_minute": 720, "slot_minutes": 15}
    nights = {"staff_id": found[1], "from_minute": 0, "to_minute": 240, "slot_minutes": 30, "weekday": 7}
    desk.put(DutySchedule, *({"weekday": one} | hours | since for one in range(1, 6)), nights | since)
    return found


def put(desk: ReplicaClinic, staff: UUID, starts: dt.datetime, minutes: int, **more: object) -> UUID:
    times = {"starts_at": starts, "ends_at": starts + dt.timedelta(minutes=minutes)}
    whole = {"patient_id": desk.patient("Silva"), "staff_id": staff, "state": AppointmentState.BOOKED}
    return desk.put(Appointment, whole | times | more)[0]


def figures(
    desk: ReplicaClinic, *days: dt.date, after: dt.datetime = LONG_AGO, staff: UUID | None = None
) -> list[tuple[int, int, int]]:
    """Of each day: how many there is room for, how many of these are free, how many are booked."""
    loads = desk.read(appointments.how_full, desk.org_id, days, after, staff)
    assert [one.day for one in loads] == list(days)
    return [(one.possible, one.free, one.booked) for one in loads]


def test_a_day_is_as_full_as_its_times_are_taken(desk: ReplicaClinic, doctors: list[UUID]) -> None:
    monday, tuesday, sunday = dt.date(2027, 3, 1), dt.date(2027, 3, 2), dt.date(2027, 3, 7)
    put(desk, doctors[0], at(540, monday), 15)
    put(desk, doctors[0], at(560, monday), 30)  # it touches three times: 9:15, 9:30 and 9:45
    put(desk, doctors[0], at(600, monday), 15, state=AppointmentState.CANCELLED, cancel_reason="travels")
    put(desk, doctors[0], at(615, monday), 15, state=AppointmentState.PARKED)
    put(desk, doctors[0], at(900, monday), 15)  # outside of the hours: booked, and takes no time of theirs
    assert figures(desk, monday, tuesday, sunday) == [(12, 8, 3), (12, 12, 0), (8, 8, 0)]
    assert figures(desk, monday, sunday, staff=doctors[1]) == [(0, 0, 0), (8, 8, 0)]
    assert figures(desk, monday, staff=doctors[0]) == [(12, 8, 3)]
    assert figures(desk, monday, after=at(661, monday)) == [(12, 3, 3)], "what is over cannot be taken"
    assert figures(desk) == []


def test_days_off_have_no_room_and_other_branches_take_time_only(
    desk: ReplicaClinic, doctors: list[UUID]
) -> None:
    monday, tuesday = dt.date(2027, 3, 1), dt.date(2027, 3, 2)
    away = {"staff_id": doctors[0], "kind": ExceptionKind.AWAY, "starts_on": monday, "ends_on": monday}
    desk.put(DutyException, away)
    put(desk, doctors[0], at(540, tuesday), 30, org_id=new_id())
    assert figures(desk, monday, tuesday) == [(0, 0, 0), (12, 10, 0)]


def test_on_days_on_which_the_clock_is_changed(desk: ReplicaClinic, doctors: list[UUID]) -> None:
    # In March the clock never says 1:00 or 1:30. In October it says them twice: the first time is offered.
    assert figures(desk, FORWARD, BACK) == [(6, 6, 0), (8, 8, 0)]
    put(desk, doctors[1], at(-30, FORWARD), 60)  # begins on Saturday, and takes the first time of Sunday
    put(desk, doctors[1], at(120, FORWARD), 30)
    saturday = FORWARD - dt.timedelta(days=1)
    assert figures(desk, saturday, FORWARD) == [(0, 0, 1), (6, 4, 1)]
    twice = dt.datetime.combine(BACK, dt.time(1, 30), LISBON).replace(fold=1).astimezone(dt.UTC)
    put(desk, doctors[1], twice, 30)  # the second half past one: none of the times that are offered
    put(desk, doctors[1], at(1439, BACK), 30)  # a minute before midnight, an hour later than usual
    monday = BACK + dt.timedelta(days=1)
    assert figures(desk, BACK, monday) == [(8, 8, 2), (12, 12, 0)]
    put(desk, doctors[1], at(120, BACK), 30)
    assert figures(desk, BACK) == [(8, 7, 3)]


@pytest.mark.parametrize("day", [FORWARD, BACK])
def test_what_is_free_is_what_the_finder_offers_on_a_changed_day(
    desk: ReplicaClinic, doctors: list[UUID], day: dt.date
) -> None:
    put(desk, doctors[1], at(180, day), 30)
    offered = desk.read(appointments.free_slots, desk.org_id, at(0, day), staff=(doctors[1],), most=20)
    of_day = [slot for slot in offered if branch_clock.day_of(slot.starts_at, LISBON) == day]
    ((_possible, free, _booked),) = figures(desk, day)
    assert free == len(of_day)


def test_a_month_takes_one_query_of_appointments(desk: ReplicaClinic, doctors: list[UUID]) -> None:
    for day in MARCH:
        put(desk, doctors[0], at(540, day), 15)
    said: list[str] = []

    def booked(session: Session) -> int:
        engine = session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
        loads = appointments.how_full(session, desk.org_id, MARCH, LONG_AGO)
        return sum(one.booked for one in loads)

    assert desk.read(booked) == 31
    assert sum("FROM appointment" in one for one in said) == 1
    assert len(said) <= 6, "and the hours are not read day by day either"


SPANS = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def _moment(number: int) -> dt.datetime:
    return LONG_AGO + dt.timedelta(minutes=number)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SPANS, max_size=8), SPANS)
def test_a_time_is_taken_if_anything_touches_it_also_where_some_overlap(
    spans: list[tuple[int, int]], asked: tuple[int, int]
) -> None:
    times = Busy.of((_moment(one), _moment(other)) for one, other in spans)
    touched = any(one < asked[1] and asked[0] < other for one, other in spans)
    assert times.takes(_moment(asked[0]), _moment(asked[1])) == touched
