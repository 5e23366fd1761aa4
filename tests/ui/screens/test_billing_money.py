"""The drawer, credit notes and money given back, by keys at the cashier's windows."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from medidesk.models.billing import Way
from medidesk.models.settings import SettingName
from medidesk.models.types import new_id
from medidesk.repositories import billing
from medidesk.repositories.billing import InvoiceRow, Part
from medidesk.ui.billing.drawer import ClosedPanel
from medidesk.ui.billing.entries import Subject, View
from medidesk.ui.billing.page import CashierPage
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.kit.label import Label
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.billing_desk import (
    add_service,
    cashier,
    charged,
    invoiced,
    opened_drawer,
    shows,
)
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
F9, ENTER = Qt.Key.Key_F9, Qt.Key.Key_Return
DRAWERS = "select opening_float, counted, expected, note from cashier_session order by opened_at"
REFUNDS = "select amount, state, reason from refund order by created_at"


@pytest.fixture
def visit(clinic: Clinic) -> UUID:
    """What is charged: 45.00."""
    return add_service(clinic, "C01", "Consultation", "45.00")


def set_limit(clinic: Clinic, amount: int) -> None:
    """Refunds up to this much need nobody else's word."""
    with clinic.admin() as admin:
        admin.execute(
            "insert into setting (id, org_id, name, value) values (%s, %s, %s, to_jsonb(%s::int))",
            (new_id(), clinic.org_id, SettingName.REFUND_LIMIT, amount),
        )


def paid(desk: Hands, visit: UUID, name: str = "Okafor") -> InvoiceRow:
    """An invoice of two visits, paid in cash from this desk's open drawer."""
    patient = desk.register({"family_name": name})
    rows = [charged(desk, patient, visit) for _ in range(2)]
    return invoiced(desk, patient, *rows, parts=(Part(Way.CASH, "90", tendered="100"),))


def look_at(desk: Hands, row: InvoiceRow) -> CashierPage:
    """The invoice at the cashier's page."""
    page = cashier(desk)
    page.look_at(Subject("invoice", row.id))
    page.arrive_at_bill()
    return page


def words(widget: QWidget) -> str:
    """Everything that stands on it."""
    return " | ".join(label.text() for label in widget.findChildren(Label))


def panel_of(page: CashierPage) -> EntryPanel:
    assert isinstance(page.beside.now, EntryPanel)
    return page.beside.now


def test_a_drawer_is_opened_counted_blind_and_closed_with_what_differs(
    open_shell: OpenShell, clinic: Clinic, visit: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    page = cashier(desk)
    desk.press(Qt.Key.Key_O, ALT)
    desk.type("100")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: page.drawer.row is not None)
    paid(desk, visit)
    desk.see(lambda: desk.station.read(billing.drawer, page.drawer.id).holds == Decimal(190))  # type: ignore[union-attr,arg-type]
    desk.press(Qt.Key.Key_C, ALT)
    panel = panel_of(page)
    assert "190" not in words(panel), "what should be there is not said before it is counted"
    assert "190" not in words(page.head)
    desk.type("185,50")
    desk.press(Qt.Key.Key_Tab)
    desk.type("A coin rolled away")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: isinstance(page.beside.now, ClosedPanel))
    assert "4.50 EUR missing" in words(page.beside.now)  # type: ignore[arg-type]
    assert "190.00" in words(page.beside.now)  # type: ignore[arg-type]
    assert server_rows(clinic, DRAWERS) == [
        (Decimal("100.0000"), Decimal("185.5000"), Decimal("190.0000"), "A coin rolled away")
    ]
    assert page.drawer.row is None
    desk.press(ENTER, CONTROL)  # it is printed
    desk.see(lambda: desk.shell.front() is not page)


def test_the_next_one_begins_with_what_was_counted(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia", name="Reception 2")
    drawer = opened_drawer(desk)
    desk.station.run(billing.close_drawer, drawer, "120", patience=20)
    page = cashier(desk)
    desk.see(lambda: page.drawer.row is None)
    desk.press(Qt.Key.Key_O, ALT)
    assert panel_of(page).form.values() == {"opening_float": "120.00"}
    assert "by Sofia Marchetti" in words(panel_of(page))
    desk.press(ENTER, CONTROL)
    desk.see(lambda: page.drawer.row is not None)
    follows = server_rows(clinic, "select follows_id from cashier_session order by opened_at")
    assert follows == [(None,), (drawer,)]


def test_cash_asks_for_the_drawer_where_it_is_taken(
    open_shell: OpenShell, clinic: Clinic, visit: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    patient = desk.register({"family_name": "Haddad"})
    charged(desk, patient, visit)
    page = cashier(desk)
    desk.see(lambda: shows(page, "Haddad", "45.00"))
    desk.press(F9)
    assert page.pay.drawer.isVisible()
    assert page.pay.drawer.field.hasFocus()
    desk.type("50")
    desk.press(ENTER)
    desk.see(lambda: page.drawer.row is not None)
    desk.see(page.pay.ways.rows[0].amount.hasFocus)
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    assert server_rows(clinic, "select way, amount from payment") == [("cash", Decimal("45.0000"))]


def test_by_card_no_drawer_is_needed(open_shell: OpenShell, clinic: Clinic, visit: UUID) -> None:
    desk = open_shell("sofia", name="Reception 2")
    patient = desk.register({"family_name": "Haddad"})
    charged(desk, patient, visit)
    page = cashier(desk)
    desk.see(lambda: shows(page, "Haddad", "45.00"))
    desk.press(Qt.Key.Key_2, ALT)
    assert not page.pay.drawer.isVisible()
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    assert server_rows(clinic, "select way, session_id from payment") == [("card", None)]


def test_an_invoice_is_credited_in_part_and_the_rest_given_back(
    open_shell: OpenShell, clinic: Clinic, visit: UUID
) -> None:
    set_limit(clinic, 50)
    desk = open_shell("sofia", name="Reception 2")
    opened_drawer(desk)
    page = look_at(desk, paid(desk, visit))
    desk.press(Qt.Key.Key_K, ALT)
    panel = panel_of(page)
    desk.type("One visit only")
    desk.press(Qt.Key.Key_Tab)
    first = QWidget.focusWidget(panel)
    assert first is not None
    desk.fill(first, "")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: page.beside.now is None)
    desk.see(page.bill.invoice.over.isVisible)
    assert server_rows(clinic, "select number, total, reason from invoice where kind = 'credit_note'") == [
        ("C26-00001", Decimal("45.0000"), "One visit only")
    ]
    desk.press(Qt.Key.Key_R, ALT)
    assert panel_of(page).form.values() == {"amount": "45.00", "reason": ""}, "what is too much, and no more"
    desk.press(Qt.Key.Key_Tab)
    desk.type("Paid for one too many")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, REFUNDS) == [(Decimal("45.0000"), "paid", "Paid for one too many")]
    desk.see(lambda: not page.bill.invoice.over.isVisible())
    desk.see(lambda: any("Hand out 45.00 EUR" in said for said in desk.toasts()))


def test_above_the_limit_somebody_else_approves_it_with_one_key(
    open_shell: OpenShell, clinic: Clinic, visit: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    opened_drawer(desk)
    page = look_at(desk, paid(desk, visit))
    desk.press(Qt.Key.Key_R, ALT)
    assert "Olive Bright" in words(panel_of(page)), "who can approve it"
    desk.type("90")
    desk.press(Qt.Key.Key_Tab)
    desk.type("The doctor was ill")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert any("90.00 EUR: asked for" in said for said in desk.toasts())
    boss = open_shell("olive", name="Office")
    boss.see(lambda: boss.shell._items["billing"].badge() == 1)
    theirs = cashier(boss)
    boss.press(Qt.Key.Key_5, CONTROL)
    boss.see(lambda: theirs.bill.shows("refund"))
    boss.press(Qt.Key.Key_Y, ALT)
    boss.see(lambda: server_rows(clinic, "select state from refund") == [("approved",)])
    boss.see(lambda: boss.shell._items["billing"].badge() == 0)
    desk.sit_down()
    page.list.show_view(View.REFUNDS)
    desk.see(page.bill.refund.can_pay_out)
    desk.press(Qt.Key.Key_U, ALT)
    desk.see(lambda: server_rows(clinic, "select state, number from refund") == [("paid", "F26-00001")])
    desk.see(lambda: any("Hand out 90.00 EUR" in said for said in desk.toasts()))


def test_nobody_approves_what_they_have_asked_for_themselves(
    open_shell: OpenShell, clinic: Clinic, visit: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    opened_drawer(desk)
    row = paid(desk, visit)
    boss = open_shell("olive", name="Office")
    payment = boss.station.read(billing.payments_of, row.id)[0]
    boss.station.run(billing.refund, payment.id, "90", "A mistake", None, patience=20)
    page = cashier(boss)
    page.list.show_view(View.REFUNDS)
    boss.see(lambda: page.bill.shows("refund"))
    assert not page.bill.refund.can_decide()
    boss.press(Qt.Key.Key_Y, ALT)
    assert "Nobody approves what they have asked for themselves" in words(page.bill.refund)
    assert server_rows(clinic, "select state from refund") == [("asked",)]
    assert boss.shell._items["billing"].badge() == 0


def test_a_refund_without_the_server_says_not_to_hand_out_money_yet(
    open_shell: OpenShell, clinic: Clinic, visit: UUID, cut_line: Callable[[], Line]
) -> None:
    set_limit(clinic, 50)
    line = cut_line()
    desk = open_shell("sofia", name="Reception 2", server=line.address)
    desk.station.wait_current(timeout=20)
    opened_drawer(desk)
    row = paid(desk, visit)
    line.cut()
    desk.see(lambda: desk.station.sync.state != "live")
    page = look_at(desk, row)
    desk.press(Qt.Key.Key_R, ALT)
    assert "The server is away" in words(panel_of(page))
    desk.type("20")
    desk.press(Qt.Key.Key_Tab)
    desk.type("A part was not done")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert any("Do not hand out 20.00 EUR yet" in said for said in desk.toasts())
    line.mend()
    desk.station.retry_now()
    desk.see(
        lambda: server_rows(clinic, "select amount, state from refund") == [(Decimal("20.0000"), "paid")]
    )


def test_what_is_typed_in_a_panel_is_there_again(open_shell: OpenShell, clinic: Clinic, visit: UUID) -> None:
    desk = open_shell("sofia", name="Reception 2")
    opened_drawer(desk)
    page = look_at(desk, paid(desk, visit))
    desk.press(Qt.Key.Key_R, ALT)
    desk.press(Qt.Key.Key_Tab)
    desk.type("The doctor was ill")
    assert page.has_draft
    desk.press(Qt.Key.Key_Escape)
    assert page.beside.now is None
    desk.press(Qt.Key.Key_R, ALT)
    assert panel_of(page).form.values()["reason"] == "The doctor was ill"
    assert server_rows(clinic, REFUNDS) == []
