"""The roles there are, what each includes, and those that the clinic makes for itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.permissions import OWN_AREAS
from medidesk.repositories import directory, people
from medidesk.repositories.labels import area
from medidesk.repositories.people import RoleRow
from medidesk.ui.answers import refuse
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.panel_place import PanelPlace
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.list_frame import list_frame
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.page import Desk, Page
from medidesk.ui.people.role_words import (
    holders_words,
    level_words,
    levels_from,
    role_form,
    values_of,
)
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Changed

KEY = "people/roles"
_DRAFT, _NEW = f"{KEY}/", "new"
_TABLES = frozenset({"role", "role_level", "user_role", "organisation"})


class RolesPage(Page):
    """The table, and beside it the role that is being made or changed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, KEY, tr("Roles"), "shield-check", parent)
        self._rows: list[RoleRow] = []
        self._source = FoundRows[RoleRow]()
        self._place = PanelPlace[EntryPanel](self, lambda: self._row)
        self.close_panel = self._place.close
        self.table = Table(_columns(), name=tr("Roles"))
        self.table.opened.connect(self._open_row)
        self._lay_out()
        keys = self.keys
        keys.list_only("Up, Down", tr("Choose"))
        keys.list_only("Return", tr("Change"))
        keys.bind("Alt+N", tr("Make a role"), self.add)
        keys.bind("Ctrl+Return", tr("Save"), self._place.submit, when=self._place.is_open)
        keys.bind("Ctrl+Enter", tr("Save"), self._place.submit, when=self._place.is_open, hint=False)
        keys.bind("Escape", tr("Close, draft kept"), self.close_panel, when=self._place.is_open)
        self.refresh(None)
        chain_tabs(self)

    def arrive(self) -> None:
        """The panel where one is open, else the table."""
        (self.table if self.panel is None else self.panel.form).setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now; what is typed stays."""
        if news is not None and not news.everything and not _TABLES & set(news.tables):
            return
        self._rows = self.desk.station.read(people.roles)
        self.table.show_found(self._source, self._rows)
        own = sum(row.levels is not None for row in self._rows)
        self._count.setText(counted(own, "{count} of the clinic's own", "{count} of the clinic's own"))
        if self.panel is not None and (name := self.panel.draft_key.removeprefix(_DRAFT)) != _NEW:
            row = self._find(name)
            values = None if row is None else _shown(row)
            self.panel.show_values(values, own=False, by=tr("another administrator"))

    @property
    def panel(self) -> EntryPanel | None:
        """The panel that is open."""
        return self._place.now

    def add(self) -> None:
        """Ask for a new role."""
        self._open(None)

    def take_up_draft(self, name: str) -> None:
        """Show again what was typed and not saved."""
        self._open(None if name == _NEW else self._find(name))

    def _find(self, name: str) -> RoleRow | None:
        return next((row for row in self._rows if row.name == name and row.levels is not None), None)

    # The panel

    def _open_row(self, row: RoleRow | None) -> None:
        if row is None:
            return
        if row.levels is None:
            self.desk.toast(
                tr("{role} is a role that comes with MediDesk", role=row.label),
                tr("It stays as it is. Alt+N makes one of the clinic's own."),
                tone="info",
                icon="shield-check",
            )
        elif row.org_id not in self._administered():
            self.desk.toast(
                tr("{role} belongs to another branch", role=row.label),
                tr("An administrator of that branch can change it."),
                tone="info",
                icon="building-2",
            )
        else:
            self._open(row)

    def _administered(self) -> frozenset[UUID]:
        return self.desk.station.read(directory.administered, self.desk.station.user.login)

    def _open(self, row: RoleRow | None) -> None:
        self.close_panel()
        held, own = self._administered(), self.desk.station.user.org_id
        places = [one for one in self.desk.station.read(people.branches) if one[0] in held]
        spec = role_form(places, is_new=row is None)
        values = values_of(row, own)
        key = f"{_DRAFT}{_NEW if row is None else row.name}"
        panel = EntryPanel(
            tr("Make a role") if row is None else row.label,
            spec,
            {field.name: values[field.name] for field in spec.inputs()},
            partial(self._save, row),
            self.desk.station.drafts,
            key,
            is_new=row is None,
            remove=None if row is None else (tr("End this role"), partial(self._retire, row, key)),
        )
        panel.saved.connect(partial(self._saved, row))
        self._place.open(panel)

    def _save(
        self,
        row: RoleRow | None,
        values: dict[str, Any],
        _changed: frozenset[str],
        _resolves: UUID | None,
        done: Callable[[Any], None],
        failed: Callable[[MediDeskError], None],
    ) -> None:
        name, org_id = (None, values.get("org_id")) if row is None else (row.name, row.org_id)
        where = org_id if isinstance(org_id, UUID) else self.desk.station.user.org_id
        asked = self.desk.station.administration.roles.define(
            name, str(values["label"]), levels_from(values), where
        )
        self.desk.bridge.ask(asked, done, failed)

    def _saved(self, row: RoleRow | None, _name: str) -> None:
        self.close_panel()
        said = (
            tr("The role can be given now, at the page of people")
            if row is None
            else tr("Whoever holds it has what it includes now")
        )
        self.desk.toast(said, icon="shield-check")

    def _retire(self, row: RoleRow, draft_key: str) -> None:
        def done(_nothing: Any) -> None:
            self.desk.station.drafts.drop(draft_key)
            self.close_panel()
            self.desk.toast(tr("{role} has ended", role=row.label), icon="shield-check")

        asked = self.desk.station.administration.roles.retire(row.name)
        self.desk.bridge.ask(asked, done, partial(refuse, self.desk, tr("Not ended")))

    # The frame

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(12)
        heading.addWidget(Label(tr("Roles"), "title", "semibold"))
        self._count = Label("", "body", "regular", "text.tertiary", figures=True)
        heading.addWidget(self._count)
        heading.addStretch(1)
        new = Button(tr("Make a role"), kind="primary", icon="plus", key="Alt+N")
        new.clicked.connect(self.add)
        heading.addWidget(new)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(list_frame((heading,), self.table), 1)


def _shown(row: RoleRow) -> dict[str, object]:
    return {name: value for name, value in values_of(row, row.org_id).items() if name != "org_id"}


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("Role"), lambda row: row.label, 168, weight="semibold", grow=2),
        *(Column(area(name), partial(level_words, name), 124, grow=1) for name in OWN_AREAS),
        Column(tr("Held by"), holders_words, 90, leaves=1),
        Column(
            tr("Of"), lambda row: "MediDesk" if row.levels is None else row.org_name, 164, leaves=2, grow=1
        ),
    )


def open_roles(desk: Desk, *, front: bool = True) -> RolesPage:
    """Open the page."""
    page = desk.open(KEY, lambda: RolesPage(desk), front=front)
    if not isinstance(page, RolesPage):
        raise TypeError(page.key)
    return page


def restore(desk: Desk, key: str) -> bool:
    """Open what was typed of a role and not saved; says whether the draft is one of these."""
    if not key.startswith(_DRAFT):
        return False
    open_roles(desk, front=False).take_up_draft(key.removeprefix(_DRAFT))
    return True
