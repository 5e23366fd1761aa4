"""The frame: tabs, keys, look, the page of changes, and no key that means two things."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from medidesk.repositories import patients
from medidesk.ui.bug_report import BugReport
from medidesk.ui.changes.panel import ChangesPanel
from medidesk.ui.changes.waiting import WaitingCard
from medidesk.ui.idle import IdleWatch
from medidesk.ui.kit.conflict import ConflictCard
from medidesk.ui.kit.keys import canonical, collisions
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.theme import theme
from medidesk.ui.preferences import Preferences
from medidesk.ui.shell.menu import PersonMenu
from tests.support.database import Clinic
from tests.ui.screens.conftest import ALT, CONTROL, MARIA, OMAR, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def test_two_files_stand_side_by_side_and_ctrl_w_closes_one(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    maria, omar = desk.register(MARIA), desk.register(OMAR)
    desk.open_file(maria)
    desk.open_file(omar)
    assert desk.open_file(maria) is desk.shell.pages()[7], "the same file is the same tab"
    desk.press(Qt.Key.Key_Tab, CONTROL)
    assert desk.file().patient_id == omar
    desk.press(Qt.Key.Key_W, CONTROL)
    titles = [page.title for page in desk.shell.pages()]
    assert titles == [
        "Patients",
        "Calendar",
        "Queue",
        "Cashier",
        "Claims",
        "Overview",
        "Reports",
        "María Fernández Ortega",
    ]
    desk.press(Qt.Key.Key_Tab, CONTROL)
    desk.press(Qt.Key.Key_W, CONTROL)
    assert desk.shell.pages()[0].title == "Patients", "the first tab stays"


def test_a_tab_that_is_closed_leads_back_to_where_it_was_opened_from(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    maria, omar = desk.register(MARIA), desk.register(OMAR)
    desk.patients()
    desk.open_file(maria)
    desk.open_file(omar)
    desk.press(Qt.Key.Key_W, CONTROL)
    assert desk.file().patient_id == maria
    desk.press(Qt.Key.Key_W, CONTROL)
    assert desk.shell.front() is desk.patients()


def test_no_key_means_two_things_on_a_screen(open_shell: OpenShell) -> None:
    desk = open_shell("anjali")
    page = desk.open_file(desk.register(MARIA))
    desk.shell.show_changes()
    panel = desk.shell.sheet.panel()
    assert isinstance(panel, ChangesPanel)
    assert collisions() == []
    frame = {canonical(item.key) for item in desk.shell.keys.items()}
    every = [one.keys for one in desk.shell.pages()]
    assert len(every) > 4
    for keys in (*every, page.keys, panel.keys):
        assert frame & {canonical(item.key) for item in keys.items()} == set()


def test_f1_lists_the_keys_of_the_screen(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    desk.press(Qt.Key.Key_F1)
    assert desk.shell.keys_panel.isVisible()
    desk.press(Qt.Key.Key_Escape)
    assert not desk.shell.keys_panel.isVisible()
    assert desk.patients().search.hasFocus()


def test_the_look_is_kept_for_the_person(open_shell: OpenShell, qapp: QApplication) -> None:
    desk = open_shell("sofia")
    asked: list[str] = []
    desk.shell.look_chosen.connect(asked.append)
    desk.shell.choose_look("dark")
    assert asked == ["dark"]
    assert Preferences.load(desk.station.home, "sofia").look == "dark"
    assert Preferences.load(desk.station.home, "anjali").look == "system"
    assert theme().mode == "light", "the window decides when to change clothes"


def test_a_damaged_preferences_file_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "windows.json").write_text('{"sofia": 7, "": "x"', encoding="utf-8")
    assert Preferences.load(tmp_path, "sofia").look == "system"
    (tmp_path / "windows.json").write_text('{"sofia": {"look": "pink", "lock_after": -3}}', encoding="utf-8")
    loaded = Preferences.load(tmp_path, "sofia")
    assert (loaded.look, loaded.lock_after) == ("system", 10)


def test_the_changes_page_says_that_nothing_waits(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    desk.press(Qt.Key.Key_S, CONTROL_SHIFT)
    panel = desk.shell.sheet.panel()
    assert isinstance(panel, ChangesPanel)
    desk.see(lambda: "Holds everything up to" in panel._figures.text())
    assert "Not checked" in panel._figures.text()
    desk.press(Qt.Key.Key_C, ALT, at=panel)
    desk.see(lambda: "rows, nothing differed" in panel._figures.text())
    desk.press(Qt.Key.Key_Escape)
    assert desk.shell.sheet.panel() is None
    assert desk.patients().search.hasFocus()


def test_f1_over_the_changes_page_lists_its_keys_and_none_that_is_dead(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    desk.press(Qt.Key.Key_S, CONTROL_SHIFT)
    assert [item.text for item in desk.shell.hints.shown()] == ["Close", "Check this station"]
    desk.press(Qt.Key.Key_F1)
    words = [label.text() for label in desk.shell.keys_panel.findChildren(Label)]
    assert "Check this station" in words
    assert "Keep choices" not in words


def test_what_was_picked_stays_while_more_comes_to_wait(
    open_shell: OpenShell, cut_line: Callable[[], Line]
) -> None:
    line = cut_line()
    desk, doctor = open_shell("sofia", server=line.address), open_shell("anjali")
    desk.station.wait_current(timeout=20)
    maria = desk.register(MARIA)
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.station.run(patients.edit, maria, {"phone": "+34 600 111 222"}, patience=0.1)
    doctor.station.run(patients.edit, maria, {"phone": "+34 699 999 999"})
    line.mend()
    desk.see(lambda: desk.station.sync.attention == 1)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.sit_down()
    desk.press(Qt.Key.Key_S, CONTROL_SHIFT)
    panel = desk.shell.sheet.panel()
    assert isinstance(panel, ChangesPanel)
    card = panel.findChild(ConflictCard)
    assert card is not None
    card.choose_all("theirs")
    card.keep.setFocus()
    desk.station.run(patients.register, OMAR, patience=0.1)
    desk.see(lambda: panel.findChild(WaitingCard) is not None)
    assert card.choices() == {"phone": "theirs"}
    assert card.keep.hasFocus()


def test_an_offline_conflict_is_decided_on_the_changes_page(
    open_shell: OpenShell, cut_line: Callable[[], Line]
) -> None:
    line = cut_line()
    desk, doctor = open_shell("sofia", server=line.address), open_shell("anjali")
    desk.station.wait_current(timeout=20)
    maria = desk.register(MARIA)
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.station.run(patients.edit, maria, {"phone": "+34 600 111 222"}, patience=0.1)
    doctor.station.run(patients.edit, maria, {"phone": "+34 699 999 999"})
    line.mend()
    desk.see(lambda: desk.station.sync.attention == 1)
    desk.see(lambda: desk.shell.top_bar.pill.text() == "1 needs attention")
    desk.sit_down()
    desk.press(Qt.Key.Key_S, CONTROL_SHIFT)
    panel = desk.shell.sheet.panel()
    assert isinstance(panel, ChangesPanel)
    card = panel.findChild(ConflictCard)
    assert card is not None
    assert set(card.choices()) == {"phone"}
    desk.press(Qt.Key.Key_Return, CONTROL, at=card.keep)
    desk.see(lambda: desk.station.sync.attention == 0)
    doctor.see(lambda: doctor.station.read(patients.by_id, maria).phone == "+34 600 111 222")  # type: ignore[union-attr]


def test_the_banner_says_when_changes_wait_for_an_administrator_and_when_an_old_program_takes_none(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk = open_shell("sofia")
    banner = desk.shell.sheet.banner
    assert not banner.isVisible()
    with clinic.admin() as admin:
        admin.execute("update server_identity set sending_paused = true")
    desk.see(banner.isVisible)
    assert "An administrator must bring them back" in banner.accessibleName()
    assert not banner.link.isVisible(), "nobody at this desk can do anything about it"
    with clinic.admin() as admin:
        admin.execute("update server_identity set sending_paused = false")
    desk.see(lambda: not banner.isVisible())
    with clinic.admin() as admin:
        admin.execute("update server_identity set oldest_client = 1000")
    desk.see(lambda: "Nothing can be entered on this PC." in banner.accessibleName())


@pytest.mark.parametrize("key", [Qt.Key.Key_N])
def test_a_page_keeps_its_keys_while_the_tabs_have_the_focus(open_shell: OpenShell, key: Qt.Key) -> None:
    desk = open_shell("sofia")
    desk.shell.tabs.setFocus()
    desk.press(Qt.Key.Key_K, CONTROL)
    assert desk.shell.palette_box.isVisible()
    desk.press(Qt.Key.Key_Escape)
    desk.patients().arrive()
    desk.press(key, ALT)
    assert desk.registration() is desk.shell.front()


@pytest.fixture
def shown_windows(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every widget that is shown as a window: also one that gets its parent too late, for the blink of an eye.

    The calls are watched, not the application's events: a filter of all events in Python meets objects that
    are being taken apart.
    """
    shown: list[str] = []
    set_visible = QWidget.setVisible

    def spied(widget: QWidget, visible: bool) -> None:
        if visible and widget.isWindow():
            shown.append(type(widget).__name__)
        set_visible(widget, visible)

    monkeypatch.setattr(QWidget, "setVisible", spied)
    monkeypatch.setattr(QWidget, "show", lambda widget: spied(widget, True))
    return shown


def test_no_window_flashes_up_while_work_is_done(open_shell: OpenShell, shown_windows: list[str]) -> None:
    desk = open_shell("anjali")
    omar = desk.register(OMAR)
    page = desk.open_file(omar)
    page.show_section("details")
    page.merge_with()
    desk.patients().arrive()
    desk.press(Qt.Key.Key_N, ALT)
    desk.shell.show_changes()
    desk.shell.toast("Saved")
    assert shown_windows == ["Shell"]


def test_the_menu_keeps_the_lock_time(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    chosen: list[int] = []
    desk.shell.lock_time_changed.connect(chosen.append)
    preferences = Preferences.load(desk.station.home, "sofia")
    menu = PersonMenu(
        preferences,
        None,
        desk.shell.choose_look,
        desk.shell.choose_lock_time,
        desk.shell.lock_asked.emit,
        desk.shell.switch_asked.emit,
        desk.shell.sign_out_asked.emit,
        desk.shell.new_password_asked.emit,
        lambda: None,
        lambda: None,
        desk.shell,
    )
    times = menu.findChild(QMenu)
    assert times is not None
    assert [action.isChecked() for action in times.actions()] == [False, True, False, False]
    times.actions()[0].trigger()
    assert chosen == [5]
    assert Preferences.load(desk.station.home, "sofia").lock_after == 5


def test_nobody_there_is_noticed_and_a_key_puts_it_off(qtbot: QtBot, qapp: QApplication) -> None:
    watch = IdleWatch(qapp)
    with qtbot.waitSignal(watch.idle, timeout=5_000):
        watch.watch(0.0005)
    watch.watch(1)
    qtbot.waitUntil(lambda: watch._timer.remainingTime() < 59_900)
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    QTest.keyClick(widget.windowHandle(), Qt.Key.Key_A)
    assert watch._timer.remainingTime() > 59_900
    qtbot.waitUntil(lambda: watch._timer.remainingTime() < 59_900)
    QTest.mouseMove(widget.windowHandle(), QPoint(5, 5))
    qtbot.waitUntil(lambda: watch._timer.remainingTime() > 59_900)
    watch.rest()
    assert not watch._timer.isActive()


def test_a_bug_of_ours_is_told_once_and_without_anybodys_data(qtbot: QtBot, qapp: QApplication) -> None:
    report = BugReport(qapp)

    def broken() -> None:
        raise RuntimeError("María Fernández Ortega")

    for _time in range(2):
        try:
            broken()
        except RuntimeError as error:
            report._excepthook(type(error), error, error.__traceback__)
    qtbot.waitUntil(lambda: report.box() is not None)
    box = report.box()
    assert box is not None
    assert "kept as a draft" in box.informativeText()
    assert "broken" in box.detailedText()
    assert "María" not in box.detailedText() + box.text() + box.informativeText()
    box.done(0)
    assert report.box() is None


@pytest.mark.parametrize("login", ["sofia", "ingrid", "rui"])
def test_no_piece_of_a_page_flashes_as_a_window_of_its_own(
    open_shell: OpenShell, shown_windows: list[str], login: str
) -> None:
    desk = open_shell(login)
    for page in desk.shell.pages():
        desk.shell.open(page.key, lambda: pytest.fail("it is open"))
    assert shown_windows == ["Shell"]
