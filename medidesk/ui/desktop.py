"""The window: first run, sign-in, shell, lock; and the way from each to the next."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from medidesk.errors import MediDeskError, SignInRefused
from medidesk.sync.profiles import StationProfile
from medidesk.ui.bridge import Background, Bridge
from medidesk.ui.first_run.actions import Address, Founder, Ready, has_local_server, start_local_server
from medidesk.ui.idle import IdleWatch
from medidesk.ui.kit.theme import Mode, apply_theme, theme
from medidesk.ui.preferences import LOOKS, Look, Preferences
from medidesk.ui.probe import ServerProbe
from medidesk.ui.sign_in.greeting import Greeting, Person
from medidesk.ui.sign_in.page import SignInPage
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Station
    from medidesk.ui.first_run.page import FirstRunPage
    from medidesk.ui.shell.window import Shell

_SMALLEST = (1000, 640)
_USUAL = (1440, 900)


def open_station(server: str, login: str, password: str, home: Path, name: str | None) -> Station:
    """Sign in; blocks for the network and for Argon2, and imports the heavy half of the program.

    Raises:
        MediDeskError: why not.
    """
    from medidesk.station import Station
    from medidesk.sync.worker import qthread

    return Station.open(server, login, password, home=home, name=name, thread=qthread)


def load_the_rest() -> None:
    """Import what the first window does not need, while somebody types a password."""
    import medidesk.station
    import medidesk.ui.modules
    import medidesk.ui.shell.window  # noqa: F401


def unlocks(home: Path, login: str, password: str) -> bool:
    """Whether the password opens this person's keys on this station; takes as long as Argon2 does."""
    from medidesk.sync.keys import Keys

    keys = Keys(home, StationProfile.load(home).station_id)
    return keys.open_envelope(login, password) is not None


class Desktop(QMainWindow):
    """The window of one station.

    Args:
        app: the application.
        home: the station's folder.
        server: the server's URL; the profile's when empty.
        name: what people call this PC.
        notice: a title and a sentence for the sign-in page.

    Signals:
        signed_in(): the shell is up.
    """

    signed_in = Signal()

    def __init__(
        self,
        app: QApplication,
        home: Path,
        *,
        server: str = "",
        name: str | None = None,
        notice: tuple[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._app, self._home, self._server, self._name = app, home, server, name
        self._ready = Ready(home, server, notice=notice)
        self._held = ExitStack()
        self._background = Background(self)
        self._probe = ServerProbe(self)
        self._probe.answered.connect(self._probed)
        self._idle = IdleWatch(app)
        self._idle.idle.connect(self.lock)
        self._preferences = Preferences.load(home, "")
        self._stack = QStackedWidget()
        self.setCentralWidget(self._stack)
        self.setWindowTitle(tr("MediDesk"))
        self.setMinimumSize(*_SMALLEST)
        self.resize(*_USUAL)
        self._sign_in: SignInPage | None = None
        self._first_run: FirstRunPage | None = None
        self.shell: Shell | None = None
        self._station: Station | None = None
        self._arriving: Station | None = None
        QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _scheme: self._dress())
        self._dress()

    # Pages

    def begin(self) -> None:
        """Show the first page: sign-in where a server is known, else the first run."""
        try:
            known = bool(self._server or StationProfile.load(self._home).server)
        except MediDeskError as problem:
            self._show_sign_in()
            self._page().show_problem(problem)
            return
        if known:
            self._show_sign_in()
            if not self._server and has_local_server(self._home):
                self._page().set_busy(tr("Starting the server on this PC…"))
                self._background.run(
                    partial(start_local_server, self._home), self._server_started, self._page().show_problem
                )
        else:
            self._show_first_run()

    def _server_started(self, address: str) -> None:
        self._server = address
        self._show_sign_in()

    def sign_in_page(self) -> SignInPage | None:
        """The sign-in page, if it is in front."""
        page = self._stack.currentWidget()
        return page if isinstance(page, SignInPage) else None

    def first_run_page(self) -> FirstRunPage | None:
        """The first-run page, if it is in front."""
        return self._first_run if self._stack.currentWidget() is self._first_run else None

    def station(self) -> Station | None:
        """The open Station."""
        return self._station

    def prepare(self) -> None:
        """Import the rest of the program in the background."""
        self._background.run(load_the_rest, lambda _nothing: None, lambda _problem: None)

    def sign_in(self, login: str, password: str) -> None:
        """Sign somebody in; the page says how it goes."""
        page = self._page()
        if self.shell is not None:
            self._unlock(login, password)
            return
        page.set_busy(tr("Signing in…"))
        self._probe.rest()
        server, home, name = self._server, self._home, self._name

        def open_it() -> Station:
            # Held here until the shell has it: the window may be closed while somebody is signing in.
            self._arriving = open_station(server, login, password, home, name)
            return self._arriving

        self._background.run(open_it, self._opened, self._not_opened)

    def lock(self) -> None:
        """Cover the open work; the same password brings it back as it was."""
        if self.shell is None or self._station is None or self.sign_in_page() is not None:
            return
        self._idle.rest()
        self._show_sign_in(locked_by=self._station.user.login)

    def sign_out(self) -> None:
        """Close the station; drafts and unsent changes stay on it."""
        self._close_station()
        self._show_sign_in()

    # Sign-in

    def _page(self) -> SignInPage:
        if self._sign_in is None:
            self._show_sign_in()
        if self._sign_in is None:
            raise RuntimeError("no sign-in page")
        return self._sign_in

    def _greeting(self, locked_by: str | None) -> Greeting:
        try:
            profile = StationProfile.load(self._home)
        except MediDeskError:
            profile = StationProfile(self._home)
        parts = urlsplit(self._server or profile.server)
        known = tuple(Person(one.login, one.display_name, one.role_label) for one in profile.people)
        logins = {one.login for one in known}
        others = tuple(one for one in self._ready.people if one.login not in logins)
        sync = self._station.sync if self._station is not None else None
        return Greeting(
            clinic=profile.clinic,
            station=self._name or profile.name,
            server_name=parts.hostname or "",
            host=parts.hostname or "",
            port=parts.port or 5432,
            people=known + others,
            last_contact=sync.last_contact if sync else profile.last_contact,
            waiting=sync.waiting if sync else profile.waiting,
            notice=self._ready.notice,
            passwords=self._ready.passwords,
            locked_by=locked_by,
        )

    def _show_sign_in(self, locked_by: str | None = None) -> None:
        greeting = self._greeting(locked_by)
        if self._sign_in is None:
            page = SignInPage(greeting)
            page.sign_in.connect(self.sign_in)
            page.look_asked.connect(self._next_look)
            page.server_asked.connect(self._show_first_run)
            self._sign_in = page
            self._stack.addWidget(page)
        else:
            self._sign_in.set_busy(None)
            self._sign_in.greet(greeting)
        self._stack.setCurrentWidget(self._sign_in)
        self._name_look()
        self._probe.rest()
        if greeting.host:
            self._probe.watch(greeting.host, greeting.port)
        self.setWindowTitle(self._title(greeting.clinic))

    def _probed(self, answers: bool) -> None:
        page = self.sign_in_page()
        if page is not None:
            page.show_server(answers)

    def _unlock(self, login: str, password: str) -> None:
        page, home = self._page(), self._home
        page.set_busy(tr("Unlocking…"))
        self._background.run(
            lambda: unlocks(home, login, password),
            partial(self._unlocked, login, password),
            page.show_problem,
        )

    def _unlocked(self, login: str, password: str, fits: bool) -> None:
        if self._station is None:
            return
        if login == self._station.user.login:
            if fits:
                self._show_shell()
            else:
                self._page().show_problem(
                    SignInRefused(tr("The password is not right."), tr("Try again; mind Caps Lock."))
                )
            return
        # Somebody else: the first person's drafts and unsent changes stay on this station.
        self._close_station()
        self.sign_in(login, password)

    def _opened(self, station: Station) -> None:
        from medidesk.ui.modules import modules
        from medidesk.ui.shell.window import Shell

        self._station, self._arriving = station, None
        self._preferences = Preferences.load(self._home, station.user.login)
        self._dress()
        shell = Shell(Bridge(station, self), modules(), self._preferences)
        shell.look_chosen.connect(self._dress)
        shell.lock_time_chosen.connect(self._idle.watch)
        shell.lock_asked.connect(self.lock)
        shell.switch_asked.connect(self.lock)
        shell.sign_out_asked.connect(self.sign_out)
        self.shell = shell
        self._stack.addWidget(shell)
        self._show_shell()
        self.signed_in.emit()

    def _show_shell(self) -> None:
        if self.shell is None or self._station is None:
            return
        self._probe.rest()
        self._page().set_busy(None)
        self._stack.setCurrentWidget(self.shell)
        self.shell.arrive()
        self._idle.watch(self._preferences.lock_after)
        self.setWindowTitle(self._title(self._station.user.org_name))

    def _not_opened(self, problem: MediDeskError) -> None:
        page = self._page()
        page.show_problem(problem)
        greeting = self._greeting(None)
        if greeting.host:
            self._probe.watch(greeting.host, greeting.port)

    def _close_station(self) -> None:
        self._idle.rest()
        shell, self.shell = self.shell, None
        station, self._station = self._station, None
        if shell is not None:
            shell.wind_up()
            self._stack.removeWidget(shell)
            shell.hide()
            shell.deleteLater()
        if station is not None:
            station.close()

    # First run

    def _show_first_run(self) -> None:
        from medidesk.ui.first_run.page import FirstRunPage

        if self._first_run is None:
            page = FirstRunPage()
            page.demo_asked.connect(self._start_demo)
            page.found_asked.connect(self._found)
            page.test_asked.connect(self._test)
            page.join_asked.connect(self._join)
            self._first_run = page
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(self._first_run)

    def _start_demo(self) -> None:
        from medidesk.ui.first_run.actions import start_demo

        self._first_run_does(tr("Starting the demo clinic. The first time takes a minute…"), start_demo)

    def _found(self, founder: Founder) -> None:
        from medidesk.ui.first_run.actions import found_clinic

        self._first_run_does(
            tr("Setting the server up on this PC…"), partial(found_clinic, self._home, founder)
        )

    def _test(self, address: Address, authority: Path) -> None:
        from medidesk.ui.first_run.actions import test_connection

        page = self._first_run
        if page is None:
            return
        page.set_busy(tr("Asking {server}…", server=address.host))
        self._background.run(
            partial(test_connection, address, authority), lambda _none: page.show_proved(), page.show_problem
        )

    def _join(self, address: Address, authority: Path) -> None:
        self._be_ready(Ready(self._home, address.url(authority)))

    def _first_run_does(self, words: str, action: Any) -> None:
        page = self._first_run
        if page is not None:
            page.set_busy(words)
            self._background.run(action, self._be_ready, page.show_problem)

    def _be_ready(self, ready: Ready) -> None:
        if self._first_run is not None:
            self._first_run.set_busy(None)
        self._held.push(ready.held)
        self._ready, self._home, self._server = ready, ready.home, ready.server
        self._show_sign_in()

    # The look

    def _dress(self, _look: str = "") -> None:
        mode = self._mode()
        if theme().mode != mode or not self._app.styleSheet():
            apply_theme(self._app, mode)
        self._name_look()

    def _mode(self) -> Mode:
        look = self._preferences.look
        if look != "system":
            return look
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return "dark" if dark else "light"

    def _next_look(self) -> None:
        look: Look = LOOKS[(LOOKS.index(self._preferences.look) + 1) % len(LOOKS)]
        self._preferences.look = look
        self._preferences.save()
        self._dress()

    def _name_look(self) -> None:
        if self._sign_in is not None:
            icon, words = {
                "light": ("sun", tr("Light")),
                "dark": ("moon", tr("Dark")),
                "system": ("contrast", tr("As the desktop")),
            }[self._preferences.look]
            self._sign_in.show_look(icon, words)

    def _title(self, clinic: str) -> str:
        return tr("{clinic}: MediDesk", clinic=clinic) if clinic else tr("MediDesk")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Everything typed is kept already; the station is closed and the server told nothing."""
        self._probe.rest()
        self._close_station()
        self._background.close()
        if self._arriving is not None:
            self._arriving.close()
        self._held.close()
        super().closeEvent(event)
