"""The list of what waits to be sent, each change in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui import moments
from medidesk.ui.changes.question import Question
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.chip import Chip, waiting_chip
from medidesk.ui.kit.label import Label, unbroken
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.theme import theme
from medidesk.words import tr

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


class _Foot(Question):
    """Under a colleague's work: whose it is, and having the server take it all the same.

    Signals:
        confirmed(): an administrator answers for it.
    """

    confirmed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(8)
        self._words = Label("", "meta", "regular", "text.secondary", wrap=True)
        row.addWidget(self._words, 1)
        self.release = Button(tr("Release…"))
        self.release.clicked.connect(self._ask)
        self.confirm = Button(tr("Release"), kind="danger")
        self.confirm.clicked.connect(self._go)
        self._cancel = Button(tr("Cancel"))
        self._cancel.clicked.connect(self.rest)
        for button in (self.release, self.confirm, self._cancel):
            row.addWidget(button)
        self.rest()

    def rest(self) -> None:
        """Nothing is asked."""
        back = self._cancel.hasFocus() or self.confirm.hasFocus()
        self._busy = False
        self._words.setText(tr("Entered by {name}, and sent in their name.", name=unbroken(self._name)))
        self.release.show()
        self.confirm.hide()
        self._cancel.hide()
        if back:
            self.release.setFocus()

    def asking(self) -> bool:
        return self.confirm.isVisible()

    def put_off(self) -> None:
        self.rest()

    def _ask(self) -> None:
        self._words.setText(
            tr(
                "For when {name} can no longer sign in: the server takes it in their name, "
                "and its records name you, who answers for it.",
                name=unbroken(self._name),
            )
        )
        self.release.hide()
        self.confirm.show()
        self._cancel.show()
        self._cancel.setFocus()

    def _go(self) -> None:
        if self._busy:
            return
        self._busy = True
        self._words.setText(tr("Asking the server…"))
        self.confirmed.emit()


class WaitingCard(Panel):
    """What waits, oldest first: the order in which it is sent.

    Args:
        name: whose it is, where whoever looks can release it; else empty.

    Signals:
        release_asked(): an administrator has confirmed that they answer for it.
    """

    release_asked = Signal()

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._shown: tuple[Waiting, ...] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 4)
        column.setSpacing(0)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(0)
        column.addLayout(self._lines)
        self.foot: _Foot | None = None
        if name:
            self.foot = _Foot(name)
            self.foot.confirmed.connect(self.release_asked)
            column.addWidget(self.foot)

    def show_entries(self, entries: Sequence[Waiting]) -> None:
        """Show these; what is asked under them stays asked."""
        if tuple(entries) == self._shown:
            return
        self._shown = tuple(entries)
        while (item := self._lines.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.hide()
                line.deleteLater()
        for at, entry in enumerate(entries):
            self._lines.addWidget(_Line(entry, first=at == 0))
