"""Two hundred stations on one server, while more and more is written, until it breaks.

Followers and writers are light stations (see `light_stations`: what is left out stands there). Each step writes
for some seconds at a rate: every station sends operations of its own, and each write must be seen by all the
others. A step holds while all but a hundredth of the sightings come within a second. The server has fallen
behind when that hundredth takes half as long as the step, when writes are sent three seconds after they were due,
when something never arrives, or when anything is refused; then no further step is tried.

Server and load share this machine's cores: what each of them takes is told beside the times. With the stations
on PCs of their own, the load's share is not the server's to bear.

The floor is the same with two stations, at the lowest rate.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from benchmarks.light_stations import ARRIVE_SECONDS, Load, Place, Seen, Version, light_stations
from benchmarks.report import Figure, at_most
from benchmarks.timing import MILLISECONDS, percentile
from benchmarks.usage import Usage, notify_queue, waits
from benchmarks.world import DOCTOR, RECEPTIONIST, Clinic, World

NURSE = "joseph"
RATES = (1, 5, 10, 25, 50, 100, 200)
GOAL_RATE = 10
MOST_SECONDS = 1.0
BEHIND_SECONDS = 3.0
GROWING_SECONDS = 5.0  # half a step: what has come so late by then comes later with each second
STEP_SECONDS = 10.0
SAMPLE_SECONDS = 0.25
OPEN_SECONDS = 180.0


@dataclass(frozen=True)
class Step:
    """What one rate came to.

    Attributes:
        rate: writes a second that were asked for.
        sightings: seconds from sending a write to each other station's having its row.
        saves: seconds from sending a write to its answer.
        pulls: of all stations, a second.
        missing: sightings that never came.
        late: seconds after it was due that the latest write was sent.
        errors: what was refused or broke off.
        server, load, others: percent of all cores.
        waits: how many backends waited for what, on average.
        queue: how full the queue of notifications became, in percent.
    """

    rate: float
    sightings: Sequence[float]
    saves: Sequence[float]
    pulls: float
    missing: int
    late: float
    errors: Sequence[str]
    server: float
    load: float
    others: float
    waits: dict[str, float]
    queue: float

    @property
    def behind(self) -> str:
        """How it fell behind; empty where it did not."""
        if self.errors:
            return f"{len(self.errors)} errors, the first: {self.errors[0]}"
        if self.missing:
            return f"{self.missing} sightings did not come within {ARRIVE_SECONDS:g} s"
        if self.late > BEHIND_SECONDS:
            return f"writes were sent {self.late:.1f} s late"
        slowest = percentile(self.sightings, 0.99)
        return (
            f"sightings come {slowest:.0f} s late, and later all the time"
            if slowest > GROWING_SECONDS
            else ""
        )

    @property
    def holds(self) -> bool:
        """Whether everybody sees everything within a second, but for a hundredth."""
        return not self.behind and percentile(self.sightings, 0.99) <= MOST_SECONDS


class Crowd:
    """Light stations in processes of their own, connected until the block ends.

    Raises:
        RuntimeError: they could not connect.
    """

    def __init__(self, clinic: Clinic, stations: int) -> None:
        self.clinic, self.stations = clinic, stations
        self._stack = ExitStack()
        self._ends: list[Connection] = []
        self.pids: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        logins = [self.clinic.login(user) for user in (RECEPTIONIST, DOCTOR, NURSE)]
        patients = self.clinic.some_patients(self.stations)
        places = [Place(logins[turn % len(logins)], patient) for turn, patient in enumerate(patients)]
        if len(places) < self.stations:
            raise ValueError("each station needs a patient of its own")
        # Not the forkserver: its children are not ours, and /proc would not tell what they use.
        context = multiprocessing.get_context("spawn")
        share = -(-len(places) // min(len(places), os.cpu_count() or 1))
        processes = []
        for first in range(0, len(places), share):
            here, there = context.Pipe()
            process = context.Process(
                target=light_stations, args=(places[first : first + share], first, there), daemon=True
            )
            process.start()
            there.close()
            self._stack.callback(_ended, process)
            self._stack.callback(here.close)
            self._ends.append(here)
            processes.append(process)
        try:
            said = {_heard(end, OPEN_SECONDS) for end in self._ends}
        except BaseException:
            self._stack.close()
            raise
        if said != {"ready"}:
            self._stack.close()
            raise RuntimeError(f"the stations could not connect: {said}")
        self.pids = tuple(process.pid or 0 for process in processes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def step(self, rate: float, seconds: float = STEP_SECONDS) -> Step:
        """Write at a rate, and wait until every station has seen everything."""
        load = Load(rate, seconds, time.monotonic() + 0.2, self.stations)
        usage = Usage(self.clinic.server.cluster, self.pids)
        with _Watch(self.clinic) as watch:
            usage.begin()
            began = time.monotonic()
            for end in self._ends:
                end.send(load)
            sent: dict[Version, float] = {}
            for end in self._ends:
                sent |= _heard(end, seconds * 10)
            # What is told of the machine is of the time in which there was something to write.
            server, loading, others = usage.end()
        latest: dict[UUID, int] = {}
        for patient, version in sent:
            latest[patient] = max(version, latest.get(patient, 0))
        for end in self._ends:
            end.send(latest)
        parts: list[Seen] = [_heard(end, ARRIVE_SECONDS * 4) for end in self._ends]
        took = time.monotonic() - began
        sightings = [
            at - sent[one]
            for part in parts
            for one, times in part.arrived.items()
            if one in sent
            for at in times
        ]
        return Step(
            rate,
            sightings,
            [one for part in parts for one in part.saves],
            sum(part.pulls for part in parts) / took,
            len(sent) * self.stations - len(sightings),
            max((one for part in parts for one in part.late), default=0.0),
            [one for part in parts for one in part.errors],
            *(server, loading, others),
            watch.waits(),
            watch.queue,
        )


class _Watch:
    """Looks at the server a few times a second, from a connection of its own."""

    def __init__(self, clinic: Clinic) -> None:
        self._connection = clinic.server.connect()
        self._over = Event()
        self._thread = Thread(target=self._look)
        self._waits: dict[str, int] = {}
        self._samples = 0
        self.queue = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._connection.close()

    def waits(self) -> dict[str, float]:
        return {name: count / max(1, self._samples) for name, count in self._waits.items()}

    def _look(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self._samples += 1
            for name, count in waits(self._connection).items():
                self._waits[name] = self._waits.get(name, 0) + count
            self.queue = max(self.queue, notify_queue(self._connection))


def _ended(process: BaseProcess) -> None:
    process.join(30)
    if process.is_alive():
        process.terminate()
        process.join()


def _heard(end: Connection, seconds: float) -> Any:
    if not end.poll(seconds):
        raise TimeoutError("the light stations did not answer")
    return end.recv()


def measure(world: World) -> Iterator[Figure]:
    """Times, and shares of the machine, for each rate up to the one that breaks."""
    clinic = world.clinic(world.scale.few)
    with Crowd(clinic, 2) as two:
        two.step(RATES[0], 2.0)  # warms up
        floor = two.step(10, 5.0)
    stations, held = world.scale.crowd, 0.0
    with Crowd(clinic, stations) as crowd:
        crowd.step(RATES[0], 3.0)  # warms up
        for rate in RATES:
            step = crowd.step(rate)
            yield from _figures(f"crowd, {stations} stations, {rate} writes a second", step, floor)
            _tell(world, step)
            held = rate if step.holds else held
            if step.behind:
                break
    yield Figure(f"crowd, {stations} stations: writes a second that hold", held, "/s")


def _figures(name: str, step: Step, floor: Step) -> Iterator[Figure]:
    for what, samples, bare in (
        ("propagation", step.sightings, floor.sightings),
        ("save", step.saves, floor.saves),
    ):
        for share in (0.5, 0.99):
            goal = at_most(MOST_SECONDS * MILLISECONDS)
            held_to = goal if (what, share, step.rate) == ("propagation", 0.99, GOAL_RATE) else None
            yield Figure(
                f"{name}: {what} p{share * 100:g}",
                percentile(samples, share) * MILLISECONDS,
                "ms",
                percentile(bare, share) * MILLISECONDS,
                held_to,
            )
    yield Figure(f"{name}: pulls", step.pulls, "/s")
    for who, percent in (("the server", step.server), ("the stations", step.load), ("others", step.others)):
        yield Figure(f"{name}: CPU of {who}", percent, "% of all cores")


def _tell(world: World, step: Step) -> None:
    busiest = sorted(step.waits.items(), key=lambda one: -one[1])[:4]
    told = ", ".join(f"{name} {count:.1f}" for name, count in busiest)
    world.console.print(
        f"[dim]backends on average: {told or 'none at work'}; notification queue {step.queue:.2g} %; "
        f"latest write {step.late:.2f} s late; fell behind: {step.behind or 'no'}"
    )
