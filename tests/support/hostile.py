"""Servers that mean harm, on this PC: each connection gets what a test has thought of."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from OpenSSL import crypto

from medidesk.server.tls import Signed

type Behaviour = Callable[[socket.socket], None]
type Twist = Callable[[bytes], bytes]
"""Changes what the server sends."""


class Hostile:
    """Takes connections, one after the other, and does with each what `behave` says.

    Attributes:
        port: where it listens.
        behave: what it does; may be set at any time.
    """

    def __init__(self) -> None:
        self.behave: Behaviour = raw()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._ended = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()  # wakes it
        self._thread.join()
        self._server.close()

    def _run(self) -> None:
        while not self._ended:
            connection, _ = self._server.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(10)
                self.behave(connection)


def raw(*chunks: bytes, then: str = "close") -> Behaviour:
    """Sends these bytes whatever it is asked, and closes, waits for the other side to go, or goes on for ever."""

    def behave(connection: socket.socket) -> None:
        connection.recv(8)
        for chunk in chunks:
            connection.sendall(chunk)
        while then == "endless":
            connection.sendall(b"".join(chunks) * 100 or b"\0")
        if then == "wait":
            _until_gone(connection)

    return behave


def _until_gone(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def server_context(
    folder: Path, shown: Signed, *more: bytes, version: ssl.TLSVersion | None = None
) -> ssl.SSLContext:
    """What a server shows: its certificates, and further ones (DER), whatever OpenSSL takes for some.

    Args:
        folder: a place for files.
        shown: its own.
        more: what else is in the chain.
        version: it speaks this one of TLS alone.
    """
    shown = Signed(
        shown.certificate + b"".join(ssl.DER_cert_to_PEM_cert(one).encode() for one in more), shown.key
    )
    (folder / "shown.crt").write_bytes(shown.certificate)
    (folder / "shown.key").write_bytes(shown.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # it shows weak certificates as well
    context.load_cert_chain(folder / "shown.crt", folder / "shown.key")
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def twisted_tls(context: ssl.SSLContext, twist: Twist = bytes, piece: int = 0) -> Behaviour:
    """A real TLS server, all of whose bytes go through `twist`; `piece` of them at a time where that is told."""

    def behave(connection: socket.socket) -> None:
        connection.recv(8)
        connection.sendall(b"S")
        heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        spoken = context.wrap_bio(heard, said, server_side=True)
        while True:
            done = False
            try:
                spoken.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                done = True
            for part in _parts(twist(said.read()), piece):
                connection.sendall(part)
            if done:
                return
            got = connection.recv(16_384)
            if not got:
                return
            heard.write(got)

    return behave


def _parts(data: bytes, piece: int) -> Iterator[bytes]:
    step = piece or max(1, len(data))
    return (data[at : at + step] for at in range(0, len(data), step))


def loads(der: bytes) -> bool:
    """Whether OpenSSL takes these bytes for a certificate."""
    try:
        crypto.load_certificate(crypto.FILETYPE_ASN1, der)
    except crypto.Error:
        return False
    return True


def changed(changes: Iterable[tuple[int, int]], cut: int | None = None) -> Twist:
    """Bytes replaced by others, at places counted from the first byte that was ever sent; and cut off there."""
    sent = 0
    wanted = dict(changes)

    def twist(data: bytes) -> bytes:
        nonlocal sent
        begun, sent = sent, sent + len(data)
        out = bytearray(data)
        for at, byte in wanted.items():
            if begun <= at < sent:
                out[at - begun] = byte
        return bytes(out if cut is None else out[: max(0, cut - begun)])

    return twist


@contextmanager
def hostile() -> Iterator[Hostile]:
    """A server that means harm."""
    with Hostile() as running:
        yield running
