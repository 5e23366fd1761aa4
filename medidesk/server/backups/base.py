"""A base backup of the server's files, taken while people work, and checked before it is sealed.

For an instant nobody writes: a restore point is set in the log, and a snapshot is taken of just that state, to be
counted and digested afterwards. The scratch server recovers to that very point, so that both must be equal.
"""

import gzip
import shutil
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from medidesk.errors import BackupProblem
from medidesk.server.backups import (
    Tell,
    digests,
    keys,
    loading,
    moments_shelf,
    programs,
    recovering,
    shelf,
    wal,
)
from medidesk.server.backups.digests import Digests
from medidesk.server.backups.moments_shelf import AboutBase, Base
from medidesk.server.backups.recovering import BaseContents
from medidesk.server.backups.shelf import Plan
from medidesk.server.backups.workplace import check_room, working
from medidesk.server.cluster import Cluster
from medidesk.server.local import LocalServer
from medidesk.server.private_files import world_errors, write_private
from medidesk.words import tr

_TRIES = 50
# Less than PostgreSQL waits before it looks for a deadlock: who works is never the one that is cut off.
_HELD_MOST = "400ms"
_PAUSE = 0.2
# It holds its table for as long as it takes, and comes back by itself.
_STOP_VACUUM = "select pg_cancel_backend(pid) from pg_stat_activity where backend_type = 'autovacuum worker'"
_ARCHIVED_WITHIN = 120.0
# The files as they are, unpacked for the scratch server, and compressed.
_ROOM = 2.5


@dataclass(frozen=True)
class _Point:
    """A state of the server that is known to the last row: a restore point, and the digests there."""

    name: str
    moment: datetime
    segment: str
    digests: Digests
    server_id: str
    schema_version: int


def take(server: LocalServer, plan: Plan, name: str, tell: Tell) -> Base:
    """Take a base backup, recover it in a scratch server with the archived log and compare, and seal it.

    Args:
        server: it runs and archives its log; people may work.
        plan: the clinic's.
        name: the backup that it is to lie beside.
        tell: is told each step.

    Raises:
        BackupProblem: it could not be taken, the log is not archived, or it does not hold what the server holds.
        DiskFull: there was no room.
        ServerProblem: another backup is being made, or the server broke off.
    """
    started = time.monotonic()
    line = Path(server.cluster.options.archive_to)
    if not server.cluster.options.archive_to:
        raise BackupProblem(
            tr("The server does not archive its log."), tr("medidesk backup setup --point-in-time")
        )
    with working(plan.folder) as work:
        with server.connect() as connection:
            row = connection.execute("select sum(pg_database_size(oid))::bigint from pg_database").fetchone()
            check_room(work, int((row[0] if row else 0) * _ROOM))
            # It keeps the log for us, and is gone with the connection, however that ends.
            connection.execute("select pg_create_physical_replication_slot('medidesk_base', true, true)")
            tell(tr("Copying the server's files"))
            files, first = _copied(server, work)
            point = _point(server, connection, name)
            tell(tr("Waiting until its log is archived"))
            log = _log(server, connection, line, first, point.segment, work)
        tell(tr("Checking it: recovering it in a server that is thrown away"))
        contents = _contents(server, point, line, first)
        _try_out(contents, files, log, work)
        tell(tr("Sealing it"))
        return _sealed(contents, files, work, plan, f"{name}{moments_shelf.ENDS}", started)


def _copied(server: LocalServer, work: Path) -> tuple[Path, str]:
    """The server's files as a tar, and the first segment of the log that they need."""
    to = work / "base"
    to.mkdir(mode=0o700)
    with programs.passwords(work, server.cluster) as passfile:
        where = programs.conninfo(server.cluster, "postgres", passfile)
        programs.run_program(
            server.cluster,
            "pg_basebackup",
            *("--pgdata", to, "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--no-sync"),
            *("--no-password", "--dbname", where),
            folder=work,
        )
    others = sorted(one.name for one in to.iterdir() if one.name not in {"base.tar", "backup_manifest"})
    if others:
        raise BackupProblem(
            tr("The server keeps some of its data elsewhere (tablespaces), which no base backup holds."),
            tr("Move it back into the server's own folder, or turn this off: --no-point-in-time"),
        )
    return to / "base.tar", wal.segment_at(*recovering.wal_range(to / "backup_manifest"))


def _point(server: LocalServer, connection: psycopg.Connection, name: str) -> _Point:
    """Set a restore point while nobody writes, and digest the state there."""
    superuser = server.cluster.superuser
    digests.prepare(connection)
    for attempt in range(_TRIES):
        called = f"medidesk {name} {attempt}"
        roles = digests.of_roles(connection, superuser)
        with server.connect() as reader:
            digests.prepare(reader)
            with reader.transaction():
                reader.execute("set transaction isolation level repeatable read, read only")
                try:
                    moment, position = _set_point(connection, reader, called)
                except psycopg.errors.LockNotAvailable:
                    connection.execute(_STOP_VACUUM)
                    time.sleep(_PAUSE)
                    continue
                if digests.of_roles(connection, superuser) != roles:
                    continue
                segment = _ended(connection, position)
                found = digests.of_database(reader)
                identity = reader.execute(
                    "select server_id::text, schema_version from medidesk.server_identity"
                ).fetchone()
        assert identity is not None  # noqa: S101 (a database of MediDesk's has its one row)
        return _Point(called, moment, segment, found | {loading.ROLES: roles}, *identity)
    raise BackupProblem(
        tr("There was no instant without somebody writing."), tr("Try again when the clinic is quieter.")
    )


def _ended(connection: psycopg.Connection, position: str) -> str:
    """Have PostgreSQL end the segment that holds a position, so that it is archived now; returns its name."""
    row = connection.execute("select pg_walfile_name(%s::pg_lsn), pg_switch_wal()", (position,)).fetchone()
    assert row is not None  # noqa: S101 (a function's answer)
    return str(row[0])


def _set_point(connection: psycopg.Connection, reader: psycopg.Connection, name: str) -> tuple[datetime, str]:
    """Hold everybody's writing up for an instant: what `reader` sees from now on is the state at the point."""
    names = [sql.Identifier(*one) for one in digests.tables(connection)]
    with connection.transaction():
        connection.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(_HELD_MOST)))
        connection.execute(sql.SQL("lock table {} in share mode").format(sql.SQL(", ").join(names)))
        reader.execute("select pg_current_snapshot()")
        row = connection.execute(
            "select clock_timestamp(), pg_create_restore_point(%s)::text", (name,)
        ).fetchone()
        assert row is not None  # noqa: S101 (a function's answer)
    return row[0], row[1]


def _log(
    server: LocalServer, connection: psycopg.Connection, line: Path, first: str, last: str, work: Path
) -> Path:
    """Copies of the segments from `first` to `last`, each of which is in the archive just so."""
    to = work / "wal"
    to.mkdir(mode=0o700)
    deadline = time.monotonic() + _ARCHIVED_WITHIN
    name = first
    while True:
        while name not in (known := wal.segments(line)):
            if time.monotonic() > deadline:
                raise _not_archived(connection, name, server)
            time.sleep(_PAUSE)
        with world_errors(to):
            shutil.copyfile(server.cluster.data / "pg_wal" / name, to / name)
        if known[name][0].sha != shelf.sha256(to / name):
            raise keys.damaged(known[name][0].path)
        if name == last:
            return to
        name = wal.after(name)


def _not_archived(connection: psycopg.Connection, name: str, server: LocalServer) -> BackupProblem:
    failed = connection.execute("select failed_count from pg_stat_archiver").fetchone()
    log = server.cluster.data / "log"
    return BackupProblem(
        tr("The server's log is not archived: {name} is still missing (it failed {count} times).",
           name=name, count=failed[0] if failed else 0),
        tr("Why is in its log in {folder}; it goes on trying by itself.", folder=log),
    )  # fmt: skip


def _contents(server: LocalServer, point: _Point, line: Path, first: str) -> BaseContents:
    cluster = server.cluster
    return BaseContents(
        made_at=point.moment.astimezone(UTC).isoformat(),
        database=server.database,
        superuser=cluster.superuser,
        postgres=cluster.binaries.major,
        schema_version=point.schema_version,
        server_id=point.server_id,
        digests=point.digests,
        roles="",
        authority=cluster.folder.whole_authority() if cluster.authority else None,
        settings=cluster.options.to_json(),
        port=cluster.status().port or 0,
        dump="",
        password=cluster.superuser_password,
        point=point.name,
        line=line.name,
        first=first,
        last=point.segment,
    )


def _try_out(contents: BaseContents, files: Path, log: Path, work: Path) -> None:
    """Recover it up to the restore point, and compare everything."""
    folder = work / "scratch"

    def fill(to: Path) -> None:
        for path in log.iterdir():
            shutil.copyfile(path, to / path.name)

    try:
        scratch = recovering.recovered(
            folder, contents, files, fill, {"recovery_target_name": contents.point}, recovering.SCRATCH
        )
        loading.check(scratch, contents)
    finally:
        Cluster(folder).destroy()


def _sealed(contents: BaseContents, files: Path, work: Path, plan: Plan, name: str, started: float) -> Base:
    packed, rest, making = work / "base.tar.gz", work / "server.json", work / "sealed"
    making.mkdir(mode=0o700)
    with world_errors(packed):
        with files.open("rb") as plain, gzip.open(packed, "wb", compresslevel=1) as file:
            shutil.copyfileobj(plain, file, 2**20)
        files.unlink()
    whole = replace(contents, dump=shelf.sha256(packed))
    write_private(rest, whole.to_json())
    keys.seal(packed, making / moments_shelf.FILES, plan.key)
    keys.seal(rest, making / shelf.REST, plan.key)
    about = AboutBase(
        whole.made_at,
        whole.rows,
        whole.postgres,
        whole.schema_version,
        round(time.monotonic() - started, 1),
        {one.name: shelf.sha256(one) for one in making.iterdir()},
        whole.line,
        whole.first,
        whole.last,
    )
    return Base(name, shelf.put(making, about, plan.folder, name))
