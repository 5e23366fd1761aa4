"""A replica that takes nothing for a while, at the moment when work is taken back."""

from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from medidesk.repositories import patients
from medidesk.station import Saved
from tests.support.database import Clinic
from tests.support.operations import changed, operation, send
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, assert_replica_equals_server, go_offline, go_online, quiet
from tests.support.waiting import wait_until


def test_shows_work_that_was_refused_no_longer_than_the_disk_is_full(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    saved = station.run(patients.register, {"family_name": "Sow"})
    assert isinstance(saved, Saved)
    quiet(station)
    go_offline(station, proxy)
    station.run(patients.edit, saved.row.id, {"phone": "555 0100"})
    theirs = changed("patient", saved.row.id, 1, base={"phone": ""}, phone="555 0200")
    send(clinic.connect("anjali"), operation("anjali", theirs))

    def full(*_: Any) -> None:
        raise sqlcipher.OperationalError("database or disk is full")

    with monkeypatch.context() as filled:
        filled.setattr(station._engine.replica.overlay, "remove", full)
        go_online(station, proxy)
        wait_until(lambda: station.sync.attention == 1)
    wait_until(lambda: not station.pending("patient"))
    quiet(station)
    assert_replica_equals_server(station, clinic)
