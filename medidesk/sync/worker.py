"""The sync loop's thread in the desktop program: the one QThread."""

from collections.abc import Callable

from PySide6.QtCore import QDeadlineTimer, QThread


class SyncThread(QThread):
    """Runs the engine's loop; the engine itself knows no Qt."""

    def __init__(self, target: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("medidesk-sync")
        self._target = target

    def run(self) -> None:
        """The loop, until the station is closed."""
        self._target()

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended; forever when no time is named."""
        forever = QDeadlineTimer(QDeadlineTimer.ForeverConstant.Forever)
        self.wait(forever if timeout is None else QDeadlineTimer(int(timeout * 1000)))


def qthread(target: Callable[[], None]) -> SyncThread:
    """The thread factory for `Station.open` in the desktop program."""
    return SyncThread(target)
