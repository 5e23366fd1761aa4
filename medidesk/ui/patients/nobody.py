"""What stands in place of the list when it is empty."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.empty import EmptyState
from medidesk.words import tr

_SHOWN_MOST = 40

Act = Callable[[], object]


def no_patients(register: Act | None) -> EmptyState:
    """The clinic has no files yet; `register` is None for whoever may not."""
    return EmptyState(
        "users",
        tr("No patients yet"),
        tr("Register the first one, or bring them in from another program with medidesk import."),
        _register_button(register),
    )


class NobodyFound(QWidget):
    """A search found nobody.

    Args:
        register: registers what was typed; None for whoever may not.
        clear: empties the search.
    """

    def __init__(self, register: Act | None, clear: Act, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._register, self._clear = register, clear
        self._text: str | None = None
        self._column = QVBoxLayout(self)

    def say(self, text: str) -> None:
        """Name what was looked for; the empty state is made anew when that changes."""
        if text == self._text:
            return
        self._text = text
        while (item := self._column.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        other = Button(tr("Clear the search"), key="Escape")
        other.clicked.connect(self._clear)
        sentence = tr("Nobody found for “{text}”", text=text[:_SHOWN_MOST])
        reason = tr("Any part of a name, phone, birth date, file number or national id finds a patient.")
        self._column.addWidget(
            EmptyState("search", sentence, reason, _register_button(self._register), other)
        )


def _register_button(register: Act | None) -> Button | None:
    if register is None:
        return None
    button = Button(tr("Register patient"), kind="primary", icon="user-plus", key="Alt+N")
    button.clicked.connect(register)
    return button
