"""A receptionist asks for an account for somebody new, who types a password; an administrator lets them in."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from medidesk.station import Station
from medidesk.ui.account_request import KEY, AccountRequest
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.conftest import CONTROL, Hands
from tests.ui.screens.line import Line

type OpenShell = Callable[..., Hands]
GOOD = "lantern oxide bramble fig"


def asking(desk: Hands) -> AccountRequest:
    """Found with Ctrl+K, and opened with Enter."""
    desk.press(Qt.Key.Key_K, CONTROL)
    desk.type("ask for an acc")
    desk.press(Qt.Key.Key_Return)
    page = desk.shell.front()
    assert isinstance(page, AccountRequest)
    return page


def fill_in(desk: Hands, page: AccountRequest, password: str = GOOD, again: str = GOOD) -> None:
    desk.fill(page.form.editor("given_name"), "Jose Luis")
    desk.fill(page.form.editor("family_name"), "Arana")
    page.form.set_values({"role": "nurse"})
    desk.fill(page.password, password)
    desk.fill(page.again, again)


def test_an_account_is_asked_for_and_let_in(
    open_shell: OpenShell, open_station: Callable[..., Station], clinic: Clinic
) -> None:
    desk = open_shell("sofia")
    page = asking(desk)
    fill_in(desk, page)
    login = page.form.editor("login")
    assert isinstance(login, QLineEdit)
    assert login.text() == "jose"
    desk.press(Qt.Key.Key_Return, at=page.again)
    desk.press(Qt.Key.Key_Return, CONTROL)  # pressed twice
    desk.see(lambda: page not in desk.shell.pages())
    assert any("An account for Jose Luis Arana was asked for" in one for one in desk.toasts())
    assert server_rows(clinic, "select state from user_account where login = 'jose'") == [("requested",)]
    ingrid = open_station("ingrid", name="Office")
    ingrid.wait_current(20)
    ingrid.administration.accounts.decide("jose", "nurse").result(20)
    nurse = open_station("jose", name="Ward", password=GOOD)
    assert nurse.user.display_name == "Jose Luis Arana"


@pytest.mark.parametrize(
    ("password", "again", "said", "field"),
    [
        (GOOD, f"{GOOD}s", "not the same", "again"),
        ("short", "short", "at least 10 characters", "password"),
        ("password12", "password12", "easy to guess", "password"),
        ("josearana1", "josearana1", "easy to guess", "password"),
        (GOOD, "", "", "again"),
    ],
)
def test_a_password_that_will_not_do_is_told_and_what_was_typed_stays(
    open_shell: OpenShell, clinic: Clinic, password: str, again: str, said: str, field: str
) -> None:
    desk = open_shell("sofia")
    page = asking(desk)
    fill_in(desk, page, password, again)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(getattr(page, field).hasFocus)
    desk.see(lambda: said in page.problem_words())
    assert page.form.values()["family_name"] == "Arana"
    assert server_rows(clinic, "select 1 from user_account where login = 'jose'") == []


def test_a_user_name_that_is_taken_is_told(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    page = asking(desk)
    fill_in(desk, page)
    desk.fill(page.form.editor("login"), "rui")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(page.problem_words)
    assert page.form.editor("login").hasFocus()


def test_without_the_server_nothing_is_lost(open_shell: OpenShell, cut_line: Callable[[], Line]) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    page = asking(desk)
    fill_in(desk, page)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(page.problem_words)
    assert "needs the server" in page.problem_words()
    assert page.password.text() == GOOD
    assert not desk.station.drafts.all()
    line.mend()
    desk.station.retry_now()
    desk.see(lambda: desk.station.sync.state == "live")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: all(one.key != KEY for one in desk.shell.pages()))
