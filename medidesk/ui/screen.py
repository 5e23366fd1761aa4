"""Opening Qt. Where it finds no screen it ends the process; here that is told in a sentence, not by a crash.

`python -m medidesk.ui.screen` only tries, and ends with `EXIT_NO_SCREEN` where there is none.
"""

import os
import sys
from typing import NoReturn

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from medidesk.words import tr

EXIT_NO_SCREEN = 3
"""How a program ends whose windows have no screen."""


def open_qt() -> QApplication:
    """A new QApplication; without a screen the process ends with `EXIT_NO_SCREEN`."""
    said: list[str] = []

    def heed(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if kind is QtMsgType.QtFatalMsg:
            _end(said)  # nothing may return from here: Qt would abort, and leave a core file behind
        said.append(message)

    before = qInstallMessageHandler(heed)
    try:
        return QApplication(sys.argv[:1])
    finally:
        qInstallMessageHandler(before)
        for message in said:
            print(message, file=sys.stderr)


def _end(said: list[str]) -> NoReturn:
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM"):
        reason = " ".join(dict.fromkeys(line.strip() for line in said if 'in "" even though' not in line))
    else:
        reason = tr("Neither DISPLAY nor WAYLAND_DISPLAY names a screen.")
    print(
        tr("MediDesk found no screen for its windows"),
        reason,
        tr(
            "Start it in a desktop session. Libraries that windows lack are installed by: make window-libraries"
        ),
        sep="\n",
        file=sys.stderr,
        flush=True,
    )
    os._exit(EXIT_NO_SCREEN)


if __name__ == "__main__":
    open_qt()
