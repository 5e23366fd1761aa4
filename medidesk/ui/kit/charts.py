"""Charts of our own: bars by hour or day, a line over weeks, shares. Each says its figures to screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.kit.paint import CENTRE, LEFT, RIGHT, box, dot, draw_text, fill, rule, text_width
from medidesk.ui.kit.theme import theme, theme_signals

_ABOVE, _BELOW, _GAP = 18, 24, 8
_BAR_MOST = 36.0
_LINES = 4
_PEN = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of one hour or day.

    Attributes:
        label: below it; "" for none.
        parts: from the ground up, each a value and its colour's token; one that is outlined has not happened yet.
        typical: a tick across it; None for none.
        said: above it; "" for nothing.
        outlined: how many of the parts, from the top, are outlined and not filled.
    """

    label: str
    parts: tuple[tuple[float, str], ...]
    typical: float | None = None
    said: str = ""
    outlined: int = 0

    @property
    def whole(self) -> float:
        """Its height."""
        return sum(value for value, _ in self.parts)


def steps(most: float, count: int = _LINES) -> list[float]:
    """Round values from 0 to at least `most`, for the lines of a grid: 0, 2, 4, 6 for 5."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / count
    size = 10.0 ** floor(log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return [step * number for number in range(ceil(most / step) + 1)]


class _Chart(QWidget):
    """What they have alike: room, a grid with its words, and no figures yet."""

    def __init__(self, name: str, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._unit = name, unit
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        theme_signals().theme_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def _say(self, figures: Sequence[str]) -> None:
        self.setAccessibleName(self._name)
        self.setAccessibleDescription(", ".join(figures))
        self.update()

    def _grid(self, painter: QPainter, marks: Sequence[float]) -> QRectF:
        """Paint the lines and their values; returns the ground between them."""
        look, font = theme(), theme().font("caption", figures=True)
        words = [f"{mark:,.0f}{self._unit}" for mark in marks]
        gutter = max(text_width(font, one) for one in words) + _GAP
        ground = QRectF(self.rect()).adjusted(0, _ABOVE, 0, -_BELOW)
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        ground.adjust(0 if rtl else gutter, 0, -gutter if rtl else 0, 0)
        for mark, said in zip(marks, words, strict=True):
            y = ground.bottom() - ground.height() * mark / marks[-1]
            colour = look.colour("chart.axis" if mark == 0 else "chart.grid")
            rule(painter, ground.left(), ground.right(), y, colour)
            at = QRectF(ground.right() + _GAP if rtl else 0, y - 8, gutter - _GAP, 16)
            draw_text(painter, at, said, font, look.colour("text.tertiary"), LEFT if rtl else RIGHT)
        return ground

    def _below(self, place: QRectF, ground: QRectF) -> QRectF:
        """Where the words below a place stand: within the chart."""
        below = QRectF(place.center().x() - 28, ground.bottom() + 6, 56, 16)
        below.moveLeft(max(0.0, min(below.left(), self.width() - below.width())))
        return below

    def _slots(self, ground: QRectF, count: int) -> list[QRectF]:
        """As many places side by side, in the order of reading."""
        width = ground.width() / max(1, count)
        places = [
            QRectF(ground.left() + at * width, ground.top(), width, ground.height()) for at in range(count)
        ]
        return places[::-1] if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else places


class BarChart(_Chart):
    """Bars side by side, each of one part or more."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent=parent)
        self._bars: tuple[Bar, ...] = ()

    def show_bars(self, bars: Sequence[Bar], said: Sequence[str]) -> None:
        """Show others; `said` has each in words."""
        self._bars = tuple(bars)
        self._say(said)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        most = max((max(bar.whole, bar.typical or 0) for bar in self._bars), default=0)
        marks = steps(most)
        ground = self._grid(painter, marks)
        font = look.font("caption", figures=True)
        for bar, place in zip(self._bars, self._slots(ground, len(self._bars)), strict=True):
            width = min(_BAR_MOST, place.width() * 0.7)
            left, bottom = place.center().x() - width / 2, ground.bottom()
            solid = len(bar.parts) - bar.outlined
            for at, (value, token) in enumerate(bar.parts):
                height = ground.height() * value / marks[-1]
                part = QRectF(left, bottom - height, width, height)
                if height > 0 and at < solid:
                    fill(painter, part, look.colour(token))
                elif height > 0:
                    box(painter, part, look.colour("bg.subtle"), look.colour(token), 2)
                bottom -= height
            if bar.said:
                above = QRectF(place.left(), bottom - _ABOVE, place.width(), _ABOVE)
                draw_text(painter, above, bar.said, font, look.colour("text.secondary"), CENTRE)
            if bar.typical is not None:
                y = ground.bottom() - ground.height() * bar.typical / marks[-1]
                painter.setPen(QPen(look.colour("chart.3"), _PEN))
                painter.drawLine(QPointF(left - 4, y), QPointF(left + width + 4, y))
            if bar.label:
                below = self._below(place, ground)
                draw_text(painter, below, bar.label, font, look.colour("text.tertiary"), CENTRE)


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a line; None where there is none. `label` stands below it, "" for none."""

    label: str
    value: float | None


class LineChart(_Chart):
    """A line with the ground below it; its last value is dotted and named."""

    def __init__(self, name: str, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, unit, parent)
        self._points: tuple[Point, ...] = ()

    def show_points(self, points: Sequence[Point], said: Sequence[str]) -> None:
        """Show others; `said` has each in words."""
        self._points = tuple(points)
        self._say(said)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marks = steps(max((one.value or 0 for one in self._points), default=0))
        ground = self._grid(painter, marks)
        font, places = look.font("caption", figures=True), self._slots(ground, len(self._points))
        line = QPolygonF()
        for one, place in zip(self._points, places, strict=True):
            if one.label:
                below = self._below(place, ground)
                draw_text(painter, below, one.label, font, look.colour("text.tertiary"), CENTRE)
            if one.value is not None:
                y = ground.bottom() - ground.height() * one.value / marks[-1]
                line.append(QPointF(place.center().x(), y))
        if line.isEmpty():
            return
        area = QPolygonF(line)
        area.append(QPointF(line.last().x(), ground.bottom()))
        area.append(QPointF(line.first().x(), ground.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("chart.area"))
        painter.drawPolygon(area)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(look.colour("chart.1"), _PEN)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(line)
        last = line.last()
        dot(painter, last.x(), last.y(), 4, look.colour("chart.1"))
        value = next(one.value for one in reversed(self._points) if one.value is not None)
        said = QRectF(last.x() - 28, last.y() - 22, 56, 16)
        said.moveRight(min(said.right(), ground.right()))
        words = f"{value:,.1f}{self._unit}"
        draw_text(
            painter,
            said,
            words,
            look.font("caption", "semibold", figures=True),
            look.colour("text.primary"),
            RIGHT,
        )


@dataclass(frozen=True, slots=True)
class Share:
    """A line of a list of shares: its words, how long its bar is beside the longest, and its value."""

    label: str
    part: float
    said: str


class ShareBars(QWidget):
    """A short list of bars, the greatest first."""

    ROW = 32

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._shares: tuple[Share, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme_signals().theme_changed.connect(self.update)

    def show_shares(self, shares: Sequence[Share]) -> None:
        """Show others."""
        self._shares = tuple(shares)
        self.setMinimumHeight(self.ROW * len(self._shares))
        self.setAccessibleName(self._name)
        self.setAccessibleDescription(", ".join(f"{one.label}: {one.said}" for one in self._shares))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        font, figures = look.font("meta"), look.font("meta", "semibold", figures=True)
        value = max((text_width(figures, one.said) for one in self._shares), default=0) + _GAP
        label = (self.width() - value) * 0.55
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for at, one in enumerate(self._shares):
            y = at * self.ROW
            bar = QRectF(label + _GAP, y + 13, self.width() - label - value - 2 * _GAP, 6)
            words, said = QRectF(0, y, label, self.ROW), QRectF(self.width() - value, y, value, self.ROW)
            filled = QRectF(bar.left(), bar.top(), max(3.0, bar.width() * one.part), bar.height())
            if rtl:
                for rect in (bar, words, said, filled):
                    rect.moveRight(self.width() - rect.left())
            draw_text(
                painter,
                words,
                one.label,
                font,
                look.colour("text.primary"),
                RIGHT if rtl else LEFT,
                owner=self,
            )
            box(painter, bar, look.colour("bg.subtle"), None, 3)
            box(painter, filled, look.colour("chart.1"), None, 3)
            draw_text(painter, said, one.said, figures, look.colour("text.primary"), LEFT if rtl else RIGHT)
