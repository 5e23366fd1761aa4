"""An idle station: the memory it holds and the CPU it uses, following its server and doing nothing else."""

import time
from collections.abc import Iterator

from benchmarks.process import Program, desktop, program
from benchmarks.report import Figure, at_most
from benchmarks.world import RECEPTIONIST, World

STATION = "Reception 1"
MOST_MIB = 150.0
SETTLE_SECONDS = 8.0


def measure(world: World) -> Iterator[Figure]:
    """The desktop program with its list open, and a station without windows."""
    clinic = world.clinic(world.scale.patients)
    home = clinic.filled(RECEPTIONIST, STATION)
    seconds = world.scale.seconds
    with desktop("list", clinic, home) as run:
        run.told(starts="list")
        yield from _idle("desktop", run, seconds, clinic.patients)
    with program("benchmarks.headless", str(home), clinic.address) as run:
        run.told(starts="current")
        yield from _idle("headless", run, seconds, clinic.patients)
    with program("benchmarks.bare_window") as run:
        run.told(starts="painted")
        yield Figure("idle, a bare window with the libraries: resident memory", run.resident_mib(), "MiB")


def _idle(which: str, run: Program, seconds: int, patients: int) -> Iterator[Figure]:
    time.sleep(SETTLE_SECONDS)
    before = run.cpu_seconds()
    time.sleep(seconds)
    share = (run.cpu_seconds() - before) / seconds * 100
    name = f"idle, {which} station, {patients:,} patients"
    yield Figure(f"{name}: resident memory", run.resident_mib(), "MiB", None, at_most(MOST_MIB))
    yield Figure(f"{name}: CPU", share, "% of a core")
