"""Filling a replica: from one snapshot, in parts, resumed where it was cut, while people work and others change."""

from pathlib import Path
from typing import Any

import pytest

from medidesk.models.patients import Patient
from medidesk.repositories import patients
from medidesk.station import Queued, SyncState
from medidesk.sync import search_index
from medidesk.sync.profiles import StationProfile
from medidesk.sync.replica import Replica
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.replica_clinic import ReplicaClinic
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until

MANY = 5_000


def fill(clinic: Clinic, many: int = MANY) -> None:
    with clinic.admin() as admin:
        admin.execute(
            "insert into patient (id, org_id, family_name, given_name) "
            "select gen_random_uuid(), %s, 'Family ' || n, 'Given' from generate_series(1, %s) n",
            (clinic.org_id, many),
        )


def test_a_first_sync_that_is_cut_goes_on_and_misses_nothing_that_changed_meanwhile(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(clinic)
    load = Replica.load
    parts = 0

    def cut_in_the_middle(self: Replica, *args: Any) -> None:
        nonlocal parts
        load(self, *args)
        parts += args[0].name == "patient"
        if parts == 2:
            proxy.cut()

    monkeypatch.setattr(Replica, "load", cut_in_the_middle)
    station = open_station("anjali", server=proxy.through(clinic.server))
    progress: list[tuple[str, int]] = []

    def remember(state: SyncState) -> None:
        if state.progress is not None:
            progress.append((state.progress.table, state.progress.done))

    station.on_sync(remember)
    wait_until(lambda: parts >= 2 and station.sync.state in {"offline", "reconnecting"})
    outcome = station.run(patients.register, {"family_name": "Entered meanwhile"})
    assert isinstance(outcome, Queued)
    with clinic.admin() as admin:
        admin.execute("update patient set phone = '555 0100' where family_name like '%%7'")
        admin.execute(
            "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'New')",
            (clinic.org_id,),
        )
    proxy.mend()
    station.retry_now()
    quiet(station)
    assert station.read(patients.count) == MANY + 2
    assert any(table == "patient" and done >= MANY for table, done in progress)
    assert_replica_equals_server(station, clinic)


def test_work_entered_while_the_search_text_is_built_is_found_once(tmp_path: Path) -> None:
    clinic = ReplicaClinic.at(tmp_path / "replica.db")
    clinic.put(Patient, {"family_name": "First"}, {"family_name": "Second"})
    building = search_index.build(clinic.replica.writer)
    assert next(building) == 2
    clinic.put(Patient, {"family_name": "Meanwhile"})
    for _ in building:
        pass
    words = clinic.replica.writer.execute("select words from patient_search").fetchall()
    assert len(words) == 3
    assert len(clinic.read(patients.search, "meanwhile")) == 1
    clinic.replica.close()


def test_two_pcs_with_one_code_give_different_numbers(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, tmp_path: Path
) -> None:
    """A code has three letters, so that two PCs may come upon the same one."""
    first = open_station("sofia")
    new_here = StationProfile(tmp_path / "second")
    new_here.save()
    with clinic.admin() as admin:
        admin.execute("update station set code = %s", (new_here.code,))
    second = open_station("sofia", home=new_here.home, server=proxy.through(clinic.server))
    quiet(second)
    assert second.profile.station_id == new_here.station_id != first.profile.station_id
    assert second.profile.code != new_here.code
    assert len(server_rows(clinic, "select distinct code from station")) == 2
    go_offline(second, proxy)
    outcome = second.run(patients.register, {"family_name": "Sow"})
    assert isinstance(outcome, Queued)
    assert f"-{second.profile.code}-" in outcome.row.provisional_no
