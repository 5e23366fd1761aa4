"""A loopback proxy between a station and PostgreSQL that behaves as badly as a network can.

TLS passes through it: the server's certificate names 127.0.0.1, where the proxy listens.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.support.database import Clinic

CHUNK = 65_536
# What the server says until a station is signed in (TLS, SCRAM, parameters) comes in fewer pieces than this.
PIECES_TO_SIGN_IN = 8


@dataclass(eq=False)
class _Link:
    """One connection through the proxy."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    pieces_left: int | None = None
    swallowed: bool = False

    def break_off(self) -> None:
        """Both sides see a reset, and what is on its way is lost."""
        for writer in (self.near, self.far):
            writer.transport.abort()


class Proxy:
    """Forwards to one port until told otherwise. Every method may be called from any thread.

    Attributes:
        port: where it listens.
        passed: connections that it has forwarded.
        lost: answers of the server that it has thrown away.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._links: set[_Link] = set()
        self._near: set[asyncio.StreamWriter] = set()
        self._unheard: set[asyncio.StreamWriter] = set()
        self._refusing = self._black_hole = self._deaf = self._mute = False
        self._delay = 0.0
        self._rate = 0
        self._pieces: Callable[[], int] | None = None
        self.port = 0
        self.passed = self.lost = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._on_loop(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._on_loop(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def through(self, server: str) -> str:
        """A server's address, by way of this proxy."""
        parts = urlsplit(server)
        return urlunsplit(parts._replace(netloc=f"127.0.0.1:{self.port}"))

    def lead_to(self, server: str, *, breaking: bool = True) -> None:
        """From now on new connections go to another server; those that are open break unless told."""
        port = urlsplit(server).port
        assert port is not None
        self._target = port
        if breaking:
            self.break_off()

    # The weather

    def cut(self) -> None:
        """The cable is out: connections break, and new ones are refused."""
        self._set(refusing=True)
        self.break_off()

    def break_off(self) -> None:
        """Every connection breaks; new ones are taken."""

        async def break_off() -> None:
            for link in tuple(self._links):
                link.break_off()

        self._on_loop(break_off())

    def black_hole(self) -> None:
        """Connections stay open and new ones are taken, but nothing arrives any more, in neither direction."""
        self._set(black_hole=True)

    def lose_answers(self) -> None:
        """What stations say arrives; what the server answers does not."""
        self._set(deaf=True)

    def lose_questions(self) -> None:
        """What stations say does not arrive; what the server says still does."""
        self._set(mute=True)

    def half_close(self) -> None:
        """Stations see the end of what the server says; their own side stays open."""

        async def half_close() -> None:
            for link in tuple(self._links):
                if link.near.can_write_eof():
                    link.near.write_eof()
                link.pieces_left = 0

        self._on_loop(half_close())

    def delay(self, seconds: float) -> None:
        """Each piece takes this long, in each direction."""
        self._set(delay=seconds)

    def throttle(self, bytes_a_second: int) -> None:
        """So many bytes a second and no more, on each connection and in each direction."""
        self._set(rate=bytes_a_second)

    def drop_some_answers(self, chance: random.Random) -> None:
        """Each new connection breaks just before one of the server's answers, some time after sign-in."""
        self._set(pieces=lambda: PIECES_TO_SIGN_IN + chance.randrange(12))

    def mend(self) -> None:
        """All is well again; what was swallowed stays lost, so connections that lost something break."""
        self._set()

        async def heal() -> None:
            for writer in tuple(self._unheard):
                writer.transport.abort()
            for link in tuple(self._links):
                link.pieces_left = None
                if link.swallowed:
                    link.break_off()

        self._on_loop(heal())

    def _set(
        self,
        *,
        refusing: bool = False,
        black_hole: bool = False,
        deaf: bool = False,
        mute: bool = False,
        delay: float = 0.0,
        rate: int = 0,
        pieces: Callable[[], int] | None = None,
    ) -> None:
        self._refusing, self._black_hole, self._deaf, self._mute = refusing, black_hole, deaf, mute
        self._delay, self._rate, self._pieces = delay, rate, pieces

    # On the proxy's own thread

    def _on_loop[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._take, "127.0.0.1", 0)

    async def _end(self) -> None:
        self._server.close()
        await self._settle()  # what the system has accepted becomes a link, or is refused
        for writer in tuple(self._near):
            writer.transport.abort()
        for link in tuple(self._links):
            link.break_off()
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._settle()

    @staticmethod
    async def _settle() -> None:
        """Let every callback that is due run, and those that they call."""
        for _ in range(5):
            await asyncio.sleep(0)

    async def _take(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        self._near.add(near)
        try:
            await self._forward(reader, near)
        except (OSError, asyncio.CancelledError):
            pass  # one side went away, or the proxy ends
        finally:
            near.transport.abort()
            self._near.discard(near)

    async def _forward(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self._refusing:
            return
        if self._black_hole:
            self._unheard.add(near)
            try:
                while await reader.read(CHUNK):
                    pass
            finally:
                self._unheard.discard(near)
            return
        answers, far = await asyncio.open_connection("127.0.0.1", self._target)
        link = _Link(near, far, None if self._pieces is None else self._pieces())
        self._links.add(link)
        self.passed += 1
        try:
            await asyncio.gather(self._pump(reader, far, link), self._pump(answers, near, link))
        finally:
            self._links.discard(link)
            link.break_off()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, link: _Link) -> None:
        answers = sink is link.near
        while data := await source.read(CHUNK):
            if self._delay:
                await asyncio.sleep(self._delay)
            if self._rate:
                await asyncio.sleep(len(data) / self._rate)
            if answers and link.pieces_left is not None:
                if link.pieces_left == 0:
                    self.lost += 1
                    link.break_off()
                    return
                link.pieces_left -= 1
            if self._black_hole or (self._deaf if answers else self._mute):
                self.lost += answers
                link.swallowed = True
                continue
            sink.write(data)
            await sink.drain()
        link.break_off()


@pytest.fixture
def proxy(clinic: Clinic) -> Iterator[Proxy]:
    """A network of this test's own in front of the clinic's server."""
    port = urlsplit(clinic.server).port
    assert port is not None
    with Proxy(port) as running:
        yield running
