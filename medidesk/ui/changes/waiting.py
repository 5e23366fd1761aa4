"""The list of what waits to be sent, each change in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui import moments
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.chip import Chip, waiting_chip
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.theme import theme

if TYPE_CHECKING:
    from medidesk.station import Waiting


class _Line(QWidget):
    """One change."""

    def __init__(self, entry: Waiting, *, first: bool) -> None:
        super().__init__()
        self._first = first
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        time = Label(moments.when(entry.made_at), "meta", "regular", "text.secondary", figures=True)
        time.setMinimumWidth(40)
        row.addWidget(time)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(Label(entry.title, "body", "semibold", elide=True))
        if entry.line:
            words.addWidget(Label(entry.line, "meta", "regular", "text.secondary", elide=True))
        words.addStretch(1)
        row.addLayout(words, 1)
        row.addWidget(Chip.from_look(waiting_chip(words=True)))
        self.setFixedHeight(52)
        self.setAccessibleName(f"{moments.when(entry.made_at)}, {entry.title}, {entry.line}")

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._first:
            rule(QPainter(self), 0, self.width(), 1, theme().colour("border.subtle"))


class WaitingCard(Panel):
    """All of them, oldest first: the order in which they are sent."""

    def __init__(self, entries: Sequence[Waiting], parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 4)
        column.setSpacing(0)
        for at, entry in enumerate(entries):
            column.addWidget(_Line(entry, first=at == 0))
