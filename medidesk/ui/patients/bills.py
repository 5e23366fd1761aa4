"""The section of a file about money: what is not billed yet, invoices and what is due, and credit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.models.billing import InvoiceKind
from medidesk.repositories import billing
from medidesk.repositories.billing import Bill, CreditRow, InvoiceRow
from medidesk.ui import billing_words as words
from medidesk.ui import moments
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import theme
from medidesk.ui.page import Desk
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Changed

_TABLES = frozenset(
    {"charge", "discount", "invoice", "invoice_line", "payment", "refund", "visit", "insurance_policy"}
    | {"insurance_claim", "organisation", "patient_merge"}
)


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A line of the list: a charge, an invoice or something to the patient's credit."""

    id: UUID
    title: str
    about: str
    since: str
    amount: str
    due: str
    chip: ChipLook


class BillsSection(QWidget):
    """The section.

    Args:
        desk: where the file stands.
        patient_id: whose.
        bill: leads to the cashier's page with this patient.

    Signals:
        counted(int): so much is open: charges to be billed, and invoices that are not paid.
    """

    counted = Signal(int)

    def __init__(
        self, desk: Desk, patient_id: UUID, bill: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._patient_id = desk, patient_id
        self.open_count = 0
        self._rows: FoundRows[MoneyRow] = FoundRows()
        self._title = Label("", "section", "semibold")
        self._sums = Label("", "body", "regular", "text.secondary", wrap=True, figures=True)
        self._nothing = Label(
            tr("Nothing was charged or paid yet."), "body", "regular", "text.tertiary", wrap=True
        )
        self.table = Table(_columns(), row="two_line", name=tr("Bills"))
        self.table.opened.connect(lambda _row: bill())
        button = Button(tr("Bill and payment"), kind="primary", icon="wallet", key="F9")
        button.clicked.connect(lambda _on=False: bill())
        head = QHBoxLayout()
        head.setContentsMargins(24, 0, 24, 4)
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self._title)
        names.addWidget(self._sums)
        head.addLayout(names, 1)
        head.addWidget(button)
        nothing = QHBoxLayout()
        nothing.setContentsMargins(24, 0, 24, 0)
        nothing.addWidget(self._nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(nothing)
        column.addWidget(self.table, 1)
        column.addStretch(0)
        self.refresh(None)

    def arrive(self) -> None:
        """The list takes the arrow keys."""
        self.table.setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now."""
        if news is not None and not news.everything and not _TABLES & set(news.tables):
            return
        read, org = self._desk.station.read, self._desk.station.user.org_id
        bill = read(billing.bill_of, self._patient_id, org)
        invoices = read(billing.of_patient, self._patient_id)
        held = read(billing.credits_of, self._patient_id, org)
        rows = [*_of_charges(bill), *map(_of_invoice, invoices), *map(_of_credit, held)]
        self.table.show_found(self._rows, rows)
        self.table.set_pending(self._desk.station.pending("invoice") | self._desk.station.pending("charge"))
        self.table.setVisible(bool(rows))
        self._nothing.setVisible(not rows)
        unpaid = [
            row for row in invoices if row.kind is InvoiceKind.INVOICE and row.issued_at and row.due > 0
        ]
        self.open_count = len(bill.charges) + len(unpaid)
        self._say(bill, unpaid, held)
        self.counted.emit(self.open_count)

    def _say(self, bill: Bill, unpaid: list[InvoiceRow], held: list[CreditRow]) -> None:
        currency = bill.currency
        due = sum((row.due for row in unpaid if row.currency == currency), Decimal(0))
        credit = sum((one.amount for one in held), Decimal(0))
        said = []
        if bill.charges:
            said.append(tr("{amount} to be billed", amount=words.money(bill.sums().own, currency)))
        if due:
            said.append(tr("{amount} not paid", amount=words.money(due, currency)))
        if credit:
            said.append(tr("{amount} to their credit", amount=words.money(credit, currency)))
        self._sums.setText(" · ".join(said))
        self._sums.setVisible(bool(said))
        self._title.setText(
            counted(self.open_count, "{count} open", "{count} open")
            if self.open_count
            else tr("Nothing is open")
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.surface"))


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            tr("What"), lambda row: row.title, 190, weight="semibold", secondary=lambda row: row.about, grow=1,
        ),
        Column(tr("State"), lambda row: row.chip.text, 130, kind="chips", chips=lambda row: (row.chip,)),
        Column(tr("When"), lambda row: row.since, 110, kind="figures", leaves=1),
        Column(tr("Amount"), lambda row: row.amount, 110, kind="figures", align="end"),
        Column(tr("Due"), lambda row: row.due, 110, kind="figures", align="end", weight="semibold"),
    )  # fmt: skip


def _of_charges(bill: Bill) -> list[MoneyRow]:
    found = []
    for charge in bill.charges:
        sums = bill.sums_of(charge)
        insurer = "" if bill.policy is None else bill.policy.insurer
        about = " · ".join(part for part in (charge.code, insurer, charge.discount_reason) if part)
        found.append(
            MoneyRow(
                charge.id, charge.text, about, moments.last_change(charge.charged_at),
                words.figure(sums.total, bill.currency), words.figure(sums.own, bill.currency),
                ChipLook(tr("To be billed"), "accent", "receipt"),
            )
        )  # fmt: skip
    return found


def _of_invoice(row: InvoiceRow) -> MoneyRow:
    note = row.kind is InvoiceKind.CREDIT_NOTE
    about = tr("takes back {number}", number=row.credits_number) if note else row.note or row.reason
    return MoneyRow(
        row.id, row.numbered, about, moments.last_change(row.issued_at or row.created_at),
        words.figure(-row.total if note else row.total, row.currency),
        words.figure(row.due, row.currency) if row.due > 0 and not note and row.issued_at is not None else "",
        words.standing_chip(row),
    )  # fmt: skip


def _of_credit(one: CreditRow) -> MoneyRow:
    of = tr("of {number}", number=one.invoice_number) if one.invoice_number else tr("Deposit")
    return MoneyRow(
        one.payment_id, one.receipt_no, of, moments.last_change(one.taken_at),
        words.figure(one.amount, one.currency), "", ChipLook(tr("To their credit"), "info", "wallet"),
    )  # fmt: skip
