"""The whole program's window, as tests sign in at it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from medidesk.ui.desktop import Desktop
from medidesk.ui.sign_in.page import SignInPage
from tests.ui.screens.conftest import ALT

OpenDesktop = Callable[..., Desktop]


def page_of(window: Desktop) -> SignInPage:
    page = window.sign_in_page()
    assert page is not None
    return page


def sign_in(qtbot: QtBot, window: Desktop, login: str, password: str) -> None:
    page = page_of(window)
    QTest.keyClick(page, Qt.Key.Key_U, ALT)
    QTest.keyClicks(page._login, login)
    QTest.keyClick(page._login, Qt.Key.Key_Return)
    type_into(page.password(), password)
    QTest.keyClick(page.password(), Qt.Key.Key_Return)


def type_into(field: QLineEdit, text: str) -> None:
    """Type letters of any language; QTest knows ASCII only."""
    for letter in text:
        QApplication.sendEvent(
            field, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
        )


def shell_is_up(window: Desktop) -> bool:
    return window.shell is not None and window.sign_in_page() is None
