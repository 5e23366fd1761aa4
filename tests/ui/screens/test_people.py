"""An administrator at the page of people: who can sign in, in which roles, and what is done about it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from medidesk.server.scram import scram_verifier
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.inputs import Choice
from medidesk.ui.newcomer_form import login_from
from medidesk.ui.people.ask_first import AskFirst
from medidesk.ui.people.first_password import FirstPassword
from medidesk.ui.people.list_page import ListPage
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.conftest import ALT, Hands
from tests.ui.screens.line import Line

if TYPE_CHECKING:
    from medidesk.repositories.people import AccountRow

FIRST = "lantern oxide bramble fig"


def people_of(desk: Hands) -> ListPage:
    page = desk.shell.open("people", lambda: pytest.fail("the page is not open"))
    assert isinstance(page, ListPage)
    return page


@pytest.fixture
def page(qtbot: QtBot, open_shell: Callable[..., Hands]) -> ListPage:
    """Ingrid's page, once the server has told what only she sees."""
    made = people_of(open_shell("ingrid"))
    qtbot.waitUntil(lambda: bool(made._seen), timeout=20_000)
    return made


def shown(page: ListPage) -> list["AccountRow"]:
    return [page.table.rows.row_at(at) for at in range(page.table.rows.rowCount())]


def choose(qtbot: QtBot, page: ListPage, login: str) -> None:
    qtbot.waitUntil(lambda: login in [row.login for row in shown(page)], timeout=20_000)
    page.table.choose_row([row.login for row in shown(page)].index(login))
    qtbot.waitUntil(lambda: bool(buttons(page)))


def ask_first(page: ListPage, words: str) -> AskFirst:
    return next(
        one
        for one in page.panel.findChildren(AskFirst)
        if one.button.text() == words and not one.isHidden() and one.isVisible()
    )


def confirm(page: ListPage, words: str) -> None:
    """Press a button, and the one that does it; twice, as impatient people do."""
    asked = ask_first(page, words)
    QTest.mouseClick(asked.button, Qt.MouseButton.LeftButton)
    assert asked.go.hasFocus()
    QTest.keyClick(asked.go, Qt.Key.Key_Space)
    asked.confirmed.emit()


def request(clinic: Clinic) -> None:
    with clinic.connect("sofia") as sofia:
        sofia.execute(
            "select request_account('novice', %s, 'nurse', 'Vice', 'No', 'nurse', %s)",
            (scram_verifier(FIRST), clinic.org_id),
        )


def roles(clinic: Clinic, login: str) -> list[str]:
    rows = server_rows(
        clinic,
        "select r.role from user_role r join user_account a on a.id = r.user_account_id "
        "where a.login = %s and r.deleted_at is null order by 1",
        login,
    )
    return [row[0] for row in rows]


def test_whoever_is_no_administrator_has_no_such_page(open_shell: Callable[..., Hands]) -> None:
    assert [one.key for one in open_shell("sofia").shell.pages()] == [
        "patients",
        "appointments",
        "visits",
        "billing",
        "claims",
        "overview",
        "reports",
    ]


def test_an_administrator_begins_with_patients_and_has_their_own_pages_beside(
    page: ListPage, clinic: Clinic
) -> None:
    front = page.desk.front()  # type: ignore[attr-defined]
    keys = [one.key for one in page.desk.pages()]  # type: ignore[attr-defined]
    assert keys == [
        "patients",
        "appointments",
        "visits",
        "billing",
        "claims",
        "overview",
        "reports",
        "directory",
        "people",
        "audit",
        "server",
    ]
    assert front is page
    assert {row.login for row in shown(page)} == set(clinic.people)


def test_people_are_found_by_name_user_name_and_role(qtbot: QtBot, page: ListPage) -> None:
    for typed, login in (("zielinski", "tomasz"), ("RUI", "rui"), ("pharm", "yusuf")):
        page.search.clear()
        QTest.keyClicks(page.search, typed)
        qtbot.waitUntil(lambda login=login: [row.login for row in shown(page)] == [login])  # type: ignore[misc]


def test_somebody_is_added_by_keyboard_and_signs_in_with_the_first_password(
    qtbot: QtBot, page: ListPage, clinic: Clinic
) -> None:
    QTest.keyClick(page, Qt.Key.Key_N, ALT)
    form = page.adding.form
    for name, words in (("given_name", "José Luis"), ("family_name", "Arana")):
        editor = form.editor(name)
        assert isinstance(editor, QLineEdit)
        editor.setFocus()
        editor.insert(words)
        editor.textEdited.emit(words)
    assert form.values()["login"] == "jose"
    role = form.editor("role")
    assert isinstance(role, Choice)
    role.set_value("nurse")
    QTest.keyClick(form.editor("family_name"), Qt.Key.Key_Return)
    QTest.keyClick(form.editor("family_name"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(page.panel.findChildren(FirstPassword)), timeout=20_000)
    (first,) = page.panel.findChildren(FirstPassword)
    with clinic.connect("jose", password=first.password) as jose:
        said = jose.execute("select hello()").fetchone()
    assert said is not None
    assert said[0]["must_change_password"]
    choose(qtbot, page, "jose")
    assert roles(clinic, "jose") == ["nurse"]


def test_what_the_server_refuses_is_said_and_what_was_typed_stays(
    qtbot: QtBot, page: ListPage, clinic: Clinic
) -> None:
    QTest.keyClick(page, Qt.Key.Key_N, ALT)
    page.adding.form.set_values({"family_name": "Other", "login": "sofia", "role": "nurse"})
    page.adding.submit()
    qtbot.waitUntil(lambda: "The name sofia is taken." in page.adding.problem_words(), timeout=20_000)
    assert page.adding.form.values()["family_name"] == "Other"
    QTest.keyClick(page.adding, Qt.Key.Key_Escape)
    choose(qtbot, page, "ingrid")
    confirm(page, "Suspend")
    qtbot.waitUntil(lambda: "Nobody else administers" in page.panel.problem_words(), timeout=20_000)
    choose(qtbot, page, "rui")
    assert not page.panel.problem_words()


@pytest.mark.parametrize("approved", [True, False])
def test_a_request_stands_first_and_is_decided(
    qtbot: QtBot, page: ListPage, clinic: Clinic, approved: bool
) -> None:
    request(clinic)
    qtbot.waitUntil(lambda: shown(page)[0].login == "novice", timeout=20_000)
    choose(qtbot, page, "novice")
    if approved:
        qtbot.waitUntil(lambda: page._seen.get("novice") is not None, timeout=20_000)
        qtbot.waitUntil(lambda: [one.value() for one in page.panel.findChildren(Choice)] == ["nurse"])
        QTest.mouseClick(buttons(page)["Approve"], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: roles(clinic, "novice") == ["nurse"], timeout=20_000)
        clinic.connect("novice", password=FIRST)
    else:
        confirm(page, "Decline")
        qtbot.waitUntil(lambda: "novice" not in [row.login for row in shown(page)], timeout=20_000)
        with pytest.raises(psycopg.OperationalError):
            clinic.connect("novice", password=FIRST)


def test_somebody_is_suspended_and_let_in_again(qtbot: QtBot, page: ListPage, clinic: Clinic) -> None:
    state = "select state from user_account where login = 'rui'"
    choose(qtbot, page, "rui")
    confirm(page, "Suspend")
    qtbot.waitUntil(lambda: server_rows(clinic, state) == [("suspended",)], timeout=20_000)
    again = "Let in again"
    qtbot.waitUntil(lambda: again in buttons(page), timeout=20_000)
    QTest.mouseClick(buttons(page)[again], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: server_rows(clinic, state) == [("approved",)], timeout=20_000)


def buttons(page: ListPage) -> dict[str, Button]:
    return {one.text(): one for one in page.panel.findChildren(Button) if one.isVisible()}


def test_a_role_is_given_and_taken(qtbot: QtBot, page: ListPage, clinic: Clinic) -> None:
    choose(qtbot, page, "rui")
    role = next(one for one in page.panel.findChildren(Choice) if one.accessibleName() == "Role")
    role.set_value("manager")
    QTest.mouseClick(buttons(page)["Give"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: roles(clinic, "rui") == ["cashier", "manager"], timeout=20_000)
    qtbot.waitUntil(
        lambda: (
            len([one for one in page.panel.findChildren(AskFirst) if one.button.text() == "Take away"]) == 2
        ),
        timeout=20_000,
    )
    confirm(page, "Take away")
    qtbot.waitUntil(lambda: len(roles(clinic, "rui")) == 1, timeout=20_000)


def test_a_new_password_is_shown_once_and_the_old_one_ends(
    qtbot: QtBot, page: ListPage, clinic: Clinic
) -> None:
    choose(qtbot, page, "rui")
    confirm(page, "Set a new password")
    qtbot.waitUntil(lambda: bool(page.panel.findChildren(FirstPassword)), timeout=20_000)
    (first,) = page.panel.findChildren(FirstPassword)
    clinic.connect("rui", password=first.password)
    with pytest.raises(psycopg.OperationalError):
        clinic.connect("rui")
    choose(qtbot, page, "sofia")
    qtbot.waitUntil(lambda: not page.panel.findChildren(FirstPassword))


def test_somebody_is_signed_out(qtbot: QtBot, page: ListPage, clinic: Clinic) -> None:
    rui = clinic.connect("rui")
    QTest.keyClick(page, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: bool(page._seen["rui"].sessions), timeout=20_000)
    choose(qtbot, page, "rui")
    confirm(page, "Sign out everywhere")
    qtbot.waitUntil(lambda: not page._seen["rui"].sessions, timeout=20_000)
    with pytest.raises(psycopg.OperationalError):
        rui.execute("select 1")


def test_without_the_server_accounts_can_be_looked_at(
    qtbot: QtBot, open_shell: Callable[..., Hands], cut_line: Callable[[], Line]
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    page = people_of(desk)
    line.cut()
    qtbot.waitUntil(page._away.isVisible, timeout=20_000)
    choose(qtbot, page, "rui")
    confirm(page, "Suspend")
    qtbot.waitUntil(lambda: "This needs the server" in page.panel.problem_words(), timeout=20_000)
    line.mend()
    desk.station.retry_now()
    qtbot.waitUntil(lambda: not page._away.isVisible() and bool(page._seen), timeout=20_000)


@pytest.mark.parametrize(
    ("name", "login"), [("José Luis", "jose"), ("", ""), ("Łukasz", "ukasz"), ("Anna-Marie", "annamarie")]
)
def test_a_user_name_is_made_of_the_given_name(name: str, login: str) -> None:
    assert login_from(name) == login
