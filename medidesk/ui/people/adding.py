"""Somebody new: who they are, and in which role they work."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.repositories.people import RoleRow
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.ui.newcomer_form import NewcomerForm
from medidesk.ui.notice import Notice
from medidesk.words import tr


class AddPerson(QWidget):
    """The form over the panel.

    Args:
        branches: ids and names of the organisations; where there is one, nobody is asked.
        roles: those that there are.
        own: the organisation of whoever adds them.

    Signals:
        wanted(Newcomer): let them in.
        left(): not now.
    """

    wanted = Signal(object)
    left = Signal()

    def __init__(
        self,
        branches: list[tuple[UUID, str]],
        roles: list[RoleRow],
        own: UUID,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.form = NewcomerForm(branches, roles, own)
        self._problem = Notice("danger", "circle-alert")
        self._problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(Label(tr("Add a person"), "section", "semibold"))
        column.addWidget(self.form)
        column.addWidget(self._problem)
        row = QHBoxLayout()
        row.setSpacing(12)
        go = Button(tr("Add"), kind="primary", icon="user-plus")
        go.clicked.connect(self.submit)
        leave = Button(tr("Not now"), kind="link", key="Esc")
        leave.clicked.connect(self.left)
        row.addWidget(go)
        row.addWidget(leave)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)

    def arrive(self) -> None:
        """The first field takes what is typed."""
        self.form.focus()

    def submit(self) -> None:
        """Ask for what was typed, if it is whole."""
        who = self.form.newcomer()
        if who is not None:
            self._problem.hide()
            self.wanted.emit(who)

    def show_problem(self, problem: MediDeskError) -> None:
        """Say why nobody was added; what was typed stays."""
        self._problem.say_problem(problem)
        self.form.focus("login")

    def problem_words(self) -> str:
        """What the form says about the last try."""
        return "" if self._problem.isHidden() else self._problem.words()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.submit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
