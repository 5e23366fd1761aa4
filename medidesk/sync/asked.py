"""What a person asks of the server beside following and sending: a coroutine on the loop, and its answer."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from medidesk.errors import MediDeskError, ServerUnreachable
from medidesk.sync.connection import Login
from medidesk.sync.explained import explain
from medidesk.sync.meanings import Meaning, meaning
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine


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
        for cut in tuple(self._cuts):
            cut()


def begin[T](engine: "Engine", ask: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
    """Run a coroutine on the loop. From any thread.

    Returns:
        What it returns, or its exception; RuntimeError where the station is closed first.
    """
    answer: Future[T] = Future()

    def start() -> None:
        task = asyncio.get_running_loop().create_task(ask())
        task.add_done_callback(partial(_hand_over, answer))
        engine.asking.tasks.add(task)
        task.add_done_callback(engine.asking.tasks.discard)

    engine.call(start).add_done_callback(partial(_failed_to_start, answer))
    return answer


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
