"""The heading of one part of the page of changes."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label


class Heading(QWidget):
    """Icon, words and a count.

    Args:
        icon, tone: the icon and its tone, "danger" or "warning".
        words: what the part is.
        count: of entries.
        note: quiet, at the end.
    """

    def __init__(self, icon: str, tone: str, words: str, count: int, note: str = "") -> None:
        super().__init__()
        self._icon, self._tone = icon, tone
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addSpacing(24)
        row.addWidget(Label(words, "section", "semibold"))
        self._count = Label(str(count), "section", "regular", f"{tone}.text", figures=True)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(Label(note, "meta", "regular", "text.tertiary"))
        self.setFixedHeight(24)

    def set_count(self, count: int) -> None:
        """Show another count."""
        self._count.setText(str(count))

    def paintEvent(self, event: QPaintEvent) -> None:
        x = self.width() - 16 if self.isRightToLeft() else 0
        draw_icon(QPainter(self), x, 4, self._icon, 16, f"{self._tone}.text")
