"""The directory: what there is of one kind, and beside it the entry that is being changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QWidget

from medidesk.models.search import fold
from medidesk.ui.colleagues import name_of
from medidesk.ui.directory.entries import Entries, as_typed
from medidesk.ui.directory.kind import Kind
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.panel_place import PanelPlace
from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.list_frame import list_frame
from medidesk.ui.kit.pill import FilterPill
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.kit.table import Table
from medidesk.ui.page import Desk, Page
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention, Changed

_TABLES = frozenset(
    {"staff", "department", "specialisation", "organisation", "duty_schedule", "duty_exception"}
    | {"room", "user_account", "user_role", "setting", "service", "price_list", "service_price"}
    | {"insurer", "insurance_policy"}
)
_NUMBERED = 10
"""Kinds that a digit shows."""


class ListPage(Page):
    """Kinds, search, a table of each, and the panel of one entry."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "directory", tr("Clinic"), "building-2", parent)
        self.entries = Entries(desk, self)
        self._kinds = tuple(self.entries.kinds.values())
        self._kind = self._kinds[0]
        self._rows: dict[str, list[Any]] = {}
        self._place = PanelPlace[EntryPanel](self, lambda: self._row)
        self.close_panel = self._place.close
        self.search = SearchBox(tr("Name, speciality, department, room or branch"), large=True)
        self.tables = {kind.name: Table(kind.columns, name=kind.label) for kind in self._kinds}
        self._sources = {kind.name: FoundRows[Any]() for kind in self._kinds}
        self._lay_out()
        for table in self.tables.values():
            table.opened.connect(self._open_row)
        self.search.searched.connect(lambda _typed: self._show_rows())
        self.entries.finished.connect(self._finished)
        desk.bridge.sync_changed.connect(self._show_pending)
        self._bind_keys()
        self.refresh(None)
        self.show_kind(self._kind.name)
        chain_tabs(self)
        self._take_drafts_up()

    @property
    def panel(self) -> EntryPanel | None:
        """The panel that is open."""
        return self._place.now

    @property
    def table(self) -> Table:
        """The table in front."""
        return self.tables[self._kind.name]

    def arrive(self) -> None:
        """The panel where one is open, else the search field takes what is typed."""
        if self.panel is not None:
            self.panel.arrive()
        else:
            self.search.setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now; choice, search and what is typed stay."""
        if news is not None and not news.everything and not _TABLES & set(news.tables):
            return
        read = self.desk.station.read
        self._rows = {kind.name: read(kind.rows) for kind in self._kinds}
        for kind, pill in zip(self._kinds, self._pills, strict=True):
            pill.set_count(len(self._rows[kind.name]))
        self._show_rows()
        if self.panel is not None:
            own = news is not None and news.own
            self.entries.renew(self.panel, partial(name_of, self.desk), own=own)

    def show_kind(self, name: str) -> None:
        """Show another kind of entry."""
        at = [kind.name for kind in self._kinds].index(name)
        self.table.drive_from(None)
        self._kind = self._kinds[at]
        self._pills[at].setChecked(True)
        self._stack.setCurrentIndex(at)
        self._new.setText(self._kind.new_title)
        self.table.drive_from(self.search)
        self._show_rows()

    def add(self) -> None:
        """Ask for a new entry of the kind in front."""
        self._open(self._kind.name, None)

    def take_up(self, kind: str, attention: Attention) -> None:
        """Type in what a refused change of an entry wanted."""
        self.show_kind(kind)
        wanted = self.entries.kinds[kind]
        # Read anew: what the list shows may be from before the refusal, and the entry gone since, or just now.
        rows = self.desk.station.read(wanted.rows)
        found = next((row.id for row in rows if wanted.is_about(row, attention)), None)
        if not self._open(kind, found) and found is not None:
            self._open(kind, None)
        if self.panel is not None:
            self.panel.take_up(attention.op_id, as_typed(attention.wanted))

    # The list

    def _step(self, by: int) -> None:
        """Show the kind beside the one in front; after the last comes the first."""
        self.show_kind(self._kinds[(self._kinds.index(self._kind) + by) % len(self._kinds)].name)

    def _show_rows(self) -> None:
        words = fold(self.search.text()).split()
        kind = self._kind
        found = [row for row in self._rows[kind.name] if _found(kind, row, words)]
        self.table.show_found(self._sources[kind.name], found)
        empty = len(self._kinds) + (0 if self._rows[kind.name] else 1)
        self._stack.setCurrentIndex(self._kinds.index(kind) if found else empty)
        self._show_pending()

    def _show_pending(self, _state: object = None) -> None:
        waits, row_of = self.desk.station.pending(self._kind.table), self._kind.row_of
        self.table.set_pending(row.id for row in self._rows[self._kind.name] if row_of(row) in waits)

    def _open_row(self, row: Any) -> None:
        if row is None:
            return
        own = row.id if self._kind.name == "branch" else row.org_id
        if own not in self.entries.administered():
            self.desk.toast(
                tr("{name} belongs to another branch", name=row.name),
                tr("An administrator of that branch can change it."),
                tone="info",
                icon="building-2",
            )
            return
        self._open(self._kind.name, row.id)

    # The panel

    def _open(self, kind: str, entry: UUID | None) -> bool:
        """Open the panel of an entry, or of a new one; whether there is one: the entry may be gone."""
        panel = self.entries.panel(kind, entry)
        if panel is not None:
            self._place.open(panel)
        return panel is not None

    def _finished(self, kind: str, entry: UUID | None) -> None:
        self.close_panel()
        self.refresh(None)
        if entry is not None:
            self.tables[kind].choose_id(entry)

    def _take_drafts_up(self) -> None:
        """Show again what was typed and not saved."""
        for kind, entry in self.entries.drafted()[:1]:
            self.show_kind(kind)
            self._open(kind, entry)
            if self.panel is not None:
                self.note_draft(self.panel.draft_key, True)

    # The frame

    def _bind_keys(self) -> None:
        keys = self.keys
        keys.list_only("Up, Down", tr("Choose"))
        keys.list_only("Return", tr("Change"))
        for at, kind in enumerate(self._kinds[:_NUMBERED], start=1):
            keys.bind(f"Ctrl+{at % 10}", kind.label, partial(self.show_kind, kind.name), hint=False)
        keys.bind("Ctrl+PgDown", tr("Next kind"), partial(self._step, 1))
        keys.bind("Ctrl+PgUp", tr("Kind before"), partial(self._step, -1), hint=False)
        keys.bind("Alt+N", tr("Add"), self.add)
        keys.bind("Ctrl+F", tr("Search"), self.search.setFocus)
        keys.bind("Ctrl+Return", tr("Save"), self._place.submit, when=self._place.is_open)
        keys.bind("Ctrl+Enter", tr("Save"), self._place.submit, when=self._place.is_open, hint=False)
        keys.bind("Escape", tr("Close, draft kept"), self.close_panel, when=self._place.is_open)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        for table in self.tables.values():
            self._stack.addWidget(table)
        nothing = tr("Look for less, or add what is missing.")
        self._stack.addWidget(EmptyState("search", tr("Nothing found"), nothing))
        self._stack.addWidget(
            EmptyState("list", tr("Nothing is entered here yet"), tr("Alt+N adds the first."))
        )
        main = list_frame((self._heading(), self.search, self._kind_pills()), self._stack)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(main, 1)

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(Label(tr("Clinic"), "title", "semibold"))
        row.addStretch(1)
        self._new = Button(self._kind.new_title, kind="primary", icon="plus", key="Alt+N")
        self._new.clicked.connect(self.add)
        row.addWidget(self._new)
        return row

    def _kind_pills(self) -> FlowLayout:
        row = FlowLayout()
        group = QButtonGroup(self)
        group.setExclusive(True)
        self._pills = [FilterPill(kind.label) for kind in self._kinds]
        for at, pill in enumerate(self._pills):
            group.addButton(pill, at)
            row.addWidget(pill)
        group.idClicked.connect(lambda at: self.show_kind(self._kinds[at].name))
        return row


def _found(kind: Kind, row: Any, words: list[str]) -> bool:
    searched = fold(kind.searched(row))
    return all(word in searched for word in words)
