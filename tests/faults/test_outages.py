"""The server away, back, or there and silent: work goes on, people are told within moments, nothing is missed."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from medidesk.repositories import patients
from medidesk.station import Queued, Saved
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, applied, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until


@pytest.fixture
def running(clinic: Clinic) -> Iterator[Clinic]:
    """A clinic whose server may be stopped; it runs again afterwards."""
    yield clinic
    clinic.cluster.start()


def test_a_silent_network_is_noticed_and_work_is_saved_meanwhile(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    proxy.black_hole()
    began = time.monotonic()
    outcome = station.run(patients.register, {"family_name": "First"}, patience=1)
    assert isinstance(outcome, Queued)
    assert time.monotonic() - began < 3
    wait_until(lambda: station.sync.state in {"reconnecting", "offline"}, 6)
    began = time.monotonic()
    assert isinstance(station.run(patients.register, {"family_name": "Second"}), Queued)
    assert time.monotonic() - began < 1
    assert len(station.read(patients.search, "first")) == 1
    proxy.mend()
    station.retry_now()
    quiet(station)
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]
    assert_replica_equals_server(station, clinic)


def test_a_station_closes_at_once_on_a_silent_network(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    proxy.black_hole()
    told: list[Any] = []
    station.submit(patients.register, {"family_name": "Kept"}, done=told.append)
    wait_until(lambda: station.sync.state == "reconnecting", 6)
    began = time.monotonic()
    station.close()
    assert time.monotonic() - began < 2
    assert isinstance(told[0], Queued)
    proxy.mend()
    again = open_station("sofia", server=proxy.through(clinic.server))
    quiet(again)
    assert server_rows(clinic, "select count(*) from patient") == [(1,)]


def test_a_verb_that_meets_a_closing_station_is_answered(clinic: Clinic, open_station: OpenStation) -> None:
    station = open_station("sofia")
    quiet(station)
    told: list[Any] = []
    for number in range(20):
        station.submit(patients.register, {"family_name": f"Patient {number}"}, done=told.append)
    station.close()
    station.submit(patients.register, {"family_name": "Too late"}, done=told.append)
    wait_until(lambda: len(told) == 21)
    again = open_station("sofia")
    quiet(again)
    kept = [outcome for outcome in told if isinstance(outcome, (Saved, Queued))]
    assert server_rows(clinic, "select count(*) from patient") == [(len(kept),)]
    assert isinstance(told[-1], RuntimeError)


def test_an_outage_is_told_and_its_end_too(clinic: Clinic, open_station: OpenStation, proxy: Proxy) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    states: list[str] = []
    station.on_sync(lambda state: states.append(state.state))
    proxy.cut()
    wait_until(lambda: station.sync.state == "offline")
    assert station.sync.last_contact is not None
    wait_until(lambda: station.sync.next_try is not None)
    proxy.mend()
    station.retry_now()
    wait_until(lambda: station.sync.state == "live")
    told = [state for number, state in enumerate(states) if number == 0 or states[number - 1] != state]
    assert told[-2:] == ["offline", "live"]


def test_a_server_stopped_at_once_while_two_stations_work_loses_and_doubles_nothing(
    running: Clinic, open_station: OpenStation
) -> None:
    stations = [open_station("sofia"), open_station("anjali")]
    quiet(*stations)
    told: list[Any] = []

    def register(round_: int) -> None:
        for number in range(15):
            for station in stations:
                name = f"{station.user.login} {round_} {number}"
                station.submit(patients.register, {"family_name": name}, done=told.append)

    for round_ in range(2):
        register(round_)
        wait_until(lambda: len(told) > 30 * round_ + 5)  # noqa: B023 (called before the next round)
        running.cluster.stop("immediate")
        register(round_ + 10)
        running.cluster.start()
        for station in stations:
            station.retry_now()
        wait_until(lambda: len(told) == 60 * (round_ + 1))  # noqa: B023
    quiet(*stations, timeout=30)
    assert all(isinstance(outcome, (Saved, Queued)) for outcome in told)
    assert applied(running) == {outcome.op_id: 1 for outcome in told}
    for station in stations:
        assert station.attention() == []
        assert_replica_equals_server(station, running)


def test_transaction_ids_that_a_crash_gave_back_hide_no_row(
    running: Clinic, open_station: OpenStation
) -> None:
    """Work that is rolled back takes ids that a server stopped at once gives out again."""
    station = open_station("sofia")
    quiet(station)
    saved = station.run(patients.register, {"family_name": "Before"})
    assert isinstance(saved, Saved)
    for round_ in range(3):
        with running.connect("anjali", autocommit=False) as wasted:
            for _ in range(30):
                wasted.execute("select pg_current_xact_id()")
                wasted.rollback()
        station.wait_current()
        running.cluster.stop("immediate")
        running.cluster.start()
        with running.connect("anjali") as doctor:
            doctor.execute("update patient set phone = %s where id = %s", (f"555 010{round_}", saved.row.id))
        station.retry_now()
        quiet(station)
        row = station.read(patients.by_id, saved.row.id)
        assert row is not None
        assert row.phone == f"555 010{round_}"
    assert_replica_equals_server(station, running)
