"""Cash needs an open drawer: it is opened where the cash is taken."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.ui.billing.drawer import Drawer
from medidesk.ui.billing.pay_parts import EnterField
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.inputs import set_state
from medidesk.ui.kit.label import Label
from medidesk.words import tr


class OpenInPlace(Panel):
    """A box that asks for the float.

    Signals:
        opened(): the drawer is open now.
    """

    opened = Signal()

    def __init__(self, drawer: Drawer, parent: QWidget | None = None) -> None:
        super().__init__("warning.soft", "warning.border", parent=parent)
        self._drawer = drawer
        self._busy = False
        title = tr("Cash needs your drawer to be open")
        self.setAccessibleName(title)
        self.field = EnterField()
        self.field.entered.connect(self.open)
        self.button = Button(tr("Open it"), kind="secondary", icon="lock-open", key="Return")
        self.button.clicked.connect(self.open)
        self._label = Label(tr("Cash in it now"), "meta", "medium")
        self.field.setAccessibleName(self._label.text())
        self._counted = Label("", "meta", "regular", "text.secondary", wrap=True)
        self._problem = Label("", "meta", "regular", "danger.text", wrap=True)
        self._problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(4)
        column.addWidget(Label(title, "body", "semibold", "warning.text", wrap=True))
        column.addWidget(self._label)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.button)
        column.addLayout(row)
        column.addWidget(self._counted)
        column.addWidget(self._problem)
        drawer.changed.connect(self._changed)
        self._fill_in()

    def is_needed(self) -> bool:
        """Whether it is closed."""
        return self._drawer.row is None

    def arrive(self) -> None:
        """The float is asked for."""
        self.field.setFocus()
        self.field.selectAll()

    def open(self) -> None:
        """Open it, once."""
        if not self._busy:
            self._busy = True
            self._problem.hide()
            set_state(self.field, "")
            self._drawer.open(self.field.text(), self._done, self._failed)

    def _fill_in(self) -> None:
        self.field.setText(self._drawer.first_float())
        self._counted.setText(self._drawer.handover_words())
        self._counted.setVisible(bool(self._counted.text()))

    def _changed(self) -> None:
        if self._drawer.row is None:
            self._fill_in()
        self.opened.emit()

    def _done(self, outcome: Any) -> None:
        self._busy = False
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self._say(str(reason))
        else:
            self._drawer.refresh()

    def _failed(self, problem: MediDeskError) -> None:
        self._busy = False
        self._say(str(problem))

    def _say(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._problem.show()
        set_state(self.field, "refused")
        self.arrive()
