"""A server that came back from a backup: a new epoch, and bringing back from the stations what the backup lacks.

The functions take a connection that may write (`migrate.connect`) of an administrator of every branch, or of a
superuser. The server's own words are in `medidesk/server/schema/replay.sql` and `history.sql`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import psycopg

from medidesk.errors import MediDeskError, NotAllowed, ServerProblem
from medidesk.words import counted, tr

NO_REPLAY = "MD012"
CAME_WITH_TIMES = "medidesk.server_health()"
"""What came in the same version as epochs whose number is a time; the version is not told before the new epoch."""


@dataclass(frozen=True)
class Count:
    """How many operations of one verb and one station are in one state.

    Attributes:
        station: the station's name.
        verb: the verb's name.
        state: "staged", "applied", "there" (the backup had it) or "failed".
        count: how many.
    """

    station: str
    verb: str
    state: str
    count: int


@dataclass(frozen=True)
class Report:
    """How a replay stands, or what it brought back.

    Attributes:
        open: stations hand in their journals now.
        sending_paused: the server takes no changes.
        epoch: the server's.
        counts: by station, verb and state.
        failed: operations that could not be applied: title, author and the server's reason. When the replay is
            closed they are kept whole as held facts.
        renumbered: file numbers on paper that somebody else has meanwhile, with the new ones.
        rejected: entries that this server has not signed, or not so: who handed them in, and why.
        accounts: accounts and roles that stations knew and the server does not. They are not brought back.
        stations: that have handed in, and whether wholly.
        missing: stations seen within 30 days that have not.
    """

    open: bool
    sending_paused: bool
    epoch: int
    counts: tuple[Count, ...] = ()
    failed: tuple[Mapping[str, Any], ...] = ()
    renumbered: tuple[Mapping[str, str], ...] = ()
    rejected: tuple[Mapping[str, Any], ...] = ()
    accounts: tuple[Mapping[str, str], ...] = ()
    stations: tuple[Mapping[str, Any], ...] = ()
    missing: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What the server answered."""
        names = ("failed", "renumbered", "rejected", "accounts", "stations", "missing")
        return cls(
            open=said["open"],
            sending_paused=said["sending_paused"],
            epoch=said["epoch"],
            counts=tuple(Count(**one) for one in said.get("counts", ())),
            **{name: tuple(said.get(name, ())) for name in names},
        )

    def total(self, state: str) -> int:
        """How many operations are in a state."""
        return sum(one.count for one in self.counts if one.state == state)


def new_epoch(connection: psycopg.Connection) -> int:
    """Say that this cluster is the clinic's server from now on; every station then fills its replica anew.

    Needed once after a dump was restored into another cluster. Returns the epoch.

    Raises:
        ServerProblem: the database is of an older version, which counts its epochs. Stations that were at one that
            began after the backup would take this server for one that has been replaced.
    """
    if _asked(connection, "select to_regprocedure(%s)", CAME_WITH_TIMES) is None:
        raise _older()
    return int(_asked(connection, "select new_epoch()"))


def open_replay(connection: psycopg.Connection) -> UUID:
    """Pause sending and ask the stations for their journals. One that is open already is kept."""
    opened: UUID = _asked(connection, "select replay_open()")
    return opened


def status(connection: psycopg.Connection) -> Report:
    """The open replay, or else the last one."""
    return Report.from_json(_asked(connection, "select replay_status()"))


def close_replay(connection: psycopg.Connection, *, anyway: bool = False) -> Report:
    """Apply what the stations handed in, keep for whoever decides what could not be, and let sending go on.

    Args:
        connection: an administrator's.
        anyway: also when stations are missing.

    Raises:
        MediDeskError: none is open, or stations are missing, in a sentence.
    """
    _asked(connection, "select replay_close(%s)", anyway)
    return status(connection)


def _asked(connection: psycopg.Connection, query: str, *values: object) -> Any:
    try:
        row = connection.execute(query.encode(), values or None).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotAllowed(
            tr("Only an administrator of all branches may do this."), tr("Sign in as one, or ask one.")
        ) from error
    except psycopg.errors.UndefinedFunction as error:
        raise _older() from error
    except psycopg.Error as error:
        if error.sqlstate != NO_REPLAY:
            raise
        raise MediDeskError(
            tr("The replay was not closed: {reason}.", reason=error.diag.message_primary),
            tr("Start MediDesk at these stations and sign in; or close without them: --anyway"),
            title=tr("Not closed"),
        ) from error
    return None if row is None else row[0]


def _older() -> ServerProblem:
    return ServerProblem(
        tr("The server's database is of an older version."),
        tr("Bring it up to date on the server: medidesk server init. Then try again."),
    )


def lines(report: Report) -> Iterator[str]:
    """A report, line by line, for people."""
    if report.open:
        yield tr("A replay is open: the stations are handing in their journals.")
    elif report.sending_paused:
        yield tr("Sending is paused: the server came back without the last changes. Open a replay.")
    else:
        yield tr("Sending goes on.")
    for one in report.counts:
        state = tr(STATES[one.state])
        yield tr("{station}: {verb} × {count}: {state}", **{**vars(one), "state": state})
    for title, found in (
        (tr("Could not be brought back, kept for a decision:"), report.failed),
        (tr("Numbers on paper that another file has meanwhile:"), report.renumbered),
        (tr("Rejected, because this server has not signed it so:"), report.rejected),
        (
            tr("Accounts and roles that stations knew and the server does not; approve them again:"),
            report.accounts,
        ),
    ):
        if found:
            yield title
            yield from ("  " + ", ".join(str(value) for value in one.values()) for one in found)
    if report.stations:
        complete = sum(1 for one in report.stations if one["complete"])
        yield counted(
            complete, "{count} station has handed in its journal.", "{count} stations have handed in theirs."
        )
    if report.missing:
        yield tr("Not yet: {names}", names=", ".join(report.missing))


STATES = {
    "staged": "handed in",
    "applied": "brought back",
    "there": "the backup had it",
    "failed": "not brought back",
}
