"""Start-up and wiring of the desktop program: the first window is painted, then the rest is imported behind it."""

import gc
import os
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from medidesk.log import log_to
from medidesk.ui.bug_report import BugReport
from medidesk.ui.desktop import Desktop
from medidesk.ui.first_paint import FirstPaint
from medidesk.ui.screen import open_qt
from medidesk.words import tr

SWITCH_SECONDS = 0.001
"""How long the sync thread may compute while the window waits for the interpreter; Python's own is 5 ms."""

PAINTED_VARIABLE = "MEDIDESK_TELL_PAINTED"
"""When set, the moment the first window is painted is told on standard output; `make bench` measures it."""


def run_desktop(
    home: Path,
    *,
    server: str = "",
    user: str = "",
    password: str = "",
    name: str | None = None,
    notice: tuple[str, str] | None = None,
    place: tuple[int, int, int, int] | None = None,
) -> int:
    """Run the desktop program until its window is closed.

    Args:
        home: the station's folder.
        server: the server's URL; the one the station has joined when empty.
        user: signs in at once, with `password`, when both are given.
        password: for `user`.
        name: what people call this PC.
        notice: a title and a sentence for the sign-in page.
        place: x, y, width and height of the window.

    Returns:
        The exit code of the process.
    """
    gc.disable()  # until the program is imported: see `opening.load_the_rest`
    sys.setswitchinterval(SWITCH_SECONDS)
    app = application()
    bugs = BugReport(app)
    bugs.install()
    log_to(home / "log")
    window = Desktop(app, home, server=server, name=name, notice=notice)
    if place is not None:
        window.setGeometry(*place)

    def painted() -> None:
        if os.environ.get(PAINTED_VARIABLE):
            sys.stdout.write("painted\n")
            sys.stdout.flush()
        window.prepare()

    window.begin()
    FirstPaint(window, painted)
    window.show()
    if user and password:
        QTimer.singleShot(0, window, lambda: window.sign_in(user, password))
    try:
        return app.exec()
    finally:
        bugs.uninstall()


def application() -> QApplication:
    """The one QApplication, named and ready for the kit; without a screen the process ends (`open_qt`)."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else open_qt()
    app.setApplicationName("medidesk")
    app.setApplicationDisplayName(tr("MediDesk"))
    app.setDesktopFileName("medidesk")
    app.setWindowIcon(QIcon())
    return app
