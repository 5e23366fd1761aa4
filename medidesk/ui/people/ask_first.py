"""A button that asks once more before anything is done."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.words import tr


class AskFirst(QWidget):
    """The button; pressed, it gives its place to a question with what follows from it.

    Args:
        words: on the button.
        icon: a Lucide name.
        question: what is asked, and what follows.
        go: on the button that does it.
        danger: whether it takes something from somebody.

    Signals:
        asked(): the question stands there.
        confirmed(): it is to be done.
    """

    asked = Signal()
    confirmed = Signal()

    def __init__(
        self,
        words: str,
        icon: str,
        question: str,
        go: str,
        *,
        danger: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.button = Button(words, kind="danger" if danger else "secondary", icon=icon)
        self.button.clicked.connect(self._open)
        self._question = QWidget()
        self.go = Button(go, kind="danger" if danger else "primary")
        self.go.clicked.connect(self._confirm)
        keep = Button(tr("Not now"), kind="link", key="Esc")
        keep.clicked.connect(self._put_off)
        inner = QVBoxLayout(self._question)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(Label(question, "meta", "regular", "text.primary", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.go)
        row.addWidget(keep)
        row.addStretch(1)
        inner.addLayout(row)
        self._question.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self._question)

    def asks(self) -> bool:
        """Whether the question stands there."""
        return not self._question.isHidden()

    def _open(self) -> None:
        self.button.hide()
        self._question.show()
        self.go.setFocus()
        self.asked.emit()

    def _put_off(self) -> None:
        self._question.hide()
        self.button.show()
        self.button.setFocus()

    def _confirm(self) -> None:
        self._put_off()
        self.confirmed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self.asks() and _is_escape(event):
            event.accept()  # else the page's own key would be asked first
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.asks() and _is_escape(event):
            self._put_off()
        else:
            super().keyPressEvent(event)


def _is_escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
