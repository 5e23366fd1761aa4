"""What somebody is found by goes with the row that said it, whatever takes that row away."""

from typing import Any
from uuid import UUID, uuid4

from medidesk.repositories import patients
from medidesk.station import Refused, Saved, Station
from tests.support.database import Clinic
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until


def a_patient(station: Station, family_name: str, **more: Any) -> UUID:
    saved = station.run(patients.register, {"family_name": family_name, **more})
    assert isinstance(saved, Saved)
    quiet(station)
    found: UUID = saved.row.id
    return found


def test_a_number_that_was_refused_finds_nobody(clinic: Clinic, open_station: OpenStation) -> None:
    station = open_station("sofia")
    quiet(station)
    one, other = a_patient(station, "Sow"), a_patient(station, "Diallo")
    told: list[Any] = []
    values = (clinic.org_id, other, "national_id", "77-1234")
    with clinic.connect("anjali", autocommit=False) as colleague:
        colleague.execute(
            "insert into patient_identifier (id, org_id, patient_id, kind, value) "
            "values (gen_random_uuid(), %s, %s, %s, %s)",
            values,
        )
        identifier = {"kind": "national_id", "value": "77-1234"}
        station.submit(patients.add_identifier, one, identifier, done=told.append, patience=60)
        waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        wait_until(lambda: server_rows(clinic, waiting) == [(1,)])
        colleague.commit()
    wait_until(lambda: told)
    assert isinstance(told[0], Refused)
    quiet(station)
    assert [row.family_name for row in station.read(patients.search, "77-1234")] == ["Diallo"]
    assert_replica_equals_server(station, clinic)


def test_a_number_that_left_the_sight_of_a_station_finds_nobody(
    clinic: Clinic, open_station: OpenStation
) -> None:
    station = open_station("sofia")
    quiet(station)
    a_patient(station, "Sow", identifiers=[{"kind": "passport", "value": "77-1234"}])
    elsewhere = uuid4()
    with clinic.admin() as admin:
        admin.execute(
            "insert into organisation (id, org_id, kind, name, timezone, currency) "
            "values (%s, %s, 'network', 'Others', 'UTC', 'EUR')",
            (elsewhere, elsewhere),
        )
        admin.execute("update patient_identifier set org_id = %s", (elsewhere,))
    wait_until(lambda: not station.read(patients.search, "77-1234"))
    quiet(station)
    assert_replica_equals_server(station, clinic)


def test_a_file_that_was_deleted_is_not_found(clinic: Clinic, open_station: OpenStation) -> None:
    station = open_station("sofia")
    quiet(station)
    one = a_patient(station, "Sow")
    with clinic.admin() as admin:
        admin.execute("update patient set deleted_at = now() where id = %s", (one,))
    quiet(station)
    assert station.read(patients.search, "sow") == []
    assert_replica_equals_server(station, clinic)
