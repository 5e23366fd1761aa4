"""A station's first start in a process of its own, for `benchmarks.first_sync`: how long, and how much memory.

Tells JSON: seconds from the start of the sync loop until the station is current, and the most memory it ever held
(`resident_mib`, shared libraries and the signing in included).
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.world import FIRST_SYNC_SECONDS, PASSWORD, RECEPTIONIST
from medidesk.station import Station


def most_resident_mib() -> float:
    """The most memory that this process ever held."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not tell")


if __name__ == "__main__":
    home, address = sys.argv[1:]
    began: list[float] = []

    def thread(target: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            began.append(time.perf_counter())
            target()

        return threading.Thread(target=run)

    with Station.open(
        address, RECEPTIONIST, PASSWORD, home=Path(home), name=Path(home).name, thread=thread
    ) as station:
        station.wait_current(FIRST_SYNC_SECONDS)
        seconds = time.perf_counter() - began[0]
        sys.stdout.write(json.dumps({"seconds": seconds, "resident_mib": most_resident_mib()}) + "\n")
        sys.stdout.flush()
