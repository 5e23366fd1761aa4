"""A warning above the line it concerns: what it is, what follows, and the ways on."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, draw_text, fill
from medidesk.ui.kit.theme import theme, tokens

_ICONS = {
    "danger": "octagon-alert",
    "warning": "triangle-alert",
    "info": "info",
    "success": "circle-check",
    "violet": "info",
    "accent": "info",
    "neutral": "info",
}


class InlineWarning(QWidget):
    """56 px high, a soft ground and a 3 px bar.

    Args:
        tone: "danger" or "warning" as a rule.
        title: what it is.
        line: the consequence.
        buttons: the ways on, each carrying its key.
        icon: another icon than the tone's.
    """

    def __init__(
        self,
        tone: str,
        title: str,
        line: str = "",
        buttons: Sequence[Button] = (),
        *,
        icon: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tone, self._icon = tone, icon or _ICONS[tone]
        self._title, self._line = title, line
        self._buttons = tuple(buttons)
        self.setFixedHeight(int(tokens["inline_warning"]))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(8)
        row.addStretch(1)
        for button in self._buttons:
            row.addWidget(button)
        self.set_words(title, line)

    def set_words(self, title: str, line: str) -> None:
        """Say something else."""
        self._title, self._line = title, line
        self.setAccessibleName(f"{title}. {line}" if line else title)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        fill(painter, self.rect(), look.tone(self._tone, "soft"))
        row = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        bar = int(tokens["border"]["state_bar"])
        fill(painter, row.start(bar, 21), look.tone(self._tone, "base"))
        spot = row.start(18, 10)
        for button in self._buttons:
            if not button.isHidden():
                row.end(button.width(), 8)
        row.end(24)
        top = 10.0 if self._line else 18.0
        draw_icon(painter, spot.x(), top + 1, self._icon, 18, look.tone(self._tone, "text"))
        rest = row.rest
        upper = QRectF(rest.x(), top, rest.width(), 20)
        font = look.font("body", "semibold")
        draw_text(painter, upper, self._title, font, look.tone(self._tone, "text"), row.align, owner=self)
        if self._line:
            lower = QRectF(rest.x(), 30, rest.width(), 16)
            ink = look.colour("text.primary")
            draw_text(painter, lower, self._line, look.font("meta"), ink, row.align, owner=self)
