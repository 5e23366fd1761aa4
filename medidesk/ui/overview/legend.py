"""What the colours of a chart mean: words beside small fields, so that colour is never the only sign."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.kit.paint import LEFT, RIGHT, box, draw_text, text_width
from medidesk.ui.kit.theme import theme, theme_signals

_FIELD, _GAP, _APART = 10, 6, 14


class Legend(QWidget):
    """Words with their colours.

    Args:
        parts: each its words and its colour's token.
    """

    def __init__(self, parts: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = tuple(parts)
        self.setAccessibleName(", ".join(words for words, _ in parts))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme_signals().theme_changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        font = theme().font("caption")
        width = sum(_FIELD + _GAP + _APART + text_width(font, words) for words, _ in self._parts)
        return QSize(round(width), 18)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look, font = QPainter(self), theme(), theme().font("caption")
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        at = 0.0
        for words, token in self._parts:
            width = text_width(font, words) + 1
            field, room = QRectF(at, 4, _FIELD, _FIELD), QRectF(at + _FIELD + _GAP, 0, width, 18)
            if room.right() > self.width() + 1:
                break
            if rtl:
                for rect in (field, room):
                    rect.moveRight(self.width() - rect.left())
            box(painter, field, look.colour(token), None, 2)
            draw_text(painter, room, words, font, look.colour("text.secondary"), RIGHT if rtl else LEFT)
            at += _FIELD + _GAP + width + _APART
