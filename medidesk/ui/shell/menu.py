"""The menu of the person: look, lock, switch, sign out, about."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from medidesk import __version__
from medidesk.ui.kit.icons import icon
from medidesk.ui.preferences import LOOKS, Look
from medidesk.words import tr

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
        look: the look chosen now.
        choose_look: takes another.
        lock: locks the station.
        switch: asks who comes next.
        sign_out: closes the station.
        about: tells what this is.
    """

    def __init__(
        self,
        look: Look,
        choose_look: Callable[[Look], None],
        lock: Callable[[], None],
        switch: Callable[[], None],
        sign_out: Callable[[], None],
        about: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        group = QActionGroup(self)
        for one in LOOKS:
            name, words = look_words(one)
            action = self._add(name, words, partial(choose_look, one))
            action.setCheckable(True)
            action.setChecked(one == look)
            group.addAction(action)
        size = self.addAction(self._size_words())
        size.setEnabled(False)
        self.addSeparator()
        self._add("lock", tr("Lock"), lock, LOCK_KEY)
        self._add("users", tr("Switch user"), switch)
        self._add("log-out", tr("Sign out"), sign_out)
        self.addSeparator()
        self._add("info", tr("About MediDesk {version}", version=__version__), about)

    def _add(self, name: str, words: str, act: Callable[[], None], key: str = "") -> QAction:
        action = self.addAction(icon(name), words)
        action.triggered.connect(lambda _on=False: act())
        if key:
            # Shown only: the shell's key registry binds it.
            action.setText(f"{words}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}")
        return action

    @staticmethod
    def _size_words() -> str:
        app = QGuiApplication.instance()
        ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
        return tr("Size {percent} %, as the desktop is set", percent=round(ratio * 100))
