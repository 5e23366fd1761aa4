"""Those who follow a server in processes of their own: a headless station, and one with a list on the screen."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

from benchmarks.timing import imported
from medidesk.repositories import patients
from medidesk.station import Changed, Station
from medidesk.sync.loop_thread import ThreadFactory

ARRIVE_SECONDS = 60.0


@dataclass(frozen=True)
class Followed:
    """What a follower is given.

    Attributes:
        address: the server.
        user, password: who follows.
        home: the station's folder.
        replica, key: its replica's file and key.
    """

    address: str
    user: str
    password: str
    home: Path
    replica: Path
    key: bytes

    def open(self, thread: ThreadFactory | None = None) -> Station:
        """The station."""
        return Station.open(
            self.address, self.user, self.password, home=self.home, name=self.home.name, thread=thread
        )


@dataclass
class Sightings:
    """When each new telephone number stood in the view model for the first time."""

    at: dict[str, float] = field(default_factory=dict)
    _more: threading.Condition = field(default_factory=threading.Condition)

    def saw(self, phone: str) -> None:
        """It stands there now."""
        now = time.monotonic()
        with self._more:
            self.at.setdefault(phone, now)
            self._more.notify_all()

    def answer(self, pipe: Connection) -> None:
        """Say that the follower is ready; then tell when it saw what it is asked for, once it has seen all."""
        pipe.send("ready")
        wanted = set(pipe.recv())
        with self._more:
            self._more.wait_for(lambda: wanted <= self.at.keys(), ARRIVE_SECONDS)
            pipe.send({phone: self.at[phone] for phone in wanted & self.at.keys()})


def station_follower(followed: Followed, pipe: Connection) -> None:
    """A headless station whose view model is a dictionary of frozen rows."""
    imported()
    seen = Sightings()
    view: dict[UUID, patients.PatientRow] = {}
    with followed.open() as station:

        def changed(news: Changed) -> None:
            for row_id, row in station.read(patients.rows, news.tables.get("patient", ())).items():
                view[row_id] = row
                seen.saw(row.phone)

        station.on_changed(changed)
        station.wait_current()
        seen.answer(pipe)


def desktop_follower(followed: Followed, pipe: Connection) -> None:
    """A station of the desktop program: a QThread that follows, the list's own model on the UI thread."""
    from PySide6.QtCore import QMetaObject, Qt
    from PySide6.QtWidgets import QApplication

    from medidesk.sync.worker import qthread
    from medidesk.ui.bridge import Bridge
    from medidesk.ui.kit.table_model import Column, TableModel
    from medidesk.ui.patients.source import EveryPatient

    imported()
    application = QApplication(["bench", "-platform", "offscreen"])
    seen = Sightings()
    with followed.open(qthread) as station:
        bridge = Bridge(station)
        model = TableModel([Column("Patient", lambda row: row.patient.name)])
        model.set_source(EveryPatient(station))
        model.row_at(0)

        def shown(ids: list[UUID]) -> None:
            for row_id in ids:
                place = model.place_of(row_id)
                seen.saw(model.row_at(place if place is not None else -1).patient.phone)

        model.rows_changed.connect(shown)
        bridge.changed.connect(lambda news: model.refresh(news.tables.get("patient")))
        station.wait_current()
        # Queued, or a quit that comes before the event loop would be lost.
        leave = partial(QMetaObject.invokeMethod, application, "quit", Qt.ConnectionType.QueuedConnection)
        teller = threading.Thread(target=lambda: _answer_and_quit(seen, pipe, leave))
        teller.start()
        application.exec()
        teller.join()
        bridge.close()


def _answer_and_quit(seen: Sightings, pipe: Connection, leave: Callable[[], object]) -> None:
    try:
        seen.answer(pipe)
    finally:
        leave()
