"""What stands between the sign-in page and an open Station; all of it blocks, so call it in the background."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medidesk.station import Station


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
    try:
        import medidesk.station
        import medidesk.ui.modules
        import medidesk.ui.shell.window  # noqa: F401
    finally:
        # What the program is made of never becomes garbage: looking through it again and again stalled the
        # window for a hundred milliseconds at a time.
        gc.freeze()
        gc.enable()


def change_password(home: Path, server: str, login: str, old: str, new: str) -> None:
    """Give somebody the password they have chosen; blocks for the network and for Argon2.

    Raises:
        MediDeskError: why not.
    """
    from medidesk.sync import passwords
    from medidesk.sync.profiles import StationProfile

    profile = StationProfile.load(home)
    profile.server = profile.resolve(server)
    passwords.change(profile, login, old, new)


def comes_back(station: Station, login: str, password: str) -> bool:
    """Whether this is the person of a locked station, whose work stays open behind it; else they may take it over.

    Somebody whose password was changed at another PC begins anew, too: the old one still unlocks here.

    Raises:
        MediDeskError: why they are not let in.
    """
    from medidesk.sync import admission

    if login == station.user.login and station.unlocks(password):
        return True
    admission.check(station.profile, login, password)
    return False
