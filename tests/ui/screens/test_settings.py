"""What a clinic sets, by keys at the administrator's window, holds at the other stations at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from medidesk.models.settings import SettingName
from medidesk.repositories import directory, settings
from medidesk.ui import lock_time
from medidesk.ui.directory.list_page import ListPage
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.shell.window import Shell
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.desktop import OpenDesktop, page_of, shell_is_up, sign_in, type_into
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]

LOCK, OFFLINE, _REFUNDS, RESTRICTED, _WAITING = SettingName
SET = (
    "select s.name, s.value, o.name from setting s join organisation o on o.id = s.org_id "
    "where s.deleted_at is null"
)
LOCKS = "Locks by itself at the latest after"


def page(desk: Hands) -> ListPage:
    """The settings, in front."""
    found = desk.shell.open("directory", lambda: pytest.fail("the page is not open"))
    assert isinstance(found, ListPage)
    desk.sit_down()
    desk.press(Qt.Key.Key_7, CONTROL)
    return found


def panel_of(found: ListPage) -> EntryPanel:
    assert found.panel is not None
    return found.panel


def shown(found: ListPage) -> list[tuple[str, str, str]]:
    """What the first three columns say."""
    rows = found.table.rows
    return [
        tuple(str(rows.index(at, column).data()) for column in range(3))  # type: ignore[misc]
        for at in range(rows.rowCount())
    ]


def open_setting(desk: Hands, found: ListPage, words: str) -> EntryPanel:
    """Search for it, and press Enter."""
    desk.press(Qt.Key.Key_F, CONTROL)
    desk.fill(found.search, words)
    desk.press(Qt.Key.Key_Return)
    return panel_of(found)


def save(desk: Hands, panel: EntryPanel, number: int) -> None:
    desk.fill(panel.form.editor("value"), str(number))
    desk.press(Qt.Key.Key_Return, CONTROL)


def lock_choices(shell: Shell) -> list[tuple[str, bool]]:
    times = shell.menu().findChild(QMenu)
    assert times is not None
    return [(one.text(), one.isChecked()) for one in times.actions() if one.isEnabled() and one.text()]


def test_a_limit_set_at_one_window_caps_the_lock_of_another(
    qtbot: QtBot, open_shell: OpenShell, open_desktop: OpenDesktop, clinic: Clinic, tmp_path: Path
) -> None:
    window = open_desktop()
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    shell, watch = window.shell, window._idle
    assert shell is not None
    shell.choose_lock_time(0)
    assert not watch._timer.isActive()
    assert [words for words, _on in lock_choices(shell)] == [
        "after 5 minutes", "after 10 minutes", "after 30 minutes", "never",
    ]  # fmt: skip

    desk = open_shell("ingrid")
    found = page(desk)
    save(desk, open_setting(desk, found, "locks"), 20)
    desk.see(lambda: found.panel is None)
    assert server_rows(clinic, SET) == [("lock_minutes_most", 20, "Harbour Street Clinic")]
    assert shown(found)[0] == (LOCKS, "20 minutes", "set here")
    qtbot.waitUntil(watch._timer.isActive, timeout=15_000)
    assert 15 * 60_000 < watch._timer.remainingTime() <= 20 * 60_000
    assert lock_choices(shell) == [
        ("after 5 minutes", False), ("after 10 minutes", False), ("after 20 minutes", True),
    ]  # fmt: skip
    shell.choose_lock_time(5)
    assert 4 * 60_000 < watch._timer.remainingTime() <= 5 * 60_000

    # Whoever was away for longer than a limit that comes is locked out as it comes.
    assert watch._seen is not None
    watch._seen -= 150
    save(desk, open_setting(desk, found, "locks"), 2)
    qtbot.waitUntil(lambda: not shell_is_up(window), timeout=15_000)
    assert page_of(window).is_locked()
    shell.lock_time_changed.emit(1)
    assert not watch._timer.isActive(), "a locked station needs no watch"
    window.activateWindow()
    type_into(page_of(window).password(), clinic.password("sofia"))
    qtbot.keyClick(page_of(window).password(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    assert 0 < watch._timer.remainingTime() <= 2 * 60_000
    assert lock_choices(shell) == [("after 2 minutes", True)]


@pytest.mark.parametrize(
    ("chosen", "limit", "holds"),
    [(0, None, 0), (30, None, 30), (0, 15, 15), (30, 15, 15), (10, 15, 10), (15, 15, 15), (5, 1, 1)],
)
def test_the_persons_choice_stays_below_the_limit(chosen: int, limit: int | None, holds: int) -> None:
    assert lock_time.within(chosen, limit) == holds
    assert (0 in lock_time.choices(limit)) == (limit is None)
    assert all(lock_time.within(one, limit) == one for one in lock_time.choices(limit))


def test_bounds_are_told_beside_the_field(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("ingrid")
    found = page(desk)
    panel = open_setting(desk, found, "sign-in without")
    assert panel.form.values() == {"value": 30}
    save(desk, panel, 91)
    desk.see(panel.form.problems)
    assert panel.form.problems() == {
        "value": "Sign-in without the server for up to: 1 day at least, 90 days at most."
    }
    save(desk, panel, 90)
    desk.see(lambda: found.panel is None)
    desk.fill(found.search, "")
    desk.press(Qt.Key.Key_N, ALT)
    panel = panel_of(found)
    desk.fill(panel.form.editor("value"), "121")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(panel.form.problems)
    assert panel.form.problems() == {"value": f"{LOCKS}: 1 minute at least, 120 minutes at most."}
    assert server_rows(clinic, SET) == [("offline_days", 90, "Harbour Street Clinic")]


def test_a_branch_has_its_own_and_goes_back_to_the_one_above(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("ingrid")
    above = {"name": "North Quay", "kind": "branch", "parent_id": clinic.org_id}
    desk.station.run(directory.add_organisation, above, patience=20)
    desk.station.run(settings.change, RESTRICTED, 30, patience=20)
    found = page(desk)
    desk.press(Qt.Key.Key_N, ALT)
    desk.type("A")  # as a drop-down list is chosen from
    desk.press(Qt.Key.Key_Tab)
    desk.type("N")
    desk.press(Qt.Key.Key_Tab)
    desk.type("15")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: found.panel is None)
    rows = [("restricted_minutes", 15, "North Quay"), ("restricted_minutes", 30, "Harbour Street Clinic")]
    assert sorted(server_rows(clinic, SET), key=str) == sorted(rows, key=str)
    north = found.table.current_row()
    assert (north.org_name, north.value) == ("North Quay", 15)
    remove = "Do not set it here"
    panel = open_setting(desk, found, "north quay")
    next(one for one in panel.findChildren(QPushButton) if one.text() == remove).click()
    desk.see(lambda: found.panel is None)
    held = desk.station.read(settings.place, north.id)
    assert held is not None
    assert (held.value, held.source_name) == (30, "Harbour Street Clinic")
    panel = open_setting(desk, found, "sign-in without")
    assert not [one for one in panel.findChildren(QPushButton) if one.text() == remove], (
        "nothing is set there"
    )


def test_what_a_colleague_sets_under_an_open_panel_is_shown_or_asked(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk, other = open_shell("ingrid"), clinic.admin()
    found = page(desk)
    panel = open_setting(desk, found, "locks")
    assert panel.form.values() == {"value": None}
    other.execute(
        "insert into setting (id, org_id, name, value) values (gen_random_uuid(), %s, 'lock_minutes_most', '30')",
        (clinic.org_id,),
    )
    desk.see(lambda: panel.form.values() == {"value": 30})
    desk.fill(panel.form.editor("value"), "10")
    other.execute("update setting set value = '15'")
    desk.see(lambda: panel._both.card() is not None)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: panel._both.card() is None)
    assert panel.form.values() == {"value": 10}
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: found.panel is None)
    assert server_rows(clinic, SET) == [("lock_minutes_most", 10, "Harbour Street Clinic")]


@pytest.mark.parametrize("was_set", [False, True])
def test_two_administrators_change_the_same_setting(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic, was_set: bool
) -> None:
    line = cut_line()
    desk, colleague = open_shell("ingrid", server=line.address), open_shell("ingrid", name="Office 2")
    desk.station.wait_current(timeout=20)
    if was_set:
        colleague.station.run(settings.change, LOCK, 60, patience=20)
        desk.station.wait_current(timeout=20)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    found = page(desk)
    save(desk, open_setting(desk, found, "locks"), 10)
    desk.see(lambda: found.panel is None)
    assert shown(found)[0][1] == "10 minutes"
    desk.see(lambda: found.table.rows.pending == {found.table.rows.row_at(0).id})
    colleague.station.run(settings.change, LOCK, 20, patience=20)
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    (entry,) = desk.station.attention()
    assert entry.title == f"{LOCKS}: 10 minutes"
    if was_set:
        assert [(one.base, one.theirs, one.mine) for one in entry.fields] == [("60", "20", "10")]
    else:
        assert entry.sentence.startswith("Somebody else has set this meanwhile.")
    desk.see(lambda: desk.station.read(settings.value_of, LOCK, clinic.org_id) == 20)
    module = next(one for one in desk.shell._modules if one.name == "directory")
    assert module.take_up(desk.shell, entry)
    assert panel_of(found).form.values()["value"] == 10
    desk.sit_down()
    desk.press(Qt.Key.Key_Return, CONTROL)
    # What waits is told a moment after it is kept: the server is asked until it has it.
    desk.see(lambda: server_rows(clinic, SET) == [("lock_minutes_most", 10, "Harbour Street Clinic")])
    desk.see(lambda: not desk.station.attention() and not desk.station.sync.waiting)
