"""What a person asks of the server beside following and sending: a coroutine on the loop, and its answer."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
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


def begin[T](engine: "Engine", ask: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
    """Run a coroutine on the loop. From any thread.

    Returns:
        What it returns, or its exception; RuntimeError where the station is closed first.
    """
    answer: Future[T] = Future()

    def start() -> None:
        task = asyncio.get_running_loop().create_task(ask())
        task.add_done_callback(partial(_hand_over, answer))

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
