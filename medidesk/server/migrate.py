"""Preparing a database and bringing its schema up to date.

`prepare` needs a PostgreSQL superuser and is safe to repeat. `upgrade` runs alembic in one transaction, under a
lock and with timeouts: two starts at once do not trip over each other, and a busy table is never waited for long.
Both lock a table of PostgreSQL's own that only a superuser can lock: an advisory lock is anybody's to take.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa
from psycopg import sql

from medidesk.errors import ServerProblem
from medidesk.permissions import ROLES, group_role
from medidesk.server.schema import EXTENSIONS, OWNER, SCHEMA
from medidesk.words import tr

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "10min"
# Who is at work may wait for what a migration holds, and hold what it waits for: it is begun anew after these.
PAUSES = (0.5, 1.0, 2.0)

# Alembic's commands work through globals of its modules.
_one_at_a_time = threading.Lock()


def connect(conninfo: str, *, autocommit: bool = True) -> psycopg.Connection:
    """An administrator's connection that may write (the database's default is read-only)."""
    return psycopg.connect(
        conninfo,
        autocommit=autocommit,
        options=f"-c default_transaction_read_only=off -c search_path={SCHEMA},public",
        connect_timeout=10,
    )


def prepare(superuser: str, database: str) -> None:
    """Make the roles, the database and its settings, where they are missing.

    Args:
        superuser: conninfo of a superuser, for the database `postgres`.
        database: the name of the clinic's database.

    Raises:
        ServerProblem: another MediDesk prepares it for too long.
    """
    with _preparing_alone(superuser), connect(superuser) as connection:
        connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
        _make_roles(connection)
        known = connection.execute("select 1 from pg_database where datname = %s", (database,)).fetchone()
        if not known:
            connection.execute(
                sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
        configure_database(connection, database)
    with connect(psycopg.conninfo.make_conninfo(superuser, dbname=database)) as connection:
        _make_schema(connection)


@contextmanager
def _preparing_alone(superuser: str) -> Iterator[None]:
    """Let one MediDesk after the other prepare a database of this cluster.

    A database is not made in a transaction, so the lock is another connection's.
    """
    with connect(superuser, autocommit=False) as connection:
        connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        try:
            connection.execute("lock table pg_catalog.pg_authid in share update exclusive mode")
        except psycopg.errors.LockNotAvailable as error:
            raise ServerProblem(
                tr("The clinic's database is being prepared by another MediDesk."),
                tr("Try again in a minute; if it stays, restart the server."),
            ) from error
        yield


def configure_database(connection: psycopg.Connection, database: str) -> None:
    """Set what lies beside a database and not in it, which a dump or a copy of it lacks."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("revoke all on database {} from public").format(name))
    for setting, value in (
        ("search_path", f"{SCHEMA}, public"),
        ("default_transaction_read_only", "on"),
        ("timezone", "UTC"),
    ):
        connection.execute(
            sql.SQL("alter database {} set {} to {}").format(
                name, sql.Identifier(setting), sql.SQL(value) if "," in value else sql.Literal(value)
            )
        )


def _make_roles(connection: psycopg.Connection) -> None:
    existing = {row[0] for row in connection.execute("select rolname from pg_roles")}
    if OWNER not in existing:
        connection.execute(sql.SQL("create role {} nologin createrole").format(sql.Identifier(OWNER)))
    # To end the sessions of an account, and to tell administrators from where somebody is connected.
    connection.execute(
        sql.SQL("grant pg_signal_backend, pg_read_all_stats to {}").format(sql.Identifier(OWNER))
    )
    for role in ROLES:
        name = group_role(role)
        if name not in existing:
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(name)))
        # The owner's functions give these roles to people (PostgreSQL 16 and later ask for ADMIN OPTION).
        connection.execute(
            sql.SQL("grant {} to {} with admin option").format(sql.Identifier(name), sql.Identifier(OWNER))
        )


_LEAKPROOF = """
select format('alter function %s not leakproof', f.oid::regprocedure) from pg_catalog.pg_proc f
 where f.proleakproof and f.prorettype = 'boolean'::regtype and f.pronamespace = 'pg_catalog'::regnamespace
   and f.proname !~ '^(uuid|bool)'
"""
"""What PostgreSQL may ask of rows before it asks whether they may be seen.

`explain analyze` tells how far a query came, and so, letter by letter, what stands in rows that are closed. Ids are
told by no letter, and the feed looks for them.
"""


def _ask_policies_first(connection: psycopg.Connection) -> None:
    """Let nobody's comparison see a row before the policies do; of this database alone, and not part of a dump."""
    for (statement,) in connection.execute(_LEAKPROOF).fetchall():
        connection.execute(statement.encode())


def _make_schema(connection: psycopg.Connection) -> None:
    for extension in EXTENSIONS:
        connection.execute(
            sql.SQL("create extension if not exists {} schema public").format(sql.Identifier(extension))
        )
    connection.execute("revoke create on schema public from public")
    _ask_policies_first(connection)
    # Large objects belong to no table, so no policy would guard them.
    for function in ("lo_create(oid)", "lo_creat(integer)", "lo_from_bytea(oid, bytea)"):
        connection.execute(f"revoke execute on function {function} from public")
    connection.execute(
        sql.SQL("create schema if not exists {} authorization {}").format(
            sql.Identifier(SCHEMA), sql.Identifier(OWNER)
        )
    )
    # Only for `my_scram_parameters`: the owner cannot log in, and gives out nothing but one's own salt.
    connection.execute(
        sql.SQL("grant select (rolname, rolpassword) on pg_authid to {}").format(sql.Identifier(OWNER))
    )


def alembic_config() -> "Config":
    """Alembic's configuration: the migrations that came with this program."""
    from alembic.config import Config  # whoever only connects need not wait for it

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))  # as its files are read
    return config


def upgrade(conninfo: str, revision: str = "head") -> None:
    """Bring a prepared database's schema to `revision`, as its owner.

    Raises:
        ServerProblem: another migration is running, a table is in use for too long, or a newer MediDesk has
            been at the database.
    """
    from alembic.script.revision import ResolutionError
    from alembic.util import CommandError

    url = sa.URL.create("postgresql+psycopg")
    engine = sa.create_engine(url, creator=lambda: connect(conninfo, autocommit=False), poolclass=sa.NullPool)
    try:
        for pause in (*PAUSES, None):
            met = _upgrade_once(engine, revision)
            if met is None:
                return
            if pause is None or isinstance(met, psycopg.errors.LockNotAvailable):
                raise ServerProblem(
                    tr("The clinic's tables are in use, so they could not be brought up to date."),
                    tr("Try again in a minute; if it stays, close MediDesk at the other stations first."),
                ) from met
            time.sleep(pause)
    except CommandError as error:
        if not isinstance(error.__cause__, ResolutionError):
            raise
        raise ServerProblem(
            tr("The clinic's database was brought up to date by a newer MediDesk."),
            tr("Install that MediDesk on this computer too. Nothing was changed."),
        ) from error
    finally:
        engine.dispose()


def _upgrade_once(engine: sa.Engine, revision: str) -> psycopg.Error | None:
    """Upgrade, all of it or nothing; returns what kept a table from it, where people are at work."""
    from alembic import command
    from alembic.runtime.migration import MigrationContext

    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"set lock_timeout = '{LOCK_TIMEOUT}'")
            connection.exec_driver_sql(f"set statement_timeout = '{STATEMENT_TIMEOUT}'")
            connection.exec_driver_sql("lock table pg_catalog.pg_namespace in share update exclusive mode")
            connection.exec_driver_sql(f"set role {OWNER}")
            config = alembic_config()
            config.attributes["connection"] = connection
            before = MigrationContext.configure(connection).get_current_heads()
            with _one_at_a_time:
                command.upgrade(config, revision)
            if MigrationContext.configure(connection).get_current_heads() != before:
                _refresh_rights(connection)
            connection.commit()
    except (sa.exc.OperationalError, psycopg.OperationalError) as error:
        # Alembic's own statements go through SQLAlchemy, a migration's frozen ones do not.
        met = error.orig if isinstance(error, sa.exc.OperationalError) else error
        if isinstance(met, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
            return met
        raise
    return None


def _refresh_rights(connection: sa.Connection) -> None:
    """Give the roles of a clinic's own what they have of new tables, too."""
    known = connection.exec_driver_sql("select to_regproc('medidesk.refresh_rights') is not null").scalar()
    if known:
        connection.exec_driver_sql("select medidesk.refresh_rights()")


def run_frozen(bind: sa.Connection, migration: str) -> psycopg.Connection:
    """Run the statements that stand frozen beside a migration, parted by a line that holds only `--;`.

    Frozen, so that later changes of the models cannot change what the migration does.

    Args:
        bind: alembic's connection.
        migration: the migration's own file, whose name with `.sql` is theirs.

    Returns:
        psycopg's own connection, for which a percent sign in a function's body is no placeholder.
    """
    connection = bind.connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        msg = f"migrations run over psycopg, not {type(connection).__name__}"
        raise TypeError(msg)
    for statement in Path(migration).with_suffix(".sql").read_text(encoding="utf-8").split("\n--;\n"):
        connection.execute(statement.encode())
    return connection


def migrate(superuser: str, database: str) -> None:
    """Prepare and upgrade in one go."""
    prepare(superuser, database)
    upgrade(psycopg.conninfo.make_conninfo(superuser, dbname=database))
