"""A station without windows in a process of its own, for `benchmarks.memory`."""

import sys
import threading
from pathlib import Path

from benchmarks.world import PASSWORD, RECEPTIONIST
from medidesk.station import Station

if __name__ == "__main__":
    home, address = sys.argv[1:]
    with Station.open(address, RECEPTIONIST, PASSWORD, home=Path(home)) as station:
        station.wait_current()
        sys.stdout.write("current\n")
        sys.stdout.flush()
        threading.Event().wait()
