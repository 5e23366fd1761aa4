"""Whatever is cut, dropped or killed: each operation has its effect once, and its author hears of it."""

import random
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medidesk.repositories import patients
from medidesk.station import Queued, Saved
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.station_process import PLACES, run_station
from tests.support.stations import OpenStation, applied, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

OPERATIONS = 200


def test_hundreds_of_operations_over_dropped_connections_have_one_effect_each(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    proxy.drop_some_answers(random.Random(7))  # noqa: S311 (a seed, to replay it)
    proxy.break_off()
    told: list[Any] = []
    for number in range(OPERATIONS):
        station.submit(patients.register, {"family_name": f"Patient {number}"}, done=told.append)
    wait_until(lambda: len(told) == OPERATIONS, 30)
    wait_until(lambda: station.sync.waiting == 0, 60)
    assert proxy.lost > OPERATIONS / 25
    proxy.mend()
    quiet(station)
    assert all(isinstance(outcome, (Saved, Queued)) for outcome in told), told
    effects = applied(clinic)
    assert effects == {outcome.op_id: 1 for outcome in told}
    names = Counter(row[0] for row in server_rows(clinic, "select family_name from patient"))
    assert names == Counter(f"Patient {number}" for number in range(OPERATIONS))
    assert station.attention() == []
    assert_replica_equals_server(station, clinic)


def test_a_network_that_half_closes_and_dawdles_doubles_nothing(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    proxy.delay(0.01)
    told: list[Any] = []
    for number in range(30):
        station.submit(patients.register, {"family_name": f"Patient {number}"}, done=told.append)
        if number % 10 == 5:
            proxy.half_close()
    wait_until(lambda: len(told) == 30)
    proxy.mend()
    station.retry_now()
    quiet(station)
    assert applied(clinic) == {outcome.op_id: 1 for outcome in told}
    assert_replica_equals_server(station, clinic)


@pytest.mark.parametrize("place", PLACES)
def test_a_station_killed_at_any_place_loses_and_doubles_nothing(
    clinic: Clinic, open_station: OpenStation, tmp_path: Path, place: str
) -> None:
    home = tmp_path / "home"
    names = [f"Patient {number}" for number in range(6)]
    wanted = {
        "server": clinic.server,
        "login": "sofia",
        "password": clinic.password("sofia"),
        "home": home,
        "register": names,
    }
    killed = run_station(
        **wanted, die_at=place, die_after=2 if "first" in place or "made" not in place else 0
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    said = [line.rsplit(" ", 1)[0] for line in killed.stdout.splitlines()]
    station = open_station("sofia", home=home)
    quiet(station)
    there = [row[0] for row in server_rows(clinic, "select family_name from patient order by file_no")]
    assert there[: len(said)] == said, "somebody was told that it is saved"
    assert len(there) <= len(said) + 1
    assert len(set(there)) == len(there)
    assert station.attention() == []
    assert_replica_equals_server(station, clinic)
    assert isinstance(station.run(patients.register, {"family_name": "Afterwards"}), Saved)


def test_work_entered_offline_and_killed_with_its_station_arrives_later(
    clinic: Clinic, open_station: OpenStation, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    before = open_station("sofia", home=home)
    quiet(before)
    before.close()
    away = clinic.server.replace(f":{clinic.cluster.status().port}", ":1")
    killed = run_station(
        server=away,
        login="sofia",
        password=clinic.password("sofia"),
        home=home,
        register=["One", "Two", "Three"],
        offline=True,
        die_at="between outbox and replica",
        die_after=2,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert killed.stdout.split() == ["One", "queued", "Two", "queued"]
    station = open_station("sofia", home=home)
    quiet(station)
    assert server_rows(clinic, "select family_name from patient order by 1") == [
        ("One",),
        ("Three",),
        ("Two",),
    ]
    assert_replica_equals_server(station, clinic)
