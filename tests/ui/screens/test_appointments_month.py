"""A month at a glance at real windows: how full the days are, and ways from there to one of them."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medidesk.repositories.appointments import DayLoad
from medidesk.ui.appointments.heading import View
from medidesk.ui.appointments.month_grid import days_of_month, load_words, month_on
from medidesk.ui.appointments.page import CalendarPage
from medidesk.ui.appointments.panels import BookPanel
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.calendar_desk import TOMORROW, add_doctors, book, calendar, pick
from tests.ui.screens.conftest import ALT, CONTROL, Hands

OpenShell = Callable[..., Hands]
TODAY = TOMORROW - dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def doctors(clinic: Clinic) -> list[UUID]:
    """Two doctors who are on duty from nine to noon, every day."""
    return add_doctors(clinic)


def load(page: CalendarPage, day: dt.date) -> DayLoad:
    found = page.month.grid.load(day)
    assert found is not None
    return found


def test_a_month_is_whole_weeks_and_the_next_one_has_the_same_day() -> None:
    assert (days_of_month(dt.date(2027, 2, 10))[0], len(days_of_month(dt.date(2027, 2, 10)))) == (
        dt.date(2027, 2, 1),
        28,
    )
    days = days_of_month(dt.date(2027, 5, 31))
    assert (days[0], days[-1], len(days)) == (dt.date(2027, 4, 26), dt.date(2027, 6, 6), 42)
    assert month_on(dt.date(2027, 1, 31), 1) == dt.date(2027, 2, 28)
    assert month_on(dt.date(2027, 1, 31), -2) == dt.date(2026, 11, 30)
    assert month_on(dt.date(2026, 12, 5), 1) == dt.date(2027, 1, 5)


@pytest.mark.parametrize(
    ("possible", "free", "booked", "said"),
    [(12, 11, 1, "11 free"), (12, 0, 14, "full"), (0, 0, 0, "off duty"), (0, 0, 2, "off duty")],
)
def test_a_day_is_told_by_the_room_that_it_has(possible: int, free: int, booked: int, said: str) -> None:
    load = DayLoad(TOMORROW, possible, free, booked)
    assert load_words(load, TODAY) == said
    assert load_words(load, TOMORROW) == said.replace("full", "none left"), "what is over cannot be taken"
    assert load_words(load, TOMORROW + dt.timedelta(days=1)) == ""


def test_the_month_is_walked_with_the_arrows_and_a_day_is_opened(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    page = calendar(desk)
    desk.press(Qt.Key.Key_3, CONTROL)
    assert (page.view, page.month.grid.day) == (View.MONTH, TOMORROW)
    assert page.month.grid.hasFocus()
    assert (load(page, TOMORROW).free, load(page, TOMORROW).booked) == (11, 1)
    assert "11 free, 1 appointment" in page.month.grid.accessibleDescription()
    book(desk, "Haddad", doctors[1], 570)
    desk.see(lambda: load(page, TOMORROW).free == 10)
    desk.press(Qt.Key.Key_Down)
    assert page.month.grid.day == TOMORROW + dt.timedelta(days=7)
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Up)
    assert page.month.grid.day == TOMORROW + dt.timedelta(days=1)
    desk.press(Qt.Key.Key_PageDown)
    assert page.month.grid.day == month_on(TOMORROW + dt.timedelta(days=1), 1)
    desk.press(Qt.Key.Key_PageUp)
    desk.press(Qt.Key.Key_T)
    assert page.month.grid.day == TODAY
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Return)
    assert (page.view, page.day) == (View.DAY, TOMORROW)
    assert page.grid.hasFocus()
    assert [len(lane.live()) for lane in page.grid.lanes] == [1, 1]


def test_a_day_is_opened_with_the_mouse_and_the_segments_lead_there(
    open_shell: OpenShell, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    page = calendar(desk)
    page.heading.month_asked.emit()
    desk.see(page.month.isVisible)
    grid = page.month.grid
    QTest.mouseMove(grid, grid.rect_of(TOMORROW).center().toPoint())
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.rect_of(TODAY).center().toPoint())
    assert (page.view, page.day) == (View.DAY, TODAY)


def test_the_month_of_one_doctor(open_shell: OpenShell, doctors: list[UUID]) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    page = calendar(desk)
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_2, CONTROL)
    desk.press(Qt.Key.Key_3, CONTROL)
    assert page.month.staff_id == doctors[1], "whose week it was"
    assert (load(page, TOMORROW).possible, load(page, TOMORROW).booked) == (6, 0)
    desk.press(Qt.Key.Key_D, ALT)
    assert page.month.whom.hasFocus()
    while page.month.staff_id != doctors[0]:
        desk.press(Qt.Key.Key_Up)
    desk.see(lambda: (load(page, TOMORROW).possible, load(page, TOMORROW).booked) == (6, 1))
    page.month.grid.setFocus()
    desk.press(Qt.Key.Key_Return)
    lane = page.lane()
    assert lane is not None
    assert (lane.staff_id, page.grid.spot.minute) == (doctors[0], 540)
    desk.press(Qt.Key.Key_3, CONTROL)
    desk.press(Qt.Key.Key_2, CONTROL)
    assert (page.view, page.person) == (View.WEEK, doctors[0])


def test_a_day_of_the_month_is_booked_from_there(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia")
    desk.register({"family_name": "Okafor"})
    page = calendar(desk)
    desk.press(Qt.Key.Key_3, CONTROL)
    desk.press(Qt.Key.Key_F6)  # nothing that could be moved is seen
    assert page.grid.moving is None
    desk.press(Qt.Key.Key_B, ALT)
    panel = pick(desk, page, "oka")
    assert isinstance(panel, BookPanel)
    assert panel.form.values()["day"] == TOMORROW
    panel.form.set_values({"staff_id": page.grid.lanes[0].staff_id, "time": "9:30"})
    panel.form.changed.emit("time")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, "select count(*) from appointment") == [(1,)]
    assert (page.view, page.day) == (View.DAY, TOMORROW), "what was booked is seen"
