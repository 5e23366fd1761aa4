"""Notices when nobody has touched keyboard or mouse for a while."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

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
    """Watches the whole application.

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
        app.installEventFilter(self)

    def watch(self, minutes: float) -> None:
        """Begin to watch; 0 minutes never ends."""
        self._timer.stop()
        if minutes > 0:
            self._timer.start(round(minutes * 60_000))

    def rest(self) -> None:
        """Watch no longer."""
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS and self._timer.isActive():
            self._timer.start()
        return False
