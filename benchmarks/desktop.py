"""The desktop program in a process of its own, watched from within: `python -m benchmarks.desktop MODE HOME …`

Modes, each told on standard output when it is so:

    list    "list" when the first list of patients with rows in it is painted; then it stays open, idle
    stall   after the first sync JSON: the longest gap between two turns of the event loop meanwhile, in seconds
    open    JSON: seconds from opening a patient's file to seeing it, and the same with the data in hand
    day     JSON: seconds from asking for the day's calendar to seeing it, of reading its list, and of the bare rows
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.timing import timed
from medidesk.app import application, run_desktop
from medidesk.ui.desktop import Desktop
from medidesk.ui.kit.table import Table

TICK_SECONDS = 0.004
SAMPLES_BEFORE = 5


def tell(what: object) -> None:
    """One line to whoever measures."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def window() -> Desktop:
    """The program's window."""
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, Desktop))


class ListPainted(QObject):
    """Calls back once, when a table that has rows has been painted."""

    def __init__(self, app: QApplication, then: Callable[[], None]) -> None:
        super().__init__(app)
        self._app, self._then = app, then
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Paint and isinstance(watched.parent(), Table):
            table = watched.parent()
            if isinstance(table, Table) and table.rows.rowCount():
                self._app.removeEventFilter(self)
                QTimer.singleShot(0, self._then)
        return False


class Stalls(QObject):
    """Ticks on the UI thread from signing in until all rows are there, and keeps the gaps between the ticks."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._gaps: list[float] = []
        self._last = 0.0
        self._current_since = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(int(TICK_SECONDS * 1000))
        self._timer.timeout.connect(self._tick)
        window().signed_in.connect(self._begin)

    def _begin(self) -> None:
        self._last = time.perf_counter()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._gaps.append(max(0.0, now - self._last - TICK_SECONDS))
        self._last = now
        station = window().station()
        if station is None or station.sync.state != "live":
            return
        # A second longer: the list that reads everything anew belongs to it.
        self._current_since = self._current_since or now
        if now - self._current_since > 1.0:
            self._timer.stop()
            gaps = sorted(self._gaps)
            tell(json.dumps({"longest": gaps[-1], "second": gaps[-2], "p99": gaps[len(gaps) * 99 // 100]}))


class InHand:
    """A station that answers queries it has answered before from memory; all else is the station's own."""

    def __init__(self, station: Any) -> None:
        self._station = station
        self._answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._station, name)

    def read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        key = f"{query.__module__}.{query.__qualname__} {args} {kwargs}"
        if key not in self._answers:
            self._answers[key] = self._station.read(query, *args, **kwargs)
        return self._answers[key]


class DeskInHand:
    """The shell, but its station has the data in hand."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self.station = InHand(shell.station)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shell, name)


class _Painted(QObject):
    def __init__(self, page: QObject) -> None:
        super().__init__(page)
        self.yes = False
        page.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        self.yes = self.yes or event.type() == QEvent.Type.Paint
        return False


def open_files(count: int) -> None:
    """Open one patient's file after the other, as a click does and with the data in hand."""
    from medidesk.repositories import patients
    from medidesk.ui.patients import opening
    from medidesk.ui.patients.file_page import FilePage

    shell: Any = window().shell
    every = shell.station.read(patients.count)
    rows = [shell.station.read(patients.page, at * every // count, 1)[0] for at in range(count)]

    def seen(make: Callable[[], Any]) -> float:
        began = time.perf_counter()
        page = make()
        painted = _Painted(page)
        while not painted.yes:
            QApplication.processEvents()
        took = time.perf_counter() - began
        shell.close_page(page)
        QApplication.processEvents()
        return took

    def in_hand(desk: Any, patient: UUID) -> Any:
        return shell.open(f"in hand {patient}", lambda: FilePage(desk, patient))

    values, floors = [], []
    for row in rows:
        again = partial(in_hand, DeskInHand(shell), row.id)
        seen(again)  # reads what it will need
        floors.append(seen(again))
        values.append(seen(partial(opening.open_file, shell, row.id)))
    tell(json.dumps({"values": values[SAMPLES_BEFORE:], "floors": floors[SAMPLES_BEFORE:]}))


THE_DAY = """
select a.id, a.org_id, a.patient_id, a.staff_id, a.room_id, a.starts_at, a.ends_at, a.state, a.note,
       a.cancel_reason, a.wants_earlier, a.series_id, a.version, a.updated_at, a.updated_by, p.given_name,
       p.family_name, p.born_on, p.born_estimated, p.file_no, p.phone, s.title, s.given_name, s.family_name, r.name,
       v.id, v.state, v.arrived_at
  from appointment a join patient p on p.id = a.patient_id join staff s on s.id = a.staff_id
  left join room r on r.id = a.room_id left join visit v on v.appointment_id = a.id
 where a.org_id = %s and a.deleted_at is null and a.starts_at < %s and a.ends_at > %s order by a.starts_at
"""
"""What the calendar reads of a day's appointments."""


def open_days(count: int, conninfo: str) -> None:
    """Open the day's calendar anew, read its list, and read the same rows from the server, in turns."""
    import psycopg

    from medidesk.repositories import appointments, branch_clock
    from medidesk.ui.appointments.page import CalendarPage

    shell: Any = window().shell
    read, org = shell.station.read, shell.station.user.org_id
    zone = read(branch_clock.zone_of, org)
    day = branch_clock.today(zone)
    begins, ends = (branch_clock.instant(day, minute, zone) for minute in (0, 24 * 60))

    def painted(at: int) -> float:
        began = time.perf_counter()
        page = shell.open(f"day {at}", lambda: CalendarPage(shell))
        seen = _Painted(page.grid.viewport())
        while not seen.yes:
            QApplication.processEvents()
        took = time.perf_counter() - began
        shell.close_page(page)
        QApplication.processEvents()
        return took

    rows: list[Any] = []
    found: dict[str, list[float]] = {"until painted": [], "its list read": [], "floor": []}
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=1) as bare:

        def bare_rows() -> None:
            rows[:] = bare.execute(THE_DAY, (org, ends, begins)).fetchall()

        for at in range(count):
            found["floor"].append(timed(bare_rows))
            found["its list read"].append(timed(partial(read, appointments.calendar_days, org, (day,))))
            found["until painted"].append(painted(at))
    (shown,) = read(appointments.calendar_days, org, (day,))
    assert sum(len(column.appointments) for column in shown.columns) == len(rows) > 0
    tell(json.dumps({name: values[SAMPLES_BEFORE:] for name, values in found.items()}))


def main() -> int:
    """Run the program with a watcher."""
    mode, home, address, user, password, *more = sys.argv[1:]
    app = application()
    if mode == "list":
        ListPainted(app, lambda: tell("list"))
    elif mode == "day":
        ListPainted(app, lambda: open_days(int(more[0]) + SAMPLES_BEFORE, more[1]))
    elif mode == "open":
        ListPainted(app, lambda: open_files(int(more[0]) + SAMPLES_BEFORE))
    else:
        QTimer.singleShot(0, lambda: Stalls(app))
    return run_desktop(Path(home), server=address, user=user, password=password, name=Path(home).name)


if __name__ == "__main__":
    sys.exit(main())
