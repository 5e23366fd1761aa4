"""The cashier's windows: charges that gathered are billed and paid, by keys, at real windows of a real clinic."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from medidesk.models.billing import Way
from medidesk.repositories import billing
from medidesk.repositories.billing import Part
from medidesk.ui.billing.entries import Subject, View
from medidesk.ui.billing.finder import ServiceFinder
from medidesk.ui.billing.page import CashierPage
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.keys import canonical
from medidesk.ui.patients.bills import BillsSection
from medidesk.ui.visits.page import open_queue
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.billing_desk import (
    add_doctor,
    add_service,
    arrived,
    cashier,
    charged,
    count_keys,
    invoiced,
    opened_drawer,
    shows,
)
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
PAID = "select way, amount, tendered from payment order by amount, way"
F9, ENTER, SHIFT = Qt.Key.Key_F9, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier
CHARGED = "select text, quantity, withdrawn_reason from charge order by charged_at"


@pytest.fixture
def visit(clinic: Clinic) -> UUID:
    """What a visit is charged as: 45.00."""
    return add_service(clinic, "C01", "Consultation", "45.00")


@pytest.fixture
def doctor(clinic: Clinic, visit: UUID) -> UUID:
    """A doctor whose visits are charged."""
    return add_doctor(clinic, visit)


@pytest.fixture
def desk(open_shell: OpenShell, doctor: UUID) -> Hands:
    """Sofia's window, with an open drawer, and Okafor who has been checked in."""
    hands = open_shell("sofia", name="Reception 2")
    opened_drawer(hands)
    arrived(hands, "Okafor", doctor)
    return hands


@pytest.fixture
def page(desk: Hands) -> CashierPage:
    """The cashier's page, with the bill of Okafor shown."""
    found = cashier(desk)
    desk.see(lambda: shows(found, "Okafor", "45.00"))
    return found


def typed(desk: Hands, page: CashierPage, way: Way, text: str) -> None:
    """An amount in the field of one way."""
    row = next(one for one in page.pay.ways.rows if one.way is way)
    desk.fill(row.amount, text)


def test_what_gathered_at_check_in_is_paid_with_two_keys(
    desk: Hands, page: CashierPage, clinic: Clinic
) -> None:
    assert count_keys(desk, F9, ENTER) == 2
    desk.see(page.pay.is_done)
    assert server_rows(clinic, PAID) == [("cash", Decimal("45.0000"), Decimal("45.0000"))]
    assert page.pay.done.title.text() == "45.00 EUR taken"
    assert "R26-00001" in page.pay.done.line.text()
    desk.see(lambda: page.list.found[View.TO_BILL] == [])
    assert [entry.amount for entry in page.list.found[View.TAKEN]] == ["45.00"]
    desk.press(ENTER)  # on to the next
    assert not page.pay.is_done()
    assert page.list.search.hasFocus()


def test_two_ways_at_once_and_the_change(desk: Hands, page: CashierPage, clinic: Clinic) -> None:
    desk.press(F9)
    desk.type("20")
    desk.press(Qt.Key.Key_2, ALT)  # the rest by card
    assert [(row.way, row.amount.text()) for row in page.pay.ways.rows] == [
        (Way.CASH, "20"),
        (Way.CARD, "25.00"),
    ]
    typed(desk, page, Way.CASH, "50")
    cash = page.pay.ways.rows[0]
    assert cash.beside.text() == "30.00"
    card = page.pay.ways.rows[1].reference
    assert card is not None
    desk.fill(card, "4711")
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    assert server_rows(clinic, PAID) == [
        ("cash", Decimal("20.0000"), Decimal("50.0000")),
        ("card", Decimal("25.0000"), None),
    ]
    assert server_rows(clinic, "select reference from payment where way = 'card'") == [("4711",)]
    assert page.pay.done.change.text() == "30.00"


def test_a_double_press_a_double_click_and_a_key_held_down_take_it_once(
    desk: Hands, page: CashierPage, clinic: Clinic
) -> None:
    desk.press(F9)
    field = page.pay.ways.rows[0].amount
    for held in (False, True, True, True):
        kind, none = QEvent.Type.KeyPress, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(QApplication.focusWidget() or field, QKeyEvent(kind, ENTER, none, "\r", held))
    QTest.keyClick(page.pay, F9)
    QTest.mouseDClick(page.pay.primary, Qt.MouseButton.LeftButton)
    page.pay.take()
    assert page.pay.is_busy()
    assert not page.pay.primary.isEnabled()
    desk.see(page.pay.is_done)
    QApplication.sendEvent(
        page.pay, QKeyEvent(QEvent.Type.KeyPress, ENTER, Qt.KeyboardModifier.NoModifier, "\r", True)
    )
    assert page.pay.is_done(), "a key that is still held down does not go on"
    assert len(server_rows(clinic, PAID)) == 1
    assert server_rows(clinic, "select count(*) from invoice") == [(1,)]


def test_part_of_it_is_paid_now_and_the_rest_another_day(
    desk: Hands, page: CashierPage, clinic: Clinic
) -> None:
    desk.press(F9)
    desk.type("20")
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    desk.press(ENTER)
    page.list.show_view(View.UNPAID)
    desk.see(lambda: shows(page, "Okafor", "25.00"))
    desk.press(F9)
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    assert [row[1] for row in server_rows(clinic, PAID)] == [Decimal("20.0000"), Decimal("25.0000")]
    assert page.list.found[View.UNPAID] == []


def test_what_cannot_be_read_or_is_too_much_is_said_beside_its_field(
    desk: Hands, page: CashierPage, clinic: Clinic
) -> None:
    desk.press(F9)
    desk.type("many")
    desk.press(ENTER)
    assert page.pay.ways.rows[0].problem() == "“many” is no amount. Type it as in 12.50."
    desk.fill(page.pay.ways.rows[0].amount, "45")
    page.pay.choose_way(Way.CARD)
    typed(desk, page, Way.CARD, "60")
    desk.press(ENTER)
    assert page.pay.ways.rows[1].problem() == "Only 45.00 EUR is due. Nothing is given back of this."
    assert server_rows(clinic, PAID) == []


def test_a_service_is_added_changed_and_taken_off_by_keys(
    desk: Hands, page: CashierPage, clinic: Clinic
) -> None:
    add_service(clinic, "P01", "Electrocardiogram", "30.00")
    desk.press(Qt.Key.Key_A, ALT)
    finder = page.beside.now
    assert isinstance(finder, ServiceFinder)
    desk.type("p01")  # found as soon as its price is here
    desk.see(lambda: finder.table.current_row() is not None and finder.table.current_row().code == "P01")
    desk.press(ENTER)
    desk.type("2")
    desk.press(ENTER)
    desk.see(lambda: shows(page, "Okafor", "105.00"))
    desk.see(finder.search.hasFocus)  # the next one can be typed
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Escape)
    page.bill.charges.lines.setFocus()
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Space)  # not on this bill
    assert shows(page, "Okafor", "45.00")
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Q, ALT)
    desk.type("1")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: shows(page, "Okafor", "75.00"))
    page.bill.charges.lines.setFocus()
    page.bill.charges.lines.choose_row(1)
    desk.press(Qt.Key.Key_Delete)
    desk.type("Was not done")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: shows(page, "Okafor", "45.00"))
    assert server_rows(clinic, CHARGED)[1] == ("Electrocardiogram", Decimal("1.000"), "Was not done")


def test_a_manager_takes_something_off(open_shell: OpenShell, desk: Hands, clinic: Clinic) -> None:
    boss = open_shell("olive", name="Office")
    found = cashier(boss)
    boss.see(lambda: shows(found, "Okafor", "45.00"))
    boss.press(Qt.Key.Key_D, ALT)
    boss.type("10 %")
    boss.press(Qt.Key.Key_Tab)
    boss.type("Waited for two hours")
    boss.press(ENTER, CONTROL)
    boss.see(lambda: shows(found, "Okafor", "40.50"))
    page = cashier(desk)
    desk.see(lambda: shows(page, "Okafor", "40.50"))
    desk.press(Qt.Key.Key_D, ALT)
    assert page.beside.now is None, "reception gives none"


def test_a_draft_is_kept_changed_issued_and_paid(desk: Hands, page: CashierPage, clinic: Clinic) -> None:
    desk.press(Qt.Key.Key_S, ALT)
    desk.see(lambda: page.bill.shows("draft"))
    assert [entry.name for entry in page.list.found[View.DRAFTS]] == ["Okafor"]
    desk.fill(page.bill.charges.note, "As agreed")
    desk.press(F9)
    assert page.bill.shows("draft"), "what was changed is saved first"
    desk.press(Qt.Key.Key_S, ALT)
    desk.see(lambda: server_rows(clinic, "select note from invoice") == [("As agreed",)])
    desk.see(page.bill.charges.is_as_drafted)
    desk.see(page.pay.is_live)
    page.bill.charges.lines.setFocus()
    desk.press(F9)
    desk.press(F9)
    desk.see(lambda: page.bill.shows("invoice"))
    desk.see(page.pay.takes_money)
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    assert server_rows(clinic, "select number, state from invoice") == [("I26-00001", "issued")]


def test_it_is_issued_to_be_paid_later(desk: Hands, page: CashierPage, clinic: Clinic) -> None:
    desk.press(F9, SHIFT)
    desk.see(lambda: page.bill.shows("invoice"))
    assert server_rows(clinic, "select number from invoice") == [("I26-00001",)]
    desk.press(Qt.Key.Key_F2)
    desk.type("i26-00001")
    desk.see(lambda: page.list.current() is not None and page.list.current().about == "I26-00001")  # type: ignore[union-attr]
    assert shows(page, "Okafor", "45.00")


def test_of_two_windows_of_one_invoice_one_takes_the_money(
    open_shell: OpenShell, desk: Hands, clinic: Clinic
) -> None:
    patient = desk.station.read(billing.bills, desk.station.user.org_id)[0]
    row = invoiced(desk, patient.id, *patient.charges)
    other = open_shell("rui", name="Cash desk")
    opened_drawer(other)
    mine, theirs = cashier(desk), cashier(other)
    other.see(lambda: other.station.read(billing.invoice, row.id) is not None)
    for hands, page in ((desk, mine), (other, theirs)):
        page.look_at(Subject("invoice", row.id))
        hands.see(page.pay.takes_money)
        page.arrive_at_bill(pay=True)
    mine.pay.take()
    theirs.pay.take()
    desk.see(lambda: not mine.pay.is_busy() and not theirs.pay.is_busy())
    other.see(lambda: len(server_rows(clinic, PAID)) == 1)
    done = [page.pay.is_done() for page in (mine, theirs)]
    assert sorted(done) == [False, True]
    late = theirs if done[0] else mine
    other.see(lambda: not late.pay.takes_money())
    assert "has been paid already: receipt R26-00001" in late.pay.notice.accessibleName()


def test_without_the_server_the_money_is_taken_and_sent_later(
    open_shell: OpenShell, doctor: UUID, cut_line: Callable[[], Line], clinic: Clinic
) -> None:
    line = cut_line()
    desk = open_shell("sofia", name="Reception 2", server=line.address)
    desk.station.wait_current(timeout=20)
    opened_drawer(desk)
    line.cut()
    desk.see(lambda: desk.station.sync.state != "live")
    arrived(desk, "Haddad", doctor)
    page = cashier(desk)
    desk.see(lambda: shows(page, "Haddad", "45.00"))
    desk.press(F9)
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    assert "Saved on this PC" in page.pay.done.line.text()
    assert "Receipt P-" in page.pay.done.line.text(), "the paper has the number of this PC"
    assert server_rows(clinic, PAID) == []
    line.mend()
    desk.station.retry_now()
    desk.see(lambda: len(server_rows(clinic, PAID)) == 1)
    desk.see(lambda: "R26-00001 (P-" in page.bill.invoice.shown.payments[0].numbered)  # type: ignore[union-attr]


def test_keys_of_the_page_mean_one_thing_and_leave_the_frame_its_own(desk: Hands, page: CashierPage) -> None:
    frame = {canonical(item.key) for item in desk.shell.keys.items()}
    assert frame & {canonical(item.key) for item in page.keys.items()} == set()


def test_f9_leads_from_the_queue_and_from_the_file_to_the_bill(desk: Hands, page: CashierPage) -> None:
    queue = open_queue(desk.shell)
    desk.see(lambda: queue.table.current_row() is not None)
    desk.press(F9)
    assert desk.shell.front() is page
    assert shows(page, "Okafor", "45.00")
    patient = page.bill.patient_id()
    assert patient is not None
    file = desk.open_file(patient)
    file.show_section("billing")
    assert isinstance(file.bills, BillsSection)
    assert [row.title for row in file.bills._rows.rows(0, 9)] == ["Consultation"]
    assert file.bills.open_count == 1
    desk.press(F9)
    assert desk.shell.front() is page


def test_a_deposit_pays_the_next_bill(desk: Hands, page: CashierPage, clinic: Clinic) -> None:
    desk.press(Qt.Key.Key_E, ALT)
    desk.type("30")
    desk.press(ENTER)
    desk.see(lambda: page.beside.now is None)
    desk.see(lambda: bool(page.bill.charges.shown and page.bill.charges.shown.also))
    desk.press(F9)
    desk.type("15")
    desk.press(Qt.Key.Key_5, ALT)
    assert page.pay.ways.rows[1].amount.text() == "30.00"
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    ways = [row[0] for row in server_rows(clinic, "select way from payment order by taken_at, way")]
    assert sorted(ways) == ["cash", "cash", "credit"]


def test_a_bill_of_several_branches_of_work_is_one_row_a_patient(
    desk: Hands, page: CashierPage, clinic: Clinic, visit: UUID
) -> None:
    patient = page.bill.patient_id()
    assert patient is not None
    charged(desk, patient, visit, "2")
    desk.see(lambda: shows(page, "Okafor", "135.00"))
    (entry,) = page.list.found[View.TO_BILL]
    assert (entry.amount, entry.here) == ("135.00", True)
    assert entry.about == "W-01 · 2 charges · 26-00001"


def test_what_was_paid_twice_over_an_outage_is_said_and_offered(
    open_shell: OpenShell, desk: Hands, clinic: Clinic, cut_line: Callable[[], Line]
) -> None:
    patient = desk.station.read(billing.bills, desk.station.user.org_id)[0]
    row = invoiced(desk, patient.id, *patient.charges)
    line = cut_line()
    other = open_shell("rui", name="Cash desk", server=line.address)
    other.station.wait_current(timeout=20)
    drawer = opened_drawer(other)
    line.cut()
    other.see(lambda: other.station.sync.state != "live")
    other.station.run(billing.pay, row.id, [Part(Way.CASH, "45")], drawer)
    page = cashier(desk)
    page.look_at(Subject("invoice", row.id))
    page.arrive_at_bill(pay=True)
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    line.mend()
    other.station.retry_now()
    desk.see(lambda: len(page.list.found[View.OVERPAID]) == 1)
    desk.press(ENTER)
    page.list.show_view(View.OVERPAID)
    desk.see(page.bill.invoice.over.isVisible)
    assert page.list.found[View.OVERPAID][0].amount == "45.00"
    desk.press(Qt.Key.Key_G, ALT)
    desk.see(lambda: page.bill.shows("patient"))
    assert "45.00 EUR stays to their credit" in desk.toasts()[0]


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (960, 640)])
def test_no_word_of_the_page_is_cut_off(
    desk: Hands, page: CashierPage, size: tuple[int, int], qapp: QApplication
) -> None:
    desk.shell.resize(*size)
    desk.press(F9)
    for direction in (Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight):
        qapp.setLayoutDirection(direction)
        QApplication.processEvents()
        desk.shell.grab()
        assert clipped_texts(desk.shell) == []
    desk.press(Qt.Key.Key_Escape)
    assert page.list.isVisible()
    desk.press(Qt.Key.Key_E, ALT)
    assert page.beside.now is not None
    assert page.beside.now.isVisible(), "also where the list fills the window"
    desk.shell.grab()
    assert clipped_texts(desk.shell) == []


def test_everything_on_the_page_that_takes_the_focus_has_a_name(desk: Hands, page: CashierPage) -> None:
    stops = [one for one in page.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [one for one in stops if one.isVisible() and not one.accessibleName()] == []
