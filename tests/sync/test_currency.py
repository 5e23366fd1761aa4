"""What one station saves the others have, row for row, whoever they are and however late it commits."""

import threading
from uuid import UUID

from medidesk.repositories import patients
from medidesk.station import Changed, Saved, Station
from tests.support.database import Clinic
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until


def register(station: Station, family_name: str, **more: object) -> UUID:
    outcome = station.run(patients.register, {"family_name": family_name, **more})
    assert isinstance(outcome, Saved)
    found: UUID = outcome.row.id
    return found


def test_what_one_station_saves_the_other_shows(clinic: Clinic, open_station: OpenStation) -> None:
    reception, ward = open_station("sofia"), open_station("joseph")
    quiet(reception, ward)
    arrived = threading.Event()
    ward.on_changed(lambda changed: arrived.set() if "patient" in changed.tables else None)
    patient = register(
        reception,
        "García",
        given_name="Lucía",
        identifiers=[{"kind": "national_id", "value": "X-1"}],
        next_of_kin=[{"name": "Ana"}],
    )
    assert arrived.wait(5)
    quiet(reception, ward)
    assert [row.id for row in ward.read(patients.search, "garc luc")] == [patient]
    for station in (reception, ward):
        assert_replica_equals_server(station, clinic)


def test_a_listener_is_told_once_where_a_change_is_its_own(open_station: OpenStation) -> None:
    station = open_station("sofia")
    quiet(station)
    told: list[Changed] = []
    station.on_changed(told.append)
    patient = register(station, "Okafor")
    quiet(station)
    of_patient = [one for one in told if patient in one.tables.get("patient", ())]
    assert of_patient
    assert all(one.own for one in of_patient), "its own change came back as somebody else's"


def test_a_transaction_that_commits_late_arrives(clinic: Clinic, open_station: OpenStation) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    patient, other = register(doctor, "Late"), register(doctor, "Early")
    late = clinic.connect("anjali", autocommit=False)
    add = "insert into allergy (id, org_id, patient_id, substance) values (gen_random_uuid(), %s, %s, %s)"
    late.execute(add, (clinic.org_id, patient, "Latex"))
    for number in range(10):  # the cursor moves on past the one that is still open
        doctor.run(patients.edit, other, {"phone": f"555 {number}"})
        doctor.wait_current()
    late.commit()
    quiet(doctor)
    file = doctor.read(patients.file, patient)
    assert file is not None
    assert [allergy.substance for allergy in file.allergies] == ["Latex"]
    assert_replica_equals_server(doctor, clinic)


def test_pulls_do_not_stall_behind_an_open_transaction(clinic: Clinic, open_station: OpenStation) -> None:
    reception, ward = open_station("sofia"), open_station("anjali")
    quiet(reception, ward)
    patients_there = [register(reception, f"Patient{number}") for number in range(3)]
    late = clinic.connect("anjali", autocommit=False)
    late.execute("update patient set phone = '1' where id = %s", (patients_there[0],))
    for number in range(5):
        reception.run(patients.edit, patients_there[1], {"phone": f"555 {number}"})
        ward.wait_current()
        row = ward.read(patients.by_id, patients_there[1])
        assert row is not None
        assert row.phone == f"555 {number}"
    late.commit()
    quiet(reception, ward)
    row = ward.read(patients.by_id, patients_there[0])
    assert row is not None
    assert row.phone == "1"
    assert_replica_equals_server(ward, clinic)


def test_many_writers_that_commit_out_of_order_lose_no_row(clinic: Clinic, open_station: OpenStation) -> None:
    """Savepoints, rollbacks and commits in any order: what a number for a cursor would lose."""
    station = open_station("sofia")
    quiet(station)
    patient = register(station, "Writers")
    connections = [clinic.connect("anjali", autocommit=False) for _ in range(6)]
    insert = "insert into allergy (id, org_id, patient_id, substance) values (gen_random_uuid(), %s, %s, %s)"
    doctor = open_station("anjali")
    for round_ in range(12):
        for number, one in enumerate(connections):
            one.execute("savepoint a")
            one.execute(
                insert.replace("allergy", "condition").replace("substance", "text"),
                (clinic.org_id, patient, f"{round_}.{number}"),
            )
            if (round_ + number) % 3 == 0:
                one.execute("rollback to savepoint a")
            if (round_ * 7 + number * 5) % 4 == 0:
                one.commit()
            if (round_ * 3 + number) % 11 == 0:
                one.rollback()
    for one in reversed(connections):
        one.commit()
    quiet(doctor)
    assert server_rows(clinic, "select count(*) from condition")[0][0] > 10
    assert_replica_equals_server(doctor, clinic)


def test_a_lost_notification_is_made_good_within_moments(clinic: Clinic, open_station: OpenStation) -> None:
    station = open_station("sofia")
    quiet(station)
    with clinic.admin() as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'medidesk follow' and datname = %s",
            (clinic.database,),
        )
        connection.execute(
            "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Unheard')",
            (clinic.org_id,),
        )
    wait_until(lambda: station.read(patients.search, "unheard"), 5)
    quiet(station)
    assert_replica_equals_server(station, clinic)
