"""The line in which somebody says why something is given up."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from medidesk.ui.changes.question import Question
from medidesk.ui.kit.button import Button
from medidesk.words import tr


class ReasonRow(Question):
    """A field and a button, which waits for the first letter; hidden until it is asked for.

    Args:
        asks: the button that asks for it, and has its place back after Escape.

    Signals:
        given(str): the reason.
    """

    given = Signal(str)

    def __init__(self, asks: Button, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asks = asks
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(8)
        self.why = QLineEdit()
        self._go = Button(tr("Discard"), kind="danger", key="Return")
        self.why.setPlaceholderText(tr("Why is it not needed any more?"))
        self.why.setAccessibleName(tr("Reason for discarding"))
        self.why.returnPressed.connect(self._give)
        self.why.textChanged.connect(lambda text: self._go.setEnabled(bool(text.strip())))
        self._go.setEnabled(False)
        self._go.clicked.connect(self._give)
        row.addWidget(self.why, 1)
        row.addWidget(self._go)
        asks.clicked.connect(self.open)
        self.hide()

    def open(self) -> None:
        """Ask for the reason."""
        self._asks.hide()
        self.show()
        self.why.setFocus()

    def arrive(self) -> None:
        """Put the focus on what can be done."""
        (self.why if self.isVisible() else self._asks).setFocus()

    def asking(self) -> bool:
        return self.isVisible()

    def put_off(self) -> None:
        self.hide()
        self._asks.show()
        self._asks.setFocus()

    def _give(self) -> None:
        reason = self.why.text().strip()
        if reason:
            self.given.emit(reason)
