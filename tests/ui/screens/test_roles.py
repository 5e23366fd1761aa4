"""Roles of the clinic's own at an administrator's window, and the windows of somebody whose roles change."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from medidesk.ui.kit.inputs import Choice
from medidesk.ui.people.roles_page import RolesPage
from tests.support.database import Clinic
from tests.support.roles import gets, loses
from tests.support.stations import server_rows
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.desktop import OpenDesktop, shell_is_up, sign_in
from tests.ui.screens.test_people import people_of

OWN = "select r.label, own_levels(r.name) from role r where is_own_role(r.name) and r.deleted_at is null"


@pytest.fixture
def page(open_shell: Callable[..., Hands]) -> RolesPage:
    """Ingrid's page of roles, opened from the page of people by its key."""
    people = people_of(open_shell("ingrid"))
    QTest.keyClick(people, Qt.Key.Key_R, ALT)
    front = people.desk.front()  # type: ignore[attr-defined]
    assert isinstance(front, RolesPage)
    return front


def words(page: RolesPage) -> dict[str, tuple[str, ...]]:
    """What the list says of each role: how far it goes in each area."""
    rows = page.table.rows

    def text(at: int, column: int) -> str:
        return str(rows.data(rows.index(at, column), Qt.ItemDataRole.DisplayRole))

    return {text(at, 0): tuple(text(at, column) for column in range(1, 7)) for at in range(rows.rowCount())}


def fill(page: RolesPage, label: str, **levels: str) -> None:
    assert page.panel is not None
    editor = page.panel.form.editor("label")
    assert isinstance(editor, QLineEdit)
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, label)
    for area, level in levels.items():
        choice = page.panel.form.editor(area)
        assert isinstance(choice, Choice)
        choice.set_value(level)
        page.panel.form.changed.emit(area)


def made(qtbot: QtBot, page: RolesPage, label: str, **levels: str) -> None:
    QTest.keyClick(page, Qt.Key.Key_N, ALT)
    fill(page, label, **levels)
    assert page.panel is not None
    QTest.keyClick(page.panel, Qt.Key.Key_Return, CONTROL)
    QTest.keyClick(page, Qt.Key.Key_Return, CONTROL)  # pressed twice, one role is made
    qtbot.waitUntil(lambda: label in words(page), timeout=20_000)


def test_the_roles_that_come_with_the_program_are_told_and_stay(page: RolesPage) -> None:
    said = words(page)
    assert said["Reception"] == ("Also changes", "—", "Also changes", "Also changes", "Reads", "Reads")
    assert said["Pharmacist"] == ("Reads", "Also adds", "—", "Also changes", "Reads", "Reads")
    page.table.opened.emit(page.table.rows.row_at(0))
    assert page.panel is None


def test_a_role_is_made_changed_given_and_ended(qtbot: QtBot, page: RolesPage, clinic: Clinic) -> None:
    made(qtbot, page, "Front desk", demographics="add", clinical="read")
    assert server_rows(clinic, OWN) == [("Front desk", {"demographics": "add", "clinical": "read"})]
    assert words(page)["Front desk"] == ("Also adds", "Reads", "—", "—", "—", "Reads")
    row = page._rows[-1]
    page.table.opened.emit(row)
    fill(page, "Front office", clinical="")
    assert page.panel is not None
    QTest.keyClick(page, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: "Front office" in words(page), timeout=20_000)
    assert server_rows(clinic, OWN) == [("Front office", {"demographics": "add"})]
    with clinic.admin() as admin:
        gets(admin, "rui", row.name, clinic.org_id)
    page.table.opened.emit(page._rows[-1])
    assert page.panel is not None
    end = page.panel.foot.findChildren(type(page.panel.foot.primary))
    (button,) = [one for one in end if one.text() == "End this role"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.wait(300)
    assert server_rows(clinic, OWN) != []
    with clinic.admin() as admin:
        loses(admin, "rui", row.name)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: server_rows(clinic, OWN) == [], timeout=20_000)
    qtbot.waitUntil(lambda: page.panel is None, timeout=20_000)


def test_what_the_server_refuses_is_said_and_what_was_typed_stays(qtbot: QtBot, page: RolesPage) -> None:
    QTest.keyClick(page, Qt.Key.Key_N, ALT)
    fill(page, "pharmacist")
    assert page.panel is not None
    QTest.keyClick(page, Qt.Key.Key_Return, CONTROL)
    panel = page.panel
    qtbot.waitUntil(lambda: "There is a role Pharmacist already." in panel._refusal.words(), timeout=20_000)
    assert panel.form.values()["label"] == "pharmacist"
    fill(page, "Trainee", demographics="", directory="read")
    QTest.keyClick(page, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: "at least to read patients" in panel._refusal.words(), timeout=20_000)


def test_what_was_typed_is_there_again(page: RolesPage) -> None:
    QTest.keyClick(page, Qt.Key.Key_N, ALT)
    fill(page, "Half a na")
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert page.panel is None
    assert page.has_draft
    QTest.keyClick(page, Qt.Key.Key_N, ALT)
    assert page.panel is not None
    assert page.panel.form.values()["label"] == "Half a na"


def test_an_own_role_can_be_chosen_for_somebody_new(qtbot: QtBot, page: RolesPage) -> None:
    made(qtbot, page, "Front desk", demographics="add")
    people = people_of(Hands(page.desk, qtbot))  # type: ignore[arg-type]
    QTest.keyClick(people, Qt.Key.Key_N, ALT)
    role = people.adding.form.editor("role")
    assert isinstance(role, Choice)
    assert "Front desk" in [role.itemText(at) for at in range(role.count())]


def test_the_windows_of_somebody_whose_roles_change_open_anew_when_they_like(
    qtbot: QtBot, clinic: Clinic, open_desktop: OpenDesktop
) -> None:
    desktop = open_desktop()
    sign_in(qtbot, desktop, "sofia", clinic.people["sofia"].password)
    qtbot.waitUntil(lambda: shell_is_up(desktop), timeout=20_000)
    shell = desktop.shell
    assert shell is not None
    qtbot.waitUntil(lambda: not shell.sheet.banner.isVisible(), timeout=20_000)  # the first sync is over
    with clinic.admin() as admin:
        gets(admin, "sofia", "administrator", clinic.org_id)
    qtbot.waitUntil(lambda: shell.sheet.banner.link.text() == "Open the pages anew", timeout=20_000)
    assert [one.key for one in shell.pages()] == [
        "patients",
        "appointments",
        "visits",
        "billing",
        "claims",
        "overview",
        "reports",
    ]
    QTest.mouseClick(shell.sheet.banner.link, Qt.MouseButton.LeftButton)
    anew = desktop.shell
    assert anew is not None
    assert anew is not shell
    assert "people" in [one.key for one in anew.pages()]
    assert not anew.sheet.banner.isVisible()
