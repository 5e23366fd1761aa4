"""A branch's server, its headquarters' and a standby, set up with the very commands that docs/scaling.md gives."""

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from benchmarks.timing import timed
from benchmarks.world import PASSWORD
from medidesk.models.base import synchronised
from medidesk.server import accounts, migrate
from medidesk.server.cluster import Cluster
from medidesk.server.local import DATABASE, LocalServer
from medidesk.server.private_files import write_private
from medidesk.server.run_as import run, server_user

NETWORK, HEADQUARTERS, BRANCH = "Harbour Health", "Headquarters", "Harbour Street Clinic"
MANAGER, RECEPTIONIST = "lena", "sofia"
REPLICATOR, STANDBY = "medidesk_headquarters", "medidesk_standby"
PUBLICATION = "headquarters"
COPIED_SECONDS = 600.0
# Unique where one server gives them, and not among several branches; headquarters only reads.
UNIQUE_IN_A_BRANCH = (
    "alter table patient drop constraint patient_file_no_key",
    "drop index patient_identifier_names_one",
)


@dataclass(frozen=True)
class Site:
    """A server, and the organisation that it serves."""

    server: LocalServer
    org: UUID
    network: UUID

    def connect(self, user: str = "") -> psycopg.Connection:
        """A connection of a person's, or of the superuser."""
        if not user:
            return self.server.connect()
        return psycopg.connect(as_user(self.server.address, user), autocommit=True)


def as_user(address: str, user: str, **more: str | int) -> str:
    """An address with a login in it."""
    return make_conninfo(address, user=user, password=PASSWORD, **more)


def published() -> list[str]:
    """The tables that go to headquarters: all but accounts and roles, which each server has of its own."""
    return [model.__tablename__ for model in synchronised() if model.__rules__.area != "access"]


def made(folder: Path, name: str, network: UUID | None = None) -> Site:
    """A new server with one clinic on it, allowed to replicate.

    Args:
        folder: where.
        name: of the clinic.
        network: the id of the root organisation, where another server has it already.
    """
    cluster = Cluster(folder)
    cluster.destroy()
    cluster.create()
    _allow_replication(cluster)
    cluster.start()
    migrate.migrate(cluster.url("postgres", cluster.superuser, cluster.superuser_password), DATABASE)
    server = LocalServer(cluster)
    with server.connect() as connection:
        if network is not None:
            connection.execute(
                "insert into organisation (id, org_id, kind, name) values (%s, %s, 'network', %s)",
                (network, network, NETWORK),
            )
        ids = accounts.found_clinic(connection, name, network=NETWORK)
        for login, role, org in (
            (MANAGER, "manager", ids.network),
            (RECEPTIONIST, "receptionist", ids.clinic),
        ):
            accounts.add_person(connection, login, PASSWORD, role=role, family_name=login.title(), org=org)
    return Site(server, ids.clinic, ids.network)


def _allow_replication(cluster: Cluster) -> None:
    """Below the line that includes MediDesk's settings, where an administrator's own stand."""
    data = cluster.data
    hba = data / "pg_hba.replication.conf"
    write_private(
        hba,
        f"include pg_hba.conf\nhostssl replication {STANDBY} 127.0.0.1/32 scram-sha-256\n",
        server_user(data),
    )
    conf = data / "postgresql.conf"
    added = f"wal_level = logical\nhba_file = '{hba}'\n"
    write_private(conf, conf.read_text(encoding="utf-8") + added, server_user(data))


def publish(branch: Site) -> None:
    """Let headquarters have the branch's rows."""
    with branch.connect() as connection:
        for table in published():
            name = sql.Identifier(table)
            if table != "organisation":  # filtered by its primary key
                # A row filter may only ask for columns that go with every change.
                index = sql.Identifier(f"{table}_of_branch")
                connection.execute(sql.SQL("create unique index {} on {} (id, org_id)").format(index, name))
                connection.execute(
                    sql.SQL("alter table {} replica identity using index {}").format(name, index)
                )
        parts = [
            sql.SQL("{} where ({} = {})").format(
                sql.Identifier(table),
                sql.Identifier("id" if table == "organisation" else "org_id"),
                sql.Literal(str(branch.org)),
            )
            for table in published()
        ]
        connection.execute(
            sql.SQL("create publication {} for table {}").format(
                sql.Identifier(PUBLICATION), sql.SQL(", ").join(parts)
            )
        )
        # The copy at the beginning reads as this role: policies would show it nothing.
        _role(connection, REPLICATOR, "replication bypassrls")
        connection.execute(f"grant connect on database {DATABASE} to {REPLICATOR}")
        connection.execute(f"grant usage on schema medidesk to {REPLICATOR}")
        connection.execute(f"grant select on {', '.join(published())} to {REPLICATOR}")


def subscribe(headquarters: Site, branch: Site) -> float:
    """Begin to follow the branch. Returns the seconds until its rows have been copied."""
    authority = branch.server.authority
    assert authority is not None, "logical replication is tried over TLS, as between buildings"
    data = headquarters.server.cluster.data
    write_private(data / "branch-ca.crt", authority.read_bytes(), server_user(data))
    address = as_user(
        branch.server.address, REPLICATOR, sslrootcert=str(data / "branch-ca.crt"), dbname=DATABASE
    )
    with headquarters.connect() as connection:
        for statement in UNIQUE_IN_A_BRANCH:
            connection.execute(statement)
        connection.execute("alter system set wal_retrieve_retry_interval = '500ms'")
        return timed(lambda: _subscribe(connection, address))


def _subscribe(connection: psycopg.Connection, address: str) -> None:
    connection.execute(
        sql.SQL("create subscription harbour connection {} publication {}").format(
            sql.Literal(address), sql.Identifier(PUBLICATION)
        )
    )
    copied = "select coalesce(bool_and(srsubstate = 'r'), false) from pg_subscription_rel"
    _until(lambda: connection.execute(copied).fetchone() == (True,))


@contextlib.contextmanager
def standby(branch: Site) -> Iterator[str]:
    """A streaming standby of the branch's server, running. Gives its address."""
    cluster = branch.server.cluster
    user, port = server_user(cluster.data), Cluster.free_port()
    folder = cluster.data.parent / "standby"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if user is not None and sys.platform != "win32":
        shutil.chown(folder, user.uid, user.gid)
    with branch.connect() as connection:
        _role(connection, STANDBY, "replication")
        connection.execute("select pg_create_physical_replication_slot('reports')")
    # Its own copy: the server's user may not read where ours lies.
    assert cluster.authority is not None, "a standby is tried over TLS, as between buildings"
    trusted = cluster.data / "authority.crt"
    write_private(trusted, cluster.authority.read_bytes(), user)
    address = as_user(branch.server.address, STANDBY, dbname="", sslrootcert=str(trusted))
    into = ("--pgdata", folder)
    _ran(cluster, folder, "pg_basebackup", *into, "--checkpoint", "fast", "--slot", "reports", "-d", address)
    # Not `--write-recovery-conf`: it names options that another libpq, the server's, need not know.
    following = f"primary_conninfo = {_quoted(address)}\nprimary_slot_name = 'reports'\n"
    conf = folder / "postgresql.conf"
    write_private(conf, conf.read_text(encoding="utf-8") + following, user)
    write_private(folder / "standby.signal", "", user)
    log = ("--silent", "--log", folder / "start.log")
    _ran(cluster, folder, "pg_ctl", "start", *into, "--wait", *log, "--options", f"-p {port}")
    try:
        yield make_conninfo(branch.server.address, port=port)
    finally:
        _ran(cluster, folder, "pg_ctl", "stop", *into, "--mode", "fast")
        shutil.rmtree(folder, ignore_errors=True)


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _ran(cluster: Cluster, folder: Path, program: str, *arguments: str | Path) -> None:
    path = cluster.binaries.path(program)
    with (folder.parent / "standby.log").open("wb") as output:
        code = run([path, *arguments], server_user(cluster.data), cwd=folder, output=output)
    if code:
        raise RuntimeError(f"{program}: {(folder.parent / 'standby.log').read_text(encoding='utf-8')}")


def _role(connection: psycopg.Connection, name: str, rights: str) -> None:
    statement = f"create role {name} login {rights} password {{}}"
    connection.execute(sql.SQL(statement).format(sql.Literal(PASSWORD)))


def _until(holds: Callable[[], bool], seconds: float = COPIED_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come")
        time.sleep(0.02)
