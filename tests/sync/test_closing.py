"""Closing a station waits for nothing that was asked of a server which is not heard any more."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from medidesk.repositories import patients
from medidesk.station import Station
from medidesk.sync import asked, channel
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, go_offline, quiet, server_rows
from tests.support.waiting import wait_until

NEVER = 3600.0
WAITS = (
    "select count(*) from pg_stat_activity where usename = 'ingrid' and wait_event_type = 'Lock' "
    "and datname = current_database()"
)


@pytest.fixture
def closed_unheard(clinic: Clinic, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Asks something that the server cannot answer yet, cuts the network off without a word, and closes."""
    monkeypatch.setattr(asked, "ASK_SECONDS", NEVER)
    monkeypatch.setattr(channel, "SEND_SECONDS", NEVER)

    def close(station: Station, ask: Callable[[], Future[Any]], table: str) -> None:
        with clinic.admin(autocommit=False) as admin:
            admin.execute(f"lock table {table} in access exclusive mode".encode())
            answer = ask()
            wait_until(lambda: server_rows(clinic, WAITS) == [(1,)])
            proxy.black_hole()
            closing = threading.Thread(target=station.close, daemon=True)
            closing.start()
            wait_until(lambda: not closing.is_alive())
            assert answer.exception(0) is not None

    return close


def test_a_question_of_an_administrator(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, closed_unheard: Callable[..., None]
) -> None:
    station = open_station("ingrid", server=proxy.through(clinic.server))
    quiet(station)
    closed_unheard(station, station.administration.held, "held_fact")


def test_a_colleagues_work_on_its_way(
    clinic: Clinic,
    open_station: OpenStation,
    proxy: Proxy,
    tmp_path: Path,
    closed_unheard: Callable[..., None],
) -> None:
    home = tmp_path / "shared"
    with open_station("sofia", server=proxy.through(clinic.server), home=home) as sofia:
        quiet(sofia)
        go_offline(sofia, proxy)
        sofia.run(patients.register, {"family_name": "Waits"})
    with clinic.admin() as admin:
        admin.execute("select suspend_account('sofia')")
    proxy.mend()
    station = open_station("ingrid", server=proxy.through(clinic.server), home=home)
    wait_until(lambda: station.sync.state == "live")
    closed_unheard(station, lambda: station.administration.release("sofia"), "number_series")
