"""Money taken at the cashier's windows: once, in several ways, at two desks, and without the server."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from medidesk.models.billing import Way
from medidesk.repositories import billing
from medidesk.repositories.billing import Part
from medidesk.ui.billing.entries import Subject, View
from medidesk.ui.billing.page import CashierPage
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.billing_desk import (
    arrived,
    cashier,
    count_keys,
    invoiced,
    opened_drawer,
    shows,
)
from tests.ui.screens.conftest import ALT, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
PAID = "select way, amount, tendered from payment order by amount, way"
F9, ENTER = Qt.Key.Key_F9, Qt.Key.Key_Return


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
