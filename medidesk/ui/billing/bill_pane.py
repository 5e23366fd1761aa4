"""The bill beside the list: of charges, of an invoice, or of money that is given back."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtWidgets import QStackedWidget, QWidget

from medidesk.models.billing import InvoiceKind
from medidesk.repositories import billing
from medidesk.repositories.billing import PaymentRow, Standing
from medidesk.ui.billing import reading
from medidesk.ui.billing.charges_view import ChargesView
from medidesk.ui.billing.entries import Subject
from medidesk.ui.billing.invoice_view import InvoiceView
from medidesk.ui.billing.page_acts import PageActs
from medidesk.ui.billing.pay import Mode, Wanted
from medidesk.ui.billing.refund_view import RefundView
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.page import Desk
from medidesk.words import tr


class BillPane(QStackedWidget):
    """The pane.

    Attributes:
        subject: what is shown; None for nothing.
        may_take, may_change, may_charge, may_withdraw, may_approve: what whoever is signed in may do here.
    """

    def __init__(self, desk: Desk, acts: PageActs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        can = desk.station.can
        self.may_take, self.may_change = can("billing", "add"), can("billing", "change")
        self.may_charge = can("charges", "add") and self.may_take
        self.may_withdraw, self.may_approve = can("charges", "change"), can("approvals", "add")
        self.subject: Subject | None = None
        self.charges = ChargesView(acts.of_charges, acts.of_whom)
        self.invoice = InvoiceView(acts.of_invoice, acts.of_whom)
        self.refund = RefundView(acts.of_refund, acts.of_whom)
        choose = tr("Choose somebody in the list, or type a name: F2.")
        self._nobody = EmptyState("wallet", tr("Nobody is chosen"), choose)
        for view in (self._nobody, self.charges, self.invoice, self.refund):
            self.addWidget(view)

    def renew(self) -> Wanted | None:
        """Show the subject as the replica holds it now; returns what is to be paid for it."""
        self.subject = None if self.subject is None else reading.as_it_is(self._desk, self.subject)
        shown, wanted = self._show(self.subject)
        self.setCurrentWidget(shown)
        return self._allowed(wanted)

    def wanted_of_charges(self) -> Wanted | None:
        """What is to be paid for the charges that are ticked now."""
        now = self.charges.shown
        if now is None:
            return None
        drafted = self.charges.is_as_drafted()
        return self._allowed(
            reading.wanted_of_charges(self._desk, now, self.charges.billed(), as_drafted=drafted)
        )

    def arrive(self) -> None:
        """What is shown takes the keys."""
        shown = self.currentWidget()
        if isinstance(shown, ChargesView | InvoiceView | RefundView):
            shown.arrive()

    def shows(self, *what: str) -> bool:
        """Whether one of these is shown."""
        return self.subject is not None and self.subject.what in what

    def patient_id(self) -> UUID | None:
        """Whose bill is shown."""
        if self.shows("patient", "draft"):
            return None if self.charges.shown is None else self.charges.shown.patient.id
        if self.shows("refund"):
            return None if self.refund.shown is None else self.refund.shown.row.patient_id
        now = self.invoice.shown
        if self.subject is None or now is None:
            return None
        return now.payments[0].patient_id if now.row is None else now.row.patient_id

    def chosen_payment(self) -> PaymentRow | None:
        """The payment that would be given back: of an invoice or a receipt, or behind a credit."""
        if not self.may_take:
            return None
        if self.shows("patient"):
            credit = self.charges.chosen_credit()
            return None if credit is None else self._desk.station.read(billing.payment, credit)
        return self.invoice.chosen_payment() if self.shows("invoice", "receipt") else None

    def can_credit(self) -> bool:
        """Whether what is shown is an invoice of which something is left to be taken back."""
        now = self.invoice.shown
        row = None if now is None or not self.shows("invoice") else now.row
        return (
            self.may_take
            and row is not None
            and row.kind is InvoiceKind.INVOICE
            and row.standing is not Standing.CREDITED
        )

    def _show(self, subject: Subject | None) -> tuple[QWidget, Wanted | None]:
        if subject is None:
            return self._nobody, None
        if subject.what in {"patient", "draft"}:
            gathered = reading.gathered(self._desk, subject)
            if gathered is None:
                return self._nobody, None
            self.charges.show_gathered(gathered)
            return self.charges, self.wanted_of_charges()
        if subject.what == "refund":
            stands = reading.stands(self._desk, subject.id)
            if stands is None:
                return self._nobody, None
            self.refund.show_stands(stands)
            return self.refund, None
        looked = reading.looked(self._desk, subject)
        if looked is None:
            return self._nobody, None
        self.invoice.show_looked(looked)
        return self.invoice, reading.wanted_of_invoice(self._desk, looked)

    def _allowed(self, wanted: Wanted | None) -> Wanted | None:
        """Whoever may only look takes nothing."""
        if wanted is None or self.may_take:
            return wanted
        return Wanted(Mode.NOTHING, wanted.rows, wanted.caption, wanted.due, wanted.currency)
