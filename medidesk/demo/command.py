"""`medidesk demo`: what it starts and what it says."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from medidesk.demo import staff
from medidesk.demo.start import Demo, default_folder, is_there, start
from medidesk.demo.start import stop as stop_server
from medidesk.words import tr

FOLDER_VARIABLE = "MEDIDESK_DEMO"
"""Tells a station of the demo where the demo lies, and so where its password is: never on a command line."""

PICTURES = Path("build") / "tour"

_SCREEN_PATIENCE = 20.0

type Side = Literal["left", "right"]


@dataclass(frozen=True)
class Seat:
    """One of the demo's stations.

    Attributes:
        login: who is signed in there.
        name: what the station is called.
        side: the half of the screen its window takes.
    """

    login: str
    name: str
    side: Side

    def home(self, place: Path) -> Path:
        """Its folder in the folder of a run."""
        return place / self.login


ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""The signals, besides the terminal's interrupt, on which windows are closed as by hand."""

SEATS = (Seat("sofia", "Reception 2", "left"), Seat("anjali", "Room 3", "right"))


def run(folder: Path | None = None, *, reset: bool = False, tour: bool | None = None) -> int:
    """Start the demo; show two stations, or drive them off-screen; returns the exit code.

    Args:
        folder: where the demo lies; the usual place unless told.
        reset: make it anew.
        tour: drive the stations off-screen; that is also what happens without a screen, unless it is False.
    """
    _say(tr("Starting the demo clinic …"))
    with ThreadPoolExecutor(1) as beside:  # a screen is asked while the server starts
        answer = beside.submit(_screen_answers) if has_screen() and not tour else None
        demo = start(folder, reset=reset)
        screen = answer is not None and answer.result()
    try:
        _introduce(demo)
        if tour or (tour is None and not screen):
            if tour is None:
                _say(tr("There is no screen here, so the tour drives both stations without one."))
            return _tour(demo)
        if not screen:
            _say(tr("There is no screen here. The server runs until: medidesk demo --stop"))
            _say(demo.address)
            return 0
        return _windows(demo)
    finally:
        if tour is not False or screen:
            stop_server(demo.home, unless_open=True)


def stop(folder: Path | None = None) -> None:
    """Stop the demo's server and say so."""
    folder = folder or default_folder()
    if not is_there(folder):
        _say(tr("There is no demo in {folder}.", folder=folder))
        return
    stop_server(folder)
    _say(tr("The demo's server is stopped. Its data stays in {folder}.", folder=folder))


def has_screen() -> bool:
    """Whether a screen is named, on which windows could be shown to somebody."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in {"offscreen", "minimal"}:
        return False
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _screen_answers() -> bool:
    """Whether Qt can open the screen: its name may be another person's, or of a session that has ended."""
    command = [sys.executable, "-m", "medidesk.ui.screen"]
    try:
        return subprocess.run(command, check=False, timeout=_SCREEN_PATIENCE).returncode == 0  # noqa: S603
    except subprocess.TimeoutExpired:
        return False


def _introduce(demo: Demo) -> None:
    made = tr("{clinic} is ready, with invented patients.", clinic=staff.CLINIC)
    found = tr("{clinic} is as it was left.", clinic=staff.CLINIC)
    _say(made if demo.new else found)
    _say(
        tr(
            "Everything of the demo lies in {folder}: its data, and throw-away keys and passwords made for it.",
            folder=demo.home,
        )
    )
    for seat in SEATS:
        person = demo.person(seat.login)
        text = "{station}: {name}, {role} (user name {login})"
        _say(
            "  "
            + tr(text, station=seat.name, name=person.display_name, role=person.role_label, login=seat.login)
        )
    _say(tr("Everybody's password: {path}", path=demo.passwords_file))


def _windows(demo: Demo) -> int:
    """Both stations, each a process of its own, until both are closed."""
    with demo.stations() as place:
        environment = {**os.environ, FOLDER_VARIABLE: str(demo.home)}
        windows = [
            subprocess.Popen(  # noqa: S603 - this program
                [sys.executable, "-m", "medidesk.demo.seat", seat.login, str(place)], env=environment
            )
            for seat in SEATS
        ]
        _say(tr("Both stations are signed in. What one saves, the other shows at once. Close both to end."))
        return _until_closed(windows)


def _until_closed(windows: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait for all of them; the first exit code that is not 0."""

    def close(_signal: int, _frame: object) -> None:
        for window in windows:
            window.terminate()

    # Whoever tells only us to end, or closes the terminal, does not want a server left running.
    for one in ENDINGS:
        signal.signal(one, close)
    try:
        codes = [window.wait() for window in windows]
    except KeyboardInterrupt:
        # The terminal's interrupt has reached the windows too; each closes its files before it ends.
        for window in windows:
            window.wait()
        return 130
    return next((code for code in codes if code), 0)


def _tour(demo: Demo) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from medidesk.demo.tour import drive
    from medidesk.log import log_to

    log_to(demo.home / "log")  # what the libraries remark on an outage is not for the screen
    with demo.stations() as place:
        drive(demo, place, PICTURES, _say)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
