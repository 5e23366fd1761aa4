"""The papers of the cashier's desk: a receipt, an invoice, a statement, the close of a drawer."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from medidesk.repositories import billing, patients
from medidesk.ui import billing_words as words
from medidesk.ui.page import Desk
from medidesk.ui.printing.document import Document, Paper
from medidesk.ui.printing.page import show
from medidesk.words import tr

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def print_receipt(desk: Desk, receipt_id: UUID) -> None:
    """Show or print what was taken at one time."""
    found = billing.receipts(desk.station.read(billing.receipt, receipt_id))
    if found:
        receipt = found[0]
        row = receipt.first
        title = tr("Receipt {number}", number=row.numbered)
        lines = [
            f"{words.way_name(one.way)}: {words.money(one.amount, one.currency)}" for one in receipt.payments
        ]
        show(desk, lambda: _paper("receipt", title, (row.name, *lines), Paper.ROLL_80))


def print_invoice(desk: Desk, invoice_id: UUID) -> None:
    """Show or print an invoice or a credit note."""
    row = desk.station.read(billing.invoice, invoice_id)
    if row is not None:
        title = tr("Invoice {number}", number=row.numbered)
        lines = [
            f"{line.text}: {words.money(line.total, row.currency)}"
            for line in desk.station.read(billing.lines, invoice_id)
        ]
        show(desk, lambda: _paper("invoice", title, (row.name, *lines), Paper.A4))


def print_statement(desk: Desk, patient_id: UUID) -> None:
    """Show or print what a patient was billed and has paid."""
    patient = desk.station.read(patients.kept, patient_id)
    if patient is not None:
        title = tr("Statement of {name}", name=patient.name)
        lines = [
            f"{row.numbered}: {words.money(row.due, row.currency)}"
            for row in desk.station.read(billing.of_patient, patient_id)
        ]
        show(desk, lambda: _paper("statement", title, lines, Paper.A4))


def print_drawer(desk: Desk, session_id: UUID) -> None:
    """Show or print what was in a drawer, and what was counted."""
    row = desk.station.read(billing.drawer, session_id)
    if row is not None:
        title = tr("Drawer of {name}", name=row.drawer)
        lines = [
            f"{label}: {words.money(amount, row.currency)}"
            for label, amount in ((tr("Should be in it"), row.holds), (tr("Counted"), row.counted))
            if amount is not None
        ]
        show(desk, lambda: _paper("drawer", title, lines, Paper.ROLL_80))


def _paper(kind: str, title: str, lines: Iterable[str], paper: Paper) -> Document:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return Document(kind, title, f"<h2>{escape(title)}</h2>{body}", paper)
