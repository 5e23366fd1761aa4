"""What can be done to what is shown, as the buttons in its head say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medidesk.models.billing import Verdict
from medidesk.repositories.billing import Standing
from medidesk.ui.bill_head import Act
from medidesk.ui.claim_words import ICON
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.billing.page import CashierPage


class PageActs:
    """Of one page; its keys do the same."""

    def __init__(self, page: CashierPage) -> None:
        self._page = page

    def of_charges(self) -> list[Act]:
        """Of a bill that is to be made, or of a draft."""
        page, found = self._page, list[Act]()
        beside, doing = page.beside, page.doing
        shown = page.bill.charges.shown
        some = shown is not None and bool(shown.bill.charges)
        if shown is not None and shown.draft is not None:
            if page.bill.may_change:
                if not page.bill.charges.is_as_drafted():
                    found.append((tr("Save the draft"), "save", "Alt+S", doing.keep_draft))
                found.append((tr("Discard the draft"), "x", "Alt+X", doing.discard_draft))
        else:
            if page.bill.may_charge:
                found.append((tr("Add a service"), "plus", "Alt+A", beside.add_service))
            if some and page.bill.may_withdraw:
                found.append((tr("Quantity"), "pencil", "Alt+Q", beside.change_quantity))
            if some and page.bill.may_approve:
                found.append((tr("Discount"), "percent", "Alt+D", beside.discount))
            if some and page.bill.may_withdraw:
                found.append((tr("Take off"), "trash-2", "Del", beside.withdraw))
            if page.bill.may_take:
                found.append((tr("Deposit"), "hand-coins", "Alt+E", beside.deposit))
        return found

    def of_invoice(self) -> list[Act]:
        """Of an invoice, a credit note or a receipt."""
        page, found = self._page, list[Act]()
        beside, doing = page.beside, page.doing
        now = page.bill.invoice.shown
        if now is not None and now.payments:
            found.append((tr("Receipt"), "printer", "Alt+P", doing.print_receipt))
        if now is not None and now.row is not None:
            found.append((tr("Invoice"), "printer", "Alt+I", doing.print_bill))
            if (
                page.bill.may_take
                and now.row.standing is not Standing.CREDITED
                and now.row.credits_id is None
            ):
                found.append((tr("Credit note"), "undo-2", "Alt+K", beside.credit))
        over = now is not None and now.row is not None and now.row.standing is Standing.OVERPAID
        if now is not None and page.bill.may_take and not over and any(one.left > 0 for one in now.payments):
            found.append((tr("Give back"), "hand-coins", "Alt+R", beside.refund))
        return found

    def of_refund(self) -> list[Act]:
        """Of a refund."""
        page, found = self._page, list[Act]()
        view, doing = page.bill.refund, page.doing
        if view.can_decide():
            found.append((tr("Approve"), "check", "Alt+Y", self.approve))
            found.append((tr("Decline"), "ban", "Alt+N", self.decline))
        if view.can_pay_out() and page.bill.may_change:
            found.append((tr("Pay it out"), "hand-coins", "Alt+U", doing.pay_out))
        if view.can_withdraw() and page.bill.may_change:
            found.append((tr("Withdraw"), "x", "Alt+X", doing.withdraw_refund))
        return found

    def of_whom(self) -> list[Act]:
        """Where else the patient is shown."""
        found: list[Act] = [(tr("File"), "user", "Alt+F", self.open_file)]
        if self.has_claim():
            found.insert(0, (tr("Claim"), ICON, "Alt+L", self.open_claim))
        if not self._page.bill.shows("patient"):
            found.insert(0, (tr("Bill"), "wallet", "Alt+B", self.open_bill))
        return found

    def approve(self) -> None:
        """Say yes to the refund that is shown."""
        self._page.doing.decide(Verdict.APPROVED)

    def decline(self) -> None:
        """Say no to it."""
        self._page.doing.decide(Verdict.DECLINED)

    def open_file(self) -> None:
        """The patient's file."""
        patient = self._page.bill.patient_id()
        if patient is not None:
            self._page.desk.open_file(patient)

    def has_claim(self) -> bool:
        """Whether an insurer pays some of the invoice that is shown."""
        now = self._page.bill.invoice.shown
        shown = self._page.bill.shows("invoice") and now is not None
        return shown and now is not None and bool(now.insurer)

    def open_claim(self) -> None:
        """What is claimed of the insurer for it, or is to be."""
        now = self._page.bill.invoice.shown
        if now is not None and now.row is not None:
            self._page.desk.open_claim(now.row.id)

    def open_bill(self) -> None:
        """What the patient has not been billed for yet, and what else is open."""
        patient = self._page.bill.patient_id()
        if patient is not None:
            self._page.show_patient(patient)

    def keep_draft(self) -> None:
        """Keep a new bill as a draft, or the draft as it is ticked now."""
        if self._page.bill.shows("draft"):
            self._page.doing.keep_draft()
        else:
            self._page.pay.keep_draft()

    def discard(self) -> None:
        """Withdraw the refund that is shown, or discard the draft."""
        if self._page.bill.shows("refund"):
            self._page.doing.withdraw_refund()
        elif self._page.bill.shows("draft"):
            self._page.doing.discard_draft()
