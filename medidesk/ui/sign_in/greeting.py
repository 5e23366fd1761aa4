"""What the sign-in page knows before anybody has signed in. No patient is among it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """Somebody who signed in at this station before."""

    login: str
    name: str
    role: str


@dataclass(frozen=True)
class Greeting:
    """The station, its server and its people.

    Attributes:
        clinic: the organisation's name; may be empty before the first sign-in.
        station: the station's name.
        server_name: how people call the server: its host, or its hosts.
        hosts: where it answers, or one that has taken its place: name and port of each.
        people: the last users, latest first.
        last_contact: when this station last heard from its server.
        waiting: changes that were not sent yet.
        notice: a title and a sentence above the foot, such as the demo's password.
        passwords: by login, where they are no secret: the demo's.
        locked_by: the login of the person whose work is open behind this page.
    """

    clinic: str = ""
    station: str = ""
    server_name: str = ""
    hosts: tuple[tuple[str, int], ...] = ()
    people: tuple[Person, ...] = ()
    last_contact: dt.datetime | None = None
    waiting: int = 0
    notice: tuple[str, str] | None = None
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    locked_by: str | None = None
