"""The payment pane: what is to be paid, how, and the one button that takes it, once."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.models.billing import Way
from medidesk.repositories.billing import CreditRow
from medidesk.ui import billing_words as words
from medidesk.ui.billing.open_in_place import OpenInPlace
from medidesk.ui.billing.pay_parts import ENTER, Done
from medidesk.ui.billing.pay_ways import PayWays
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.side import paint_side
from medidesk.ui.kit.theme import tokens
from medidesk.ui.notice import Notice
from medidesk.ui.sums import ToPay
from medidesk.words import tr

WIDTH = int(tokens["shell"]["side_panel"][1])
_LOW = 520


class Mode(enum.Enum):
    """What the button does."""

    TAKE = "take"
    ISSUE = "issue"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the pane is to show.

    Attributes:
        mode: what the button does.
        rows: what the sum is made of.
        caption: before the large figure.
        due: the figure.
        currency: of the branch.
        credits: what the patient has to their credit.
        may_wait: it can be issued to be paid later, or kept as a draft.
    """

    mode: Mode
    rows: tuple[tuple[str, str], ...]
    caption: str
    due: Decimal
    currency: str
    credits: tuple[CreditRow, ...] = ()
    may_wait: bool = False


class PayPane(QWidget):
    """The pane.

    Signals:
        take_asked(Reckoned): this is taken.
        issue_asked(): the bill is issued: nothing is due, or it is to be paid later.
        draft_asked(): the bill is kept as a draft.
        next_asked(): what was paid is done with.
    """

    take_asked = Signal(object)
    issue_asked = Signal()
    draft_asked = Signal()
    next_asked = Signal()

    def __init__(self, drawer: OpenInPlace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(tr("Payment"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._wanted: Wanted | None = None
        self._busy = False
        self.drawer = drawer
        self.to_pay = ToPay()
        self.ways = PayWays()
        self.ways.entered.connect(self.take)
        self.ways.edited.connect(self._show)
        self.done = Done()
        self.done.next_asked.connect(self.next_asked)
        self.notice = Notice("danger", "circle-alert")
        self.primary = Button(tr("Take the payment"), kind="primary", icon="banknote", key="F9", size="pay")
        self.primary.clicked.connect(self.take)
        self._later = Button(tr("Issue, pay later"), kind="secondary", key="Shift+F9")
        self._later.clicked.connect(self.issue)
        self._draft = Button(tr("Draft"), kind="secondary", key="Alt+S")
        self._draft.clicked.connect(self.keep_draft)
        drawer.opened.connect(self._drawer_opened)
        self._lay_out()
        self._show()

    # What is shown

    def show_wanted(self, wanted: Wanted | None) -> None:
        """Show what is to be paid; what was typed for the same stays."""
        if wanted == self._wanted and not self.is_done():
            return
        self._wanted = wanted
        self._stack.setCurrentIndex(0)
        self.notice.hide()
        if wanted is None or wanted.mode is not Mode.TAKE:
            self.ways.end()
        else:
            self.ways.begin(wanted.due, wanted.currency, wanted.credits)
        if wanted is not None:
            figure = words.figure(wanted.due, wanted.currency)
            self.to_pay.show_sum(wanted.rows, wanted.caption, figure, wanted.currency)
        self._show()

    def begin_anew(self) -> None:
        """Something else is to be paid: nothing of what was typed is for it."""
        self._wanted, self._busy = None, False
        self.ways.end()
        self._stack.setCurrentIndex(0)
        self._show()

    def is_done(self) -> bool:
        """Whether it shows what was taken."""
        return self._stack.currentIndex() == 1

    def has_something(self) -> bool:
        """Whether there is anything to show."""
        return self._wanted is not None or self.is_done()

    def is_busy(self) -> bool:
        """Whether something is being taken now."""
        return self._busy

    def is_live(self) -> bool:
        """Whether the button would do something."""
        wanted = self._wanted
        return (
            wanted is not None and wanted.mode is not Mode.NOTHING and not self._busy and not self.is_done()
        )

    def takes_money(self) -> bool:
        """Whether ways of paying can be chosen."""
        return self.is_live() and self._wanted is not None and self._wanted.mode is Mode.TAKE

    def may_wait(self) -> bool:
        """Whether it can be issued without money, or kept as a draft."""
        return self.is_live() and self._wanted is not None and self._wanted.may_wait

    def show_done(self, title: str, line: str, change: str, left: str, *, waits: bool, paper: bool) -> None:
        """Show what was done in place of the form; see `Done.say`."""
        self._busy = False
        self.ways.end()
        self.done.say(title, line, change, left, waits=waits, paper=paper)
        self._stack.setCurrentIndex(1)
        self._show()
        self.setFocus()

    def refuse(self, problem: MediDeskError | str) -> None:
        """Say why it was not taken: beside the field that it concerns, where there is one."""
        self._busy = False
        self._show()
        if isinstance(problem, DomainError) and self.ways.refuse(problem):
            return
        if isinstance(problem, MediDeskError):
            self.notice.say_problem(problem)
        else:
            self.notice.say(tr("Not taken"), problem)
        if self.isVisible():
            self.arrive()

    # What is done

    def arrive(self) -> None:
        """Where the payment goes on: the float of a drawer that is closed, else the first amount."""
        if not self.drawer.isHidden():
            self.drawer.arrive()
        elif self.ways.rows:
            self.ways.arrive()
        elif self.is_live():
            self.primary.setFocus()
        else:
            self.setFocus()

    def holds_focus(self) -> bool:
        """Whether the cursor is in the pane."""
        focus = QApplication.focusWidget()
        return focus is self or (focus is not None and self.isAncestorOf(focus))

    def take(self) -> None:
        """Take it, once: until it is answered nothing more is taken here."""
        wanted = self._wanted
        if wanted is None or not self.is_live():
            return
        if wanted.mode is Mode.ISSUE:
            self.issue()
        elif self._needs_drawer():
            self.drawer.arrive()
        else:
            self._take()

    def _take(self) -> None:
        try:
            reckoned = self.ways.reckon()
        except DomainError as problem:
            self.refuse(problem)
            return
        if reckoned.parts:
            self._be_busy()
            self.take_asked.emit(reckoned)
        else:
            self.ways.rows[0].show_problem(tr("Nothing is typed."))
            self.ways.arrive()

    def issue(self) -> None:
        """Issue it without money."""
        if self.may_wait() or (self.is_live() and not self.takes_money()):
            self._be_busy()
            self.issue_asked.emit()

    def keep_draft(self) -> None:
        """Keep it as a draft."""
        if self.may_wait():
            self._be_busy()
            self.draft_asked.emit()

    def choose_way(self, way: Way) -> None:
        """Pay in this way; see `PayWays.choose`."""
        if self.takes_money():
            self.ways.choose(way)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What is held down since it was paid does nothing more; a new press goes on."""
        if event.key() in ENTER:
            if self.is_done() and not event.isAutoRepeat():
                self.next_asked.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window what the sum is made of makes room for how it is paid."""
        super().resizeEvent(event)
        self.to_pay.fold(self.height() < _LOW)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_side(self, QPainter(self))

    # Inside

    def _needs_drawer(self) -> bool:
        return self.drawer.is_needed() and self.ways.has_cash()

    def _be_busy(self) -> None:
        """The pane holds the focus, so that a key that is held down reaches no other button."""
        self._busy = True
        self.notice.hide()
        self.setFocus()
        self._show()

    def _drawer_opened(self) -> None:
        self._show()
        if self.takes_money() and self.isVisible():
            self.arrive()

    def _show(self) -> None:
        wanted = self._wanted
        mode = Mode.NOTHING if wanted is None or self.is_done() else wanted.mode
        waits = mode is not Mode.NOTHING and wanted is not None and wanted.may_wait
        self.to_pay.setVisible(wanted is not None)
        self.ways.setVisible(mode is Mode.TAKE)
        self.ways.show_state(busy=self._busy)
        self.drawer.setVisible(mode is Mode.TAKE and self._needs_drawer())
        self.primary.setVisible(mode is not Mode.NOTHING)
        self.primary.setEnabled(self.is_live())
        issues = mode is Mode.ISSUE
        self.primary.setText(tr("Issue the invoice") if issues else tr("Take the payment"))
        self.primary.set_icon("file-text" if issues else "banknote")
        self._later.setVisible(waits and not issues)
        self._draft.setVisible(waits)
        for button in (self._later, self._draft):
            button.setEnabled(not self._busy)

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 16, 20, 12)
        column.setSpacing(12)
        for widget in (self.to_pay, self.drawer, self.ways, self.notice):
            column.addWidget(widget)
        column.addStretch(1)
        self.notice.hide()
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        finished = QWidget()
        after = QVBoxLayout(finished)
        after.setContentsMargins(20, 16, 20, 12)
        after.addWidget(self.done)
        after.addStretch(1)
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll)
        self._stack.addWidget(finished)
        foot = QVBoxLayout()
        foot.setContentsMargins(20, 0, 20, 16)
        foot.setSpacing(8)
        waits = QHBoxLayout()
        waits.setSpacing(8)
        waits.addWidget(self._later, 1)
        waits.addWidget(self._draft)
        foot.addWidget(self.primary)
        foot.addLayout(waits)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._stack, 1)
        whole.addLayout(foot)


def summary(rows: Sequence[tuple[str, Decimal]], currency: str) -> tuple[tuple[str, str], ...]:
    """Rows of a sum, without those that are nothing."""
    return tuple((label, words.figure(amount, currency)) for label, amount in rows if amount)
