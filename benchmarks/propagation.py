"""Propagation: from a commit at one station to the changed row in another's view model.

The clock starts just before the COMMIT is sent, so the server's own work counts too, and stops when the row with
the new value stands in the view model. The floor is `bare_follower`: blocking psycopg that listens, selects and
stores the same rows with the same statements, as often, and keeps them in a dictionary.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

from benchmarks.bare_follower import bare_follower
from benchmarks.followers import Followed, desktop_follower, station_follower
from benchmarks.report import Figure, at_most, at_most_times
from benchmarks.timing import MILLISECONDS, median, percentile
from benchmarks.world import DOCTOR, RECEPTIONIST, Clinic, World

ONE_RATE, ONE_P50_MS, ONE_P99_MS = 20, 10.0, 50.0
MANY_RATE, MANY_TIMES = 100, 1.3
WRITERS = 8
START_SECONDS = 300.0
ARRIVE_SECONDS = 60.0
_NUMBERS = count(time.time_ns() // 1000 % 10**9)

type Follower = Callable[[Followed, Connection], None]
type Seen = Mapping[str, float]


def measure(world: World) -> Iterator[Figure]:
    """One station that follows a steady trickle, then many that follow a stream."""
    yield from _one(world)
    yield from _many(world)


def _one(world: World) -> Iterator[Figure]:
    clinic = world.clinic(world.scale.patients)
    clinic.filled(RECEPTIONIST, "Reception 1")
    followed = [clinic.followed(RECEPTIONIST, "Reception 1")]
    patients = clinic.first_by_name(150)  # those that the list shows
    seconds = world.scale.seconds
    waits = _latencies(clinic, desktop_follower, followed, patients, ONE_RATE, seconds)
    bare = _latencies(clinic, bare_follower, followed, patients, ONE_RATE, seconds)
    name = f"propagation, one station, {ONE_RATE} commits a second, {clinic.patients:,} patients"
    p50, p99 = (percentile(waits, share) * MILLISECONDS for share in (0.5, 0.99))
    floor50, floor99 = (percentile(bare, share) * MILLISECONDS for share in (0.5, 0.99))
    yield Figure(f"{name}: p50", p50, "ms", floor50, at_most(ONE_P50_MS))
    yield Figure(f"{name}: p99", p99, "ms", floor99, at_most(ONE_P99_MS))


def _many(world: World) -> Iterator[Figure]:
    clinic = world.clinic(world.scale.few)
    names = [f"PC {number:02}" for number in range(1, world.scale.stations + 1)]
    for name in names:
        clinic.filled(RECEPTIONIST, name)
    followed = [clinic.followed(RECEPTIONIST, name) for name in names]
    patients = clinic.some_patients(world.scale.few)
    seconds = world.scale.seconds
    waits = _latencies(clinic, station_follower, followed, patients, MANY_RATE, seconds)
    bare = _latencies(clinic, bare_follower, followed, patients, MANY_RATE, seconds)
    name = f"propagation, {len(names)} stations, {MANY_RATE} commits a second"
    yield Figure(
        f"{name}: p50",
        median(waits) * MILLISECONDS,
        "ms",
        median(bare) * MILLISECONDS,
        at_most_times(MANY_TIMES),
    )
    p99, floor99 = percentile(waits, 0.99) * MILLISECONDS, percentile(bare, 0.99) * MILLISECONDS
    yield Figure(f"{name}: p99", p99, "ms", floor99)


def _latencies(
    clinic: Clinic,
    follower: Follower,
    followed: Sequence[Followed],
    patients: Sequence[UUID],
    rate: int,
    seconds: int,
) -> list[float]:
    """Seconds from commit to sight, of each commit at each follower.

    Raises:
        TimeoutError: a follower did not start, or a commit never arrived somewhere.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.followers", "benchmarks.bare_follower"])
    with ExitStack() as opened:
        ends: list[Connection] = []
        for one in followed:
            here, there = context.Pipe()
            process = context.Process(target=follower, args=(one, there), daemon=True)
            process.start()
            there.close()
            opened.callback(process.join, 30)
            opened.callback(here.close)
            ends.append(here)
        for end in ends:
            _heard(end, START_SECONDS)
        _commit(clinic, patients, rate, 1)  # warms up
        committed = _commit(clinic, patients, rate, seconds)
        for end in ends:
            end.send(list(committed))
        every: list[Seen] = [_heard(end, ARRIVE_SECONDS * 2) for end in ends]
    missing = sum(len(committed.keys() - seen.keys()) for seen in every)
    if missing:
        raise TimeoutError(f"{missing} of {len(committed) * len(every)} changes never arrived")
    return [seen[marker] - began for seen in every for marker, began in committed.items()]


def _heard(end: Connection, seconds: float) -> Any:
    if not end.poll(seconds):
        raise TimeoutError("a follower did not answer")
    return end.recv()


def _commit(clinic: Clinic, patients: Sequence[UUID], rate: int, seconds: int) -> dict[str, float]:
    """Change one patient after the other at a steady rate. Returns when each commit began, by its new number."""
    committed: dict[str, float] = {}
    turns = count()
    start = time.monotonic() + 0.1

    def write() -> None:
        with clinic.writer(DOCTOR) as connection:
            while (turn := next(turns)) < rate * seconds:
                time.sleep(max(0.0, start + turn / rate - time.monotonic()))
                marker = f"+34 6{next(_NUMBERS):09}"
                patient = patients[turn % len(patients)]
                connection.execute("begin")
                connection.execute("update patient set phone = %s where id = %s", (marker, patient))
                began = time.monotonic()
                connection.execute("commit")
                committed[marker] = began

    writers = [threading.Thread(target=write) for _ in range(min(WRITERS, rate))]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return committed
