"""An invoice, a credit note, or a receipt without one: lines, sums, what was paid and what was taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.models.billing import InvoiceKind, RefundState, Way
from medidesk.repositories.billing import InvoiceRow, LineRow, PaymentRow, RefundRow, Standing
from medidesk.repositories.claims import ClaimRow
from medidesk.ui import billing_words as words
from medidesk.ui import claim_words, moments
from medidesk.ui.bill_head import Act, BillHead
from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.notice import Notice
from medidesk.words import tr

_TWO_LINE, _ROW, _HEAD = (int(tokens["row"][name]) for name in ("two_line", "default", "header"))


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything that the view shows.

    Attributes:
        row: the invoice; None for a receipt that is for none.
        payments: the latest first.
        refunds: of these payments.
        notes: the credit notes that take it back.
        claim: what its insurer was asked for; None where nobody was.
        insurer: who that is; "" where nobody pays any of it.
    """

    row: InvoiceRow | None
    lines: tuple[LineRow, ...]
    payments: tuple[PaymentRow, ...]
    refunds: tuple[RefundRow, ...] = ()
    notes: tuple[InvoiceRow, ...] = ()
    claim: ClaimRow | None = None
    insurer: str = ""


class TooMuch(QWidget):
    """Says that more was taken than is owed, and offers the two ways on.

    Signals:
        keep_asked(): the rest stays to the patient's credit.
        back_asked(): it is given back.
    """

    keep_asked = Signal()
    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = Notice("info", "hand-coins")
        keep = Button(tr("Keep as credit"), icon="wallet", key="Alt+G", size="small")
        keep.clicked.connect(self.keep_asked)
        back = Button(tr("Give back"), icon="undo-2", key="Alt+R", size="small")
        back.clicked.connect(self.back_asked)
        buttons = QWidget()
        flow = FlowLayout(8, buttons)
        for button in (keep, back):
            flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 0, 24, 12)
        column.setSpacing(8)
        column.addWidget(self._box)
        column.addWidget(buttons)

    def say(self, over: str, right: str) -> None:
        """Say how much.

        Args:
            over: what was taken too much.
            right: what is owed.
        """
        title = tr("{amount} too much was taken", amount=over)
        self._box.say(title, tr("{amount} is right. The rest is the patient's.", amount=right))


class InvoiceView(QWidget):
    """The view.

    Signals:
        note_opened(UUID): one of its credit notes is wanted.
        refund_opened(UUID): a refund of one of its payments is.
        keep_asked(): what was paid too much stays to the patient's credit.
        back_asked(): it is given back.
    """

    note_opened = Signal(object)
    refund_opened = Signal(object)
    keep_asked = Signal()
    back_asked = Signal()

    def __init__(
        self, acts: Callable[[], list[Act]], ways: Callable[[], list[Act]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._acts, self._ways = acts, ways
        self.shown: Looked | None = None
        self.head = BillHead()
        self.over = TooMuch()
        self.over.keep_asked.connect(self.keep_asked)
        self.over.back_asked.connect(self.back_asked)
        self.over.hide()
        self._line_rows: FoundRows[LineRow] = FoundRows()
        self._payment_rows: FoundRows[PaymentRow] = FoundRows()
        self._note_rows: FoundRows[InvoiceRow | RefundRow] = FoundRows()
        self.lines = Table(self._line_columns(), row="two_line", name=tr("Lines"))
        self.payments = Table(self._payment_columns(), row="two_line", name=tr("Payments"))
        self.payments.horizontalHeader().hide()
        self.notes = Table(self._note_columns(), name=tr("Taken back"))
        self.notes.horizontalHeader().hide()
        self.notes.opened.connect(self._open_note)
        self.lines.set_source(self._line_rows)
        self.payments.set_source(self._payment_rows)
        self.notes.set_source(self._note_rows)
        self.lines.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._payments_title = Label(tr("Payments"), "section", "semibold")
        self._notes_title = Label(tr("Taken back"), "section", "semibold")
        self._lay_out()

    def show_looked(self, now: Looked) -> None:
        """Show it."""
        self.shown = now
        self._show_head(now)
        self._line_rows.replace(now.lines)
        self._payment_rows.replace(now.payments)
        open_refunds = [row for row in now.refunds if row.state is not RefundState.WITHDRAWN]
        back: list[InvoiceRow | RefundRow] = [*now.notes, *open_refunds]
        self._note_rows.replace(back)
        for table in (self.lines, self.payments, self.notes):
            table.refresh()
        for table, count, height, head in (
            (self.lines, len(now.lines), _TWO_LINE, _HEAD),
            (self.payments, len(now.payments), _TWO_LINE, 0),
            (self.notes, len(now.notes) + len(open_refunds), _ROW, 0),
        ):
            table.setFixedHeight(head + count * height)
            table.setVisible(bool(count))
        self._payments_title.setVisible(bool(now.payments))
        self._notes_title.setVisible(bool(now.notes) or bool(open_refunds))
        row = now.row
        too_much = row is not None and row.standing is Standing.OVERPAID
        if row is not None and too_much:
            self.over.say(words.money(-row.due, row.currency), words.money(row.own, row.currency))
        self.over.setVisible(too_much)
        self.head.show_acts(self._acts(), self._ways())

    def chosen_payment(self) -> PaymentRow | None:
        """The payment that the arrows are on; else the patient's latest, or the insurer's if that was too much."""
        row = self.payments.current_row()
        if isinstance(row, PaymentRow):
            return row
        payments = () if self.shown is None else self.shown.payments
        over = self.shown is not None and self.shown.row is not None and self.shown.row.insurer_due < 0
        wanted = (one for one in payments if (one.way is Way.INSURER) == over)
        return next(wanted, payments[0] if payments else None)

    def arrive(self) -> None:
        """The first list takes the arrow keys."""
        first = (self.payments, self.lines)
        next((table for table in first if not table.isHidden()), self).setFocus()

    def _show_head(self, now: Looked) -> None:
        row = now.row
        if row is None:
            first = now.payments[0]
            title = tr("Receipt {number}", number=first.numbered)
            line = tr("{name} · deposit of {time}", name=first.name, time=moments.when(first.taken_at))
            self.head.show_words(first.name, title, line, ())
            return
        note = row.kind is InvoiceKind.CREDIT_NOTE
        titles = {True: tr("Credit note {number}"), False: tr("Invoice {number}")}
        title = titles[note].replace("{number}", row.numbered)
        issued = "" if row.issued_at is None else tr("issued {time}", time=moments.when(row.issued_at))
        of = tr("takes back {number}", number=row.credits_number) if note else ""
        parts = (row.name, row.file_no, issued, of, row.reason, row.note)
        chips = [words.standing_chip(row, large=True)]
        if row.number is None:
            chips.append(ChipLook(tr("Number of this PC"), "warning", "cloud-upload", large=True))
        if now.insurer:
            chips.append(claim_words.stage_of_bill(now.claim, now.insurer, large=True))
        if row.doubled:
            amount = words.money(row.doubled, row.currency)
            said = tr("{amount} had been billed before", amount=amount)
            chips.append(ChipLook(said, "info", "copy", large=True))
        self.head.show_words(row.name, title, " · ".join(part for part in parts if part), chips)

    def _open_note(self, row: InvoiceRow | RefundRow) -> None:
        if isinstance(row, InvoiceRow):
            self.note_opened.emit(row.id)
        else:
            self.refund_opened.emit(row.id)

    def _currency(self) -> str:
        now = self.shown
        if now is None:
            return "EUR"
        return now.row.currency if now.row is not None else now.payments[0].currency

    def _figure(self, row: LineRow) -> str:
        return words.figure(row.total, self._currency())

    def _line_columns(self) -> tuple[Column, ...]:
        return (
            Column(tr("Line"), lambda row: row.text, 230, weight="medium", secondary=_line_about, grow=1),
            Column(tr("Quantity"), lambda row: words.quantity(row.quantity), 84, kind="figures", align="end"),
            Column(
                tr("Price"), lambda row: words.figure(row.unit_price, self._currency()), 100, kind="figures",
                align="end", leaves=2,
            ),
            Column(
                tr("Amount"), self._figure, 148, kind="figures", align="end", weight="semibold",
                secondary=self._line_less,
            ),
        )  # fmt: skip

    def _line_less(self, row: LineRow) -> str:
        if row.doubled:
            return tr("not owed")
        if row.credited:
            return tr("taken back {amount}", amount=words.figure(row.credited, self._currency()))
        return (
            tr("less {amount}", amount=words.figure(row.discount, self._currency())) if row.discount else ""
        )

    def _payment_columns(self) -> tuple[Column, ...]:
        return (
            Column(
                tr("Receipt"), lambda row: row.numbered, 150, weight="medium", kind="figures",
                secondary=lambda row: moments.when(row.taken_at), grow=1,
            ),
            Column(
                tr("How"), lambda row: words.way_name(row.way), 150,
                icon=lambda row: (words.WAY_ICONS[row.way], "text.secondary"),
                secondary=lambda row: row.reference,
            ),
            Column(
                tr("Amount"), lambda row: words.figure(row.amount, row.currency), 140, kind="figures",
                align="end", weight="semibold", secondary=_payment_less,
            ),
        )  # fmt: skip

    def _note_columns(self) -> tuple[Column, ...]:
        return (
            Column(tr("Number"), _note_number, 150, kind="figures", weight="medium", grow=1),
            Column(tr("State"), _note_state, 130, kind="chips", chips=lambda row: (_note_chip(row),)),
            Column(tr("Why"), lambda row: row.reason, 140, grow=1, leaves=1),
            Column(tr("Amount"), _note_amount, 110, kind="figures", align="end", weight="semibold"),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.surface"))

    def _lay_out(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        inner = QWidget()
        body = QVBoxLayout(inner)
        body.setContentsMargins(0, 0, 0, 16)
        body.setSpacing(4)
        body.addWidget(self.lines)
        for title, table in ((self._payments_title, self.payments), (self._notes_title, self.notes)):
            inset = QHBoxLayout()
            inset.setContentsMargins(24, 12, 24, 0)
            inset.addWidget(title)
            body.addLayout(inset)
            body.addWidget(table)
        body.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.over)
        column.addWidget(scroll, 1)


def receipt_of(looked: Looked, payment: PaymentRow | None) -> UUID | None:
    """The receipt to print: of the payment that is chosen, else the latest."""
    chosen = payment or (looked.payments[0] if looked.payments else None)
    return None if chosen is None else chosen.receipt_id


def _line_about(row: LineRow) -> str:
    return tr("had been billed before") if row.doubled else ""


def _payment_less(row: PaymentRow) -> str:
    if row.refunded:
        return tr("given back {amount}", amount=words.figure(row.refunded, row.currency))
    if row.asked:
        return tr("to be given back {amount}", amount=words.figure(row.asked, row.currency))
    return tr("change {amount}", amount=words.figure(row.tendered - row.amount, row.currency)) if (
        row.tendered is not None and row.tendered > row.amount
    ) else ""  # fmt: skip


def _note_number(row: InvoiceRow | RefundRow) -> str:
    return (
        row.numbered
        if isinstance(row, InvoiceRow)
        else row.number or tr("of {number}", number=row.receipt_no)
    )


def _note_chip(row: InvoiceRow | RefundRow) -> ChipLook:
    return words.standing_chip(row) if isinstance(row, InvoiceRow) else words.refund_chip(row)


def _note_state(row: InvoiceRow | RefundRow) -> str:
    return _note_chip(row).text


def _note_amount(row: InvoiceRow | RefundRow) -> str:
    amount = row.total if isinstance(row, InvoiceRow) else row.amount
    return words.figure(amount, row.currency)
