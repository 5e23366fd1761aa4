"""Which key does what on a screen: one registry per screen, seen by the hint bar and by F1."""

from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakSet

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

PLATFORM_KEYS = frozenset(
    {
        "Alt+F4",
        "Alt+Tab",
        "Alt+Space",
        "Ctrl+Alt+Del",
        "Ctrl+C",
        "Ctrl+V",
        "Ctrl+X",
        "Ctrl+Z",
        "Ctrl+Y",
        "Ctrl+A",
        "Ctrl+Shift+Z",
        "Shift+Ins",
        "Ctrl+Ins",
    }
)
"""Keys that belong to the desktop or to every text field."""

_registries: "WeakSet[KeyRegistry]" = WeakSet()


def canonical(key: str) -> str:
    """One spelling for a key sequence, so that "alt+n" and "Alt+N" are the same."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


@dataclass(frozen=True)
class KeyItem:
    """One key of a screen.

    Attributes:
        key: the sequence, as in "Alt+N".
        text: what it does, in a word or two.
        hint: whether the hint bar shows it.
        screen: the name of its registry.
        listed: only listed; the key itself is handled by the widget that has the focus.
        when: the key does nothing while this says no; None for a key that always does.
    """

    key: str
    text: str
    hint: bool = True
    screen: str = ""
    listed: bool = False
    when: Callable[[], bool] | None = field(default=None, compare=False)

    def does_something(self) -> bool:
        """Whether the key would do anything as the screen is now."""
        return self.when is None or self.when()


class KeyTakenError(ValueError):
    """A key would mean two things on one screen, or belongs to the platform."""


class KeyRegistry(QObject):
    """The keys of one screen.

    Args:
        widget: the screen; its keys work while the focus is inside it (or anywhere in its window).
        name: what the record of all bindings calls it; the widget's class by default.
        window_wide: the keys work wherever the focus is in the window, as the shell's do.

    Signals:
        changed(): keys were added or taken away.
    """

    changed = Signal()

    def __init__(self, widget: QWidget, name: str = "", *, window_wide: bool = False) -> None:
        super().__init__(widget)
        self._widget = widget
        self.name = name or type(widget).__name__
        self._context = (
            Qt.ShortcutContext.WindowShortcut
            if window_wide
            else Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        self._items: dict[str, KeyItem] = {}
        self._shortcuts: dict[str, QShortcut] = {}
        _registries.add(self)

    def bind(
        self,
        key: str,
        text: str,
        callback: Callable[[], object],
        when: Callable[[], bool] | None = None,
        hint: bool = True,
    ) -> QShortcut:
        """Let `key` do `callback`.

        Args:
            key: the sequence, as in "Alt+N".
            text: what it does, for the hint bar and the F1 panel.
            callback: what to do.
            when: the key does nothing while this says no.
            hint: whether the hint bar shows it.

        Raises:
            KeyTakenError: the key already means something on this screen, or belongs to the platform.
        """
        spelt = self._add(KeyItem(key, text, hint, self.name, when=when))
        shortcut = QShortcut(QKeySequence(key), self._widget)
        shortcut.setContext(self._context)
        shortcut.setAutoRepeat(False)

        def act() -> None:
            if when is None or when():
                callback()

        shortcut.activated.connect(act)
        self._shortcuts[spelt] = shortcut
        self.changed.emit()
        return shortcut

    def list_only(
        self, key: str, text: str, hint: bool = True, *, when: Callable[[], bool] | None = None
    ) -> None:
        """Name a key that the focused widget handles itself (arrows in a list), so that people see it.

        Raises:
            KeyTakenError: the key already means something on this screen.
        """
        self._add(KeyItem(key, text, hint, self.name, listed=True, when=when))
        self.changed.emit()

    def release(self, key: str) -> None:
        """Take a key away again; one that is not bound is a KeyError."""
        spelt = canonical(key)
        del self._items[spelt]
        shortcut = self._shortcuts.pop(spelt, None)
        if shortcut is not None:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self.changed.emit()

    def look_again(self) -> None:
        """The screen is another now, so other keys may do something."""
        self.changed.emit()

    def items(self) -> tuple[KeyItem, ...]:
        """The keys in the order they were bound."""
        return tuple(self._items.values())

    def _add(self, item: KeyItem) -> str:
        spelt = canonical(item.key) or item.key
        taken = self._items.get(spelt)
        if taken is not None:
            raise KeyTakenError(f"{item.key} on {self.name} already means {taken.text!r}")
        if spelt in PLATFORM_KEYS and not item.listed:
            raise KeyTakenError(f"{item.key} belongs to the platform")
        self._items[spelt] = item
        return spelt


def all_bindings() -> list[KeyItem]:
    """Every key of every screen that is alive."""
    return [item for registry in _registries for item in registry.items()]


def collisions() -> list[str]:
    """What a test must find empty: platform keys taken, as sentences."""
    return sorted(
        f"{item.key} ({item.text}, {item.screen})"
        for item in all_bindings()
        if not item.listed and canonical(item.key) in PLATFORM_KEYS
    )
