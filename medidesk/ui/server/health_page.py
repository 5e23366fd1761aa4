"""How the clinic's server is, and which stations work with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.server import health
from medidesk.server.health_said import Said, StationSeen
from medidesk.ui import moments
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.chip import Chip, ChipLook
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.page import Desk, Page
from medidesk.ui.server.findings import FindingsCard, whole_chip
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Changed

_EVERY_MS = 60_000


class HealthPage(Page):
    """What the server says of itself, asked again every minute while somebody looks."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "server", tr("Server"), "server", parent)
        self._asking = self._waits = False
        self.findings = FindingsCard()
        self._source = FoundRows[StationSeen]()
        self.table = Table(_columns(), name=tr("Stations"))
        self.table.set_source(self._source)
        self._state: Chip | None = None
        self._instead = EmptyState("server", tr("The server is being asked."))
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._look_again)
        self._timer.start()
        desk.bridge.sync_changed.connect(self._synced)
        self.keys.list_only("Up, Down", tr("Choose"))
        self.keys.bind("F5", tr("Ask the server again"), self.ask)
        self._stale = True  # the server is asked once somebody looks

    def arrive(self) -> None:
        """The stations take the arrow keys."""
        self.table.setFocus()

    def refresh(self, news: Changed | None) -> None:
        """What the replica holds says nothing of the server; a page that was out of sight asks."""
        if news is None:
            self.ask()

    def ask(self) -> None:
        """Ask the server how it is."""
        if self._asking:
            return
        self._asking = True
        self.desk.bridge.bring(self.desk.station.administration.health(), self._came)

    def _look_again(self) -> None:
        if self.isVisible():
            self.ask()

    def _synced(self, state: Any) -> None:
        if state.state in {"offline", "reconnecting"}:
            self._waits = True
        elif self._waits:
            self._waits = False
            self.ask()

    def _came(self, answer: Said | Exception) -> None:
        self._asking = False
        if isinstance(answer, MediDeskError):
            self._waits = True
            self._show_problem(answer)
        elif isinstance(answer, Exception):
            raise answer
        else:
            self._show(answer)

    def _show(self, said: Said) -> None:
        found = health.findings(said, moments.when)
        self.findings.show_findings(found)
        self._show_state(Chip.from_look(whole_chip(health.worst(found))))
        self._asked_at.setText(tr("as of {time}", time=moments.clock(said.now)))
        size = tr("The database takes {megabytes} MB", megabytes=f"{said.bytes / 2**20:,.0f}")
        if said.backup_bytes is not None:
            size = tr("{database}, its last backup {megabytes} MB", database=size,
                      megabytes=f"{said.backup_bytes / 2**20:,.1f}")  # fmt: skip
        self._size.setText(size)
        self._count.setText(counted(len(said.stations), "{count} station", "{count} stations"))
        self._source.replace(sorted(said.stations, key=lambda one: one.last_seen_at, reverse=True))
        self.table.refresh()
        self._parts.setCurrentIndex(0)

    def _show_problem(self, problem: MediDeskError) -> None:
        self._show_state(None)
        self._asked_at.setText("")
        again = Button(tr("Ask again"), kind="secondary", icon="refresh-cw", key="F5")
        again.clicked.connect(self.ask)
        old = self._instead
        self._instead = EmptyState("server", problem.sentence, problem.next_step, again, tone="warning")
        self._parts.insertWidget(1, self._instead)
        self._parts.removeWidget(old)
        old.deleteLater()
        self._parts.setCurrentIndex(1)

    def _show_state(self, chip: Chip | None) -> None:
        if self._state is not None:
            self._heading.removeWidget(self._state)
            self._state.hide()
            self._state.deleteLater()
        self._state = chip
        if chip is not None:
            self._heading.insertWidget(1, chip, 0, Qt.AlignmentFlag.AlignVCenter)

    # What it looks like

    def _lay_out(self) -> None:
        self._heading = QHBoxLayout()
        self._heading.setSpacing(12)
        self._heading.addWidget(Label(tr("Server"), "title", "semibold"))
        self._asked_at = Label("", "body", "regular", "text.tertiary", figures=True)
        self._heading.addWidget(self._asked_at)
        self._heading.addStretch(1)
        self._again = Button(tr("Ask again"), kind="secondary", icon="refresh-cw", key="F5")
        self._again.clicked.connect(self.ask)
        self._heading.addWidget(self._again)
        top = QVBoxLayout()
        top.setContentsMargins(24, 12, 24, 12)
        top.addLayout(self._heading)

        there = QWidget()
        column = QVBoxLayout(there)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        card = QVBoxLayout()
        card.setContentsMargins(24, 0, 24, 16)
        card.setSpacing(8)
        self._size = Label("", "body", "regular", "text.secondary", figures=True)
        self.findings.body.addWidget(self._size)
        card.addWidget(self.findings)
        column.addLayout(card)
        title = QHBoxLayout()
        title.setContentsMargins(24, 0, 24, 8)
        title.setSpacing(8)
        title.addWidget(Label(tr("Stations"), "section", "semibold"))
        self._count = Label("", "body", "regular", "text.tertiary", figures=True)
        title.addWidget(self._count)
        title.addStretch(1)
        column.addLayout(title)
        column.addWidget(self.table, 1)

        self._parts = QStackedWidget()
        self._parts.addWidget(there)
        self._parts.addWidget(self._instead)
        self._parts.setCurrentIndex(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(top)
        whole.addWidget(self._parts, 1)


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("Station"), lambda row: row.name, 220, weight="semibold", grow=3),
        Column(tr("Last contact"), lambda row: moments.when(row.last_seen_at), 150, kind="figures", grow=1),
        Column(tr("Waits there"), _waits, 150, kind="chips", chips=_unsent, grow=1),
        Column(tr("Signed in last"), lambda row: row.last_login, 130, leaves=3, grow=1),
        Column(tr("Its numbers begin with"), lambda row: row.code, 170, leaves=2, grow=1),
        Column(tr("Program"), lambda row: row.version, 110, leaves=1, grow=1),
    )


def _waits(row: StationSeen) -> str:
    return counted(row.unsent, "{count} change", "{count} changes") if row.unsent else ""


def _unsent(row: StationSeen) -> tuple[ChipLook, ...]:
    """What was entered there and the server does not have; red where a person must decide some of it."""
    if not row.unsent:
        return ()
    return (ChipLook(_waits(row), "danger" if row.attention else "warning", "cloud-upload"),)
