"""A panel beside a page: one small form, or a search; never a dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.ui.kit.button import IconButton
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.side import paint_side
from medidesk.ui.kit.theme import theme
from medidesk.words import tr

WIDTH = 400


class SidePanel(QWidget):
    """Title, cross, and what the subclass puts into `body` and below it.

    Signals:
        close_asked(): the cross, or Escape.
    """

    close_asked = Signal()

    def __init__(self, title: str, line: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(title)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 0, 0, 0)
        self._column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(20, 12, 12, 8)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(title, "section", "semibold", wrap=True))
        if line:
            words.addWidget(Label(line, "meta", "regular", "text.secondary", wrap=True))
        head.addLayout(words, 1)
        cross = IconButton("x", tr("Close"))
        cross.clicked.connect(self.close_asked)
        head.addWidget(cross, 0, Qt.AlignmentFlag.AlignTop)
        self._head = QWidget()
        self._head.setLayout(head)
        self._column.addWidget(self._head)
        inner = QWidget()
        self.body = QVBoxLayout(inner)
        self.body.setContentsMargins(20, 12, 20, 16)
        self.body.setSpacing(12)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._column.addWidget(self._scroll, 1)

    def set_foot(self, foot: QWidget) -> None:
        """What stands below the scrolled part."""
        self._column.addWidget(foot)

    def arrive(self) -> None:
        """Put the focus into the panel."""
        self.setFocus()

    def submit(self) -> None:
        """What Ctrl+Enter does."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_side(self, painter)
        rule(painter, 0, self.width(), self._head.geometry().bottom() + 1, theme().colour("border.subtle"))
