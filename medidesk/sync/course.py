"""How far a PC has followed the clinic's server through its history: what a former primary can be told by.

A standby that is promoted begins a new timeline. The server it replaced has the older one, and may be back with it:
after a repair, or because nobody told it. Nothing of what was entered since is there.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from medidesk.errors import MediDeskError
from medidesk.log import event

log = logging.getLogger(__name__)


GREATEST = 2**31


def _nowhere() -> None:
    """It is not written down; a function of the module, so that it can be handed to another process."""


@dataclass
class Course:
    """The last place in the server's history that this PC has followed.

    Attributes:
        server_id: of which server.
        epoch, timeline: the place.
        proof: the latest witness that this PC has, signed by the server: a former primary that lacks it is stopped.
        keep: writes the place down, so that it is known at the next start.
    """

    server_id: str = ""
    epoch: int = 0
    timeline: int = 0
    proof: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    keep: Callable[[], object] = field(default=_nowhere, repr=False, compare=False)

    def has_passed(self, said: Mapping[str, Any]) -> bool:
        """Whether a server that says this of itself (`hello()`) is one that another has replaced.

        An administrator who has put an old backup back on purpose says so with a new epoch.
        """
        return self.server_id == str(said["server_id"]) and place(said) < (self.epoch, self.timeline)

    @classmethod
    def from_file(cls, known: Mapping[str, Any]) -> Self:
        """What was written down, also by a newer program, which may know more."""
        return cls(str(known.get("server_id", "")), int(known.get("epoch", 0)), int(known.get("timeline", 0)))

    def to_file(self) -> dict[str, str | int]:
        """What is written down."""
        return {"server_id": self.server_id, "epoch": self.epoch, "timeline": self.timeline}

    def reached(self, said: Mapping[str, Any]) -> None:
        """This server is followed now."""
        epoch, timeline = place(said)
        if (self.server_id, self.epoch, self.timeline) == (str(said["server_id"]), epoch, timeline):
            return
        self.server_id, self.epoch, self.timeline = str(said["server_id"]), epoch, timeline
        try:
            self.keep()
        except (MediDeskError, OSError) as error:
            # A full disk: it is known until the program ends, and the next one hears it again.
            event(log, "course_not_kept", logging.WARNING, error=error)


def place(said: Mapping[str, Any]) -> tuple[int, int]:
    """Epoch and timeline of a server, by what it says of itself: the greater is the newer.

    Raises:
        ValueError, TypeError, LookupError: there is no such place.
    """
    epoch, timeline = int(said["epoch"]), int(said["timeline"])
    if not (0 <= epoch < GREATEST and 0 <= timeline < GREATEST):
        raise ValueError("no server is there")
    return epoch, timeline
