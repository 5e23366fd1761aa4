"""Whether anything answers at the server's address, asked now and then while nobody is signed in."""

import socket
from functools import partial
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

from medidesk.ui.bridge import Background

_AGAIN_MS = 30_000
_PATIENCE_SECONDS = 4.0

type Address = tuple[str, int]


class ServerProbe(QObject):
    """Opens and closes a connection, without a word said.

    Python's own socket does: Qt's network library would stay in memory for this alone (3 MiB).

    Args:
        background: brings the answers to the UI thread.

    Signals:
        answered(bool): whether somebody answers there.
    """

    answered = Signal(bool)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._addresses: tuple[Address, ...] = ()
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._ask)

    def watch(self, *addresses: Address) -> None:
        """Ask now, and again every half minute, whether anybody answers at one of these."""
        self._addresses = addresses
        self._again.start()
        self._ask()

    def rest(self) -> None:
        """Ask no more."""
        self._again.stop()
        self._addresses = ()

    def _ask(self) -> None:
        # Not in the pool, which is waited for as the window closes: a lookup of a name cannot be cut short.
        Thread(target=self._knock, args=(self._addresses,), name="medidesk-probe", daemon=True).start()

    def _knock(self, addresses: tuple[Address, ...]) -> None:
        self._background.post(partial(self._hear, addresses), any(map(_answers, addresses)))

    def _hear(self, addresses: tuple[Address, ...], there: bool) -> None:
        if addresses == self._addresses:
            self.answered.emit(there)


def _answers(address: Address) -> bool:
    try:
        socket.create_connection(address, _PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True
