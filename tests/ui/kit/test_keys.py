"""Keys: one meaning on one screen, shown in the hint bar and by F1."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from medidesk.ui.kit.hint_bar import HintBar
from medidesk.ui.kit.keycap import KeyCap
from medidesk.ui.kit.keys import KeyRegistry, KeyTakenError, all_bindings, collisions
from medidesk.ui.kit.keys_panel import KeysPanel


@pytest.fixture
def screen(qtbot: QtBot) -> QWidget:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(800, 400)
    column = QVBoxLayout(page)
    field = QLineEdit()
    column.addWidget(field)
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    field.setFocus()
    return page


def test_a_bound_key_acts_while_the_focus_is_on_the_screen(qtbot: QtBot, screen: QWidget) -> None:
    done: list[str] = []
    keys = KeyRegistry(screen, "Patients")
    keys.bind("Alt+N", "Register", lambda: done.append("register"))
    qtbot.keyClick(screen.focusWidget(), Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
    assert done == ["register"]


def test_a_key_does_nothing_while_its_condition_says_no(qtbot: QtBot, screen: QWidget) -> None:
    done: list[str] = []
    allowed = False
    keys = KeyRegistry(screen)
    keys.bind("F7", "Next step", lambda: done.append("next"), when=lambda: allowed)
    qtbot.keyClick(screen.focusWidget(), Qt.Key.Key_F7)
    assert done == []
    allowed = True
    qtbot.keyClick(screen.focusWidget(), Qt.Key.Key_F7)
    assert done == ["next"]


def test_a_key_cannot_mean_two_things_on_one_screen(screen: QWidget) -> None:
    keys = KeyRegistry(screen, "Patients")
    keys.bind("Alt+N", "Register", lambda: None)
    with pytest.raises(KeyTakenError, match="already means 'Register'"):
        keys.bind("alt+n", "Note", lambda: None)
    keys.release("Alt+N")
    keys.bind("Alt+N", "Note", lambda: None)
    assert [item.text for item in keys.items()] == ["Note"]


@pytest.mark.parametrize("key", ["Alt+F4", "Ctrl+C", "Ctrl+Z", "Ctrl+A", "Ctrl+Alt+Del"])
def test_a_key_of_the_platform_is_refused(screen: QWidget, key: str) -> None:
    with pytest.raises(KeyTakenError, match="platform"):
        KeyRegistry(screen).bind(key, "Something", lambda: None)


def test_every_binding_is_on_one_record(screen: QWidget) -> None:
    keys = KeyRegistry(screen, "Patients")
    keys.bind("Alt+B", "Book", lambda: None)
    keys.list_only("Up", "Choose")
    assert {("Patients", "Alt+B"), ("Patients", "Up")} <= {(item.screen, item.key) for item in all_bindings()}
    assert collisions() == []


def test_the_hint_bar_shows_what_fits_and_leaves_the_rest_to_f1(qtbot: QtBot, screen: QWidget) -> None:
    keys = KeyRegistry(screen)
    bar = HintBar()
    qtbot.addWidget(bar)
    bar.show_keys(keys)
    for at in range(2, 12):
        keys.bind(f"F{at}", f"Something {at}", lambda: None)
    keys.bind("Alt+X", "Quiet", lambda: None, hint=False)
    bar.resize(500, bar.height())
    few = [item.key for item in bar.shown()]
    bar.resize(2000, bar.height())
    every = [item.key for item in bar.shown()]
    assert few == every[: len(few)]
    assert 0 < len(few) < len(every) == 10
    assert not bar.grab().isNull()


def test_the_hint_bar_forgets_a_screen_that_is_gone(qtbot: QtBot) -> None:
    page, bar = QWidget(), HintBar()
    qtbot.addWidget(bar)
    keys = KeyRegistry(page)
    keys.bind("F7", "Next", lambda: None)
    bar.show_keys(keys)
    with qtbot.waitSignal(page.destroyed):
        page.deleteLater()
    assert bar.shown() == []


def test_f1_lists_every_key_and_gives_the_focus_back(qtbot: QtBot, screen: QWidget) -> None:
    keys = KeyRegistry(screen)
    keys.bind("Alt+N", "Register", lambda: None)
    keys.bind("Alt+X", "Quiet", lambda: None, hint=False)
    field = screen.focusWidget()
    panel = KeysPanel(screen)
    panel.open([("Patients", keys)])
    assert {cap.key() for cap in panel.findChildren(KeyCap)} == {"Alt+N", "Alt+X"}
    assert panel.hasFocus()
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    assert field.hasFocus()
