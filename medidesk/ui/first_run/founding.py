"""What a practice with one PC is asked: its name, who works there, and a password."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.ui.first_run.actions import Founder
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.form import Field, Form, FormSpec
from medidesk.ui.kit.label import Label
from medidesk.words import tr


class FoundingForm(QWidget):
    """The form of a clinic on this PC alone.

    Signals:
        founded(Founder): everything was given.
        unlike(): the two passwords are not the same.
    """

    founded = Signal(object)
    unlike = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = Form(
            FormSpec(
                (
                    Field("clinic", tr("Name of the practice"), required=True, max_length=200, span=2),
                    Field("family_name", tr("Your family name"), required=True, max_length=100),
                    Field("given_name", tr("Your given name"), max_length=100),
                    Field("login", tr("User name"), required=True, max_length=63, help=tr("Small letters")),
                )
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self._form)
        row = QHBoxLayout()
        row.setSpacing(16)
        self._password = _secret(row, tr("Password"))
        self._again = _secret(row, tr("Password again"))
        self._again.returnPressed.connect(self._found)
        column.addLayout(row)
        verbs = QHBoxLayout()
        verbs.addStretch(1)
        go = Button(tr("Set up and sign in"), kind="primary")
        go.clicked.connect(self._found)
        verbs.addWidget(go)
        column.addLayout(verbs)

    def arrive(self) -> None:
        """The first field takes what is typed."""
        self._form.focus()

    def take_problem(self, problem: DomainError) -> bool:
        """Show a problem beside its field; says whether it is one of these."""
        if problem.field is None or problem.field not in self._form.values():
            return False
        self._form.set_problem(problem.field, problem.sentence)
        self._form.focus(problem.field)
        return True

    def _found(self) -> None:
        if not self._form.check():
            return
        password = self._password.text()
        if not password or password != self._again.text():
            self.unlike.emit()
            self._password.setFocus()
            return
        values = {name: str(value or "") for name, value in self._form.values().items()}
        self.founded.emit(Founder(password=password, **values))


def _secret(row: QHBoxLayout, name: str) -> QLineEdit:
    """A password field under its label."""
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setAccessibleName(name)
    label = Label(name, "meta", "medium")
    label.setBuddy(line)
    pair = QVBoxLayout()
    pair.setSpacing(2)
    pair.addWidget(label)
    pair.addWidget(line)
    row.addLayout(pair, 1)
    return line
