"""Programs and servers of different versions: which work together, and what people are told where they cannot."""

from collections.abc import Mapping
from typing import Any

from medidesk.errors import ProgramTooOld, ServerTooOld
from medidesk.server.schema import SCHEMA_VERSION
from medidesk.words import tr

__all__ = ["OLDEST_SERVER", "SCHEMA_VERSION", "check", "is_older", "too_old"]

# The oldest schema of a server that this program can follow and send to.
OLDEST_SERVER = 2


def too_old() -> ProgramTooOld:
    """What somebody at a program that is too old is told."""
    return ProgramTooOld(
        tr("The clinic's server has been updated, and this program is too old to enter anything."),
        tr("Install the new version on this PC. What is here can be read, and what waits is kept."),
    )


def is_older(said: Mapping[str, Any]) -> bool:
    """Whether a server lacks something of this program's schema, by what it says of itself."""
    return int(said["schema_version"]) < SCHEMA_VERSION


def check(said: Mapping[str, Any]) -> str:
    """Whether this program and a server can work together.

    Args:
        said: what the server says of itself (`hello`).

    Returns:
        A sentence where they can and people should still know that they differ, or nothing.

    Raises:
        ProgramTooOld: the server no longer serves it.
        ServerTooOld: the server lacks what this program needs.
    """
    if said["oldest_client"] > SCHEMA_VERSION:
        raise too_old()
    if said["schema_version"] < OLDEST_SERVER:
        raise ServerTooOld(
            tr("This program is newer than the clinic's server, which must be updated too."),
            tr("What is entered is kept on this PC and sent once it is. Tell whoever runs the server."),
        )
    if is_older(said):
        return tr("The clinic's server is older than this program and should be updated soon.")
    return ""
