"""Releasing the waiting work of somebody who can no longer sign in: an administrator answers for it."""

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from medidesk.errors import MediDeskError, NotAllowed, ServerUnreachable
from medidesk.sync.connection import leave
from medidesk.sync.explained import explain
from medidesk.sync.meanings import Meaning, meaning
from medidesk.sync.sender import Sender
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

# The server's own refusal to release at all, whatever the operation is.
NOT_RELEASED = "MD013"


@dataclass(frozen=True)
class Released:
    """What became of somebody's waiting work.

    Attributes:
        taken: operations that the server has now, those among them that it holds for whoever decides.
        attention: operations that it refused: they are under *Needs attention* now.
    """

    taken: int
    attention: int


class Release(Sender):
    """Sends a colleague's waiting work over an administrator's login, on the colleague's behalf."""

    function = "release_operation"

    def __init__(self, engine: "Engine", author: str) -> None:
        super().__init__(engine, author, engine.login)

    @classmethod
    def begin(cls, engine: "Engine", author: str) -> Future[Released]:
        """Release all that waits of an author. From any thread.

        Returns:
            What became of it; or the exception: `NotAllowed` where the server releases nothing of theirs,
            `ServerUnreachable` where it is away.
        """
        answer: Future[Released] = Future()

        def start() -> None:
            task = asyncio.get_running_loop().create_task(cls(engine, author).all())
            task.add_done_callback(partial(_hand_over, answer))

        engine.call(start).add_done_callback(partial(_failed_to_start, answer))
        return answer

    async def all(self) -> Released:
        """Send one after the other until none is left that may go."""
        taken = attention = 0
        try:
            while (entry := self.engine.outbox.next_to_send(self.author)) is not None:
                try:
                    answer = await self._apply(entry.operation, told=entry.told)
                except psycopg.Error as error:
                    if error.sqlstate == NOT_RELEASED:
                        raise NotAllowed(str(error.diag.message_primary)) from error
                    if meaning(error) is not Meaning.REFUSED:
                        raise await self._why(error) from error
                    self._refused(entry, error)
                    attention += 1
                else:
                    self._acknowledged(entry.operation, answer)
                    taken += 1
        finally:
            await leave(self._connection)
        return Released(taken, attention)

    async def _why(self, error: psycopg.Error) -> MediDeskError:
        if meaning(error) is Meaning.PAUSED:
            return ServerUnreachable(
                tr("The server takes no changes now."),
                tr("Try again once an administrator has closed the replay."),
            )
        return await asyncio.to_thread(explain, error, self.login)


def _hand_over(answer: "Future[Released]", task: "asyncio.Task[Released]") -> None:
    if task.cancelled():
        answer.set_exception(RuntimeError(tr("This station has been closed.")))
    elif (error := task.exception()) is not None:
        answer.set_exception(error)
    else:
        answer.set_result(task.result())


def _failed_to_start(answer: "Future[Released]", started: "Future[None]") -> None:
    error = started.exception()
    if error is not None:
        answer.set_exception(error)
