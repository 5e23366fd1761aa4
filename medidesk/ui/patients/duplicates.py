"""Who is on file already and could be the same person; shown while a registration is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.repositories.patients import Candidate
from medidesk.ui import moments
from medidesk.ui.kit.avatar import Avatar
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label, unbroken
from medidesk.ui.patients.words import joined
from medidesk.words import tr


class _Heading(QWidget):
    """The icon and the words."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(24)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addSpacing(24)
        row.addWidget(Label(tr("Could be the same person"), "body", "semibold", "warning.text"))
        row.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        x = self.width() - 16 if self.isRightToLeft() else 0
        draw_icon(QPainter(self), x, QRectF(self.rect()).center().y() - 8, "users", 16, "warning.text")


class Duplicates(Panel):
    """The box; hidden while nobody comes near.

    Args:
        open_file: opens the file of a candidate.
    """

    def __init__(self, open_file: Callable[[Candidate], None], parent: QWidget | None = None) -> None:
        super().__init__("warning.soft", "warning.border", parent=parent)
        self._open_file = open_file
        self._shown: tuple[Candidate, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 10)
        self._column.setSpacing(6)
        self._column.addWidget(_Heading())
        self._rows: list[QWidget] = []
        self.hide()

    def candidates(self) -> tuple[Candidate, ...]:
        """Who is shown."""
        return self._shown

    def show_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Show these people and why."""
        fresh = tuple(candidates)
        if fresh == self._shown:
            return
        self._shown = fresh
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [self._row(candidate) for candidate in fresh]
        for row in self._rows:
            self._column.addWidget(row)
        self.setVisible(bool(fresh))
        names = ", ".join(candidate.row.name for candidate in fresh)
        self.setAccessibleName(tr("Could be the same person: {names}", names=names))

    def _row(self, candidate: Candidate) -> QWidget:
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(Avatar(candidate.row.name, 28))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(candidate.row.name, "body", "semibold", elide=True))
        who = candidate.row
        birth = unbroken(moments.born(who.born_on, estimated=who.born_estimated)) if who.born_on else ""
        line = joined(", ".join(candidate.reasons), who.number, birth)
        words.addWidget(Label(line, "meta", "regular", "text.secondary", wrap=True))
        row.addLayout(words, 1)
        button = Button(tr("Open"), kind="link")
        button.setAccessibleName(tr("Open the file of {name}", name=candidate.row.name))
        button.clicked.connect(lambda: self._open_file(candidate))
        row.addWidget(button)
        return widget
