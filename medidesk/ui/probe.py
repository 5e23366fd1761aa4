"""Whether anything answers at the server's address, asked now and then while nobody is signed in."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QAbstractSocket, QTcpSocket

_AGAIN_MS = 30_000
_PATIENCE_MS = 4_000


class ServerProbe(QObject):
    """Opens and closes a connection, without a word said.

    Signals:
        answered(bool): whether somebody answers there.
    """

    answered = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host, self._port = "", 0
        self._socket = QTcpSocket(self)
        self._socket.connected.connect(self._there)
        self._socket.errorOccurred.connect(self._away)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._away)
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._ask)

    def watch(self, host: str, port: int) -> None:
        """Ask now, and again every half minute."""
        self._host, self._port = host, port
        self._again.start()
        self._ask()

    def rest(self) -> None:
        """Ask no more."""
        self._again.stop()
        self._patience.stop()
        self._socket.abort()

    def _ask(self) -> None:
        if self._socket.state() == QAbstractSocket.SocketState.UnconnectedState:
            self._patience.start()
            self._socket.connectToHost(self._host, self._port)

    def _there(self) -> None:
        self._patience.stop()
        self._socket.abort()
        self.answered.emit(True)

    def _away(self) -> None:
        if self._patience.isActive() or self._socket.state() != QAbstractSocket.SocketState.UnconnectedState:
            self._patience.stop()
            self._socket.abort()
            self.answered.emit(False)
