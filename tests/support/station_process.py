"""A station in a process of its own, which may be killed at an exact place.

Run with `python -m tests.support.station_process`, and a JSON object on its standard input: `server`, `login`,
`password`, `home`; `register`, the family names to register one after the other; `die_at`, the place where it is
killed, and `die_after`, how often it gets past it. It prints a line for each patient saved: number, then "saved".
"""

import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any

from medidesk.repositories import patients
from medidesk.station import Saved, Station
from medidesk.sync.channel import Channel
from medidesk.sync.follower import Follower
from medidesk.sync.kept_drafts import KeptDrafts
from medidesk.sync.laid_over import LaidOver
from medidesk.sync.outbox import Outbox
from medidesk.sync.replica import Replica

ROOT = Path(__file__).resolve().parents[2]

PLACES: dict[str, tuple[type[Any], str, bool]] = {
    # place: class, method, and whether the process dies before or after it
    "between outbox and replica": (LaidOver, "add", True),
    "after an answer, before the replica has it": (LaidOver, "remove_all", True),
    "between replica and outbox": (Outbox, "done", True),
    "during the first sync": (Replica, "load", False),
    "before anything is sent": (Channel, "send", True),
}

FURTHER_PLACES: dict[str, tuple[type[Any], str, bool]] = {
    "once an answer has come": (Channel, "receive", False),
    "before the outbox has it": (Outbox, "add", True),
    "once the outbox has it": (Outbox, "add", False),
    "before anybody is told": (Outbox, "tell", False),
    "before a pull is stored": (Follower, "_store", True),
    "once a pull is stored": (Follower, "_store", False),
    "within a pull's transaction": (Replica, "_apply_part", False),
    "once a letter was kept": (KeptDrafts, "keep", False),
    "before a refusal is kept": (Outbox, "refused", True),
    "once a refusal was kept": (Outbox, "refused", False),
}
"""Where a run of registrations alone does not always come."""


def die_at(place: str, after: int) -> None:
    """Kill this process where it comes to a place, once it has got past it so often."""
    owner, name, before = (PLACES | FURTHER_PLACES)[place]
    original: Callable[..., Any] = getattr(owner, name)
    left = after

    @wraps(original)
    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if before and left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if inspect.iscoroutine(result):
            return dying_later(result, left)
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    async def dying_later(running: Coroutine[Any, Any, Any], left: int) -> Any:
        result = await running
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


def _main(wanted: dict[str, Any]) -> None:
    if wanted.get("die_at"):
        die_at(wanted["die_at"], wanted.get("die_after", 0))
    with Station.open(
        wanted["server"], wanted["login"], wanted["password"], home=Path(wanted["home"])
    ) as station:
        if not wanted.get("offline"):
            station.wait_current(30)
        for name in wanted["register"]:
            outcome = station.run(patients.register, {"family_name": name})
            saved = "saved" if isinstance(outcome, Saved) else "queued"
            print(name, saved, flush=True)


def run_station(**wanted: Any) -> subprocess.CompletedProcess[str]:
    """Run one to its end, natural or not."""
    return subprocess.run(
        [sys.executable, "-m", "tests.support.station_process"],
        input=json.dumps(wanted, default=str),
        text=True,
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


if __name__ == "__main__":
    _main(json.loads(sys.stdin.read()))
