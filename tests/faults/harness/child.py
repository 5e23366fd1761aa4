"""The process of a station that can be killed.

It takes orders from a pipe, and says through it what people are told and what the orders came to.
"""

import contextlib
import os
import signal
import threading
from multiprocessing.connection import Connection
from typing import Any, Literal
from unittest import mock

from medidesk.sync import keys, replica, seals, versions
from tests.faults.harness.clock import set_clock
from tests.faults.harness.shift import SEALS, Heard, Opening, Shift
from tests.support.database import CHEAP_KIB
from tests.support.station_process import die_at

type Said = tuple[Literal["heard"], int, Heard] | tuple[Literal["value", "failed"], int, Any]


class Child:
    """One station, and the pipe to whoever gives the orders."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._saying = threading.Lock()
        self._shift: Shift | None = None

    def obey(self) -> None:
        """Until the shift is closed, or could not be opened, or nobody gives orders any more."""
        while True:
            number, order, arguments = self._pipe.recv()
            try:
                self._say(("value", number, self._carry_out(order, arguments)))
            except Exception as error:  # noqa: BLE001 (told to whoever gave the order)
                self._say(("failed", number, f"{type(error).__name__}: {error}"))
                if order == "open":
                    return
            if order == "close":
                return

    def _carry_out(self, order: str, arguments: dict[str, Any]) -> Any:
        match order:
            case "open":
                set_clock(arguments.pop("clock"))
                opening = Opening(**arguments)
                be_of(opening.program)
                self._shift = Shift(opening, self._tell)
            case "set_clock":
                set_clock(**arguments)
            case "die_at":
                die_at(**arguments)
            case "die_in":
                threading.Timer(arguments["seconds"], os.kill, (os.getpid(), signal.SIGKILL)).start()
            case _ if self._shift is not None:
                return self._shift.obey(order, **arguments)
        return None

    def _tell(self, number: int, heard: Heard) -> None:
        self._say(("heard", number, heard))

    def _say(self, said: Said) -> None:
        with self._saying:
            self._pipe.send(said)


def be_of(program: int) -> None:
    """Be a MediDesk of this schema: in what it says to the server, and in which replicas it takes for its own."""
    if program != versions.SCHEMA_VERSION:
        known = replica.schema_fingerprint()
        versions.SCHEMA_VERSION = program
        replica.schema_fingerprint = lambda: f"{known} of {program}"


def main(pipe: Connection) -> None:
    """The process."""
    keys.ARGON2_MEMORY_KIB = CHEAP_KIB
    mock.patch.multiple(seals, **SEALS).start()
    with contextlib.suppress(EOFError, OSError):  # nobody gives orders any more
        Child(pipe).obey()
    os._exit(0)  # at once: an order to die may still tick
