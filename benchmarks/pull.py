"""One changed row's pull, with few and with many rows on the server: it must not matter how many there are.

Time from asking to the row and the cursor being in the replica; another person's commit lies just before. The
floor is the same with few rows.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import count

from benchmarks.report import Figure, at_most_times
from benchmarks.timing import MILLISECONDS, Beside, median, percentile
from benchmarks.world import DOCTOR, RECEPTIONIST, Clinic, World
from medidesk.sync import feed
from medidesk.sync.connection import ServerConnection, connect, leave
from medidesk.sync.cursor import Snapshot
from medidesk.sync.replica import Replica
from medidesk.sync.scopes import Share

STATION = "Reception 1"
SAME = 1.2  # what two medians of the same thing differ by on a machine that also does other things
_NUMBERS = count(time.time_ns() // 1000 % 10**9)


def measure(world: World) -> Iterator[Figure]:
    """The pull's median and p99."""
    few, many = world.clinic(world.scale.few), world.clinic(world.scale.many)
    ends = [_End(many, world.scale.samples), _End(few, world.scale.samples)]
    beside = asyncio.run(_measure(ends, world.scale.samples))
    name = f"pull of one changed row, {many.patients:,} rows (floor: {few.patients:,})"
    floor = median(beside.floors) * MILLISECONDS
    yield Figure(f"{name}: p50", median(beside.values) * MILLISECONDS, "ms", floor, at_most_times(SAME))
    floor99 = percentile(beside.floors, 0.99) * MILLISECONDS
    yield Figure(f"{name}: p99", percentile(beside.values, 0.99) * MILLISECONDS, "ms", floor99)


async def _measure(ends: Sequence["_End"], samples: int) -> Beside:
    """In turns, as `timing.in_turns`, but on a loop; the first end is what is measured, the second its floor."""
    try:
        for end in ends:
            await end.begin()
        found = Beside([], [])
        for number in range(samples + 10):
            values = [await end.once(number) for end in ends]
            if number >= 10:  # the others warm up
                found.values.append(values[0])
                found.floors.append(values[1])
        return found
    finally:
        for end in ends:
            await end.leave()


class _End:
    """A replica, its connection, and somebody who changes rows."""

    def __init__(self, clinic: Clinic, samples: int) -> None:
        self.clinic = clinic
        self.replica: Replica = clinic.replica(RECEPTIONIST, STATION)
        self.other = clinic.writer(DOCTOR)
        self.connection: ServerConnection | None = None
        self.cursor = Snapshot.parse(self.replica.state("cursor") or "1:1:")
        self.patients = clinic.some_patients(samples)

    async def begin(self) -> None:
        self.connection = await connect(self.clinic.login(RECEPTIONIST))
        await self._pull(self.connection)

    async def once(self, number: int) -> float:
        self.other.execute(
            "update patient set phone = %s where id = %s",
            (f"+34 677 {next(_NUMBERS):09}", self.patients[number % len(self.patients)]),
        )
        assert self.connection is not None
        loop = asyncio.get_running_loop()
        began = loop.time()
        rows = await self._pull(self.connection)
        took = loop.time() - began
        assert rows == 1, f"{rows} rows came instead of one"
        return took

    async def _pull(self, connection: ServerConnection) -> int:
        pulled = await feed.pull(connection, self.cursor, Share())
        if pulled.cursor is not None:
            self.cursor = pulled.cursor
            self.replica.apply(pulled.rows, pulled.gone, self._keep_cursor)
        return sum(len(rows) for rows in pulled.rows.values())

    def _keep_cursor(self) -> None:
        self.replica.set_state("cursor", str(self.cursor))

    async def leave(self) -> None:
        await leave(self.connection)
        self.other.close()
        self.replica.close()
