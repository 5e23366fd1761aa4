"""Painting that stays sharp at 125 and 150 %, and text that knows its own direction."""

import unicodedata
from functools import lru_cache
from math import floor

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from medidesk.ui.kit import clipping
from medidesk.ui.kit.theme import theme, tokens

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
CENTRE = Qt.AlignmentFlag.AlignHCenter
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


def snapped(painter: QPainter, rect: QRect | QRectF, *, inward: bool = False) -> QRectF:
    """`rect` moved to whole device pixels, in the painter's own coordinates.

    Args:
        painter: paints on the device.
        rect: the wish.
        inward: never outside `rect`, as an edge must be that would else be cut off with its widget;
            otherwise to the nearest pixel, so that neighbours meet.
    """
    to_device = painter.deviceTransform()
    device = to_device.mapRect(QRectF(rect))
    low, high = (0.99, 0.01) if inward else (0.5, 0.5)
    left, top = floor(device.left() + low), floor(device.top() + low)
    right, bottom = floor(device.right() + high), floor(device.bottom() + high)
    back, _possible = to_device.inverted()
    return back.mapRect(QRectF(left, top, right - left, bottom - top))


def hairline(painter: QPainter, width: float = 1) -> float:
    """The width of a line of `width` px when it fills whole device pixels."""
    ratio = painter.device().devicePixelRatioF()
    return max(1, int(width * ratio)) / ratio


def box(
    painter: QPainter,
    rect: QRect | QRectF,
    fill: QColor | None,
    edge: QColor | None,
    radius: float,
    width: float = 1,
) -> None:
    """A round rectangle whose border lies inside `rect` on whole device pixels."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = snapped(painter, rect, inward=True)
    line = hairline(painter, width) if edge is not None else 0.0
    inner = shape.adjusted(line / 2, line / 2, -line / 2, -line / 2)
    radius = min(radius, shape.height() / 2)
    painter.setPen(QPen(edge, line) if edge is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(inner, max(0.0, radius - line / 2), max(0.0, radius - line / 2))
    painter.restore()


def dot(painter: QPainter, x: float, y: float, radius: float, colour: QColor) -> None:
    """A filled disc around (x, y)."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.restore()


def fill(painter: QPainter, rect: QRect | QRectF, colour: QColor) -> None:
    """A filled rectangle on whole device pixels."""
    painter.fillRect(snapped(painter, rect), colour)


def rule(painter: QPainter, left: float, right: float, y: float, colour: QColor) -> None:
    """A horizontal hairline whose lower edge is at `y`."""
    edge = snapped(painter, QRectF(left, y - 1, right - left, 1))
    edge.setTop(edge.bottom() - hairline(painter))
    painter.fillRect(edge, colour)


def shadow(painter: QPainter, rect: QRectF, radius: float, level: str = "2") -> None:
    """The shadow of an elevation around `rect`: stacked translucent round rectangles.

    Black, whatever the token's hue: so faint a layer keeps three bits of it, and a hue would show as a tint.
    """
    spec = tokens["elevation"][level]["shadow"]
    digits = spec[theme().mode].lstrip("#")
    colour = QColor("black")
    strength, layers = int(digits[6:8], 16) / 255, 12
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for layer in range(layers):
        spread = spec["blur"] * (0.42 - 0.75 * layer / layers)
        colour.setAlphaF(strength / layers)
        painter.setBrush(colour)
        ring = rect.translated(0, spec["y"] * 0.75).adjusted(-spread, -spread, spread, spread)
        painter.drawRoundedRect(ring, max(2.0, radius + spread), max(2.0, radius + spread))
    painter.restore()


@lru_cache(maxsize=4096)
def reads_rtl(text: str) -> bool:
    """Whether the first letter with a direction is Arabic, Hebrew or the like."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in {"R", "AL"}:
            return True
        if kind in {"L", "LRI", "LRE"}:
            return False
    return False


def isolated(text: str) -> str:
    """`text` (a phone number, a code) kept in one piece inside right-to-left words."""
    return f"\u2066{text}\u2069"


def text_width(font: QFont, text: str) -> float:
    """The advance of `text` in px."""
    return QFontMetricsF(font).horizontalAdvance(text)


def _set_direction(painter: QPainter, text: str) -> None:
    rtl = reads_rtl(text)
    painter.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)


def draw_text(
    painter: QPainter,
    rect: QRect | QRectF,
    text: str,
    font: QFont,
    colour: QColor,
    align: Qt.AlignmentFlag = LEFT,
    *,
    owner: QWidget | None = None,
) -> float:
    """One line of text, shortened with "…" when it does not fit (`owner` is then on record).

    Returns:
        The width in px that the drawn text takes.
    """
    room = QRectF(rect)
    metrics = QFontMetricsF(font)
    width = metrics.horizontalAdvance(text)
    shown = text
    if width > room.width() + 0.5:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        width = metrics.horizontalAdvance(shown)
        if owner is not None:
            clipping.record(owner, text)
    painter.setFont(font)
    painter.setPen(colour)
    _set_direction(painter, text)
    painter.drawText(room, align | _MIDDLE | Qt.TextFlag.TextSingleLine, shown)
    return width


def draw_lines(
    painter: QPainter,
    rect: QRect | QRectF,
    text: str,
    font: QFont,
    colour: QColor,
    align: Qt.AlignmentFlag = LEFT,
    *,
    owner: QWidget | None = None,
) -> None:
    """Text broken into as many lines as `rect` has room for; what does not fit is on `owner`'s record."""
    room = QRectF(rect)
    flags = align | _MIDDLE | Qt.TextFlag.TextWordWrap
    if (
        owner is not None
        and QFontMetricsF(font).boundingRect(room, int(flags), text).height() > room.height()
    ):
        clipping.record(owner, text)
    painter.setFont(font)
    painter.setPen(colour)
    _set_direction(painter, text)
    painter.drawText(room, int(flags), text)


class Line:
    """Places pieces one after another from the reading side, and from the far side back.

    `start` gives room at the leading edge, `end` at the trailing one; what is left is `rest`.
    """

    def __init__(self, rect: QRect | QRectF, *, rtl: bool) -> None:
        self.rest = QRectF(rect)
        self.rtl = rtl
        self.align = RIGHT if rtl else LEFT
        self.align_end = LEFT if rtl else RIGHT

    def start(self, width: float, gap: float = 0) -> QRectF:
        """Take `width` px from the leading edge and leave `gap` after it."""
        return self._from_right(width, gap) if self.rtl else self._from_left(width, gap)

    def end(self, width: float, gap: float = 0) -> QRectF:
        """Take `width` px from the trailing edge and leave `gap` before it."""
        return self._from_left(width, gap) if self.rtl else self._from_right(width, gap)

    def _from_left(self, width: float, gap: float) -> QRectF:
        taken = QRectF(self.rest.left(), self.rest.top(), width, self.rest.height())
        self.rest.setLeft(self.rest.left() + width + gap)
        return taken

    def _from_right(self, width: float, gap: float) -> QRectF:
        taken = QRectF(self.rest.right() - width, self.rest.top(), width, self.rest.height())
        self.rest.setRight(self.rest.right() - width - gap)
        return taken
