"""Facts in a panel: an icon, what is so, and a quiet word after it."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, draw_text, text_width
from medidesk.ui.kit.theme import theme


class Fact(QWidget):
    """One line, 28 high. What has no room is shortened and stands whole in the tool tip.

    Args:
        icon: a Lucide name.
        name: what kind of fact this is, for screen readers.
        figures: digits of one width, for phone numbers.
    """

    def __init__(self, icon: str, name: str, *, figures: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._name, self._text, self._quiet = icon, name, "", ""
        self._figures = figures
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, text: str, quiet: str = "") -> None:
        """Show a fact; an empty one hides the line."""
        self._text, self._quiet = text, quiet
        self.setVisible(bool(text))
        said = f"{text}, {quiet}" if quiet else text
        self.setAccessibleName(f"{self._name}: {said}")
        self.setToolTip(said)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        spot = line.start(16, 12)
        draw_icon(painter, spot.x(), (self.height() - 16) / 2, self._icon, 16, "text.tertiary")
        font = look.font("body", figures=self._figures)
        width = min(text_width(font, self._text) + 1, line.rest.width())
        place = line.start(width, 8)
        draw_text(painter, place, self._text, font, look.colour("text.primary"), line.align)
        if self._quiet and line.rest.width() > 24:
            quiet = look.colour("text.tertiary")
            draw_text(painter, line.rest, self._quiet, look.font("meta"), quiet, line.align)
