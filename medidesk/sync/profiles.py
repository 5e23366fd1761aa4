"""What a station remembers about itself between starts: no secret, and no patient's name."""

import datetime as dt
import hashlib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

from platformdirs import user_data_path

from medidesk.errors import ServerUnreachable, StationFilesProblem
from medidesk.server.private_files import world_errors, write_private
from medidesk.sync.course import Course
from medidesk.words import tr

FILE = "station.toml"
PEOPLE_MOST = 12
# Letters and digits that are not mistaken for one another on paper (as in Crockford's base 32).
_CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def default_home() -> Path:
    """The station's folder: MEDIDESK_HOME, or the platform's place for application data."""
    chosen = os.environ.get("MEDIDESK_HOME")
    return Path(chosen) if chosen else user_data_path("medidesk", appauthor=False)


@dataclass(frozen=True)
class KnownPerson:
    """Someone who has signed in here, for the cards of the sign-in page."""

    login: str
    display_name: str
    role_label: str

    @classmethod
    def from_file(cls, known: Mapping[str, str]) -> Self:
        """What was written down, also by a newer program, which may know more."""
        return cls(known["login"], known["display_name"], known["role_label"])


@dataclass
class StationProfile:
    """`station.toml` in a station's home.

    Attributes:
        home: the folder.
        station_id: random, made once.
        name: what people call this PC.
        server: the server's libpq URL, without user and password; empty before the first run is done.
        server_id: which server that is; empty before the first sign-in.
        clinic: the clinic's name.
        people: last signed in first.
        last_contact: when the server last answered.
        waiting: how many changes waited when the program was last closed.
        course: how far this PC has followed its server.
        given_code: the code that the server gave this PC, where another one has its own.
    """

    home: Path
    station_id: UUID = field(default_factory=uuid4)
    name: str = ""
    server: str = ""
    server_id: str = ""
    clinic: str = ""
    people: list[KnownPerson] = field(default_factory=list)
    last_contact: dt.datetime | None = None
    waiting: int = 0
    given_code: str = ""
    course: Course = field(default_factory=Course)

    def __post_init__(self) -> None:
        self.course.keep = self.save

    @property
    def code(self) -> str:
        """Three letters that set this PC's provisional numbers apart from other PCs'."""
        if self.given_code:
            return self.given_code
        number = int.from_bytes(hashlib.sha256(self.station_id.bytes).digest()[:8])
        return "".join(_CODE_LETTERS[number >> shift & 31] for shift in (0, 5, 10))

    def is_given_code(self, code: str) -> None:
        """The server gives this PC a code of its own.

        Raises:
            ValueError: it is none.
        """
        if not re.fullmatch(r"[0-9A-Z]{3,8}", code):
            raise ValueError("no station has such a code")
        self.given_code = code

    @classmethod
    def load(cls, home: Path) -> Self:
        """The profile in this folder; a new one where there is none.

        Raises:
            StationFilesProblem: it cannot be read. It is not replaced: the outbox belongs to its station id.
        """
        path = home / FILE
        with world_errors(path):
            if not path.exists():
                return cls(home=home)
        try:
            data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(
                home=home,
                station_id=UUID(data["station_id"]),
                name=data.get("name", ""),
                server=data.get("server", ""),
                server_id=data.get("server_id", ""),
                clinic=data.get("clinic", ""),
                people=[KnownPerson.from_file(one) for one in data.get("people", [])],
                last_contact=data.get("last_contact"),
                waiting=int(data.get("waiting", 0)),
                given_code=data.get("code", ""),
                course=Course.from_file(data.get("course", {})),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StationFilesProblem(
                tr("This station's settings in {path} cannot be read.", path=path),
                tr("Mend the file, or put back a copy; do not delete the folder, it may hold unsent work."),
            ) from error

    def save(self) -> None:
        """Write it back, whole or not at all; nothing is written where the file says all of it already."""
        with suppress(StationFilesProblem):  # a damaged file is written anew
            if (self.home / FILE).exists() and type(self).load(self.home) == self:
                return
        import tomlkit  # most sign-ins change nothing here

        document = tomlkit.document()
        document.add(tomlkit.comment("MediDesk: what this station remembers about itself."))
        document["station_id"] = str(self.station_id)
        document["name"] = self.name
        document["server"] = self.server
        document["server_id"] = self.server_id
        document["clinic"] = self.clinic
        document["waiting"] = self.waiting
        document["code"] = self.given_code
        if self.last_contact is not None:
            document["last_contact"] = self.last_contact
        document["course"] = self.course.to_file()
        document["people"] = [vars(one) for one in self.people]
        with world_errors(self.home):
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self.home / FILE, tomlkit.dumps(document))

    def resolve(self, server: str) -> str:
        """The server's URL for what was given: a URL, or "" or the clinic's name for the one joined.

        Raises:
            ServerUnreachable: this station has not joined that clinic.
        """
        if "://" in server or "=" in server:
            return server
        if self.server and server in {"", self.clinic, self.name}:
            return self.server
        raise ServerUnreachable(
            tr("This station has not joined a clinic called “{name}”.", name=server),
            tr("Join the clinic's server by its address first."),
        )

    def signed_in(self, person: KnownPerson) -> None:
        """Put someone first among the known people."""
        others = [one for one in self.people if one.login != person.login]
        self.people = [person, *others][:PEOPLE_MOST]


def new_station_name() -> str:
    """A name for a PC that nobody has named yet."""
    return tr("Station {number}", number=secrets.randbelow(900) + 100)
