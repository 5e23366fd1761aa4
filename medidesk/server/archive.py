"""Old audit rows leave the database for a file: whole seals of them, and not before the file was read back.

All of it is one transaction beside one file: whatever breaks it off, the rows are in the database as before, or in
a file that was checked. The seals stay, so that the chain goes on; so does which cluster each epoch was of.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg

from medidesk.errors import MediDeskError
from medidesk.server import archive_file, partitions, seals
from medidesk.server.archive_file import KEPT, OPENINGS_LINE, SUFFIX, Header, seal_line
from medidesk.server.archive_list import Archive, known, server_id
from medidesk.server.private_files import sync_folder, world_errors
from medidesk.server.seals import Sealed
from medidesk.words import tr

USUAL_AGE, LEAST_AGE = timedelta(days=365), timedelta(days=90)

_LOCK_WAIT = "2s"
_ANOTHER_CLUSTER = "MD010"
_NEWEST: LiteralString = """
select max(a.at) from medidesk.audit_log a where a.epoch = %s and a.xid >= %s::xid8 and a.xid < %s::xid8
"""
# As `cut_feed`; of what is sealed no transaction runs any more.
_CUT_FEED: LiteralString = """
insert into medidesk.feed_floor as f (epoch, xid)
select s.epoch, (max(s.upto)::text::numeric - 1)::text::xid8 from medidesk.audit_seal s
 where s.number between %s and %s and s.epoch = medidesk.current_epoch() group by s.epoch
on conflict (epoch) do update set xid = greatest(f.xid, excluded.xid), cut_at = clock_timestamp()
"""
_DELETE: LiteralString = """
delete from medidesk.audit_log a where a.epoch = %s and a.xid >= %s::xid8 and a.xid < %s::xid8 and a.tbl <> %s
"""
_STAYS: LiteralString = """
select count(*) from medidesk.audit_log a where a.epoch = %s and a.xid >= %s::xid8 and a.xid < %s::xid8
"""
_OPENINGS: LiteralString = """
select jsonb_build_array(o.seq, to_char(o.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                         to_char(o.opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), o.login, o.station,
                         o.patient_id, o.reason, o.opening_id)::text
  from medidesk.access_log o where o.at < %s order by o.seq
"""


@dataclass(frozen=True)
class Archived:
    """What left.

    Attributes:
        archive: what the database knows of it.
        path: where the file is.
        dropped: partitions that were empty then, and are gone.
    """

    archive: Archive
    path: Path
    dropped: tuple[str, ...]


def archive(connection: psycopg.Connection, folder: Path, before: datetime) -> Archived | None:
    """Move what is older than a day into a file, and check that before anything is deleted.

    Args:
        connection: a superuser's, with no transaction open.
        folder: where the file is put; made where it is missing.
        before: the day, aware; 90 days ago at the latest.

    Returns:
        None where no seal is so old that all its rows are.

    Raises:
        MediDeskError: it is not that long ago, another one archives, a seal does not fit what it covers, or the
            server does not serve.
        DiskFull, ServerProblem: the file cannot be written.
    """
    if before > datetime.now(UTC) - LEAST_AGE:
        raise MediDeskError(
            tr("The last {days} days stay in the database.", days=LEAST_AGE.days),
            tr("Name an earlier day: --before 2025-01-31"),
        )
    _make(folder)
    # What takes long here is no query that hangs.
    connection.execute("set statement_timeout = 0")
    connection.execute("set idle_in_transaction_session_timeout = 0")
    try:
        connection.execute("select medidesk.current_epoch()")
        done = _archive(connection, folder, before)
        row = connection.execute("select clock_timestamp()").fetchone()
        dropped = [] if row is None else partitions.drop_empty(connection, row[0])
    except psycopg.errors.SerializationFailure as error:
        raise MediDeskError(
            tr("Old changes were altered while they were archived. Nothing was archived."),
            tr("See what is wrong: medidesk audit verify"),
        ) from error
    except psycopg.DatabaseError as error:
        if error.sqlstate != _ANOTHER_CLUSTER:
            raise
        raise MediDeskError(
            tr("The clinic's database was restored into another server, which does not serve yet."),
            tr("Let it serve first: medidesk server new-epoch"),
        ) from error
    return None if done is None else Archived(*done, tuple(dropped))


def _make(folder: Path) -> None:
    if folder.is_dir():
        return
    with world_errors(folder):
        try:
            folder.mkdir(mode=0o700)
        except FileNotFoundError as error:
            raise MediDeskError(
                tr("There is no folder {folder}.", folder=folder.parent), tr("Is its disk there?")
            ) from error
    sync_folder(folder.parent)


def _archive(connection: psycopg.Connection, folder: Path, before: datetime) -> tuple[Archive, Path] | None:
    with connection.transaction():
        # One state of everything; rows that somebody changes meanwhile break it off.
        connection.execute("set transaction isolation level repeatable read")
        _begin_alone(connection)
        leaves = leaving(connection, before)
        if not leaves:
            return None
        path, openings = written(connection, folder, leaves, before)
        made = Archive(
            leaves[0].number,
            leaves[-1].number,
            sum(one.rows for one in leaves),
            openings,
            path.name,
            archive_file.sha256(path),
        )
        _delete(connection, leaves, made, before)
    # Files of runs that were killed before anything left.
    for other in folder.glob(f"audit-{made.first}-*{SUFFIX}"):
        if other != path and _is_part(other, path, leaves, server_id(connection)):
            with world_errors(other):
                other.unlink()
    return made, path


def _begin_alone(connection: psycopg.Connection) -> None:
    """Archive alone, until the end of this transaction: of this table people have nothing, and so no lock."""
    connection.execute("select set_config('lock_timeout', %s, true)", (_LOCK_WAIT,))
    try:
        connection.execute("lock table medidesk.audit_archive in share row exclusive mode")
    except psycopg.errors.LockNotAvailable as error:
        raise MediDeskError(
            tr("Somebody archives the audit trail at this moment."), tr("Wait until it is done.")
        ) from error
    connection.execute("select set_config('lock_timeout', '0', true)")


def leaving(connection: psycopg.Connection, before: datetime) -> list[Sealed]:
    """The seals all of whose rows are older than a day, from the oldest that is still here on; each is checked.

    Raises:
        MediDeskError: one does not fit its rows, or the one before it.
    """
    gone = max((one.last for one in known(connection)), default=0)
    last: Sealed | None = None
    found = []
    for one in seals.every(connection):
        if one.number > gone:
            newest = connection.execute(_NEWEST, (one.epoch, one.start, one.upto)).fetchone()
            # What a clock that was ahead has stamped is no younger than its seal.
            if newest is not None and newest[0] is not None and min(newest[0], one.sealed_at) >= before:
                break
            found.append(one)
        if not one.follows(last) or (one.number > gone and not seals.fits(connection, one)):
            raise MediDeskError(
                tr(
                    "Seal {number} of {sealed_at} does not fit the changes under it: the audit trail is not as it "
                    "was sealed. Nothing was archived.",
                    number=one.number,
                    sealed_at=f"{one.sealed_at:%d.%m.%Y}",
                ),
                tr("See what is wrong: medidesk audit verify"),
            )
        last = one
    return found


def written(
    connection: psycopg.Connection, folder: Path, leaves: list[Sealed], before: datetime
) -> tuple[Path, int]:
    """The file with all of these seals' rows, read back and checked; and how many openings it holds.

    Raises:
        MediDeskError: another file of that name is there, or what was written is not what is read.
        DiskFull, ServerProblem: it cannot be written.
    """
    row = connection.execute("select count(*) from medidesk.access_log where at < %s", (before,)).fetchone()
    openings = 0 if row is None else int(row[0])
    first, last, server = leaves[0], leaves[-1], server_id(connection)
    header = Header(server, first.number, last.number, first.previous.hex(), openings)
    path = folder / f"audit-{first.number}-{last.number}{SUFFIX}"
    unfinished = f".audit-{server}-"
    for left in folder.glob(f"{unfinished}*"):  # of one that was killed
        left.unlink()
    made = archive_file.write(folder, unfinished, _lines(connection, header, leaves, before))
    try:
        _check(made, header, leaves, path)
        archive_file.keep(made, path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return path, openings


def _check(made: Path, header: Header, leaves: Collection[Sealed], path: Path) -> None:
    """See that a file holds what it should, as it is read, and takes the place of nothing that it does not hold."""
    if not _holds(made, leaves, header.server, header.openings):
        raise MediDeskError(
            tr("What was written to {folder} is not what is read there.", folder=path.parent),
            tr("Nothing was deleted. Look at that disk, or choose another: --folder …"),
        )
    if path.exists() and not _is_part(path, made, leaves, header.server):
        raise MediDeskError(
            tr("{path} is there already, and holds something else.", path=path),
            tr("Move it away and keep it: it may hold what a restore has lost. Then try again."),
        )


def _lines(
    connection: psycopg.Connection, header: Header, leaves: Iterable[Sealed], before: datetime
) -> Iterator[str]:
    yield header.line()
    for one in leaves:
        yield seal_line(one.number, one.words, one.own)
        yield from seals.rows(connection, one)
    yield OPENINGS_LINE
    with connection.cursor() as cursor:
        for (opening,) in cursor.stream(_OPENINGS, (before,)):
            yield opening


def _holds(path: Path, leaves: Collection[Sealed], server: str, openings: int | None = None) -> bool:
    """Whether a file is whole, of this server, and holds only seals that are here, just as they are."""
    found = archive_file.contents(path)
    here = {one.number: (one.words, one.own) for one in leaves}
    return (
        found is not None
        and found.whole
        and found.header.server == server
        and openings in (None, found.openings)
        and all(here.get(number) == (held.words, held.own) for number, held in found.seals.items())
    )


def _is_part(other: Path, path: Path, leaves: Collection[Sealed], server: str) -> bool:
    """Whether all that is in a file is in another one too: it is of a run that was killed before anything left."""
    return _holds(other, leaves, server) and archive_file.openings(other) <= archive_file.openings(path)


def _delete(
    connection: psycopg.Connection, leaves: Collection[Sealed], made: Archive, before: datetime
) -> None:
    # Stations that were away since before these rows compare every row instead: nothing is skipped.
    connection.execute(_CUT_FEED, (made.first, made.last))
    left = stays = 0
    for one in leaves:
        where = (one.epoch, one.start, one.upto)
        left += connection.execute(_DELETE, (*where, KEPT)).rowcount
        row = connection.execute(_STAYS, where).fetchone()
        stays += 0 if row is None else int(row[0])
    openings = connection.execute("delete from medidesk.access_log where at < %s", (before,)).rowcount
    if (left + stays, openings) != (made.rows, made.openings):
        raise MediDeskError(
            tr("Other changes lie in the database than were written. Nothing was deleted."),
            tr("See what is wrong: medidesk audit verify"),
        )
    connection.execute(
        "insert into medidesk.audit_archive (first_seal, last_seal, rows, openings, before, file, sha256) "
        "values (%s, %s, %s, %s, %s, %s, %s)",
        (made.first, made.last, made.rows, made.openings, before, made.file, made.sha256),
    )


def usual_day(now: datetime) -> datetime:
    """Before which day rows leave where nobody says another: a year ago."""
    return (now - USUAL_AGE).replace(hour=0, minute=0, second=0, microsecond=0)
