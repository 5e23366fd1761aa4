"""The tour: both stations of the demo through a morning at the clinic, an outage included, without a screen.

It drives the real windows with keys, over real stations and the demo's real server, which it stops and starts
again. Each step is printed with the time it took; pictures go to a folder.
"""

import datetime as dt
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler

from medidesk.app import application
from medidesk.demo.command import SEATS
from medidesk.demo.hands import ALT, CONTROL, Hands, TourStuckError, picture, see
from medidesk.demo.names import ORIGINS
from medidesk.demo.patients import digits
from medidesk.demo.start import Demo
from medidesk.repositories import patients
from medidesk.ui.desktop import Desktop
from medidesk.ui.patients.details import Details
from medidesk.words import counted, tr

type Say = Callable[[str], None]

_SIZE = (1280, 800)


def drive(demo: Demo, place: Path, pictures: Path, say: Say) -> None:
    """Run the whole tour.

    Args:
        demo: the demo clinic, running.
        place: a folder for the homes of the stations.
        pictures: where the pictures go; made, and emptied of older ones.
        say: told each step as it is done.

    Raises:
        TourStuckError: something did not happen.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.png"):
        old.unlink()
    qInstallMessageHandler(_heed)
    tour = Tour(demo, place, pictures, say)
    try:
        tour.run()
    except TourStuckError:
        tour.show_where()
        raise
    finally:
        tour.close()
        qInstallMessageHandler(None)
    say(tr("Pictures of the tour: {folder}", folder=pictures.absolute()))


class Tour:
    """The steps, in order; `run` does them all."""

    def __init__(self, demo: Demo, place: Path, pictures: Path, say: Say) -> None:
        self._demo, self._pictures, self._say = demo, pictures, say
        self._shots = 0
        app = application()
        self._desk, self._doctor = (
            Hands(
                Desktop(app, seat.home(place), server=demo.address, name=seat.name), demo.person(seat.login)
            )
            for seat in SEATS
        )
        self._both = (self._desk, self._doctor)
        self._patient: UUID

    def run(self) -> None:
        """Every step."""
        for step in (
            self._sign_in,
            self._search,
            self._open,
            self._register,
            self._edit,
            self._allergy,
            self._outage,
            self._work_offline,
            self._recovery,
        ):
            step()

    def show_where(self) -> None:
        """A picture of both windows as they are."""
        self._picture("stuck", *self._both)

    def close(self) -> None:
        """Close both windows, and with them the stations."""
        for hands in self._both:
            hands.window.close()
            hands.window.deleteLater()

    # With the server

    def _sign_in(self) -> None:
        for hands in self._both:
            hands.window.resize(*_SIZE)
            hands.window.begin()
            hands.window.show()
            hands.window.prepare()
        for hands in self._both:
            hands.sit_down()
            hands.sign_in()
            if hands is self._desk:
                self._picture("sign-in", hands)
            took = self._timed(
                lambda hands=hands: hands.press(Qt.Key.Key_Return),  # type: ignore[misc]
                "the shell",
                lambda hands=hands: hands.window.shell is not None,  # type: ignore[misc]
            )
            who = tr(
                "{name} signs in at {station}", name=hands.person.display_name, station=hands.station.name
            )
            self._tell(who, took)
            took = hands.see("every patient", lambda hands=hands: _current(hands))  # type: ignore[misc]
            count = hands.station.read(patients.count)
            self._tell(counted(count, "  {count} patient is here", "  {count} patients are here"), took)
            hands.close_tabs()
        self._picture("patients", self._desk)

    def _search(self) -> None:
        self._desk.sit_down()
        took = self._desk.search("mar 198")
        found = self._desk.patients().table.rows.rowCount()
        text = tr("Searching “mar 198” finds {count}; from a key to its rows", count=found)
        self._tell(text, statistics.median(took))
        self._picture("search", self._desk)

    def _open(self) -> None:
        self._doctor.sit_down()
        self._doctor.search("okafor am")
        took = self._timed(lambda: self._doctor.press(Qt.Key.Key_Return), "the file", self._doctor.sees_file)
        self._tell(tr("The doctor opens the file of {name}", name=self._doctor.file().title), took)
        self._picture("file", self._doctor)

    def _register(self) -> None:
        self._patient, took = self._registered(shot="register")
        row = self._desk.station.read(patients.by_id, self._patient)
        if row is None:
            raise LookupError("the patient just registered is not in the replica")
        self._tell(tr("Reception registers {name}: file {number}", name=row.name, number=row.number), took)
        took = see("the patient at the doctor's", lambda: _knows(self._doctor, self._patient))
        self._tell(tr("  and the doctor has the file"), took)

    def _edit(self) -> None:
        self._doctor.sit_down()
        self._doctor.shell.close_page(self._doctor.file())
        self._doctor.search(self._desk.file().title)
        self._doctor.press(Qt.Key.Key_Return)
        see("the file", self._doctor.sees_file)
        phone = digits(_dice(), "+351 91 555 ## ##")
        self._desk.sit_down()
        self._change_phone(self._desk, phone)
        took = self._timed(
            lambda: self._desk.press(Qt.Key.Key_Return, CONTROL),
            "the new number at the doctor's",
            lambda: _phone(self._doctor, self._patient) == phone,
        )
        self._tell(tr("Reception changes the phone; the doctor's window has it"), took)
        self._desk.press(Qt.Key.Key_1, CONTROL)
        self._picture("both", self._desk, self._doctor)

    def _allergy(self) -> None:
        self._doctor.sit_down()
        self._doctor.press(Qt.Key.Key_A, ALT)
        see("the panel", lambda: self._doctor.file().panel() is not None)
        self._doctor.type("Penicillin")
        took = self._timed(
            lambda: self._doctor.press(Qt.Key.Key_Return, CONTROL),
            "the flag at reception",
            lambda: _flagged(self._desk, self._patient),
        )
        self._tell(tr("The doctor notes an allergy; reception sees that there is one"), took)
        self._picture("allergy", self._desk, self._doctor)

    # Without it

    def _outage(self) -> None:
        began = time.perf_counter()
        self._demo.server.cluster.stop()
        self._tell(tr("The server is stopped"), time.perf_counter() - began)
        took = see("both stations offline", lambda: all(_state(hands) == "offline" for hands in self._both))
        self._tell(tr("  both stations say so, and go on"), took)

    def _work_offline(self) -> None:
        offline, took = self._registered(shot="")
        row = self._desk.station.read(patients.by_id, offline)
        if row is None:
            raise LookupError("the patient just registered is not in the replica")
        text = "Offline, reception registers {name}: provisional file {number}"
        self._tell(tr(text, name=row.name, number=row.number), took)
        self._doctor.sit_down()
        note = tr("Called at {time}, wants a second opinion.", time=f"{dt.datetime.now().astimezone():%H:%M}")
        details = _details(self._doctor)
        self._doctor.fill(details.form.editor("desk_note"), note)
        took = self._timed(
            lambda: self._doctor.press(Qt.Key.Key_Return, CONTROL),
            "the change kept",
            lambda: self._doctor.station.sync.waiting == 1,
        )
        self._tell(tr("Offline, the doctor changes a file; it is kept on the PC"), took)
        self._desk.sit_down()
        self._desk.shell.show_changes()
        self._picture("offline", self._desk, self._doctor)
        self._desk.shell.close_changes()
        self._offline_patient = offline

    def _recovery(self) -> None:
        began = time.perf_counter()
        self._demo.server.cluster.start()
        self._tell(tr("The server is started again"), time.perf_counter() - began)
        took = see("both stations live", lambda: all(_current(hands) for hands in self._both))
        self._tell(tr("  both stations are live, and nothing waits"), took)
        see("the patient at the doctor's", lambda: _knows(self._doctor, self._offline_patient))
        row = self._doctor.station.read(patients.by_id, self._offline_patient)
        if row is None or row.file_no is None:
            raise LookupError("the patient registered offline has no number from the server")
        text = "The doctor sees {name}: file {number}, once {provisional}"
        values = {"name": row.name, "number": row.file_no, "provisional": row.provisional_no}
        self._say(tr(text, **values))
        self._picture("recovered", self._desk, self._doctor)

    # How

    def _registered(self, *, shot: str) -> tuple[UUID, float]:
        """Register somebody new at the desk: their id, and the seconds from the key to their file."""
        chance = _dice()
        origin = chance.choice([one for one in ORIGINS if one.families[0].isascii() or one.language == "es"])
        self._desk.sit_down()
        self._desk.patients().arrive()
        self._desk.press(Qt.Key.Key_N, ALT)
        page = self._desk.registration()
        for name, text in {
            "given_name": chance.choice(origin.women),
            "family_name": " ".join(chance.sample(origin.families, 2)),
            "born_on": f"{chance.randint(1, 28)}.{chance.randint(1, 12)}.{chance.randint(1950, 2015)}",
            "phone": digits(chance, origin.phone),
        }.items():
            self._desk.fill(page.form.editor(name), text)
        if shot:
            self._picture(shot, self._desk)
        took = self._timed(
            lambda: self._desk.press(Qt.Key.Key_Return, CONTROL), "the new file", self._desk.sees_file
        )
        return self._desk.file().patient_id, took

    def _change_phone(self, hands: Hands, phone: str) -> None:
        hands.fill(_details(hands).form.editor("phone"), phone)

    def _timed(
        self, act: Callable[[], object], what: str = "", until: Callable[[], object] | None = None
    ) -> float:
        """Seconds from before `act` until something is so; the act alone where nothing is waited for."""
        began = time.perf_counter()
        act()
        if until is not None:
            see(what, until)
        return time.perf_counter() - began

    def _tell(self, what: str, seconds: float) -> None:
        took = f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"
        self._say(f"{what:<72} {took:>10}")

    def _picture(self, name: str, *hands: Hands) -> None:
        self._shots += 1
        picture(self._pictures / f"{self._shots:02}-{name}.png", *(one.window for one in hands))


def _heed(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Qt's warnings go on to the screen, but for one that the off-screen platform gives for every window."""
    if "propagateSizeHints" not in message:
        print(message, file=sys.stderr)


def _dice() -> random.Random:
    return random.Random(time.time_ns())  # noqa: S311 - invented people, no secret


def _current(hands: Hands) -> bool:
    sync = hands.station.sync
    return sync.state == "live" and not sync.waiting


def _state(hands: Hands) -> str:
    return str(hands.station.sync.state)


def _knows(hands: Hands, patient: UUID) -> bool:
    return hands.station.read(patients.by_id, patient) is not None


def _phone(hands: Hands, patient: UUID) -> str:
    row = hands.station.read(patients.by_id, patient)
    return row.phone if row is not None else ""


def _flagged(hands: Hands, patient: UUID) -> bool:
    row = hands.station.read(patients.by_id, patient)
    return row is not None and row.has_allergy


def _details(hands: Hands) -> Details:
    page = hands.file()
    page.show_section("details")
    if page.details is None:
        raise LookupError("this file has no details to change")
    return page.details
