"""Finds words that did not fit: every kit piece that shortens a text records it while painting."""

from weakref import WeakKeyDictionary

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget
from shiboken6 import isValid

_clipped: WeakKeyDictionary[QWidget, dict[str, None]] = WeakKeyDictionary()


def record(owner: QWidget, text: str) -> None:
    """Remember that `owner` could not show all of `text`."""
    _clipped.setdefault(owner, {})[text] = None


def _label_is_clipped(label: QLabel) -> bool:
    if not label.text() or not label.pixmap().isNull():
        return False
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height() + 1
    return label.sizeHint().width() > label.width() + 1 or label.fontMetrics().height() > label.height() + 2


def _plain_text(label: QLabel) -> str:
    return label.text()


def clipped_texts(widget: QWidget) -> list[str]:
    """Every text inside `widget` that is shortened or cut off right now, in no promised order.

    The widget is painted anew, off the screen, so that only what shows now counts.
    """
    QApplication.sendPostedEvents()
    # What was given up goes first: between being listed and being asked it would be deleted.
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    everything = [widget, *widget.findChildren(QWidget)]
    for one in everything:
        _clipped.pop(one, None)
        # What those events changed may have asked for a layout that is still to come; parents are first here.
        if (layout := one.layout()) is not None:
            layout.activate()
    widget.grab()
    found: dict[str, None] = {}
    for one in everything:
        if not isValid(one) or (one is not widget and not one.isVisibleTo(widget)):
            continue
        found.update(_clipped.get(one, {}))
        if isinstance(one, QLabel) and _label_is_clipped(one):
            found[_plain_text(one)] = None
        elif (
            isinstance(one, QPushButton)
            and type(one).paintEvent is QPushButton.paintEvent
            and _button_is_clipped(one)
        ):
            found[one.text()] = None
    return list(found)


def _button_is_clipped(button: QAbstractButton) -> bool:
    return button.fontMetrics().horizontalAdvance(button.text()) > button.width()
