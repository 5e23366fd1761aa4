"""A month of days, each with how full it is; arrows move between the days, Enter or a click opens one."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from medidesk.repositories.appointments import DayLoad
from medidesk.ui import moments
from medidesk.ui.appointments import words
from medidesk.ui.appointments.blocks import paint_off_duty
from medidesk.ui.kit.paint import CENTRE, Line, box, draw_text, fill, rule
from medidesk.ui.kit.theme import theme, theme_signals
from medidesk.words import counted, tr

WEEK = 7
_HEAD = 32
_PADDING = 10
_DISC = 24
_BAR_MOST = 140
_ROW_LEAST = 64
_TWO_LINES = 92
"""The height of a day from which on both figures stand below the number."""
_INSET = 3


def days_of_month(day: dt.date) -> list[dt.date]:
    """The whole weeks, from Monday on, that a day's month lies in."""
    first = day.replace(day=1)
    first -= dt.timedelta(days=first.isoweekday() - 1)
    days: list[dt.date] = []
    while not days or first.month == day.month:
        days += [first + dt.timedelta(days=one) for one in range(WEEK)]
        first += dt.timedelta(days=WEEK)
    return days


def month_on(day: dt.date, by: int) -> dt.date:
    """The same day of another month, or its last one where it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + by, 12)
    return dt.date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def load_words(load: DayLoad, today: dt.date) -> str:
    """How full a day is, for whoever looks for room: "11 free", "full"; nothing of a day that is over."""
    if load.day < today:
        return ""
    if not load.possible:
        return tr("off duty")
    if load.free:
        return tr("{count} free", count=load.free)
    return tr("none left") if load.day == today else tr("full")


class MonthGrid(QWidget):
    """The grid.

    Signals:
        opened(date): Enter, or a click.
        moved(date): the arrows lead to a day, perhaps of another month.
        today_asked(): T was pressed here.
    """

    opened = Signal(object)
    moved = Signal(object)
    today_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loads: tuple[DayLoad, ...] = ()
        self.day = self._today = moments.today()
        self._hovered: dt.date | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Month"))
        theme_signals().theme_changed.connect(self.update)

    def show_loads(self, loads: Sequence[DayLoad], day: dt.date, today: dt.date) -> None:
        """Show whole weeks, with the cursor on a day."""
        self.loads, self.day, self._today = tuple(loads), day, today
        self._tell()
        self.update()

    def go_to(self, day: dt.date) -> None:
        """Put the cursor on another day of the month."""
        self.day = day
        self._tell()
        self.update()

    def load(self, day: dt.date) -> DayLoad | None:
        """How full a day is, if it is shown."""
        return next((one for one in self.loads if one.day == day), None)

    def rect_of(self, day: dt.date) -> QRectF:
        """The place of a day that is shown."""
        at = next(at for at, one in enumerate(self.loads) if one.day == day)
        row, column = divmod(at, WEEK)
        width, height = self.width() / WEEK, (self.height() - _HEAD) / self._rows()
        if self.isRightToLeft():
            column = WEEK - 1 - column
        return QRectF(column * width, _HEAD + row * height, width, height)

    def day_at(self, point: QPointF) -> dt.date | None:
        """The day at a place."""
        return next((one.day for one in self.loads if self.rect_of(one.day).contains(point)), None)

    # Keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        aside = -1 if self.isRightToLeft() else 1
        step = {
            Qt.Key.Key_Left: -aside,
            Qt.Key.Key_Right: aside,
            Qt.Key.Key_Up: -WEEK,
            Qt.Key.Key_Down: WEEK,
        }.get(Qt.Key(event.key()))
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif step is not None:
            self.moved.emit(self.day + dt.timedelta(days=step))
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.opened.emit(self.day)
        elif event.key() == Qt.Key.Key_T:
            self.today_asked.emit()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.day_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        day = self.day_at(event.position())
        if day is not None and event.button() is Qt.MouseButton.LeftButton:
            self.opened.emit(day)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, day: dt.date | None) -> None:
        if day != self._hovered:
            self._hovered = day
            self.setToolTip("" if day is None else self._said(day))
            self.update()

    # What it looks like

    def sizeHint(self) -> QSize:
        return QSize(WEEK * 120, _HEAD + self._rows() * 100)

    def minimumSizeHint(self) -> QSize:
        return QSize(WEEK * 60, _HEAD + self._rows() * _ROW_LEAST)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        fill(painter, QRectF(self.rect()), look.colour("bg.surface"))
        for load in self.loads:
            self._paint_day(painter, load)
        self._paint_head(painter)
        if self.loads:
            self._paint_cursor(painter)

    def _paint_head(self, painter: QPainter) -> None:
        look = theme()
        head = QRectF(0, 0, self.width(), _HEAD)
        fill(painter, head, look.colour("bg.subtle"))
        rule(painter, 0, self.width(), _HEAD, look.colour("border.default"))
        font = look.font("caption", "semibold")
        for load in self.loads[:WEEK]:
            rect = self.rect_of(load.day)
            place = QRectF(rect.left() + _PADDING, 0, rect.width() - 2 * _PADDING, _HEAD)
            line = Line(place, rtl=self.isRightToLeft())
            draw_text(
                painter, place, words.weekday(load.day), font, look.colour("text.secondary"), line.align
            )

    def _paint_day(self, painter: QPainter, load: DayLoad) -> None:
        look, rect = theme(), self.rect_of(load.day)
        over, other = load.day < self._today, load.day.month != self.day.month
        if not load.possible:
            paint_off_duty(painter, rect)
        elif load.day == self._hovered:
            fill(painter, rect, look.colour("bg.hover"))
        elif over or other:
            fill(painter, rect, look.colour("bg.subtle"))
        rule(painter, rect.left(), rect.right(), rect.bottom(), look.colour("border.subtle"))
        edge = rect.left() if self.isRightToLeft() else rect.right() - 1
        fill(painter, QRectF(edge, rect.top(), 1, rect.height()), look.colour("border.subtle"))
        inner = rect.adjusted(_PADDING, 6, -_PADDING, -6)
        self._paint_number(painter, inner, load.day, quiet=over or other)
        line = Line(inner, rtl=self.isRightToLeft())
        below = inner.top() + _DISC + 6
        if load.possible and not over:
            self._paint_bar(painter, QRectF(inner.left(), below, inner.width(), 4), load)
        said = load_words(load, self._today)
        ink = look.tone("warning", "text") if load.possible and not load.free else look.colour("text.primary")
        if other or not load.possible:
            ink = look.colour("text.tertiary")
        room = QRectF(inner.left(), below + 8, inner.width(), 16)
        beside = rect.height() < _TWO_LINES
        if said:
            draw_text(
                painter, room, said, look.font("meta", "semibold", figures=True), ink, line.align, owner=self
            )
            room.translate(0, 16)
        if load.booked:
            booked = tr("{count} booked", count=load.booked)
            quieter = look.colour("text.tertiary" if over or other else "text.secondary")
            if beside:
                room = QRectF(inner.left(), inner.top(), inner.width(), _DISC)
            align = line.align_end if beside else line.align
            draw_text(painter, room, booked, look.font("meta", figures=True), quieter, align, owner=self)

    def _paint_number(self, painter: QPainter, inner: QRectF, day: dt.date, *, quiet: bool) -> None:
        look, number = theme(), str(day.day)
        line = Line(QRectF(inner.left(), inner.top(), inner.width(), _DISC), rtl=self.isRightToLeft())
        font = look.font("body", "medium" if quiet else "semibold", figures=True)
        if day == self._today:
            disc = line.start(_DISC)
            box(painter, disc, look.colour("accent.base"), None, _DISC / 2)
            draw_text(painter, disc, number, font, look.colour("text.on.accent"), CENTRE)
            return
        ink = look.colour("text.tertiary" if quiet else "text.primary")
        if day.day == 1:
            number = f"{number} {moments.month(day)}"
        draw_text(painter, line.rest, number, font, ink, line.align)

    def _paint_bar(self, painter: QPainter, rect: QRectF, load: DayLoad) -> None:
        """How full it is, as over the columns of a day."""
        look = theme()
        whole = Line(rect, rtl=self.isRightToLeft()).start(min(_BAR_MOST, rect.width()))
        box(painter, whole, look.colour("border.default"), None, 2)
        share = (load.possible - load.free) / load.possible
        if share:
            done = Line(whole, rtl=self.isRightToLeft()).start(max(4.0, whole.width() * share))
            box(painter, done, look.tone("accent" if load.free else "warning", "base"), None, 2)

    def _paint_cursor(self, painter: QPainter) -> None:
        look = theme()
        rect = self.rect_of(self.day).adjusted(_INSET, _INSET, -_INSET - 1, -_INSET - 1)
        if self.hasFocus():
            box(painter, rect.adjusted(-3, -3, 3, 3), None, look.colour("focus.halo"), 8, 3)
            box(painter, rect, None, look.colour("focus.ring"), 5, 2)
        else:
            box(painter, rect, None, look.colour("border.input"), 5, 1)

    def _rows(self) -> int:
        return max(1, len(self.loads) // WEEK)

    def _said(self, day: dt.date) -> str:
        load = self.load(day)
        if load is None:
            return moments.long_day(day)
        booked = counted(load.booked, "{count} appointment", "{count} appointments") if load.booked else ""
        parts = (moments.long_day(day), load_words(load, self._today), booked)
        return ", ".join(part for part in parts if part)

    def _tell(self) -> None:
        """Say to a screen reader where the cursor stands."""
        self.setAccessibleDescription(self._said(self.day))
