"""A month at a glance: of the branch, or of one person there."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.repositories import appointments, branch_clock
from medidesk.repositories.appointments import DayLoad
from medidesk.ui import moments
from medidesk.ui.appointments import form
from medidesk.ui.appointments.month_grid import MonthGrid, days_of_month
from medidesk.ui.kit.inputs import Choice
from medidesk.ui.kit.label import Label
from medidesk.ui.page import Desk
from medidesk.words import tr

_EVERYBODY = ""
_WHOM_WIDTH = 240


class Month(QWidget):
    """Whose month it is, and the days.

    Signals:
        whom_chosen(): the month of somebody else is wanted.
    """

    whom_chosen = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._org_id = desk, desk.station.user.org_id
        self._offered: tuple[tuple[object, str], ...] = ()
        self.grid = MonthGrid()
        self.whom = Choice()
        self.whom.setAccessibleName(tr("With whom"))
        self.whom.setFixedWidth(_WHOM_WIDTH)
        self.whom.activated.connect(lambda _at: self.whom_chosen.emit())
        bar = QHBoxLayout()
        bar.setContentsMargins(24, 0, 16, 12)
        bar.setSpacing(8)
        bar.addWidget(Label(tr("With"), "meta", "medium", "text.secondary"))
        bar.addWidget(self.whom)
        bar.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(bar)
        whole.addWidget(self.grid, 1)

    @property
    def staff_id(self) -> UUID | None:
        """Whose month it is; None for everybody's."""
        chosen = self.whom.value()
        return chosen if isinstance(chosen, UUID) else None

    def choose(self, staff_id: UUID) -> None:
        """Let it be the month of one person."""
        self._offer()
        if any(value == staff_id for value, _name in self._offered):
            self.whom.set_value(staff_id)

    def show_day(self, day: dt.date, zone: dt.tzinfo) -> None:
        """Show the month that a day lies in, as the replica holds it now."""
        self._offer()
        now = dt.datetime.now(dt.UTC)
        days = days_of_month(day)
        loads = self._desk.station.read(appointments.how_full, self._org_id, days, now, self.staff_id)
        self.grid.show_loads(loads, day, branch_clock.day_of(now, zone))

    def titles(self) -> tuple[str, str]:
        """In full, and where there is little room."""
        day = self.grid.day
        return moments.long_month(day), f"{moments.month(day)} {day.year}"

    def figures(self) -> str:
        """What there is in the month."""
        loads: list[DayLoad] = [one for one in self.grid.loads if one.day.month == self.grid.day.month]
        booked = tr("{count} booked", count=sum(one.booked for one in loads))
        return f"{booked} · {tr('{count} free', count=sum(one.free for one in loads))}"

    def _offer(self) -> None:
        """Whoever sees patients can be chosen, those of this branch first."""
        offered = ((_EVERYBODY, tr("Everybody")), *form.people(self._desk))
        if offered != self._offered:
            chosen, self._offered = self.staff_id, offered
            self.whom.set_choices(offered)
            still = any(value == chosen for value, _name in offered)
            self.whom.set_value(chosen if chosen is not None and still else _EVERYBODY)
