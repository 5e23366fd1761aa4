"""A change the server refused: what it was, why, and discarding it with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui import moments
from medidesk.ui.changes.reason import ReasonRow
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.label import Label
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention


class RefusedCard(Panel):
    """The card. What was refused stays kept until somebody says why it may go, or sends it again.

    Args:
        entry: what was refused.
        edit: the word of the button that opens what it is about; none when empty.

    Signals:
        discarded(str): the reason.
        edit_asked(): that button was pressed.
    """

    discarded = Signal(str)
    edit_asked = Signal()

    def __init__(self, entry: Attention, edit: str = "", parent: QWidget | None = None) -> None:
        super().__init__("bg.surface", "danger.border", parent=parent)
        self.setAccessibleName(". ".join(filter(None, (entry.title, entry.line, entry.sentence))))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 12)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.addWidget(Label(entry.title, "body", "semibold", wrap=True), 1)
        head.addWidget(Label(moments.when(entry.made_at), "meta", "regular", "text.tertiary", figures=True))
        column.addLayout(head)
        if entry.line:
            column.addWidget(Label(entry.line, "meta", "regular", "text.primary", wrap=True, figures=True))
        column.addWidget(Label(entry.sentence, "meta", "regular", "text.secondary", wrap=True))
        if entry.author:
            by = tr("Made by “{login}”. Kept until you decide.", login=entry.author)
            column.addWidget(Label(by, "meta", "regular", "text.tertiary"))
        column.addSpacing(8)
        self._ask = Button(tr("Discard…"), kind="danger")
        row = QHBoxLayout()
        row.setSpacing(8)
        if edit:
            self.edit = Button(edit, icon="pencil")
            self.edit.clicked.connect(self.edit_asked)
            row.addWidget(self.edit)
        row.addWidget(self._ask)
        row.addStretch(1)
        column.addLayout(row)
        self._reason = ReasonRow(self._ask)
        self._reason.given.connect(self.discarded)
        column.addWidget(self._reason)

    def arrive(self) -> None:
        """Put the focus on what can be done."""
        self._reason.arrive()
