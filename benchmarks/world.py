"""What is measured with: clinics of several sizes on real servers, durable as a clinic's own, and their stations.

Making a clinic of a million patients, and a replica of it, takes minutes; both are kept in `build/bench` for the
next run, until the schema or the way they are filled is another.
"""

import hashlib
import inspect
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from uuid import UUID

import psycopg
from rich.console import Console

from benchmarks.followers import Followed
from medidesk.demo import load, names, services, staff
from medidesk.models import search
from medidesk.repositories import patients
from medidesk.server.cluster import Cluster
from medidesk.server.local import LocalServer, bring_up
from medidesk.server.schema.build import statements
from medidesk.server.settings import ServerSettings
from medidesk.station import Station
from medidesk.sync import codec, replica, search_index
from medidesk.sync.connection import Login
from medidesk.sync.keys import Keys
from medidesk.sync.loop_thread import ThreadFactory
from medidesk.sync.profiles import StationProfile
from medidesk.sync.replica import Replica

PASSWORD = "benchmark people hide nothing"
RECEPTIONIST, DOCTOR = "sofia", "anjali"
FIRST_SYNC_SECONDS = 3600.0
SERVER = ServerSettings(max_connections=500)
"""As a server of two hundred stations is set up: two connections each, and some to spare."""


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Attributes:
        patients: in the clinic that most is measured with.
        few, many: in the clinics that size is compared between.
        stations: that follow one server at once.
        samples: of what takes milliseconds; what takes seconds is measured less often.
        seconds: how long a steady load lasts.
        waiting: operations in the outbox of a station that was away.
        crowd: stations that one server is loaded with until it breaks.
    """

    patients: int = 100_000
    few: int = 1_000
    many: int = 1_000_000
    stations: int = 50
    samples: int = 300
    seconds: int = 20
    waiting: int = 10_000
    crowd: int = 200

    @classmethod
    def of(cls, patients: int) -> "Scale":
        """The scale that the goals are meant for."""
        return cls(patients, max(1, patients // 100), patients * 10)

    @classmethod
    def quick(cls, patients: int) -> "Scale":
        """Small enough to try a change with; the figures say little."""
        return cls(patients, 500, patients * 4, stations=5, samples=60, seconds=4, waiting=500, crowd=20)


@dataclass
class Clinic:
    """A clinic on a server of its own, and the stations it has been given.

    Attributes:
        folder: its server and the homes of its stations.
        server: running.
        patients: how many it was filled with.
    """

    folder: Path
    server: LocalServer
    patients: int

    @property
    def address(self) -> str:
        """The server's address, for stations."""
        return self.server.address

    def login(self, user: str) -> Login:
        """How somebody signs in."""
        return Login(self.address, user, PASSWORD)

    def home(self, name: str) -> Path:
        """The home of one of its stations."""
        return self.folder / "stations" / name

    def open(self, user: str, name: str, *, thread: ThreadFactory | None = None) -> Station:
        """A station of this clinic, current; its first start takes as long as a first sync."""
        station = Station.open(self.address, user, PASSWORD, home=self.home(name), name=name, thread=thread)
        station.wait_current(FIRST_SYNC_SECONDS)
        return station

    def filled(self, user: str, name: str) -> Path:
        """The home of a closed station whose replica is there."""
        home = self.home(name)
        if not list(home.glob("**/*.db")):
            self.open(user, name).close()
        return home

    def replica(self, user: str, name: str) -> Replica:
        """The replica of a station that is closed, opened by itself."""
        path, key = replica_file(self.filled(user, name), user)
        return Replica(path, key)

    def forget(self, name: str) -> None:
        """Delete a station's files."""
        shutil.rmtree(self.home(name), ignore_errors=True)

    def followed(self, user: str, name: str) -> Followed:
        """A closed station, as a process that follows it is told of it."""
        home = self.filled(user, name)
        return Followed(self.address, user, PASSWORD, home, *replica_file(home, user))

    def writer(self, user: str) -> psycopg.Connection:
        """A bare connection of a person's that may write, as the program's own are set up."""
        return psycopg.connect(
            self.login(user).conninfo(
                options="-c search_path=medidesk,public -c timezone=UTC -c default_transaction_read_only=off"
            ),
            autocommit=True,
            prepare_threshold=1,
        )

    def some_patients(self, count: int) -> list[UUID]:
        """Patients spread over the whole clinic."""
        with self.server.connect() as connection:
            every = connection.execute("select id from patient order by id").fetchall()
        step = max(1, len(every) // count)
        return [row[0] for row in every[::step][:count]]

    def first_by_name(self, count: int) -> list[UUID]:
        """Patients at the top of the list, as a station orders it."""
        replica = self.replica(RECEPTIONIST, "Reception 1")
        try:
            with replica.sessions() as session:
                return [row.id for row in patients.page(session, 0, count)]
        finally:
            replica.close()


def replica_file(home: Path, user: str) -> tuple[Path, bytes]:
    """Where a person's replica lies in a station's home, and the key that opens it."""
    profile = StationProfile.load(home)
    keys = Keys(home, profile.station_id).open_envelope(user, PASSWORD)
    assert keys is not None, "nobody of this name has signed in at this station"
    (path,) = home.glob(f"**/{user}*.db")
    return path, keys.replica


@dataclass
class World:
    """All clinics of a run; their servers run until `close`."""

    folder: Path
    scale: Scale
    console: Console
    _clinics: dict[int, Clinic] = field(default_factory=dict)

    def clinic(self, patients: int) -> Clinic:
        """A clinic with so many patients."""
        if patients not in self._clinics:
            self._clinics[patients] = self._bring_up(patients)
        return self._clinics[patients]

    def close(self) -> None:
        """Stop the servers; the data stays for the next run."""
        for clinic in self._clinics.values():
            clinic.server.cluster.stop()

    def _bring_up(self, patients: int) -> Clinic:
        folder = self.folder / str(patients)
        made, wanted = folder / "made.json", fingerprints()
        known = json.loads(made.read_text(encoding="utf-8")) if made.exists() else {}
        if known.get("clinic") != wanted["clinic"]:
            Cluster(folder / "server").destroy()
            shutil.rmtree(folder, ignore_errors=True)
        elif known["stations"] != wanted["stations"]:
            shutil.rmtree(folder / "stations", ignore_errors=True)
        cluster = Cluster(folder / "server", options=SERVER)
        cluster.create()
        cluster.start()
        server = bring_up(folder / "server")  # which finds it running
        if not made.exists():
            with self.console.status(f"filling a clinic with {patients:,} patients"):
                _fill(server, patients)
        made.write_text(json.dumps(wanted), encoding="utf-8")
        return Clinic(folder, server, patients)


def _fill(server: LocalServer, patients: int) -> None:
    with server.connect() as connection:
        passwords = dict.fromkeys((person.login for person in staff.COLLEAGUES), PASSWORD)
        ids = staff.found_demo_clinic(connection, passwords)
        services.add_services(connection, ids.clinic)
        load.bulk_patients(connection, patients, ids.clinic)
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


def fingerprints() -> dict[str, str]:
    """Of everything that decides what lies in a cached clinic, and in its stations' replicas."""

    def mark(*parts: str) -> str:
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def sources(*modules: ModuleType) -> list[str]:
        return [inspect.getsource(module) for module in modules]

    return {
        "clinic": mark(*statements(), *sources(load, names, services, staff)),
        "stations": mark(*sources(search, search_index, replica, codec)),
    }
