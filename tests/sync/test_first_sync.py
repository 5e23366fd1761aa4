"""Filling a replica: from one snapshot, in parts, resumed where it was cut, while people work and others change."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from medidesk.models.patients import Patient
from medidesk.repositories import patients
from medidesk.station import Queued, Saved, Station, SyncState
from medidesk.sync import search_index
from medidesk.sync.codec import TableCodec
from medidesk.sync.first_sync import FirstSync
from medidesk.sync.profiles import StationProfile
from medidesk.sync.replica import Replica, replicated
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.replica_clinic import ReplicaClinic
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    quiet,
    read_by,
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


def test_what_people_need_first_comes_first_and_can_be_used_while_the_rest_comes(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(clinic)
    with clinic.admin() as admin:
        admin.execute(
            "insert into allergy (id, org_id, patient_id, substance) "
            "select gen_random_uuid(), org_id, id, 'Latex' from patient where family_name like '%%77'"
        )
    copy, go_on = FirstSync._copy, asyncio.Event()
    came: list[str] = []

    async def hold_back_what_is_clinical(
        self: FirstSync, connection: Any, codec: TableCodec, *more: Any
    ) -> None:
        came.append(codec.name)
        if codec.name == "allergy":
            await go_on.wait()
        await copy(self, connection, codec, *more)

    monkeypatch.setattr(FirstSync, "_copy", hold_back_what_is_clinical)
    doctor = open_station("anjali")
    try:
        wait_until(lambda: "allergy" in came)
        assert came == [codec.name for codec in read_by("doctor")][: len(came)]
        assert came.index("organisation") < came.index("staff") < came.index("patient")
        assert doctor.sync.state == "first_sync"
        assert doctor.read(patients.count) == MANY
        assert [row.family_name for row in doctor.read(patients.search, "family 4321")] == ["Family 4321"]
        assert len(doctor.read(patients.page, 100, 20)) == 20
        assert "patient_by_name" in _plan(doctor)
        saved = doctor.run(patients.register, {"family_name": "Entered meanwhile"})
        assert isinstance(saved, Saved)
        assert len(doctor.read(patients.search, "entered meanwhile")) == 1
    finally:
        doctor._engine.call(go_on.set).result(5)
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)


def _plan(station: Station) -> str:
    """How the list finds its page."""

    def explained(session: Any) -> str:
        rows = session.connection().exec_driver_sql(
            "explain query plan select id from patient where merged_into_id is null and deleted_at is null "
            "order by fold(family_name), fold(given_name), id limit 20"
        )
        return " ".join(row[-1] for row in rows)

    return station.read(explained)


def test_a_first_sync_that_is_cut_fetches_no_table_twice(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(clinic)
    load, came, cuts = Replica.load, list[str](), list[str]()

    def cut_once(self: Replica, codec: TableCodec, rows: Any) -> None:
        load(self, codec, rows)
        came.append(codec.name)
        # Once: a table that was not whole comes again from its beginning.
        if codec.name == "patient" and came.count("patient") == 3 and not cuts:
            cuts.append(codec.name)
            proxy.cut()

    monkeypatch.setattr(Replica, "load", cut_once)
    station = open_station("anjali", server=proxy.through(clinic.server))
    wait_until(lambda: came.count("patient") >= 3 and station.sync.state in {"offline", "reconnecting"})
    whole = station._engine.call(station._engine.replica.synced_tables).result(5)
    station.close()
    del came[:]
    proxy.mend()
    station = open_station("anjali", server=proxy.through(clinic.server))
    quiet(station)
    assert "staff" in whole
    assert "condition" not in whole
    assert whole | set(came) == {codec.name for codec in replicated()}
    assert not whole & set(came)
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
