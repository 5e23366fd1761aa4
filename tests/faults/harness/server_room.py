"""The room where the server stands: it can be stopped there, and worked on by hand."""

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from medidesk.server.launch import StopMode
from tests.faults.harness.faults import NotNowError
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.restores import Backups, ColdCopy
from tests.support.standby import Standby, standby_of

ADMIN_OPTIONS = "-c lock_timeout=500ms -c statement_timeout=5s -c idle_in_transaction_session_timeout=0"
LOST = (psycopg.OperationalError, psycopg.InterfaceError)
"""What an administrator's connection ends with when the server goes away under it."""


class ServerRoom:
    """A clinic's server, and whoever administers it.

    Attributes:
        backup: a copy of its data, taken while it was stopped.
        came_back_older: it runs on the data of the copy, or of a standby that had lagged.
        standby: a server that follows it, or did until it was cut off.
    """

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.backup: ColdCopy | None = None
        self.came_back_older = False
        self.standby: Standby | None = None
        self._standbys = ExitStack()
        self._backups = Backups(clinic.cluster)
        self._held: list[psycopg.Connection] = []
        self._hung: set[int] = set()
        self._up = True

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        """A superuser's connection that waits for no lock for long.

        Raises:
            NotNowError: the server is down.
        """
        with self._connect() as connection:
            yield connection

    def _connect(self) -> psycopg.Connection:
        if not self._up:
            raise NotNowError
        return psycopg.connect(
            self.superuser,
            autocommit=True,
            options=f"-c default_transaction_read_only=off -c search_path=medidesk,public {ADMIN_OPTIONS}",
            application_name="administrator",
        )

    @property
    def superuser(self) -> str:
        """Conninfo of the superuser, for the clinic's database."""
        cluster = self.clinic.cluster
        return cluster.url(self.clinic.database, cluster.superuser, cluster.superuser_password)

    def hold_admin(self) -> psycopg.Connection:
        """One more, in a transaction that stays open until it is released."""
        connection = self._connect()
        connection.execute("begin")
        self._held.append(connection)
        return connection

    @contextmanager
    def released(self, connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
        """Do one last thing with a held connection; the server may have gone away under it."""
        self._held.remove(connection)
        with contextlib.suppress(*LOST):
            yield connection
        connection.close()

    def stop(self, mode: StopMode) -> None:
        """Stop it.

        Raises:
            NotNowError: it is down already.
        """
        if not self._up:
            raise NotNowError
        for pid in tuple(self._hung):
            self.unhang(pid)
        self._up = False
        self.clinic.cluster.stop(mode)

    def start(self) -> None:
        """Start it, or find it running."""
        self.clinic.cluster.start()
        self._up = True

    def hang(self, pid: int) -> None:
        """One of its processes stops as it stands.

        Raises:
            NotNowError: it has ended.
        """
        try:
            os.kill(pid, signal.SIGSTOP)
        except ProcessLookupError:
            raise NotNowError from None
        self._hung.add(pid)

    def unhang(self, pid: int) -> None:
        """It goes on, if it is still there."""
        if pid in self._hung:
            self._hung.discard(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def copy_cold(self) -> None:
        """Stop it, copy its data, and start it again.

        Raises:
            NotNowError: somebody works on it, or it is down.
        """
        if not self._up or self._held or self._hung:
            raise NotNowError
        self.clinic.close()
        self.backup = self._backups()

    def put_back(self) -> None:
        """It dies, and comes back with the copy's data.

        Raises:
            NotNowError: there is no copy, somebody works on it, or it is down.
        """
        if not self._up or self._held or self._hung or self.backup is None:
            raise NotNowError
        self.clinic.close()
        self.backup.put_back()
        self.backup, self.came_back_older = None, True

    def add_standby(self, *, lags: bool) -> None:
        """Another server follows this one: at each step, or it is cut off as soon as it has all there is now.

        Raises:
            NotNowError: there is one already, somebody works on the server, or it is down.
        """
        if not self._up or self._held or self._hung or self.standby is not None:
            raise NotNowError
        cluster = self.clinic.cluster
        port = cluster.status().port
        assert port is not None
        link = self._standbys.enter_context(Proxy(port))
        self.standby = self._standbys.enter_context(standby_of(cluster, link))
        if lags:
            self.standby.stop_following()
        else:
            self.standby.wait_for_it()
            self.standby.caught_up()

    def fail_over(self, *, lagged: bool) -> None:
        """It dies, and the standby takes its place.

        Raises:
            NotNowError: somebody works on it, or it is down.
        """
        if not self._up or self._held or self._hung or self.standby is None:
            raise NotNowError
        self.clinic.close()
        self.standby.take_the_place()
        self.standby = None
        self._standbys.close()
        # A backup of the time before is of a timeline that has been left.
        self.backup = None
        self.came_back_older |= lagged

    @property
    def held(self) -> int:
        """How many connections are held."""
        return len(self._held)

    def drop_held(self, but: int) -> None:
        """Let go of the connections that were taken last, without a word."""
        while len(self._held) > but:
            self._held.pop().close()

    def leave(self) -> None:
        """Everything is as it was found, and the server runs."""
        for pid in tuple(self._hung):
            self.unhang(pid)
        self.drop_held(0)
        self.start()
        self._standbys.close()
        self._backups.discard()
