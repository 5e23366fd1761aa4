"""Servers that come back from a backup: a cold copy, a dump, or the log up to a point in time."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from medidesk.server import accounts, migrate
from medidesk.server.cluster import Cluster
from tests.support.cluster import folder_for_cluster, running_cluster
from tests.support.database import Clinic, founded
from tests.support.waiting import wait_until

DATABASE = "clinic"


@dataclass(frozen=True)
class ColdCopy:
    """The data folder of a stopped cluster, copied away."""

    cluster: Cluster
    path: Path

    @classmethod
    def take(cls, cluster: Cluster, path: Path) -> "ColdCopy":
        """Stop the server, copy its data, and start it again."""
        cluster.stop()
        _copy(cluster.data, path)
        cluster.start()
        return cls(cluster, path)

    def put_back(self) -> None:
        """The server dies, and comes back with the data of the copy."""
        self.cluster.stop("immediate")
        shutil.rmtree(self.cluster.data)
        _copy(self.path, self.cluster.data)
        self.cluster.start()

    def recover(self, point: str) -> None:
        """The server dies, and comes back from the copy with its log replayed up to a named point."""
        self.cluster.stop("immediate")
        data = self.cluster.data
        log = self.path.with_name("log")
        _copy(data / "pg_wal", log)
        shutil.rmtree(data)
        _copy(self.path, data)
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write(f"restore_command = 'cp {log}/%f %p'\n")
            settings.write(f"recovery_target_name = '{point}'\nrecovery_target_action = 'promote'\n")
        (data / "recovery.signal").touch()
        self.cluster.start()
        url = self.cluster.url("postgres", self.cluster.superuser, self.cluster.superuser_password)
        with migrate.connect(url) as connection:
            wait_until(lambda: connection.execute("select pg_is_in_recovery()").fetchone() == (False,))


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", source, target], check=True)


@dataclass(frozen=True)
class _Pristine:
    """A cluster as it was when its clinic was founded."""

    copy: ColdCopy
    ids: accounts.ClinicIds


@pytest.fixture(scope="module")
def pristine() -> Iterator[_Pristine]:
    """A cluster that belongs to this module's tests alone."""
    with running_cluster() as cluster:
        ids = founded(cluster, DATABASE)
        yield _Pristine(ColdCopy.take(cluster, cluster.data.with_name("pristine")), ids)


@pytest.fixture
def clinic(pristine: _Pristine) -> Iterator[Clinic]:
    """A clinic on a cluster that may be stopped and put back; each test finds it as it was founded."""
    pristine.copy.put_back()
    made = Clinic(pristine.copy.cluster, DATABASE, pristine.ids)
    yield made
    made.close()


@pytest.fixture
def cold_copy(clinic: Clinic) -> Iterator["Backups"]:
    """Takes cold copies of the clinic's cluster; they are deleted after the test."""
    backups = Backups(clinic.cluster)
    yield backups
    backups.discard()


class Backups:
    """Cold copies of one cluster, beside its data."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._folders: list[Path] = []

    def __call__(self) -> ColdCopy:
        """Take one."""
        folder = self.cluster.data.with_name(f"backup{len(self._folders)}")
        folder.mkdir(mode=0o755)
        self._folders.append(folder)
        return ColdCopy.take(self.cluster, folder / "data")

    def discard(self) -> None:
        """Delete them."""
        for folder in self._folders:
            shutil.rmtree(folder)


@contextmanager
def restored_elsewhere(clinic: Clinic, dump: bytes, roles: str) -> Iterator[Clinic]:
    """A dump restored by hand into a new cluster, which has the clinic's certificate authority."""
    with ExitStack() as stack:
        folder = stack.enter_context(folder_for_cluster())
        cluster = Cluster(folder, clinic.cluster.binaries, options=clinic.cluster.options)
        folder.mkdir(mode=0o711)
        for name in ("ca.crt", "ca.key"):
            shutil.copy2(clinic.cluster.folder.path / name, folder / name)
        stack.callback(cluster.destroy)
        cluster.create()
        cluster.start()
        _run(cluster, "psql", "-q", "-d", "postgres", text=roles)
        _run(cluster, "pg_restore", "--create", "--exit-on-error", "-d", "postgres", data=dump)
        made = Clinic(cluster, clinic.database, accounts.ClinicIds(clinic.network_id, clinic.org_id, {}, {}))
        stack.callback(made.close)
        yield made


def dumped(clinic: Clinic) -> tuple[bytes, str]:
    """The clinic's database, and the roles of its cluster."""
    made = subprocess.run(
        [clinic.cluster.binaries.path("pg_dump"), "-Fc", "-d", _url(clinic.cluster, clinic.database)],
        env=_environment(clinic.cluster),
        capture_output=True,
        check=True,
    )
    roles = _run(clinic.cluster, "pg_dumpall", "--roles-only", "-d", _url(clinic.cluster, "postgres"))
    kept = [line for line in roles.splitlines() if f"ROLE {clinic.cluster.superuser}" not in line]
    return made.stdout, "\n".join(kept)


def _run(
    cluster: Cluster, program: str, *arguments: str, text: str | None = None, data: bytes | None = None
) -> str:
    known = [_url(cluster, one) if previous == "-d" and "://" not in one else one
             for previous, one in zip(("", *arguments), arguments, strict=False)]  # fmt: skip
    done = subprocess.run(
        [cluster.binaries.path(program), *known],
        env=_environment(cluster),
        input=text.encode() if text is not None else data,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def _url(cluster: Cluster, database: str) -> str:
    parts = urlsplit(cluster.url(database, cluster.superuser, "-"))
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(":-@", "@")))


def _environment(cluster: Cluster) -> dict[str, str]:
    # The database's own default is read-only transactions, for whoever restores it too.
    writing = "-c default_transaction_read_only=off"
    return {**os.environ, "PGPASSWORD": cluster.superuser_password, "PGOPTIONS": writing}


__all__ = ["Backups", "ColdCopy", "clinic", "cold_copy", "dumped", "pristine", "restored_elsewhere"]
