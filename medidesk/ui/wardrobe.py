"""Light, dark, or as the desktop has it: dresses the application as the person at the desk chose."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from medidesk.ui.kit.theme import Mode, apply_theme, theme
from medidesk.ui.preferences import LOOKS, Preferences
from medidesk.words import tr


class Wardrobe(QObject):
    """Follows the preferences it was given last, and the desktop's own scheme.

    Signals:
        dressed(icon, words): the look in force.
    """

    dressed = Signal(str, str)

    def __init__(self, app: QApplication, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._app = app
        self.preferences = preferences
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.dress)
        self.dress()

    def take(self, preferences: Preferences) -> None:
        """Dress for somebody else."""
        self.preferences = preferences
        self.dress()

    def dress(self) -> None:
        """Apply the look that is chosen, if it is not worn already."""
        mode = self._mode()
        if theme().mode != mode or not self._app.styleSheet():
            apply_theme(self._app, mode)
        self.dressed.emit(*self.named())

    def next(self) -> None:
        """Take the next look and keep it."""
        at = LOOKS.index(self.preferences.look)
        self.preferences.look = LOOKS[(at + 1) % len(LOOKS)]
        self.preferences.save()
        self.dress()

    def named(self) -> tuple[str, str]:
        """Icon and words of the look that is chosen."""
        return {
            "light": ("sun", tr("Light")),
            "dark": ("moon", tr("Dark")),
            "system": ("contrast", tr("As the desktop")),
        }[self.preferences.look]

    def _mode(self) -> Mode:
        look = self.preferences.look
        if look != "system":
            return look
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return "dark" if dark else "light"
