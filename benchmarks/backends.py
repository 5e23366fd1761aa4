"""The memory that a server needs for each station: two connections, at rest and at work.

PSS of all the server's processes (their own pages, and their shares of common ones), with more and more stations
connected, and the slope over their number. At rest they have been greeted and poll once a second; at work they
have sent operations and pulled what all of them sent, so that plans and caches of the catalogue are there. The
server's own cache is common to all and fills with use: all of it is read beforehand, so that it does not pass for
the stations'.
"""

import time
from collections.abc import Iterator, Sequence

from benchmarks.crowd import Crowd
from benchmarks.report import Figure
from benchmarks.usage import proportional_mib, server_processes
from benchmarks.world import Clinic, World

SHARES = (0.1, 0.25, 0.5, 1.0)
BUSY_RATE, BUSY_SECONDS = 10.0, 6.0


def measure(world: World) -> Iterator[Figure]:
    """MiB for each station, and of the whole server."""
    clinic = world.clinic(world.scale.few)
    counts = [max(2, int(world.scale.crowd * share)) for share in SHARES]
    _fill_caches(clinic, counts[0])
    alone = proportional_mib(server_processes(clinic.server.cluster))
    idle, busy = [], []
    for count in counts:
        with Crowd(clinic, count) as crowd:
            idle.append(proportional_mib(server_processes(clinic.server.cluster)))
            crowd.step(BUSY_RATE, BUSY_SECONDS)
            busy.append(proportional_mib(server_processes(clinic.server.cluster)))
    yield Figure("server without stations: memory", alone, "MiB")
    for what, found in (("at rest", idle), ("at work", busy)):
        yield Figure(f"server, {counts[-1]} stations {what}: memory", found[-1], "MiB")
        yield Figure(f"server: memory for each station {what}", slope(counts, found), "MiB")


def slope(numbers: Sequence[float], values: Sequence[float]) -> float:
    """How much a value grows with each further one (least squares)."""
    middle, level = sum(numbers) / len(numbers), sum(values) / len(values)
    spread = sum((number - middle) ** 2 for number in numbers)
    return sum((n - middle) * (v - level) for n, v in zip(numbers, values, strict=True)) / spread


def _fill_caches(clinic: Clinic, stations: int) -> None:
    with Crowd(clinic, stations) as crowd:
        crowd.step(BUSY_RATE, BUSY_SECONDS)
    with clinic.server.connect() as connection:
        tables = connection.execute(
            "select c.oid::regclass::text from pg_class c where c.relkind = 'r' "
            "and c.relnamespace = 'medidesk'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"select count(*) from (select t.* from {table} t offset 0) every_row")
        gone = "select not exists (select from pg_stat_activity where application_name like 'medidesk %')"
        while connection.execute(gone).fetchone() != (True,):
            time.sleep(0.1)
