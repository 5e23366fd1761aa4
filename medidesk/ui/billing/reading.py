"""What the panes show of a subject, as the replica holds it now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.models.billing import InvoiceKind, InvoiceState, RefundState
from medidesk.repositories import billing, claims, insurance, patients
from medidesk.repositories.billing import ChargeRow, InvoiceRow, Standing, queries
from medidesk.ui.billing.charges_view import Gathered, credit_lines, invoice_lines
from medidesk.ui.billing.entries import Subject
from medidesk.ui.billing.invoice_view import Looked
from medidesk.ui.billing.pay import Mode, Wanted, summary
from medidesk.ui.billing.refund_view import Stands
from medidesk.ui.billing.tender import ZERO
from medidesk.ui.colleagues import name_of
from medidesk.ui.page import Desk
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Station


def as_it_is(desk: Desk, subject: Subject) -> Subject | None:
    """The subject as it is now: a draft that was issued is an invoice; None for what is no longer there."""
    if subject.what not in {"draft", "invoice"}:
        return subject
    row = desk.station.read(billing.invoice, subject.id)
    if row is None:
        return None
    return Subject("draft" if row.state is InvoiceState.DRAFT else "invoice", row.id)


def gathered(desk: Desk, subject: Subject) -> Gathered | None:
    """Of a patient whose bill is to be made, or of a draft."""
    read, org = desk.station.read, desk.station.user.org_id
    draft = read(billing.invoice, subject.id) if subject.what == "draft" else None
    patient = read(patients.kept, subject.id if draft is None else draft.patient_id)
    if patient is None:
        return None
    bill = read(billing.bill_of, patient.id, org)
    every = [row for row in read(billing.of_patient, patient.id) if row.org_id == org]
    also = [row for row in every if row.kind is InvoiceKind.INVOICE and _is_open(row) and row != draft]
    others = (*invoice_lines(also), *credit_lines(read(billing.credits_of, patient.id, org)))
    if draft is None:
        return Gathered(patient, bill, others)
    drafted = [line.charge_id for line in read(billing.lines, draft.id) if line.charge_id is not None]
    on_it = [row for row in (read(queries.charge, one) for one in drafted) if row is not None]
    both = billing.Bill(bill.id, (*on_it, *bill.charges), bill.policy, bill.currency, bill.ticket)
    return Gathered(patient, both, others, draft, frozenset(drafted))


def looked(desk: Desk, subject: Subject) -> Looked | None:
    """Of an invoice, a credit note, or a receipt that is for no invoice."""
    read = desk.station.read
    if subject.what == "receipt":
        payments = read(billing.receipt, subject.id)
        one = None if payments else read(billing.payment, subject.id)
        payments = payments or ([] if one is None else read(billing.receipt, one.receipt_id))
        if not payments:
            return None
        refunds = [row for one in payments for row in read(billing.refunds_of, one.id)]
        return Looked(None, (), tuple(payments), tuple(refunds))
    row = read(billing.invoice, subject.id)
    if row is None:
        return None
    payments = read(billing.payments_of, row.id)
    refunds = [refund for one in payments for refund in read(billing.refunds_of, one.id)]
    notes = read(queries.credit_notes_of, row.id)
    policy = None if row.policy_id is None or row.insured <= 0 else read(insurance.policy, row.policy_id)
    return Looked(
        row,
        tuple(read(billing.lines, row.id)),
        tuple(payments),
        tuple(refunds),
        tuple(notes),
        read(claims.live_of, row.id),
        "" if policy is None or row.kind is InvoiceKind.CREDIT_NOTE else policy.insurer,
    )


def stands(desk: Desk, refund_id: UUID) -> Stands | None:
    """Of a refund."""
    station = desk.station
    row = station.read(queries.refund, refund_id)
    if row is None:
        return None
    me = station.user.account_id
    return Stands(
        row,
        name_of(desk, row.created_by),
        row.created_by in {None, me},
        station.can("approvals", "add"),
        tuple(station.read(billing.approvers, row.org_id, row.created_by or me)),
        station.sync.state == "live",
    )


def wanted_of_charges(desk: Desk, now: Gathered, billed: Sequence[ChargeRow], *, as_drafted: bool) -> Wanted:
    """What is to be paid for the charges that are ticked."""
    bill, count = now.bill, len(billed)
    sums = bill.sums(billed)
    if not count:
        return Wanted(Mode.NOTHING, (), tr("To be billed"), sums.own, bill.currency)
    off = sum((one.discount for one in billed), ZERO)
    said = counted(count, "{count} line", "{count} lines")
    insurer = "" if bill.policy is None else tr("{insurer} pays", insurer=bill.policy.insurer)
    parts = ((said, sums.net + off), (tr("Discount"), -off), (tr("Tax"), sums.tax), (insurer, -sums.covered))
    rows = summary(parts, bill.currency)
    if now.draft is not None:
        mode = Mode.ISSUE if as_drafted else Mode.NOTHING
        return Wanted(mode, rows, tr("Patient pays"), sums.own, bill.currency)
    held = desk.station.read(billing.credits_of, now.patient.id, desk.station.user.org_id)
    mode = Mode.TAKE if sums.own > 0 else Mode.ISSUE
    return Wanted(mode, rows, tr("Patient pays"), sums.own, bill.currency, tuple(held), may_wait=True)


def wanted_of_invoice(desk: Desk, now: Looked) -> Wanted | None:
    """What is left to be paid for an invoice."""
    row = now.row
    if row is None or row.kind is InvoiceKind.CREDIT_NOTE:
        return None
    rows = summary(
        (
            (tr("Total"), row.total),
            (_insurer_pays(now), -row.covered),
            (tr("Billed before"), -row.doubled),
            (tr("Credited"), -row.credited),
            (tr("Not paid by the insurer"), row.moved),
            (tr("Paid"), -row.paid),
        ),
        row.currency,
    )
    if row.due > 0:
        held = desk.station.read(billing.credits_of, row.patient_id, row.org_id)
        return Wanted(Mode.TAKE, rows, tr("Still to pay"), row.due, row.currency, tuple(held))
    caption = tr("Too much by") if row.due < 0 else tr("Still to pay")
    return Wanted(Mode.NOTHING, rows, caption, abs(row.due), row.currency)


def _insurer_pays(now: Looked) -> str:
    return tr("{insurer} pays", insurer=now.insurer) if now.insurer else tr("Insurer pays")


def refunds_waiting(station: Station) -> int:
    """How many refunds wait for the word of whoever is signed in there."""
    if not station.can("approvals", "add"):
        return 0
    found = station.read(billing.refunds_open, station.user.org_id)
    return sum(
        row.state is RefundState.ASKED and row.created_by not in {None, station.user.account_id}
        for row in found
    )


def _is_open(row: InvoiceRow) -> bool:
    return row.standing in {Standing.DRAFT, Standing.ISSUED, Standing.PART_PAID, Standing.OVERPAID}
