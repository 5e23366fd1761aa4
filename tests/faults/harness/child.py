"""The process of a station that can be killed: it reads orders from its standard input, a JSON object a line, and
writes what people are told, and what the orders came to, to its standard output.
"""

import json
import os
import signal
import sys
import threading
from typing import Any

from tests.faults.harness.clock import set_clock
from tests.faults.harness.shift import Heard, Opening, Shift, as_json
from tests.support.station_process import die_at

_writing = threading.Lock()


def _write(**said: Any) -> None:
    with _writing:
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _tell(about: int, heard: Heard) -> None:
    _write(about=about, heard=as_json(heard))


def _open(clock: float, **opening: str) -> Shift:
    if clock:
        set_clock(clock)
    return Shift(Opening(**opening), _tell)


def _die_in(seconds: float) -> None:
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()


def main() -> None:
    """Obey until the standard input ends."""
    shift: Shift | None = None
    for line in sys.stdin:
        said = json.loads(line)
        number, order, arguments = said["number"], said["order"], said["arguments"]
        try:
            value = None
            if order == "open":
                shift = _open(**arguments)
            elif order == "die_at":
                die_at(**arguments)
            elif order == "die_in":
                _die_in(**arguments)
            elif order == "set_clock":
                set_clock(**arguments)
            elif shift is not None:
                value = shift.obey(order, **arguments)
            _write(number=number, value=value)
        except Exception as error:  # noqa: BLE001 (told to whoever gave the order)
            _write(number=number, failed=f"{type(error).__name__}: {error}")
            if order == "open":
                break
        if order == "close":
            break
    sys.stdout.flush()
    # Without waiting for anybody: an order to die may still tick.
    os._exit(0)


if __name__ == "__main__":
    main()
