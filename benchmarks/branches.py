"""A server in each branch: its rows at headquarters by logical replication, and a streaming standby for reports.

Two servers and a standby are made anew in each run. Measured are the copy at the beginning, and how long after
the COMMIT at the branch a changed row can be read elsewhere. Checked, with an error where it is not so: that
both hold the same rows after inserts, updates and deletes; that a manager at headquarters reads the branch's
patients under row-level security; that a report on the standby gives what it gives on the server. Counted is
what headquarters' own audit trail, which is also its feed, has of all this.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg
from psycopg import sql

from benchmarks.branch_servers import (
    BRANCH,
    HEADQUARTERS,
    MANAGER,
    RECEPTIONIST,
    Site,
    as_user,
    made,
    publish,
    published,
    standby,
    subscribe,
)
from benchmarks.made_operations import applied, edit, phone, registration
from benchmarks.report import Figure, at_most
from benchmarks.timing import MILLISECONDS, median, percentile, timed
from benchmarks.world import PASSWORD, World
from medidesk.demo import load
from medidesk.models.types import new_id
from medidesk.repositories import patients
from medidesk.server.run_as import make_passable
from medidesk.station import Station
from medidesk.sync.capture import Author

SEEN_SECONDS = 30.0
LAG_GOAL_MS = 1000.0
REPORT = """
select city, count(*), count(*) filter (where born_on > '2007-01-01')
  from patient where deleted_at is null group by city order by city
"""


def measure(world: World) -> Iterator[Figure]:
    """Copying, lag, and what the reports say."""
    folder = world.folder / "branches"
    make_passable(folder)
    headquarters = made(folder / "headquarters", HEADQUARTERS)
    branch = made(folder / "branch", BRANCH, headquarters.network)
    try:
        with branch.connect() as connection:
            load.bulk_patients(connection, world.scale.few * 10, branch.org)
        yield from _to_headquarters(world, headquarters, branch)
        yield from _to_standby(world, branch)
    finally:
        branch.server.cluster.destroy()
        headquarters.server.cluster.destroy()


def _to_headquarters(world: World, headquarters: Site, branch: Site) -> Iterator[Figure]:
    publish(branch)
    seconds = subscribe(headquarters, branch)
    rows = _same(headquarters, branch)
    yield Figure(f"headquarters: {rows:,} rows of a branch copied", rows / seconds, "rows/s")
    with TemporaryDirectory() as home, headquarters.connect() as there:
        station = Station.open(
            headquarters.server.address, MANAGER, PASSWORD, home=Path(home), name="Headquarters"
        )
        with station:
            station.wait_current(SEEN_SECONDS)
            before = _audited(there)
            reads = _reads(headquarters.connect(MANAGER))
            yield from _lag("headquarters", _changes(branch, reads, world.scale.samples), LAG_GOAL_MS)
            _same(headquarters, branch)
            yield from _stations_there(station, branch, there)
        yield Figure("headquarters: its own audit rows for these changes", _audited(there) - before, "rows")


def _stations_there(station: Station, branch: Site, there: psycopg.Connection) -> Iterator[Figure]:
    """Whether a station at headquarters hears of what arrives, and whether a comparison brings it."""
    with branch.connect() as connection:
        found = connection.execute("select id, phone from patient order by id limit 1").fetchall()
    patient: UUID = found[0][0]
    station.wait_current(SEEN_SECONDS)
    held = station.read(patients.rows, {patient})[patient].phone
    yield Figure("headquarters: changes that its stations hear of", float(held == found[0][1]), "of 1")
    station.check()
    deadline = time.monotonic() + SEEN_SECONDS
    while station.read(patients.rows, {patient})[patient].phone != found[0][1]:
        if time.monotonic() > deadline:
            raise RuntimeError("comparing everything did not bring a replicated row to a station")
        time.sleep(0.05)
    del there


def _to_standby(world: World, branch: Site) -> Iterator[Figure]:
    with standby(branch) as address:
        reads = psycopg.connect(as_user(address, MANAGER), autocommit=True)
        lags = _changes(branch, _reads(reads), world.scale.samples)
        yield from _lag("standby", lags, LAG_GOAL_MS)
        with (
            psycopg.connect(as_user(address, MANAGER), autocommit=True) as there,
            branch.connect(MANAGER) as here,
        ):
            reported = there.execute(REPORT).fetchall()
            if not reported or reported != here.execute(REPORT).fetchall():
                raise RuntimeError("the report on the standby is another than on the server")
            times = [timed(lambda: there.execute(REPORT).fetchall()) for _ in range(15)]
            floor = [timed(lambda: here.execute(REPORT).fetchall()) for _ in range(15)]
            yield Figure(
                "standby: report over all patients, as a manager",
                median(times) * MILLISECONDS,
                "ms",
                median(floor) * MILLISECONDS,
            )


def _lag(where: str, lags: list[float], goal: float) -> Iterator[Figure]:
    for share in (0.5, 0.99):
        lag = percentile(lags, share) * MILLISECONDS
        yield Figure(f"{where}: a branch's commit until readable there, p{share * 100:g}", lag, "ms", None,
                     at_most(goal) if share > 0.5 else None)  # fmt: skip


def _reads(connection: psycopg.Connection) -> Callable[[UUID], str | None]:
    """What telephone number a patient has there; None where there is no such patient."""

    def read(patient: UUID) -> str | None:
        row = connection.execute("select phone from patient where id = %s", (patient,)).fetchone()
        return None if row is None else str(row[0])

    return read


def _changes(branch: Site, reads: Callable[[UUID], str | None], samples: int) -> list[float]:
    """Seconds from each answer of `apply_operation` at the branch until the row can be read elsewhere."""
    author = Author(RECEPTIONIST, new_id(), "Branch reception")
    with branch.connect() as superuser:
        some = superuser.execute(
            "select id, phone, version from patient order by id limit %s", (samples,)
        ).fetchall()
    found = []
    with psycopg.connect(
        as_user(branch.server.address, RECEPTIONIST, options="-c default_transaction_read_only=off"),
        autocommit=True,
    ) as connection:
        for patient, before, version in some:
            marker = phone()
            _apply(connection, edit(author, patient, before, marker, version).payload)
            found.append(_wait(lambda: reads(patient) == marker))  # noqa: B023 (called at once)
        _apply(connection, registration(author, branch.org).payload)
    with branch.connect() as superuser:
        superuser.execute(
            "delete from patient_identifier where id = (select id from patient_identifier limit 1)"
        )
    return found


def _apply(connection: psycopg.Connection, payload: str) -> None:
    row = connection.execute("select apply_operation(%s::jsonb, true)::text", (payload,)).fetchone()
    assert row is not None
    applied(row[0])


def _wait(holds: Callable[[], bool]) -> float:
    began = time.perf_counter()
    while not holds():
        if time.perf_counter() - began > SEEN_SECONDS:
            raise TimeoutError("a change did not arrive")
        time.sleep(0.0005)
    return time.perf_counter() - began


def _same(headquarters: Site, branch: Site) -> int:
    """How many rows of the branch headquarters holds, once they are the branch's own, column for column."""
    with headquarters.connect() as there, branch.connect() as here:
        _wait(lambda: _digest(there, branch.org) == _digest(here, branch.org))
        return sum(rows for rows, _ in _digest(there, branch.org).values())


def _digest(connection: psycopg.Connection, org: UUID) -> dict[str, tuple[int, str]]:
    """Number and md5 of the branch's rows in each table."""
    found = {}
    for table in published():
        query = sql.SQL(
            "select count(*), coalesce(md5(string_agg(t::text, '|' order by id)), '') from {} t where {} = %s"
        ).format(sql.Identifier(table), sql.Identifier("id" if table == "organisation" else "org_id"))
        found[table] = connection.execute(query, (org,)).fetchall()[0]
    return found


def _audited(connection: psycopg.Connection) -> int:
    row = connection.execute("select count(*) from audit_log").fetchone()
    assert row is not None
    return int(row[0])
