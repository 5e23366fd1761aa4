"""The bill that is to be made of a patient's charges: which of them, what they come to, and what else is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.models.billing import Invoice
from medidesk.repositories.billing import Bill, ChargeRow, CreditRow, InvoiceRow, LineSums
from medidesk.repositories.patients import PatientRow
from medidesk.ui import billing_words as words
from medidesk.ui import moments
from medidesk.ui.bill_head import Act, BillHead
from medidesk.ui.billing.entries import Subject
from medidesk.ui.insurance_words import checked_chip
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.inputs import LineEdit
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import tr

_NOTE: int = Invoice.__table__.c.note.type.length  # type: ignore[attr-defined]
_ALSO_MOST = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A charge as a line of the bill; `id` is the charge's."""

    id: UUID
    charge: ChargeRow
    sums: LineSums
    billed: bool


@dataclass(frozen=True, slots=True)
class Also:
    """What is open beside the charges: an invoice, or something to the patient's credit."""

    id: UUID
    subject: Subject
    title: str
    about: str
    amount: str
    chip: ChipLook


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the view shows.

    Attributes:
        draft: the draft that these charges are on, where it is one.
        drafted: the charges that are on it.
    """

    patient: PatientRow
    bill: Bill
    also: tuple[Also, ...] = ()
    draft: InvoiceRow | None = None
    drafted: frozenset[UUID] = frozenset()


class _Lines(Table):
    """The lines; Space leaves one out or takes it in again.

    Signals:
        toggled(Line): of this one.
    """

    toggled = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if self.current_row() is not None:
                self.toggled.emit(self.current_row())
            event.accept()
            return
        super().keyPressEvent(event)


class ChargesView(QWidget):
    """The view.

    Args:
        acts: what can be done, for the head.
        ways: where else the patient is shown.

    Signals:
        changed(): another selection of charges, or another note.
        opened(Subject): an invoice or a credit below the charges is wanted.
    """

    changed = Signal()
    opened = Signal(object)

    def __init__(
        self, acts: Callable[[], list[Act]], ways: Callable[[], list[Act]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._acts, self._ways = acts, ways
        self._left_out: set[UUID] = set()
        self._taken_in: set[UUID] = set()
        self.shown: Gathered | None = None
        self._rows: FoundRows[Line] = FoundRows()
        self._others: FoundRows[Also] = FoundRows()
        self.head = BillHead()
        self.lines = _Lines(_line_columns(), row="two_line", name=tr("Charges"))
        self.lines.toggled.connect(self.toggle)
        self.lines.clicked.connect(
            lambda at: self.toggle(self.lines.current_row()) if at.column() == 0 else None
        )
        self.also = Table(_also_columns(), name=tr("Not paid, and credit"))
        self.also.horizontalHeader().hide()
        self.also.opened.connect(lambda row: self.opened.emit(row.subject))
        self.note = LineEdit()
        self.note.setMaxLength(_NOTE)
        self.note.setPlaceholderText(tr("Note on the invoice, optional"))
        self.note.setAccessibleName(tr("Note on the invoice"))
        self.note.textEdited.connect(lambda _text: self.changed.emit())
        self._also_title = Label(tr("Not paid, and credit"), "section", "semibold")
        self._nothing = EmptyState(
            "receipt",
            tr("Nothing is to be billed"),
            tr("Alt+A adds what was done. A visit is charged at check-in."),
        )
        self._lay_out()

    def show_gathered(self, now: Gathered) -> None:
        """Show it; of the same bill what was left out stays so."""
        before, self.shown = self.shown, now
        if before is None or (before.bill.id, before.draft and before.draft.id) != (
            now.bill.id,
            now.draft and now.draft.id,
        ):
            self._left_out.clear()
            self._taken_in.clear()
            self.note.setText("" if now.draft is None else now.draft.note)
        self._show_head(now)
        self._fill()
        self.also.show_found(self._others, now.also)
        height = min(len(now.also), _ALSO_MOST) * int(tokens["row"]["default"])
        self.also.setFixedHeight(height)
        self._also_box.setVisible(bool(now.also))

    def billed(self) -> list[ChargeRow]:
        """The charges that are ticked."""
        return [line.charge for line in self._lines() if line.billed]

    def billed_ids(self) -> list[UUID]:
        """Their ids, in the order of the bill."""
        return [charge.id for charge in self.billed()]

    def sums(self) -> LineSums:
        """What they come to."""
        if self.shown is None:
            raise ValueError("nothing is shown")
        return self.shown.bill.sums(self.billed())

    def is_as_drafted(self) -> bool:
        """Whether the draft holds just what is ticked, and this note."""
        now = self.shown
        if now is None or now.draft is None:
            return True
        return set(self.billed_ids()) == now.drafted and self.note.text().strip() == now.draft.note

    def chosen(self) -> ChargeRow | None:
        """The charge that the arrows are on."""
        row = self.lines.current_row()
        return None if row is None else row.charge

    def chosen_credit(self) -> UUID | None:
        """The payment behind the credit that the arrows are on, while they are there."""
        row = self.also.current_row()
        found = isinstance(row, Also) and row.subject.what == "receipt" and self.also.hasFocus()
        return row.id if found else None

    def toggle(self, line: Line | None) -> None:
        """Leave a charge out of this bill, or take it in again."""
        if line is None:
            return
        on, off = (self._left_out, self._taken_in) if line.billed else (self._taken_in, self._left_out)
        on.add(line.id)
        off.discard(line.id)
        self._fill()
        self.changed.emit()

    def arrive(self) -> None:
        """The lines take the arrow keys."""
        (self.lines if self._rows.count() else self.also if self._others.count() else self).setFocus()

    def _lines(self) -> list[Line]:
        now = self.shown
        if now is None:
            return []
        return [Line(one.id, one, now.bill.sums_of(one), self._is_billed(one.id)) for one in now.bill.charges]

    def _is_billed(self, charge_id: UUID) -> bool:
        """On a new bill everything is, on a draft what is on it; unless this was changed here."""
        now = self.shown
        usual = now is None or now.draft is None or charge_id in now.drafted
        return charge_id in self._taken_in or (usual and charge_id not in self._left_out)

    def _fill(self) -> None:
        rows = self._lines()
        self.lines.show_found(self._rows, rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.note.setVisible(bool(rows))
        self.head.show_acts(self._acts(), self._ways())

    def _show_head(self, now: Gathered) -> None:
        patient, bill = now.patient, now.bill
        chips = []
        if now.draft is not None:
            chips.append(words.standing_chip(now.draft, large=True))
        if bill.ticket:
            chips.append(ChipLook(tr("Here: {ticket}", ticket=bill.ticket), "accent", "ticket", large=True))
        if bill.policy is not None:
            share = words.quantity(bill.policy.copay_percent)
            said = tr("{insurer}, pays {percent} % themselves", insurer=bill.policy.insurer, percent=share)
            chips += (ChipLook(said, "info", "shield-check", large=True), checked_chip(bill.policy))
        born = moments.born(patient.born_on, estimated=patient.born_estimated)
        line = " · ".join(part for part in (patient.number, born, patient.phone) if part)
        self.head.show_words(patient.name, patient.name, line, chips)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.surface"))

    def _lay_out(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.lines)
        self._stack.addWidget(self._nothing)
        self._also_box = QWidget()
        below = QVBoxLayout(self._also_box)
        below.setContentsMargins(0, 8, 0, 8)
        below.setSpacing(4)
        inset = QHBoxLayout()
        inset.setContentsMargins(24, 0, 24, 0)
        inset.addWidget(self._also_title)
        below.addLayout(inset)
        below.addWidget(self.also)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 8, 24, 16)
        foot.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        column.addWidget(self._also_box)
        column.addLayout(foot)


def credit_lines(held: list[CreditRow]) -> list[Also]:
    """What a patient has to their credit, by the receipt that it came with."""
    return [
        Also(
            one.payment_id, Subject("receipt", one.payment_id), one.receipt_no,
            tr("since {time}", time=moments.last_change(one.taken_at)), words.money(one.amount, one.currency),
            ChipLook(tr("To their credit"), "info", "wallet"),
        )
        for one in held
    ]  # fmt: skip


def invoice_lines(rows: list[InvoiceRow]) -> list[Also]:
    """Invoices that are not paid, and drafts."""
    return [
        Also(
            row.id, Subject("draft" if row.issued_at is None else "invoice", row.id), row.numbered,
            words.age(row.issued_at or row.created_at),
            words.money(row.due, row.currency), words.standing_chip(row),
        )
        for row in rows
    ]  # fmt: skip


def _line_columns() -> tuple[Column, ...]:
    return (
        Column("", _billed_words, 46, kind="chips", chips=_tick),
        Column(
            tr("What was done"), lambda row: row.charge.text, 210, weight="medium", secondary=_about, grow=1,
        ),
        Column(
            tr("Quantity"), lambda row: words.quantity(row.charge.quantity), 76, kind="figures", align="end",
        ),
        Column(
            tr("Price"), lambda row: words.figure(row.charge.unit_price, row.charge.currency), 92,
            kind="figures", align="end", leaves=2,
        ),
        Column(
            tr("Tax"), lambda row: f"{words.quantity(row.charge.tax_percent)} %" if row.charge.tax_percent else "",
            64, kind="figures", align="end", leaves=1,
        ),
        Column(
            tr("Amount"), lambda row: words.figure(row.sums.total, row.charge.currency), 104, kind="figures",
            align="end", weight="semibold", secondary=_taken_off,
            tone=lambda row: "text.primary" if row.billed else "text.disabled",
        ),
    )  # fmt: skip


def _also_columns() -> tuple[Column, ...]:
    return (
        Column(tr("Number"), lambda row: row.title, 160, weight="medium", kind="figures", grow=1),
        Column(tr("State"), lambda row: row.chip.text, 130, kind="chips", chips=lambda row: (row.chip,)),
        Column(tr("Since"), lambda row: row.about, 110, leaves=1),
        Column(tr("Amount"), lambda row: row.amount, 120, kind="figures", align="end", weight="semibold"),
    )


def _billed_words(row: Line) -> str:
    return tr("on the bill") if row.billed else tr("left out")


def _tick(row: Line) -> tuple[ChipLook, ...]:
    icon, tone = ("square-check", "accent") if row.billed else ("square", "neutral")
    return (ChipLook("", tone, icon, bare=True, name=_billed_words(row)),)


def _about(row: Line) -> str:
    said = (row.charge.code, moments.when(row.charge.charged_at), row.charge.discount_reason)
    return " · ".join(part for part in said if part)


def _taken_off(row: Line) -> str:
    off = row.charge.discount
    return tr("less {amount}", amount=words.figure(off, row.charge.currency)) if off else ""
