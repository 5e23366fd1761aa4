"""Pictures of every screen, light and dark, in build/screenshots: looked at before a change is called done.

A clinic is made in a folder of its own and thrown away, so that the pictures do not depend on what somebody did
in the demo.

python -m tools.screenshots            every screen
python -m tools.screenshots list file  only these
python -m tools.screenshots held       only an administrator's page of changes
python -m tools.screenshots people     only an administrator's page of people
python -m tools.screenshots server     only an administrator's page of the server
python -m tools.screenshots audit      only an administrator's page of the audit trail
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from medidesk import demo
from medidesk.app import application
from medidesk.errors import NewPasswordNeeded, SignInRefused
from medidesk.repositories import patients
from medidesk.ui.audit.audit_page import AuditPage
from medidesk.ui.changes.held import HeldCard
from medidesk.ui.desktop import Desktop
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.theme import apply_theme
from medidesk.ui.patients import opening
from medidesk.ui.people.ask_first import AskFirst
from medidesk.ui.people.first_password import FirstPassword
from medidesk.ui.people.list_page import ListPage
from medidesk.ui.server.health_page import HealthPage
from tools import screenshots_held

if TYPE_CHECKING:
    from medidesk.station import Station
    from medidesk.ui.shell.window import Shell

FOLDER = Path(__file__).resolve().parent.parent / "build" / "screenshots"
SIZE, SMALL = (1440, 900), (1280, 720)
_PATIENCE = 60.0


class Gallery:
    """One station's window, and how each picture is set up."""

    def __init__(self, window: Desktop, clinic: demo.Demo) -> None:
        self.window, self.clinic = window, clinic

    @property
    def shell(self) -> "Shell":
        """The shell of whoever is signed in."""
        if self.window.shell is None:
            raise RuntimeError("nobody is signed in")
        return self.window.shell

    @property
    def station(self) -> "Station":
        """The open station."""
        station = self.window.station()
        if station is None:
            raise RuntimeError("nobody is signed in")
        return station

    def sign_in(self, login: str) -> None:
        """Sign somebody in and wait until the replica is current."""
        self.window.sign_in(login, self.clinic.person(login).password)
        wait(lambda: self.window.shell is not None)
        wait(lambda: self.station.sync.state == "live")

    def patient(self, text: str) -> UUID:
        """The first patient that a text finds."""
        return self.station.read(patients.search, text, limit=1)[0].id

    def tidy(self) -> None:
        """Back to the list alone."""
        shell = self.shell
        shell.palette_box.hide()
        shell.keys_panel.hide()
        shell.close_changes()
        shell.toaster.clear()
        for page in shell.pages()[1:]:
            self.station.drafts.drop(page.key)
            shell.close_page(page)

    # The pictures

    def list(self) -> None:
        """The list as it stands in the morning."""
        self.look_for("")

    def search(self) -> None:
        """What a few letters find."""
        self.look_for("mar 198")

    def nobody(self) -> None:
        """Nobody is found."""
        self.look_for("Zzyzx")

    def file(self) -> None:
        """A patient's file."""
        opening.open_file(self.shell, self.patient("Okafor Amara"))

    def details(self) -> None:
        """The file's form, with something typed."""
        page = opening.open_file(self.shell, self.patient("Okafor Amara"), section="details")
        if page.details is not None:
            page.details.form.set_values({"city": "North Hill"})
            page.details.form.changed.emit("city")

    def entry(self) -> None:
        """Adding an alert beside the file."""
        opening.open_file(self.shell, self.patient("Okafor Amara")).header.alert_asked.emit()

    def merge(self) -> None:
        """Merging with another file."""
        page = opening.open_file(self.shell, self.patient("Okafor Amara"))
        page.merge_with(self.patient("Haddad Omar"))

    def register(self) -> None:
        """A registration with somebody who could be the same person."""
        page = opening.register(self.shell, "Maria Ortega +34 612 555 018")
        wait(lambda: bool(page.duplicates.candidates()))

    def palette(self) -> None:
        """Ctrl+K."""
        self.shell.palette_box.open("mar")

    def keys(self) -> None:
        """F1."""
        self.shell.keys_panel.open(
            [("Patients", self.shell.pages()[0].keys), ("Everywhere", self.shell.keys)]
        )

    def changes(self) -> None:
        """Nothing waits."""
        self.shell.show_changes()

    def toast(self) -> None:
        """A toast over the list."""
        self.look_for("mar 198")
        self.shell.toast("María Fernández Ortega registered", "File 26-00412")

    def look_for(self, text: str) -> None:
        """The list, searched for a text."""
        page = self.shell.pages()[0]
        self.shell.tabs.setCurrentIndex(0)
        page.look_for(text)  # type: ignore[attr-defined]
        settle()


RECEPTION: tuple[str, ...] = (
    "list",
    "search",
    "nobody",
    "file",
    "details",
    "entry",
    "merge",
    "register",
    "palette",
    "keys",
    "changes",
    "toast",
)
DOCTOR: tuple[str, ...] = ("file", "entry")


def settle() -> None:
    """Let everything that is due happen, and be painted."""
    for _round in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait(condition: Callable[[], bool]) -> None:
    """Go on as soon as it is so.

    Raises:
        TimeoutError: it is not so after a minute.
    """
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(condition)
        QApplication.processEvents()
        time.sleep(0.002)


def take(widget: QWidget, name: str, mode: str) -> list[str]:
    """One picture; returns the words that are cut off in it."""
    settle()
    path = FOLDER / f"{name}-{mode}.png"
    widget.grab().save(str(path))
    cut = clipped_texts(widget)
    print(f"{path.name:<32}{'  cut off: ' + ', '.join(cut) if cut else ''}")
    return cut


@contextmanager
def clinic() -> Iterator[demo.Demo]:
    """A demo clinic of its own, deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="medidesk-screenshots-"))
    folder.chmod(0o711)
    try:
        yield demo.start(folder / "demo")
        demo.stop(folder / "demo")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pictures_of(
    login: str, station: str, names: Sequence[str], made: demo.Demo, app: QApplication
) -> list[str]:
    """Every picture of one person's windows, in both looks."""
    window = Desktop(app, made.home / "stations" / login, server=made.address, name=station)
    window.resize(*SIZE)
    window.begin()
    window.show()
    gallery = Gallery(window, made)
    gallery.sign_in(login)
    window.activateWindow()
    cut: list[str] = []
    for mode in ("light", "dark"):
        apply_theme(app, "dark" if mode == "dark" else "light", reduced_motion=True)
        for name in names:
            getattr(gallery, name)()
            cut += take(window, f"{login}-{name}", mode)
            gallery.tidy()
    if login == "sofia":
        cut += offline(gallery, made, app)
    window.lock()
    for mode in ("light", "dark"):
        apply_theme(app, "dark" if mode == "dark" else "light")
        cut += take(window, f"{login}-locked", mode)
    window.close()
    return cut


def offline(gallery: Gallery, made: demo.Demo, app: QApplication) -> list[str]:
    """The server goes away, somebody is registered, and the page of changes is opened; then it is back."""
    demo.stop(made.home)
    wait(lambda: gallery.station.sync.state == "offline")
    gallery.station.run(patients.register, {"given_name": "Kamari Wanjiru", "family_name": "Mwangi"})
    wait(lambda: gallery.station.sync.waiting == 1)
    cut: list[str] = []
    for mode in ("light", "dark"):
        apply_theme(app, "dark" if mode == "dark" else "light")
        gallery.look_for("mwangi")
        cut += take(gallery.window, "sofia-offline", mode)
        gallery.shell.show_changes()
        cut += take(gallery.window, "sofia-offline-changes", mode)
        gallery.shell.close_changes()
    demo.start(made.home)
    gallery.station.retry_now()
    wait(lambda: gallery.station.sync.state == "live" and not gallery.station.sync.waiting)
    return cut


def before_sign_in(made: demo.Demo, app: QApplication) -> list[str]:
    """First run, sign-in, a refusal."""
    cut: list[str] = []
    for mode in ("light", "dark"):
        apply_theme(app, "dark" if mode == "dark" else "light")
        for server, name in (("", "first-run"), (made.address, "sign-in")):
            window = Desktop(app, made.home / "stations" / f"new-{name}", server=server, name="Reception 2")
            window.resize(*SIZE)
            window.begin()
            window.show()
            apply_theme(app, "dark" if mode == "dark" else "light")
            cut += take(window, name, mode)
            page = window.sign_in_page()
            if page is not None:
                page.show_problem(SignInRefused("The password is not right.", "Try again; mind Caps Lock."))
                cut += take(window, "sign-in-refused", mode)
                page.ask_new_password("rui", "Rui Tavares", NewPasswordNeeded(), old="handed over")
                cut += take(window, "new-password", mode)
                page.ask_new_password("sofia", "Sofia Marchetti")
                window.resize(*SMALL)
                cut += take(window, "new-password-small", mode)
            window.close()
    return cut


def mirrored(made: demo.Demo, app: QApplication) -> list[str]:
    """The list from right to left."""
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        window = Desktop(app, made.home / "stations" / "mirrored", server=made.address, name="Reception 2")
        window.resize(*SIZE)
        window.begin()
        window.show()
        gallery = Gallery(window, made)
        gallery.sign_in("sofia")
        apply_theme(app, "light")
        gallery.search()
        cut = take(window, "sofia-search-rtl", "light")
        gallery.file()
        cut += take(window, "sofia-file-rtl", "light")
        window.ask_new_password()
        cut += take(window, "sofia-new-password-rtl", "light")
        window.close()
    finally:
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    return cut


def held(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of changes: facts held at the server, and a colleague's work to release."""
    home = made.home / "stations" / "ingrid"
    screenshots_held.hold(made)
    screenshots_held.leave_waiting(made, home)
    window = Desktop(app, home, server=made.address, name=screenshots_held.STATION)
    window.resize(*SIZE)
    window.begin()
    window.show()
    gallery = Gallery(window, made)
    gallery.sign_in("ingrid")
    gallery.shell.show_changes()
    wait(lambda: len(gallery.shell.findChildren(HeldCard)) == len(gallery.station.sync.held) > 0)
    cut: list[str] = []
    for size, name in ((SIZE, "held"), (SMALL, "held-asked")):
        window.resize(*size)
        if name == "held-asked":
            screenshots_held.ask(gallery.shell)
        for mode in ("light", "dark"):
            apply_theme(app, "dark" if mode == "dark" else "light")
            cut += take(window, f"ingrid-{name}", mode)
    window.close()
    return cut


def administrator(made: demo.Demo, app: QApplication) -> Gallery:
    """Ingrid, signed in at a PC of her own."""
    home = made.home / "stations" / "ingrid"
    window = Desktop(app, home, server=made.address, name=screenshots_held.STATION)
    window.begin()
    window.show()
    gallery = Gallery(window, made)
    gallery.sign_in("ingrid")
    return gallery


def server(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of the server: without a backup, and with one."""
    gallery = administrator(made, app)
    page = gallery.shell.open("server", lambda: HealthPage(gallery.shell))
    if not isinstance(page, HealthPage):
        raise TypeError("another page has this key")
    wait(lambda: bool(page.findings.sentences))
    cut: list[str] = []
    for name, size in (("server", SIZE), ("server-well", SMALL)):
        gallery.window.resize(*size)
        if name == "server-well":
            before = page.findings.sentences
            with made.server.connect() as admin:
                admin.execute(
                    "insert into backup_run (began_at, made_at, bytes) values (now(), now(), 4200000)"
                )
            page.ask()
            wait(lambda before=before: page.findings.sentences != before)  # type: ignore[misc]
        for mode in ("light", "dark"):
            apply_theme(app, "dark" if mode == "dark" else "light")
            cut += take(gallery.window, f"ingrid-{name}", mode)
    gallery.window.close()
    return cut


def audit(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of the audit trail: all of it, and one file's."""
    gallery = administrator(made, app)
    page = gallery.shell.open("audit", lambda: AuditPage(gallery.shell))
    if not isinstance(page, AuditPage):
        raise TypeError("another page has this key")
    page.filters.when.set_value(None)
    page.filters.when.setCurrentIndex(0)
    wait(lambda: bool(page.entries))
    settle()
    cut: list[str] = []
    for name, size in (("audit", SIZE), ("audit-file", SMALL)):
        gallery.window.resize(*size)
        if name == "audit-file":
            before = page.entries
            page.filters.only_file(next(one.patient for one in page.entries if one.patient and one.shown))
            wait(lambda before=before: page.entries != before)  # type: ignore[misc]
        for mode in ("light", "dark"):
            apply_theme(app, "dark" if mode == "dark" else "light")
            cut += take(gallery.window, f"ingrid-{name}", mode)
    gallery.window.close()
    return cut


def people(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of people: somebody chosen, a question, a first password, somebody new."""
    gallery = administrator(made, app)
    window = gallery.window
    page = gallery.shell.open("people", lambda: ListPage(gallery.shell))
    if not isinstance(page, ListPage):
        raise TypeError("another page has this key")
    wait(lambda: page.panel.findChild(AskFirst) is not None)
    cut: list[str] = []
    for name, size in (("people", SIZE), ("people-asked", SMALL), ("people-adding", SMALL)):
        window.resize(*size)
        if name == "people-asked":
            page.panel.show_above(FirstPassword("Rui Tavares", "rui", "k7fm-2xqt-9wpz-h4cd"))
            settle()
            page.panel.findChildren(AskFirst)[-1].button.click()
        elif name == "people-adding":
            page.start_adding()
        for mode in ("light", "dark"):
            apply_theme(app, "dark" if mode == "dark" else "light")
            cut += take(window, f"ingrid-{name}", mode)
    window.close()
    return cut


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; returns 1 if words are cut off in any."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "names",
        nargs="*",
        choices=[*RECEPTION, "held", "people", "server", "audit", []],
        help="all unless told",
    )
    wanted = parser.parse_args(arguments).names
    FOLDER.mkdir(parents=True, exist_ok=True)
    app = application()
    with clinic() as made:
        cut = [] if wanted else before_sign_in(made, app)
        if names := [name for name in wanted if name in RECEPTION] if wanted else RECEPTION:
            cut += pictures_of("sofia", "Reception 2", names, made, app)
        if not wanted:
            cut += pictures_of("anjali", "Room 3", DOCTOR, made, app)
            cut += mirrored(made, app)
        if not wanted or "held" in wanted:
            cut += held(made, app)
        if not wanted or "people" in wanted:
            cut += people(made, app)
        if not wanted or "audit" in wanted:
            cut += audit(made, app)
        if not wanted or "server" in wanted:
            cut += server(made, app)
    return 1 if cut else 0


if __name__ == "__main__":
    sys.exit(main())
