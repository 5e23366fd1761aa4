"""What every picture needs: a clinic of its own, somebody signed in at a window, and the camera."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from medidesk import demo
from medidesk.ui.desktop import Desktop
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.theme import apply_theme

if TYPE_CHECKING:
    from medidesk.station import Station
    from medidesk.ui.shell.window import Shell

FOLDER = Path(__file__).resolve().parent.parent / "build" / "screenshots"
SIZE, SMALL = (1440, 900), (1280, 720)
_PATIENCE = 60.0


class Seat:
    """One station's window, and whoever is signed in there."""

    def __init__(self, window: Desktop, clinic: demo.Demo) -> None:
        self.window, self.clinic = window, clinic

    @property
    def shell(self) -> "Shell":
        """The shell of whoever is signed in."""
        if self.window.shell is None:
            raise RuntimeError("nobody is signed in")
        return self.window.shell

    @property
    def station(self) -> "Station":
        """The open station."""
        station = self.window.station()
        if station is None:
            raise RuntimeError("nobody is signed in")
        return station

    def sign_in(self, login: str) -> None:
        """Sign somebody in and wait until the replica is current."""
        self.window.sign_in(login, self.clinic.person(login).password)
        wait(lambda: self.window.shell is not None)
        wait(lambda: self.station.sync.state == "live")


def settle() -> None:
    """Let everything that is due happen, and be painted."""
    for _round in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait(condition: Callable[[], bool]) -> None:
    """Go on as soon as it is so.

    Raises:
        TimeoutError: it is not so after a minute.
    """
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(condition)
        QApplication.processEvents()
        time.sleep(0.002)


def take(widget: QWidget, name: str, mode: str) -> list[str]:
    """One picture; returns the words that are cut off in it."""
    settle()
    path = FOLDER / f"{name}-{mode}.png"
    widget.grab().save(str(path))
    cut = clipped_texts(widget)
    print(f"{path.name:<32}{'  cut off: ' + ', '.join(cut) if cut else ''}")
    return cut


@contextmanager
def clinic() -> Iterator[demo.Demo]:
    """A demo clinic of its own, deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="medidesk-screenshots-"))
    folder.chmod(0o711)
    try:
        yield demo.start(folder / "demo")
        demo.stop(folder / "demo")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_both(app: QApplication, widget: QWidget, name: str) -> list[str]:
    """One picture light and one dark; returns the words that are cut off."""
    cut: list[str] = []
    for mode in ("light", "dark"):
        apply_theme(app, "dark" if mode == "dark" else "light")
        cut += take(widget, name, mode)
    return cut
