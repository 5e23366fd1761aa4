"""Comparing a whole station with the server: what goes over the wire, and what is compared one by one.

Nothing, one row, and a thousand rows differ. The floor is the plain way, in the same run: the id and version of
every row of every table.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.report import Figure, Goal, at_most_times
from benchmarks.timing import MILLISECONDS, median
from benchmarks.world import RECEPTIONIST, Clinic, World
from medidesk.sync.connection import Login, ServerConnection, connect, leave
from medidesk.sync.feed import select_rows
from medidesk.sync.reconcile import reconcile
from medidesk.sync.replica import Replica, replicated
from medidesk.sync.scopes import Share

STATION = "Reception 1"
REPEATS = 5
DIFFERENCES = (0, 1, 1_000)
GOALS = {0: at_most_times(0.05), 1: at_most_times(0.05), 1_000: at_most_times(0.5)}


@dataclass
class _Cost:
    """Of one comparison: rows one by one, bytes from the server, seconds."""

    rows: int
    bytes: int
    seconds: float


def measure(world: World) -> Iterator[Figure]:
    """Rows, bytes and time for each number of differences."""
    clinic = world.clinic(world.scale.patients)
    replica = clinic.replica(RECEPTIONIST, STATION)
    try:
        for differences, (ours, plain) in asyncio.run(_measure(clinic, replica)).items():
            name = f"check, {plain.rows:,} rows, {differences:,} differ"
            yield Figure(f"{name}: rows compared one by one", ours.rows, "rows", plain.rows)
            yield Figure(
                f"{name}: from the server", ours.bytes / 1024, "KiB", plain.bytes / 1024, _goal(differences)
            )
            yield Figure(f"{name}: time", ours.seconds * MILLISECONDS, "ms", plain.seconds * MILLISECONDS)
    finally:
        replica.close()


def _goal(differences: int) -> Goal:
    return GOALS[differences]


async def _measure(clinic: Clinic, replica: Replica) -> dict[int, tuple[_Cost, _Cost]]:
    async with _counted(clinic) as (login, received):
        connection = await connect(login)
        try:

            async def by_digest() -> int:
                pulled, compared = await reconcile(connection, replica, Share())
                found.append(sum(len(rows) for rows in pulled.rows.values()))
                return compared.singly

            found: list[int] = []
            result = {}
            await by_digest()  # what was written since this replica was last open is no part of it
            pulled, _ = await reconcile(connection, replica, Share())
            replica.apply(pulled.rows, pulled.gone, lambda: None, force=True)
            for differences in DIFFERENCES:
                spoiled = replica.writer.execute(
                    "update patient set version = version + 1 where id in "
                    "(select id from patient order by substr(id, 14) limit ?) returning id",
                    (differences,),
                ).fetchall()
                ours, plain = [], []
                for _ in range(REPEATS):
                    plain.append(await _cost(lambda: _every_row(connection, replica), received))
                    ours.append(await _cost(by_digest, received))
                    assert found[-1] == len(spoiled) == differences
                replica.writer.executemany("update patient set version = version - 1 where id = ?", spoiled)
                result[differences] = _middle(ours), _middle(plain)
            return result
        finally:
            await leave(connection)


def _middle(costs: list[_Cost]) -> _Cost:
    return _Cost(costs[-1].rows, costs[-1].bytes, median([cost.seconds for cost in costs]))


async def _cost(run: Callable[[], Awaitable[int]], received: list[int]) -> _Cost:
    loop = asyncio.get_running_loop()
    before, began = sum(received), loop.time()
    rows = await run()
    return _Cost(rows, sum(received) - before, loop.time() - began)


async def _every_row(connection: ServerConnection, replica: Replica) -> int:
    """The plain way, up to what differs: the ids and versions of either side, as dictionaries."""
    compared = 0
    async with connection.transaction():
        for codec in replicated():
            held = dict(
                replica.writer.execute(
                    f"select id, version from {codec.name}__server union all "
                    f"select id, version from {codec.name} where version > 0 "
                    f"and id not in (select id from {codec.name}__server)"
                ).fetchall()
            )
            readable = await connection.execute(
                "select has_table_privilege(%s, 'select')", (f"medidesk.{codec.name}",)
            )
            theirs: dict[bytes, int] = {}
            if await readable.fetchone() == (True,):
                query = f"select uuid_send(id), version from {codec.name}"
                theirs = dict(await (await connection.execute(query, binary=True)).fetchall())
            compared += len(theirs)
            differing = [UUID(bytes=key) for key, version in theirs.items() if held.get(key) != version]
            if differing:
                found = await connection.execute(select_rows(codec), (differing,), binary=True)
                await found.fetchall()
    return compared


@asynccontextmanager
async def _counted(clinic: Clinic) -> AsyncIterator[tuple[Login, list[int]]]:
    """A login whose bytes from the server are counted on their way."""
    server = conninfo_to_dict(clinic.address)
    received: list[int] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, count: bool) -> None:
        while data := await reader.read(65536):
            if count:
                received.append(len(data))
            writer.write(data)
            await writer.drain()
        writer.close()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ahead = await asyncio.open_connection(str(server["host"]), int(str(server["port"])))
        await asyncio.gather(
            pass_on(reader, ahead[1], count=False),
            pass_on(ahead[0], writer, count=True),
            return_exceptions=True,
        )

    async with await asyncio.start_server(join, "127.0.0.1") as listening:
        port = listening.sockets[0].getsockname()[1]
        given = clinic.login(RECEPTIONIST)
        through = make_conninfo(**{**server, "host": "127.0.0.1", "port": port})
        yield Login(through, given.user, given.password), received
