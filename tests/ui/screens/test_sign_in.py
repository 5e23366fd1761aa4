"""Signing in, being refused, locking, changing over; and the first run."""

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from medidesk.ui.sign_in.greeting import Greeting, Person
from medidesk.ui.sign_in.page import SignInPage
from tests.support.database import Clinic
from tests.ui.screens.conftest import ALT, CONTROL
from tests.ui.screens.desktop import OpenDesktop, page_of, shell_is_up, sign_in, type_into
from tests.ui.screens.line import Line


def test_a_right_password_opens_the_shell(qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic) -> None:
    window = open_desktop()
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    station = window.station()
    assert station is not None
    assert station.user.display_name == "Sofia Marchetti"
    assert window.windowTitle() == "Harbour Street Clinic: MediDesk"


def test_a_wrong_password_is_refused_beside_the_field(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    window = open_desktop()
    sign_in(qtbot, window, "sofia", "wrong")
    page = page_of(window)
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=20_000)
    assert page.problem_words().startswith("Sign-in refused")
    qtbot.waitUntil(page.password().hasFocus)
    assert page.password().selectedText() == "wrong"


def test_a_second_enter_presses_nothing_else(qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic) -> None:
    window = open_desktop()
    page = page_of(window)
    asked: list[str] = []
    page.look_asked.connect(lambda: asked.append("look"))
    page.server_asked.connect(lambda: asked.append("server"))
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    for _again in range(2):
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Return)
        QTest.keyClick(focus, Qt.Key.Key_Space)
    assert asked == []
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)


def test_a_first_sign_in_needs_the_server(qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic) -> None:
    line = Line(clinic.server)
    line.cut()
    window = open_desktop(server=line.address)
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    page = page_of(window)
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=30_000)
    line.close()
    assert page.problem_words().startswith("The server cannot be reached")


def test_the_second_sign_in_works_without_the_server(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    line = Line(clinic.server)
    first = open_desktop(server=line.address)
    sign_in(qtbot, first, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(first), timeout=20_000)
    station = first.station()
    assert station is not None
    qtbot.waitUntil(lambda: station.sync.state == "live", timeout=20_000)
    first.close()
    line.cut()
    again = open_desktop(server=line.address)
    page = page_of(again)
    assert [card.person.name for card in page._cards] == ["Sofia Marchetti"]
    QTest.keyClick(page, Qt.Key.Key_1, ALT)
    type_into(page.password(), clinic.password("sofia"))
    QTest.keyClick(page.password(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell_is_up(again), timeout=30_000)
    assert again.shell is not None
    qtbot.waitUntil(again.shell.sheet.banner.isVisible, timeout=20_000)
    again.close()
    line.close()


def test_a_second_window_of_the_same_station_says_so(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    first = open_desktop()
    sign_in(qtbot, first, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(first), timeout=20_000)
    second = open_desktop()
    sign_in(qtbot, second, "sofia", clinic.password("sofia"))
    page = page_of(second)
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=20_000)
    assert page.problem_words().startswith("MediDesk is already open")


def test_locking_covers_the_work_and_the_password_brings_it_back(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    window = open_desktop()
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    shell = window.shell
    assert shell is not None
    QTest.keyClick(shell, Qt.Key.Key_L, CONTROL)
    page = page_of(window)
    assert page.login() == "sofia"
    QTest.keyClicks(page.password(), "not this")
    QTest.keyClick(page.password(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=20_000)
    type_into(page.password(), clinic.password("sofia"))
    QTest.keyClick(page.password(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    assert window.shell is shell


def test_somebody_else_takes_over_with_one_password(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    window = open_desktop()
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    window.lock()
    sign_in(qtbot, window, "anjali", clinic.password("anjali"))
    qtbot.waitUntil(lambda: shell_is_up(window) and window.station().user.login == "anjali", timeout=20_000)  # type: ignore[union-attr]


def test_a_successor_s_wrong_password_costs_nobody_their_work(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    window = open_desktop()
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    shell = window.shell
    window.lock()
    sign_in(qtbot, window, "anjali", "wrong")
    page = page_of(window)
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=20_000)
    assert page.problem_words().startswith("Sign-in refused")
    QTest.keyClick(page, Qt.Key.Key_1, ALT)
    type_into(page.password(), clinic.password("sofia"))
    QTest.keyClick(page.password(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    assert window.shell is shell


def test_without_the_server_a_stranger_cannot_close_a_locked_station(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    line = Line(clinic.server)
    window = open_desktop(server=line.address)
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    shell = window.shell
    line.cut()
    window.lock()
    sign_in(qtbot, window, "anjali", clinic.password("anjali"))
    page = page_of(window)
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=30_000)
    assert page.problem_words().startswith("The server cannot be reached")
    assert window.shell is shell
    window.close()
    line.close()


def test_a_damaged_station_file_is_a_sentence(
    qtbot: QtBot, open_desktop: OpenDesktop, tmp_path: Path
) -> None:
    home = tmp_path / "pc"
    home.mkdir()
    (home / "station.toml").write_text("station_id = [", encoding="utf-8")
    page = page_of(open_desktop(home=home, server=""))
    assert page.problem_words().startswith("This station's files have a problem")


def test_caps_lock_is_noticed_by_what_it_does(qtbot: QtBot) -> None:
    page = SignInPage(Greeting(people=(Person("sofia", "Sofia Marchetti", "Reception"),)))
    qtbot.addWidget(page)
    page.show()
    QTest.keyClicks(page.password(), "a")
    assert not page._caption.caps.isVisible()
    page.password().keyPressEvent(_typed("B", Qt.KeyboardModifier.ShiftModifier))
    assert not page._caption.caps.isVisible()
    page.password().keyPressEvent(_typed("C"))
    assert page._caption.caps.isVisible()
    page.password().keyPressEvent(_typed("d"))
    assert not page._caption.caps.isVisible()


def test_the_eye_shows_and_covers_the_password(qtbot: QtBot) -> None:
    page = SignInPage(Greeting(people=(Person("sofia", "Sofia Marchetti", "Reception"),)))
    qtbot.addWidget(page)
    page.show()
    field = page.password()
    field.actions()[0].trigger()
    assert field.echoMode() == QLineEdit.EchoMode.Normal
    page.set_busy("Signing in…")
    assert field.echoMode() == QLineEdit.EchoMode.Password


def _typed(letter: str, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> QKeyEvent:
    """A letter as a keyboard sends it: with Caps Lock a capital comes without Shift."""
    key = Qt.Key(ord(letter.upper()))
    return QKeyEvent(QEvent.Type.KeyPress, key, held, letter)
