"""Who waits, as cards beside the calendar: the first few, and a button that calls the next."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from medidesk.repositories import visits
from medidesk.repositories.visits import VisitRow
from medidesk.ui import moments
from medidesk.ui import visit_words as words
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import CENTRE, Line, box, draw_text, text_width
from medidesk.ui.kit.side import paint_side
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.page import Desk
from medidesk.ui.visit_steps import Steps
from medidesk.words import tr

_WIDTH = int(tokens["shell"]["side_panel"][0])
_CARD, _TICKET, _MOST = 56, 56, 5
_RADIUS = float(tokens["radius"]["card"])
_EVERY_MS = 20_000


class WaitingCards(QWidget):
    """The pane.

    Attributes:
        steps: what can be done to a visit from here.

    Signals:
        asked(UUID): a card was clicked: this visit is wanted in the queue.
    """

    asked = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._org_id = desk, desk.station.user.org_id
        self.steps = Steps(desk)
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(tr("Waiting"))
        self._cards: list[WaitingCard] = []
        self._count = Label("", "body", "regular", "text.tertiary", figures=True)
        self._more = Label("", "meta", "regular", "text.tertiary")
        self._more.setContentsMargins(4, 0, 4, 0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 12, 0, 12)
        whole.setSpacing(8)
        head = QVBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.addWidget(Label(tr("Waiting"), "section", "semibold"))
        head.addWidget(self._count)
        whole.addLayout(head)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(12, 0, 12, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self._more)
        self._next = Button(tr("Call next"), kind="secondary", icon="megaphone", key="F8")
        self._next.clicked.connect(self.call_next)
        if not desk.station.can("appointments", "change"):
            self._next.hide()
        self._column.addWidget(self._next)
        whole.addLayout(self._column)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._look_at_the_clock)
        self._timer.start()

    @property
    def rows(self) -> list[VisitRow]:
        """Who stands in the cards."""
        return [card.row for card in self._cards]

    def refresh(self) -> None:
        """Show who waits now."""
        read = self._desk.station.read
        everybody = read(visits.waiting, self._org_id)
        rows = [row for row in everybody if row.concerns(self.steps.person)]
        limit = read(visits.waiting_limit, self._org_id)
        shown = rows[:_MOST]
        if shown != self.rows:
            for card in self._cards:
                self._column.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._cards = [WaitingCard(row, limit) for row in shown]
            for at, card in enumerate(self._cards):
                card.clicked.connect(lambda _on=False, row_id=card.row.id: self.asked.emit(row_id))
                self._column.insertWidget(at, card)
        for card in self._cards:
            card.limit = limit
        self._all = rows
        self._more.setText(tr("and {count} more", count=len(rows) - _MOST) if len(rows) > _MOST else "")
        self._more.setVisible(len(rows) > _MOST)
        self._look_at_the_clock()

    def call_next(self) -> None:
        """Call who is next."""
        self.steps.call_next()

    def _look_at_the_clock(self) -> None:
        self._count.setText(words.figures(self._all, dt.datetime.now(dt.UTC)))
        for card in self._cards:
            card.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_side(self, QPainter(self))


class WaitingCard(QAbstractButton):
    """One who waits: ticket, name, whom they come to, and how long they have waited."""

    def __init__(self, row: VisitRow, limit: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row, self.limit = row, limit
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(", ".join((row.ticket_no, row.name, *_parts(row), words.state_chip(row).text)))

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH - 24, _CARD)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def keyPressEvent(self, event: Any) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: Any) -> None:
        look, painter, focused = theme(), QPainter(self), self.hasFocus()
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = look.colour("focus.ring" if focused else "border.default")
        box(painter, rect, look.colour("bg.raised"), edge, _RADIUS, 2 if focused else 1)
        line = Line(rect.adjusted(8, 8, -12, -8), rtl=self.isRightToLeft())
        figures = look.font("meta", "semibold", figures=True)
        # One that was given without the server is longer.
        width = max(_TICKET, text_width(figures, self.row.ticket_no) + 12)
        ticket = line.start(width, gap=10)
        place = QRectF(ticket.left(), rect.top() + 8, width, rect.height() - 16)
        box(painter, place, look.colour("bg.subtle"), None, 4)
        draw_text(
            painter, place, self.row.ticket_no, figures, look.colour("text.primary"), CENTRE, owner=self
        )
        rest = line.rest
        name = QRectF(rest.left(), rect.top() + 8, rest.width(), 20)
        font, ink = look.font("body", "semibold"), look.colour("text.primary")
        draw_text(painter, name, self.row.name, font, ink, line.align, owner=self)
        below = Line(QRectF(rest.left(), name.bottom(), rest.width(), 18), rtl=self.isRightToLeft())
        self._paint_waited(painter, below)
        draw_text(
            painter, below.rest, " · ".join(_parts(self.row)), look.font("meta"), look.colour("text.secondary"),
            below.align, owner=self,
        )  # fmt: skip

    def _paint_waited(self, painter: QPainter, line: Line) -> None:
        look, chip = theme(), words.waited_chip(self.row, dt.datetime.now(dt.UTC), self.limit)
        late = chip.tone == "warning"
        font = look.font("meta", "semibold" if late else "medium", figures=True)
        ink = look.tone("warning", "text") if late else look.colour("text.primary")
        place = line.end(text_width(font, chip.text) + 1, gap=8)
        draw_text(painter, place, chip.text, font, ink, line.align)
        if self.row.called_at is not None or late:
            icon = "megaphone" if self.row.called_at is not None else "clock-alert"
            at = line.end(14, gap=4)
            draw_icon(painter, at.left(), at.center().y() - 7, icon, 14, ink)


def _parts(row: VisitRow) -> tuple[str, ...]:
    time = "" if row.booked_for is None else moments.clock(row.booked_for)
    return tuple(part for part in (time, words.whom(row)) if part)
