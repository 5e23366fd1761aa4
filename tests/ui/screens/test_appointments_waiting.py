"""Who would come earlier, at real windows: listed, and offered a time that comes free."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medidesk.repositories import appointments
from medidesk.station import Saved
from medidesk.ui.appointments.geometry import Place
from medidesk.ui.appointments.page import CalendarPage
from medidesk.ui.appointments.panels import ChangePanel
from medidesk.ui.appointments.waiting import WaitingPanel
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.calendar_desk import TOMORROW, add_doctors, at, book, calendar, of
from tests.ui.screens.conftest import ALT, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
NEXT_DAY = TOMORROW + dt.timedelta(days=1)
TIMES = (
    "select p.family_name, to_char(a.starts_at at time zone 'UTC', 'DD HH24:MI'), a.wants_earlier "
    "from appointment a join patient p on p.id = a.patient_id "
    "where a.state = 'booked' order by a.starts_at, p.family_name"
)


@pytest.fixture(autouse=True)
def doctors(clinic: Clinic) -> list[UUID]:
    """Two doctors who are on duty from nine to noon, every day."""
    return add_doctors(clinic)


def waits(desk: Hands, name: str, staff: UUID, minute: int, day: dt.date = NEXT_DAY) -> UUID:
    """Somebody has a time, and would take an earlier one."""
    patient = desk.register({"family_name": name, "given_name": "María", "phone": "+34 612 555 018"})
    values = {"patient_id": patient, "staff_id": staff, "starts_at": at(minute, day), "minutes": 30}
    outcome = desk.station.run(appointments.book, values | {"wants_earlier": True}, patience=20)
    assert isinstance(outcome, Saved)
    row_id: UUID = outcome.row.id
    desk.see(lambda: desk.station.read(appointments.by_id, row_id))
    return row_id


def fill_up(desk: Hands, staff: UUID, day: dt.date, *, but: int) -> None:
    """Everything until that day's time is taken, so that the first free time is known."""
    patient = desk.register({"family_name": "Busy"})
    now = dt.datetime.now(dt.UTC)
    for one in (TOMORROW - dt.timedelta(days=1), TOMORROW, NEXT_DAY):
        for minute in range(540, 720, 30):
            if at(minute, one) > now and one <= day and (one, minute) != (day, but):
                values = {
                    "patient_id": patient,
                    "staff_id": staff,
                    "starts_at": at(minute, one),
                    "minutes": 30,
                }
                desk.station.run(appointments.book, values, patience=20)


def title(page: CalendarPage) -> str:
    return page.offers.strip.accessibleName()


def day_of(day: dt.date) -> str:
    return f"{day:%d}"


def test_a_time_that_is_cancelled_is_offered_and_given_by_keys(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    waits(desk, "Fernández", doctors[0], 600)
    waits(desk, "Elsewhere", doctors[1], 600)
    page = calendar(desk)
    assert not page.offers.is_shown()
    desk.press(Qt.Key.Key_O, ALT)  # nothing is offered
    desk.press(Qt.Key.Key_Delete)
    desk.type("is travelling")
    desk.press(Qt.Key.Key_Return)
    desk.see(page.offers.strip.isVisible)
    assert "09:00 with Dr Diallo is free" in title(page)
    assert f"María Fernández has {NEXT_DAY:%a} {NEXT_DAY.day} {NEXT_DAY:%b} 10:00" in title(page)
    assert "+34 612 555 018" in title(page)
    assert not page.offers.strip.other.isVisible()
    assert page.grid.hasFocus(), "whoever goes on typing gives nothing away"
    desk.press(Qt.Key.Key_O, ALT)
    assert page.offers.strip.take.text() == "Move to 09:00"
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: not page.offers.is_shown())
    assert server_rows(clinic, TIMES) == [
        ("Fernández", f"{day_of(TOMORROW)} 09:00", False),
        ("Elsewhere", f"{day_of(NEXT_DAY)} 10:00", True),
    ]
    chosen = page.grid.chosen()
    assert chosen is not None
    assert chosen.family_name == "Fernández"
    assert page.grid.hasFocus()


def test_it_is_taken_back_and_waits_again(open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    waits(desk, "Fernández", doctors[0], 600)
    page = calendar(desk)
    desk.press(Qt.Key.Key_P)
    desk.see(page.offers.strip.isVisible)
    QTest.mouseClick(page.offers.strip.take, Qt.MouseButton.LeftButton)
    moved = [("Fernández", f"{day_of(TOMORROW)} 09:00", False)]
    desk.see(lambda: server_rows(clinic, TIMES) == moved)
    desk.see(lambda: any("Moved: " in one and "Fernández" in one for one in desk.toasts()))
    toast = next(one for one in desk.shell.toaster.toasts() if "Fernández" in one.title)
    toast.action.click()
    back = [("Fernández", f"{day_of(NEXT_DAY)} 10:00", True)]
    desk.see(lambda: server_rows(clinic, TIMES) == back)


def test_of_several_somebody_else_is_chosen_and_what_they_had_is_offered_on(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    waits(desk, "First", doctors[0], 600)
    waits(desk, "Second", doctors[0], 630)
    waits(desk, "Third", doctors[0], 660)
    page = calendar(desk)
    desk.press(Qt.Key.Key_F6)
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Return)
    desk.see(page.offers.strip.isVisible)
    assert "María First" in title(page)
    desk.press(Qt.Key.Key_O, ALT)
    desk.press(Qt.Key.Key_Tab)
    desk.press(Qt.Key.Key_Space)
    assert "María Second" in title(page)
    desk.press(Qt.Key.Key_O, ALT)
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: "10:30 with Dr Diallo is free" in title(page) and page.offers.is_shown())
    assert "María Third" in title(page), "who comes before that has no use of it"
    desk.press(Qt.Key.Key_O, ALT)
    desk.press(Qt.Key.Key_Escape)
    assert not page.offers.is_shown()
    assert page.grid.hasFocus()
    assert ("Second", f"{day_of(TOMORROW)} 09:00", False) in server_rows(clinic, TIMES)


def test_an_offer_ends_once_a_colleague_takes_the_time(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk, other = open_shell("sofia"), open_shell("joseph")
    row = book(desk, "Okafor", doctors[0], 540)
    waits(desk, "Fernández", doctors[0], 600)
    page = calendar(desk)
    other.see(lambda: other.station.read(appointments.by_id, row.id))
    theirs = calendar(other)
    page.movers.park(row)
    desk.see(page.offers.is_shown)
    other.see(lambda: not theirs.grid.lanes[0].live())
    assert not theirs.offers.is_shown(), "it is offered where it came free, and not twice"
    book(other, "Haddad", doctors[0], 540)
    desk.see(lambda: not page.offers.is_shown())


def test_it_is_offered_and_given_without_the_server(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic, doctors: list[UUID]
) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    book(desk, "Okafor", doctors[0], 540)
    waits(desk, "Fernández", doctors[0], 600)
    page = calendar(desk)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.press(Qt.Key.Key_P)
    desk.see(page.offers.is_shown)
    desk.press(Qt.Key.Key_O, ALT)
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: not page.offers.is_shown())
    desk.see(lambda: [row.family_name for row in page.grid.lanes[0].live()] == ["Fernández"])
    line.mend()
    desk.station.retry_now()
    desk.see(lambda: server_rows(clinic, TIMES) == [("Fernández", f"{day_of(TOMORROW)} 09:00", False)])


def test_who_would_come_earlier_is_listed_and_moved_to_what_is_free(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    waits(desk, "Fernández", doctors[0], 660)
    fill_up(desk, doctors[0], NEXT_DAY, but=660)
    waits(desk, "Stuck", doctors[0], 600, NEXT_DAY + dt.timedelta(days=1))
    page = calendar(desk)
    assert page.pinboard.waiting.text() == "2 would come earlier"
    desk.press(Qt.Key.Key_W, ALT)
    panel = page.beside.now
    assert isinstance(panel, WaitingPanel)
    first, second = (panel.table.rows.row_at(one) for one in (0, 1))
    assert (first.row.family_name, first.slot) == ("Fernández", None)
    assert (second.row.family_name, second.slot.starts_at) == (
        "Stuck",
        at(540, NEXT_DAY + dt.timedelta(days=1)),
    )
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: panel.table.rows.rowCount() == 1)
    assert ("Stuck", f"{day_of(NEXT_DAY + dt.timedelta(days=1))} 09:00", False) in server_rows(clinic, TIMES)
    desk.press(Qt.Key.Key_Return)
    assert isinstance(page.beside.now, ChangePanel), "nothing is free before: the appointment opens"


def test_nobody_waits_and_whoever_only_reads_moves_nobody(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk, cashier = open_shell("sofia"), open_shell("rui")
    page = calendar(cashier)
    cashier.press(Qt.Key.Key_W, ALT)
    panel = page.beside.now
    assert isinstance(panel, WaitingPanel)
    assert not panel.table.isVisible()
    waits(desk, "Fernández", doctors[0], 600)
    cashier.see(panel.table.isVisible)
    panel.table.setFocus()
    cashier.press(Qt.Key.Key_Return)
    assert cashier.file().title == "María Fernández"
    assert of(desk, "Fernández") == []
    assert page.grid.spot == Place(0, 540)
