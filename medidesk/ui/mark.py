"""The mark: "M." in a round square, never mirrored."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.kit.paint import CENTRE, box, draw_text
from medidesk.ui.kit.theme import theme
from medidesk.words import tr


class Mark(QWidget):
    """The mark by itself.

    Args:
        size: edge in px.
        on_brand: light on the dark brand panel, instead of accent on the canvas.
    """

    def __init__(self, size: int = 28, *, on_brand: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size, self._on_brand = size, on_brand
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("MediDesk"))

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        ground = look.colour("brand.on.ink" if self._on_brand else "accent.base")
        ink = look.colour("brand.ink" if self._on_brand else "text.on.accent")
        area = QRectF(0, 0, self._size, self._size)
        box(painter, area, ground, None, self._size * 0.23)
        font = look.font("section", "bold")
        font.setPixelSize(round(self._size * 0.5))
        draw_text(painter, area, "M.", font, ink, CENTRE)
