"""An address that names several servers: the clinic's own, and those that take its place one day.

libpq and psycopg try one host after the other, and stay with the first that lets somebody in. That takes as long as
the dead ones are waited for, tells the last host's trouble whatever the others', and may be the former primary. So
all are asked at once here, each by itself, and of those that serve the newest is taken.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import psycopg

from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.connection import Login

# A server that is up says at once that it is a standby, or a newer primary. A silent one is not waited for.
GRACE_SECONDS = 1.0
DEFAULT_PORT = "5432"
_LISTS = ("host", "hostaddr", "port")


class FormerPrimary(psycopg.OperationalError):
    """A server answers that another has replaced."""


class NoneServes(psycopg.OperationalError):
    """None of several hosts serves the clinic.

    Attributes:
        login: at the host whose trouble says most; None where all of them are just away.
        trouble: what it was.
        away: those of them that are just away: any may be the one that serves.
    """

    def __init__(self, failures: Sequence[tuple["Login", psycopg.Error, int]]) -> None:
        login, self.trouble, rank = min(failures, key=lambda one: one[2])
        self.login = login if rank < JUST_AWAY else None
        self.away = tuple(login for login, _, rank in failures if rank >= JUST_AWAY)
        self.sqlstate = self.trouble.sqlstate
        super().__init__(str(self.trouble))


JUST_AWAY = 9
"""The rank of a trouble that says no more than that a host is away."""


class Attempt(Protocol):
    """One host that is asked."""

    place: tuple[int, int]

    def make(self) -> Coroutine[Any, Any, None]:
        """Connect, and ask for its place in history.

        Raises:
            psycopg.Error: it does not serve.
        """

    def give_up(self) -> None:
        """Break the connection, if there is one, so that nothing waits for it."""

    async def leave(self) -> None:
        """Close it."""


def each(known: Mapping[str, Any]) -> list[dict[str, str]]:
    """The hosts of an address, each as what libpq needs to know of it.

    Args:
        known: the address as `psycopg.conninfo.conninfo_to_dict` reads it.

    Raises:
        psycopg.ProgrammingError: as many ports as hosts are wanted, or one.
    """
    lists = {name: str(known[name]).split(",") for name in _LISTS if known.get(name)}
    count = max(len(lists.get("host", [""])), len(lists.get("hostaddr", [""])))
    if len(lists.get("port", [""])) == 1 and "port" in lists:
        lists["port"] *= count
    if any(len(one) != count for one in lists.values()):
        raise psycopg.ProgrammingError("an address names as many ports as hosts, or one")
    return [{name: one[at] for name, one in lists.items()} for at in range(count)]


def words(known: Mapping[str, Any]) -> str:
    """An address for people: where a server is, or where one of several is."""
    named = [
        f"{one.get('host') or one.get('hostaddr') or 'localhost'}:{one.get('port') or DEFAULT_PORT}"
        for one in each(known)
    ]
    return either(named)


def either(named: Sequence[str]) -> str:
    """One of several, in words."""
    if len(named) == 1:
        return named[0]
    return tr("{some} or {last}", some=", ".join(named[:-1]), last=named[-1])


async def newest[A: Attempt](attempts: Sequence[A]) -> tuple[A | None, dict[A, BaseException]]:
    """Ask all hosts at once; of those that serve the newest is left open, or the first of them.

    Returns:
        The one that was taken, and why the others were not.
    """
    tasks: dict[asyncio.Task[None], A] = {asyncio.create_task(one.make()): one for one in attempts}
    taken: A | None = None
    failures: dict[A, BaseException] = {}
    try:
        ready = await _answers(tasks)
        failures = {tasks[task]: error for task in tasks if task.done() and (error := task.exception())}
        taken = max(ready, key=lambda one: one.place, default=None)
    finally:
        await _part(tasks, besides=taken)
    return taken, failures


async def _answers[A: Attempt](tasks: Mapping["asyncio.Task[None]", A]) -> list[A]:
    """Those that serve: once one does, the others have a moment more."""
    waiting = set(tasks)
    loop = asyncio.get_running_loop()
    until: float | None = None
    while waiting:
        seconds = None if until is None else max(0.0, until - loop.time())
        done, waiting = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            break
        if until is None and any(task.exception() is None for task in done):
            until = loop.time() + GRACE_SECONDS
    return [one for task, one in tasks.items() if task.done() and task.exception() is None]


async def _part[A: Attempt](tasks: Mapping["asyncio.Task[None]", A], *, besides: A | None) -> None:
    for task, one in tasks.items():
        if one is not besides:
            one.give_up()
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for one in tasks.values():
        if one is not besides:
            await one.leave()
