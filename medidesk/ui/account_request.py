"""Asking for an account: a colleague says who somebody new is, who types a password; an administrator decides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.passwords import LEAST
from medidesk.repositories import people
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.caption import Caption
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.password_field import PasswordField
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.kit.theme import tokens
from medidesk.ui.newcomer_form import NewcomerForm
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk, Page
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.accounts import Newcomer

KEY = "account-request"
_WIDEST = 560


class AccountRequest(Page):
    """The page. What is typed into it is not kept as a draft: a password goes to no file."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, KEY, tr("Ask for an account"), "user-plus", parent)
        self._busy = False
        read = desk.station.read
        self.form = NewcomerForm(read(people.branches), read(people.roles), desk.station.user.org_id)
        self.password, self.again = PasswordField(), PasswordField()
        self._problem = Notice("danger", "circle-alert")
        self._problem.hide()
        self._go = Button(tr("Ask"), kind="primary", icon="send", key="Ctrl+Return")
        self._go.clicked.connect(self.submit)
        self._lay_out()
        self.keys.bind("Ctrl+Return", tr("Ask"), self.submit)
        self.keys.bind("Ctrl+Enter", tr("Ask"), self.submit, hint=False)
        self.keys.bind("Escape", tr("Not now"), self._leave)
        self.again.returnPressed.connect(self.submit)
        chain_tabs(self)

    def arrive(self) -> None:
        """The first field takes what is typed."""
        self.form.focus()

    def submit(self) -> None:
        """Ask, if everything is there and both passwords are one; once, however often it is pressed."""
        who = None if self._busy else self.form.newcomer()
        if who is None:
            return
        empty = next((one for one in (self.password, self.again) if not one.text()), None)
        if empty is not None:
            empty.setFocus()
        elif self.password.text() != self.again.text():
            self._problem.say(
                tr("The two passwords are not the same"), tr("Type the same one in both fields.")
            )
            self.again.selectAll()
            self.again.setFocus()
        else:
            self._ask(who)

    def problem_words(self) -> str:
        """What the page says about the last try."""
        return "" if self._problem.isHidden() else self._problem.words()

    def _ask(self, who: Newcomer) -> None:
        self._busy = True
        self._problem.hide()
        asked = self.desk.station.administration.accounts.request(who, self.password.text())
        self.desk.bridge.bring(asked, partial(self._answered, who))

    def _answered(self, who: Newcomer, problem: BaseException | None) -> None:
        self._busy = False
        if isinstance(problem, MediDeskError):
            self._show_problem(problem)
            return
        if problem is not None:
            raise problem
        name = f"{who.given_name} {who.family_name}".strip()
        self.desk.toast(
            tr("An account for {name} was asked for", name=name),
            tr("An administrator lets them in; then the password they typed is theirs."),
            icon="user-plus",
        )
        self._leave()

    def _show_problem(self, problem: MediDeskError) -> None:
        self._problem.say_problem(problem)
        of_password = isinstance(problem, DomainError) and problem.field == "new"
        if of_password:
            self.again.clear()
            self.password.selectAll()
            self.password.setFocus()
        else:
            self.form.focus("login")

    def _leave(self) -> None:
        self.desk.close_page(self)

    def _lay_out(self) -> None:
        body = QWidget()
        body.setMaximumWidth(_WIDEST + 48)
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 16, 24, 24)
        column.setSpacing(16)
        column.addWidget(Label(tr("Ask for an account"), "title", "semibold"))
        column.addWidget(
            Label(
                tr(
                    "For a colleague who is new here, and who types the password themselves: nobody else knows it. "
                    "An administrator decides."
                ),
                "body",
                "regular",
                "text.secondary",
                wrap=True,
            )
        )
        column.addWidget(self.form)
        pair = QGridLayout()
        pair.setHorizontalSpacing(16)
        pair.setVerticalSpacing(0)
        for at, (field, words) in enumerate(
            ((self.password, tr("Password")), (self.again, tr("Password again")))
        ):
            field.setFixedHeight(int(tokens["control"]["default"]))
            pair.addWidget(Caption(field, words, in_form=True), 0, at)
            pair.addWidget(field, 1, at)
        column.addLayout(pair)
        rule = tr(
            "At least {count} characters. Four words that do not belong together are good.", count=LEAST
        )
        column.addWidget(Label(rule, "meta", "regular", "text.tertiary", wrap=True))
        column.addWidget(self._problem)
        row = QHBoxLayout()
        row.setSpacing(12)
        leave = Button(tr("Not now"), kind="link", key="Esc")
        leave.clicked.connect(self._leave)
        row.addWidget(self._go)
        row.addWidget(leave)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 0, 0, 0)
        whole.addWidget(scroll)


def ask_for_account(desk: Desk) -> AccountRequest:
    """Open the page."""
    page = desk.open(KEY, lambda: AccountRequest(desk))
    if not isinstance(page, AccountRequest):
        raise TypeError(page.key)
    return page
