"""Where times stand in the calendar: also on days on which the clock is changed, and where some overlap."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from medidesk.models.appointments import AppointmentState
from medidesk.models.types import new_id
from medidesk.repositories import branch_clock
from medidesk.repositories.appointments import AppointmentRow
from medidesk.repositories.duty.hours import Stretch
from medidesk.ui.appointments.geometry import Lane, Span, beside, span_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = dt.date(2026, 11, 30)
STAFF = new_id()


def row(starts: int, minutes: int, day: dt.date = DAY, state: str = "booked") -> AppointmentRow:
    begins = branch_clock.instant(day, starts, BERLIN)
    return AppointmentRow(
        new_id(), new_id(), new_id(), STAFF, None, begins, begins + dt.timedelta(minutes=minutes),
        AppointmentState(state), "", "", False, None, 1, begins, None,
        "Amara", "Okafor", None, False, "26-1", "", "Dr", "Anjali", "Kumar", "",
    )  # fmt: skip


def lane(*rows: AppointmentRow, day: dt.date = DAY) -> Lane:
    return Lane(STAFF, day, "Dr Kumar", "", (Stretch(540, 720, 20),), rows, BERLIN)


@given(st.integers(0, 23), st.integers(1, 24), st.integers(0, 1439))
def test_a_minute_is_found_again_where_it_stands(first: int, hours: int, minute: int) -> None:
    span = Span(first * 60, min(24, first + hours) * 60)
    inside = max(span.first, min(span.last - 1, minute))
    assert abs(span.minute_at(span.y_of(inside)) - inside) <= 1


def test_a_slot_is_that_of_the_duty_hours_and_a_quarter_elsewhere() -> None:
    day = lane()
    assert day.slot_of(575) == (560, 20)
    assert day.slot_of(505) == (495, 15)
    assert day.possible() == 9


def test_what_holds_a_time_is_found_before_what_did() -> None:
    cancelled, booked = row(540, 20, state="cancelled"), row(540, 20)
    day = lane(cancelled, booked)
    assert day.at(545) == booked
    assert day.taken_by(530, 20, None) == booked
    assert day.taken_by(530, 20, booked.id) is None
    assert day.taken_by(560, 20, None) is None
    assert beside(day) == {booked.id: (0, 2), cancelled.id: (1, 2)}


def test_those_that_only_touch_stand_below_each_other() -> None:
    one, two = row(540, 20), row(560, 20)
    assert beside(lane(one, two)) == {one.id: (0, 1), two.id: (0, 1)}


def test_the_span_takes_in_whatever_there_is() -> None:
    assert span_of(()) == Span(480, 1080)
    assert span_of((lane(row(405, 20)), lane(row(1190, 45)))) == Span(360, 1260)
    assert span_of((lane(row(1430, 60)),)).last == 1440


def test_on_the_day_the_clock_is_changed_times_stand_by_the_clock() -> None:
    day = dt.date(2026, 10, 25)  # three o'clock is two o'clock again
    after = row(540, 30, day)
    whole = lane(after, day=day)
    assert whole.minute_of(after.starts_at) == 540
    assert whole.moment(540) == after.starts_at
    assert (after.starts_at - whole.moment(0)) == dt.timedelta(hours=10)
