"""What the mouse does in the grid: choose, move, and stretch by the lower edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments.geometry import Moving, Place

if TYPE_CHECKING:
    from medidesk.ui.appointments.day_grid import DayGrid

_EDGE = 6
_STRETCH = 5
"""Minutes to which an end snaps."""


@dataclass(frozen=True)
class _Held:
    """An appointment under the button that is held down.

    Attributes:
        point: where it was pressed.
        row: the appointment; `lane` its column.
        edge: by its lower edge.
        into: how many minutes below its beginning.
    """

    point: QPointF
    row: AppointmentRow
    lane: int
    edge: bool
    into: int


class GridMouse:
    """Of one grid."""

    def __init__(self, grid: DayGrid) -> None:
        self._grid = grid
        self._held: _Held | None = None

    def press(self, point: QPointF) -> None:
        """The button went down."""
        grid, place = self._grid, self._grid.place_at(point)
        grid.give_up()
        if place is None:
            return
        lane = grid.lanes[place.lane]
        row = lane.at(place.minute)
        grid.go_to(place)
        if row is not None:
            into = place.minute - lane.minute_of(row.starts_at)
            self._held = _Held(point, row, place.lane, self._on_edge(point, place), into)

    def move(self, point: QPointF) -> None:
        """The mouse moved, with the button held or not."""
        grid, held, place = self._grid, self._held, self._grid.place_at(point)
        if held is None:
            edge = place is not None and self._on_edge(point, place)
            grid.viewport().setCursor(Qt.CursorShape.SizeVerCursor if edge else Qt.CursorShape.ArrowCursor)
            return
        far = (point - held.point).manhattanLength() >= QApplication.startDragDistance()
        if place is None or (grid.moving is None and not far):
            return
        if held.edge:
            begins = grid.lanes[held.lane].minute_of(held.row.starts_at)
            ends = max(begins + _STRETCH, round(place.minute / _STRETCH) * _STRETCH)
            grid.set_moving(Moving(held.row, ends - begins, Place(held.lane, begins)))
        else:
            begins = grid.lanes[place.lane].slot_of(max(0, place.minute - held.into))[0]
            grid.set_moving(Moving(held.row, held.row.minutes, Place(place.lane, begins)))

    def release(self, point: QPointF, on_screen: QPoint) -> None:
        """The button went up."""
        grid, held, moving = self._grid, self._held, self._grid.moving
        self._held = None
        if held is None or moving is None:
            return
        if grid.viewport().rect().contains(point.toPoint()):
            grid.drop()
            grid.give_up()  # where it did not fit it stays
        else:
            grid.give_up()
            grid.dropped_outside.emit(held.row, on_screen)

    def let_go(self) -> None:
        """What was held is not any more."""
        self._held = None

    def _on_edge(self, point: QPointF, place: Place) -> bool:
        row = self._grid.lanes[place.lane].at(place.minute)
        if row is None:
            return False
        return self._grid.paints.rect_of(place.lane, row).bottom() - point.y() < _EDGE
