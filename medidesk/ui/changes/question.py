"""A line that asks something before anything is done."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class Question(QWidget):
    """While it asks, Escape puts it off and does not close the page."""

    def asking(self) -> bool:
        """Whether it asks at the moment."""
        raise NotImplementedError

    def put_off(self) -> None:
        """Ask no more, and do nothing."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._is_escape(event) and self.asking():
            event.accept()  # else the page's own key would be asked first
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._is_escape(event) and self.asking():
            self.put_off()
        else:
            super().keyPressEvent(event)

    def _is_escape(self, event: QEvent) -> bool:
        return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
