"""Who is on duty on a day: weekly hours with what is different, against minutes counted one by one."""

import datetime as dt
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.models.directory import Staff, StaffKind
from medidesk.models.duty import DutyException, DutySchedule, ExceptionKind
from medidesk.models.types import new_id
from medidesk.repositories import branch_clock
from medidesk.repositories.duty.hours import Duty, Stretch, duty
from medidesk.repositories.duty.queries import ExceptionRow, ScheduleRow
from tests.support.replica_clinic import ReplicaClinic

MONDAY = dt.date(2026, 11, 30)
ORG, WHO = new_id(), new_id()
NAME = ("Dr", "Anjali", "Kumar", "Quay")


def weekly(weekday: int, starts: int, ends: int, slot: int = 15) -> ScheduleRow:
    return ScheduleRow(
        *NAME, new_id(), ORG, WHO, weekday, starts, ends, slot, dt.date(2026, 1, 1), None, None
    )


def different(
    kind: ExceptionKind, starts: int | None, ends: int | None, who: UUID | None = WHO
) -> ExceptionRow:
    slot = 15 if kind is ExceptionKind.EXTRA else None
    return ExceptionRow(*NAME, new_id(), ORG, who, kind, MONDAY, MONDAY, starts, ends, slot, "", None)


spans = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(
    lambda pair: (min(pair[0], pair[1] - 1), max(pair[0] + 1, pair[1]))
)


@given(
    weeks=st.lists(spans, max_size=3),
    besides=st.lists(spans, max_size=2),
    away=st.lists(st.one_of(st.none(), spans), max_size=2),
)
def test_every_minute_is_on_duty_or_not_as_it_is_written_down(
    weeks: list[tuple[int, int]], besides: list[tuple[int, int]], away: list[tuple[int, int] | None]
) -> None:
    rows = [different(ExceptionKind.EXTRA, *span) for span in besides]
    rows += [different(ExceptionKind.AWAY, *(span or (None, None))) for span in away]
    found = Duty({WHO: tuple(weekly(1, *span) for span in weeks)}, tuple(rows)).on(MONDAY).get(WHO, ())
    expected = {minute for span in [*weeks, *besides] for minute in range(*span)}
    expected -= {minute for span in away for minute in range(*(span or (0, 1440)))}
    assert {minute for one in found for minute in range(one.from_minute, one.to_minute)} == expected
    ends = [(one.from_minute, one.to_minute) for one in found]
    assert all(before[1] < after[0] for before, after in pairwise(ends))


def test_only_the_weekday_and_the_days_it_holds_count() -> None:
    row = weekly(1, 540, 720)
    assert Duty({WHO: (row,)}, ()).on(MONDAY) == {WHO: (Stretch(540, 720, 15),)}
    assert Duty({WHO: (row,)}, ()).on(MONDAY + dt.timedelta(days=1)) == {}
    assert Duty({WHO: (row,)}, ()).on(dt.date(2025, 12, 29)) == {}


def test_another_length_of_appointments_goes_on_where_the_first_ends() -> None:
    rows = {WHO: (weekly(1, 540, 720, 15), weekly(1, 700, 800, 20))}
    assert Duty(rows, ()).on(MONDAY)[WHO] == (Stretch(540, 720, 15), Stretch(720, 800, 20))


def test_a_closed_branch_closes_itself_alone(desk: ReplicaClinic) -> None:
    other = new_id()
    doctor = desk.put(Staff, {"kind": StaffKind.DOCTOR, "family_name": "Kumar"})[0]
    week = {"staff_id": doctor, "weekday": 1, "slot_minutes": 15, "starts_on": dt.date(2026, 1, 1)}
    desk.put(
        DutySchedule,
        week | {"from_minute": 540, "to_minute": 720},
        week | {"from_minute": 800, "to_minute": 900, "org_id": other},
    )
    closed = {"kind": ExceptionKind.AWAY, "staff_id": None, "starts_on": MONDAY, "ends_on": MONDAY}
    desk.put(DutyException, closed | {"org_id": other})
    assert desk.read(duty, desk.org_id).on(MONDAY) == {doctor: (Stretch(540, 720, 15),)}
    assert desk.read(duty, other).on(MONDAY) == {}


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(("day", "utc"), [(dt.date(2026, 7, 1), "07:00"), (dt.date(2026, 12, 1), "08:00")])
def test_nine_is_nine_in_summer_and_in_winter(day: dt.date, utc: str) -> None:
    assert f"{branch_clock.instant(day, 540, BERLIN):%H:%M}" == utc


def test_an_hour_that_the_clock_leaves_out_is_the_one_after_it() -> None:
    day = dt.date(2026, 3, 29)  # from 2:00 to 3:00
    assert not branch_clock.is_said(day, 150, BERLIN)
    assert f"{branch_clock.instant(day, 150, BERLIN).astimezone(BERLIN):%H:%M}" == "03:30"


@given(
    st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1)),
    st.integers(0, 1440),
    st.sampled_from(["Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_there_and_back_is_the_same_time_unless_the_clock_leaves_it_out(
    day: dt.date, minute: int, name: str
) -> None:
    zone = ZoneInfo(name)
    moment = branch_clock.instant(day, minute, zone)
    assert moment.tzinfo is dt.UTC
    back = branch_clock.minute_of(moment, day, zone)
    assert (back == minute) == branch_clock.is_said(day, minute, zone)
    assert 0 <= back - minute <= 60
