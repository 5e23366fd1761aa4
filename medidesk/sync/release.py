"""Releasing the waiting work of somebody who can no longer sign in: an administrator answers for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from medidesk.errors import NotAllowed
from medidesk.sync import problems
from medidesk.sync.asked import why
from medidesk.sync.meanings import Meaning, meaning
from medidesk.sync.outbox import Entry
from medidesk.sync.sender import TRIES_MOST, Sender

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

# The server's own refusal to release at all, whatever the operation is.
NOT_RELEASED = "MD013"
# And to release one operation: it would tell what stands in a row that is closed to whoever releases it.
CLOSED = "MD016"


@dataclass(frozen=True)
class Released:
    """What became of somebody's waiting work.

    Attributes:
        taken: operations that the server has now, those among them that it holds for whoever decides.
        attention: operations that it refused: they are under *Needs attention* now.
        closed: operations that go on waiting, for an administrator who may read what they change.
    """

    taken: int
    attention: int
    closed: int


class Release(Sender):
    """Sends a colleague's waiting work over an administrator's login, on the colleague's behalf."""

    function = "release_operation"

    def __init__(self, engine: "Engine", author: str) -> None:
        super().__init__(engine, author, engine.login)

    async def all(self) -> Released:
        """Send one after the other until none is left that may go.

        Raises:
            NotAllowed: the server releases nothing of theirs.
            ServerUnreachable: it is away, or takes no changes now.
        """
        try:
            with self.engine.asking.over(self.channel.cut):
                return await self._each()
        finally:
            await self.channel.leave()

    async def _each(self) -> Released:
        taken = attention = 0
        closed: set[UUID] = set()
        while entries := self.engine.outbox.sendable(self.author, closed):
            error = await self._sent(entries)
            if error is None:
                taken += 1
                continue
            if error.sqlstate == NOT_RELEASED:
                raise NotAllowed(str(error.diag.message_primary)) from error
            entry, what = entries[0], meaning(error)
            if error.sqlstate == CLOSED:
                closed.add(entry.operation.id)
                continue
            if what is Meaning.REFUSED:
                self._refused(entry, error)
            elif what is not Meaning.UNKNOWN or not self.channel.outlives(error):
                raise await why(error, self.channel.login) from error
            elif self.engine.outbox.tried(entry.operation.id) < TRIES_MOST:
                continue
            else:
                self._put_before_a_person(entry.operation, problems.from_error(error))
            attention += 1
        return Released(taken, attention, len(closed))

    async def _sent(self, entries: list[Entry]) -> psycopg.Error | None:
        """Send one, and keep the answer; returns why it was not taken."""
        try:
            (heard,) = await self._heard(entries)
            self._check_still_met(self.channel.meeting)
        except psycopg.Error as error:
            return error
        if isinstance(heard, psycopg.Error):
            return heard
        self._acknowledged([(entries[0], heard)])
        return None
