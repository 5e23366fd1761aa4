"""One refund: how much of which payment and why, how far it has come, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medidesk.models.billing import RefundState, Way
from medidesk.repositories.billing import RefundRow
from medidesk.ui import billing_words as words
from medidesk.ui import moments
from medidesk.ui.bill_head import Act, BillHead
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.theme import theme
from medidesk.ui.notice import Notice
from medidesk.ui.sums import ToPay
from medidesk.words import tr

_CARD = 420


@dataclass(frozen=True, slots=True)
class Stands:
    """What is shown of a refund.

    Attributes:
        by: who asked for it.
        mine: whoever is signed in has asked for it themselves.
        may_decide: they may decide about refunds.
        approvers: who else may.
        live: the server is there.
    """

    row: RefundRow
    by: str
    mine: bool
    may_decide: bool
    approvers: tuple[str, ...]
    live: bool


class RefundView(QWidget):
    """The view."""

    def __init__(
        self, acts: Callable[[], list[Act]], ways: Callable[[], list[Act]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._acts, self._ways = acts, ways
        self.shown: Stands | None = None
        self.head = BillHead()
        self.sum = ToPay()
        self.sum.setMaximumWidth(_CARD)
        self.notice = Notice()
        self.notice.setMaximumWidth(_CARD)
        self._reason = Label("", "body", "regular", wrap=True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        body = QVBoxLayout()
        body.setContentsMargins(24, 4, 24, 16)
        body.setSpacing(12)
        body.addWidget(self._reason)
        body.addWidget(self.sum)
        body.addWidget(self.notice)
        body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addLayout(body, 1)

    def show_stands(self, now: Stands) -> None:
        """Show it."""
        self.shown = now
        row = now.row
        asked = tr("asked for by {name}, {time}", name=now.by, time=moments.when(row.created_at))
        line = " · ".join(part for part in (row.name, row.file_no, asked) if part)
        self.head.show_words(row.name, tr("Refund"), line, (words.refund_chip(row, large=True),))
        self._reason.setText(row.reason)
        rows = [(tr("Of receipt"), row.receipt_no), (tr("Goes back by"), words.way_name(row.way))]
        self.sum.show_sum(rows, tr("To give back"), words.figure(row.amount, row.currency), row.currency)
        self._say(now)
        self.head.show_acts(self._acts(), self._ways())

    def can_decide(self) -> bool:
        """Whether whoever is signed in may say yes or no to it."""
        now = self.shown
        return now is not None and now.row.state is RefundState.ASKED and now.may_decide and not now.mine

    def can_pay_out(self) -> bool:
        """Whether the money can be handed out."""
        return self.shown is not None and self.shown.row.state is RefundState.APPROVED

    def can_withdraw(self) -> bool:
        """Whether it can be taken back."""
        return self.shown is not None and self.shown.row.state in {RefundState.ASKED, RefundState.APPROVED}

    def arrive(self) -> None:
        """Its keys work from here."""
        self.setFocus()

    def _say(self, now: Stands) -> None:
        title, line, tone, icon = _words(now)
        if not now.live and now.row.state in {RefundState.ASKED, RefundState.APPROVED}:
            line = tr("The server is away: hand out money only when it has confirmed. ") + line
        self.notice.say(title, line, tone=tone, icon=icon)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.surface"))


def _words(now: Stands) -> tuple[str, str, str, str]:
    """Title, line, tone and icon of what is to happen next."""
    state = now.row.state
    if state is RefundState.ASKED and now.may_decide and not now.mine:
        return tr("It waits for your word"), tr("Alt+Y approves it, Alt+N declines it."), "warning", "clock"
    if state is RefundState.ASKED:
        who = who_approves(now.approvers)
        own = (
            tr("Nobody approves what they have asked for themselves. ") if now.mine and now.may_decide else ""
        )
        return tr("Somebody else approves it"), own + who, "warning", "clock"
    if state is RefundState.APPROVED:
        cash = now.row.way is Way.CASH
        line = (
            tr("Alt+U pays it out of your drawer.") if cash else tr("Alt+U says that it has been given back.")
        )
        return tr("Approved: the money can be handed out"), line, "info", "check"
    return words.refund_chip(now.row).text, "", "neutral", "info"


def who_approves(names: tuple[str, ...]) -> str:
    """A sentence that names them."""
    if not names:
        return tr("Nobody in this branch may approve refunds: ask an administrator for a manager.")
    return tr("These can: {names}.", names=", ".join(names))
