"""Moving appointments from the grid to another time, to the pinboard, and back."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QPointF, Qt

from medidesk.models.appointments import AppointmentState
from medidesk.repositories import appointments, labels, visits
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.answers import refuse, tell
from medidesk.ui.appointments import words
from medidesk.ui.appointments.geometry import Lane
from medidesk.ui.appointments.panels import ChangePanel
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.appointments.page import CalendarPage


class Movers:
    """What becomes of what is dropped. Of one page."""

    def __init__(self, page: CalendarPage) -> None:
        self._page = page

    def dropped(self, row: AppointmentRow, lane: Lane, minute: int, minutes: int) -> None:
        """An appointment was put to another time."""
        starts = lane.moment(minute)
        ends = starts + dt.timedelta(minutes=minutes)
        same = (row.staff_id, row.starts_at, row.ends_at) == (lane.staff_id, starts, ends)
        if not self._page.may_change or (same and row.state is AppointmentState.BOOKED):
            return
        said = f"{words.patient(row)}: {lane.title} {labels.clock(minute)}"
        self._page.desk.bridge.run(
            appointments.move, row.id, lane.staff_id, starts, ends, True,
            done=partial(self._done, tr("Moved: {what}", what=said), row),
            failed=partial(refuse, self._page.desk, tr("Not moved")),
        )  # fmt: skip

    def outside(self, row: AppointmentRow, point: QPoint) -> None:
        """One was let go beside the grid: on the pinboard it is parked."""
        if self._page.pinboard.isVisible() and self._page.pinboard.rect().contains(
            self._page.pinboard.mapFromGlobal(point)
        ):
            self.park(row)

    def from_pinboard(self, row: AppointmentRow, point: QPoint) -> None:
        """One came from the pinboard."""
        place = self._page.grid.place_at(QPointF(self._page.grid.viewport().mapFromGlobal(point)))
        if place is not None:
            lane = self._page.grid.lanes[place.lane]
            self.dropped(row, lane, lane.slot_of(place.minute)[0], row.minutes)

    def carry(self, row: AppointmentRow) -> None:
        """Put one that is parked into the grid with the arrows."""
        self._page.grid.setFocus()
        self._page.grid.carry(row)

    def park(self, row: AppointmentRow) -> None:
        """Put one on the pinboard."""
        if self._page.may_change and row.state is AppointmentState.BOOKED:
            self._page.desk.bridge.run(
                appointments.park, row.id,
                done=partial(self._done, tr("Parked: {name}", name=words.patient(row)), row),
                failed=partial(refuse, self._page.desk, tr("Not parked")),
            )  # fmt: skip

    def open_bill(self) -> None:
        """Show what the patient of the chosen one is to pay."""
        row = self._page.grid.chosen()
        if row is not None:
            self._page.desk.open_bill(row.patient_id)

    def step(self) -> None:
        """The next step of the chosen one: arrived → in the room → done."""
        row = self._page.grid.chosen()
        if row is None or not self._page.may_change:
            return
        if row.visit_id is None:
            self._page.waiting.steps.arrive(row.id)
            return
        visit = self._page.desk.station.read(visits.by_id, row.visit_id)
        if visit is not None:
            self._page.waiting.steps.step(visit)

    def _done(self, said: str, before: AppointmentRow, outcome: Any) -> None:
        tell(self._page.desk, said, outcome)
        self._page.offers.freed(before, outcome)

    def letter(self, key: int) -> None:
        """T, P or Delete in the grid."""
        row = self._page.grid.chosen()
        if key == Qt.Key.Key_T:
            self._page.today()
        elif row is not None and key == Qt.Key.Key_P:
            self.park(row)
        elif row is not None and key == Qt.Key.Key_Delete:
            self._page.beside.open_one(row)
            if isinstance(self._page.beside.now, ChangePanel):
                self._page.beside.now.ask_why()
