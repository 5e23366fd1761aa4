"""The pinboard: what is to have another time, whatever day is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments import words
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import Line, box, draw_text
from medidesk.ui.kit.side import paint_side
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import counted, tr

_WIDTH = int(tokens["shell"]["side_panel"][0])
_CARD = 72
_RADIUS = float(tokens["radius"]["card"])


class Pinboard(QWidget):
    """The pane.

    Signals:
        open_asked(row): Enter, or a click.
        move_asked(row): it is to be put into the grid by keys.
        waiting_asked(): who would come earlier is to be listed.
        dropped(row, point): it was let go at this place of the screen.
    """

    open_asked = Signal(object)
    move_asked = Signal(object)
    waiting_asked = Signal()
    dropped = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(tr("Pinboard"))
        self._count = Label("", "body", "regular", "text.tertiary")
        self._cards: list[PinCard] = []
        self._zone: dt.tzinfo | None = None
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(12, 0, 12, 12)
        self._column.setSpacing(8)
        self._hint = Label("", "meta", "regular", "text.tertiary", wrap=True)
        self._column.addWidget(self._hint)
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 12, 0, 0)
        whole.setSpacing(8)
        head = QVBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.addWidget(Label(tr("Pinboard"), "section", "semibold"))
        head.addWidget(self._count)
        whole.addLayout(head)
        whole.addWidget(scroll, 1)
        self.waiting = Button("", kind="secondary", icon="history", key="Alt+W")
        self.waiting.clicked.connect(self.waiting_asked)
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 0, 12, 12)
        foot.addWidget(self.waiting)
        whole.addLayout(foot)

    @property
    def rows(self) -> list[AppointmentRow]:
        """What is parked."""
        return [card.row for card in self._cards]

    def show_rows(self, rows: Sequence[AppointmentRow], zone: dt.tzinfo) -> None:
        """Show these."""
        if list(rows) == self.rows and zone == self._zone:
            return
        self._zone = zone
        for card in self._cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = [PinCard(row, zone) for row in rows]
        for at, card in enumerate(self._cards):
            card.clicked.connect(lambda _on=False, row=card.row: self.open_asked.emit(row))
            card.move_asked.connect(self.move_asked)
            card.dropped.connect(self.dropped)
            self._column.insertWidget(at, card)
        self._count.setText(tr("{count} parked", count=len(rows)) if rows else tr("Nothing is parked"))
        self._hint.setText(tr("P parks the chosen appointment, or drag it here. F6 puts one back."))

    def show_waiting(self, count: int) -> None:
        """Say how many would come earlier than they have a time."""
        said = counted(count, "{count} would come earlier", "{count} would come earlier")
        self.waiting.setText(said)
        self.waiting.setVisible(bool(count))

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_side(self, QPainter(self))


class PinCard(QAbstractButton):
    """One that is parked."""

    move_asked = Signal(object)
    dropped = Signal(object, QPoint)

    def __init__(self, row: AppointmentRow, zone: dt.tzinfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = row
        self._lines = (
            words.patient(row),
            tr("{count} min · {name}", count=row.minutes, name=row.staff_name),
            row.note or tr("was {time}", time=words.day_and_time(row.starts_at, zone)),
        )
        self.setAccessibleName(", ".join(self._lines))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._from: QPoint | None = None
        self._dragged = False

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH - 24, _CARD)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        elif event.key() == Qt.Key.Key_F6:
            self.move_asked.emit(self.row)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from, self._dragged = event.globalPosition().toPoint(), False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            far = (event.globalPosition().toPoint() - self._from).manhattanLength()
            self._dragged |= far >= QApplication.startDragDistance()
            if self._dragged:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        dragged, self._from, self._dragged = self._dragged, None, False
        self.setCursor(Qt.CursorShape.ArrowCursor)
        if dragged:
            self.setDown(False)
            self.dropped.emit(self.row, event.globalPosition().toPoint())
        else:
            super().mouseReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, _event: Any) -> None:
        look, painter = theme(), QPainter(self)
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        focused = self.hasFocus()
        edge = look.colour("focus.ring" if focused else "border.default")
        box(painter, rect, look.colour("bg.raised"), edge, _RADIUS, 2 if focused else 1)
        line = Line(rect.adjusted(12, 8, -12, -8), rtl=self.isRightToLeft())
        icon = line.end(16, gap=6)
        draw_icon(painter, icon.left(), icon.top(), "pin", 16, look.colour("text.tertiary"))
        inks = ("text.primary", "text.secondary", "text.tertiary")
        fonts = (look.font("body", "semibold"), look.font("meta"), look.font("meta"))
        for at, text in enumerate(self._lines):
            row = QRectF(line.rest.left(), line.rest.top() + at * 19, line.rest.width(), 18)
            draw_text(painter, row, text, fonts[at], look.colour(inks[at]), line.align, owner=self)
