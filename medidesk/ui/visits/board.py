"""The board for the waiting room: tickets, where to go and to whom, never a patient's name."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QFont, QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from medidesk.models.visits import VisitState
from medidesk.repositories import branch_clock, visits
from medidesk.repositories.visits import VisitRow
from medidesk.ui import moments
from medidesk.ui.kit.paint import CENTRE, LEFT, RIGHT, box, draw_text, fill
from medidesk.ui.kit.theme import Weight, theme, theme_signals
from medidesk.ui.page import Desk
from medidesk.words import tr

_FRESH_SECONDS = 30
_CALLS_MOST, _WAITING_MOST = 5, 10
_EVERY_MS = 5_000
_SMALLEST = (640, 360)
_USUAL = (960, 540)


class BoardWindow(QWidget):
    """A window of its own, over the whole of the second screen where there is one.

    Its sizes follow the window's height: it is read from across a room.

    Signals:
        closed(): it was closed.
    """

    closed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle(tr("Waiting room"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(*_SMALLEST)
        self._desk, self._org_id = desk, desk.station.user.org_id
        self.called: list[VisitRow] = []
        self.waiting: list[VisitRow] = []
        desk.bridge.changed.connect(self._heard)
        theme_signals().theme_changed.connect(self.update)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.update)
        self._timer.start()
        self.read()

    def place(self) -> None:
        """Show it: over the whole second screen, else as a window."""
        screens = QGuiApplication.screens()
        mine = self._desk.screen() if isinstance(self._desk, QWidget) else screens[0]
        other = next((one for one in screens if one is not mine), None)
        if other is None:
            self.resize(*_USUAL)
            self.show()
        else:
            self.setGeometry(other.geometry())
            self.showFullScreen()

    def read(self) -> None:
        """Take in who is called and who waits."""
        read = self._desk.station.read
        zone = read(branch_clock.zone_of, self._org_id)
        day = read(visits.of_day, self._org_id, branch_clock.today(zone))
        called = [row for row in day if row.called_at is not None and row.ended_at is None]
        called.sort(key=lambda row: row.called_at or row.arrived_at, reverse=True)
        self.called = called[:_CALLS_MOST]
        self.waiting = [row for row in day if row.state is VisitState.WAITING and row.called_at is None]
        self.setAccessibleName("; ".join(self.lines()))
        self.update()

    def lines(self) -> list[str]:
        """What it shows, as text."""
        called = [f"{row.ticket_no} → {' · '.join(_where(row))}" for row in self.called]
        return [*called, tr("Waiting: {tickets}", tickets=", ".join(row.ticket_no for row in self.waiting))]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self.closed.emit()
        super().closeEvent(event)

    def _heard(self, news: object) -> None:
        if getattr(news, "everything", False) or {"visit", "appointment", "staff", "room"} & set(
            getattr(news, "tables", ())
        ):
            self.read()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), look.colour("bg.canvas"))
        unit = self.height() / 100
        gap, split = 4 * unit, self.width() * 0.66
        left = QRectF(gap, 4 * unit, split - 2 * gap, 92 * unit)
        right = QRectF(split, 4 * unit, self.width() - split - gap, 92 * unit)
        if self.isRightToLeft():
            right.moveLeft(gap)
            left.moveRight(self.width() - gap)
        self._paint_called(painter, left, unit)
        self._paint_waiting(painter, right, unit)

    def _paint_called(self, painter: QPainter, area: QRectF, unit: float) -> None:
        look, head = theme(), QRectF(area.left(), area.top(), area.width(), 8 * unit)
        start, end = (RIGHT, LEFT) if self.isRightToLeft() else (LEFT, RIGHT)
        quiet, now = look.colour("text.secondary"), moments.now()
        draw_text(painter, head, tr("Please come in"), self._font(5, "semibold"), quiet, start)
        draw_text(painter, head, moments.clock(now), self._font(5, "semibold"), quiet, end)
        if not self.called:
            middle = QRectF(area.left(), area.top() + 35 * unit, area.width(), 12 * unit)
            said = tr("You will be called by your ticket.")
            draw_text(painter, middle, said, self._font(4.5), look.colour("text.tertiary"), CENTRE)
        top = area.top() + 11 * unit
        for at, row in enumerate(self.called):
            height = (24 if at == 0 else 12.5) * unit
            place = QRectF(area.left(), top, area.width(), height)
            fresh = row.called_at is not None and (now - row.called_at).total_seconds() < _FRESH_SECONDS
            ground = look.colour("accent.base" if fresh else "bg.surface")
            box(painter, place, ground, None if fresh else look.colour("border.subtle"), 1.5 * unit)
            ink = look.colour("text.on.accent" if fresh else "text.primary")
            inner = place.adjusted(3 * unit, 0, -3 * unit, 0)
            ticket = QRectF(inner.left(), inner.top(), inner.width() * 0.42, height)
            whom = QRectF(inner.left() + inner.width() * 0.44, inner.top(), inner.width() * 0.56, height)
            if self.isRightToLeft():
                ticket.moveRight(inner.right())
                whom.moveLeft(inner.left())
            size = 13 if at == 0 else 7
            draw_text(painter, ticket, row.ticket_no, self._font(size, "bold"), ink, start, owner=self)
            self._paint_where(painter, whom, row, size, ink)
            top += height + 2 * unit

    def _paint_where(self, painter: QPainter, place: QRectF, row: VisitRow, size: float, ink: QColor) -> None:
        """The room is what is looked for; whom they come to stands below it, or alone."""
        start, (first, *below) = RIGHT if self.isRightToLeft() else LEFT, _where(row)
        if not below:
            draw_text(painter, place, first, self._font(size * 0.45, "medium"), ink, start, owner=self)
            return
        upper = QRectF(place.left(), place.top() + place.height() * 0.1, place.width(), place.height() * 0.46)
        lower = QRectF(upper.left(), upper.bottom(), upper.width(), place.height() * 0.34)
        draw_text(painter, upper, first, self._font(size * 0.55, "bold"), ink, start, owner=self)
        draw_text(painter, lower, below[0], self._font(size * 0.4, "medium"), ink, start, owner=self)

    def _paint_waiting(self, painter: QPainter, area: QRectF, unit: float) -> None:
        look = theme()
        box(painter, area, look.colour("bg.surface"), look.colour("border.subtle"), 1.5 * unit)
        inner = area.adjusted(3 * unit, 2 * unit, -3 * unit, -2 * unit)
        start = RIGHT if self.isRightToLeft() else LEFT
        head = QRectF(inner.left(), inner.top(), inner.width(), 8 * unit)
        said = tr("{count} waiting", count=len(self.waiting))
        draw_text(painter, head, said, self._font(4, "semibold"), look.colour("text.secondary"), start)
        for at, row in enumerate(self.waiting[:_WAITING_MOST]):
            line = QRectF(inner.left(), inner.top() + (10 + at * 7.6) * unit, inner.width(), 7 * unit)
            fill(painter, QRectF(line.left(), line.bottom(), line.width(), 1), look.colour("border.subtle"))
            draw_text(painter, line, row.ticket_no, self._font(4, "medium"), look.colour("text.primary"), start,
                      owner=self)  # fmt: skip

    def _font(self, percent: float, weight: Weight = "regular") -> QFont:
        """A font whose size is that part of the window's height."""
        font = QFont(theme().font("title", weight, figures=True))
        font.setPixelSize(max(8, round(self.height() * percent / 100)))
        return font


def _where(row: VisitRow) -> tuple[str, ...]:
    """The room, and whom to go to; who came to whoever is free asks at the desk."""
    return tuple(part for part in (row.room, row.staff_name) if part) or (tr("Reception"),)
