"""Gathers what the sign-in page says: from the station's profile, the first run, and whoever is signed in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medidesk.errors import DomainError, MediDeskError
from medidesk.sync.profiles import StationProfile
from medidesk.ui.first_run.actions import Address, Ready, read_address
from medidesk.ui.sign_in.greeting import Greeting, Person

if TYPE_CHECKING:
    from medidesk.station import Station


def welcome(
    home: Path, server: str, name: str | None, ready: Ready, station: Station | None, *, locked: bool
) -> Greeting:
    """The greeting of a station.

    Args:
        home: its folder.
        server: the server's URL; the profile's when empty.
        name: what people call this PC; the profile's when None.
        ready: what the first run found out.
        station: the Station that is open behind the page.
        locked: whether its person is to come back.
    """
    try:
        profile = StationProfile.load(home)
    except MediDeskError:
        profile = StationProfile(home)
    address = _read(server or profile.server)
    known = tuple(Person(one.login, one.display_name, one.role_label) for one in profile.people)
    logins = {one.login for one in known}
    sync = station.sync if station is not None else None
    return Greeting(
        clinic=profile.clinic,
        station=name or profile.name,
        server_name=str(address),
        hosts=tuple((name.strip("[]"), port) for name, port in address.hosts),
        people=known + tuple(one for one in ready.people if one.login not in logins),
        last_contact=sync.last_contact if sync else profile.last_contact,
        waiting=sync.waiting if sync else profile.waiting,
        notice=ready.notice,
        passwords=ready.passwords,
        locked_by=station.user.login if station is not None and locked else None,
    )


def _read(server: str) -> Address:
    try:
        return read_address(server)
    except DomainError:  # none yet, or in libpq's other form, which only libpq reads
        return Address((), "")
