"""Whoever guesses at somebody's password is stopped: after so many wrong ones the account is suspended.

The server's log is what knows of them. An administrator lets the person in again at the page *People*; the last
administrator of a branch is never suspended by this.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from medidesk.server.private_files import world_errors

# NIST SP 800-63B-4 allows a hundred. One mistyped password is up to three attempts of a station, each of which the
# server makes wait (`settings.ServerSettings.refusal_delay_ms`).
MOST = 30
WITHIN = timedelta(minutes=15)
_TAIL_BYTES = 16 * 2**20
REFUSED = "MD005"

# As `settings` lays down: the moment, the process, the SQLSTATE, who, and from where.
_LINE = re.compile(rb"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) \S+ \[\d+\] 28P01 (\S+)@\S* (\S+) FATAL:")


@dataclass(frozen=True)
class Failed:
    """A wrong password: when, for whom, from where."""

    at: datetime
    login: str
    address: str


@dataclass(frozen=True)
class Suspended:
    """What was done about one account.

    Attributes:
        login: whose.
        times: how many wrong passwords there were.
        addresses: from where.
        problem: why it was not suspended after all; empty where it was.
    """

    login: str
    times: int
    addresses: tuple[str, ...]
    problem: str = ""


def failures(data: Path, since: datetime) -> Iterator[Failed]:
    """The wrong passwords in a server's logs since a moment; of each log its last 16 MB are read.

    Raises:
        ServerProblem: the logs are another user's.
    """
    for path in sorted((data / "log").glob("*.log")):
        with world_errors(path):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < since:
                continue
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
                yield from (one for one in _read(file) if one.at >= since)


def _read(lines: Iterable[bytes]) -> Iterator[Failed]:
    for line in lines:
        if found := _LINE.match(line):
            moment, login, address = (word.decode(errors="replace") for word in found.groups())
            yield Failed(datetime.fromisoformat(moment).replace(tzinfo=UTC), login, address)


def suspend(connection: psycopg.Connection, data: Path, now: datetime) -> list[Suspended]:
    """Suspend the accounts at whose passwords somebody has guessed too often; run once a minute.

    Args:
        connection: a superuser's, that may write.
        data: the server's data folder, with its logs.
        now: this moment.

    Returns:
        What was done, account by account; one that is suspended already, or was changed since (as when an
        administrator has let the person in again), is left alone.
    """
    guessed: dict[str, list[Failed]] = defaultdict(list)
    for one in failures(data, now - WITHIN):
        guessed[one.login].append(one)
    done = []
    for login, tries in sorted(guessed.items()):
        row = connection.execute(
            "select id, updated_at from user_account "
            "where login = %s and state = 'approved' and deleted_at is null",
            (login,),
        ).fetchone()
        since = [] if row is None else [one for one in tries if one.at > row[1]]
        if row is not None and len(since) >= MOST:
            addresses = tuple(sorted({one.address for one in since}))
            done.append(
                Suspended(login, len(since), addresses, _suspend(connection, row[0], login, since, addresses))
            )
    return done


def _suspend(
    connection: psycopg.Connection,
    account: object,
    login: str,
    tries: list[Failed],
    addresses: tuple[str, ...],
) -> str:
    try:
        with connection.transaction():
            connection.execute("select suspend_account(%s)", (login,))
            note = {"wrong_passwords": len(tries), "from": ", ".join(addresses)[:200]}
            connection.execute("select note_account(%s, %s)", (account, Jsonb(note)))
    except psycopg.Error as error:
        if error.sqlstate != REFUSED:
            raise
        return error.diag.message_primary or ""
    return ""
