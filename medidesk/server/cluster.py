"""A PostgreSQL server of MediDesk's own: made, started, found running, stopped."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from medidesk.errors import DiskFull, ServerProblem
from medidesk.server import initdb, launch, postmaster
from medidesk.server.binaries import PostgresBinaries, find_postgres
from medidesk.server.cluster_folder import ClusterFolder, Record, data_version
from medidesk.server.file_lock import file_lock
from medidesk.server.launch import StopMode
from medidesk.server.private_files import give_to
from medidesk.server.run_as import ServerUser, can_reach, leave_place, misread, reachable_place, server_user
from medidesk.server.settings import ServerSettings
from medidesk.words import tr

SUPERUSER = "medidesk_root"


@dataclass(frozen=True)
class ClusterStatus:
    """Whether a cluster runs, and where.

    Attributes:
        running: a server process is there and takes connections.
        pid: its process id, also while it still starts or already stops.
        port: the port it serves, or the one it was last given.
        version: its PostgreSQL major version; None before it is made.
    """

    running: bool
    pid: int | None
    port: int | None
    version: int | None


class Cluster:
    """One server with its data, in a folder of MediDesk's own.

    Several processes may hold a `Cluster` of the same folder: what changes it happens under a lock, and a
    server that already runs is used as it is. Used as a context manager it is made when it is new,
    started, and stopped at the end.

    Args:
        data_dir: the cluster's folder. PostgreSQL's data lies in it, or below `run_as.SYSTEM_FOLDER` when
            MediDesk is root and the server's user cannot enter it.
        binaries: the PostgreSQL to use; found when it is needed otherwise.
        port: the one port to serve. Without it a free one is chosen, and kept while it stays free.
        options: what else to configure; as it was set up (`keep_settings`) unless told.
    """

    def __init__(
        self,
        data_dir: Path,
        binaries: PostgresBinaries | None = None,
        port: int | None = None,
        options: ServerSettings | None = None,
    ) -> None:
        self.folder = ClusterFolder(data_dir.absolute())
        self._options = options
        self._binaries = binaries
        self._port = port

    @staticmethod
    def free_port() -> int:
        """A loopback port nobody listens on at this moment."""
        return launch.free_port()

    @property
    def exists(self) -> bool:
        """Whether the cluster has been made, and made to the end."""
        record = self.folder.record()
        return record is not None and record.made

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder.

        Raises:
            ServerProblem: it has not been made yet.
        """
        return self.folder.made().data

    @property
    def superuser(self) -> str:
        """The login that may do everything."""
        return self.folder.made().superuser

    @property
    def superuser_password(self) -> str:
        """The superuser's password, kept in the cluster's folder for its owner alone."""
        return self.folder.password

    @property
    def authority(self) -> Path | None:
        """The certificate (PEM) stations must trust to connect; None when the server has no TLS."""
        return self.folder.authority if self.folder.made().tls else None

    @property
    def options(self) -> ServerSettings:
        """What is configured at the next start."""
        return self._options or self.folder.settings()

    @property
    def _fixed_port(self) -> int | None:
        return self._port or self.options.port

    @property
    def binaries(self) -> PostgresBinaries:
        """The PostgreSQL in use: the given one, else the first that fits the data.

        Raises:
            ServerProblem: none fits.
        """
        if self._binaries is None:
            self._binaries = find_postgres(version=self._made_with())
        return self._binaries

    def create(
        self, superuser: str = SUPERUSER, password: str | None = None, *, timeout: float = 180
    ) -> None:
        """Make the cluster; one that is there is left as it is, a half-made one is made anew.

        Args:
            superuser: the login that may do everything.
            password: its password; a random one unless told.
            timeout: seconds to wait for another process that makes it too.

        Raises:
            DiskFull: there was no room.
            ServerProblem: no PostgreSQL runs here, or the folder holds something else.
        """
        if self.exists:
            return
        self.folder.prepare(server_user())
        with self._locked(timeout) as lock:
            record = self.folder.record()
            if record is not None and record.made:
                return
            if record is not None:
                # Cut off half-way: the record was written before anything else, so this is ours to remove.
                self._discard(record)
            self._make(superuser, password or secrets.token_urlsafe(24), lock)

    def _make(self, superuser: str, password: str, lock: int) -> None:
        user = server_user()
        if misread(self.folder.path):
            raise ServerProblem(
                tr("PostgreSQL cannot keep its data in {folder}.", folder=self.folder.path),
                tr('Choose a folder with a plain name: letters and digits, and none of the signs " $ ` \\'),
            )
        binaries = self._binaries_for(user)
        data = reachable_place(user, self.folder.path) / "data"
        if data.exists():
            raise ServerProblem(
                tr("{folder} holds data that MediDesk did not make.", folder=data),
                tr("Choose another folder, or move it away."),
            )
        port = self._fixed_port or launch.free_port()
        record = Record(data, made=False, superuser=superuser, port=port, tls=binaries.tls)
        self.folder.keep(record)
        self.folder.password = password
        initdb.make_data(
            data,
            binaries,
            user,
            superuser=superuser,
            password=password,
            durable=self.options.durable,
            lock=lock,
        )
        self.folder.keep(replace(record, made=True))

    def start(self, timeout: float = 60) -> ClusterStatus:
        """Start the server, or find it running; returns once it takes connections.

        Args:
            timeout: seconds; a server that was cut off may need them to recover.

        Raises:
            DiskFull: there is no room for it to run.
            ServerProblem: its port is taken, its data is of another version, or PostgreSQL's own words.
        """
        deadline = time.monotonic() + timeout
        data = self.data
        data_version(data)  # or its absence would show as anything but that
        launched = False
        with self._locked(timeout):
            # One that is found running may have been killed a moment ago, and be ending.
            while not (launch.await_ready(data, deadline) and (status := self.status()).running):
                if launched:
                    raise launch.stopped_again(data)
                binaries = self._binaries_for(server_user(data))
                launch.launch(self.folder, binaries, self.options, port=self._fixed_port, deadline=deadline)
                launched = True
        return status

    def stop(self, mode: StopMode = "fast", timeout: float = 60) -> None:
        """Stop the server; nothing happens when it does not run.

        Args:
            mode: "smart" waits until everyone has left, "fast" ends their sessions, "immediate" stops
                without a checkpoint, so that the next start recovers.
            timeout: seconds.

        Raises:
            ServerProblem: it did not stop in that time.
        """
        deadline = time.monotonic() + timeout
        if not self.exists:
            return
        with self._locked(timeout):
            if postmaster.running(self.data) is not None:
                launch.stop(self.binaries, self.data, mode, deadline)

    def restart(self, timeout: float = 60) -> ClusterStatus:
        """Stop the server and start it again."""
        self.stop(timeout=timeout)
        return self.start(timeout)

    def destroy(self) -> None:
        """Stop the server and delete it with all its data. There is no way back."""
        self.stop("immediate")
        record = self.folder.record()
        if record is None:
            return
        with self._locked(60):
            with suppress(DiskFull):  # deleting is what makes room
                # Cut off from here on, what is left is half-made and made anew, not damaged.
                self.folder.keep(replace(record, made=False))
            self._discard(record)
            self.folder.forget()

    def status(self) -> ClusterStatus:
        """Whether the server runs, and where."""
        record = self.folder.record()
        if record is None or not record.made:
            return ClusterStatus(running=False, pid=None, port=None, version=None)
        version = data_version(record.data)
        live = postmaster.running(record.data)
        if live is None:
            return ClusterStatus(running=False, pid=None, port=record.port, version=version)
        return ClusterStatus(live.ready, live.pid, live.port or record.port, version)

    def url(self, dbname: str, user: str, password: str) -> str:
        """The address of a database on this server, as libpq reads it.

        With TLS it accepts only a server that proves to be this one.
        """
        options = {"sslmode": "disable"}
        if authority := self.authority:
            options = {"sslmode": "verify-full", "sslrootcert": str(authority)}
            options["ssl_min_protocol_version"] = "TLSv1.2"
        who = f"{quote(user, safe='')}:{quote(password, safe='')}"
        where = f"127.0.0.1:{self.status().port}/{quote(dbname, safe='')}"
        return f"postgresql://{who}@{where}?{urlencode(options, quote_via=quote)}"

    def __enter__(self) -> Self:
        self.create()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _made_with(self) -> int | None:
        """The major version that made the data; None before that."""
        record = self.folder.record()
        return data_version(record.data) if record is not None and record.made else None

    def _binaries_for(self, user: ServerUser | None) -> PostgresBinaries:
        """The PostgreSQL in use, once it is sure to fit the data and the user.

        Raises:
            ServerProblem: it does not.
        """
        binaries, made_with = self.binaries, self._made_with()
        if made_with not in {None, binaries.major}:
            raise ServerProblem(
                tr(
                    "The data in {folder} was made by PostgreSQL {made}, and this is PostgreSQL {found}.",
                    folder=self.data,
                    made=made_with,
                    found=binaries.major,
                ),
                tr("Install it: sudo apt install postgresql-{version}", version=made_with),
            )
        if user is not None and not can_reach(user, binaries.bin_dir):
            raise ServerProblem(
                tr(
                    "The user {user} cannot reach PostgreSQL in {folder}.",
                    user=user.name,
                    folder=binaries.bin_dir,
                ),
                tr("Use a PostgreSQL outside closed home folders, or start MediDesk as an ordinary user."),
            )
        return binaries

    @staticmethod
    def _discard(record: Record) -> None:
        initdb.discard(record.data)
        leave_place(record.data.parent)

    @contextmanager
    def _locked(self, timeout: float) -> Iterator[int]:
        path = self.folder.path
        with file_lock(self.folder.lock, timeout, lambda opened: give_to(opened, path)) as lock:
            yield lock
