"""The ground of what stands beside a list, with a hairline towards it."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from medidesk.ui.kit.paint import hairline
from medidesk.ui.kit.theme import theme


def paint_side(widget: QWidget, painter: QPainter) -> None:
    """Paint that ground on a widget."""
    look = theme()
    painter.fillRect(widget.rect(), look.colour("bg.surface"))
    line = hairline(painter)
    x = widget.width() - line if widget.isRightToLeft() else 0
    painter.fillRect(QRectF(x, 0, line, widget.height()), look.colour("border.default"))


class Side(QWidget):
    """It as a widget, for what is laid into it."""

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_side(self, QPainter(self))
