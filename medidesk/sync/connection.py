"""Connections to the clinic's server: how they are opened, and bounded in time."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from medidesk.log import event
from medidesk.sync import hosts
from medidesk.sync.course import Course, place
from medidesk.sync.meanings import rank
from medidesk.sync.understood import understood

log = logging.getLogger(__name__)

type ServerConnection = psycopg.AsyncConnection[tuple[Any, ...]]

CONNECT_SECONDS = 5
# tcp_user_timeout alone did not end a query on a black-holed network: every wait has a deadline as well.
SOCKET: Mapping[str, str | int] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})
SESSION = "-c search_path=medidesk,public -c timezone=UTC"
WRITING = "-c default_transaction_read_only=off -c lock_timeout=2s -c statement_timeout=30s"
ASK_SECONDS = 10.0
IDLE = "-c idle_in_transaction_session_timeout=60s"


@dataclass(frozen=True)
class Login:
    """How somebody signs in: with a password, or with SCRAM keys derived from it.

    Attributes:
        server: the server's libpq URL or conninfo, without user and password; it may name several hosts.
        user: the login.
        password: the password; empty when `keys` are there.
        keys: `scram_client_key` and `scram_server_key`, base64.
        course: how far this PC has followed the server: a former primary is not connected to.
    """

    server: str
    user: str
    password: str = ""
    keys: tuple[str, str] | None = None
    course: Course = field(default_factory=Course, repr=False, compare=False)

    def conninfo(self, **more: str | int) -> str:
        """For libpq."""
        secret: dict[str, Any] = {}
        if self.keys is not None:
            secret = {"scram_client_key": self.keys[0], "scram_server_key": self.keys[1]}
        elif self.password:
            secret = {"password": self.password}
        known = _known(self.server)
        settings: dict[str, Any] = {
            **SOCKET,
            **{name: value for name, value in known.items() if value is not None},
        }
        if not _loopback(known):
            # Whatever the address says: over a network there is no connection without the clinic's certificate.
            settings["sslmode"] = "verify-full"
        # Never the user's own ~/.pgpass or service file: who signs in is who typed. And never a password as text,
        # whatever a server asks for.
        return make_conninfo(
            **{
                **settings,
                **secret,
                **more,
                "user": self.user,
                "passfile": f"{os.devnull}/none",
                "gssencmode": "disable",
                "require_auth": "scram-sha-256",
                # A standby's snapshots leave out transactions in progress: nothing is ever read from one.
                "target_session_attrs": "primary",
                "load_balance_hosts": "disable",
            }
        )

    def each(self) -> "list[Login]":
        """This login at each of the hosts that the address names.

        Raises:
            psycopg.ProgrammingError: it is no address.
        """
        known = _known(self.server)
        found = hosts.each(known)
        if len(found) == 1:
            return [self]
        rest = {name: value for name, value in known.items() if name not in found[0]}
        if not _loopback(known):
            rest["sslmode"] = "verify-full"
        return [replace(self, server=make_conninfo(**{**rest, **one})) for one in found]

    def where(self) -> str:
        """The server's address, for people."""
        try:
            return hosts.words(_known(self.server))
        except psycopg.ProgrammingError:
            return self.server.encode(errors="replace").decode()


def _known(server: str) -> dict[str, Any]:
    """An address as libpq reads it.

    Raises:
        psycopg.ProgrammingError: it is none.
    """
    try:
        known: dict[str, Any] = dict(conninfo_to_dict(server))
        for name in str(known.get("host") or "").split(","):
            name.encode("idna")  # what looks a name up would raise this as well, and nobody expects it there
    except UnicodeError as error:
        raise psycopg.ProgrammingError("an address holds what no name holds") from error
    return known


def _loopback(known: Mapping[str, Any]) -> bool:
    """Whether a connection stays within this PC; without a host it is a socket file or localhost."""
    if known.get("service"):  # a file of its own names the host
        return False
    named = f"{known.get('host') or ''},{known.get('hostaddr') or ''}".split(",")
    return all(one.startswith("/") or one in LOOPBACK for one in named)


async def connect(login: Login, *, writing: bool = False, name: str = "medidesk") -> ServerConnection:
    """Open a connection to the server that serves the clinic, and to no other; all hosts of an address are asked.

    Takes 15 seconds at the most, where the name of a host is slow to be found; else `CONNECT_SECONDS`.

    Args:
        login: who, and to where.
        writing: for the sender; others get the database's default, read-only transactions.
        name: the application name, for whoever looks at the server.

    Raises:
        psycopg.Error: see `explain`.
    """
    return (await _serving(login, writing=writing, name=name)).opened


def at_the_server(login: Login) -> Login:
    """The login at that one of several hosts that serves; a single one is not asked.

    Blocks, in a thread without a loop.

    Raises:
        psycopg.Error: see `explain`.
    """

    async def find() -> Login:
        found = await _serving(login, writing=False, name="medidesk ask")
        await found.leave()
        return found.login

    return login if len(login.each()) == 1 else asyncio.run(find())


def connect_blocking(login: Login, *, name: str, options: str) -> psycopg.Connection:
    """The same for whoever blocks, in a thread without a loop.

    Raises:
        psycopg.Error: see `explain`.
    """
    connection = psycopg.connect(at_the_server(login).conninfo(application_name=name, options=options))
    try:
        with understood():
            _place(login, connection.execute("select hello()").fetchone())
        connection.rollback()
    except BaseException:
        connection.close()
        raise
    return connection


async def newest_place(login: Login) -> tuple[int, int]:
    """Epoch and timeline of the newest server that serves at one of the hosts.

    Raises:
        psycopg.Error: none does.
    """
    found = await _serving(login, writing=False, name="medidesk look")
    await found.leave()
    return found.place


async def _serving(login: Login, *, writing: bool, name: str) -> "_Attempt":
    options = " ".join([SESSION, IDLE, *([WRITING] if writing else ["-c statement_timeout=0"])])
    attempts = [_Attempt(one, options, name) for one in login.each()]
    if len(attempts) == 1:
        await attempts[0].make()
        return attempts[0]
    taken, failures = await hosts.newest(attempts)
    if taken is not None:
        return taken
    if bugs := [error for error in failures.values() if not isinstance(error, psycopg.Error)]:
        raise bugs[0]
    raise hosts.NoneServes(
        [
            (one.login, error, rank(error))
            for one, error in failures.items()
            if isinstance(error, psycopg.Error)
        ]
    )


class _Attempt:
    """One host that is asked (`hosts.Attempt`)."""

    def __init__(self, login: Login, options: str, name: str) -> None:
        self.login = login
        self.place = (0, 0)
        self._conninfo = login.conninfo(options=options, application_name=name)
        self._connection: ServerConnection | None = None

    @property
    def opened(self) -> ServerConnection:
        assert self._connection is not None  # noqa: S101 (it was made)
        return self._connection

    async def make(self) -> None:
        opening = psycopg.AsyncConnection.connect(self._conninfo, autocommit=True, prepare_threshold=1)
        try:
            self._connection = connection = await asyncio.wait_for(opening, CONNECT_SECONDS * 3)
        except TimeoutError as error:
            raise psycopg.errors.ConnectionTimeout("no answer in time") from error
        asked = asyncio.ensure_future(self._ask(connection))
        try:
            self.place = await asyncio.shield(asked)
        except BaseException:
            # The query ends for want of a socket: cancelled, it would wait for the server's leave to end. And it
            # ends first: psycopg reads on from where a connection was that is closed under its query.
            cut(connection)
            await asyncio.gather(asked, return_exceptions=True)
            await leave(connection)
            raise

    async def _ask(self, connection: ServerConnection) -> tuple[int, int]:
        async with deadline(connection, ASK_SECONDS):
            with understood():
                row = await (await connection.execute("select hello()")).fetchone()
                if row is not None and self.login.course.has_passed(row[0]) and not row[0]["sending_paused"]:
                    await self._stop_sending(connection)
                return _place(self.login, row)

    async def _stop_sending(self, connection: ServerConnection) -> None:
        """A former primary takes nothing from the other PCs either, some of which may not know that it is one."""
        proof = self.login.course.proof
        if proof is None:
            return
        try:
            async with connection.transaction():
                await connection.execute("set transaction read write")
                await connection.execute("select pause_sending(%s)", (Jsonb(proof),))
        except psycopg.Error as error:
            event(log, "former_primary_not_stopped", logging.WARNING, error=error)

    def give_up(self) -> None:
        if self._connection is not None:
            cut(self._connection)

    async def leave(self) -> None:
        await leave(self._connection)


def _place(login: Login, row: tuple[Any, ...] | None) -> tuple[int, int]:
    """A server's place in history; a former primary's is none.

    Raises:
        psycopg.OperationalError: it does not serve the clinic.
    """
    if row is None:
        raise psycopg.OperationalError("the server did not answer")
    if login.course.has_passed(row[0]):
        raise hosts.FormerPrimary("another server has taken the place of this one")
    return place(row[0])


@asynccontextmanager
async def deadline(connection: ServerConnection, seconds: float) -> AsyncIterator[None]:
    """Close the connection's socket when the block takes longer: its wait then ends with an error.

    Cancelling would first send a cancel request and wait for its effect, on the very network that is gone.
    """
    handle = asyncio.get_running_loop().call_later(seconds, cut, connection)
    try:
        yield
    finally:
        handle.cancel()


def cut(connection: ServerConnection) -> None:
    """Shut the socket under a connection."""
    try:
        twin = socket.socket(fileno=os.dup(connection.fileno()))
    except (OSError, psycopg.Error):
        return  # closed already
    try:
        twin.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was quicker
    finally:
        twin.close()


async def leave(connection: ServerConnection | None) -> None:
    """Close a connection, whatever state it is in."""
    if connection is not None and not connection.closed:
        cut(connection)
        await connection.close()
