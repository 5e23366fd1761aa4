"""Choosing a password at the window: somebody new, somebody who wants another; and being signed out."""

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from medidesk.server.scram import scram_verifier
from medidesk.sync import passwords
from medidesk.sync.profiles import StationProfile
from medidesk.ui.desktop import Desktop
from medidesk.ui.kit.password_field import PasswordField
from medidesk.ui.sign_in.page import SignInPage
from tests.support.database import Clinic
from tests.ui.screens.conftest import ALT
from tests.ui.screens.desktop import OpenDesktop, page_of, shell_is_up, sign_in, type_into

NEW = "lantern oxide bramble fig"


def focused(page: SignInPage) -> PasswordField:
    field = QApplication.focusWidget()
    assert isinstance(field, PasswordField)
    assert page.isAncestorOf(field)
    return field


def type_and_enter(qtbot: QtBot, page: SignInPage, *words: str) -> None:
    """Into the field that has the focus, and those that get it after Enter."""
    for word in words:
        qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), PasswordField))
        field = focused(page)
        type_into(field, word)
        QTest.keyClick(field, Qt.Key.Key_Return)


def add_somebody(clinic: Clinic) -> None:
    with clinic.connect("ingrid") as ingrid:
        ingrid.execute(
            "select add_account('novice', %s, 'nurse', 'Vice', 'No', 'receptionist', %s)",
            (scram_verifier("first"), clinic.org_id),
        )


def choose_in_menu(window: Desktop, words: str) -> None:
    assert window.shell is not None
    menu = window.shell.menu()
    next(one for one in menu.actions() if one.text() == words).trigger()
    menu.deleteLater()


@pytest.fixture
def at_work(qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic) -> Desktop:
    """Sofia at her desk."""
    window = open_desktop()
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    return window


def test_somebody_new_chooses_a_password_and_comes_in(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    add_somebody(clinic)
    window = open_desktop()
    sign_in(qtbot, window, "novice", "first")
    page = page_of(window)
    qtbot.waitUntil(page.is_choosing, timeout=20_000)
    type_and_enter(qtbot, page, "short", "short")
    qtbot.waitUntil(lambda: "at least 10" in page.problem_words(), timeout=20_000)
    focused(page).clear()
    type_and_enter(qtbot, page, NEW, "something else")
    assert page._new_password._unlike.isVisible()
    type_and_enter(qtbot, page, NEW)
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    station = window.station()
    assert station is not None
    assert station.user.login == "novice"
    with pytest.raises(psycopg.OperationalError):
        clinic.connect("novice", password="first")


def test_who_does_not_choose_now_is_asked_the_next_time(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    add_somebody(clinic)
    window = open_desktop()
    for _ in range(2):
        sign_in(qtbot, window, "novice", "first")
        page = page_of(window)
        qtbot.waitUntil(page.is_choosing, timeout=20_000)
        QTest.keyClick(focused(page), Qt.Key.Key_Escape)
        assert not page.is_choosing()
        assert not page.password().text()


def test_a_password_is_changed_from_the_menu_and_the_work_goes_on(
    qtbot: QtBot, at_work: Desktop, clinic: Clinic
) -> None:
    choose_in_menu(at_work, "Change password…")
    page = page_of(at_work)
    type_and_enter(qtbot, page, "not this", NEW, NEW)
    qtbot.waitUntil(lambda: "Sign-in refused" in page.problem_words(), timeout=20_000)
    focused(page).clear()
    type_and_enter(qtbot, page, clinic.password("sofia"))
    type_and_enter(qtbot, page, "")
    type_and_enter(qtbot, page, "")
    qtbot.waitUntil(lambda: shell_is_up(at_work), timeout=20_000)
    clinic.connect("sofia", password=NEW)
    at_work.lock()
    page = page_of(at_work)
    type_into(page.password(), NEW)
    QTest.keyClick(page.password(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell_is_up(at_work), timeout=20_000)


def test_who_keeps_their_password_is_back_at_once(qtbot: QtBot, at_work: Desktop) -> None:
    shell = at_work.shell
    choose_in_menu(at_work, "Change password…")
    page = page_of(at_work)
    QTest.keyClick(focused(page), Qt.Key.Key_Escape)
    assert shell_is_up(at_work)
    assert at_work.shell is shell


def test_a_page_that_asks_for_a_password_locks_as_well(qtbot: QtBot, at_work: Desktop) -> None:
    choose_in_menu(at_work, "Change password…")
    page = page_of(at_work)
    at_work.lock()
    assert not page.is_choosing()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not shell_is_up(at_work)


def test_a_password_that_was_changed_elsewhere_opens_the_lock(
    qtbot: QtBot, at_work: Desktop, clinic: Clinic
) -> None:
    station = at_work.station()
    assert station is not None
    at_work.lock()
    elsewhere = StationProfile.load(station.home.parent / "elsewhere")
    elsewhere.server = station.profile.server
    passwords.change(elsewhere, "sofia", clinic.password("sofia"), NEW)
    page = page_of(at_work)
    type_into(page.password(), NEW)
    QTest.keyClick(page.password(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell_is_up(at_work), timeout=20_000)
    opened = at_work.station()
    assert opened is not None
    assert opened is not station


def test_who_is_signed_out_by_an_administrator_is_asked_again(
    qtbot: QtBot, at_work: Desktop, clinic: Clinic
) -> None:
    with clinic.connect("ingrid") as ingrid:
        ingrid.execute("select sign_out('sofia')")
    qtbot.waitUntil(lambda: at_work.sign_in_page() is not None, timeout=20_000)
    page = page_of(at_work)
    assert at_work.station() is None
    assert "signed you out" in page.problem_words()
    QTest.keyClick(page, Qt.Key.Key_1, ALT)
    type_into(page.password(), clinic.password("sofia"))
    QTest.keyClick(page.password(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell_is_up(at_work), timeout=20_000)
