"""Starting, finding, resetting and stopping the demo clinic in its folder.

server/          its PostgreSQL, with certificate and key
passwords.json   everybody's throw-away password, for the owner of the folder alone
stations/        the homes of the demo's stations, by run: two demos at once have a set each
"""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from medidesk.demo.staff import COLLEAGUES, found_demo_clinic
from medidesk.errors import MediDeskError, ServerProblem, StationInUse
from medidesk.server.cluster import Cluster
from medidesk.server.file_lock import file_lock
from medidesk.server.local import LocalServer, bring_up, server_errors
from medidesk.server.private_files import world_errors, write_private
from medidesk.sync.profiles import default_home
from medidesk.words import tr

RUNS_MOST = 20
"""As many demos may be open at once from one folder."""

_PATIENCE = 180.0


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who can sign in at the demo clinic."""

    login: str
    display_name: str
    role_label: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Demo:
    """The demo clinic, its server running.

    Attributes:
        home: its folder.
        server: its server.
        people: who can sign in.
        new: it was made just now.
    """

    home: Path
    server: LocalServer
    people: tuple[DemoPerson, ...]
    new: bool = False

    @property
    def address(self) -> str:
        """The server's address, for stations."""
        return self.server.address

    @property
    def authority(self) -> Path | None:
        """The certificate (PEM) that stations trust."""
        return self.server.authority

    @property
    def passwords_file(self) -> Path:
        """Where the throw-away passwords are kept."""
        return _passwords_file(self.home)

    def person(self, login: str) -> DemoPerson:
        """One of `people`."""
        return next(person for person in self.people if person.login == login)

    @contextmanager
    def stations(self) -> Iterator[Path]:
        """A folder for the homes of this run's stations, which no other run has for as long as the block.

        Raises:
            StationInUse: too many demos are open.
        """
        for number in range(1, RUNS_MOST + 1):
            place = self.home / "stations" / str(number)
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            with ExitStack() as held:
                try:
                    held.enter_context(file_lock(_run_lock(place), 0))
                except ServerProblem:
                    continue
                yield place
                return
        raise StationInUse(tr("Too many demos are open."), tr("Close one of them first."))


def default_folder() -> Path:
    """Where the demo lies unless told otherwise: beside the station of this computer."""
    return default_home() / "demo"


def start(home: Path | None = None, *, reset: bool = False) -> Demo:
    """The demo clinic, made and filled the first time; quick, and with its data kept, every other time.

    Args:
        home: its folder; `default_folder` unless told.
        reset: delete what is there and make it anew.

    Raises:
        StationInUse: it is to be reset while it is open.
        DiskFull: there was no room.
        ServerProblem: no PostgreSQL runs here, or the folder cannot be used or holds something else.
    """
    home = (home or default_folder()).absolute()
    _claim(home)
    with file_lock(_lock(home), _PATIENCE):
        if reset:
            _delete(home)
        passwords = _passwords(home)
        server = bring_up(home / "server")
        new = _fill(server, passwords)
        return Demo(home, server, _people(passwords), new)


def open_demo(home: Path | None = None) -> Demo:
    """The demo clinic as it is, for a station of it: nothing is made or started.

    Raises:
        ServerProblem: it has never been started.
    """
    home = (home or default_folder()).absolute()
    passwords = _kept_passwords(home)
    if passwords is None:
        raise ServerProblem(
            tr("There is no demo in {folder} yet.", folder=home), tr("Start it: medidesk demo")
        )
    return Demo(home, LocalServer(Cluster(home / "server")), _people(passwords))


def is_there(home: Path | None = None) -> bool:
    """Whether a demo lies in `home` (`default_folder` unless told), running or not."""
    home = (home or default_folder()).absolute()
    with world_errors(home):
        return _lock(home).exists()


def stop(home: Path | None = None, *, unless_open: bool = False) -> bool:
    """Stop the demo's server; its data stays.

    Args:
        home: its folder; `default_folder` unless told.
        unless_open: leave it running for as long as stations of it are open.

    Returns:
        Whether it is stopped now.
    """
    home = (home or default_folder()).absolute()
    if not is_there(home):
        return True
    with file_lock(_lock(home), _PATIENCE):
        if unless_open and _open_runs(home):
            return False
        Cluster(home / "server").stop()
        return True


def _fill(server: LocalServer, passwords: dict[str, str]) -> bool:
    """Found the clinic and load its patients, unless that is done; says whether it did."""
    with server_errors(server.cluster), server.connect() as connection:
        if connection.execute("select exists (select from patient)").fetchone() == (True,):
            return False
        import datetime as dt

        from medidesk.demo.appointments import add_appointments
        from medidesk.demo.billing import add_bills
        from medidesk.demo.load import load_patients
        from medidesk.demo.patients import invent
        from medidesk.demo.services import add_services
        from medidesk.demo.visits import add_visits

        with connection.transaction():
            ids = found_demo_clinic(connection, passwords)
            load_patients(connection, invent(dt.datetime.now(dt.UTC).date()), ids.clinic)
            add_services(connection, ids.clinic)
            add_appointments(connection, ids.clinic)
            add_visits(connection, ids.clinic)
            add_bills(connection, ids.clinic)
        connection.execute("analyze")
        return True


def _claim(home: Path) -> None:
    """Make the demo's folder, or see that it is one: what is reset later must be ours to delete.

    Raises:
        ServerProblem: it cannot be made, or something else lies there.
    """
    try:
        with world_errors(home):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            others = any(home.iterdir())
    except FileNotFoundError as error:  # below /proc, or a disk that was taken out
        raise ServerProblem(
            tr("The folder {folder} cannot be made.", folder=home), tr("Choose another folder.")
        ) from error
    # Asked last: another start makes the lock before anything else.
    if others and not is_there(home):
        raise ServerProblem(
            tr("{folder} holds other things than the demo.", folder=home),
            tr("Name an empty folder or a new one: medidesk demo --folder …"),
        )


def _passwords(home: Path) -> dict[str, str]:
    """The kept passwords; new ones, kept before any account has them, where there are none."""
    kept = _kept_passwords(home)
    if kept is not None:
        return kept
    path = _passwords_file(home)
    if Cluster(home / "server").exists:
        raise ServerProblem(
            tr("The demo's passwords in {path} are missing.", path=path),
            tr("Make the demo anew: medidesk demo --reset"),
        )
    made = {person.login: "-".join(secrets.token_hex(2) for _ in range(3)) for person in COLLEAGUES}
    write_private(path, json.dumps(made, indent=2) + "\n")
    return made


def _kept_passwords(home: Path) -> dict[str, str] | None:
    """Everybody's password by login, or None where none are kept.

    Raises:
        ServerProblem: the file cannot be read, is damaged, or is a demo's that had other people.
    """
    path = _passwords_file(home)
    try:
        with world_errors(path):
            kept = json.loads(path.read_text(encoding="utf-8"))
        return {person.login: str(kept[person.login]) for person in COLLEAGUES}
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise ServerProblem(
            tr("The demo's passwords in {path} are damaged, or of an older demo.", path=path),
            tr("Make the demo anew: medidesk demo --reset"),
        ) from error


def _people(passwords: dict[str, str]) -> tuple[DemoPerson, ...]:
    return tuple(
        DemoPerson(one.login, one.display_name, one.role_label, passwords[one.login]) for one in COLLEAGUES
    )


def _passwords_file(home: Path) -> Path:
    return home / "passwords.json"


def _lock(home: Path) -> Path:
    return home / "demo.lock"


def _run_lock(place: Path) -> Path:
    return place.with_suffix(".lock")


def _open_runs(home: Path) -> bool:
    """Whether somebody holds the folder of a run."""
    for lock in (home / "stations").glob("*.lock"):
        try:
            with file_lock(lock, 0):
                pass
        except MediDeskError:
            return True
    return False


def _delete(home: Path) -> None:
    if _open_runs(home):
        raise StationInUse(
            tr("The demo is open in another window."), tr("Close it there, then start it anew.")
        )
    Cluster(home / "server").destroy()
    with world_errors(home):
        for folder in (home / "stations", home / "server", home / "log"):
            shutil.rmtree(folder, ignore_errors=True)
        _passwords_file(home).unlink(missing_ok=True)
