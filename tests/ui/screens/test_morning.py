"""A receptionist's morning at real windows, by keys alone: what the server holds at noon, and what it took."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from medidesk.models.visits import VisitState
from medidesk.ui.appointments.page import CalendarPage
from medidesk.ui.appointments.panels import BookPanel
from medidesk.ui.billing.drawer import ClosedPanel
from medidesk.ui.billing.finder import ServiceFinder
from medidesk.ui.billing.page import CashierPage
from medidesk.ui.patient_finder import PatientFinder
from medidesk.ui.patients.list_page import ListPage
from medidesk.ui.printing.page import PrintPage
from medidesk.ui.reports.page import ReportsPage
from medidesk.ui.visits.page import QueuePage
from medidesk.ui.visits.panels import ArrivalPanel
from tests.support.database import Clinic
from tests.support.stations import assert_replica_equals_server, quiet, server_rows
from tests.ui.screens.billing_desk import shows
from tests.ui.screens.conftest import ALT, CONTROL
from tests.ui.screens.desktop import OpenDesktop
from tests.ui.screens.line import Line
from tests.ui.screens.morning import TODAY, TOMORROW, Morning, guide, open_clinic, sign_in

TASKS = {
    "sign in": (2, 23),
    "go to another page": (1, 0),
    "find who is known, and open the file": (1, 3),
    "register somebody new": (2, 18),
    "book at a day and time that are typed": (5, 15),
    "book the next free time": (4, 3),
    "check in who has an appointment": (2, 3),
    "check in who comes without one": (3, 4),
    "call who is next, into the room, done": (3, 0),
    "to the bill of whoever is chosen": (1, 0),
    "add a service": (3, 3),
    "take a card": (2, 0),
    "take cash with change": (2, 2),
    "open the drawer while taking cash": (1, 3),
    "take the exact sum in cash": (2, 0),
    "look at the receipt, and back": (2, 0),
    "on to who comes next": (1, 0),
    "take a deposit": (3, 5),
    "count and close the drawer": (2, 3),
    "what was taken": (1, 0),
}
"""Keys pressed, and characters typed."""
APPOINTMENTS = (
    "select p.family_name, to_char(a.starts_at at time zone 'Europe/Lisbon', 'YYYY-MM-DD HH24:MI') "
    "from appointment a join patient p on p.id = a.patient_id order by p.family_name"
)
VISITS = (
    "select p.family_name, v.ticket, v.state from visit v join patient p on p.id = v.patient_id "
    "order by v.arrived_at"
)
TAKEN = (
    "select p.family_name, t.way, t.amount, t.tendered from payment t join patient p on p.id = t.patient_id "
    "order by t.taken_at"
)
DRAWER = "select opening_float, counted, expected from cashier_session"


class Desk:
    """What she does at her pages; each as often as the morning wants it."""

    def __init__(self, morning: Morning) -> None:
        self.morning, self.hands = morning, morning.desk

    def front[P](self, kind: type[P]) -> P:
        page = self.hands.shell.front()
        assert isinstance(page, kind), page
        return page

    def _pick(self, panel: Callable[[], object], letters: str) -> None:
        finder = panel()
        assert isinstance(finder, PatientFinder), finder
        self.hands.type(letters)
        self.hands.see(finder.table.current_row)
        self.morning.enter()

    def find(self, letters: str) -> None:
        page = self.front(ListPage)
        with self.morning.task("find who is known, and open the file"):
            self.hands.type(letters)
            self.hands.see(lambda: page.search.hint().startswith("1 match"))
            self.morning.enter()

    def register(self, typed: str) -> None:
        with self.morning.task("register somebody new"):
            self.hands.type(typed)
            self.hands.press(Qt.Key.Key_N, ALT)
            self.morning.enter(held=CONTROL)
        self.hands.see(lambda: getattr(self.hands.shell.front(), "title", "") == "Ngozi Eze")

    def book(self, letters: str, time: str) -> None:
        page = self.front(CalendarPage)
        with self.morning.task("book at a day and time that are typed"):
            self.hands.press(Qt.Key.Key_B, ALT)
            self._pick(lambda: page.beside.now, letters)
            assert isinstance(page.beside.now, BookPanel)
            self.hands.press(Qt.Key.Key_Tab)
            self.hands.type(f"{TOMORROW:%d.%m.%y}")
            self.hands.press(Qt.Key.Key_Tab)
            self.hands.type(time)
            self.morning.enter(held=CONTROL)
        self.hands.see(lambda: page.beside.now is None)

    def book_free(self, letters: str) -> None:
        page = self.front(CalendarPage)
        with self.morning.task("book the next free time"):
            self.hands.press(Qt.Key.Key_F, ALT)
            self.morning.enter()
            self._pick(lambda: page.beside.now, letters)
            self.morning.enter(held=CONTROL)
        self.hands.see(lambda: page.beside.now is None)

    def check_in(self, letters: str, *, booked: bool) -> None:
        page = self.front(QueuePage)
        before = len(page.day)
        with self.morning.task(f"check in who {'has an appointment' if booked else 'comes without one'}"):
            self.hands.press(Qt.Key.Key_A, ALT)
            self._pick(lambda: page.panel, letters)
            if not booked:
                assert isinstance(page.panel, ArrivalPanel)
                self.hands.type("D")  # Dr Diallo
                self.morning.enter(held=CONTROL)
        self.hands.see(lambda: page.panel is None and len(page.day) == before + 1)
        assert page.table.current_row().family_name.lower().startswith(letters)

    def see_next(self) -> None:
        page = self.front(QueuePage)
        with self.morning.task("call who is next, into the room, done"):
            self.hands.press(Qt.Key.Key_F8)
            row = page.table.current_row()
            self.hands.press(Qt.Key.Key_F7)
            self.hands.see(lambda: state_of(page, row.id) is VisitState.IN_ROOM)
            self.hands.press(Qt.Key.Key_F7)
        self.hands.see(lambda: state_of(page, row.id) is VisitState.COMPLETED)

    def bill(self, name: str, due: str) -> CashierPage:
        with self.morning.task("to the bill of whoever is chosen"):
            self.hands.press(Qt.Key.Key_F9)
        page = self.front(CashierPage)
        self.hands.see(lambda: shows(page, name, due))
        return page

    def add_service(self, page: CashierPage, code: str) -> None:
        with self.morning.task("add a service"):
            self.hands.press(Qt.Key.Key_A, ALT)
            finder = page.beside.now
            assert isinstance(finder, ServiceFinder)
            self.hands.type(code)
            self.hands.see(lambda: finder.table.rows.rowCount() == 1)
            self.morning.enter()
            self.morning.enter()
        self.hands.see(finder.is_empty)

    def take_card(self, page: CashierPage) -> None:
        with self.morning.task("take a card"):
            self.hands.press(Qt.Key.Key_2, ALT)
            self.morning.enter()
        self.hands.see(page.pay.is_done)
        self.go_on()

    def take_cash(self, page: CashierPage, handed_over: str, opening_float: str = "") -> None:
        with self.morning.task("take cash with change" if handed_over else "take the exact sum in cash"):
            self.hands.press(Qt.Key.Key_F9)
            if opening_float:
                with self.morning.task("open the drawer while taking cash"):
                    self.hands.type(opening_float)
                    self.morning.enter()
                self.hands.see(page.pay.ways.rows[0].amount.hasFocus)
            self.hands.type(handed_over)
            self.morning.enter()
        self.hands.see(page.pay.is_done)

    def look_at_receipt(self) -> None:
        with self.morning.task("look at the receipt, and back"):
            self.hands.press(Qt.Key.Key_P, ALT)
            assert "20" in self.front(PrintPage).document.html
            self.hands.press(Qt.Key.Key_W, CONTROL)

    def go_on(self) -> None:
        with self.morning.task("on to who comes next"):
            self.morning.enter()

    def deposit(self, page: CashierPage, letters: str, amount: str) -> None:
        with self.morning.task("take a deposit"):
            self.hands.press(Qt.Key.Key_F2)
            self.hands.type(letters)
            self.hands.see(lambda: "Eze" in page.bill.charges.head.title.text())
            self.hands.press(Qt.Key.Key_E, ALT)
            self.hands.type(amount)
            self.morning.enter()
        self.hands.see(lambda: page.beside.now is None)

    def close_drawer(self, page: CashierPage, counted: str) -> str:
        with self.morning.task("count and close the drawer"):
            self.hands.press(Qt.Key.Key_C, ALT)
            self.hands.type(counted)
            self.morning.enter(held=CONTROL)
        self.hands.see(lambda: isinstance(page.beside.now, ClosedPanel))
        assert isinstance(page.beside.now, ClosedPanel)
        return page.beside.now.verdict.words()


def state_of(page: QueuePage, visit: object) -> VisitState | None:
    return next((row.state for row in page.day if row.id == visit), None)


def test_a_morning_by_keys_alone(
    qtbot: QtBot, open_desktop: OpenDesktop, cut_line: Callable[[], Line], clinic: Clinic
) -> None:
    open_clinic(clinic)
    line = cut_line()
    morning = sign_in(qtbot, open_desktop, line, clinic)
    desk, station = Desk(morning), morning.desk.station
    see = morning.desk.see

    desk.find("oka")
    morning.go_to("patients")
    desk.register("ngozi eze 12.03.84")
    morning.go_to("appointments")
    desk.book("eze", "9:30")
    desk.book_free("sil")
    morning.go_to("visits")
    desk.check_in("oka", booked=True)
    desk.check_in("had", booked=False)
    desk.see_next()
    page = desk.bill("Haddad", "45.00")
    desk.add_service(page, "p01")
    see(lambda: shows(page, "Haddad", "75.00"))
    desk.take_card(page)
    see(lambda: shows(page, "Okafor", "45.00"))
    desk.take_cash(page, "50", opening_float="100")
    desk.look_at_receipt()
    desk.go_on()
    desk.deposit(page, "eze", "30")

    line.cut()
    see(lambda: station.sync.state == "offline")
    morning.go_to("appointments")
    desk.book("mor", "8:30")
    morning.go_to("visits")
    desk.check_in("mor", booked=False)
    desk.take_cash(desk.bill("Moreau", "45.00"), "")
    desk.go_on()
    assert [name for name, *_ in server_rows(clinic, VISITS)] == ["Okafor", "Haddad"]
    line.mend()
    station.retry_now()
    see(lambda: station.sync.state == "live" and not station.sync.waiting)

    assert desk.close_drawer(page, "220").startswith("It is right to the coin")
    morning.go_to("reports")
    with morning.task("what was taken"):
        morning.desk.press(Qt.Key.Key_Down)
    report = desk.front(ReportsPage)
    see(lambda: report.report is not None and report.report.kind == "takings" and report.tables.tables)
    table = report.tables.tables[0].rows
    assert "195.00" in table.row_at(table.rowCount() - 1).words

    quiet(station)
    assert_replica_equals_server(station, clinic)
    *booked, free = server_rows(clinic, APPOINTMENTS)
    assert booked == [
        ("Eze", f"{TOMORROW} 09:30"),
        ("Moreau", f"{TOMORROW} 08:30"),
        ("Okafor", f"{TODAY} 00:05"),
    ]
    assert free[0] == "Silva"
    assert server_rows(clinic, VISITS) == [
        ("Okafor", "A-01", "completed"),
        ("Haddad", "W-01", "waiting"),
        ("Moreau", "W-02", "waiting"),
    ]
    assert server_rows(clinic, TAKEN) == [
        ("Haddad", "card", 75, None),
        ("Okafor", "cash", 45, 50),
        ("Eze", "cash", 30, 30),
        ("Moreau", "cash", 45, 45),
    ]
    assert server_rows(clinic, DRAWER) == [(100, 220, 220)]
    assert morning.counts == TASKS
    assert guide() == TASKS
