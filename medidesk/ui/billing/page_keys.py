"""The keys of the cashier's page, and when each does something."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from medidesk.models.billing import InvoiceKind
from medidesk.repositories.billing import Standing
from medidesk.ui import billing_words as words
from medidesk.ui.billing.entries import view_name
from medidesk.ui.billing.list_pane import VIEWS
from medidesk.ui.billing.pay_ways import WAYS
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.billing.page import CashierPage


def bind_keys(page: CashierPage) -> None:
    """Give the page its keys."""
    keys, pay, beside, doing, acts = page.keys, page.pay, page.beside, page.doing, page.acts
    when = When(page)
    keys.list_only("Up, Down", tr("Choose"))
    keys.list_only("Return", tr("To the bill"))
    keys.bind("F9", tr("Take the payment"), page.start_paying, when=when.payable)
    keys.bind("Shift+F9", tr("Issue, pay later"), pay.issue, when=when.may_wait)
    keys.bind("Alt+A", tr("Add a service"), beside.add_service, when=when.may_charge)
    keys.bind("F2", tr("Search"), page.go_to_list, when=when.free)
    keys.list_only("Space", tr("On this bill or not"), when=when.gathers)
    keys.bind("Alt+Q", tr("Quantity"), beside.change_quantity, when=when.may_withdraw)
    keys.bind("Alt+D", tr("Discount"), beside.discount, when=when.may_discount)
    keys.bind("Del", tr("Take off"), beside.withdraw, when=when.on_a_charge)
    keys.bind("Alt+E", tr("Deposit"), beside.deposit, when=when.may_deposit)
    keys.bind("Alt+S", tr("Save as draft"), acts.keep_draft, when=when.may_keep_draft)
    keys.bind("Alt+P", tr("Receipt"), doing.print_receipt, when=when.has_receipt)
    keys.bind("Alt+I", tr("Print the bill"), doing.print_bill, when=when.has_paper)
    keys.bind("Alt+K", tr("Credit note"), beside.credit, when=when.may_credit)
    keys.bind("Alt+R", tr("Give back"), beside.refund, when=when.may_refund)
    keys.bind("Alt+G", tr("Keep as credit"), doing.keep_credit, when=when.paid_too_much)
    keys.bind("Alt+Y", tr("Approve"), acts.approve, when=when.may_decide)
    keys.bind("Alt+N", tr("Decline"), acts.decline, when=when.may_decide)
    keys.bind("Alt+U", tr("Pay it out"), doing.pay_out, when=when.may_pay_out)
    keys.bind("Alt+X", tr("Withdraw, discard"), acts.discard, when=when.may_discard)
    keys.bind("Alt+L", tr("Claim"), acts.open_claim, when=acts.has_claim)
    keys.bind("Alt+B", tr("Bill of the patient"), acts.open_bill, when=when.is_no_bill)
    keys.bind("Alt+F", tr("File"), acts.open_file, when=when.is_somebody)
    keys.bind("Alt+O", tr("Open the drawer"), beside.open_drawer, when=when.drawer_closed)
    keys.bind("Alt+C", tr("Count and close"), beside.close_drawer, when=when.drawer_open)
    for at, way in enumerate(WAYS, start=1):
        act = partial(page.choose_way, way)
        keys.bind(f"Alt+{at}", words.way_name(way), act, when=when.takes_money, hint=False)
    for at, view in enumerate(VIEWS, start=1):
        keys.bind(f"Ctrl+{at}", view_name(view), partial(page.list.show_view, view), hint=False)
    keys.bind("Ctrl+Return", tr("Save"), beside.submit, when=when.has_panel)
    keys.bind("Ctrl+Enter", tr("Save"), beside.submit, when=when.has_panel, hint=False)
    keys.bind("Escape", tr("Back, draft kept"), page.step_back)


class When:
    """Whether a key of this page would do something as it is now."""

    def __init__(self, page: CashierPage) -> None:
        self._page, self._pay = page, page.pay

    def has_panel(self) -> bool:
        return self._page.beside.now is not None

    def free(self) -> bool:
        return self._page.beside.now is None

    def payable(self) -> bool:
        return self._page.beside.may_leave() and self._pay.is_live()

    def takes_money(self) -> bool:
        return self._page.beside.may_leave() and self._pay.takes_money()

    def may_wait(self) -> bool:
        return self.free() and self._pay.may_wait()

    def gathers(self) -> bool:
        return self.free() and self._page.bill.shows("patient", "draft")

    def may_charge(self) -> bool:
        return self.free() and self._page.bill.shows("patient") and self._page.bill.may_charge

    def may_deposit(self) -> bool:
        return self.free() and self._page.bill.shows("patient") and self._page.bill.may_take

    def may_withdraw(self) -> bool:
        return self._on_charges() and self._page.bill.may_withdraw

    def may_discount(self) -> bool:
        return self._on_charges() and self._page.bill.may_approve

    def on_a_charge(self) -> bool:
        return self.may_withdraw() and self._page.bill.charges.lines.hasFocus()

    def may_keep_draft(self) -> bool:
        changed = self._page.bill.shows("draft") and not self._page.bill.charges.is_as_drafted()
        return self.free() and (self._pay.may_wait() or changed)

    def has_receipt(self) -> bool:
        return (
            self._page.bill.shows("invoice", "receipt")
            and self._page.bill.invoice.chosen_payment() is not None
        )

    def has_paper(self) -> bool:
        return self._page.bill.shows("invoice", "patient")

    def may_credit(self) -> bool:
        return self.free() and self._page.bill.can_credit()

    def may_refund(self) -> bool:
        return self.free() and self._page.bill.chosen_payment() is not None

    def paid_too_much(self) -> bool:
        now = self._page.bill.invoice.shown
        row = None if now is None else now.row
        over = row is not None and row.kind is InvoiceKind.INVOICE and row.standing is Standing.OVERPAID
        return self.free() and self._page.bill.shows("invoice") and over

    def may_decide(self) -> bool:
        return self.free() and self._page.bill.shows("refund") and self._page.bill.refund.can_decide()

    def may_pay_out(self) -> bool:
        return self.free() and self._page.bill.shows("refund") and self._page.bill.refund.can_pay_out()

    def may_discard(self) -> bool:
        return self.free() and self._page.bill.may_change and self._page.bill.shows("refund", "draft")

    def is_no_bill(self) -> bool:
        return self._page.bill.shows("draft", "invoice", "receipt", "refund")

    def is_somebody(self) -> bool:
        return self._page.bill.subject is not None

    def drawer_closed(self) -> bool:
        return self._page.drawer.row is None and self._page.drawer.may_open

    def drawer_open(self) -> bool:
        return self._page.drawer.row is not None

    def _on_charges(self) -> bool:
        return (
            self.free() and self._page.bill.shows("patient") and self._page.bill.charges.chosen() is not None
        )
