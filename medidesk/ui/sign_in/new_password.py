"""Choosing a new password, in the place where the old one is typed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.errors import DomainError, MediDeskError, SignInRefused
from medidesk.passwords import LEAST
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.caption import Caption
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.password_field import PasswordField
from medidesk.ui.notice import Notice
from medidesk.words import tr


class NewPassword(QWidget):
    """The old password, unless it is known, and the new one twice.

    Signals:
        chosen(old, new): this is what it shall be.
        given_up(): it stays as it is.
    """

    chosen = Signal(str, str)
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known = ""
        self._old, self._old_pair = _pair(tr("Current password"))
        rule = tr(
            "At least {count} characters. Four words that do not belong together are good.", count=LEAST
        )
        self._new, new_pair = _pair(tr("New password"), rule)
        self._again, again_pair = _pair(tr("New password again"))
        self._unlike = Notice("warning", "key-round")
        self._unlike.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for pair in (self._old_pair, new_pair, again_pair):
            column.addWidget(pair)
        column.addWidget(self._unlike)
        column.addLayout(self._verbs())
        self._old.returnPressed.connect(self._new.setFocus)
        self._new.returnPressed.connect(self._again.setFocus)
        self._again.returnPressed.connect(self._choose)
        for field in (self._old, self._new, self._again):
            field.textEdited.connect(self._unlike.hide)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self.given_up)

    def begin(self, old: str = "") -> None:
        """Ask anew; the password until now is asked for only where it is not given."""
        self._known = old
        for field in (self._old, self._new, self._again):
            field.clear()
            field.hide_again()
        self._unlike.hide()
        self._old_pair.setVisible(not old)
        (self._new if old else self._old).setFocus()

    def take_problem(self, problem: MediDeskError) -> None:
        """Put the focus where it can be mended."""
        if isinstance(problem, SignInRefused) and not self._known:
            field = self._old
        elif isinstance(problem, DomainError):
            self._again.clear()
            field = self._new
        else:
            field = self._again
        field.selectAll()
        field.setFocus()

    def end(self) -> None:
        """Forget what was typed."""
        self.begin()
        self.hide()

    def _verbs(self) -> QHBoxLayout:
        row = QHBoxLayout()
        leave = Button(tr("Not now"), kind="link", key="Esc")
        leave.clicked.connect(self.given_up)
        go = Button(tr("Set the password"), kind="primary", key="Return", size="counter")
        go.clicked.connect(self._choose)
        row.addWidget(leave)
        row.addStretch(1)
        row.addWidget(go)
        return row

    def _choose(self) -> None:
        old = self._known or self._old.text()
        empty = [one for one in (self._old, self._new, self._again) if one.isVisible() and not one.text()]
        if empty:
            empty[0].setFocus()
        elif self._new.text() != self._again.text():
            self._unlike.say(
                tr("The two new passwords are not the same"), tr("Type the same one in both fields.")
            )
            self._again.selectAll()
            self._again.setFocus()
        else:
            self.chosen.emit(old, self._new.text())


def _pair(name: str, rule: str = "") -> tuple[PasswordField, QWidget]:
    """A password field under its label, and the rule for it below."""
    field, pair = PasswordField(), QWidget()
    column = QVBoxLayout(pair)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    column.addWidget(Caption(field, name))
    column.addWidget(field)
    if rule:
        column.addWidget(Label(rule, "meta", "regular", "text.tertiary", wrap=True))
    return field, pair
