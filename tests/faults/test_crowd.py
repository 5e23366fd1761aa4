"""A whole clinic of stations comes back at once, as after a cut of the power in the network's cupboard.

MEDIDESK_FAULT_STATIONS sets how many: each is told of what all the others send, so that the work grows with the
square, and here one process does it all.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest

from medidesk.repositories import patients
from medidesk.station import Queued, Station
from medidesk.sync import keys
from tests.support.cluster import running_cluster
from tests.support.database import CHEAP_KIB, Clinic, make_template, new_clinic
from tests.support.proxy import Proxy
from tests.support.stations import applied, assert_replica_equals_server, server_rows
from tests.support.waiting import wait_until

STATIONS = int(os.environ.get("MEDIDESK_FAULT_STATIONS", "40"))
CONNECTIONS = 3 * STATIONS + 20
LOGINS = ("sofia", "anjali", "joseph")
AT_ONCE = 8


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[Clinic]:
    """A clinic whose server takes two connections of each station, as it is sized for them."""
    with running_cluster(extra_settings={"fsync": "off", "max_connections": str(CONNECTIONS)}) as cluster:
        template = make_template(cluster)
        with new_clinic(template) as clinic:
            yield clinic


@pytest.mark.long
@pytest.mark.timeout(400)
def test_stations_that_reconnect_at_once_do_not_fall_over_each_other(crowded: Clinic, tmp_path: Path) -> None:
    port = crowded.cluster.status().port
    assert port is not None
    with Proxy(port) as proxy, ThreadPoolExecutor(AT_ONCE) as people:
        server = proxy.through(crowded.server)

        def arrive(number: int) -> Station:
            login = LOGINS[number % len(LOGINS)]
            return Station.open(
                server, login, crowded.password(login), home=tmp_path / str(number), name=f"PC {number}"
            )

        with mock.patch.object(keys, "ARGON2_MEMORY_KIB", CHEAP_KIB):
            stations = list(people.map(arrive, range(STATIONS)))
        try:
            _outage(crowded, proxy, stations)
        finally:
            list(people.map(Station.close, stations))


def _outage(clinic: Clinic, proxy: Proxy, stations: list[Station]) -> None:
    wait_until(lambda: all(station.sync.state == "live" for station in stations), 120)
    proxy.cut()
    wait_until(lambda: all(station.sync.state == "offline" for station in stations), 120)
    queued = [
        station.run(patients.register, {"family_name": f"Patient {number}"})
        for number, station in enumerate(stations)
    ]
    before = proxy.passed
    proxy.mend()
    for station in stations:
        station.retry_now()
    wait_until(lambda: all(station.sync.waiting == 0 for station in stations), 120)
    for station in stations:
        station.wait_current(120)
    assert applied(clinic) == {one.op_id: 1 for one in queued if isinstance(one, Queued)}
    assert server_rows(clinic, "select count(*) from patient") == [(STATIONS,)]
    assert [station.attention() for station in stations] == [[]] * STATIONS
    # One to follow and one to send, and few that had to be tried again.
    assert proxy.passed - before <= 3 * STATIONS
    for station in (stations[0], stations[-1]):
        assert_replica_equals_server(station, clinic)
