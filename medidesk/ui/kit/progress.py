"""Long work with a way out: what is done, how far it is, and Cancel."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import box
from medidesk.ui.kit.theme import theme
from medidesk.words import tr


class _Bar(QWidget):
    """The 6 px bar."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0
        self.setFixedHeight(6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        box(painter, self.rect(), look.colour("bg.canvas"), None, 3)
        if self.share > 0:
            width = max(6.0, self.width() * self.share)
            left = self.width() - width if self.isRightToLeft() else 0.0
            box(painter, QRectF(left, 0, width, 6), look.colour("accent.base"), None, 3)


class ProgressLine(QWidget):
    """A sentence, a bar, and Cancel with Esc while the focus is on it.

    Args:
        text: what is being done, with numbers.
        on_cancel: stops the work; None when it cannot be stopped.
    """

    def __init__(
        self, text: str, on_cancel: Callable[[], object] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._on_cancel = on_cancel
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        self._text = Label(text, "meta", "regular", "text.secondary", figures=True, elide=True)
        head.addWidget(self._text, 1)
        self.cancel = Button(tr("Cancel"), kind="link", key="Escape", size="small", parent=self)
        self.cancel.setVisible(on_cancel is not None)
        self.cancel.clicked.connect(self._stop)
        head.addWidget(self.cancel)
        column.addLayout(head)
        self._bar = _Bar()
        column.addWidget(self._bar)
        self.setAccessibleName(text)

    def show_progress(self, share: float, text: str | None = None) -> None:
        """Move the bar to `share` (0 to 1) and perhaps say something new."""
        self._bar.share = min(1.0, max(0.0, share))
        self._bar.update()
        if text is not None:
            self._text.setText(text)
            self.setAccessibleName(text)
        self.setAccessibleDescription(f"{self._bar.share:.0%}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._on_cancel is not None:
            self._stop()
        else:
            super().keyPressEvent(event)

    def _stop(self) -> None:
        if self._on_cancel is not None:
            self.cancel.setEnabled(False)
            self._on_cancel()
