"""Starting: from the process's start to the sign-in page, and to the first list, painted.

The second signs in at once: what a person needs to type a password is not counted, but Argon2, the server's
greeting and opening the replica are. The floor of both is `bare_window`: a window with nothing in it that imports
the same libraries.
"""

from collections.abc import Iterator

from benchmarks.process import desktop, program
from benchmarks.report import Figure, at_most_times
from benchmarks.timing import MILLISECONDS, Beside, in_turns, median
from benchmarks.world import RECEPTIONIST, World

STATION = "Reception 1"
GOAL = 1.5


def measure(world: World) -> Iterator[Figure]:
    """Both, beside the bare window."""
    clinic = world.clinic(world.scale.patients)
    home = clinic.filled(RECEPTIONIST, STATION)
    turns = list(range(max(5, world.scale.samples // 30)))

    def sign_in(_: int) -> float:
        with program("medidesk.cli", MEDIDESK_HOME=str(home), MEDIDESK_TELL_PAINTED="1") as run:
            return run.told(starts="painted")[0]

    def first_list(_: int) -> float:
        with desktop("list", clinic, home) as run:
            return run.told(starts="list")[0]

    def bare(_: int) -> float:
        with program("benchmarks.bare_window") as run:
            return run.told(starts="painted")[0]

    yield _figure("start: sign-in painted", in_turns(turns, sign_in, bare, warm_up=1))
    lists = in_turns(turns, first_list, bare, warm_up=1)
    yield _figure(f"start: first list painted, {clinic.patients:,} patients", lists)


def _figure(name: str, beside: Beside) -> Figure:
    value, floor = median(beside.values) * MILLISECONDS, median(beside.floors) * MILLISECONDS
    return Figure(name, value, "ms", floor, at_most_times(GOAL))
