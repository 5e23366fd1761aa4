"""The menu of the person: look, lock, switch, sign out, about."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from medidesk import __version__
from medidesk.ui import lock_time
from medidesk.ui.kit.icons import icon
from medidesk.ui.preferences import LOOKS, Look, Preferences
from medidesk.words import counted, tr

LOCK_KEY = "Ctrl+L"


def look_words(look: Look) -> tuple[str, str]:
    """Icon and word of a look."""
    return {
        "light": ("sun", tr("Light")),
        "dark": ("moon", tr("Dark")),
        "system": ("contrast", tr("As the desktop")),
    }[look]


class PersonMenu(QMenu):
    """The menu.

    Args:
        chosen: what the person chose so far.
        lock_limit: the most minutes until the station locks by itself that the clinic allows; None without a limit.
        choose_look: takes another look.
        choose_lock_time: takes other minutes until the station locks by itself.
        lock: locks the station.
        switch: asks who comes next.
        sign_out: closes the station.
        new_password: asks for another password.
        ask_for_account: asks for an account for somebody new.
        about: tells what this is.
    """

    def __init__(
        self,
        chosen: Preferences,
        lock_limit: int | None,
        choose_look: Callable[[Look], None],
        choose_lock_time: Callable[[int], None],
        lock: Callable[[], None],
        switch: Callable[[], None],
        sign_out: Callable[[], None],
        new_password: Callable[[], None],
        ask_for_account: Callable[[], object],
        about: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        group = QActionGroup(self)
        for one in LOOKS:
            name, words = look_words(one)
            action = self._add(name, words, partial(choose_look, one))
            action.setCheckable(True)
            action.setChecked(one == chosen.look)
            group.addAction(action)
        size = self.addAction(self._size_words())
        size.setEnabled(False)
        self.addSeparator()
        self.addMenu(self._lock_times(chosen.lock_after, lock_limit, choose_lock_time))
        self._add("lock", tr("Lock"), lock, LOCK_KEY)
        self._add("users", tr("Switch user"), switch)
        self._add("log-out", tr("Sign out"), sign_out)
        self._add("key-round", tr("Change password…"), new_password)
        self._add("user-plus", tr("Ask for an account…"), ask_for_account)
        self.addSeparator()
        self._add("info", tr("About MediDesk {version}", version=__version__), about)

    def _add(self, name: str, words: str, act: Callable[[], object], key: str = "") -> QAction:
        action = self.addAction(icon(name), words)
        action.triggered.connect(lambda _on=False: act())
        if key:
            # Shown only: the shell's key registry binds it.
            action.setText(f"{words}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}")
        return action

    def _lock_times(self, minutes: int, limit: int | None, choose: Callable[[int], None]) -> QMenu:
        menu = QMenu(tr("Lock by itself"), self)
        menu.setIcon(icon("timer"))
        group = QActionGroup(menu)
        for one in lock_time.choices(limit):
            action = menu.addAction(
                counted(one, "after {count} minute", "after {count} minutes") if one else tr("never")
            )
            action.setCheckable(True)
            action.setChecked(one == lock_time.within(minutes, limit))
            action.triggered.connect(lambda _on=False, one=one: choose(one))
            group.addAction(action)
        if limit is not None:
            menu.addSeparator()
            menu.addAction(tr("The clinic allows no longer")).setEnabled(False)
        return menu

    @staticmethod
    def _size_words() -> str:
        app = QGuiApplication.instance()
        ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
        return tr("Size {percent} %, as the desktop is set", percent=round(ratio * 100))
