"""One sender for each author whose work waits at this PC."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.sync.connection import Login
from medidesk.sync.outbox import Entry
from medidesk.sync.sender import Sender

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine


class Senders:
    """One sender for each author whose work waits."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self._running: dict[str, Sender] = {}
        self._wake = asyncio.Event()
        self._asked: set[UUID] = set()
        self._answered = asyncio.Event()

    async def answered(self, seconds: float) -> None:
        """Until no answer of the server's is on its way any more, but no longer than this."""
        if self._asked:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._answered.wait(), seconds)

    @contextlib.contextmanager
    def asking(self, entries: Iterable[Entry]) -> Iterator[None]:
        """The server's answers to these operations are on their way, and dealt with before the block ends."""
        ids = {entry.operation.id for entry in entries}
        self._asked |= ids
        self._answered.clear()
        try:
            yield
        finally:
            self._asked -= ids
            if not self._asked:
                self._answered.set()

    def wake(self) -> None:
        """There is something to send, or the server is back."""
        self._wake.set()
        for sender in self._running.values():
            sender.woken.set()

    def cut(self) -> None:
        """Break every connection, whatever it waits for."""
        for sender in self._running.values():
            sender.channel.cut()

    def stay_at(self, place: tuple[int, int]) -> None:
        """Break the connections to any other server than the one at this epoch and timeline."""
        for sender in self._running.values():
            if sender.channel.place not in {None, place}:
                sender.channel.cut()

    async def run(self) -> None:
        """Start a sender for each author who needs one; each ends by being cancelled with this."""
        self._running.clear()
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                for author in {*self.engine.outbox.authors(), self.engine.author.login}:
                    if author not in self._running and (login := self._login(author)) is not None:
                        sender = self._running[author] = Sender(self.engine, author, login)
                        tasks.create_task(sender.run(), name=f"send for {author}")
                await self._wake.wait()

    def signed_in(self) -> None:
        """The server has accepted this person again (an approved account): their work goes on."""
        sender = self._running.get(self.engine.author.login)
        if sender is not None and sender.ended:
            del self._running[sender.author]
        self.wake()

    def _login(self, author: str) -> Login | None:
        if author == self.engine.author.login:
            return self.engine.login
        kept = self.engine.outbox.sender(author)
        if kept is None:
            return None
        return replace(self.engine.login, user=author, password="", keys=kept)
