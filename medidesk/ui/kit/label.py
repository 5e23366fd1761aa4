"""A line or paragraph of text in one of the theme's roles."""

import re

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from medidesk.ui.kit.paint import LEFT, RIGHT, draw_text
from medidesk.ui.kit.theme import Role, Weight, theme, theme_signals

_LONGEST_WORD = 24


def unbroken(text: str) -> str:
    """The text as one that a paragraph does not break within: a date, a number, a name."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def breakable(text: str) -> str:
    """The text with places to break within words too long for any line, such as an address on the web."""
    return re.sub(rf"(\S{{{_LONGEST_WORD}}})(?=\S)", "\\1\N{ZERO WIDTH SPACE}", text)


class Label(QLabel):
    """Text that takes its font and colour from the theme, and follows when it changes.

    Args:
        text: the words; plain text only, so that nothing typed is read as markup.
        role: the size role.
        weight: of the font.
        colour: a colour token.
        figures: digits of one width.
        wrap: break into lines.
        elide: shorten with "…" when there is no room (and put the whole in the tool tip).
    """

    def __init__(
        self,
        text: str = "",
        role: Role = "body",
        weight: Weight = "regular",
        colour: str = "text.primary",
        *,
        figures: bool = False,
        wrap: bool = False,
        elide: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._role, self._weight, self._colour = role, weight, colour
        self._figures, self._elide = figures, elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if elide:
            self.setMinimumWidth(24)
        theme_signals().theme_changed.connect(self._dress)
        self._dress()
        self._align()

    def set_colour(self, colour: str) -> None:
        """Take another colour token."""
        self._colour = colour
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._elide:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        look = theme()
        align = RIGHT if self.isRightToLeft() else LEFT
        font = look.font(self._role, self._weight, figures=self._figures)
        width = draw_text(
            painter, self.contentsRect(), self.text(), font, look.colour(self._colour), align, owner=self
        )
        self.setToolTip(self.text() if self.fontMetrics().horizontalAdvance(self.text()) > width + 1 else "")

    def _align(self) -> None:
        """Lie at the reading side of the page, also for a name in the other script."""
        if not self.alignment() & Qt.AlignmentFlag.AlignHCenter:
            upright = self.alignment() & Qt.AlignmentFlag.AlignVertical_Mask
            self.setAlignment((RIGHT if self.isRightToLeft() else LEFT) | upright)
        self.update()

    def _dress(self) -> None:
        look = theme()
        self.setFont(look.font(self._role, self._weight, figures=self._figures))
        self.setMinimumHeight(look.line(self._role))
        palette = self.palette()
        palette.setColor(self.foregroundRole(), look.colour(self._colour))
        self.setPalette(palette)
