"""Light stations: many in one process, each with the two connections that a station has.

What is a station's own: both connections as it opens them, its greeting and LISTEN, when it pulls and how often
at most, the pull itself (`feed.pull`: the same statements, the rows in storage form), and how an operation is
sent. What is light: there is no replica (no SQLCipher, no search text, no overlays), so the cursor and a
patient's telephone numbers are kept in memory; no windows; no outbox, so nothing waits for a disk but the
server's; no witnesses are kept, and a lost connection is not opened again. The server cannot tell them from
whole ones.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg

from benchmarks.made_operations import applied, edit, phone
from benchmarks.timing import imported
from medidesk.sync import feed, waking
from medidesk.sync.capture import Author
from medidesk.sync.codec import codecs
from medidesk.sync.connection import Login, ServerConnection, connect, leave
from medidesk.sync.cursor import Snapshot
from medidesk.sync.follower import CHANNEL, LEAST_BETWEEN_PULLS
from medidesk.sync.scopes import Share

ARRIVE_SECONDS = 15.0
CONNECTING_AT_ONCE = 4

type Version = tuple[UUID, int]
"""A patient's row as one write left it. Whoever sees a later one has seen it too."""


@dataclass(frozen=True)
class Place:
    """Where one light station sits: who works there, and the patient whose number they change."""

    login: Login
    patient: UUID


@dataclass(frozen=True)
class Load:
    """What is written.

    Attributes:
        rate: writes a second, of all stations together.
        seconds: for how long.
        start: when it begins, on `time.monotonic`.
        stations: how many there are in all processes.
    """

    rate: float
    seconds: float
    start: float
    stations: int


@dataclass
class Seen:
    """What the stations of one process have seen of a load.

    Attributes:
        sent: when each write was sent.
        saves: seconds from sending a write to its answer.
        late: seconds that each write was sent after it was due.
        arrived: when each was seen, once for each station.
        pulls: how many there were during the load and until all had arrived.
        errors: what the server refused, or broke off with.
    """

    sent: dict[Version, float] = field(default_factory=dict)
    saves: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    arrived: dict[Version, list[float]] = field(default_factory=dict)
    pulls: int = 0
    errors: list[str] = field(default_factory=list)


def light_stations(places: Sequence[Place], first: int, pipe: Connection) -> None:
    """Run some stations until whoever asks closes the pipe: answers "ready", then each `Load` with what was `Seen`.

    Args:
        places: of the stations in this process.
        first: the number of the first of them among all.
        pipe: to whoever asks.
    """
    imported()
    asyncio.run(_run(places, first, pipe))


async def _run(places: Sequence[Place], first: int, pipe: Connection) -> None:
    stations = [_Station(place, first + number) for number, place in enumerate(places)]
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)
    try:
        await asyncio.gather(*(station.open(gate) for station in stations))
    except psycopg.Error as error:
        pipe.send(f"{type(error).__name__}: {error}")
        return
    following = [asyncio.create_task(station.follow()) for station in stations]
    pipe.send("ready")
    try:
        while (load := await asyncio.to_thread(_asked, pipe)) is not None:
            seen = Seen()
            for station in stations:
                station.seen = seen
            await asyncio.gather(*(station.write(load) for station in stations))
            pipe.send(seen.sent)
            latest: dict[UUID, int] = await asyncio.to_thread(pipe.recv)
            await _arrived(stations, latest)
            pipe.send(seen)
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        for station in stations:
            await station.close()


async def _arrived(stations: "Sequence[_Station]", latest: Mapping[UUID, int]) -> None:
    """Until every station holds these versions, or has had time enough."""
    deadline = time.monotonic() + ARRIVE_SECONDS
    for station in stations:
        while not station.has(latest) and time.monotonic() < deadline:  # noqa: ASYNC110 (an event would cost pulls)
            await asyncio.sleep(0.05)


def _asked(pipe: Connection) -> Load | None:
    try:
        asked: Load | None = pipe.recv()
    except EOFError:
        return None
    return asked


class _Station:
    """One of them."""

    def __init__(self, place: Place, number: int) -> None:
        self.place, self.number = place, number
        self.seen = Seen()
        self._known: dict[UUID, int] = {}
        self.author = Author(place.login.user, uuid4(), f"Light {number}")
        self._follows: ServerConnection | None = None
        self._sends: ServerConnection | None = None
        self._cursor = Snapshot(1, 1)
        self._phone = ""
        self._wake = asyncio.Event()
        self._version_at = codecs()["patient"].version_at

    async def open(self, gate: asyncio.Semaphore) -> None:
        """Connect as a station does, and begin where the server is."""
        async with gate:
            self._follows = await connect(self.place.login, name="medidesk follow")
            await self._follows.execute("select hello()")
            await self._follows.execute(f"listen {CHANNEL}")
            head, _ = await feed.begin(self._follows)
            found = await self._follows.execute(
                "select phone from patient where id = %s", (self.place.patient,)
            )
            self._phone = (await found.fetchall())[0][0]
            found = await self._follows.execute("select id, version from patient")
            self._known = dict(await found.fetchall())
            await self._follows.execute("commit")
            self._cursor = head.cursor
            self._sends = await connect(self.place.login, writing=True, name="medidesk send")
            self._follows.add_notify_handler(lambda _: self._wake.set())

    def has(self, latest: Mapping[UUID, int]) -> bool:
        """Whether this station holds each of these patients in that version."""
        return all(self._known[patient] >= version for patient, version in latest.items())

    async def follow(self) -> None:
        """Pull at the first notification, and then at most as often as a station does."""
        connection = self._follows
        assert connection is not None
        try:
            while True:
                waking.heard(connection)
                self._wake.clear()
                began = time.monotonic()
                await self._pull(connection)
                await waking.wait(connection, self._wake)
                await asyncio.sleep(max(0.0, began + LEAST_BETWEEN_PULLS - time.monotonic()))
        except psycopg.Error as error:
            self.seen.errors.append(f"follow: {type(error).__name__} {error.sqlstate}")

    async def _pull(self, connection: ServerConnection) -> None:
        pulled = await feed.pull(connection, self._cursor, Share())
        self._cursor = pulled.cursor or self._cursor
        now = time.monotonic()
        self.seen.pulls += 1
        for row in pulled.rows.get("patient", ()):
            patient, version = UUID(bytes=cast("bytes", row[0])), cast("int", row[self._version_at])
            for number in range(self._known[patient] + 1, version + 1):
                self.seen.arrived.setdefault((patient, number), []).append(now)
            self._known[patient] = version

    async def write(self, load: Load) -> None:
        """Change this station's patient whenever it is its turn."""
        turn = self.number
        while turn < load.rate * load.seconds:
            due = load.start + turn / load.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._send(due)
            turn += load.stations

    async def _send(self, due: float) -> None:
        connection, after, seen = self._sends, phone(), self.seen
        assert connection is not None
        patient = self.place.patient
        payload = edit(self.author, patient, self._phone, after, self._known[patient]).payload
        began = time.monotonic()
        try:
            answer = await connection.execute("select apply_operation(%s::jsonb, %s)::text", (payload, False))
            row: Any = await answer.fetchone()
        except psycopg.Error as error:
            seen.errors.append(f"send: {type(error).__name__} {error.sqlstate}")
            return
        seen.saves.append(time.monotonic() - began)
        seen.late.append(began - due)
        applied(row[0])
        seen.sent[patient, json.loads(row[0])["rows"][0]["version"]] = began
        self._phone = after

    async def close(self) -> None:
        """Leave."""
        await leave(self._follows)
        await leave(self._sends)
