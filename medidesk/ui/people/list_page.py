"""The people who can sign in: who they are, what they may do, where they are signed in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.models.search import fold
from medidesk.repositories import people
from medidesk.repositories.people import AccountRow
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.list_frame import list_frame
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.side import Side
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.page import Desk, Page
from medidesk.ui.people.adding import AddPerson
from medidesk.ui.people.first_password import FirstPassword
from medidesk.ui.people.panel import PersonPanel
from medidesk.ui.people.roles_page import open_roles
from medidesk.ui.people.words import Seen, roles_words, signed_in_words, state_chip
from medidesk.ui.side_by_side import SideBySide
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Changed
    from medidesk.sync.accounts import Newcomer

_FOLDS_BELOW, _WIDTHS, _WIDE_FROM = 1024, (400, 460), 1240
_TABLES = frozenset({"user_account", "user_role", "role", "staff", "organisation"})


class ListPage(Page):
    """Search, table, and the person chosen."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "people", tr("People"), "circle-user", parent)
        self._seen: Seen = {}
        self._all: list[AccountRow] = []
        self._branches = desk.station.read(people.branches)
        self._roles = desk.station.read(people.roles)
        self._busy = self._asking = self._waits = False
        self.search = SearchBox(tr("Name, user name or role"), large=True)
        self.table = Table(self._columns(), name=tr("People"))
        station = desk.station
        self.panel = PersonPanel(station.administration.accounts, self._branches, self._roles, station.user)
        self.adding = AddPerson(self._branches, self._roles, self.desk.station.user.org_id)
        self.adding.hide()
        self._source = FoundRows[AccountRow]()
        self._lay_out()
        self.table.drive_from(self.search)
        self.search.searched.connect(self._search)
        self.table.chosen.connect(self._show_chosen)
        self.panel.wanted.connect(self._want)
        self.adding.wanted.connect(self._add)
        self.adding.left.connect(self._leave_adding)
        desk.bridge.sync_changed.connect(self._synced)
        self.keys.list_only("Up, Down", tr("Choose"))
        self.keys.bind("Alt+N", tr("Add a person"), self.start_adding)
        self.keys.bind("Alt+R", tr("Roles"), self._open_roles)
        self.keys.bind("Ctrl+F", tr("Search"), self.search.setFocus)
        self.keys.bind("F5", tr("Ask the server again"), self._ask_server)
        self.refresh(None)
        self._ask_server()

    def arrive(self) -> None:
        """The search field takes what is typed."""
        self.search.setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now; the choice stays."""
        if news is not None and not news.everything and not _TABLES & set(news.tables):
            return
        self._all = self.desk.station.read(people.accounts)
        self._branches = self.desk.station.read(people.branches)
        self._roles = self.desk.station.read(people.roles)
        self.panel.set_choices(self._branches, self._roles)
        self._count.setText(counted(len(self._all), "{count} account", "{count} accounts"))
        self._show_rows()
        if news is not None:
            self._ask_server()

    def _search(self, _typed: str) -> None:
        self._show_rows()

    def _show_rows(self) -> None:
        words = fold(self.search.text()).split()
        found = [row for row in self._all if all(word in self._searched(row) for word in words)]
        self.table.show_found(self._source, found)
        self._show_chosen(self.table.current_row())

    def _searched(self, row: AccountRow) -> str:
        return fold(f"{row.name} {row.login} {roles_words(row.roles, None)}")

    def _show_chosen(self, row: AccountRow | None) -> None:
        self.panel.show_account(row, None if row is None else self._seen.get(row.login))

    def _open_roles(self) -> None:
        open_roles(self.desk)

    # The server

    def _synced(self, state: Any) -> None:
        away = state.state in {"offline", "reconnecting"}
        self._away.setVisible(away)
        if self._waits and not away:
            self._waits = False
            self._ask_server()
        elif away:
            self._waits = True

    def _ask_server(self) -> None:
        if not self._asking:
            self._asking = True
            self.desk.bridge.bring(self.desk.station.administration.accounts.seen(), self._came)

    def _came(self, answer: Seen | Exception) -> None:
        self._asking = False
        if isinstance(answer, MediDeskError):
            self._waits = True
            return
        if isinstance(answer, Exception):
            raise answer
        self._seen = answer
        self._show_rows()

    def _want(self, done: str, deed: Callable[[], Future[Any]]) -> None:
        """Do something once, however often it is pressed."""
        if self._busy:
            return
        self._busy = True
        self.panel.show_problem(None)
        self.desk.bridge.bring(deed(), partial(self._done, done, self.table.current_row()))

    def _done(self, done: str, row: AccountRow | None, answer: Any) -> None:
        self._busy = False
        if isinstance(answer, MediDeskError):
            self.panel.show_problem(answer)
            return
        if isinstance(answer, Exception):
            raise answer
        self.desk.toast(done, icon="circle-check")
        if isinstance(answer, str) and row is not None:
            self.panel.show_above(FirstPassword(row.name, row.login, answer))
        self._ask_server()

    # Somebody new

    def start_adding(self) -> None:
        """Ask who is to be added, in the place of the person chosen."""
        if self.adding.isHidden():
            self._new_form()  # of the branches that there are now
            self.panel.hide()
            self.adding.show()
            self._sides.show_side()
        self.adding.arrive()

    def _leave_adding(self) -> None:
        self.adding.hide()
        self.panel.show()
        self.search.setFocus()

    def _add(self, who: Newcomer) -> None:
        if not self._busy:
            self._busy = True
            added = self.desk.station.administration.accounts.add(who)
            self.desk.bridge.bring(added, partial(self._added, who))

    def _added(self, who: Newcomer, answer: str | Exception) -> None:
        self._busy = False
        if isinstance(answer, MediDeskError):
            self.adding.show_problem(answer)
            return
        if isinstance(answer, Exception):
            raise answer
        name = f"{who.given_name} {who.family_name}".strip()
        self.desk.toast(tr("{name} can sign in", name=name), icon="circle-check")
        self._new_form()
        self.panel.show_above(FirstPassword(name, who.login, answer))
        self._ask_server()
        self.search.setFocus()

    def _new_form(self) -> None:
        old = self.adding
        self.adding = AddPerson(self._branches, self._roles, self.desk.station.user.org_id)
        self.adding.wanted.connect(self._add)
        self.adding.left.connect(self._leave_adding)
        self._beside.replaceWidget(old, self.adding)
        old.hide()
        old.deleteLater()
        self.adding.hide()
        self.panel.show()

    # What it looks like

    def _columns(self) -> tuple[Column, ...]:
        own = self.desk.station.user.org_id
        return (
            Column(tr("Name"), lambda row: row.name, 220, weight="semibold", kind="person", grow=3),
            Column(tr("User name"), lambda row: row.login, 120, leaves=2, grow=1),
            Column(tr("Roles"), lambda row: roles_words(row.roles, own), 180, leaves=3, grow=2),
            Column(
                tr("Account"),
                lambda row: state_chip(row, self._seen.get(row.login)).text,
                150,
                kind="chips",
                chips=lambda row: (state_chip(row, self._seen.get(row.login)),),
            ),
            Column(
                tr("Signed in"), lambda row: signed_in_words(self._seen.get(row.login)), 130, leaves=1, grow=1
            ),
        )

    def _lay_out(self) -> None:
        self._away = Label(
            tr("The server is away. Accounts can be looked at, and changed once it is back."),
            "body",
            "regular",
            "warning.text",
            wrap=True,
        )
        self._away.hide()
        main = list_frame((self._heading(), self.search, self._away), self.table)
        side = Side()
        self._beside = QVBoxLayout(side)
        self._beside.setContentsMargins(1, 0, 0, 0)
        self._beside.setSpacing(0)
        self._beside.addWidget(self.adding, 1)
        self._beside.addWidget(self.panel, 1)
        self._sides = SideBySide(
            main, side, folds_below=_FOLDS_BELOW, widths=_WIDTHS, wide_from=_WIDE_FROM, over=self.table
        )
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._sides)

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(Label(tr("People"), "title", "semibold"))
        self._count = Label("", "body", "regular", "text.tertiary", figures=True)
        row.addWidget(self._count)
        row.addStretch(1)
        roles = Button(tr("Roles"), icon="shield-check", key="Alt+R")
        roles.clicked.connect(self._open_roles)
        row.addWidget(roles)
        new = Button(tr("Add a person"), kind="primary", icon="user-plus", key="Alt+N")
        new.clicked.connect(self.start_adding)
        row.addWidget(new)
        return row
