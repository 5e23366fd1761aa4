"""Beside the list: one person's account, and what an administrator can do about it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.models.access import AccountState
from medidesk.repositories.people import AccountRow, HeldRole, Me, RoleRow
from medidesk.ui import moments
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.inputs import Choice
from medidesk.ui.kit.label import Label, breakable
from medidesk.ui.newcomer_form import role_choices
from medidesk.ui.notice import Notice
from medidesk.ui.people.ask_first import AskFirst
from medidesk.ui.people.parts import head, part_of, quiet
from medidesk.ui.people.words import role_words
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.errors import MediDeskError
    from medidesk.sync.accounts import Accounts, AccountSeen

type Deed = Callable[[], Future[Any]]

_PADDING = 24


class PersonPanel(QWidget):
    """The panel.

    Args:
        accounts: what asks the server.
        branches: ids and names of the organisations.
        roles: those that can be given.
        own: whoever looks.

    Signals:
        wanted(str, Deed): something is to be done; with what is said once it is.
    """

    wanted = Signal(str, object)

    def __init__(
        self,
        accounts: Accounts,
        branches: list[tuple[UUID, str]],
        roles: list[RoleRow],
        own: Me,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._accounts, self._branches, self._all_roles, self._own = accounts, branches, roles, own
        self._shown: tuple[AccountRow | None, AccountSeen | None] | None = None
        self._above: QWidget | None = None
        self._problem = Notice("danger", "circle-alert")
        self._problem.hide()
        self._inner = QWidget()
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(_PADDING, 20, _PADDING, 20)
        self._column.setSpacing(16)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self.setAccessibleName(tr("The person chosen"))
        self.show_account(None, None)

    def show_account(self, row: AccountRow | None, seen: AccountSeen | None) -> None:
        """Show somebody; what is being asked stays where nothing about them is different."""
        if self._shown == (row, seen):
            return
        another = self._shown is None or self._shown[0] is None or row is None or self._shown[0].id != row.id
        self._shown = (row, seen)
        if another:
            self._problem.hide()
            self._take_above(None)
        self._fill()

    def set_choices(self, branches: list[tuple[UUID, str]], roles: list[RoleRow]) -> None:
        """The organisations and roles there are now."""
        if (branches, role_choices(roles)) != (self._branches, role_choices(self._all_roles)):
            self._branches, self._all_roles = branches, roles
            self._fill()

    def show_above(self, widget: QWidget) -> None:
        """Show something over the account until somebody else is chosen."""
        self._take_above(widget)
        self._fill()
        self._scroll.verticalScrollBar().setValue(0)

    def show_problem(self, problem: MediDeskError | None) -> None:
        """Say why something was not done; None takes that away."""
        self._problem.setVisible(problem is not None)
        if problem is not None:
            self._problem.say_problem(problem)
            self._scroll.ensureWidgetVisible(self._problem)

    def problem_words(self) -> str:
        """What the panel says about the last try."""
        return "" if self._problem.isHidden() else self._problem.words()

    def _take_above(self, widget: QWidget | None) -> None:
        if self._above is not None:
            self._above.hide()
            self._above.deleteLater()
        self._above = widget

    def _fill(self) -> None:
        kept = (self._above, self._problem)
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget not in kept:
                widget.hide()
                widget.deleteLater()
        for one in kept:
            if one is not None:
                self._column.addWidget(one)
        row, seen = self._shown or (None, None)
        if row is not None:
            self._column.addWidget(head(row, seen))
            if row.state is AccountState.REQUESTED:
                self._column.addWidget(self._request(row, seen))
            else:
                self._column.addWidget(self._roles(row))
                self._column.addWidget(self._sessions(row, seen))
                self._column.addWidget(self._password(row, seen))
                self._column.addWidget(self._standing(row))
        self._column.addStretch(1)
        for one in self._inner.findChildren(AskFirst):
            one.asked.connect(
                partial(QTimer.singleShot, 0, self, partial(self._scroll.ensureWidgetVisible, one))
            )

    # The parts

    def _request(self, row: AccountRow, seen: AccountSeen | None) -> QWidget:
        part, column = part_of(tr("Asked for"))
        request = seen.request if seen is not None else None
        if request is not None:
            words = tr("By {login}, {time}.", login=request.by, time=moments.when(request.at))
            column.addWidget(quiet(words))
        role = Choice(role_choices(self._all_roles))
        role.setAccessibleName(tr("Role"))
        role.set_value(request.role if request is not None else None)
        approve = Button(tr("Approve"), kind="primary", icon="check")
        approve.clicked.connect(lambda: self._approve(row, role))
        decline = AskFirst(
            tr("Decline"),
            "x",
            tr("Decline {name}? The user name is free again.", name=row.name),
            tr("Decline"),
        )
        decline.confirmed.connect(
            partial(self._want, tr("Declined"), partial(self._accounts.decide, row.login, None))
        )
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(role, 1)
        line.addWidget(approve)
        column.addLayout(line)
        column.addWidget(decline)
        return part

    def _approve(self, row: AccountRow, role: Choice) -> None:
        chosen = role.value()
        if chosen is not None:
            words = tr("{name} can sign in", name=row.name)
            self._want(words, partial(self._accounts.decide, row.login, str(chosen)))

    def _roles(self, row: AccountRow) -> QWidget:
        part, column = part_of(tr("Roles"))
        for held in row.roles:
            column.addWidget(self._held(row, held))
        if not row.roles:
            column.addWidget(quiet(tr("None: this person sees nothing.")))
        if row.state is AccountState.APPROVED:
            column.addLayout(self._give(row))
        return part

    def _held(self, row: AccountRow, held: HeldRole) -> QWidget:
        words = role_words(held, self._own.org_id)
        line = QWidget()
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Label(words, "body", "medium", wrap=True), 1)
        take = AskFirst(
            tr("Take away"),
            "x",
            tr("{name} no longer works as {role}, at once and everywhere.", name=row.name, role=words),
            tr("Take the role away"),
        )
        take.button.set_kind("link")
        take.confirmed.connect(
            partial(
                self._want,
                tr("{name} no longer has this role", name=row.name),
                partial(self._accounts.take_role, row.login, held.role, held.org_id),
            )
        )
        layout.addWidget(take, 0)
        return line

    def _give(self, row: AccountRow) -> QVBoxLayout:
        role, branch = Choice(role_choices(self._all_roles)), Choice(tuple(self._branches))
        role.setAccessibleName(tr("Role"))
        branch.setAccessibleName(tr("Branch"))
        if len(self._branches) < 2:
            branch.hide()
        role.set_value(None)
        role.setPlaceholderText(tr("One more role"))
        branch.set_value(self._own.org_id)
        give = Button(tr("Give"), icon="plus")

        def want() -> None:
            if role.value() is not None and isinstance(where := branch.value(), UUID):
                words = tr("{name} has one more role", name=row.name)
                self._want(words, partial(self._accounts.give_role, row.login, str(role.value()), where))
            else:
                role.setFocus()

        give.clicked.connect(want)
        lines = QVBoxLayout()
        lines.setSpacing(8)
        lines.addWidget(branch)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(role, 1)
        line.addWidget(give)
        lines.addLayout(line)
        return lines

    def _sessions(self, row: AccountRow, seen: AccountSeen | None) -> QWidget:
        part, column = part_of(tr("Signed in"))
        sessions = seen.sessions if seen is not None else ()
        for one in sessions:
            words = tr(
                "{address}, since {since}, last active {active}",
                address=one.address or tr("the server itself"),
                since=moments.when(one.since),
                active=moments.when(one.active_at),
            )
            column.addWidget(Label(breakable(words), "body", "regular", figures=True, wrap=True))
        if not sessions:
            words = tr("Nowhere at the moment.") if seen is not None else tr("Not known without the server.")
            column.addWidget(quiet(words))
        elif row.login != self._own.login:
            out = AskFirst(
                tr("Sign out everywhere"),
                "log-out",
                tr("Each PC asks {name} for the password again. What was entered is kept.", name=row.name),
                tr("Sign out"),
                danger=False,
            )
            out.confirmed.connect(
                partial(
                    self._want,
                    tr("{name} is signed out", name=row.name),
                    partial(self._accounts.sign_out, row.login),
                )
            )
            column.addWidget(out)
        return part

    def _password(self, row: AccountRow, seen: AccountSeen | None) -> QWidget:
        part, column = part_of(tr("Password"))
        if seen is not None and seen.password_set_at is not None:
            words = (
                tr("Set by an administrator {time}, to be changed at the next sign-in.")
                if seen.must_change_password
                else tr("Changed {time}.")
            ).replace("{time}", moments.when(seen.password_set_at))
            column.addWidget(quiet(words))
        if row.login == self._own.login:
            column.addWidget(quiet(tr("Change your own from the menu with your name.")))
        elif row.state is AccountState.APPROVED:
            reset = AskFirst(
                tr("Set a new password"),
                "key-round",
                tr(
                    "The old one is good no more, and {name} is signed out everywhere. You hand the new one over.",
                    name=row.name,
                ),
                tr("Set a new password"),
                danger=False,
            )
            reset.confirmed.connect(
                partial(
                    self._want,
                    tr("{name} has a new password", name=row.name),
                    partial(self._accounts.reset_password, row.login),
                )
            )
            column.addWidget(reset)
        return part

    def _standing(self, row: AccountRow) -> QWidget:
        part, column = part_of(tr("Account"))
        if row.state is AccountState.SUSPENDED:
            again = Button(tr("Let in again"), icon="user-check")
            again.clicked.connect(
                partial(
                    self._want,
                    tr("{name} can sign in", name=row.name),
                    partial(self._accounts.let_in_again, row.login),
                )
            )
            column.addWidget(again, 0, Qt.AlignmentFlag.AlignLeading)
            return part
        suspend = AskFirst(
            tr("Suspend"),
            "user-x",
            tr("{name} can no longer sign in, and is signed out at once. Nothing is deleted.", name=row.name),
            tr("Suspend"),
        )
        suspend.confirmed.connect(
            partial(
                self._want,
                tr("{name} is suspended", name=row.name),
                partial(self._accounts.suspend, row.login),
            )
        )
        column.addWidget(suspend)
        return part

    def _want(self, done: str, deed: Deed, *_pressed: object) -> None:
        self.wanted.emit(done, deed)
