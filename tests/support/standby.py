"""A streaming standby of a test's server, as an administrator sets one up, and what becomes of the two."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import make_conninfo

from medidesk.server import accounts, migrate
from medidesk.server.cluster import Cluster
from medidesk.server.cluster_folder import Record
from medidesk.server.private_files import write_private
from medidesk.server.run_as import run, server_user
from tests.support.cluster import folder_for_cluster
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.waiting import wait_until

SLOT = "standby"


class Standby:
    """A server that follows another one's log, on a port of its own.

    Args:
        primary: whom it follows; runs, and takes its first copy from.
        folder: for the standby's files.
        through: the network between the two; none unless told.

    Attributes:
        cluster: its processes and files.
    """

    def __init__(self, primary: Cluster, folder: Path, through: Proxy | None = None) -> None:
        self.primary = primary
        self.cluster = Cluster(folder, primary.binaries, options=primary.options)
        self._link = through
        self._copy_files()
        self._let_in()
        self._back_up()
        self.cluster.start()

    # Made

    def _copy_files(self) -> None:
        """The clinic's authority signs for this one too, and its logins are the primary's."""
        own, theirs = self.cluster.folder, self.primary.folder
        user = server_user(self.primary.data)
        own.prepare(user)
        for name in ("ca.crt", "ca.key", "superuser.password"):
            shutil.copy2(theirs.path / name, own.path / name)
        data = own.path / "data"
        data.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(data, user.uid, user.gid)
        own.keep(
            Record(
                data,
                made=True,
                superuser=self.primary.superuser,
                port=Cluster.free_port(),
                tls=theirs.made().tls,
            )
        )

    def _let_in(self) -> None:
        """MediDesk's own rules for who may connect say nothing of standbys."""
        rules = self.primary.data / "pg_hba.conf"
        kind = "hostssl" if self.primary.authority else "host"
        with rules.open("a", encoding="utf-8") as file:
            file.write(f"{kind}  replication  all  127.0.0.1/32  scram-sha-256\n")
        with connected(self.primary) as admin:
            admin.execute("select pg_reload_conf()")

    def _back_up(self) -> None:
        user = server_user(self.primary.data)
        place = self.cluster.folder.path
        proof = {"sslmode": "disable"}
        if self.primary.authority is not None:
            write_private(place / "primary.crt", self.primary.authority.read_bytes(), user)
            proof = {"sslmode": "verify-full", "sslrootcert": str(place / "primary.crt")}
        port = self._link.port if self._link is not None else self.primary.status().port
        where = make_conninfo(
            host="127.0.0.1", port=str(port), user=self.primary.superuser, dbname="replication",
            password=self.primary.superuser_password, application_name=SLOT, **proof,
        )  # fmt: skip
        with connected(self.primary) as admin:
            # A primary that was put back from before it had a standby has none.
            admin.execute(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active"
            )
        with tempfile.TemporaryFile() as said:
            code = run(
                [
                    *(self.primary.binaries.path("pg_basebackup"), "--pgdata", self.cluster.data),
                    *("--dbname", where, "--write-recovery-conf", "--wal-method", "stream"),
                    *("--create-slot", "--slot", SLOT, "--checkpoint", "fast", "--no-sync"),
                ],
                user,
                cwd=self.cluster.data,
                output=said,
            )
            said.seek(0)
            assert code == 0, said.read().decode()

    # Followed

    def caught_up(self) -> None:
        """Wait until it has replayed all that the primary has written."""
        with connected(self.primary) as there, connected(self.cluster) as here:
            (written,) = there.execute("select pg_current_wal_lsn()").fetchone() or (None,)
            wait_until(lambda: _true(here, "select pg_last_wal_replay_lsn() >= %s::pg_lsn", written))

    def wait_for_it(self, *, yes: bool = True) -> None:
        """From now on the primary acknowledges nothing that this standby does not have; or, again, does."""
        with connected(self.primary) as admin:
            names = SLOT if yes else ""
            admin.execute(f"alter system set synchronous_standby_names = '{names}'")
            admin.execute("select pg_reload_conf()")
            if yes:
                wait_until(
                    lambda: _true(admin, "select bool_or(sync_state = 'sync') from pg_stat_replication")
                )
            # What is shown is what the sender of the log has read. Commits wait once the checkpointer has read it,
            # too, which it does before the next checkpoint.
            wait_until(
                lambda: _true(admin, f"select current_setting('synchronous_standby_names') = '{names}'")
            )
            admin.execute("checkpoint")

    def stop_following(self) -> None:
        """The link between the two is cut, and the standby has noticed."""
        assert self._link is not None
        self._link.cut()
        with connected(self.cluster) as here:
            wait_until(lambda: _true(here, "select count(*) = 0 from pg_stat_wal_receiver"))

    # Takes over

    def promote(self) -> None:
        """It is the clinic's server from now on."""
        with connected(self.cluster) as here:
            assert _true(here, "select pg_promote(true, 60)")

    def take_over(self) -> None:
        """The primary dies, and an administrator promotes this one."""
        self.primary.stop("immediate")
        self.promote()

    def take_the_place(self) -> None:
        """The same, and from then on it is found where the primary was: what was the primary's is gone."""
        self.take_over()
        self.cluster.stop()
        shutil.rmtree(self.primary.data)
        self.cluster.data.rename(self.primary.data)
        self.primary.start()


@contextmanager
def standby_of(primary: Cluster, through: Proxy | None = None) -> Iterator[Standby]:
    """A standby that has caught up; stopped and deleted after the block."""
    with ExitStack() as stack:
        made = Standby(primary, stack.enter_context(folder_for_cluster()), through)
        stack.callback(made.cluster.destroy)
        made.caught_up()
        yield made


def connected(cluster: Cluster) -> psycopg.Connection:
    """A superuser's connection that is closed with its block."""
    return migrate.connect(cluster.url("postgres", cluster.superuser, cluster.superuser_password))


def at_both(clinic: Clinic, standby: Standby) -> str:
    """The address that names the clinic's server and its standby."""
    parts = urlsplit(clinic.server)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc},127.0.0.1:{standby.cluster.status().port}"))


def promoted(clinic: Clinic, standby: Standby) -> Clinic:
    """The clinic on the server that has taken over."""
    ids = accounts.ClinicIds(clinic.network_id, clinic.org_id, {}, {})
    return Clinic(standby.cluster, clinic.database, ids)


def _true(connection: psycopg.Connection, query: str, *values: object) -> bool:
    return connection.execute(query.encode(), values or None).fetchone() == (True,)
