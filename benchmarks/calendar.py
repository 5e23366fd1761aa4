"""A frame of the calendar with 40 doctors and 2,000 appointments, while somebody scrolls and drags."""

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks.report import Figure, at_most
from benchmarks.timing import MILLISECONDS, median, percentile
from benchmarks.world import World

DOCTORS, EACH = 40, 50
FRAMES, WARM_UP = 240, 60
FRAME_MS = 33.0
"""What the eye still takes for movement: 30 frames a second."""


def measure(_world: World) -> Iterator[Figure]:
    """Median and p99 of a frame, beside one that fills the same window and puts down as many pictures."""
    told = subprocess.run(
        (sys.executable, "-m", "benchmarks.calendar"), check=True, capture_output=True, text=True
    ).stdout
    found = json.loads(told.splitlines()[-1])
    floor = median(found.pop("floor")) * MILLISECONDS
    for name, values in found.items():
        about = f"calendar, {DOCTORS} doctors and {DOCTORS * EACH:,} appointments, {name}"
        yield Figure(f"{about}: p50", median(values) * MILLISECONDS, "ms", floor)
        worst = percentile(values, 0.99) * MILLISECONDS
        yield Figure(f"{about}: p99", worst, "ms", floor, at_most(FRAME_MS))


def _in_a_process() -> None:
    """Paint frames off-screen, and write down how long each took, in seconds."""
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
    from PySide6.QtWidgets import QWidget

    from medidesk.app import application
    from medidesk.models.appointments import AppointmentState
    from medidesk.models.types import new_id
    from medidesk.repositories import branch_clock
    from medidesk.repositories.appointments import AppointmentRow
    from medidesk.repositories.duty.hours import Stretch
    from medidesk.ui.appointments.day_grid import DayGrid
    from medidesk.ui.appointments.geometry import Lane, Moving, Place
    from medidesk.ui.kit.theme import apply_theme

    day, zone = dt.date(2026, 11, 30), branch_clock.zone_named("Europe/Lisbon")

    def row(at: int) -> AppointmentRow:
        starts = branch_clock.instant(day, 480 + at * 12, zone)
        return AppointmentRow(
            new_id(), new_id(), new_id(), new_id(), None, starts, starts + dt.timedelta(minutes=12),
            AppointmentState.BOOKED, "Brings papers", "", False, None, 1, starts, None,
            "Amara", f"Okafor {at}", dt.date(1989, 3, 14), False, "26-00001", "", "Dr", "Anjali", "Kumar", "",
        )  # fmt: skip

    lanes = [
        Lane(new_id(), day, f"Dr Number {one}", "General practice", (Stretch(480, 1080, 12),),
             tuple(row(at) for at in range(EACH)), zone)
        for one in range(DOCTORS)
    ]  # fmt: skip
    app = application()
    apply_theme(app, "light")
    grid = DayGrid()
    grid.resize(1440, 800)
    grid.show()
    grid.show_lanes(lanes, day_heads=False, waits=())
    app.processEvents()

    class Bare(QWidget):
        """Fills itself and puts one picture down as often as there are appointments in sight."""

        picture = QPixmap(130, 12)

        def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
            painter = QPainter(self)
            painter.fillRect(QRectF(self.rect()), QColor("white"))
            for at in range(EACH * 9):
                painter.drawPixmap(at % 9 * 150, at // 9 * 14, self.picture)

    bare = Bare()
    bare.resize(grid.size())
    bare.show()
    app.processEvents()
    moved = lanes[3].appointments[5]

    def timed(step: Callable[[int], object], view: QWidget) -> list[float]:
        took = []
        for at in range(FRAMES + WARM_UP):
            began = time.perf_counter()
            step(at)
            view.repaint()
            took.append(time.perf_counter() - began)
        return took[WARM_UP:]

    def aside(at: int) -> None:
        grid.horizontalScrollBar().setValue(at * 20 % grid.horizontalScrollBar().maximum())

    def drag(at: int) -> None:
        grid.set_moving(Moving(moved, 12, Place(at // 20 % 8, 480 + at * 2)))

    view = grid.viewport()
    for _ in range(2):
        aside_took = timed(aside, view)
    drag_took = timed(drag, view)
    sys.stdout.write(
        json.dumps({"scrolled": aside_took, "dragged": drag_took, "floor": timed(lambda _: None, bare)})
    )


if __name__ == "__main__":
    _in_a_process()
