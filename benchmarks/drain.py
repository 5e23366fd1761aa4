"""Draining: a station that was away comes back with an outbox of 10,000 operations, each a transaction of its own.

The clock runs from the first answer to the last, while the station also does what belongs to an answer: keeps
it on the disk as a receipt, takes the overlay off, and follows the feed that its own work fills. The floor is a
loop over one blocking psycopg connection that calls the same function with as many payloads of the same kind,
half of them before the station and half after, so that whatever else the machine does befalls both.
"""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from benchmarks.made_operations import applied, edit, phone, registration
from benchmarks.report import Figure, at_least_times
from benchmarks.world import PASSWORD, RECEPTIONIST, Clinic, World
from medidesk.station import Station
from medidesk.sync.capture import Author
from medidesk.sync.keys import Keys
from medidesk.sync.operation import Operation
from medidesk.sync.outbox import Outbox
from medidesk.sync.profiles import StationProfile

STATION = "Station that was away"
GOAL = 0.7
WAIT_SECONDS = 1800.0


def measure(world: World) -> Iterator[Figure]:
    """Operations a second, and how long a station takes to open with all of them waiting."""
    clinic, count = world.clinic(world.scale.patients), world.scale.waiting
    clinic.forget(STATION)  # with the journal of an earlier run
    clinic.filled(RECEPTIONIST, STATION)
    profile = StationProfile.load(clinic.home(STATION))
    author = Author(RECEPTIONIST, profile.station_id, STATION)
    ours, bare = _operations(clinic, author, count), _operations(clinic, author, count, after=True)
    _keep(clinic, ours)
    seconds = _bare(clinic, bare[: count // 2])
    opening, rate = _drained(clinic, count)
    seconds += _bare(clinic, bare[count // 2 :])
    name = f"drain of {count:,} waiting operations"
    yield Figure(f"{name}: operations a second", rate, "/s", count / seconds, at_least_times(GOAL))
    yield Figure(f"{name}: until all are sent", count / rate, "s", seconds)
    yield Figure(f"{name}: until the station is open", opening, "s")


def _operations(clinic: Clinic, author: Author, count: int, *, after: bool = False) -> list[Operation]:
    """New patients and edits in turns; each edit is of another patient's file.

    Args:
        clinic, author: where, and whose.
        count: how many.
        after: edits of other files than without it.
    """
    with clinic.server.connect() as connection:
        org: UUID = connection.execute("select org_id from patient limit 1").fetchall()[0][0]
        half = count // 2
        found = connection.execute(
            "select id, phone, version from patient order by id limit %s offset %s", (half, half * after)
        ).fetchall()
    edits = [edit(author, patient, before, phone(), version) for patient, before, version in found]
    return [one for change in edits for one in (registration(author, org), change)]


def _keep(clinic: Clinic, operations: Sequence[Operation]) -> None:
    """Into the outbox of the closed station, as what was entered while the server was away."""
    home = clinic.home(STATION)
    keys = Keys(home, StationProfile.load(home).station_id).open_envelope(RECEPTIONIST, PASSWORD)
    assert keys is not None, "nobody of this name has signed in at this station"
    outbox = Outbox(home / "outbox.db", keys.outbox)
    try:
        for operation in operations:
            outbox.add(operation, told=True)
    finally:
        outbox.close()


def _drained(clinic: Clinic, count: int) -> tuple[float, float]:
    """Seconds until the station is open, and operations a second from there on."""
    began = time.perf_counter()
    address, home = clinic.address, clinic.home(STATION)
    with Station.open(address, RECEPTIONIST, PASSWORD, home=home, name=STATION) as station:
        opening = time.perf_counter() - began
        began, first = time.perf_counter(), station.sync.waiting
        station.wait_current(WAIT_SECONDS)
        rate = first / (time.perf_counter() - began)
        assert not station.attention(), "some of it was refused"
        assert first > count / 2, "most was sent before the clock ran"
    return opening, rate


def _bare(clinic: Clinic, operations: Sequence[Operation]) -> float:
    payloads = [operation.payload for operation in operations]
    with clinic.writer(RECEPTIONIST) as connection:
        began = time.perf_counter()
        for payload in payloads:
            answer = connection.execute("select apply_operation(%s::jsonb, %s)::text", (payload, True))
            row = answer.fetchone()
            assert row is not None
            applied(row[0])
        return time.perf_counter() - began
