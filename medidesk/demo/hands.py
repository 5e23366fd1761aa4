"""A person at a station, for the tour: presses keys, types, looks at the window, and tells how long it took."""

import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QEvent, QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from medidesk.demo.start import DemoPerson
from medidesk.repositories import patients
from medidesk.repositories.patients import PatientRow
from medidesk.station import Station
from medidesk.ui.desktop import Desktop
from medidesk.ui.patients.details import Details
from medidesk.ui.patients.file_page import FilePage
from medidesk.ui.patients.list_page import ListPage
from medidesk.ui.patients.register_page import RegisterPage
from medidesk.ui.shell.window import Shell

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier

_HEARTBEAT_MS = 20
_PATIENCE = 60.0
_GAP = 24


class TourStuckError(Exception):
    """What the tour waits for does not happen: a bug of ours, named by the step it is in."""


class Hands:
    """Somebody at a window.

    Args:
        window: the station's window, shown.
        person: who sits there.
    """

    def __init__(self, window: Desktop, person: DemoPerson) -> None:
        self.window = window
        self.person = person

    @property
    def shell(self) -> Shell:
        """The open shell; only after sign-in."""
        if self.window.shell is None:
            raise TourStuckError(f"{self.person.login} is not signed in")
        return self.window.shell

    @property
    def station(self) -> Station:
        """Their station; only after sign-in."""
        return self.shell.station

    def sit_down(self) -> None:
        """Their window gets the keys."""
        self.window.activateWindow()
        self.see("the window in front", self.window.isActiveWindow)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        """Press a key where the focus is."""
        QTest.keyClick(self._focus(), key, held)

    def type(self, text: str) -> None:
        """Type where the focus is."""
        _type(self._focus(), text)

    def _focus(self) -> QWidget:
        focus: QWidget | None = self.window.focusWidget()
        return self.window if focus is None else focus

    def fill(self, editor: QWidget, text: str) -> None:
        """Put other words into a field."""
        editor.setFocus()
        QTest.keyClick(editor, Qt.Key.Key_A, CONTROL)
        if text:
            _type(editor, text)
        else:
            QTest.keyClick(editor, Qt.Key.Key_Delete)

    def see(self, what: str, condition: Callable[[], object]) -> float:
        """Wait until something is so; returns the seconds it took.

        Raises:
            TourStuckError: it never was.
        """
        return see(what, condition)

    def sign_in(self) -> None:
        """Type name and password, and press Enter."""
        page = self.window.sign_in_page()
        if page is None:
            raise TourStuckError("no sign-in page is in front")
        if page.login() != self.person.login:
            self.press(Qt.Key.Key_U, ALT)
            self.type(self.person.login)
            self.press(Qt.Key.Key_Return)
        page.password().setFocus()
        self.type(self.person.password)

    def search(self, text: str) -> list[float]:
        """Search the list of patients for `text`; returns the seconds from each key to its rows."""
        page = self.patients()
        page.search.clear()
        page.arrive()
        said: list[str] = []
        page.search.searched.connect(said.append)
        took = []
        for end in range(1, len(text) + 1):
            began = time.perf_counter()
            self.type(text[end - 1])
            see("what was searched", lambda typed=text[:end]: said[-1:] == [typed])  # type: ignore[misc]
            took.append(time.perf_counter() - began)
        page.search.searched.disconnect(said.append)
        return took

    def patients(self) -> ListPage:
        """The list of patients, brought to the front."""
        self.shell.tabs.setCurrentIndex(0)
        return _page(self.shell, ListPage)

    def file(self) -> FilePage:
        """The patient's file in front."""
        return _page(self.shell, FilePage)

    def registration(self) -> RegisterPage:
        """The registration in front."""
        return _page(self.shell, RegisterPage)

    def sees_file(self) -> bool:
        """Whether a patient's file is in front."""
        return isinstance(self.shell.front(), FilePage)

    def details(self) -> Details:
        """The form of the file in front, brought to the front."""
        page = self.file()
        page.show_section("details")
        if page.details is None:
            raise TourStuckError("this file has no details to change")
        return page.details

    def is_live(self) -> bool:
        """Whether the station is current and nothing waits on it."""
        sync = self.station.sync
        return sync.state == "live" and not sync.waiting

    def is_offline(self) -> bool:
        """Whether the station says that the server is away."""
        return self.station.sync.state == "offline"

    def knows(self, patient: UUID) -> bool:
        """Whether the patient is on the station."""
        return self.station.read(patients.by_id, patient) is not None

    def row(self, patient: UUID) -> PatientRow:
        """The patient as the station has them."""
        row = self.station.read(patients.by_id, patient)
        if row is None:
            raise TourStuckError(f"a patient is not on {self.station.name}")
        return row

    def close_tabs(self) -> None:
        """Close every tab but the first."""
        for page in self.shell.pages()[1:]:
            self.shell.close_page(page)


def _type(widget: QWidget, text: str) -> None:
    """Each letter as a keyboard of its language sends it; QTest knows only those of ASCII."""
    for letter in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(widget, QKeyEvent(kind, Qt.Key.Key_unknown, NONE, letter))


def _page[P](shell: Shell, kind: type[P]) -> P:
    page = shell.front()
    if not isinstance(page, kind):
        raise TourStuckError(f"{kind.__name__} is not in front, {type(page).__name__} is")
    return page


def see(what: str, condition: Callable[[], object], patience: float = _PATIENCE) -> float:
    """Let the windows work until something is so; returns the seconds it took.

    Raises:
        TourStuckError: it was not within `patience` seconds.
    """
    began = time.perf_counter()
    heartbeat = QTimer()
    heartbeat.start(_HEARTBEAT_MS)
    while not condition():
        if time.perf_counter() - began > patience:
            raise TourStuckError(f"waited {patience:.0f} s for {what}")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    return time.perf_counter() - began


def settle() -> None:
    """Let what has been asked for be laid out and painted."""
    for _ in range(3):
        QApplication.processEvents()


def picture(path: Path, *windows: QWidget) -> None:
    """A picture of one window, or of several beside one another."""
    settle()
    shots = [window.grab() for window in windows]
    if len(shots) == 1:
        shots[0].save(str(path))
        return
    width = sum(shot.width() for shot in shots) + _GAP * (len(shots) + 1)
    whole = QPixmap(width, max(shot.height() for shot in shots) + 2 * _GAP)
    whole.fill(QColor("#2b3440"))
    painter = QPainter(whole)
    x = _GAP
    for shot in shots:
        painter.drawPixmap(QPoint(x, _GAP), shot)
        x += shot.width() + _GAP
    painter.end()
    whole.save(str(path))
