"""The audit trail: filters, what was changed newest first, and the change that is chosen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.repositories import patients, people
from medidesk.sync.trail import TrailEntry, TrailPage
from medidesk.ui import moments
from medidesk.ui.audit.entry_panel import EntryPanel
from medidesk.ui.audit.filters import Filters
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.list_frame import list_frame
from medidesk.ui.kit.side import Side
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk, Page
from medidesk.ui.side_by_side import SideBySide
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Changed

_FOLDS_BELOW, _WIDTHS, _WIDE_FROM = 1024, (340, 400), 1240
_PAUSE_MS = 250


class AuditPage(Page):
    """The page. What is typed and chosen asks the server anew; the answer to what was asked before is let go."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "audit", tr("Audit"), "history", parent)
        self._names = desk.station.read(people.names_by_login)
        self._entries: tuple[TrailEntry, ...] = ()
        self._asked = 0
        self._waits = False
        self.filters = Filters(desk.station, self._names)
        self._source = FoundRows[TrailEntry]()
        self.table = Table(self._columns(), name=tr("Changes"))
        self.panel = EntryPanel()
        self._lay_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.ask)
        self.table.drive_from(self.filters.file)
        self.filters.changed.connect(self._pause.start)
        self.table.chosen.connect(self._show_chosen)
        self.panel.file_wanted.connect(self.filters.only_file)
        desk.bridge.sync_changed.connect(self._synced)
        self.keys.list_only("Up, Down", tr("Choose"))
        self.keys.bind("Ctrl+F", tr("Whose file"), self.filters.file.setFocus)
        self.keys.bind("Alt+F", tr("Only this file"), self._only_this)
        self.keys.bind("Alt+A", tr("All files"), partial(self.filters.only_file, None))
        self.keys.bind("F5", tr("Ask the server again"), self.ask)
        self._stale = True  # the server is asked once somebody looks

    def arrive(self) -> None:
        """The field for a file takes what is typed."""
        self.filters.file.setFocus()

    def refresh(self, news: Changed | None) -> None:
        """A page that was out of sight asks again; one that is read stays as it is."""
        if news is None:
            self._names = self.desk.station.read(people.names_by_login)
            self.ask()

    def ask(self) -> None:
        """Ask for the newest changes that the filters leave."""
        self._ask(None)

    def ask_older(self) -> None:
        """Ask for the changes before the last one that is shown."""
        if self._entries:
            self._ask(self._entries[-1])

    @property
    def entries(self) -> tuple[TrailEntry, ...]:
        """What is shown."""
        return self._entries

    def _ask(self, after: TrailEntry | None) -> None:
        self._pause.stop()
        self._asked += 1
        asked = self.desk.station.administration.trail(self.filters.wanted(), after)
        self.desk.bridge.bring(asked, partial(self._came, self._asked, after))

    def _came(self, number: int, after: TrailEntry | None, answer: Any) -> None:
        if number != self._asked:
            return  # something else is wanted meanwhile
        if isinstance(answer, MediDeskError):
            self._waits = True
            self._problem.say_problem(answer)
            return
        if isinstance(answer, Exception):
            raise answer
        page: TrailPage = answer
        self._problem.hide()
        self._entries = page.entries if after is None else self._entries + page.entries
        self.filters.set_stations(page.stations)
        self._older.setVisible(page.more)
        words = (
            ("{count} opening", "{count} openings")
            if self._of_openings()
            else ("{count} change", "{count} changes")
        )
        shown = counted(len(self._entries), *words)
        if page.more:
            shown = tr("The newest {changes}", changes=shown)
        elif page.archived_before is not None:
            day = moments.day(page.archived_before.date())
            shown = tr("{changes}; those before {day} are archived at the server", changes=shown, day=day)
        self._count.setText(shown)
        self._source.replace(self._entries)
        if after is None:
            self.table.set_source(self._source, choose_first=True)
        else:
            self.table.refresh()
        self._show_chosen(self.table.current_row())

    def _synced(self, state: Any) -> None:
        if self._waits and state.state not in {"offline", "reconnecting"}:
            self._waits = False
            self.ask()

    def _show_chosen(self, entry: TrailEntry | None) -> None:
        who = "" if entry is None else self._names.get(entry.login, "")
        self.panel.show_entry(entry, who, "" if entry is None else self._whose(entry))

    def _of_openings(self) -> bool:
        return any(one.action == "open" for one in self._entries)

    def _whose(self, entry: TrailEntry) -> str:
        """The name and number of the file that it belongs to."""
        row = None if entry.patient is None else self.desk.station.read(patients.by_id, entry.patient)
        return "" if row is None else f"{row.name} · {row.number}"

    def _only_this(self) -> None:
        entry = self.table.current_row()
        if entry is not None and entry.patient is not None:
            self.filters.only_file(entry.patient)

    def _fields(self, entry: TrailEntry) -> str:
        """What changed; of a file that was only read, whose it is."""
        return entry.summary or (self._whose(entry) if entry.action == "open" else "")

    # What it looks like

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(tr("When"), lambda row: moments.when(row.at), 120, kind="figures"),
            Column(
                tr("Who"), lambda row: self._names.get(row.login, row.login), 150, weight="semibold", grow=1
            ),
            Column(tr("What"), lambda row: row.label, 150, secondary=lambda row: row.done, grow=1),
            Column(tr("Fields"), self._fields, 220, leaves=2, grow=4),
            Column(tr("Station"), lambda row: row.station or tr("Server"), 120, leaves=1, grow=1),
        )

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(12)
        heading.addWidget(Label(tr("Audit trail"), "title", "semibold"))
        self._count = Label("", "body", "regular", "text.tertiary", figures=True)
        heading.addWidget(self._count)
        heading.addStretch(1)
        self._older = Button(tr("Show older ones"), kind="secondary", icon="chevron-down")
        self._older.clicked.connect(self.ask_older)
        heading.addWidget(self._older)
        self._older.hide()
        self._problem = Notice("warning", "triangle-alert")
        self._problem.hide()
        main = list_frame((heading, self.filters, self._problem), self.table)
        side = Side()
        beside = QVBoxLayout(side)
        beside.setContentsMargins(1, 0, 0, 0)
        beside.addWidget(self.panel)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(
            SideBySide(
                main, side, folds_below=_FOLDS_BELOW, widths=_WIDTHS, wide_from=_WIDE_FROM, over=self.table
            )
        )
