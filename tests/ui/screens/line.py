"""The network cable between a station and its server, which a test can pull."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit


class Line:
    """Passes bytes on from a port of its own to the server, until it is cut.

    A cut closes what is open and lets nobody in; mending takes new connections on the same port.
    """

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._to = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._ears = socket.create_server(("127.0.0.1", 0))
        self._port = self._ears.getsockname()[1]
        self.address = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{self._port}"))
        self._open: set[socket.socket] = set()
        self._whole = threading.Event()
        self._whole.set()
        self._ended = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._pumps: list[threading.Thread] = []
        self._thread.start()

    def cut(self) -> None:
        """Pull the cable."""
        self._whole.clear()
        for one in tuple(self._open):
            _shut(one)

    def mend(self) -> None:
        """Plug it in again."""
        self._whole.set()

    def close(self) -> None:
        """End, with every thread."""
        self._ended = True
        self.cut()
        _shut(self._ears)
        self._thread.join(5)
        for pump in self._pumps:
            pump.join(5)

    def _listen(self) -> None:
        while not self._ended:
            try:
                near, _address = self._ears.accept()
            except OSError:
                return
            if not self._whole.is_set():
                near.close()
                continue
            far = socket.create_connection(self._to)
            self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                pump = threading.Thread(target=self._pump, args=(source, sink), daemon=True)
                self._pumps.append(pump)
                pump.start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        for one in (source, sink):
            _shut(one)
            self._open.discard(one)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
