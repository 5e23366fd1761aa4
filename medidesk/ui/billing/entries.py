"""What stands in the cashier's list under each of its filters, and what a search finds."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from medidesk.models.billing import InvoiceKind
from medidesk.repositories import billing, branch_clock, patients
from medidesk.repositories.billing import InvoiceRow, Receipt, RefundRow
from medidesk.repositories.patients import PatientRow
from medidesk.ui import billing_words as words
from medidesk.ui import moments
from medidesk.ui.kit.table import Column
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Station

FOUND_MOST = 20

What = Literal["patient", "draft", "invoice", "receipt", "refund"]


class View(enum.StrEnum):
    """The filters, in their order."""

    TO_BILL = "to_bill"
    UNPAID = "unpaid"
    DRAFTS = "drafts"
    TAKEN = "taken"
    REFUNDS = "refunds"
    OVERPAID = "overpaid"


def view_name(view: View) -> str:
    """What a filter is called."""
    return {
        View.TO_BILL: tr("To bill"),
        View.UNPAID: tr("Not paid"),
        View.DRAFTS: tr("Drafts"),
        View.TAKEN: tr("Taken today"),
        View.REFUNDS: tr("Refunds"),
        View.OVERPAID: tr("Paid too much"),
    }[view]


def nothing_there(view: View) -> tuple[str, str, str]:
    """An icon, a sentence and the reason where there is nothing under a filter."""
    return {
        View.TO_BILL: ("check-check", tr("Nobody is to be billed"), tr("Charges gather as patients arrive.")),
        View.UNPAID: ("circle-check", tr("Every invoice is paid"), ""),
        View.DRAFTS: ("pencil-line", tr("No draft"), tr("A bill is kept as one with Alt+S.")),
        View.TAKEN: ("receipt", tr("Nothing taken yet today"), ""),
        View.REFUNDS: ("undo-2", tr("Nothing is to be given back"), ""),
        View.OVERPAID: ("circle-check", tr("Nobody has paid too much"), ""),
    }[view]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the bill beside the list shows."""

    what: What
    id: UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list.

    Attributes:
        id: of what it is about: the patient of a bill that is to be made, an invoice, a receipt, a refund.
        note: below the amount.
        here: the patient is here now.
    """

    id: UUID
    what: What
    patient_id: UUID
    name: str
    about: str
    amount: str
    note: str = ""
    here: bool = False
    invoice_id: UUID | None = None

    @property
    def subject(self) -> Subject:
        """What is shown of it: of a receipt the invoice that it is for."""
        if self.what == "receipt" and self.invoice_id is not None:
            return Subject("invoice", self.invoice_id)
        return Subject(self.what, self.id)


def columns() -> tuple[Column, ...]:
    """Of the list."""
    return (
        Column(
            tr("Patient"), lambda row: row.name, 170, weight="semibold", secondary=lambda row: row.about,
            icon=lambda row: ("ticket", "accent.text") if row.here else None, grow=1,
        ),
        Column(
            tr("Amount"), lambda row: row.amount, 104, kind="figures", align="end", weight="semibold",
            secondary=lambda row: row.note,
        ),
    )  # fmt: skip


def entries(station: Station, view: View) -> list[Entry]:
    """What stands under a filter."""
    read, org = station.read, station.user.org_id
    if view is View.TO_BILL:
        return [_of_bill(bill) for bill in read(billing.bills, org)]
    if view is View.UNPAID:
        return [of_invoice(row) for row in read(billing.outstanding, org)]
    if view is View.DRAFTS:
        return [of_invoice(row) for row in read(billing.drafts, org)]
    if view is View.OVERPAID:
        return [of_invoice(row) for row in read(billing.overpaid, org)]
    if view is View.REFUNDS:
        return [_of_refund(row) for row in read(billing.refunds_open, org)]
    today = branch_clock.today(read(branch_clock.zone_of, org))
    return [_of_receipt(one) for one in billing.receipts(read(billing.taken, org, today, today))]


def search(station: Station, text: str) -> list[Entry]:
    """What was typed as the number of an invoice or a receipt, or else as a patient's name or number."""
    read, typed = station.read, text.strip()
    found: list[Entry] = [of_invoice(row) for row in read(billing.by_number, typed)]
    found += [_of_receipt(one) for one in billing.receipts(read(billing.payments_by_number, typed))]
    bills = {bill.id: bill for bill in read(billing.bills, station.user.org_id)}
    found += [_of_patient(row, bills.get(row.id)) for row in read(patients.search, typed, limit=FOUND_MOST)]
    return _once(found)


def _once(found: Iterable[Entry]) -> list[Entry]:
    return list({entry.id: entry for entry in found}.values())


def of_invoice(row: InvoiceRow) -> Entry:
    """An invoice or a credit note."""
    due = abs(row.due) if row.kind is InvoiceKind.INVOICE and row.issued_at is not None else row.own
    return Entry(
        row.id,
        "draft" if row.issued_at is None else "invoice",
        row.patient_id,
        row.name,
        row.numbered
        if row.issued_at is not None
        else tr("draft of {time}", time=moments.when(row.created_at)),
        words.figure(due, row.currency),
        tr("paid too much") if row.due < 0 else "" if row.issued_at is None else words.age(row.issued_at),
    )


def _of_bill(bill: billing.Bill) -> Entry:
    first, latest = bill.charges[0], bill.charges[-1]
    parts = [part for part in (bill.ticket, words.charges(len(bill.charges)), first.file_no) if part]
    return Entry(
        bill.id, "patient", bill.id, first.name,
        " · ".join(parts), words.figure(bill.sums().own, bill.currency),
        moments.last_change(latest.charged_at),
        here=bool(bill.ticket),
    )  # fmt: skip


def _of_patient(row: PatientRow, bill: billing.Bill | None) -> Entry:
    return Entry(
        row.id, "patient", row.id, row.name,
        " · ".join(part for part in (row.number, moments.born(row.born_on, estimated=row.born_estimated)) if part),
        "" if bill is None else words.figure(bill.sums().own, bill.currency),
        "" if bill is None else words.charges(len(bill.charges)),
    )  # fmt: skip


def _of_receipt(receipt: Receipt) -> Entry:
    row = receipt.first
    return Entry(
        receipt.id, "receipt", row.patient_id, row.name,
        f"{row.numbered} · {words.ways(receipt.ways)}", words.figure(receipt.amount, row.currency),
        moments.when(row.taken_at), invoice_id=row.invoice_id,
    )  # fmt: skip


def _of_refund(row: RefundRow) -> Entry:
    return Entry(
        row.id, "refund", row.patient_id, row.name, f"{words.refund_chip(row).text} · {row.receipt_no}",
        words.figure(row.amount, row.currency), moments.when(row.created_at),
    )  # fmt: skip
