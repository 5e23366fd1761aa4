"""Somebody tries passwords as fast as the server takes them, over more connections than it has."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from medidesk.errors import MediDeskError
from medidesk.repositories import patients
from medidesk.server import failed_sign_ins
from medidesk.server.settings import ServerSettings
from medidesk.station import Refused, Station
from tests.support.cluster import running_cluster
from tests.support.database import Clinic, make_template, new_clinic
from tests.support.stations import assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

CONNECTIONS, ATTACKERS = 40, 120
SECONDS = 12.0


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Clinic]:
    """A clinic on a server that takes few connections, and makes a wrong password wait as it does at a clinic."""
    settings = {"fsync": "off", "max_connections": str(CONNECTIONS)}
    delay = ServerSettings().refusal_delay_ms
    with (
        running_cluster(extra_settings=settings, refusal_delay_ms=delay) as cluster,
        new_clinic(make_template(cluster)) as clinic,
    ):
        yield clinic


@contextmanager
def flood(clinic: Clinic, login: str) -> Iterator[Counter[str]]:
    """Attackers who try one password after the other, and what they were told, while the block runs."""
    over, told, counting = threading.Event(), Counter[str](), threading.Lock()

    def attack(number: int) -> None:
        while not over.is_set():
            try:
                psycopg.connect(clinic.url(login, f"guess {number}"), connect_timeout=10).close()
                answer = "let in"
            except psycopg.OperationalError as error:
                wrong = "password authentication failed" in str(error)
                answer = "wrong" if wrong else "no connection left"
            with counting:
                told[answer] += 1

    attackers = [threading.Thread(target=attack, args=(number,)) for number in range(ATTACKERS)]
    for one in attackers:
        one.start()
    try:
        yield told
    finally:
        over.set()
        for one in attackers:
            one.join()


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_flood_of_wrong_passwords_loses_nothing_and_ends_with_that_account(
    small: Clinic, tmp_path: Path
) -> None:
    def arrive(login: str) -> Station:
        return Station.open(small.server, login, small.password(login), home=tmp_path / login, name=login)

    with arrive("sofia") as reception:
        quiet(reception)
        with arrive("anjali") as room:  # has been at her PC before
            quiet(room)
        with flood(small, "rui") as told:
            until = time.monotonic() + SECONDS
            entered = 0
            while time.monotonic() < until:
                outcome = reception.run(patients.register, {"family_name": f"Patient {entered}"}, patience=1)
                assert not isinstance(outcome, Refused)
                entered += 1
            # Who comes meanwhile works with what is at her PC, whether there is a connection left or not.
            with arrive("anjali") as room:
                assert room.read(patients.count) >= 0
                room.run(patients.register, {"family_name": "During the flood"}, patience=0.1)
        assert told["wrong"] > failed_sign_ins.MOST
        assert not told["let in"]
        quiet(reception)
        wait_until(lambda: not reception.sync.waiting, 60)
        assert reception.attention() == []
        assert_replica_equals_server(reception, small)
        with arrive("anjali") as room:
            quiet(room)
        assert server_rows(small, "select count(*) from patient") == [(entered + 1,)]
        print(f"{dict(told)} in {SECONDS:g} s, {entered} registrations meanwhile")
    stopped = failed_sign_ins.suspend(small.admin(), small.cluster.data, datetime.now(UTC))
    assert [(one.login, one.problem) for one in stopped] == [("rui", "")]
    with pytest.raises(MediDeskError, match="suspended"):
        arrive("rui")
