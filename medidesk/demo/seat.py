"""One window of the demo: a process of its own, signed in by itself, on its half of the screen.

python -m medidesk.demo.seat LOGIN PLACE

Where the demo lies, and with it the password, is told by an environment variable and never on a command line.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from medidesk.cli import guarded
from medidesk.demo.command import ENDINGS, FOLDER_VARIABLE, SEATS, Seat
from medidesk.words import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

_TASKBAR = 40
_MARGIN = 8


def main(login: str, place: Path) -> None:
    """Open the window of one seat; ends the process with the window's exit code."""
    from medidesk.app import application, run_desktop
    from medidesk.demo.start import open_demo

    seat = next(seat for seat in SEATS if seat.login == login)
    demo = open_demo(Path(os.environ[FOLDER_VARIABLE]))
    app = application()
    close_when_told(app)
    screen = app.primaryScreen().availableGeometry()
    code = run_desktop(
        seat.home(place),
        server=demo.address,
        user=seat.login,
        password=demo.person(seat.login).password,
        name=seat.name,
        notice=(
            tr("This is a demo"),
            tr("Everybody in it is invented. Passwords: {path}", path=demo.passwords_file),
        ),
        place=half_of((screen.x(), screen.y(), screen.width(), screen.height()), seat),
    )
    sys.exit(code)


def close_when_told(app: "QApplication") -> Callable[[], None]:
    """Close the windows, and with them the station's files, when the terminal says so (Ctrl+C, or its end).

    Returns:
        What ends it; it ends by itself when the windows are closed.
    """
    from PySide6.QtCore import QSocketNotifier

    # Python hears of a signal only when it runs; while Qt waits, the signal's byte on a socket wakes it.
    heard, told = socket.socketpair()
    told.setblocking(False)
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, *ENDINGS)}
    signal.set_wakeup_fd(told.fileno())
    notifier = QSocketNotifier(heard.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(lambda: heard.recv(64))
    for one in before:
        signal.signal(one, lambda _signal, _frame: app.closeAllWindows())

    # It holds both sockets; a bound method of theirs would not, and a closed one wakes without end.
    def forget() -> None:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for one, handler in before.items():
            signal.signal(one, handler)
        heard.close()
        told.close()

    app.aboutToQuit.connect(forget)
    return forget


def half_of(screen: tuple[int, int, int, int], seat: Seat) -> tuple[int, int, int, int]:
    """The seat's half of a screen, below the title bar's height; all as x, y, width, height."""
    left, top, width, height = screen
    half = width // 2
    x = left if seat.side == "left" else left + half
    return x + _MARGIN // 2, top + _TASKBAR, half - _MARGIN, height - _TASKBAR - _MARGIN


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1], Path(sys.argv[2]))))
