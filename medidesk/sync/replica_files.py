"""The files of replicas in a station's folder: opened, set aside where they are damaged, and made anew."""

import logging
import shutil
from pathlib import Path

from medidesk.errors import StationFilesProblem
from medidesk.log import event
from medidesk.sync.profiles import StationProfile
from medidesk.sync.replica import DAMAGED_MARK, Replica
from medidesk.words import tr

log = logging.getLogger(__name__)


def path(profile: StationProfile, user: str) -> Path:
    """Where somebody's replica lies."""
    # Of one server, whatever its epoch: after a restore it is filled anew in place (see `medidesk.sync.rebuild`).
    return profile.home / "replicas" / profile.server_id / f"{user}.db"


def open_replica(profile: StationProfile, user: str, key: bytes, *, rebuild: bool) -> Replica:
    """Somebody's replica; one that is damaged or of another version is made anew where it can be filled.

    Args:
        profile: the station.
        user: whose.
        key: its key.
        rebuild: the server is there to fill it.

    Raises:
        StationFilesProblem: it cannot be used, and the server is away.
        DiskFull: no room.
    """
    place = path(profile, user)
    try:
        return _sound(Replica(place, key), rebuild=rebuild)
    except StationFilesProblem:
        if not rebuild:
            raise StationFilesProblem(
                tr(
                    "The copy of the clinic's data on this PC is damaged, or this program is of another version."
                ),
                tr("Sign in while the server is there: it is then filled anew. Unsent work is safe."),
            ) from None
        event(log, "replica_made_anew", logging.WARNING)
        set_aside(place, keep=True)
        return Replica(place, key)


def _sound(replica: Replica, *, rebuild: bool) -> Replica:
    """A replica that was not found damaged when it was last open, where it can be made anew.

    Raises:
        StationFilesProblem: it was, or a program of another version has made it.
    """
    if replica.of_another_version:
        replica.close()
        raise StationFilesProblem(tr("The copy of the clinic's data on this PC is of another version."))
    if rebuild and replica.found_damaged:
        replica.close()
        raise StationFilesProblem(tr("The copy of the clinic's data on this PC is damaged."))
    return replica


def set_aside(place: Path, *, keep: bool) -> None:
    """Move a replica's files out of the way, or remove them."""
    for suffix in ("", "-wal", "-shm", DAMAGED_MARK):
        part = place.with_name(place.name + suffix)
        if not part.exists():
            continue
        if keep:
            shutil.move(part, part.with_name(f"{part.name}.damaged"))
        else:
            part.unlink()
