"""A card that offers one way to begin, and opens in place."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import dot
from medidesk.ui.kit.theme import theme


class _Disc(QWidget):
    """An icon on a soft disc."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(40, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        dot(painter, 20, 20, 20, theme().colour("accent.soft"))
        draw_icon(painter, 10, 10, self._icon, 20, "accent.text")


class WayCard(Panel):
    """One way to begin: what it is, a button, and what opens below.

    Args:
        icon: a Lucide name.
        title: the way in three words.
        line: what it means.
        button: chooses it.
        body: what opens; None where the button is enough.

    Signals:
        chosen(): its button was pressed.
    """

    chosen = Signal()

    def __init__(self, icon: str, title: str, line: str, button: Button, body: QWidget | None = None) -> None:
        super().__init__("bg.surface", "border.default")
        self.setAccessibleName(f"{title}. {line}")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 14, 16, 14)
        outer.setSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(_Disc(icon), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(title, "strong", "semibold", wrap=True))
        words.addWidget(Label(line, "meta", "regular", "text.secondary", wrap=True))
        row.addLayout(words, 1)
        self.button = button
        button.clicked.connect(self.chosen)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        outer.addLayout(row)
        self._body = body if body is not None else QWidget()
        self._body.hide()
        outer.addWidget(self._body)

    def open(self, *, opened: bool) -> None:
        """Show or fold away what belongs to this way."""
        self._body.setVisible(opened)
        self.button.setVisible(not opened)
