"""Notices when nobody has touched keyboard or mouse for a while."""

import time

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

_SIGNS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)


class IdleWatch(QObject):
    """Watches the window that has the keyboard, where every key and every movement of the mouse arrives first.

    Not the application: every paint, layout and change of style would pass through here, thousands for a page.

    Signals:
        idle(): nobody was there for the set time.
    """

    idle = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.idle)
        self._window: QWindow | None = None
        self._minutes = 0.0
        self._seen: float | None = None  # when somebody was there last; none while it rests
        app.focusWindowChanged.connect(self._listen)
        self._listen(app.focusWindow())

    def watch(self, minutes: float) -> None:
        """Begin to watch; 0 minutes never ends."""
        self._seen = time.monotonic()
        self.keep_to(minutes)

    def keep_to(self, minutes: float) -> None:
        """Go by other minutes, counted from when somebody was there last; nothing while it rests."""
        if self._seen is None:
            return
        self._minutes = minutes
        self._timer.stop()
        if minutes > 0:
            left = minutes * 60 - (time.monotonic() - self._seen)
            self._timer.start(max(0, round(left * 1000)))

    def rest(self) -> None:
        """Watch no longer."""
        self._seen = None
        self._timer.stop()

    def _listen(self, window: QWindow | None) -> None:
        """Another window has the keyboard; none means another program's, and the last may still see the mouse."""
        if window is None or window is self._window:
            return
        if self._window is not None and isValid(self._window):
            self._window.removeEventFilter(self)
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS and self._seen is not None:
            self._seen = time.monotonic()
            if self._timer.isActive():
                self._timer.start(round(self._minutes * 60_000))
        return False
