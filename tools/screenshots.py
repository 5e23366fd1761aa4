"""Pictures of every screen, light and dark, in build/screenshots: looked at before a change is called done.

A clinic is made in a folder of its own and thrown away, so that the pictures do not depend on what somebody did
in the demo.

python -m tools.screenshots            every screen
python -m tools.screenshots list file  only these
python -m tools.screenshots held       only an administrator's; as well: people, roles, directory, audit, server
python -m tools.screenshots money      papers of money, and reports; as well: claims
python -m tools.screenshots insurance  a patient's insurance
"""

import argparse
import sys
from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from medidesk import demo
from medidesk.app import application
from medidesk.errors import NewPasswordNeeded, SignInRefused
from medidesk.models.appointments import AppointmentState
from medidesk.repositories import appointments, branch_clock, patients, visits
from medidesk.station import Refused
from medidesk.ui.account_request import ask_for_account
from medidesk.ui.appointments.page import CalendarPage
from medidesk.ui.desktop import Desktop
from medidesk.ui.kit.theme import apply_theme
from medidesk.ui.patient_finder import PatientFinder
from medidesk.ui.patients import opening
from medidesk.ui.visit_steps import print_ticket
from medidesk.ui.visits.page import open_queue
from tools import (
    screenshots_administrator,
    screenshots_cashier,
    screenshots_claims,
    screenshots_insurance,
    screenshots_money,
)
from tools.screenshots_frame import FOLDER, SIZE, SMALL, Seat, clinic, settle, take, wait


class Gallery(Seat):
    """A desk, and how each picture is set up."""

    booked: UUID | None = None

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

    def file_appointments(self) -> None:
        """The appointments in a patient's file: one to come, one that was cancelled."""
        if self.booked is None:
            page = self.calendar_page()
            page.today()
            page.go_on(2)
            row, times = page.grid.lanes[0].live()[0], page.grid.lanes[1]
            when = {"starts_at": times.moment(times.duty[-1].to_minute), "minutes": 20, "outside_hours": True}
            whose = {"patient_id": row.patient_id, "staff_id": times.staff_id, "wants_earlier": True}
            self.station.run(appointments.book, whose | when | {"note": "Brings the old X-ray"})
            self.station.run(appointments.cancel, row.id, "Is travelling that day")
            self.booked = row.patient_id
        opening.open_file(self.shell, self.booked, section="appointments")

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

    def account(self) -> None:
        """Asking for an account."""
        page = ask_for_account(self.shell)
        page.form.set_values({"given_name": "Grace", "family_name": "Achieng", "login": "grace"})

    def toast(self) -> None:
        """A toast over the list."""
        self.look_for("mar 198")
        self.shell.toast("María Fernández Ortega registered", "File 26-00412")

    def calendar(self) -> None:
        """A day of everybody."""
        self.calendar_page().today()

    def calendar_week(self) -> None:
        """A week of one doctor."""
        self.calendar_page().show_week()

    def calendar_month(self) -> None:
        """How full the days of a month are."""
        self.calendar_page().show_month()
        self.shell.arrive()

    def calendar_book(self) -> None:
        """Booking beside the day, at a time that is taken."""
        page = self.calendar_page()
        page.show_whole_day()
        page.go_on(1)
        lane = page.grid.lanes[0]
        taken = lane.live()[2]
        page.beside.find_patient(lane, lane.minute_of(taken.starts_at))
        finder = page.beside.now
        if isinstance(finder, PatientFinder):
            finder.search.setText("mar")
            settle()
            finder.table.opened.emit(finder.table.current_row())
        page.beside.now.submit()  # type: ignore[union-attr]
        wait(lambda: bool(page.beside.now.form.problems()))  # type: ignore[union-attr]

    def calendar_room(self) -> None:
        """Booking into a room that somebody else has then."""
        self.calendar_book()
        page = self.calendar_page()
        panel, (other, mine) = page.beside.now, page.grid.lanes[:2]
        taken = next(
            row
            for row in other.live()
            if mine.on_duty(other.minute_of(row.starts_at))
            and not mine.taken_by(other.minute_of(row.starts_at), row.minutes, None)
        )
        time = f"{taken.starts_at.astimezone(page.zone):%H:%M}"
        panel.form.set_values(  # type: ignore[union-attr]
            {"staff_id": mine.staff_id, "room_id": other.room_id, "minutes": taken.minutes, "time": time}
            | {"outside_hours": True}
        )
        panel.form.clear_problems()  # type: ignore[union-attr]
        panel.submit()  # type: ignore[union-attr]
        wait(lambda: bool(panel.form.problems()))  # type: ignore[union-attr]

    def calendar_one(self) -> None:
        """One appointment's panel."""
        page = self.calendar_page()
        page.beside.open_one(page.grid.lanes[1].live()[1])

    def calendar_find(self) -> None:
        """A free time is looked for."""
        self.calendar_page().beside.find_time()

    def calendar_move(self) -> None:
        """One on its way, one on the pinboard."""
        page = self.calendar_page()
        page.beside.close()
        rows = page.grid.lanes[1].live()
        self.station.run(appointments.park, rows[-1].id)
        page.grid.choose(rows[3].id)
        page.grid.begin_move()
        QTest.keyClick(page.grid, Qt.Key.Key_Right)
        wait(lambda: bool(page.pinboard.rows))

    def queue(self) -> None:
        """A morning's queue: some wait, one is called, one is in the room."""
        page = open_queue(self.shell)
        if not any(row.appointment_id for row in page.day):
            self.begin_morning()
        wait(lambda: sum(row.ticket is not None for row in page.day) >= _ARRIVED)
        page.show_view("here")

    def queue_one(self) -> None:
        """One visit's panel."""
        self.queue()
        page = open_queue(self.shell)
        page.open_visit(page.day[1])

    def ticket(self) -> None:
        """A ticket before it is printed."""
        self.queue()
        page = open_queue(self.shell)
        print_ticket(self.shell, page.day[0])

    def card(self) -> None:
        """A patient's card before it is printed."""
        opening.print_card(self.shell, self.patient("fernández"))

    def begin_morning(self) -> None:
        """The first of the day arrive; one is called and one seen."""
        read, run, org = self.station.read, self.station.run, self.station.user.org_id
        zone = read(branch_clock.zone_of, org)
        booked = [row for lane in read(appointments.calendar_day, org, branch_clock.today(zone)).columns
                  for row in lane.appointments[:2] if row.state is AppointmentState.BOOKED]  # fmt: skip
        for at, row in enumerate(booked[:_ARRIVED]):
            outcome = run(visits.check_in, {"appointment_id": row.id})
            if isinstance(outcome, Refused):
                raise TypeError(outcome.reason)
            if at < 2:
                run(visits.call, outcome.row.id)
            if at == 0:
                run(visits.enter_room, outcome.row.id)

    def calendar_waiting(self) -> None:
        """Who would come earlier, and a time that came free."""
        page = self.calendar_page()
        page.show_whole_day()
        page.today()
        page.go_on(1)
        lanes = page.grid.lanes
        for lane in lanes:
            for row in lane.live()[4:6]:
                self.station.run(appointments.change, row.id, {"wants_earlier": True})
        first = lanes[0].live()[0]
        page.offers.freed(first, self.station.run(appointments.park, first.id))
        page.beside.show_waiting()

    def calendar_offer(self) -> None:
        """The same without the panel: beside the pinboard."""
        self.calendar_waiting()
        self.calendar_page().beside.close()

    def calendar_page(self) -> CalendarPage:
        """The calendar, in front."""
        page = self.shell.open("appointments", lambda: CalendarPage(self.shell))
        if not isinstance(page, CalendarPage):
            raise TypeError(page.key)
        return page

    def look_for(self, text: str) -> None:
        """The list, searched for a text."""
        page = self.shell.pages()[0]
        self.shell.tabs.setCurrentIndex(0)
        page.look_for(text)  # type: ignore[attr-defined]
        settle()


_ARRIVED = 5
RECEPTION: tuple[str, ...] = (
    "list",
    "search",
    "nobody",
    "file",
    "details",
    "file_appointments",
    "entry",
    "merge",
    "register",
    "palette",
    "keys",
    "changes",
    "account",
    "toast",
    "calendar",
    "calendar_week",
    "calendar_month",
    "calendar_book",
    "calendar_room",
    "calendar_one",
    "calendar_find",
    "calendar_move",
    "queue",
    "queue_one",
    "ticket",
    "card",
    "calendar_waiting",
    "calendar_offer",
)
PAGES = (
    screenshots_administrator.PAGES
    | screenshots_money.PAGES
    | screenshots_claims.PAGES
    | screenshots_insurance.PAGES
)
DOCTOR: tuple[str, ...] = ("file", "entry")


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
            if name == "queue":
                cut += board(gallery, mode)
            gallery.tidy()
    if login == "sofia":
        cut += offline(gallery, made, app)
    window.lock()
    for mode in ("light", "dark"):
        apply_theme(app, "dark" if mode == "dark" else "light")
        cut += take(window, f"{login}-locked", mode)
    window.close()
    return cut


def board(gallery: Gallery, mode: str) -> list[str]:
    """The board for the waiting room."""
    page = open_queue(gallery.shell)
    page.open_board()
    if page.board is None:
        return []
    cut = take(page.board, "board", mode)
    page.board.close()
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
        gallery.calendar()
        window.resize(*SMALL)
        cut += take(window, "sofia-calendar-rtl", "light")
        gallery.calendar_month()
        cut += take(window, "sofia-calendar_month-rtl", "light")
        window.resize(*SIZE)
        window.ask_new_password()
        cut += take(window, "sofia-new-password-rtl", "light")
        window.close()
    finally:
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    return cut


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; returns 1 if words are cut off in any."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "names",
        nargs="*",
        choices=[*RECEPTION, *screenshots_cashier.NAMES, *PAGES, []],
        help="all unless told",
    )
    wanted = parser.parse_args(arguments).names
    FOLDER.mkdir(parents=True, exist_ok=True)
    app = application()
    with clinic() as made:
        cut = [] if wanted else before_sign_in(made, app)
        if names := [name for name in wanted if name in RECEPTION] if wanted else RECEPTION:
            cut += pictures_of("sofia", "Reception 2", names, made, app)
        if desk := [name for name in screenshots_cashier.NAMES if not wanted or name in wanted]:
            cut += screenshots_cashier.pictures_of(desk, made, app)
        if not wanted:
            cut += pictures_of("anjali", "Room 3", DOCTOR, made, app)
            cut += mirrored(made, app)
        for name, pictures in PAGES.items():
            if not wanted or name in wanted:
                cut += pictures(made, app)
    return 1 if cut else 0


if __name__ == "__main__":
    sys.exit(main())
