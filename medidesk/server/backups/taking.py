"""Taking a backup of a server while people work: one state of everything, checked before it is sealed."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from medidesk.errors import BackupProblem, MediDeskError
from medidesk.server import seals
from medidesk.server.backups import (
    Tell,
    base,
    digests,
    keys,
    loading,
    moments_shelf,
    programs,
    shelf,
    workplace,
)
from medidesk.server.backups.contents import Contents
from medidesk.server.backups.shelf import About, Backup, Plan
from medidesk.server.cluster import Cluster
from medidesk.server.local import LocalServer, server_errors
from medidesk.server.private_files import write_private
from medidesk.words import tr

_TRIES = 5
# The dump and the scratch server's data; the dump is usually a fifth of it.
_ROOM = 1.6


def take(server: LocalServer, plan: Plan, tell: Tell = lambda _: None) -> Backup:
    """Take a backup, restore it into a scratch server and compare, seal it, copy it, and delete what is too old.

    Where any moment is to be had back, a base backup is taken as well, beside it. How it went is written into the
    database, where stations read how old the last good one is.

    Args:
        server: it runs; people may work.
        plan: the clinic's.
        tell: is told each step.

    Raises:
        BackupProblem: it could not be taken, does not hold what the server holds, or was not copied to the second
            place (then it is there, and checked).
        DiskFull: there was no room.
        ServerProblem: another backup is being made, or the server broke off.
    """
    began = datetime.now(UTC)
    try:
        with server_errors(server.cluster):
            made = _take(server, plan, tell)
    except MediDeskError as error:
        _record(server, began, str(error), None)
        raise
    try:
        try:
            if plan.point_in_time:
                with server_errors(server.cluster):
                    base.take(server, plan, made.name, tell)
        finally:
            _copy_and_rotate(server, plan, tell)
    except MediDeskError as error:
        _record(server, began, str(error), made)
        raise
    _record(server, began, "", made)
    return made


def _copy_and_rotate(server: LocalServer, plan: Plan, tell: Tell) -> None:
    """What is too old goes in any case: a second place that is gone must not fill the disk of the first."""
    if plan.second is not None:
        tell(tr("Copying it to the second place"))
    try:
        shelf.copy_missing(plan)
        moments_shelf.copy_missing(plan)
    finally:
        now = datetime.now(UTC)
        for gone in shelf.rotate(plan, now):
            tell(tr("Deleted, as it was too old: {name}", name=gone.name))
        for name in moments_shelf.rotate(plan, server.cluster.options.archive_to, now):
            tell(tr("Deleted, as it was too old: {name}", name=name))


def _take(server: LocalServer, plan: Plan, tell: Tell) -> Backup:
    started = time.monotonic()
    with workplace.working(plan.folder) as work:
        _check_room(server, work)
        with server.connect() as connection:
            seals.seal(connection)
        dump = work / "clinic.dump"
        tell(tr("Writing what the clinic's database holds"))
        contents, known = _dump(server, dump, work)
        tell(tr("Checking it: restoring it into a server that is thrown away"))
        loading.try_out(contents, dump, work)
        tell(tr("Sealing it"))
        making = work / "sealed"
        making.mkdir(mode=0o700)
        rest = work / "server.json"
        write_private(rest, contents.to_json())
        keys.seal(dump, making / shelf.DUMP, plan.key)
        keys.seal(rest, making / shelf.REST, plan.key)
        write_private(making / shelf.SEALS, known)
        about = About(
            contents.made_at,
            contents.rows,
            contents.postgres,
            contents.schema_version,
            round(time.monotonic() - started, 1),
            {one.name: shelf.sha256(one) for one in making.iterdir()},
        )
        name = shelf.name_for(datetime.fromisoformat(contents.made_at))
        return Backup(name, shelf.put(making, about, plan.folder, name))


def _check_room(server: LocalServer, work: Path) -> None:
    with server.connect() as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    workplace.check_room(work, int((row[0] if row else 0) * _ROOM))


def _dump(server: LocalServer, dump: Path, work: Path) -> tuple[Contents, str]:
    """The dump, what belongs to it, and the seals of the audit trail as they are kept outside."""
    cluster = server.cluster
    with server.connect() as connection:
        digests.prepare(connection)
        with connection.transaction():
            connection.execute("set transaction isolation level repeatable read, read only")
            row = connection.execute("select pg_export_snapshot(), now()").fetchone()
            assert row is not None  # noqa: S101 (a function's answer)
            snapshot, moment = row
            with ThreadPoolExecutor(1) as beside:
                dumping = beside.submit(_run_dump, server, dump, work, snapshot)
                found = digests.of_database(connection)
                dumping.result()
            identity = connection.execute(
                "select server_id::text, schema_version from medidesk.server_identity"
            ).fetchone()
            assert identity is not None  # noqa: S101 (a database of MediDesk's has its one row)
            known = seals.file_of(identity[0], seals.known(connection))
        roles, of_roles = _roles(cluster, connection, work)
    port = cluster.status().port
    contents = Contents(
        made_at=moment.astimezone(UTC).isoformat(),
        database=server.database,
        superuser=cluster.superuser,
        postgres=cluster.binaries.major,
        schema_version=int(identity[1]),
        server_id=identity[0],
        digests=found | {loading.ROLES: of_roles},
        roles=roles,
        authority=cluster.folder.whole_authority() if cluster.authority else None,
        settings=cluster.options.to_json(),
        port=0 if port is None else port,
        dump=shelf.sha256(dump),
    )
    return contents, known


def _run_dump(server: LocalServer, dump: Path, work: Path, snapshot: str) -> None:
    with programs.passwords(work, server.cluster) as passfile:
        where = programs.conninfo(server.cluster, server.database, passfile)
        arguments = (
            "--format=custom",
            "--lock-wait-timeout=60s",
            f"--snapshot={snapshot}",
            "--dbname",
            where,
        )
        programs.run_program(server.cluster, "pg_dump", *arguments, "--file", dump, folder=work)
    dump.chmod(0o600)


def _roles(cluster: Cluster, connection: psycopg.Connection, work: Path) -> tuple[str, tuple[int, str]]:
    """SQL that makes the logins, and their digest: read between two looks at them that are alike."""
    path = work / "roles.all.sql"
    for _ in range(_TRIES):
        before = digests.of_roles(connection, cluster.superuser)
        with programs.passwords(work, cluster) as passfile:
            where = programs.conninfo(cluster, "postgres", passfile)
            programs.run_program(
                cluster, "pg_dumpall", "--roles-only", "--dbname", where, "--file", path, folder=work
            )
        text = path.read_text(encoding="utf-8")
        path.unlink()
        if digests.of_roles(connection, cluster.superuser) == before:
            # Each server has a superuser of its own, with a password of its own.
            others = [line for line in text.splitlines() if not _makes(line, cluster.superuser)]
            return "\n".join(others) + "\n", before
    raise BackupProblem(
        tr("Accounts were changed again and again while the backup was taken."), tr("Try again in a moment.")
    )


def _makes(line: str, role: str) -> bool:
    return line == f"CREATE ROLE {role};" or line.startswith(f"ALTER ROLE {role} ")


def _record(server: LocalServer, began: datetime, problem: str, made: Backup | None) -> None:
    """Write down how it went; a server that is not there any more is told nothing."""
    with suppress(psycopg.Error), server.connect() as connection:
        connection.execute(
            "insert into backup_run (began_at, problem, made_at, bytes) values (%s, %s, %s, %s)",
            (began, problem, made and made.made_at, made and made.size),
        )
