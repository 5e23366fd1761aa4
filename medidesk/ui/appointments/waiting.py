"""The panel of those who would come earlier, each with the first time that is free before theirs."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from medidesk.repositories import appointments
from medidesk.repositories.appointments import Waiting
from medidesk.ui.appointments import words
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.page import Desk
from medidesk.words import tr


class WaitingPanel(SidePanel):
    """The list.

    Signals:
        taken(Waiting): this one, by Enter or a double click.
    """

    taken = Signal(object)

    def __init__(
        self, desk: Desk, zone: dt.tzinfo, *, may_change: bool, parent: QWidget | None = None
    ) -> None:
        line = tr("Enter moves to the time that is free.") if may_change else ""
        super().__init__(tr("Would come earlier"), line, parent)
        self._desk, self._zone = desk, zone
        self._rows: FoundRows[Waiting] = FoundRows()
        self.table = Table(
            (
                Column(
                    tr("Has a time"), lambda one: words.patient(one.row), 200, weight="semibold",
                    secondary=self._about, grow=1,
                ),
                Column(tr("Free before"), self._slot, 118, kind="figures", secondary=self._slot_time),
            ),
            row="two_line",
            name=tr("Would come earlier"),
            gutter=20,
        )  # fmt: skip
        self._none = Label(
            tr("Nobody waits for an earlier time. Tick “Would come earlier” while booking."),
            "body", "regular", "text.tertiary", wrap=True,
        )  # fmt: skip
        self.table.opened.connect(self._opened)
        self._chosen = Label("", "body", "medium", wrap=True, figures=True)
        self.table.chosen.connect(self._tell)
        self.body.setContentsMargins(0, 0, 0, 12)
        self._none.setContentsMargins(20, 12, 20, 0)
        self._chosen.setContentsMargins(20, 0, 20, 0)
        self.body.addWidget(self._none)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self._chosen)
        self.look()

    def arrive(self) -> None:
        """The list takes the arrow keys."""
        self.table.setFocus()

    def look(self) -> None:
        """Show who waits now, and what is free for them."""
        org_id, now = self._desk.station.user.org_id, dt.datetime.now(dt.UTC)
        found = self._desk.station.read(appointments.earlier_times, org_id, now)
        self.table.set_pending(self._desk.station.pending("appointment"))
        self.table.show_found(self._rows, found)
        self.table.setVisible(bool(found))
        self._none.setVisible(not found)

    def _about(self, one: Waiting) -> str:
        time = words.clock(one.row.starts_at, self._zone)
        return f"{words.short_day(one.row.starts_at, self._zone)} {time} · {one.row.staff_name}"

    def _tell(self, one: Waiting | None) -> None:
        """How the chosen one is reached, to be asked before."""
        row = None if one is None else one.row
        parts = () if row is None else (words.patient(row), row.phone or tr("no phone on file"), row.number)
        self._chosen.setText(" · ".join(parts))
        self._chosen.setVisible(row is not None)

    def _slot(self, one: Waiting) -> str:
        return "" if one.slot is None else words.short_day(one.slot.starts_at, self._zone)

    def _slot_time(self, one: Waiting) -> str:
        return "" if one.slot is None else words.clock(one.slot.starts_at, self._zone)

    def _opened(self, one: Waiting | None) -> None:
        if one is not None:
            self.taken.emit(one)
