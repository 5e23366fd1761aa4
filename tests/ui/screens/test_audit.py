"""An administrator at the page of the audit trail: finding who changed what, and reading it."""

from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from medidesk.ui.audit.audit_page import AuditPage
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.words import counted
from tests.support.changes_of_a_file import changed_file
from tests.support.database import Clinic
from tests.support.operations import patient
from tests.ui.screens.conftest import ALT, Hands
from tests.ui.screens.line import Line


@pytest.fixture
def who(clinic: Clinic) -> UUID:
    """Amara Okafor; and somebody else."""
    found = changed_file(clinic)
    patient(clinic, family_name="Sow", given_name="Awa")
    return found


@pytest.fixture
def page(qtbot: QtBot, open_shell: Callable[..., Hands], who: UUID) -> AuditPage:
    """Ingrid's, once the server has answered."""
    return audit_of(qtbot, open_shell("ingrid"))


def audit_of(qtbot: QtBot, desk: Hands) -> AuditPage:
    made = desk.shell.open("audit", lambda: pytest.fail("the page is not open"))
    assert isinstance(made, AuditPage)
    qtbot.waitUntil(lambda: bool(made.entries), timeout=20_000)
    return made


def shown(page: AuditPage) -> list[tuple[str, str, str]]:
    return [(one.login, one.label, one.done) for one in page.entries]


def test_the_newest_change_stands_first_and_is_told_field_by_field(qtbot: QtBot, page: AuditPage) -> None:
    assert shown(page)[:2] == [("sofia", "Patient", "Added"), ("sofia", "Patient", "Changed")]
    assert {("anjali", "Allergy", "Added"), ("sofia", "Patient", "Added")} <= set(shown(page)[2:])
    QTest.keyClick(page.filters.file, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "Patient: changed" in page.panel.words())
    words = page.panel.words()
    assert words[words.index("Phone") + 1 :][:2] == ["555 0001", "555 0002"]
    assert any("Okafor" in one for one in words)
    assert any("(sofia)" in one for one in words)
    assert "Reception 2" in words


def test_a_file_number_leaves_that_file_and_the_key_takes_all_again(
    qtbot: QtBot, page: AuditPage, clinic: Clinic, who: UUID
) -> None:
    everything = len(page.entries)
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(page.filters.file, "okaf")
    qtbot.waitUntil(lambda: {one.patient for one in page.entries} == {who}, timeout=20_000)
    assert {one.table for one in page.entries} == {"patient", "allergy"}
    assert "Amara Okafor" in page.filters._found.text()
    page.filters.file.clear()
    qtbot.waitUntil(lambda: len(page.entries) == everything, timeout=20_000)
    page.table.choose_row([one.patient for one in page.entries].index(who))
    QTest.keyClick(page, Qt.Key.Key_F, ALT)
    qtbot.waitUntil(lambda: {one.patient for one in page.entries} == {who}, timeout=20_000)
    QTest.keyClick(page, Qt.Key.Key_A, ALT)
    qtbot.waitUntil(lambda: len(page.entries) == everything, timeout=20_000)


def test_of_what_her_roles_do_not_show_she_reads_who_and_which_fields(qtbot: QtBot, page: AuditPage) -> None:
    page.filters.what.set_value("allergy")
    qtbot.waitUntil(lambda: shown(page) == [("anjali", "Allergy", "Added")], timeout=20_000)
    qtbot.waitUntil(lambda: "Allergy: added" in page.panel.words())
    words = page.panel.words()
    assert {"Substance", "Severity"} <= set(words)
    assert not any("Latex" in one or "evere" in one for one in words if one != "Severity")
    assert any("which fields were touched" in one for one in words)
    assert "Substance" in page.entries[0].summary


def test_who_opened_a_file_is_asked_for_by_itself(
    qtbot: QtBot, open_shell: Callable[..., Hands], page: AuditPage, who: UUID
) -> None:
    doctor = open_shell("anjali", name="Room 3")
    doctor.open_file(who)
    doctor.see(lambda: not doctor.station._engine.outbox.opened.of("anjali"))
    page.filters.what.set_value("access_log")
    page.filters.when.setCurrentIndex(0)
    qtbot.waitUntil(lambda: shown(page) == [("anjali", "Patient's file", "Opened")], timeout=20_000)
    assert page._count.text() == "1 opening"
    assert "Amara Okafor" in page._fields(page.entries[0])
    qtbot.waitUntil(lambda: "Patient's file: opened" in page.panel.words())
    assert {"Dr Anjali Kumar (anjali)", "Room 3"} <= set(page.panel.words())


def test_who_when_and_where_are_chosen_together(qtbot: QtBot, page: AuditPage) -> None:
    page.filters.who.set_value("anjali")
    qtbot.waitUntil(lambda: {one.login for one in page.entries} == {"anjali"}, timeout=20_000)
    page.filters.when.set_value(0)
    page.filters.where.set_value("Reception 2")
    qtbot.waitUntil(
        lambda: page.filters.wanted().station == "Reception 2" and len(page.entries) == 2, timeout=20_000
    )
    page.filters.who.set_value("olive")
    qtbot.waitUntil(lambda: page.entries == (), timeout=20_000)
    assert "No change is chosen." in page.panel.words()


def test_older_ones_follow(qtbot: QtBot, page: AuditPage, clinic: Clinic) -> None:
    with clinic.admin() as admin:
        admin.execute(
            "insert into patient (id, org_id, family_name) "
            "select gen_random_uuid(), %s, 'P' || n from generate_series(1, 210) n",
            (clinic.org_id,),
        )
    before = len(page.entries)
    QTest.keyClick(page, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: len(page.entries) == 200, timeout=20_000)
    older = next(one for one in page.findChildren(Button) if one.text() == "Show older ones")
    assert older.isVisible()
    QTest.mouseClick(older, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.entries) == before + 210, timeout=20_000)
    assert not older.isVisible()


def test_that_older_ones_are_archived_is_told_below_the_last_one(
    qtbot: QtBot, page: AuditPage, clinic: Clinic
) -> None:
    assert not [label for label in page.findChildren(Label) if "archived" in label.text()]
    with clinic.admin() as admin:
        admin.execute(
            "insert into audit_archive (first_seal, last_seal, rows, openings, before, file, sha256) "
            "values (1, 9, 100, 0, '2025-11-01', 'audit-1-9.jsonl.gz', '')"
        )
    QTest.keyClick(page, Qt.Key.Key_F5)
    told = (
        f"{counted(len(page.entries), '1 change', '{count} changes')}; those before 1 Nov 2025 are archived"
    )
    qtbot.waitUntil(
        lambda: any(label.text().startswith(told) for label in page.findChildren(Label)), timeout=20_000
    )


def test_without_the_server_it_says_so_and_asks_when_it_is_back(
    qtbot: QtBot, open_shell: Callable[..., Hands], cut_line: Callable[[], Line], who: UUID
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    page = audit_of(qtbot, desk)
    line.cut()
    qtbot.waitUntil(lambda: desk.station.sync.state == "offline", timeout=20_000)
    QTest.keyClick(page, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: "This needs the server" in page._problem.words(), timeout=20_000)
    assert page.entries, "what was read stays"
    line.mend()
    desk.station.retry_now()
    qtbot.waitUntil(page._problem.isHidden, timeout=20_000)
