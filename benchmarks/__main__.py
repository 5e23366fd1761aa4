"""`python -m benchmarks [name…] [--patients 100000] [--quick]`"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from benchmarks.report import Figure, machine, show, write_json
from benchmarks.world import Scale, World

# What is quiet before what is loud: the first figures are not taken in the wake of the last.
SUBJECTS = (
    "start", "memory", "calendar", "day", "search", "open_file", "save", "reception", "pull", "check",
    "propagation", "first_sync", "stall", "drain", "backends", "branches", "crowd",
)  # fmt: skip
BUILD = Path(__file__).resolve().parents[1] / "build"

type Measure = Callable[[World], Iterator[Figure]]


def main() -> int:
    """Measure, print the table, write the file. Ends with 0 also when a goal does not hold."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Speed and memory, beside their floors.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which of {', '.join(SUBJECTS)} (all)")
    parser.add_argument("--patients", type=int, default=None, help="in the clinic (100,000)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try a change with")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    scale = Scale.quick(chosen.patients or 5_000) if chosen.quick else Scale.of(chosen.patients or 100_000)
    target = BUILD / ("bench-quick.json" if chosen.quick else "bench.json")
    console = Console()
    conditions = machine()
    figures: list[Figure] = []
    world = World(BUILD / "bench", scale, console)
    try:
        for name in SUBJECTS:
            if chosen.names and name not in chosen.names:
                continue
            measure: Measure = importlib.import_module(f"benchmarks.{name}").measure
            with console.status(f"measuring: {name.replace('_', ' ')}"):
                for figure in measure(world):
                    figures.append(figure)
                    console.print(f"[dim]{figure.name}: {figure.value:.4g} {figure.unit}")
            write_json(figures, target)  # what has been measured is kept, whatever becomes of the rest
    finally:
        world.close()
    show(figures, console, conditions)
    console.print(f"Written to {target.relative_to(BUILD.parent)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
