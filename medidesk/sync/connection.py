"""Connections to the clinic's server: how they are opened, bounded in time, and what their errors mean."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medidesk.errors import (
    AccountSuspended,
    CertificateProblem,
    MediDeskError,
    ServerProblem,
    ServerUnreachable,
    SignInRefused,
)
from medidesk.server.handshake import certificate_problem
from medidesk.words import tr

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
IDLE = "-c idle_in_transaction_session_timeout=60s"


@dataclass(frozen=True)
class Login:
    """How somebody signs in: with a password, or with SCRAM keys derived from it.

    Attributes:
        server: the server's libpq URL or conninfo, without user and password.
        user: the login.
        password: the password; empty when `keys` are there.
        keys: `scram_client_key` and `scram_server_key`, base64.
    """

    server: str
    user: str
    password: str = ""
    keys: tuple[str, str] | None = None

    def conninfo(self, **more: str | int) -> str:
        """For libpq."""
        secret: dict[str, Any] = {}
        if self.keys is not None:
            secret = {"scram_client_key": self.keys[0], "scram_server_key": self.keys[1]}
        elif self.password:
            secret = {"password": self.password}
        known = conninfo_to_dict(self.server)
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
            }
        )

    def where(self) -> str:
        """The server's address, for people."""
        try:
            known = conninfo_to_dict(self.server)
        except psycopg.ProgrammingError:
            return self.server
        return f"{known.get('host') or known.get('hostaddr') or 'localhost'}:{known.get('port') or 5432}"


def _loopback(known: Mapping[str, Any]) -> bool:
    """Whether a connection stays within this PC; without a host it is a socket file or localhost."""
    named = f"{known.get('host') or ''},{known.get('hostaddr') or ''}".split(",")
    return all(one.startswith("/") or one in LOOPBACK for one in named)


async def connect(login: Login, *, writing: bool = False, name: str = "medidesk") -> ServerConnection:
    """Open a connection.

    Args:
        login: who, and to where.
        writing: for the sender; others get the database's default, read-only transactions.
        name: the application name, for whoever looks at the server.

    Raises:
        psycopg.Error: see `explain`.
    """
    options = " ".join([SESSION, IDLE, *([WRITING] if writing else ["-c statement_timeout=0"])])
    opening = psycopg.AsyncConnection.connect(
        login.conninfo(options=options, application_name=name), autocommit=True, prepare_threshold=1
    )
    try:
        return await asyncio.wait_for(opening, CONNECT_SECONDS * 3)
    except TimeoutError as error:
        raise psycopg.errors.ConnectionTimeout("no answer in time") from error


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


class Meaning(Enum):
    """What an error of the server means for an operation that was sent."""

    RETRY = auto()  # the network, the server or a lock: the same again, later
    REFUSED = auto()  # a rule or a right: a person decides, or the author is told
    SIGN_IN = auto()  # this author cannot sign in now
    PAUSED = auto()  # the server takes no operations until an administrator has acted
    UNKNOWN = auto()  # tried again a few times, then put before a person


RETRIED = frozenset({"08", "40", "53", "55", "57", "58"})
NOT_MEDIDESK = frozenset({"3F000", "42883", "42P01"})
READ_ONLY = "25006"  # a server on its way to or from being a standby
PAUSING = frozenset({"MD010", "MD011"})


def meaning(error: psycopg.Error) -> Meaning:
    """Which class of SQLSTATE an error is of. Without one it is the network's."""
    state = error.sqlstate
    if state is None:
        text = str(error)
        if "password authentication failed" in text or "is not permitted to log in" in text:
            return Meaning.SIGN_IN
        return Meaning.RETRY if isinstance(error, psycopg.OperationalError) else Meaning.UNKNOWN
    if state in {"28P01", "28000"}:
        return Meaning.SIGN_IN
    if state in PAUSING:
        return Meaning.PAUSED
    if state[:2] in RETRIED or state == READ_ONLY:
        return Meaning.RETRY
    if state[:2] == "23" or state == "42501" or state.startswith("MD") or state[:2] == "22":
        return Meaning.REFUSED
    return Meaning.UNKNOWN


def suspended(login: Login) -> AccountSuspended:
    """What a suspended account is told."""
    return AccountSuspended(
        tr("The account “{user}” is suspended.", user=login.user),
        tr("An administrator can approve it again."),
    )


def explain(error: BaseException, login: Login) -> MediDeskError:
    """Why there is no connection, in words. May talk to the server again: not for the loop's thread."""
    text = str(error)
    state = getattr(error, "sqlstate", None)
    if "certificate" in text or "does not support SSL" in text:
        return _certificate(login)
    if "not permitted to log in" in text or "suspended" in text:
        return suspended(login)
    if state in {"28P01", "28000"} or "password authentication failed" in text:
        return SignInRefused(
            tr("The user name or the password is not right."),
            tr("Try again. If you forgot the password, an administrator can set a new one."),
        )
    if isinstance(error, psycopg.ProgrammingError) and state is None:
        return ServerUnreachable(
            tr("“{where}” is not an address that MediDesk understands.", where=login.where()),
            tr("Type it as postgresql://server:5432/medidesk, or ask whoever set up the server."),
        )
    if state in NOT_MEDIDESK or ("does not exist" in text and "database" in text):
        return ServerProblem(
            tr("The server at {where} has no MediDesk database.", where=login.where()),
            tr("Check the address, or ask whoever set up the server."),
        )
    if state == "MD010":
        return ServerProblem(
            tr("The clinic's data was restored into another server and is not released yet."),
            tr("An administrator must open a new epoch first: medidesk server new-epoch"),
        )
    return ServerUnreachable(
        tr("No answer from the server at {where}.", where=login.where()),
        tr("Check the network cable and that the server is on. Nothing entered here is lost."),
    )


def _certificate(login: Login) -> CertificateProblem:
    """Which of the things that can be wrong with a certificate it is; shakes hands once more to see."""
    known = conninfo_to_dict(login.server)
    host, port = (
        str(known.get("host") or known.get("hostaddr") or "localhost"),
        int(known.get("port") or 5432),
    )
    authority = Path(str(known.get("sslrootcert") or ""))
    with contextlib.suppress(OSError):  # gone meanwhile: all that is known is that it was not trusted
        found = certificate_problem(host, port, authority)
        if found is not None:
            return found
    return CertificateProblem(
        tr("The server at {where} could not prove that it is your clinic's server.", where=login.where()),
        tr("Do not go on. Ask whoever runs the server whether its certificate was changed."),
    )
