"""Bringing a moment back: the newest base backup before it, and the log that was archived since."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyrage

from medidesk.errors import BackupProblem, MediDeskError
from medidesk.server.backups import Tell, digests, keys, loading, recovering, restoring, shelf, wal
from medidesk.server.backups.moments import Way, told, way_to
from medidesk.server.backups.moments_shelf import FILES, Base
from medidesk.server.backups.recovering import BaseContents
from medidesk.server.backups.restoring import COMING, SERVER, Restored
from medidesk.server.backups.workplace import working
from medidesk.server.cluster import Cluster
from medidesk.server.local import LocalServer
from medidesk.server.private_files import world_errors
from medidesk.words import counted, tr

_ARCHIVED_WITHIN = 30.0
_PAUSE = 0.2


def restore(
    home: Path, places: Sequence[Path], moment: datetime | None, key: Path, tell: Tell = lambda _: None
) -> Restored:
    """Let the clinic as it was at a moment serve in place of what serves now, in a new epoch, with a replay open.

    The new server is complete before the old one is stopped, as with `restoring.restore`.

    Args:
        home: the server lies in `server` below it; nothing need be there.
        places: the folders that backups lie in.
        moment: the one; None for the latest that there is.
        key: the file with the key that opens the backups.
        tell: is told each step.

    Raises:
        BackupProblem: that moment cannot be brought back, something is damaged or for another key; what serves
            goes on.
        DiskFull: there was no room.
        ServerProblem: the new server does not start; what served is in its place again.
    """
    identity = keys.read_key(key)
    archive_now(home)
    way = way_to(places, moment)
    with _opened(home, way, identity, tell) as (base, contents, files):
        coming = Cluster(home / COMING)
        coming.destroy()  # of one that was cut off
        count = counted(len(way.log), "{count} segment", "{count} segments")
        tell(tr("Recovering it beside the server that is there, with {segments} of the log", segments=count))
        try:
            coming = _recovered(home, contents, files, way, moment, identity)
            tell(tr("Reading all of it"))
            shown = _read(coming, contents, moment)
            coming.stop()
            recovering.tidy(coming)
        except BaseException:
            Cluster(home / COMING).destroy()
            raise
    return restoring.take_place(
        home, coming, contents, restoring.Origin(base.made_at, shown, base.size), tell
    )


def verify(
    home: Path, places: Sequence[Path], moment: datetime | None, key: Path, tell: Tell = lambda _: None
) -> datetime:
    """Open what brings a moment back, recover it in a server that is thrown away, and compare.

    Twice: up to the point that the base backup was digested at, where both must be equal to the last row, and up to
    the moment, where every row must be read.

    Args:
        home: where there is room for that.
        places, moment, key, tell: as for `restore`.

    Returns:
        The moment that it shows.

    Raises:
        BackupProblem: as `restore`, or it does not hold what it should.
        DiskFull: there was no room.
        ServerProblem: no PostgreSQL that can read it runs here.
    """
    identity = keys.read_key(key)
    archive_now(home)
    way = way_to(places, moment)
    with _opened(home, way, identity, tell) as (_, contents, files):
        tell(tr("Recovering the base backup in a server that is thrown away, and comparing"))
        with _thrown_away(
            home, contents, files, way, {"recovery_target_name": contents.point}, identity
        ) as one:
            loading.check(one, contents)
        tell(tr("Recovering the moment in another one, and reading all of it"))
        with _thrown_away(home, contents, files, way, recovering.until(moment), identity) as one:
            return _read(one, contents, moment)


@contextmanager
def _thrown_away(
    home: Path,
    contents: BaseContents,
    files: Path,
    way: Way,
    target: recovering.Target,
    key: pyrage.x25519.Identity,
) -> Iterator[Cluster]:
    with working(home) as work:
        folder = work / "scratch"
        try:
            yield recovering.recovered(
                folder, contents, files, _filling(way, key), target, recovering.SCRATCH
            )
        finally:
            Cluster(folder).destroy()


def archive_now(home: Path) -> None:
    """Where the server runs: have it archive what it has written until now, and wait for that a while."""
    cluster = Cluster(home / SERVER)
    with suppress(MediDeskError, psycopg.Error, OSError):
        if not cluster.status().running or not cluster.options.archive_to:
            return
        with LocalServer(cluster).connect() as connection:
            # Also where nothing was written for a while: that it was so is known from the segment.
            row = connection.execute(
                "select pg_walfile_name(pg_create_restore_point('medidesk archive'))"
            ).fetchone()
            connection.execute("select pg_switch_wal()")
        deadline = time.monotonic() + _ARCHIVED_WITHIN
        while row and row[0] not in wal.segments(Path(cluster.options.archive_to)):
            if time.monotonic() > deadline:
                return
            time.sleep(_PAUSE)


@contextmanager
def _opened(
    home: Path, way: Way, key: pyrage.x25519.Identity, tell: Tell
) -> Iterator[tuple[Base, BaseContents, Path]]:
    """The opened parts of a base backup in a private folder, for the block; of its copies, one that is whole."""
    tell(tr("Opening the base backup of {moment}", moment=told(way.bases[0].made_at)))
    with world_errors(home):
        home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".opening-", dir=home) as folder:
        rest, files = Path(folder) / "server.json", Path(folder) / "base.tar.gz"
        base = _whole(way.bases)
        keys.unseal(base.path / shelf.REST, rest, key)
        try:
            contents = BaseContents.from_json(rest.read_text(encoding="utf-8"))
        except ValueError as error:
            raise restoring.other_version() from error
        rest.unlink()
        keys.unseal(base.path / FILES, files, key)
        if shelf.sha256(files) != contents.dump:
            raise keys.damaged(base.path / FILES)
        yield base, contents, files


def _whole(copies: Sequence[Base]) -> Base:
    for one in copies[:-1]:
        with suppress(BackupProblem):
            one.check_files()
            return one
    copies[-1].check_files()
    return copies[-1]


def _recovered(
    home: Path,
    contents: BaseContents,
    files: Path,
    way: Way,
    moment: datetime | None,
    key: pyrage.x25519.Identity,
) -> Cluster:
    target = recovering.until(moment)
    return recovering.recovered(home / COMING, contents, files, _filling(way, key), target, {})


def _filling(way: Way, key: pyrage.x25519.Identity) -> recovering.Fill:
    def fill(to: Path) -> None:
        for copies in way.log:
            wal.open_into(copies, to, key)

    return fill


def _read(coming: Cluster, contents: BaseContents, moment: datetime | None) -> datetime:
    """See that every row can be read and that it is the clinic's; returns the moment that it shows."""
    with LocalServer(coming, contents.database).connect() as connection:
        digests.prepare(connection)
        try:
            digests.of_database(connection)
            row = connection.execute(
                "select server_id::text, (select max(at) from medidesk.audit_log) from medidesk.server_identity"
            ).fetchone()
        except psycopg.Error as error:
            raise BackupProblem(
                tr(
                    "What was recovered cannot be read: {reason}.", reason=error.diag.message_primary or error
                ),
                tr("Choose another moment, or bring back a whole backup: without --until"),
            ) from error
    if row is None or row[0] != contents.server_id:
        raise BackupProblem(
            tr("What was recovered is not this clinic's server."), tr("Choose another moment.")
        )
    return moment or row[1] or datetime.now(UTC)
