"""What a person asks of the server beside following and sending: a coroutine on the loop, and its answer."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from medidesk.errors import DomainError, MediDeskError, ServerUnreachable
from medidesk.sync.connection import Login, ServerConnection, connect, cut, deadline, leave
from medidesk.sync.explained import explain, not_understood
from medidesk.sync.meanings import Meaning, meaning
from medidesk.sync.understood import NotUnderstood, understood
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

ASK_SECONDS = 20.0


class Asking:
    """What is being asked at this moment, so that closing a station waits for none of it; on the loop's thread."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self._cuts: list[Callable[[], None]] = []

    @contextmanager
    def over(self, cut: Callable[[], None]) -> Iterator[None]:
        """While the block waits for an answer, `cut` breaks its connection."""
        self._cuts.append(cut)
        try:
            yield
        finally:
            self._cuts.remove(cut)

    def cut(self) -> None:
        """Break every connection, whatever it waits for."""
        for one in tuple(self._cuts):
            one()


def begin[T](engine: "Engine", ask: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
    """Run a coroutine on the loop. From any thread.

    Returns:
        What it returns, or its exception; RuntimeError where the station is closed first.
    """
    answer: Future[T] = Future()

    def start() -> None:
        task = asyncio.get_running_loop().create_task(_in_words(engine, ask))
        task.add_done_callback(partial(_hand_over, answer))
        engine.asking.tasks.add(task)
        task.add_done_callback(engine.asking.tasks.discard)

    engine.call(start).add_done_callback(partial(_failed_to_start, answer))
    return answer


async def _in_words[T](engine: "Engine", ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        with understood():
            return await ask()
    except NotUnderstood as error:
        raise not_understood(engine.login) from error


def must_be_there(engine: "Engine") -> None:
    """Return if the server is there.

    Raises:
        ServerUnreachable: it is away.
    """
    if engine.state.state in {"offline", "reconnecting"}:
        raise ServerUnreachable(tr("This needs the server, which is away."), tr("Try again once it is back."))


async def ask(
    engine: "Engine",
    query: str,
    values: Sequence[object],
    *,
    writing: bool,
    refusal: Callable[[psycopg.Error], DomainError],
) -> Any:
    """One question over a connection of its own: the first column of the first row that comes back.

    Args:
        engine: whose login asks.
        query, values: what is asked.
        writing: it changes something at the server.
        refusal: puts into words what the server has against it.

    Raises:
        DomainError: the server refused.
        MediDeskError: it did not answer, or takes no changes now.
    """
    login = engine.login
    connection: ServerConnection | None = None
    try:
        connection = await connect(login, writing=writing, name="medidesk decide")
        with engine.asking.over(partial(cut, connection)):
            if writing:
                await engine.recognition.vouch(connection)
            async with deadline(connection, ASK_SECONDS):
                row = await (await connection.execute(query.encode(), values)).fetchone()
    except psycopg.Error as error:
        if _refuses(error, asked=connection is not None):
            raise refusal(error) from error
        if error.sqlstate is not None and meaning(error) is Meaning.RETRY:
            raise ServerUnreachable(
                tr("The server is busy with this at the moment."), tr("Try again in a moment.")
            ) from error
        raise await why(error, login) from error
    finally:
        await leave(connection)
    return row[0] if row else None


def _refuses(error: psycopg.Error, *, asked: bool) -> bool:
    """Whether it is the server's word about what was asked, and not about whether it can be asked at all."""
    what = meaning(error)
    return what is Meaning.REFUSED or (asked and what is Meaning.UNKNOWN and error.sqlstate is not None)


async def why(error: psycopg.Error, login: Login) -> MediDeskError:
    """Why the server did not answer, in words."""
    if meaning(error) is Meaning.PAUSED:
        return ServerUnreachable(
            tr("The server takes no changes now."),
            tr("Try again once an administrator has closed the replay."),
        )
    return await asyncio.to_thread(explain, error, login)


def _hand_over[T](answer: Future[T], task: "asyncio.Task[T]") -> None:
    if task.cancelled():
        answer.set_exception(RuntimeError(tr("This station has been closed.")))
    elif (error := task.exception()) is not None:
        answer.set_exception(error)
    else:
        answer.set_result(task.result())


def _failed_to_start[T](answer: Future[T], started: Future[None]) -> None:
    error = started.exception()
    if error is not None:
        answer.set_exception(error)
