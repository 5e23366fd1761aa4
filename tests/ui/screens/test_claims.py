"""Claims at real windows of a real clinic: their whole way by keys, and who pays what is left."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medidesk.repositories import billing, claims
from medidesk.repositories.claims import Stage
from medidesk.ui.billing.page import CashierPage
from medidesk.ui.claims.entries import View
from medidesk.ui.claims.page import ClaimsPage
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
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

OpenShell = Callable[..., Hands]
F9, ENTER, TAB = Qt.Key.Key_F9, Qt.Key.Key_Return, Qt.Key.Key_Tab
SAVE = (ENTER, CONTROL)
CLAIMS = "select state, claimed, accepted, to_patient, written_off from insurance_claim"


@pytest.fixture
def service(clinic: Clinic) -> UUID:
    """What costs 30.00."""
    return priced(clinic, "30")


@pytest.fixture
def desk(open_shell: OpenShell, service: UUID) -> Hands:
    """Sofia's window."""
    del service
    return open_shell("sofia", name="Reception 2")


def test_a_claim_goes_its_whole_way_with_six_keys(desk: Hands, clinic: Clinic, service: UUID) -> None:
    bill = insured_bill(desk, clinic, service)
    page = claims_page(desk)
    desk.see(lambda: names(page, View.TO_CLAIM) == ["Okafor"])
    assert "Solidarity has not been asked yet They pay 24.00 EUR of this bill." in said(page)
    keys = press(desk, F9, SAVE)
    desk.see(lambda: stage(page) is Stage.SUBMITTED)
    assert any("claimed Okafor · Solidarity · 24.00 EUR" in toast for toast in desk.toasts()), desk.toasts()
    keys += press(desk, (Qt.Key.Key_W, ALT))
    desk.see(lambda: stage(page) is Stage.ACCEPTED)
    assert "24.00 EUR is expected of the insurer" in said(page)
    keys += press(desk, F9)
    assert panel_of(page).form.values()["amount"] == "24.00", "what is expected"
    keys += press(desk, SAVE)
    desk.see(lambda: stage(page) is Stage.PAID)
    keys += press(desk, F9)
    desk.see(lambda: stage(page) is Stage.RECONCILED)
    assert keys == 6
    assert server_rows(clinic, CLAIMS) == [("reconciled", Decimal(24), Decimal(24), Decimal(0), Decimal(0))]
    assert server_rows(clinic, "select way, amount, session_id from payment") == [
        ("insurer", Decimal(24), None)
    ]
    assert names(page, View.DONE) == ["Okafor"]
    row = desk.station.read(billing.invoice, bill.id)
    assert row is not None
    assert row.due == 6, "the co-pay is the patient's, as before"


def test_what_is_refused_is_the_patients_and_the_cashier_takes_it(
    desk: Hands, clinic: Clinic, service: UUID
) -> None:
    bill = insured_bill(desk, clinic, service)
    done(desk, claims.file_claim, bill.id)
    page = claims_page(desk)
    desk.see(lambda: names(page, View.SENT) == ["Okafor"])
    press(desk, F9)
    panel = panel_of(page)
    desk.type("X-77")
    press(desk, TAB, TAB)
    desk.type("14")
    press(desk, TAB)
    desk.type("Not covered")
    press(desk, SAVE)
    desk.see(lambda: stage(page) is Stage.PARTLY)
    assert page.beside.now is not panel
    assert "14.00 EUR is expected" in said(page)
    assert "They refuse 10.00 EUR." in said(page)
    assert page.claim.lines.rows.row_at(0).refusal == "Not covered"
    press(desk, F9, SAVE)
    desk.see(lambda: stage(page) is Stage.PAID)
    press(desk, F9)
    words = [label for label in texts(page) if "owes" in label]
    assert words == [f"The patient then owes 10.00 EUR more on {bill.numbered}."]
    press(desk, SAVE)
    desk.see(lambda: stage(page) is Stage.RECONCILED)
    assert any("the patient pays 10.00 EUR" in toast for toast in desk.toasts())
    press(desk, (Qt.Key.Key_B, ALT))
    cashier = desk.shell.front()
    assert isinstance(cashier, CashierPage)
    desk.see(lambda: cashier.pay.to_pay.figure.text() == "16.00")
    assert ("Not paid by the insurer", "10.00") in cashier.pay.to_pay.rows.rows()
    press(desk, (Qt.Key.Key_2, ALT), ENTER)
    desk.see(cashier.pay.is_done)
    row = desk.station.read(billing.invoice, bill.id)
    assert row is not None
    assert [row.due, row.moved, row.insurer_due] == [Decimal(0), Decimal(10), Decimal(0)]
    press(desk, (Qt.Key.Key_L, ALT))
    assert desk.shell.front() is page


def texts(page: ClaimsPage) -> list[str]:
    """Every word of the panel."""
    assert page.beside.now is not None
    return [label.text() for label in page.beside.now.findChildren(Label)]


def test_a_draft_is_changed_submitted_and_withdrawn(desk: Hands, clinic: Clinic, service: UUID) -> None:
    insured_bill(desk, clinic, service)
    page = claims_page(desk)
    desk.see(lambda: page.subject is not None)
    press(desk, ENTER, ENTER)  # into the claim, and on
    desk.type("A-12")
    press(desk, (Qt.Key.Key_S, ALT))
    desk.see(lambda: stage(page) is Stage.DRAFT)
    assert names(page, View.DRAFTS) == ["Okafor"]
    press(desk, (Qt.Key.Key_E, ALT), TAB)
    desk.type("As agreed by phone")
    press(desk, SAVE)
    query = "select authorisation, note, state from insurance_claim"
    desk.see(lambda: server_rows(clinic, query) == [("A-12", "As agreed by phone", "draft")])
    desk.see(lambda: page.beside.now is None)
    press(desk, F9)
    desk.see(lambda: stage(page) is Stage.SUBMITTED)
    press(desk, (Qt.Key.Key_X, ALT))
    press(desk, SAVE)
    assert panel_of(page).form.problems(), "a reason is wanted"
    desk.type("Wrong insurer")
    press(desk, SAVE)
    desk.see(lambda: stage(page) is Stage.WITHDRAWN)
    assert "Wrong insurer" in said(page)
    assert "claims it anew" in said(page)
    desk.see(lambda: names(page, View.TO_CLAIM) == ["Okafor"])
    press(desk, F9, SAVE)
    desk.see(lambda: stage(page) is Stage.SUBMITTED)


def test_a_refused_claim_is_submitted_again(desk: Hands, clinic: Clinic, service: UUID) -> None:
    answered(desk, insured_bill(desk, clinic, service), "0")
    page = claims_page(desk)
    desk.see(lambda: stage(page) is Stage.REFUSED)
    press(desk, (Qt.Key.Key_U, ALT))
    desk.see(lambda: stage(page) is Stage.SUBMITTED)
    desk.see(lambda: names(page, View.SENT) == ["Okafor"])


def test_only_who_approves_writes_off(open_shell: OpenShell, clinic: Clinic, service: UUID) -> None:
    desk = open_shell("sofia", name="Reception 2")
    bill = insured_bill(desk, clinic, service)
    answered(desk, bill, "14")
    page = claims_page(desk)
    desk.see(lambda: stage(page) is Stage.PARTLY)
    press(desk, (Qt.Key.Key_O, ALT))
    assert page.beside.now is None
    boss = open_shell("olive", name="Office")
    boss.station.wait_current(20)
    theirs = claims_page(boss)
    boss.see(lambda: stage(theirs) is Stage.PARTLY)
    press(boss, (Qt.Key.Key_O, ALT))
    boss.type("Agreed with the insurer")
    press(boss, TAB)
    boss.type("4")
    press(boss, SAVE)
    boss.see(lambda: stage(theirs) is Stage.RECONCILED)
    assert server_rows(clinic, CLAIMS) == [("reconciled", Decimal(24), Decimal(14), Decimal(4), Decimal(20))]
    assert "The patient pays 4.00 EUR. Nobody pays 20.00 EUR." in said(theirs)
    press(boss, (Qt.Key.Key_Z, ALT))
    boss.see(lambda: stage(theirs) is Stage.PARTLY)
    assert server_rows(clinic, "select written_off from insurance_claim") == [(Decimal(0),)]


def test_everything_by_mouse(desk: Hands, clinic: Clinic, service: UUID) -> None:
    insured_bill(desk, clinic, service)
    page = claims_page(desk)
    desk.see(lambda: page.subject is not None)
    for word, then in (("Claim it", "Submit"), ("Note the answer", "Note it"), ("Note a payment", "Note it")):
        click(desk, page, word)
        desk.see(lambda: page.beside.now is not None)
        before = stage_of(page)
        click(desk, page, then)
        desk.see(partial(has_gone_on, page, before))
    click(desk, page, "Reconcile")
    desk.see(lambda: stage(page) is Stage.RECONCILED)


def click(desk: Hands, page: ClaimsPage, word: str) -> None:
    """Click the button that says this, as soon as it is there."""

    def there() -> list[Button]:
        return [one for one in page.findChildren(Button) if one.isVisible() and one.text() == word]

    desk.see(lambda: len(there()) == 1)
    QTest.mouseClick(there()[0], Qt.MouseButton.LeftButton)


def stage_of(page: ClaimsPage) -> object:
    """What is shown, and how far it is."""
    now = page.claim.shown
    return None if now is None or now.claim is None else now.claim.stage


def has_gone_on(page: ClaimsPage, before: object) -> bool:
    """Whether it is further than it was, without a panel."""
    return page.beside.now is None and stage_of(page) != before
