"""A restricted file at the window: closed, opened by saying why, closed again."""

from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from medidesk.repositories import patients
from medidesk.ui.patients import opening
from medidesk.ui.patients.file_page import FilePage
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.conftest import ALT, Hands

WHY = "collapsed in the waiting room"


@pytest.fixture
def doctor(open_shell: Callable[..., Hands]) -> Hands:
    return open_shell("anjali")


@pytest.fixture
def page(qtbot: QtBot, doctor: Hands) -> FilePage:
    """A file with an allergy, which the doctor restricts from the menu of its header."""
    outcome = doctor.station.run(
        patients.register, {"family_name": "Sow", "allergies": [{"substance": "Latex", "severity": "severe"}]}
    )
    found: UUID = outcome.row.id  # type: ignore[union-attr]
    made = opening.open_file(doctor.shell, found)
    assert shown(made)
    assert not made.restricted.isVisible()
    made.header.restrict_asked.emit(True)
    qtbot.waitUntil(made.restricted.why.isVisible, timeout=20_000)
    return made


def shown(page: FilePage) -> bool:
    """Whether allergies are shown."""
    return page.overview._allergies.isVisible()


def test_it_says_that_it_is_closed_and_not_that_there_are_no_allergies(page: FilePage) -> None:
    assert not shown(page)
    chips = [chip.text for chip in page.header._chips._shown]
    assert chips == ["Restricted", "Allergies on file"]
    QTest.keyClick(page, Qt.Key.Key_A, ALT)
    assert page.panel() is None


def test_saying_why_opens_it_and_a_key_closes_it_again(qtbot: QtBot, page: FilePage, clinic: Clinic) -> None:
    box = page.restricted
    box.why.setFocus()
    QTest.keyClicks(box.why, "why")
    QTest.keyClick(box.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Say in some words why you need it" in box.problem_words(), timeout=20_000)
    box.why.selectAll()
    QTest.keyClicks(box.why, WHY)
    QTest.keyClick(box.why, Qt.Key.Key_Return)
    QTest.keyClick(box.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(page), timeout=20_000)
    assert "Latex" in page.header._chips._shown[1].text  # at once: an empty list would read as none
    assert not box.why.isVisible()
    assert server_rows(clinic, "select login, reason from access_log where reason <> ''") == [("anjali", WHY)]
    QTest.keyClick(page, Qt.Key.Key_A, ALT)
    assert page.panel() is not None
    QTest.mouseClick(box._shut, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not shown(page), timeout=20_000)
    assert page.panel() is None


def test_it_closes_by_itself_when_the_while_is_over(qtbot: QtBot, page: FilePage, clinic: Clinic) -> None:
    page.restricted.why.setText(WHY)
    page.restricted.open()
    qtbot.waitUntil(lambda: shown(page), timeout=20_000)
    station = page.desk.station
    with clinic.admin() as admin:
        admin.execute("update broken_glass set until = now()")
    station.restricted._until.clear()
    page.restricted._over.start(0)
    qtbot.waitUntil(lambda: not shown(page), timeout=20_000)
    qtbot.waitUntil(page.restricted.why.isVisible, timeout=20_000)


def test_reception_sees_who_it_is_and_nothing_of_this(
    qtbot: QtBot, page: FilePage, open_shell: Callable[..., Hands]
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    qtbot.waitUntil(lambda: desk.station.read(patients.by_id, page.patient_id) is not None, timeout=20_000)
    file = opening.open_file(desk.shell, page.patient_id)
    assert not file.restricted.isVisible()
    assert [chip.text for chip in file.header._chips._shown] == ["Restricted", "Allergies on file"]
