"""Shells over real stations of a real clinic, shown off-screen, and what a person's hands do to them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from medidesk.repositories import patients
from medidesk.station import Refused, Station
from medidesk.ui.bridge import Bridge
from medidesk.ui.desktop import Desktop
from medidesk.ui.modules import modules
from medidesk.ui.patients import opening
from medidesk.ui.patients.file_page import FilePage
from medidesk.ui.patients.list_page import ListPage
from medidesk.ui.patients.register_page import RegisterPage
from medidesk.ui.preferences import Preferences
from medidesk.ui.shell.window import Shell
from tests.support.database import Clinic
from tests.ui.screens.line import Line

CONTROL, ALT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.NoModifier,
)

MARIA = {
    "given_name": "María",
    "family_name": "Fernández Ortega",
    "born_on": "1984-03-12",
    "sex": "female",
    "phone": "+34 612 555 018",
    "address": "14 Harbour Street, flat 6",
    "city": "Barcelona",
    "desk_note": "Prefers morning slots. Book a Spanish interpreter for consent talks.",
    "next_of_kin": [{"name": "Javier Ortega", "relation": "husband", "phone": "+34 612 555 077"}],
    "identifiers": [{"kind": "national_id", "system": "", "value": "55501984X"}],
    "alerts": ["Needs a wheelchair"],
}
OMAR = {"given_name": "Omar", "family_name": "Haddad", "born_on": "1981-01-30", "phone": "+961 3 555 204"}
TAMAR = {
    "given_name": "Tamar",
    "family_name": "Beridze",
    "born_on": "1987-11-22",
    "phone": "+995 555 198 340",
}


@dataclass
class Hands:
    """A person at a shell: types, presses keys, looks.

    Attributes:
        presses: how many keys were pressed, one that is held with another counted with it.
        typed: how many characters were typed.
    """

    shell: Shell
    bot: QtBot
    presses: int = 0
    typed: int = 0

    @property
    def station(self) -> Station:
        """Their station."""
        return self.shell.station

    def sit_down(self) -> None:
        """Their window is the one that gets the keys."""
        self.shell.activateWindow()
        self.bot.waitUntil(self.shell.isActiveWindow)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE, at: QWidget | None = None) -> None:
        """Press a key where the focus is."""
        if not self.shell.isActiveWindow():
            self.sit_down()
        self.presses += 1
        target = at or QApplication.focusWidget() or self.shell
        QTest.keyClick(target, key, held)

    def type(self, text: str) -> None:
        """Type where the focus is."""
        target = self.shell.window().focusWidget()
        assert target is not None
        self.typed += len(text)
        QTest.keyClicks(target, text)

    def fill(self, editor: QWidget, text: str) -> None:
        """Put other words into a field."""
        editor.setFocus()
        QTest.keyClick(editor, Qt.Key.Key_A, CONTROL)
        QTest.keyClicks(editor, text) if text else QTest.keyClick(editor, Qt.Key.Key_Delete)

    def patients(self) -> ListPage:
        """The list of patients, in front."""
        page = self.shell.open("patients", lambda: ListPage(self.shell))
        assert isinstance(page, ListPage)
        return page

    def file(self) -> FilePage:
        """The file in front."""
        page = self.shell.front()
        assert isinstance(page, FilePage), page
        return page

    def registration(self) -> RegisterPage:
        """The registration in front."""
        page = self.shell.front()
        assert isinstance(page, RegisterPage), page
        return page

    def open_file(self, patient_id: UUID) -> FilePage:
        """Open somebody's file."""
        return opening.open_file(self.shell, patient_id)

    def toasts(self) -> list[str]:
        """What the toasts say."""
        return [f"{toast.title} {toast.line}".strip() for toast in self.shell.toaster.toasts()]

    def see(self, condition: Callable[[], object]) -> None:
        """Wait until it is so."""
        self.bot.waitUntil(lambda: bool(condition()), timeout=15_000)

    def register(self, values: dict[str, Any]) -> UUID:
        """Somebody is registered already."""
        outcome = self.station.run(patients.register, values)
        assert not isinstance(outcome, Refused)
        row_id: UUID = outcome.row.id
        return row_id


@pytest.fixture
def open_shell(qtbot: QtBot, open_station: Callable[..., Station]) -> Iterator[Callable[..., Hands]]:
    """Opens shells: `open_shell("sofia", name="Reception 2")`, live and current."""
    with ExitStack() as opened:

        def open_one(
            login: str, *, name: str | None = None, size: tuple[int, int] = (1440, 900), **more: Any
        ) -> Hands:
            station = open_station(login, name=name, **more)
            if more.get("server") is None:
                station.wait_current(timeout=20)
            shell = Shell(Bridge(station), modules(), Preferences.load(station.home, login))
            qtbot.addWidget(shell)
            opened.callback(shell.wind_up)
            shell.resize(*size)
            shell.show()
            hands = Hands(shell, qtbot)
            hands.sit_down()
            shell.arrive()
            return hands

        yield open_one


@pytest.fixture
def cut_line(clinic: Clinic) -> Iterator[Callable[[], Line]]:
    """A cable to the clinic's server: `line = cut_line()`, then `line.address`, `line.cut()`, `line.mend()`."""
    lines: list[Line] = []

    def make() -> Line:
        lines.append(Line(clinic.server))
        return lines[-1]

    yield make
    for line in lines:
        line.close()


@pytest.fixture
def open_desktop(
    qtbot: QtBot, qapp: QApplication, clinic: Clinic, tmp_path: Path
) -> Iterator[Callable[..., Desktop]]:
    """Opens the whole program's window for a station; closed at the end."""
    with ExitStack() as opened:

        def open_one(*, home: Path | None = None, server: str | None = None, begin: bool = True) -> Desktop:
            window = Desktop(
                qapp,
                home or tmp_path / "pc",
                server=clinic.server if server is None else server,
                name="Reception 2",
            )
            qtbot.addWidget(window)
            opened.callback(window.close)
            window.show()
            if begin:
                window.begin()
                window.activateWindow()
                qtbot.waitUntil(window.isActiveWindow)
            return window

        yield open_one
