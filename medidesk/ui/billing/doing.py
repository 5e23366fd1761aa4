"""What is done at the cashier's page: money taken, bills issued, refunds decided; and how each is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from medidesk.errors import MediDeskError
from medidesk.models.billing import RefundState, Verdict
from medidesk.repositories import billing
from medidesk.repositories.billing import InvoiceRow, PaymentRow, RefundRow
from medidesk.repositories.verbs import Verb
from medidesk.ui import bill_papers
from medidesk.ui import billing_words as words
from medidesk.ui.answers import refuse, saved_here, say_kept_here, tell, waits
from medidesk.ui.billing.entries import Subject
from medidesk.ui.billing.refund_view import who_approves
from medidesk.ui.billing.tender import Reckoned
from medidesk.ui.printing.printers import Printers
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.billing.page import CashierPage


class Doing:
    """Of one page."""

    def __init__(self, page: CashierPage) -> None:
        self._page, self._desk = page, page.desk

    # Bills

    def take(self, reckoned: Reckoned) -> None:
        """Take the money for what is shown: once, since the pane asks for nothing more until it is answered."""
        page, subject = self._page, self._page.bill.subject
        if subject is None:
            return
        drawer = page.drawer.id
        if subject.what == "patient":
            charges, note = page.bill.charges.billed_ids(), page.bill.charges.note.text()
            self._run(
                billing.settle, subject.id, charges, reckoned.parts, drawer, note,
                done=partial(self._paid, subject, reckoned), failed=partial(self._not_taken, subject),
            )  # fmt: skip
        else:
            self._run(
                billing.pay, subject.id, reckoned.parts, drawer,
                done=partial(self._paid, subject, reckoned), failed=partial(self._not_taken, subject),
            )  # fmt: skip

    def issue(self) -> None:
        """Issue what is shown without money."""
        page, subject = self._page, self._page.bill.subject
        if subject is None:
            return
        charges, note = page.bill.charges.billed_ids(), page.bill.charges.note.text()
        verb, arguments = (
            (billing.issue, (subject.id,))
            if subject.what == "draft"
            else (billing.bill, (subject.id, charges, note))
        )
        self._run(
            verb, *arguments, done=partial(self._issued, subject), failed=partial(self._not_taken, subject)
        )

    def keep_draft(self) -> None:
        """Keep what is ticked as a draft."""
        page, subject = self._page, self._page.bill.subject
        if subject is None:
            return
        charges, note = page.bill.charges.billed_ids(), page.bill.charges.note.text()
        verb = billing.change_draft if subject.what == "draft" else billing.draft
        self._run(
            verb, subject.id, charges, note,
            done=partial(self._kept, subject), failed=partial(self._not_taken, subject),
        )  # fmt: skip

    def discard_draft(self) -> None:
        """Discard the draft that is shown: its charges are open again."""
        subject = self._page.bill.subject
        if subject is not None and subject.what == "draft" and self._page.bill.charges.shown is not None:
            patient = self._page.bill.charges.shown.patient.id
            self._run(
                billing.discard, subject.id,
                done=partial(self._told_and_shown, tr("Draft discarded"), Subject("patient", patient)),
                failed=partial(refuse, self._desk, tr("Not discarded")),
            )  # fmt: skip

    def _paid(self, subject: Subject, reckoned: Reckoned, outcome: Any) -> None:
        reason, row = getattr(outcome, "reason", None), getattr(outcome, "row", None)
        if reason is not None or not isinstance(row, InvoiceRow):
            self._not_taken(subject, str(reason or ""))
            return
        payments = self._desk.station.read(billing.payments_of, row.id)
        receipt = payments[0] if payments else None
        number = row.numbered if receipt is None else receipt.numbered
        kept = words.money(reckoned.kept, row.currency)
        here = waits(outcome)
        line = tr(
            "Receipt {number} · {ways}",
            number=number,
            ways=words.ways(tuple(one.way for one in reckoned.parts)),
        )
        if here:
            line += f". {saved_here(outcome)}"
        change = words.figure(reckoned.change, row.currency) if reckoned.change else ""
        left = (
            tr("{amount} stays to be paid.", amount=words.money(row.due, row.currency)) if row.due > 0 else ""
        )
        if self._is_shown(subject):
            self._page.look_at(Subject("invoice", row.id), keep_pay=True)
            title = tr("{amount} taken", amount=kept)
            self._page.pay.show_done(title, line, change, left, waits=here, paper=receipt is not None)
        else:
            self._desk.toast(tr("{name}: {amount} taken", name=row.name, amount=kept), line)
        if receipt is not None and Printers(self._desk.station.home).chosen("receipt").at_once:
            bill_papers.print_receipt(self._desk, receipt.receipt_id)

    def _issued(self, subject: Subject, outcome: Any) -> None:
        row = getattr(outcome, "row", None)
        if not isinstance(row, InvoiceRow):
            self._not_taken(subject, str(getattr(outcome, "reason", "")))
            return
        if self._is_shown(subject):
            self._page.pay.begin_anew()
            self._page.look_at(Subject("invoice", row.id))
            self._page.arrive_at_bill(pay=subject.what == "draft")
        self._desk.toast(
            tr("Invoice {number} issued", number=row.numbered), saved_here(outcome), icon="file-text",
            verb=tr("Print"), act=partial(bill_papers.print_invoice, self._desk, row.id),
            tone="warning" if waits(outcome) else "success",
        )  # fmt: skip

    def _kept(self, subject: Subject, outcome: Any) -> None:
        row = getattr(outcome, "row", None)
        if not isinstance(row, InvoiceRow):
            self._not_taken(subject, str(getattr(outcome, "reason", "")))
            return
        if self._is_shown(subject):
            self._page.pay.begin_anew()
            self._page.look_at(Subject("draft", row.id))
            self._page.arrive_at_bill()
        self._desk.toast(tr("Kept as a draft"), saved_here(outcome), icon="pencil-line")

    def _is_shown(self, subject: Subject) -> bool:
        """Whether it still is what the page shows; a draft that was issued meanwhile is."""
        now = self._page.bill.subject
        return now is not None and now.id == subject.id

    def _not_taken(self, subject: Subject, problem: MediDeskError | str) -> None:
        if self._is_shown(subject):
            self._page.pay.refuse(problem)
            self._page.refresh(None)
        else:
            self._desk.toast(tr("Not taken"), str(problem), tone="danger")

    # Money given back

    def decide(self, verdict: Verdict) -> None:
        """Approve the refund that is shown, or decline it."""
        now = self._page.bill.refund.shown
        if now is None or not self._page.bill.refund.can_decide():
            return
        said = tr("Refund approved") if verdict is Verdict.APPROVED else tr("Refund declined")
        self._run(
            billing.decide_refund, now.row.id, verdict,
            done=partial(self._decided, said), failed=partial(refuse, self._desk, tr("Not decided")),
        )  # fmt: skip

    def pay_out(self) -> None:
        """Hand out what was approved."""
        now = self._page.bill.refund.shown
        if now is not None and self._page.bill.refund.can_pay_out():
            self._run(
                billing.pay_out, now.row.id, self._page.drawer.id,
                done=self.returned, failed=partial(refuse, self._desk, tr("Not given back")),
            )  # fmt: skip

    def withdraw_refund(self) -> None:
        """Nothing is given back after all."""
        now = self._page.bill.refund.shown
        if now is not None and self._page.bill.refund.can_withdraw():
            self._run(
                billing.withdraw_refund, now.row.id,
                done=partial(self._decided, tr("Refund withdrawn")),
                failed=partial(refuse, self._desk, tr("Not withdrawn")),
            )  # fmt: skip

    def returned(self, outcome: Any) -> None:
        """Say what became of money that was to be given back: asked for, handed out, or waiting for the server."""
        reason, row = getattr(outcome, "reason", None), getattr(outcome, "row", None)
        if reason is not None or not isinstance(row, RefundRow):
            tell(self._desk, "", outcome)
            return
        amount = words.money(row.amount, row.currency)
        if waits(outcome):
            self._desk.toast(
                tr("Do not hand out {amount} yet", amount=amount),
                tr("It is saved on this PC. It counts when the server has confirmed it."),
                tone="warning", icon="cloud-upload",
            )  # fmt: skip
        elif row.state is RefundState.ASKED:
            names = self._desk.station.read(billing.approvers, row.org_id, self._desk.station.user.account_id)
            self._desk.toast(
                tr("{amount}: asked for", amount=amount),
                who_approves(tuple(names)),
                tone="info",
                icon="clock",
            )
        else:
            self._desk.toast(
                tr("Hand out {amount}", amount=amount), f"{row.name} · {row.number or ''}", icon="undo-2"
            )

    def keep_credit(self) -> None:
        """Say what becomes of money that was paid too much, and show whose it is."""
        now = self._page.bill.invoice.shown
        if now is None or now.row is None:
            return
        amount = words.money(-now.row.due, now.row.currency)
        self._page.look_at(Subject("patient", now.row.patient_id))
        self._page.arrive_at_bill()
        self._desk.toast(
            tr("{amount} stays to their credit", amount=amount),
            tr("It pays their next bill: Alt+5."),
            icon="wallet",
        )

    # Papers

    def print_receipt(self) -> None:
        """The receipt of the payment that is chosen, or that was taken just now."""
        payment: PaymentRow | None = self._page.bill.invoice.chosen_payment()
        if payment is not None:
            bill_papers.print_receipt(self._desk, payment.receipt_id)

    def print_bill(self) -> None:
        """The invoice that is shown, or else all that the patient was billed."""
        subject = self._page.bill.subject
        if subject is None:
            return
        if subject.what in {"invoice", "draft"}:
            bill_papers.print_invoice(self._desk, subject.id)
        elif subject.what == "patient":
            bill_papers.print_statement(self._desk, subject.id)

    def told(self, said: str, outcome: Any) -> None:
        """Say what was saved, or that it waits here."""
        if waits(outcome):
            say_kept_here(self._desk)
        else:
            tell(self._desk, said, outcome)

    def _decided(self, said: str, outcome: Any) -> None:
        self.told(said, outcome)
        self._page.refresh(None)

    def _told_and_shown(self, said: str, subject: Subject, outcome: Any) -> None:
        self.told(said, outcome)
        if getattr(outcome, "reason", None) is None:
            self._page.look_at(subject)
            self._page.arrive_at_bill()

    def _run(
        self, verb: Verb, *args: Any, done: Callable[[Any], None], failed: Callable[[MediDeskError], None]
    ) -> None:
        self._desk.bridge.run(verb, *args, done=done, failed=failed)
