"""The sheet: the page in front, a panel beside it when one is open, a banner above both."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.ui.kit.banner import Banner
from medidesk.ui.kit.paint import hairline
from medidesk.ui.kit.theme import theme, tokens

_RADIUS = float(tokens["shell"]["sheet_radius"])
_PANEL_SHARE = 0.49
_PANEL_LEAST, _PANEL_MOST = 560, 720
_COVERED_BELOW = 1124


class _Corner(QWidget):
    """Rounds the leading top corner over whatever page lies below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(int(_RADIUS), int(_RADIUS))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        if self.isRightToLeft():
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outside = QPainterPath(QPointF(0, 0))
        outside.lineTo(_RADIUS, 0)
        outside.arcTo(QRectF(0, 0, 2 * _RADIUS, 2 * _RADIUS), 90, 90)
        outside.closeSubpath()
        painter.fillPath(outside, look.colour("bg.canvas"))
        line = hairline(painter)
        edge = QPainterPath(QPointF(_RADIUS, line / 2))
        edge.arcTo(QRectF(line / 2, line / 2, 2 * _RADIUS - line, 2 * _RADIUS - line), 90, 90)
        painter.setPen(QPen(look.colour("border.default"), line))
        painter.drawPath(edge)


class Sheet(QWidget):
    """Holds the pages."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner("warning")
        self.pages = QStackedWidget()
        self._panel: QWidget | None = None
        self._row = QHBoxLayout()
        self._row.setSpacing(0)
        self._row.addWidget(self.pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addLayout(self._row, 1)
        self._corner = _Corner(self)
        self._indent()

    def panel(self) -> QWidget | None:
        """What stands beside the pages."""
        return self._panel

    def show_panel(self, panel: QWidget) -> None:
        """Put `panel` beside the pages."""
        self.close_panel()
        self._panel = panel
        self._row.addWidget(panel)
        self._share()
        panel.show()

    def close_panel(self) -> None:
        """Take the panel away."""
        if self._panel is not None:
            panel, self._panel = self._panel, None
            self._row.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
            self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._indent()
        self._share()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), look.colour("bg.surface"))
        edge, line = look.colour("border.default"), hairline(painter)
        painter.fillRect(QRectF(0, 0, self.width(), line), edge)
        x = self.width() - line if self.isRightToLeft() else 0
        painter.fillRect(QRectF(x, 0, line, self.height()), edge)

    def _indent(self) -> None:
        column = self.layout()
        if column is not None:
            rtl = self.isRightToLeft()
            column.setContentsMargins(0 if rtl else 1, 1, 1 if rtl else 0, 0)
            self._corner.move(self.width() - self._corner.width() if rtl else 0, 0)
            self._corner.raise_()

    def _share(self) -> None:
        """Give the panel its share, or all of a window in which page and panel would squeeze each other."""
        covers = self._panel is not None and self.width() < _COVERED_BELOW
        self.pages.setVisible(not covers)
        if self._panel is not None:
            share = max(_PANEL_LEAST, min(_PANEL_MOST, round(self.width() * _PANEL_SHARE)))
            self._panel.setFixedWidth(self.width() - 1 if covers else share)
