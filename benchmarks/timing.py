"""Taking times: samples, percentiles, and a thing beside its floor."""

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

MILLISECONDS = 1000.0


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that `share` (0 to 1) of all samples do not exceed (nearest rank).

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        raise ValueError("no samples were taken")
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(samples: Sequence[float]) -> float:
    """The middle sample (the lower one of two)."""
    return percentile(samples, 0.5)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep Python's garbage collector from running in the block: for what lasts microseconds."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def imported() -> None:
    """Tell the collector that what is there by now stays, as the program does once it is imported."""
    gc.collect()
    gc.freeze()


@dataclass
class Beside:
    """Samples of a thing and of its floor, taken in turns, in seconds."""

    values: list[float]
    floors: list[float]


def in_turns[T](
    cases: Sequence[T], thing: Callable[[T], float], floor: Callable[[T], float], *, warm_up: int = 3
) -> Beside:
    """Measure a thing and its floor in turns, so that whatever else the machine does befalls both.

    Args:
        cases: what to measure with, one after the other; which of the two goes first alternates.
        thing, floor: run one case and return the seconds it took.
        warm_up: cases that are run beforehand and not counted.
    """
    for case in cases[:warm_up]:
        thing(case)
        floor(case)
    found = Beside([], [])
    for number, case in enumerate(cases):
        if number % 2:
            found.values.append(thing(case))
            found.floors.append(floor(case))
        else:
            found.floors.append(floor(case))
            found.values.append(thing(case))
    return found


def timed(function: Callable[[], object]) -> float:
    """The seconds that one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began
