"""Opening a patient's file: from the click's handler to the page painted, beside the same with the data in hand."""

import json
from collections.abc import Iterator

from benchmarks.process import desktop
from benchmarks.report import Figure, at_most_times
from benchmarks.timing import MILLISECONDS, median, percentile
from benchmarks.world import RECEPTIONIST, World

STATION = "Reception 1"
GOAL = 1.5


def measure(world: World) -> Iterator[Figure]:
    """Median and p99, in one window that opens one file after the other."""
    clinic = world.clinic(world.scale.patients)
    home = clinic.filled(RECEPTIONIST, STATION)
    with desktop("open", clinic, home, str(world.scale.samples // 3)) as run:
        found = json.loads(run.told(starts="{")[1])
    values, floors = found["values"], found["floors"]
    name = f"open a patient's file, {clinic.patients:,} patients"
    floor = median(floors) * MILLISECONDS
    yield Figure(f"{name}: p50", median(values) * MILLISECONDS, "ms", floor, at_most_times(GOAL))
    floor99 = percentile(floors, 0.99) * MILLISECONDS
    yield Figure(f"{name}: p99", percentile(values, 0.99) * MILLISECONDS, "ms", floor99)
