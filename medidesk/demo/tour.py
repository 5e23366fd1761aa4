"""The tour: both stations of the demo through a morning at the clinic, an outage included, without a screen.

It drives the real windows with keys, over real stations and the demo's real server, which it stops and starts
again. Each step is printed with the time it took; pictures go to a folder.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler

from medidesk.app import application
from medidesk.demo.command import SEATS
from medidesk.demo.hands import ALT, CONTROL, Hands, TourStuckError, picture, see
from medidesk.demo.newcomer import newcomer, phone_number
from medidesk.demo.start import Demo
from medidesk.repositories import patients
from medidesk.server.private_files import world_errors
from medidesk.ui.desktop import Desktop
from medidesk.ui.patients import opening
from medidesk.ui.patients.register_page import RegisterPage
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
        ServerProblem: the pictures may not go there.
        TourStuckError: something did not happen.
    """
    pictures = pictures.absolute()
    with world_errors(pictures):
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
    say(tr("Pictures of the tour: {folder}", folder=pictures))


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
        self._offline_patient: UUID

    def run(self) -> None:
        """Every step."""
        for step in (
            self._sign_in,
            self._search,
            self._open,
            self._duplicate,
            self._register,
            self._edit,
            self._allergy,
            self._outage,
            self._work_offline,
            self._recovery,
            self._decide,
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
            took = hands.see("every patient", hands.is_live)
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

    def _duplicate(self) -> None:
        page = self._begin_registration()
        names = {"family_name": "Fernandez Ortega", "given_name": "Maria"}
        for name, text in names.items():
            self._desk.fill(page.form.editor(name), text)
        born = page.form.editor("born_on")
        took = self._timed(
            lambda: self._desk.fill(born, "12.3.84"), "who could be the same", page.duplicates.candidates
        )
        self._tell(tr("Typing somebody who has a file shows it, before anything is saved"), took)
        self._picture("duplicate", self._desk)
        for editor in (*(page.form.editor(name) for name in names), born):
            self._desk.fill(editor, "")
        self._desk.shell.close_page(page)
        self._desk.station.drafts.drop(page.key)

    def _register(self) -> None:
        self._patient, took = self._registered(also=self._doctor)
        row = self._desk.row(self._patient)
        self._tell(tr("Reception registers {name}: file {number}", name=row.name, number=row.number), took[0])
        self._tell(tr("  and the doctor has the file, from the same key on"), took[1])

    def _edit(self) -> None:
        self._doctor.sit_down()
        self._doctor.shell.close_page(self._doctor.file())
        self._doctor.search(self._desk.file().title)
        self._doctor.press(Qt.Key.Key_Return)
        see("the file", self._doctor.sees_file)
        phone = phone_number()
        self._desk.sit_down()
        self._change_phone(self._desk, phone)
        took = self._timed(
            lambda: self._desk.press(Qt.Key.Key_Return, CONTROL),
            "the new number at the doctor's",
            lambda: self._doctor.row(self._patient).phone == phone,
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
            lambda: self._desk.row(self._patient).has_allergy,
        )
        self._tell(tr("The doctor notes an allergy; reception sees that there is one"), took)
        self._picture("allergy", self._desk, self._doctor)

    # Without it

    def _outage(self) -> None:
        began = time.perf_counter()
        self._demo.server.cluster.stop()
        self._tell(tr("The server is stopped"), time.perf_counter() - began)
        took = see("both stations offline", lambda: all(hands.is_offline() for hands in self._both))
        self._tell(tr("  both stations say so, and go on"), took)

    def _work_offline(self) -> None:
        # Both change the same phone number; whose comes second must be asked.
        self._desk.sit_down()
        self._change_phone(self._desk, phone_number())
        self._desk.press(Qt.Key.Key_Return, CONTROL)
        see("the change kept", lambda: self._desk.station.sync.waiting == 1)
        self._offline_patient, registered = self._registered()
        row = self._desk.row(self._offline_patient)
        text = "Offline, reception registers {name}: provisional file {number}"
        self._tell(tr(text, name=row.name, number=row.number), registered[0])
        self._doctor.sit_down()
        self._change_phone(self._doctor, phone_number())
        self._doctor.fill(self._doctor.details().form.editor("desk_note"), tr("Wants a second opinion."))
        took = self._timed(
            lambda: self._doctor.press(Qt.Key.Key_Return, CONTROL),
            "the change kept",
            lambda: self._doctor.station.sync.waiting == 1,
        )
        self._tell(tr("Offline, both change one phone number; it is kept on each PC"), took)
        self._desk.sit_down()
        self._desk.shell.show_changes()
        self._picture("offline", self._desk, self._doctor)
        self._desk.shell.close_changes()

    def _recovery(self) -> None:
        began = time.perf_counter()
        self._demo.server.cluster.start()
        self._tell(tr("The server is started again"), time.perf_counter() - began)
        took = see("both stations live", lambda: all(hands.is_live() for hands in self._both))
        self._tell(tr("  both stations are live, and nothing waits"), took)
        see("the patient at the doctor's", lambda: self._doctor.knows(self._offline_patient))
        row = self._doctor.row(self._offline_patient)
        values = {"name": row.name, "number": row.file_no, "provisional": row.provisional_no}
        self._say(tr("The doctor sees {name}: file {number}, once {provisional}", **values))
        self._picture("recovered", self._desk, self._doctor)

    def _decide(self) -> None:
        see("one station's question", lambda: sum(hands.station.sync.attention for hands in self._both) == 1)
        asked = next(hands for hands in self._both if hands.station.sync.attention)
        asked.sit_down()
        asked.shell.show_changes()
        self._say(
            tr("{name} is asked which of the two phone numbers is right", name=asked.person.display_name)
        )
        self._picture("attention", asked)
        mine = next(field.mine for field in asked.station.attention()[0].fields if field.name == "phone")
        took = self._timed(
            lambda: asked.press(Qt.Key.Key_Return, CONTROL),
            "one phone number everywhere",
            lambda: all(hands.row(self._patient).phone == mine for hands in self._both),
        )
        see("nothing left to decide", lambda: not asked.station.sync.attention)
        self._tell(tr("The choice is made; both stations have the same number"), took)
        asked.shell.close_changes()
        self._picture("decided", *self._both)

    # How

    def _registered(self, also: Hands | None = None) -> tuple[UUID, list[float]]:
        """Register somebody new at the desk.

        Returns:
            Their id, and the seconds from the key to their file, and to `also` having it.
        """
        page = self._begin_registration()
        who = newcomer()
        for name, text in who.items():
            self._desk.fill(page.form.editor(name), text)
        seen: list[Callable[[], object]] = [self._desk.sees_file]
        if also is not None:
            seen.append(lambda: also.station.read(patients.search, who["identifier_value"]))
        took = self._moments(lambda: self._desk.press(Qt.Key.Key_Return, CONTROL), "the new file", seen)
        return self._desk.file().patient_id, took

    def _begin_registration(self) -> RegisterPage:
        self._desk.sit_down()
        self._desk.patients().arrive()
        self._desk.patients().search.clear()
        self._desk.press(Qt.Key.Key_N, ALT)
        return self._desk.registration()

    def _change_phone(self, hands: Hands, phone: str) -> None:
        opening.open_file(hands.shell, self._patient)
        hands.fill(hands.details().form.editor("phone"), phone)

    def _timed(self, act: Callable[[], object], what: str, until: Callable[[], object]) -> float:
        """Seconds from before `act` until something is so."""
        return self._moments(act, what, [until])[0]

    def _moments(
        self, act: Callable[[], object], what: str, until: Sequence[Callable[[], object]]
    ) -> list[float]:
        """Seconds from before `act` until each of several things is so."""
        came: dict[int, float] = {}

        def all_came() -> bool:
            for at, condition in enumerate(until):
                if at not in came and condition():
                    came[at] = time.perf_counter() - began
            return len(came) == len(until)

        began = time.perf_counter()
        act()
        see(what, all_came)
        return [came[at] for at in range(len(until))]

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
