"""A PC of the clinic: a home that stays, a network of its own, and whoever is on shift there."""

import contextlib
import shutil
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from medidesk.server.schema import SCHEMA_VERSION
from tests.faults.harness.plan import Means
from tests.faults.harness.sessions import GoneError, NotOpenedError, ProcessSession, Session, ThreadSession
from tests.faults.harness.shift import Opening, Tell
from tests.support.database import Clinic
from tests.support.proxy import Proxy

OPENS_SECONDS = 90
NOTE_SECONDS = 10


class Desk:
    """One PC.

    Attributes:
        login: who sits here.
        home: the station's folder.
        proxy: the network between it and the server.
        clock: seconds by which its clock is wrong; only a process can have a wrong one.
        die_at: where the next station that is opened here is killed.
        program: the schema of the MediDesk that is installed here; only a process can be of another than this one.
        damaged: its disk has spoilt a replica, and nobody may have come upon it yet.
        why_not: why the station could not be opened the last time.
        clone_of: the desk whose disk this one's was copied from.
    """

    def __init__(self, clinic: Clinic, login: str, means: Means, home: Path, tell: Tell) -> None:
        self.clinic = clinic
        self.login = login
        self.means = means
        self.home = home
        self.clock = 0.0
        self.die_at: tuple[str, int] | None = None
        self.program = SCHEMA_VERSION
        self.damaged = False
        self.why_not = ""
        self.clone_of: Desk | None = None
        port = clinic.cluster.status().port
        assert port is not None
        self.proxy = Proxy(port)
        self.proxy.__enter__()
        self._tell = tell
        self.session: Session | None = None

    def __str__(self) -> str:
        return f"{self.home.name} ({self.login}, {self.means})"

    @property
    def manned(self) -> bool:
        """Whether somebody is on shift here, or about to be."""
        return self.session is not None and not self.session.gone

    @property
    def is_process(self) -> bool:
        """Whether its station can be killed."""
        return self.means == "process"

    def open(self) -> None:
        """Begin a shift, in the background; nothing happens where somebody is on shift."""
        if self.manned:
            return
        self._end()
        opening = Opening(
            server=self.proxy.through(self.clinic.server),
            login=self.login,
            password=self.clinic.password(self.login),
            home=str(self.home),
            name=self.home.name,
            program=self.program,
        )
        if self.is_process:
            self.session = ProcessSession(opening, self._tell, self.clock, self.die_at)
            self.die_at = None
        else:
            self.session = ThreadSession(opening, self._tell)

    def opened(self) -> bool:
        """Wait until the shift has begun; False when it could not."""
        if self.session is None:
            return False
        try:
            self.session.opened.result(OPENS_SECONDS)
        except (GoneError, NotOpenedError) as error:
            self.why_not = f"{type(error).__name__} {error}"
            self.kill()
            return False
        return True

    def is_open(self, wait: float) -> bool:
        """Whether somebody can work here, now or within so many seconds."""
        if self.session is None or not self.manned:
            return False
        with contextlib.suppress(GoneError, NotOpenedError, TimeoutError):
            self.session.opened.result(wait)
            return self.manned
        return False

    def send(self, order: str, **arguments: Any) -> "Future[Any]":
        """Give an order to whoever is on shift.

        Raises:
            GoneError: in the future, where nobody is.
        """
        if self.session is None:
            nobody: Future[Any] = Future()
            nobody.set_exception(GoneError())
            return nobody
        return self.session.send(order, **arguments)

    def note(self) -> str:
        """What the station says of itself at the moment."""
        try:
            return str(self.send("say").result(NOTE_SECONDS))
        except (GoneError, NotOpenedError, TimeoutError) as error:
            return type(error).__name__

    def close(self) -> None:
        """The shift ends in good order."""
        if self.session is not None:
            self.send("close")
            self._end()

    def kill(self) -> None:
        """The station is killed as it stands."""
        if self.session is not None:
            self.session.kill()
            self._end()

    def _end(self) -> None:
        if self.session is not None:
            self.session.end()
            self.session = None

    def copy_of(self, home: Path, tell: Tell) -> "Desk":
        """Another PC with a copy of this one's disk, of which nothing is open at the moment."""
        assert not self.manned
        shutil.copytree(self.home, home)
        desk = Desk(self.clinic, self.login, self.means, home, tell)
        desk.program, desk.damaged, desk.clone_of = self.program, self.damaged, self
        return desk

    def leave(self) -> None:
        """Take the PC away."""
        with contextlib.suppress(GoneError):
            self.close()
        self.proxy.__exit__()
