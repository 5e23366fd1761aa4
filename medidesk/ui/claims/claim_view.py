"""A claim beside the list: whose and of whom, its lines and sums, what was paid, and what is to be done."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.repositories.billing import PaymentRow
from medidesk.repositories.claims import ClaimRow
from medidesk.ui import billing_words as words
from medidesk.ui import claim_words, moments
from medidesk.ui.bill_head import Act, BillHead
from medidesk.ui.claims.next_step import said
from medidesk.ui.claims.reading import Looked, ShownLine
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.notice import Notice
from medidesk.ui.sums import ToPay
from medidesk.words import tr

_TWO_LINE, _HEAD = int(tokens["row"]["two_line"]), int(tokens["row"]["header"])
_CARD, _CARD_LEAST = 420, 280

type Acts = Callable[[], tuple[Act | None, list[Act], list[Act]]]
"""What is to be done next, what else can be, and where else the patient is shown."""


class ClaimView(QWidget):
    """The view.

    Signals:
        gone_on(): Enter in the list of lines: the next step.
    """

    gone_on = Signal()

    def __init__(self, acts: Acts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._acts = acts
        self.shown: Looked | None = None
        self.head = BillHead()
        self.notice = Notice()
        self.sum = ToPay()
        self.sum.setMaximumWidth(_CARD)
        self.sum.setMinimumWidth(_CARD_LEAST)
        self._line_rows: FoundRows[ShownLine] = FoundRows()
        self._payment_rows: FoundRows[PaymentRow] = FoundRows()
        self.lines = Table(self._line_columns(), row="two_line", name=tr("Lines"))
        self.lines.opened.connect(lambda _row: self.gone_on.emit())
        self.payments = Table(self._payment_columns(), row="two_line", name=tr("Payments of the insurer"))
        self.payments.horizontalHeader().hide()
        self.lines.set_source(self._line_rows)
        self.payments.set_source(self._payment_rows)
        self._payments_title = Label(tr("Payments of the insurer"), "section", "semibold")
        self._lay_out()

    def show_looked(self, now: Looked) -> None:
        """Show it."""
        self.shown = now
        self._show_head(now)
        self._line_rows.replace(now.lines)
        self._payment_rows.replace(now.payments)
        for table, count, head in (
            (self.lines, len(now.lines), _HEAD),
            (self.payments, len(now.payments), 0),
        ):
            table.refresh()
            table.setFixedHeight(head + count * _TWO_LINE)
            table.setVisible(bool(count))
        self._payments_title.setVisible(bool(now.payments))
        note = said(now)
        self.notice.say(note.title, note.line.strip(), tone=note.tone, icon=note.icon)
        currency = now.bill.currency
        due = now.bill.insurer_due if now.claim is None else now.claim.due
        caption = tr("Paid too much") if due < 0 else tr("Still due")
        rows = [(text, words.figure(amount, currency)) for text, amount in _sums(now)]
        self.sum.show_sum(rows, caption, words.figure(abs(due), currency), currency)
        self.show_acts()

    def show_acts(self) -> None:
        """Offer what can be done now."""
        first, acts, ways = self._acts()
        self.head.show_acts(acts, ways, first)

    def arrive(self) -> None:
        """Its lines take the arrow keys; Enter goes on from there."""
        (self if self.lines.isHidden() else self.lines).setFocus()

    def _show_head(self, now: Looked) -> None:
        bill, claim = now.bill, now.claim
        policy = tr("policy {number}", number=now.policy_no) if now.policy_no else ""
        title = tr("Claim {number}", number=bill.numbered)
        if claim is None:
            title = tr("Invoice {number}", number=bill.numbered)
        whose = (bill.name, bill.file_no, now.insurer, policy)
        lines = (" · ".join(part for part in parts if part) for parts in (whose, _dated(now)))
        self.head.show_words(bill.name, title, "\n".join(lines), _chips(now))

    def _figure(self, amount: Decimal | None) -> str:
        currency = "EUR" if self.shown is None else self.shown.bill.currency
        return "" if amount is None else words.figure(amount, currency)

    def _line_columns(self) -> tuple[Column, ...]:
        return (
            Column(
                tr("Service"), lambda row: row.text, 210, weight="medium", secondary=_line_about, grow=1,
            ),
            Column(
                tr("Total"), lambda row: self._figure(row.total), 88, kind="figures", align="end", leaves=1,
            ),
            Column(tr("Claimed"), lambda row: self._figure(row.claimed), 88, kind="figures", align="end"),
            Column(
                tr("Accepted"), lambda row: self._figure(row.accepted), 120, kind="figures", align="end",
                weight="semibold", secondary=self._line_refused,
            ),
        )  # fmt: skip

    def _line_refused(self, row: ShownLine) -> str:
        if row.accepted is None or row.accepted == row.claimed:
            return ""
        return tr("refused {amount}", amount=self._figure(row.claimed - row.accepted))

    def _payment_columns(self) -> tuple[Column, ...]:
        return (
            Column(
                tr("Receipt"), lambda row: row.numbered, 150, weight="medium", kind="figures",
                secondary=lambda row: moments.when(row.taken_at), grow=1,
            ),
            Column(tr("Reference"), lambda row: row.reference, 150, grow=1),
            Column(
                tr("Amount"), lambda row: words.figure(row.amount, row.currency), 140, kind="figures",
                align="end", weight="semibold", secondary=_given_back,
            ),
        )  # fmt: skip

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.surface"))

    def _lay_out(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        inner = QWidget()
        body = QVBoxLayout(inner)
        body.setContentsMargins(0, 0, 0, 16)
        body.setSpacing(4)
        boxes = QVBoxLayout()
        boxes.setContentsMargins(24, 0, 24, 8)
        boxes.addWidget(self.notice)
        body.addLayout(boxes)
        body.addWidget(self.lines)
        for widget in (self._payments_title, None):
            inset = QHBoxLayout()
            inset.setContentsMargins(24, 12, 24, 0)
            if widget is None:
                inset.addWidget(self.sum, 4)
                inset.addStretch(1)
                body.addWidget(self.payments)
            else:
                inset.addWidget(widget)
            body.addLayout(inset)
        body.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(scroll, 1)


def _chips(now: Looked) -> list[ChipLook]:
    claim = now.claim
    if claim is None:
        return [claim_words.to_claim_chip(large=True)]
    found = [claim_words.stage_chip(claim.stage, large=True)]
    if claim.credited:
        amount = words.money(claim.credited, claim.currency)
        found.append(ChipLook(tr("{amount} credited since", amount=amount), "info", "undo-2", large=True))
    return found


def _dated(now: Looked) -> list[str]:
    """When what was done, and under which numbers."""
    claim, found = now.claim, list[str]()
    if claim is None or claim.submitted_at is None:
        moment = now.bill.issued_at or now.bill.created_at
        found.append(tr("issued {time}", time=moments.when(moment)))
    if claim is None:
        return found
    if claim.authorisation:
        found.append(tr("authorisation {number}", number=claim.authorisation))
    found += [
        words_for.replace("{time}", moments.when(moment))
        for words_for, moment in (
            (tr("submitted {time}"), claim.submitted_at),
            (tr("answered {time}"), claim.answered_at),
            (tr("ended {time}"), claim.ended_at),
        )
        if moment is not None
    ]
    if claim.insurer_ref:
        found.append(tr("their number {number}", number=claim.insurer_ref))
    if claim.note:
        found.append(claim.note)
    return found


def _sums(now: Looked) -> list[tuple[str, Decimal]]:
    claim = now.claim
    if claim is None:
        return [(tr("Total of the bill"), now.bill.total), (tr("Insurer's part"), now.bill.insured)]
    rows = [(tr("Claimed"), claim.claimed)]
    if claim.accepted is not None:
        rows.append((tr("Accepted"), claim.accepted))
    others = (
        (tr("Credited since"), -claim.credited),
        (tr("Paid by the insurer"), -claim.paid),
        (tr("The patient pays"), -claim.to_patient),
        (tr("Nobody pays"), -claim.written_off),
    )
    return rows + [(text, amount) for text, amount in others if amount]


def _line_about(row: ShownLine) -> str:
    day = "" if row.done_at is None else moments.day(moments.here(row.done_at).date())
    return " · ".join(part for part in (row.code, day, row.refusal) if part)


def _given_back(row: PaymentRow) -> str:
    return tr("given back {amount}", amount=words.figure(row.refunded, row.currency)) if row.refunded else ""


def left_words(claim: ClaimRow) -> str:
    """What the patient pays after all where the insurer pays no more, in words."""
    amount, number = words.money(claim.due, claim.currency), claim.bill.numbered
    return tr("The patient then owes {amount} more on {number}.", amount=amount, number=number)
