"""Programs and servers of different versions: nothing is lost, and people are told in a sentence."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest

from medidesk.errors import NotServing, ProgramTooOld, StationFilesProblem
from medidesk.repositories import directory, patients
from medidesk.server import migrate
from medidesk.station import Queued, Saved, Station
from medidesk.sync.versions import SCHEMA_VERSION
from tests.support.database import BEFORE, Clinic, Template, new_clinic
from tests.support.proxy import Proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until


def register(station: Station, family_name: str) -> UUID:
    outcome = station.run(patients.register, {"family_name": family_name})
    assert isinstance(outcome, (Saved, Queued))
    found: UUID = outcome.row.id
    return found


def identity(clinic: Clinic, **values: int) -> None:
    with clinic.admin() as admin:
        for name, value in values.items():
            admin.execute(f"update server_identity set {name} = %s".encode(), (value,))


def test_a_server_that_no_longer_serves_this_program_makes_it_read_only_and_keeps_what_waits(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server), name="Old")
    one = register(station, "Here")
    quiet(station)
    go_offline(station, proxy)
    register(station, "Waits")
    identity(clinic, oldest_client=SCHEMA_VERSION + 1)
    proxy.mend()
    station.retry_now()
    wait_until(lambda: station.sync.read_only)
    assert "too old to enter anything" in station.sync.notice
    row = station.read(patients.by_id, one)
    assert row is not None
    with pytest.raises(ProgramTooOld, match="too old"):
        station.run(patients.register, {"family_name": "Refused"})
    assert station.sync.waiting == 1
    assert server_rows(clinic, "select family_name from patient") == [("Here",)]
    station.close()
    # Also after a restart, whether the server is there or not.
    proxy.cut()
    again = open_station("sofia", server=proxy.through(clinic.server), name="Old")
    assert again.sync.read_only
    assert [waiting.title for waiting in again.waiting()]
    with pytest.raises(ProgramTooOld):
        again.run(patients.edit, one, {"phone": "555 0100"})
    # As when the program has been updated: it is served again, and what waited is sent.
    identity(clinic, oldest_client=1)
    proxy.mend()
    again.retry_now()
    quiet(again)
    assert not again.sync.read_only
    assert again.sync.notice == ""
    assert_replica_equals_server(again, clinic)
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]


def test_a_server_that_is_updated_under_a_connected_station_stops_it_too(
    clinic: Clinic, open_station: OpenStation
) -> None:
    station = open_station("sofia")
    quiet(station)
    identity(clinic, oldest_client=SCHEMA_VERSION + 1)
    wait_until(lambda: station.sync.read_only)
    with pytest.raises(ProgramTooOld):
        station.run(patients.register, {"family_name": "Refused"})
    assert server_rows(clinic, "select count(*) from patient") == [(0,)]


def test_somebody_who_never_signed_in_at_a_program_that_is_too_old_is_told_so(
    clinic: Clinic, open_station: OpenStation
) -> None:
    identity(clinic, oldest_client=SCHEMA_VERSION + 1)
    with pytest.raises(ProgramTooOld, match="too old"):
        open_station("sofia")


def test_a_server_older_than_the_program_gets_what_waits_once_it_is_updated(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    identity(clinic, schema_version=1)
    proxy.break_off()
    wait_until(lambda: "newer than the clinic's server" in station.sync.note)
    register(station, "Kept")
    assert station.sync.waiting == 1
    assert server_rows(clinic, "select count(*) from patient") == [(0,)]
    identity(clinic, schema_version=SCHEMA_VERSION)
    station.retry_now()
    quiet(station)
    assert_replica_equals_server(station, clinic)
    assert server_rows(clinic, "select family_name from patient") == [("Kept",)]


def test_a_column_that_the_server_does_not_have_yet_is_empty_and_what_stands_in_it_waits(
    clinic_template: Template, open_station: OpenStation
) -> None:
    with new_clinic(clinic_template, of=BEFORE) as older:
        station = open_station("ingrid", server=older.server)
        quiet(station)
        kumar = next(row for row in station.read(directory.staff) if row.family_name == "Kumar")
        assert kumar.room_id is None
        changed = station.run(directory.edit_staff, kumar.id, {"phone": "555 0100"}, patience=20)
        assert isinstance(changed, Saved), "its answer has no such column either"
        assert_replica_equals_server(station, older)
        room = station.run(directory.add_room, {"name": "Room 3"}, patience=0.2)
        assert isinstance(room, Queued)
        station.run(directory.edit_staff, kumar.id, {"room_id": room.row.id}, patience=0.2)
        row = station.read(directory.member, kumar.id)
        assert row is not None
        assert row.room == "Room 3"
        cluster = older.cluster
        migrate.upgrade(older.url(cluster.superuser, cluster.superuser_password))
        station.retry_now()
        quiet(station)
        assert server_rows(older, "select r.name from staff s join room r on r.id = s.room_id") == [
            ("Room 3",)
        ]
        assert_replica_equals_server(station, older)
        station.close()


def test_a_replica_of_a_program_with_other_tables_is_filled_anew_and_the_outbox_is_kept(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server), name="Updated")
    one = register(station, "Here")
    quiet(station)
    go_offline(station, proxy)
    register(station, "Waits")
    station.close()
    monkeypatch.setattr("medidesk.sync.replica.schema_fingerprint", lambda: "another program's")
    with pytest.raises(StationFilesProblem, match="another version"):
        open_station("sofia", server=proxy.through(clinic.server), name="Updated")
    proxy.mend()
    again = open_station("sofia", server=proxy.through(clinic.server), name="Updated")
    quiet(again)
    assert [row.id for row in again.read(patients.search, "here")] == [one]
    assert_replica_equals_server(again, clinic)
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]


def test_where_the_copy_must_be_filled_anew_it_is_the_servers_refusal_that_is_told(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 110034 of ten desks: another server had taken the place of this one, which was put back since."""
    station = open_station("sofia", name="Updated")
    quiet(station)
    station.close()
    course = station.profile.course
    course.reached({"server_id": course.server_id, "epoch": course.epoch, "timeline": course.timeline + 1})
    monkeypatch.setattr("medidesk.sync.replica.schema_fingerprint", lambda: "another program's")
    with pytest.raises(NotServing, match="has taken the place"):
        open_station("sofia", name="Updated")


def test_a_station_that_the_backup_does_not_know_gets_no_other_key_for_what_waits_there(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, tmp_path: Path
) -> None:
    home = tmp_path / "shared"
    with open_station("sofia", server=proxy.through(clinic.server), home=home) as sofia:
        quiet(sofia)
        go_offline(sofia, proxy)
        register(sofia, "Waits")
    with clinic.admin() as admin:
        admin.execute("delete from station_key")
        admin.execute("delete from station")
    proxy.mend()
    with pytest.raises(StationFilesProblem, match="no longer knows the key"):
        open_station("joseph", server=proxy.through(clinic.server), home=home)
    shutil.rmtree(home / "replicas")
    with open_station("sofia", server=proxy.through(clinic.server), home=home) as sofia:
        quiet(sofia)
    with open_station("joseph", server=proxy.through(clinic.server), home=home) as joseph:
        quiet(joseph)
        assert [row.family_name for row in joseph.read(patients.search, "waits")]
