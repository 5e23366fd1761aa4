"""The panel beside a bill, in the place of the payment: one at a time, with its draft."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QApplication, QLineEdit

from medidesk.models.billing import Way
from medidesk.models.money import decimals
from medidesk.repositories import amounts, billing
from medidesk.repositories.billing import ChargeRow, DrawerRow, PaymentRow, queries
from medidesk.ui import bill_papers
from medidesk.ui.answers import saved_here, waits
from medidesk.ui.billing import drawer as drawers
from medidesk.ui.billing import panels
from medidesk.ui.billing.deposit import DepositPanel
from medidesk.ui.billing.drawer import ClosedPanel
from medidesk.ui.billing.entries import Subject
from medidesk.ui.billing.finder import ServiceFinder
from medidesk.ui.billing.tender import ZERO
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.panel_place import PanelPlace
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.billing.page import CashierPage


class Beside:
    """Of one page."""

    def __init__(self, page: CashierPage) -> None:
        self._page, self._desk = page, page.desk
        self._place = PanelPlace[SidePanel](page, lambda: page.row, page.place_pay)
        self.close, self.submit = self._place.close, self._place.submit

    @property
    def now(self) -> SidePanel | None:
        """The panel that is open."""
        return self._place.now

    def may_leave(self) -> bool:
        """Whether the payment can go on: no panel is open, or one into which nothing is typed."""
        return self.now is None or (isinstance(self.now, ServiceFinder) and self.now.is_empty())

    # Charges

    def add_service(self) -> None:
        """Add a service to the bill of the patient."""
        patient = self._page.bill.patient_id()
        if patient is not None:
            panel = ServiceFinder(self._desk, patient)
            panel.charged.connect(partial(self._page.doing.told, tr("On the bill")))
            self._open(panel)

    def change_quantity(self) -> None:
        """How much of the chosen charge was done."""
        self._with_charge(panels.quantity_panel, tr("Quantity changed"))

    def discount(self) -> None:
        """Take something off the chosen charge."""
        self._with_charge(panels.discount_panel, tr("Discount noted"))

    def withdraw(self) -> None:
        """Take the chosen charge off the bill."""
        self._with_charge(panels.withdraw_panel, tr("Taken off the bill"))

    def deposit(self) -> None:
        """Take money for what is to come."""
        now = self._page.bill.charges.shown
        if now is not None:
            panel = DepositPanel(self._desk, now.patient, self._page.drawer)
            panel.taken.connect(self._deposited)
            self._open(panel)

    def _deposited(self, outcome: Any) -> None:
        row = getattr(outcome, "row", None)
        if isinstance(self.now, DepositPanel):
            self.close()
        if isinstance(row, PaymentRow):
            self._desk.toast(
                tr("Deposit taken: {number}", number=row.numbered),
                saved_here(outcome) or row.name,
                icon="wallet", tone="warning" if waits(outcome) else "success",
                verb=tr("Print"), act=partial(bill_papers.print_receipt, self._desk, row.receipt_id),
            )  # fmt: skip

    # Invoices

    def credit(self) -> None:
        """Take back the invoice that is shown, or some of it."""
        now = self._page.bill.invoice.shown
        if now is not None and now.row is not None and self._page.bill.can_credit():
            panel = panels.credit_panel(self._desk, now.row, now.lines)
            self._open_entry(panel, self._credited)

    def _credited(self, outcome: Any) -> None:
        self._page.doing.told(
            tr("Credit note {number}", number=getattr(outcome.row, "numbered", "")), outcome
        )

    def refund(self) -> None:
        """Give money back of the payment that is chosen."""
        payment = self._page.bill.chosen_payment()
        if payment is not None and payment.left > 0:
            now = self._page.bill.invoice.shown
            row = None if now is None else now.row
            due = ZERO if row is None else row.insurer_due if payment.way is Way.INSURER else row.due
            over = None if due >= 0 else -due
            most = payment.left if over is None else min(payment.left, over)
            typed = amounts.plain(most, decimals(payment.currency))
            panel = panels.refund_panel(self._desk, payment, self._page.drawer.id, typed)
            self._open_entry(panel, self._page.doing.returned)

    # The drawer

    def open_drawer(self) -> None:
        """Ask for the float."""
        if self._page.drawer.row is None and self._page.drawer.may_open:
            panel = drawers.open_panel(self._desk, self._page.drawer)
            self._open_entry(panel, partial(self._page.doing.told, tr("Drawer open")))

    def close_drawer(self) -> None:
        """Ask what is in it."""
        if self._page.drawer.row is not None:
            panel = drawers.close_panel(self._desk, self._page.drawer.row)
            self._open_entry(panel, self._closed)

    def _closed(self, outcome: Any) -> None:
        row = getattr(outcome, "row", None)
        if isinstance(row, DrawerRow):
            panel = ClosedPanel(row, waits=waits(outcome))
            panel.print_asked.connect(partial(bill_papers.print_drawer, self._desk, row.id))
            self._open(panel)

    # Drafts

    def take_drafts_up(self) -> None:
        """Open again what was typed and not saved: the first of what there is."""
        for draft in self._desk.station.drafts.all():
            if draft.key.startswith("billing/") and self._take_up(draft.key):
                self._page.note_draft(draft.key, True)
                return

    def _take_up(self, key: str) -> bool:
        if key == drawers.OPEN:
            self.open_drawer()
            return self.now is not None
        if key.startswith(drawers.CLOSE):
            self.close_drawer()
            return self.now is not None
        row_id = UUID(key.rsplit("/", 1)[1])
        read = self._desk.station.read
        for prefix, make in (
            (panels.QUANTITY, self.change_quantity),
            (panels.DISCOUNT, self.discount),
            (panels.WITHDRAW, self.withdraw),
        ):
            if key.startswith(prefix):
                charge = read(queries.charge, row_id)
                if charge is None:
                    return False
                self._page.look_at(Subject("patient", charge.patient_id))
                self._page.bill.charges.lines.choose_id(row_id)
                make()
        if key.startswith(panels.CREDIT):
            self._page.look_at(Subject("invoice", row_id))
            self.credit()
        if key.startswith(panels.REFUND):
            payment = read(billing.payment, row_id)
            if payment is None:
                return False
            subject = Subject("receipt", payment.receipt_id)
            self._page.look_at(
                subject if payment.invoice_id is None else Subject("invoice", payment.invoice_id)
            )
            self._page.bill.invoice.payments.choose_id(row_id)
            self.refund()
        return self.now is not None

    def _with_charge(self, make: Callable[[Any, ChargeRow], EntryPanel], said: str) -> None:
        charge = self._page.bill.charges.chosen()
        if (
            charge is not None
            and self._page.bill.subject is not None
            and self._page.bill.subject.what == "patient"
        ):
            self._open_entry(make(self._desk, charge), partial(self._page.doing.told, said))

    def _open_entry(self, panel: EntryPanel, saved: Callable[[Any], None]) -> None:
        panel.saved.connect(lambda _outcome: self._place.close_saved(panel))
        panel.saved.connect(saved)
        self._open(panel)

    def _open(self, panel: SidePanel) -> None:
        self._place.open(panel)
        field = QApplication.focusWidget()
        if isinstance(field, QLineEdit) and panel.isAncestorOf(field):
            field.selectAll()  # what stands there is replaced by what is typed
