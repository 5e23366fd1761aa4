"""The window: first run, sign-in, shell, lock; and the way from each to the next."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from medidesk.errors import MediDeskError, NewPasswordNeeded, SignedOut
from medidesk.sync.profiles import StationProfile
from medidesk.ui.bridge import Background, Bridge
from medidesk.ui.first_run.actions import Ready, has_local_server, start_local_server
from medidesk.ui.idle import IdleWatch
from medidesk.ui.opening import change_password, comes_back, load_the_rest, open_station
from medidesk.ui.preferences import Preferences
from medidesk.ui.probe import ServerProbe
from medidesk.ui.sign_in.greeting import Greeting
from medidesk.ui.sign_in.page import SignInPage
from medidesk.ui.sign_in.welcome import welcome
from medidesk.ui.wardrobe import Wardrobe
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Station, SyncState
    from medidesk.ui.first_run.page import FirstRunPage
    from medidesk.ui.first_run.steps import FirstRun
    from medidesk.ui.shell.window import Shell

_SMALLEST = (960, 640)
_USUAL = (1440, 900)


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
        self._home, self._server, self._name = home, server, name
        self._ready = Ready(home, server, notice=notice)
        self._held = ExitStack()
        self._background = Background(self)
        self._probe = ServerProbe(self._background, self)
        self._probe.answered.connect(self._probed)
        self._idle = IdleWatch(app)
        self._idle.idle.connect(self.lock)
        self._wardrobe = Wardrobe(app, Preferences.load(home, ""), self)
        self._stack = QStackedWidget()
        self.setCentralWidget(self._stack)
        self.setWindowTitle(tr("MediDesk"))
        self.setMinimumSize(*_SMALLEST)
        self.resize(*_USUAL)
        self._sign_in: SignInPage | None = None
        self._first_run: FirstRun | None = None
        self.shell: Shell | None = None
        self._station: Station | None = None
        self._arriving: Station | None = None

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
        page = self._first_run.page if self._first_run is not None else None
        return page if self._stack.currentWidget() is page else None

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
        page = self.sign_in_page()
        if self.shell is None or self._station is None or (page is not None and not page.is_choosing()):
            return
        self._idle.rest()
        self._show_sign_in(locked=True)

    def ask_new_password(self) -> None:
        """Let whoever is signed in choose another password; their work stays open behind the page."""
        if self.shell is None or self._station is None:
            return
        user = self._station.user
        self._show_sign_in(locked=True)
        self._page().ask_new_password(user.login, user.display_name)

    def change_password(self, login: str, old: str, new: str) -> None:
        """Give somebody the password they have chosen, and sign them in with it."""
        page = self._page()
        page.set_busy(tr("Setting the password…"))
        self._background.run(
            partial(change_password, self._home, self._server, login, old, new),
            lambda _done: self._password_changed(login, new),
            page.show_problem,
        )

    def _password_changed(self, login: str, new: str) -> None:
        self._close_station()
        self._show_sign_in()
        self.sign_in(login, new)

    def _keep_password(self) -> None:
        """Nobody was let in by the page, and whoever was in before it came is in."""
        if self.shell is not None:
            self._show_shell()
        else:
            self._show_sign_in()

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

    def _greeting(self, *, locked: bool = False) -> Greeting:
        return welcome(self._home, self._server, self._name, self._ready, self._station, locked=locked)

    def _show_sign_in(self, *, locked: bool = False) -> None:
        greeting = self._greeting(locked=locked)
        if self._sign_in is None:
            page = SignInPage(greeting)
            page.sign_in.connect(self.sign_in)
            page.new_password.connect(self.change_password)
            page.password_kept.connect(self._keep_password)
            page.look_asked.connect(self._wardrobe.next)
            page.show_look(*self._wardrobe.named())
            self._wardrobe.dressed.connect(page.show_look)
            page.server_asked.connect(self._show_first_run)
            self._sign_in = page
            self._stack.addWidget(page)
        else:
            self._sign_in.set_busy(None)
            self._sign_in.greet(greeting)
        self._stack.setCurrentWidget(self._sign_in)
        self._probe.rest()
        if greeting.hosts:
            self._probe.watch(*greeting.hosts)
        self.setWindowTitle(self._title(greeting.clinic))

    def _probed(self, answers: bool) -> None:
        page = self.sign_in_page()
        if page is not None:
            page.show_server(answers)

    def _unlock(self, login: str, password: str) -> None:
        station, page = self._station, self._page()
        if station is not None:
            page.set_busy(tr("Unlocking…") if login == station.user.login else tr("Signing in…"))
            back = partial(comes_back, station, login, password)
            self._background.run(back, partial(self._unlocked, login, password), page.show_problem)

    def _unlocked(self, login: str, password: str, back: bool) -> None:
        """Let somebody else in; the first person's drafts and unsent changes stay on this station."""
        if back:
            self._show_shell()
        elif self._station is not None:
            self._close_station()
            self.sign_in(login, password)

    def _opened(self, station: Station) -> None:
        from medidesk.ui.modules import modules
        from medidesk.ui.shell.window import Shell

        self._station, self._arriving = station, None
        self._wardrobe.take(Preferences.load(self._home, station.user.login))
        shell = Shell(Bridge(station, self), modules(), self._wardrobe.preferences)
        for asked, answer in (
            (shell.look_chosen, self._wardrobe.dress),
            (shell.lock_time_changed, self._idle.keep_to),
            (shell.lock_asked, self.lock),
            (shell.switch_asked, self.lock),
            (shell.sign_out_asked, self.sign_out),
            (shell.new_password_asked, self.ask_new_password),
            (shell.roles_asked, self._take_up_roles),
            (shell.bridge.sync_changed, self._synced),
        ):
            asked.connect(answer)
        self.shell = shell
        self._stack.addWidget(shell)
        self._show_shell()
        self.signed_in.emit()

    def _take_up_roles(self) -> None:
        """Open the windows anew, as the roles are now; what was typed is kept as drafts."""
        if self._station is not None:
            self._put_shell_away()
            self._station.rights.take_up()
            self._opened(self._station)

    def _show_shell(self) -> None:
        if self.shell is None or self._station is None:
            return
        self._probe.rest()
        self._page().set_busy(None)
        self._stack.setCurrentWidget(self.shell)
        self.shell.arrive()
        self._idle.watch(self.shell.lock_after())
        self.setWindowTitle(self._title(self._station.user.org_name))

    def _synced(self, state: SyncState | Any) -> None:
        """An administrator who ends somebody's sessions means those at the windows as well."""
        if state.signed_out and self._station is not None:
            self.sign_out()
            self._page().show_problem(SignedOut())

    def _not_opened(self, problem: MediDeskError) -> None:
        page = self._page()
        if isinstance(problem, NewPasswordNeeded):
            login = page.login()
            page.ask_new_password(login, page.name(), problem, page.password().text())
            return
        if page.is_locked():  # whoever locked the station has left it, and nobody has come in
            self._show_sign_in()
        page.show_problem(problem)
        greeting = self._greeting()
        if greeting.hosts:
            self._probe.watch(*greeting.hosts)

    def _close_station(self) -> None:
        self._put_shell_away()
        station, self._station = self._station, None
        if station is not None:
            station.close()

    def _put_shell_away(self) -> None:
        self._idle.rest()
        shell, self.shell = self.shell, None
        if shell is not None:
            shell.wind_up()
            self._stack.removeWidget(shell)
            shell.hide()
            shell.deleteLater()

    # First run

    def _show_first_run(self) -> None:
        from medidesk.ui.first_run.steps import FirstRun

        if self._first_run is None:
            self._first_run = FirstRun(self._home, self._background, self)
            self._first_run.ready.connect(self._be_ready)
            self._stack.addWidget(self._first_run.page)
        self._stack.setCurrentWidget(self._first_run.page)

    def _be_ready(self, ready: Ready) -> None:
        self._held.push(ready.held)
        self._ready, self._home, self._server = ready, ready.home, ready.server
        self._show_sign_in()

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
