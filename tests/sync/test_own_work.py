"""One's own waiting work is nobody else's: no false "changed by someone else", in whatever order it is sent."""

from typing import Any
from uuid import UUID

import pytest

from medidesk.repositories import patients
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until


@pytest.fixture
def reception(clinic: Clinic, open_station: OpenStation, proxy: Proxy) -> Station:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    return station


def register(station: Station, family_name: str, **more: object) -> UUID:
    outcome = station.run(patients.register, {"family_name": family_name, **more})
    assert isinstance(outcome, (Saved, Queued))
    found: UUID = outcome.row.id
    return found


def test_edits_in_a_row_online_are_all_saved_and_none_merged(reception: Station, clinic: Clinic) -> None:
    one = register(reception, "Sow")
    told: list[Any] = []
    for number in range(20):
        reception.submit(patients.edit, one, {"phone": f"555 01{number:02}"}, done=told.append)
    wait_until(lambda: len(told) == 20)
    assert all(isinstance(outcome, Saved) and not outcome.merged for outcome in told), told
    quiet(reception)
    assert server_rows(clinic, "select phone, version from patient") == [("555 0119", 21)]
    assert_replica_equals_server(reception, clinic)


def test_a_patient_registered_offline_is_edited_before_it_was_sent(
    reception: Station, clinic: Clinic, proxy: Proxy
) -> None:
    go_offline(reception, proxy)
    one = register(reception, "Sow", allergies=[], next_of_kin=[{"name": "Awa"}])
    for number in range(5):
        reception.run(patients.edit, one, {"phone": f"555 010{number}", "given_name": f"Aïssatou {number}"})
    assert reception.sync.waiting == 6
    row = reception.read(patients.by_id, one)
    assert row is not None
    assert (row.given_name, row.phone) == ("Aïssatou 4", "555 0104")
    assert [found.id for found in reception.read(patients.search, "aissatou")] == [one]
    go_online(reception, proxy)
    quiet(reception)
    assert reception.attention() == []
    assert server_rows(clinic, "select given_name, phone from patient") == [("Aïssatou 4", "555 0104")]
    assert server_rows(clinic, "select sum(jsonb_array_length(result->'merged')) from applied_operation") == [
        (0,)
    ]
    assert_replica_equals_server(reception, clinic)


def test_edits_go_on_through_outage_and_recovery_without_a_false_conflict(
    reception: Station, clinic: Clinic, proxy: Proxy
) -> None:
    one = register(reception, "Sow")
    for round_ in range(3):
        reception.run(patients.edit, one, {"phone": f"555 02{round_}0"})
        go_offline(reception, proxy)
        reception.run(patients.edit, one, {"phone": f"555 02{round_}1"})
        proxy.mend()
        reception.retry_now()
        reception.run(patients.edit, one, {"phone": f"555 02{round_}2"})
        reception.run(patients.edit, one, {"email": f"{round_}@example.org"})
        wait_until(lambda: reception.sync.state == "live")
    quiet(reception)
    assert reception.attention() == []
    assert server_rows(clinic, "select phone, email from patient") == [("555 0222", "2@example.org")]
    assert server_rows(clinic, "select sum(jsonb_array_length(result->'merged')) from applied_operation") == [
        (0,)
    ]
    assert_replica_equals_server(reception, clinic)


def test_an_allergy_written_offline_is_corrected_before_it_was_sent(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    quiet(doctor)
    one = register(doctor, "Sow")
    go_offline(doctor, proxy)
    doctor.run(patients.add_allergy, one, {"substance": "Penicilin"})
    file = doctor.read(patients.file, one)
    assert file is not None
    allergy = file.allergies[0].id
    doctor.run(patients.edit_allergy, allergy, {"substance": "Penicillin"})
    doctor.run(patients.edit_allergy, allergy, {"severity": "severe"})
    doctor.run(patients.remove_allergy, allergy)
    go_online(doctor, proxy)
    quiet(doctor)
    assert doctor.attention() == []
    assert server_rows(clinic, "select substance, severity, deleted_at is null from allergy") == [
        ("Penicillin", "severe", False)
    ]
    assert server_rows(clinic, "select has_allergy from patient") == [(False,)]
    assert_replica_equals_server(doctor, clinic)


def test_two_files_registered_offline_are_merged_and_parted_offline(
    reception: Station, clinic: Clinic, proxy: Proxy
) -> None:
    """What was relied on is "as left by" work that was itself not sent."""
    go_offline(reception, proxy)
    kept, merged = register(reception, "Sow"), register(reception, "Saw")
    merge = reception.run(patients.merge, kept, merged, "misheard")
    assert isinstance(merge, Queued)
    reception.run(patients.unmerge, merge.row.id)
    reception.run(patients.merge, kept, merged, "misheard after all")
    go_online(reception, proxy)
    quiet(reception)
    assert reception.attention() == []
    assert server_rows(clinic, "select merged_into_id from patient where id = %s", merged) == [(kept,)]
    assert_replica_equals_server(reception, clinic)


def test_an_edit_back_to_what_it_was_sends_nothing(reception: Station, clinic: Clinic) -> None:
    one = register(reception, "Sow", phone="555 0100")
    outcome = reception.run(patients.edit, one, {"phone": "555 0100"})
    assert isinstance(outcome, Saved)
    assert outcome.op_id is None
    assert server_rows(clinic, "select count(*) from applied_operation") == [(1,)]


def test_work_waits_for_what_it_builds_on_and_for_nothing_else(
    reception: Station, clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    """A change that a person must decide holds up neither the other files nor new work."""
    doctor = open_station("anjali")
    disputed, free = register(reception, "Disputed"), register(reception, "Free")
    quiet(reception, doctor)
    go_offline(reception, proxy)
    reception.run(patients.edit, disputed, {"phone": "555 0100"})
    reception.run(patients.edit, free, {"phone": "555 0101"})
    doctor.run(patients.edit, disputed, {"phone": "555 0102"})
    go_online(reception, proxy)
    quiet(reception, doctor)
    assert [entry.row_id for entry in reception.attention()] == [disputed]
    assert isinstance(reception.run(patients.edit, free, {"email": "a@example.org"}), Saved)
    assert isinstance(reception.run(patients.edit, disputed, {"email": "b@example.org"}), Saved)
    quiet(reception, doctor)
    assert server_rows(clinic, "select phone, email from patient order by family_name") == [
        ("555 0102", "b@example.org"),
        ("555 0101", "a@example.org"),
    ]
    assert len(reception.attention()) == 1
    assert_replica_equals_server(reception, clinic)


def test_a_row_that_is_locked_for_long_holds_up_only_what_touches_it(
    reception: Station, clinic: Clinic
) -> None:
    locked, free = register(reception, "Locked"), register(reception, "Free")
    with clinic.connect("anjali", autocommit=False) as long:
        long.execute("update patient set email = 'x@example.org' where id = %s", (locked,))
        told: list[Any] = []
        reception.submit(patients.edit, locked, {"phone": "555 0100"}, done=told.append, patience=0.2)
        reception.submit(patients.edit, free, {"phone": "555 0101"}, done=told.append, patience=0.2)
        wait_until(
            lambda: server_rows(clinic, "select phone from patient where id = %s", free) == [("555 0101",)]
        )
    quiet(reception)
    assert server_rows(clinic, "select phone from patient where id = %s", locked) == [("555 0100",)]
    assert_replica_equals_server(reception, clinic)
