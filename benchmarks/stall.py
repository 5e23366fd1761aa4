"""The longest stall of the UI thread while a whole clinic arrives: a first sync under an open window."""

import json
from collections.abc import Iterator

from benchmarks.process import desktop
from benchmarks.report import Figure, at_most
from benchmarks.timing import MILLISECONDS, median
from benchmarks.world import World

STATION = "Stalled station"
MOST_MS = 50.0
REPEATS = 3


def measure(world: World) -> Iterator[Figure]:
    """The longest gap between two turns of the event loop, and how rare such gaps are."""
    clinic = world.clinic(world.scale.patients)
    runs = []
    for _ in range(REPEATS):
        clinic.forget(STATION)
        with desktop("stall", clinic, clinic.home(STATION)) as run:
            runs.append(json.loads(run.told(starts="{")[1]))
    clinic.forget(STATION)
    name = f"UI thread while {clinic.patients:,} rows arrive"
    longest = median([run["longest"] for run in runs]) * MILLISECONDS
    yield Figure(f"{name}: longest stall", longest, "ms", None, at_most(MOST_MS))
    yield Figure(f"{name}: p99 stall", median([run["p99"] for run in runs]) * MILLISECONDS, "ms")
