"""What has happened in the room is never refused once somebody was told that it is saved."""

from typing import Any
from uuid import UUID

import pytest

from medidesk.repositories import patients
from medidesk.station import Queued, Refused, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.roles import gets, loses
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until

PASSPORT = {"kind": "passport", "value": "L898902C3"}


@pytest.fixture
def reception(clinic: Clinic, open_station: OpenStation, proxy: Proxy) -> Station:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    return station


def new(station: Station, family_name: str, **more: Any) -> Any:
    return station.run(patients.register, {"family_name": family_name, **more})


def test_a_number_that_another_file_got_meanwhile_is_disputed_and_a_merge_proposed(
    reception: Station, clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    doctor = open_station("anjali")
    go_offline(reception, proxy)
    mine = new(reception, "Sow", identifiers=[PASSPORT])
    assert isinstance(mine, Queued)
    theirs = new(doctor, "Saw", identifiers=[PASSPORT])
    assert isinstance(theirs, Saved)
    go_online(reception, proxy)
    quiet(reception, doctor)
    assert reception.attention() == []
    for station in (reception, doctor):
        file = station.read(patients.file, mine.row.id)
        assert file is not None
        assert [one.disputed for one in file.identifiers if one.value == PASSPORT["value"]] == [True]
        (proposal,) = file.merges
        assert (proposal.kept_id, proposal.merged_id, proposal.state) == (
            theirs.row.id,
            mine.row.id,
            "proposed",
        )
        assert_replica_equals_server(station, clinic)


def test_a_number_that_another_file_has_is_refused_while_its_author_waits(
    reception: Station, clinic: Clinic
) -> None:
    """The other file is not at this station yet, so that only the server can tell."""
    with clinic.connect("anjali", autocommit=False) as doctor:
        doctor.execute(
            "with p as (insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Saw') "
            "returning id, org_id) insert into patient_identifier (id, org_id, patient_id, kind, value) "
            "select gen_random_uuid(), org_id, id, 'passport', %s from p",
            (clinic.org_id, PASSPORT["value"]),
        )
        told: list[Any] = []
        reception.submit(
            patients.register, {"family_name": "Sow", "identifiers": [PASSPORT]}, done=told.append
        )
        wait_until(lambda: reception.pending("patient"))
    wait_until(lambda: told)
    assert isinstance(told[0], Refused), told
    assert told[0].reason == "Another file already has this number."
    quiet(reception)
    assert reception.read(patients.search, "sow") == []
    assert reception.pending("patient") == frozenset()
    assert (reception.sync.waiting, reception.sync.attention) == (0, 0)
    assert_replica_equals_server(reception, clinic)


def test_a_number_given_offline_finds_the_patient_for_ever(
    reception: Station, clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    doctor = open_station("anjali")
    go_offline(reception, proxy)
    queued = new(reception, "Sow")
    number = queued.row.provisional_no
    assert number
    assert queued.row.number == number
    go_online(reception, proxy)
    quiet(reception, doctor)
    for station in (reception, doctor):
        (row,) = station.read(patients.search, number)
        assert row.id == queued.row.id
        assert row.file_no
        assert_replica_equals_server(station, clinic)


def test_a_number_told_while_the_answer_was_lost_finds_the_patient_for_ever(
    reception: Station, clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    """The server had applied it before its author gave up waiting and wrote the number on a card."""
    doctor = open_station("anjali")
    for name in ("First", "Second"):  # now the way up is open and prepared
        assert isinstance(new(reception, name), Saved)
    proxy.lose_answers()
    queued = reception.run(patients.register, {"family_name": "Sow"}, patience=0.3)
    assert isinstance(queued, Queued)
    wait_until(lambda: server_rows(clinic, "select count(*) from patient") == [(3,)])
    assert queued.row.provisional_no
    proxy.mend()
    reception.retry_now()
    quiet(reception, doctor)
    assert server_rows(clinic, "select count(*) from patient") == [(3,)]
    for station in (reception, doctor):
        assert [row.id for row in station.read(patients.search, queued.row.provisional_no)] == [queued.row.id]
        assert_replica_equals_server(station, clinic)


def test_online_registrations_keep_no_provisional_number(reception: Station, clinic: Clinic) -> None:
    saved = new(reception, "Sow")
    assert isinstance(saved, Saved)
    assert (saved.row.file_no is None, saved.row.provisional_no) == (False, None)
    assert server_rows(clinic, "select count(*) from patient_identifier") == [(0,)]


def test_provisional_numbers_of_a_station_are_never_given_twice(
    reception: Station, clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    go_offline(reception, proxy)
    numbers = [new(reception, f"Patient {n}").row.provisional_no for n in range(3)]
    reception.close()
    again = open_station("sofia", server=proxy.through(clinic.server))
    numbers += [new(again, f"More {n}").row.provisional_no for n in range(3)]
    assert len(set(numbers)) == 6
    go_online(again, proxy)
    quiet(again)
    assert {row[0] for row in server_rows(clinic, "select value from patient_identifier")} == set(numbers)


@pytest.mark.parametrize("now", ["cashier", None], ids=["another-role", "no-role"])
def test_a_fact_whose_author_lost_the_right_meanwhile_is_kept_for_those_who_decide(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, now: str | None
) -> None:
    nurse = open_station("joseph", server=proxy.through(clinic.server))
    quiet(nurse)
    one: UUID = new(nurse, "Sow").row.id
    quiet(nurse)
    go_offline(nurse, proxy)
    assert isinstance(nurse.run(patients.add_allergy, one, {"substance": "Latex"}), Queued)
    with clinic.admin() as admin:
        admin.execute(
            "update user_role set deleted_at = now() where user_account_id = %s", (clinic.account("joseph"),)
        )
        admin.execute("revoke medidesk_nurse from joseph")
        if now:
            admin.execute(
                "insert into user_role (id, org_id, user_account_id, role) "
                "values (gen_random_uuid(), %s, %s, %s)",
                (clinic.org_id, clinic.account("joseph"), now),
            )
            admin.execute(f"grant medidesk_{now} to joseph")
    proxy.mend()
    nurse.retry_now()
    wait_until(lambda: nurse.sync.attention == 1)
    (entry,) = nurse.attention()
    assert nurse.sync.waiting == 0
    assert entry.title.endswith("allergy added")
    assert server_rows(clinic, "select count(*) from allergy") == [(0,)]
    if now:
        assert entry.reason == "held"
        ((payload,),) = server_rows(clinic, "select payload from held_fact where author = 'joseph'")
        assert payload["writes"][0]["values"]["substance"] == "Latex"


def test_a_fact_about_a_file_that_moved_is_flagged_and_not_stopped(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    nurse, doctor = open_station("joseph", server=proxy.through(clinic.server)), open_station("anjali")
    one: UUID = new(doctor, "Sow").row.id
    quiet(nurse, doctor)
    go_offline(nurse, proxy)
    nurse.run(patients.add_allergy, one, {"substance": "Latex"})
    doctor.run(patients.edit, one, {"phone": "555 0100"})
    go_online(nurse, proxy)
    quiet(nurse, doctor)
    assert nurse.attention() == []
    assert server_rows(
        clinic,
        "select jsonb_array_length(result->'moved') from applied_operation where verb = 'patients.add_allergy'",
    ) == [(1,)]
    for station in (nurse, doctor):
        row = station.read(patients.by_id, one)
        assert row is not None
        assert row.has_allergy
        assert_replica_equals_server(station, clinic)


def test_whoever_has_no_role_for_a_while_is_told_so_and_loses_nothing(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    nurse = open_station("joseph", server=proxy.through(clinic.server))
    quiet(nurse)
    go_offline(nurse, proxy)
    assert isinstance(nurse.run(patients.register, {"family_name": "Waits"}), Queued)
    with clinic.admin() as admin:
        loses(admin, "joseph", "nurse")
    proxy.mend()
    nurse.retry_now()
    wait_until(lambda: "has no role at the moment" in nurse.sync.note)
    assert (nurse.sync.waiting, nurse.sync.attention) == (1, 0)
    with clinic.admin() as admin:
        gets(admin, "joseph", "nurse", clinic.org_id)
    nurse.retry_now()
    quiet(nurse)
    assert server_rows(clinic, "select family_name from patient") == [("Waits",)]
    assert nurse.sync.note == ""
