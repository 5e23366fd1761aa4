"""A backup put into a server: into one that is thrown away, to see that it works, or into the one to come."""

import re
from pathlib import Path

from psycopg import sql

from medidesk.errors import BackupProblem, ServerProblem
from medidesk.server import migrate
from medidesk.server.backups import digests, programs
from medidesk.server.backups.contents import Contents
from medidesk.server.binaries import PostgresBinaries, find_postgres
from medidesk.server.cluster import Cluster
from medidesk.server.local import LocalServer
from medidesk.server.private_files import write_private
from medidesk.server.schema import OWNER
from medidesk.server.settings import ServerSettings
from medidesk.words import tr

ROLES = "(roles)"
_GRANTOR = re.compile(r" GRANTED BY [^;]+;$", re.MULTILINE)
_LOADING = {"max_wal_size": "4GB", "maintenance_work_mem": "256MB", "autovacuum": "off"}
_THROWN_AWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def fresh(folder: Path, contents: Contents, *, lasts: bool) -> Cluster:
    """A new server that runs, for one database to be put in.

    Args:
        folder: where; nothing may be there yet.
        contents: of the backup.
        lasts: it is to serve the clinic; otherwise it is quicker, and no power cut is thought of.

    Raises:
        DiskFull: there was no room.
        ServerProblem: no PostgreSQL that can read the backup runs here.
    """
    extra = _LOADING if lasts else _LOADING | _THROWN_AWAY
    cluster = Cluster(
        folder, _postgres_for(contents), options=ServerSettings(refusal_delay_ms=0, extra=extra)
    )
    cluster.create(superuser=contents.superuser)
    cluster.start()
    return cluster


def _postgres_for(contents: Contents) -> PostgresBinaries:
    """Of the version that the backup was taken from, or a newer one where that is not here."""
    try:
        return find_postgres(version=contents.postgres)
    except ServerProblem:
        found = find_postgres()
        if found.major < contents.postgres:
            raise
        return found


def load(cluster: Cluster, contents: Contents, dump: Path, work: Path) -> None:
    """Put roles and database into a fresh server.

    Args:
        cluster: from `fresh`.
        contents, dump: of the backup.
        work: a private folder for what is needed meanwhile.

    Raises:
        DiskFull: there was no room.
        BackupProblem: it cannot be loaded.
    """
    roles = work / "roles.sql"
    same = cluster.binaries.major == contents.postgres
    # PostgreSQL 16 and later ask more of whoever grants; there, all is granted by the superuser.
    write_private(roles, contents.roles if same else _GRANTOR.sub(";", contents.roles))
    try:
        with programs.passwords(work, cluster) as passfile:
            where = programs.conninfo(cluster, "postgres", passfile)
            quiet = ("--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1")
            programs.run_program(cluster, "psql", *quiet, "--dbname", where, "--file", roles, folder=work)
            programs.run_program(
                cluster, "pg_restore", "--create", "--exit-on-error", "--dbname", where, dump, folder=work
            )
    finally:
        roles.unlink()


def check(cluster: Cluster, contents: Contents) -> None:
    """Compare what a server holds with what the backup was taken from.

    Raises:
        BackupProblem: something is not the same, and what.
    """
    with LocalServer(cluster, contents.database).connect() as connection:
        digests.prepare(connection)
        found = digests.of_database(connection) | {ROLES: digests.of_roles(connection, contents.superuser)}
    differ = list(digests.differences(contents.digests, found))
    if cluster.binaries.major != contents.postgres:
        # Another version says the same rules in other words.
        differ = [name for name in differ if name not in digests.RULES]
    if differ:
        raise BackupProblem(
            tr("The backup does not hold what the server held: {names}.", names=", ".join(differ[:8])),
            tr("Take a new one. If that fails as well, look at the server's disk and log."),
        )


def settle(cluster: Cluster, contents: Contents) -> None:
    """Give the schema's owner what a newer PostgreSQL asks of it, so that accounts can be looked after.

    From 16 on a role may be changed by whoever has the ADMIN OPTION on it, which its maker is given.
    """
    if cluster.binaries.major == contents.postgres:
        return
    superuser = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    migrate.prepare(superuser, contents.database)
    with LocalServer(cluster, contents.database).connect() as connection:
        logins = connection.execute(
            "select login from user_account where login in (select rolname from pg_roles)"
        ).fetchall()
        for (login,) in logins:
            connection.execute(
                sql.SQL("grant {} to {} with admin true, inherit false, set false").format(
                    sql.Identifier(login), sql.Identifier(OWNER)
                )
            )


def try_out(contents: Contents, dump: Path, work: Path) -> None:
    """Put the backup into a server that is thrown away, and compare.

    Raises:
        DiskFull: there was no room.
        BackupProblem: it cannot be loaded, or is not what was backed up.
    """
    folder = work / "scratch"
    cluster = Cluster(folder)
    try:
        cluster = fresh(folder, contents, lasts=False)
        load(cluster, contents, dump, work)
        check(cluster, contents)
    finally:
        cluster.destroy()
