"""The panel that finds a free time."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from medidesk.repositories import appointments, branch_clock, dates, directory
from medidesk.repositories.appointments import Part, Slot
from medidesk.ui import moments
from medidesk.ui.appointments import words
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.form import Field, Form, FormSpec
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.page import Desk
from medidesk.words import tr

_MOST = 30
_ANYBODY = ""


class FinderPanel(SidePanel):
    """What is looked for, and the times that are free.

    Signals:
        taken(Slot): this one.
    """

    taken = Signal(object)

    def __init__(self, desk: Desk, zone: dt.tzinfo, day: dt.date, parent: QWidget | None = None) -> None:
        super().__init__(tr("Find a free time"), tr("Enter takes one."), parent)
        self._desk, self._zone = desk, zone
        parts = ((Part.ANY, tr("Any time")), (Part.MORNING, tr("Morning")), (Part.AFTERNOON, tr("Afternoon")))
        self.form = Form(
            FormSpec(
                (
                    Field("whom", tr("With"), "choice", choices=self._whom(), span=2),
                    Field("day", tr("From"), "date", required=True),
                    Field("part", tr("When"), "choice", choices=parts),
                    Field("minutes", tr("Takes"), "number", least=0, most=480, unit=tr("min"),
                          help=tr("Empty: as usual"), span=2),
                )
            ),
            parse_date=dates.parse_day,
            show_date=moments.day,
        )  # fmt: skip
        self.form.set_base({"whom": _ANYBODY, "day": day, "part": Part.ANY, "minutes": None})
        self.form.fold_below(320)
        self.table = Table(
            (
                Column(tr("When"), self._when, 190, kind="figures", weight="semibold", grow=1),
                Column(tr("With"), lambda slot: slot.name, 130, grow=1),
            ),
            row="compact",
            name=tr("Free times"),
        )
        self._none = Label(tr("Nothing is free. Look from a later day, or for less."), "body", "regular",
                           "text.tertiary", wrap=True)  # fmt: skip
        self.table.opened.connect(self._opened)
        self.form.changed.connect(lambda _name: self.look())
        for widget in (self.form, self._none):
            self.body.addWidget(widget)
        self.body.addWidget(self.table, 1)
        self.look()

    def arrive(self) -> None:
        """The times take the arrow keys; what is looked for is a Shift+Tab away."""
        self.table.setFocus()

    def look(self) -> None:
        """Show what is free now."""
        values = self.form.values()
        day, minutes = values["day"], values["minutes"]
        found: list[Slot] = []
        if isinstance(day, dt.date):
            after = max(branch_clock.instant(day, 0, self._zone), dt.datetime.now(dt.UTC))
            found = self._desk.station.read(
                appointments.free_slots, self._desk.station.user.org_id, after, staff=self._staff(values["whom"]),
                minutes=minutes if isinstance(minutes, int) and minutes else None,
                part=Part(str(values["part"])), most=_MOST,
            )  # fmt: skip
        self.table.set_source(
            FoundRows([_Listed(at, slot) for at, slot in enumerate(found)]), choose_first=True
        )
        self.table.setVisible(bool(found))
        self._none.setVisible(not found)

    def _whom(self) -> tuple[tuple[object, str], ...]:
        read = self._desk.station.read
        people = tuple((("one", row.id), row.name) for row in read(directory.staff))
        every = tuple((("all", row.id), row.name) for row in read(directory.specialisations) if row.people)
        return ((_ANYBODY, tr("Anybody")), *every, *people)

    def _staff(self, whom: Any) -> tuple[UUID, ...] | None:
        if not whom:
            return None
        kind, wanted = whom
        if kind == "one":
            return (wanted,)
        rows = self._desk.station.read(directory.staff)
        return tuple(row.id for row in rows if row.specialisation_id == wanted)

    def _when(self, slot: _Listed) -> str:
        return words.day_and_time(slot.starts_at, self._zone)

    def _opened(self, listed: _Listed | None) -> None:
        if listed is not None:
            self.taken.emit(listed.slot)


class _Listed:
    """A free time as a row of the table."""

    def __init__(self, at: int, slot: Slot) -> None:
        self.id = UUID(int=at)
        self.slot, self.name, self.starts_at = slot, slot.name, slot.starts_at
