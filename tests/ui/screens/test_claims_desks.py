"""Claims between desks, without the server, and where the insurer has paid too much."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt

from medidesk.models.billing import Way
from medidesk.repositories import billing, claims
from medidesk.repositories.claims import Stage
from medidesk.station import Saved
from medidesk.ui.billing.page import CashierPage
from medidesk.ui.claims.entries import View
from medidesk.ui.claims.module import module
from tests.support.billing import priced
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.claims_desk import (
    answered,
    claims_page,
    done,
    insured_bill,
    names,
    panel_of,
    press,
    said,
    stage,
)
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
F9, ENTER, TAB = Qt.Key.Key_F9, Qt.Key.Key_Return, Qt.Key.Key_Tab
SAVE = (ENTER, CONTROL)


@pytest.fixture
def service(clinic: Clinic) -> UUID:
    """What costs 30.00."""
    return priced(clinic, "30")


def test_what_another_desk_did_is_seen_and_not_done_twice(
    open_shell: OpenShell, clinic: Clinic, service: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    insured_bill(desk, clinic, service)
    page = claims_page(desk)
    desk.see(lambda: page.now is not None)
    press(desk, F9)
    panel = panel_of(page)
    other = open_shell("rui", name="Cash desk")
    other.station.wait_current(20)
    theirs = claims_page(other)
    other.see(lambda: theirs.now is not None)
    press(other, F9, SAVE)
    other.see(lambda: stage(theirs) is Stage.SUBMITTED)
    desk.sit_down()
    desk.see(lambda: names(page, View.SENT) == ["Okafor"])
    press(desk, SAVE)
    desk.see(lambda: "is claimed already" in panel._refusal.words())
    assert server_rows(clinic, "select count(*) from insurance_claim") == [(1,)]
    press(desk, Qt.Key.Key_Escape)
    assert stage(page) is Stage.SUBMITTED, "what the bill became is shown"
    press(other, (Qt.Key.Key_W, ALT))
    desk.see(lambda: stage(page) is Stage.ACCEPTED)


def test_without_the_server_claims_wait_and_are_told_so(
    open_shell: OpenShell, clinic: Clinic, service: UUID, cut_line: Callable[[], Line]
) -> None:
    line = cut_line()
    desk = open_shell("sofia", name="Reception 2", server=line.address)
    desk.station.wait_current(timeout=20)
    insured_bill(desk, clinic, service)
    page = claims_page(desk)
    desk.see(lambda: page.now is not None)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    press(desk, F9, SAVE)
    desk.see(lambda: stage(page) is Stage.SUBMITTED)
    assert any("Saved on this PC" in toast for toast in desk.toasts())
    assert names(page, View.SENT) == ["Okafor"]
    press(desk, (Qt.Key.Key_P, ALT), SAVE)
    desk.see(lambda: stage(page) is Stage.PAID)
    assert server_rows(clinic, "select count(*) from insurance_claim") == [(0,)]
    line.mend()
    desk.station.retry_now()
    query = "select state, claimed from insurance_claim"
    desk.see(lambda: server_rows(clinic, query) == [("submitted", Decimal(24))])
    desk.see(lambda: server_rows(clinic, "select way, amount from payment") == [("insurer", Decimal(24))])
    assert stage(page) is Stage.PAID


def test_a_claim_that_was_refused_afterwards_needs_attention_and_leads_to_what_there_is(
    open_shell: OpenShell, clinic: Clinic, service: UUID, cut_line: Callable[[], Line]
) -> None:
    line = cut_line()
    desk = open_shell("sofia", name="Reception 2", server=line.address)
    desk.station.wait_current(timeout=20)
    bill = insured_bill(desk, clinic, service)
    page = claims_page(desk)
    desk.see(lambda: page.now is not None)
    other = open_shell("rui", name="Cash desk")
    other.station.wait_current(20)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.sit_down()
    press(desk, F9, SAVE)
    desk.see(lambda: stage(page) is Stage.SUBMITTED)
    done(other, claims.draft, bill.id)
    line.mend()
    desk.station.retry_now()
    desk.see(lambda: desk.station.sync.attention == 1)
    (entry,) = desk.station.attention()
    assert entry.sentence == "This invoice is claimed already. Look at it again."
    desk.shell.open("patients", lambda: page)
    assert module().take_up(desk.shell, entry)
    assert desk.shell.front() is page
    desk.see(lambda: stage(page) is Stage.DRAFT)


def test_what_the_insurer_paid_too_much_is_given_back_before_it_is_reconciled(
    open_shell: OpenShell, clinic: Clinic, service: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    bill = insured_bill(desk, clinic, service)
    claim = answered(desk, bill, "24")
    done(desk, claims.take, claim.id, "24", "TRF 1")
    made = desk.station.run(billing.credit, bill.id, "Charged by mistake", None, patience=20)
    assert isinstance(made, Saved), made
    page = claims_page(desk)
    desk.see(lambda: "has paid 24.00 EUR too much" in said(page))
    assert page.now is not None
    assert page.now.claim is not None
    assert page.now.claim.credited == 24
    press(desk, F9)
    cashier = desk.shell.front()
    assert isinstance(cashier, CashierPage)
    payment = cashier.bill.chosen_payment()
    assert payment is not None
    assert payment.way is Way.INSURER
    press(desk, (Qt.Key.Key_R, ALT))
    assert cashier.beside.now is not None
    press(desk, TAB)
    desk.type("Back to the insurer")
    press(desk, SAVE)
    desk.see(lambda: cashier.beside.now is None)
    query = "select amount, state from refund"
    desk.see(lambda: server_rows(clinic, query)[0][0] == Decimal(24))


def test_what_is_typed_in_a_panel_is_there_again(
    open_shell: OpenShell, clinic: Clinic, service: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    bill = insured_bill(desk, clinic, service)
    done(desk, claims.file_claim, bill.id)
    page = claims_page(desk)
    desk.see(lambda: stage(page) is Stage.SUBMITTED)
    press(desk, F9)
    desk.type("X-77")
    assert page.has_draft
    press(desk, Qt.Key.Key_Escape)
    desk.see(lambda: page.beside.now is None)
    press(desk, F9)
    assert panel_of(page).form.values()["insurer_ref"] == "X-77"


def test_the_way_of_an_insurer_is_none_at_the_cashiers(
    open_shell: OpenShell, clinic: Clinic, service: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    bill = insured_bill(desk, clinic, service)
    desk.shell.open_invoice(bill.id)
    cashier = desk.shell.front()
    assert isinstance(cashier, CashierPage)
    assert Way.INSURER not in cashier.pay.ways.buttons
    assert ("Solidarity pays", "\N{MINUS SIGN}24.00") in cashier.pay.to_pay.rows.rows()
    press(desk, (Qt.Key.Key_L, ALT))
    page = desk.shell.front()
    desk.see(partial(is_on, page, bill.id))


def is_on(page: Any, invoice_id: UUID) -> bool:
    """Whether the claims' page shows this bill, to be claimed."""
    now = page.now
    return now is not None and now.claim is None and now.bill.id == invoice_id
