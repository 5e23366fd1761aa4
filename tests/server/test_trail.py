"""Who may read what of the audit trail, and what each filter leaves."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.support.changes_of_a_file import changed_file
from tests.support.database import Clinic
from tests.support.operations import Json, one, patient


def trail(connection: psycopg.Connection, **wanted: Any) -> list[Json]:
    said = one(connection, "select audit_trail(%s)", Jsonb(wanted))
    entries: list[Json] = said["entries"]
    return entries


def of(entries: list[Json], table: str) -> list[Json]:
    return [entry for entry in entries if entry["table"] == table]


@pytest.fixture
def who(clinic: Clinic) -> UUID:
    return changed_file(clinic)


def test_an_administrator_reads_what_they_may_see_and_of_the_rest_what_was_touched(
    clinic: Clinic, who: UUID
) -> None:
    entries = trail(clinic.connect("ingrid"))
    assert [entry["seq"] for entry in entries] == sorted((entry["seq"] for entry in entries), reverse=True)
    phone = of(entries, "patient")[0]
    assert (phone["login"], phone["station"], phone["action"]) == ("sofia", "Reception 2", "update")
    assert phone["changes"] == {"phone": ["555 0001", "555 0002"]}
    (allergy,) = of(entries, "allergy")
    assert (allergy["login"], allergy["shown"], allergy["changes"]) == ("anjali", False, None)
    assert {"substance", "severity"} <= set(allergy["fields"])
    assert allergy["patient"] == str(who)
    assert "Latex" not in str(entries)


@pytest.mark.parametrize("login", ["sofia", "anjali", "joseph"])
def test_nobody_else_reads_it(clinic: Clinic, login: str) -> None:
    connection = clinic.connect(login)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        trail(connection)
    for query in (
        "select trail_entry(null, true, null)",
        "select shown_rows('patient', null)",
        f"select rows_of_file('{uuid4()}')",
        "select * from audit_log",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(query.encode())


def test_an_administrator_of_one_branch_reads_that_branch_alone(clinic: Clinic, who: UUID) -> None:
    branch = uuid4()
    with clinic.admin() as admin:
        admin.execute(
            "insert into organisation (id, org_id, parent_id, kind, name, timezone, currency) "
            "values (%s, %s, %s, 'branch', 'Hill', 'UTC', 'EUR')",
            (branch, clinic.org_id, clinic.org_id),
        )
        admin.execute(
            "select approve_account('olive', null, staff_id, 'administrator', %s) "
            "from user_account where login = 'olive'",
            (branch,),
        )
        admin.execute(
            "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Of the hill')",
            (branch,),
        )
    olive = trail(clinic.connect("olive"))
    assert [entry["changes"]["family_name"] for entry in of(olive, "patient")] == ["Of the hill"]
    assert {entry["table"] for entry in olive} <= {"patient", "organisation", "user_role", "user_account"}
    assert not [entry for entry in olive if entry["patient"] == str(who)]
    opening = {"id": str(uuid4()), "patient": str(who), "at": "2026-11-01T08:00:00Z"}
    clinic.connect("sofia").execute("select log_openings(%s, '')", (Jsonb([opening]),))
    assert trail(clinic.connect("olive"), table="access_log") == []
    assert trail(clinic.connect("olive"), patient=str(who)) == []
    of_ingrid = of(trail(clinic.connect("ingrid")), "patient")
    assert {entry["patient"] == str(who) for entry in of_ingrid} == {True, False}


def test_each_filter_leaves_what_it_names(clinic: Clinic, who: UUID) -> None:
    ingrid = clinic.connect("ingrid")
    other = patient(clinic, family_name="Sow")
    everything = trail(ingrid)
    assert {entry["login"] for entry in trail(ingrid, login="anjali")} == {"anjali"}
    assert {entry["table"] for entry in trail(ingrid, table="allergy")} == {"allergy"}
    assert {entry["station"] for entry in trail(ingrid, station="Reception 2")} == {"Reception 2"}
    assert trail(ingrid, station="Nowhere") == []
    file = trail(ingrid, patient=str(who))
    assert {entry["patient"] for entry in file} == {str(who)}
    assert {"patient", "allergy"} == {entry["table"] for entry in file}
    assert {entry["patient"] for entry in trail(ingrid, patient=str(other))} == {str(other)}
    newest = everything[0]["at"]
    assert [entry["seq"] for entry in trail(ingrid, since=newest)] == [everything[0]["seq"]]
    assert [entry["seq"] for entry in trail(ingrid, until=newest)] == [
        entry["seq"] for entry in everything[1:]
    ]


def test_pages_follow_each_other_without_a_gap_or_a_repeat(clinic: Clinic) -> None:
    with clinic.admin() as admin:
        admin.execute(
            "insert into patient (id, org_id, family_name) "
            "select gen_random_uuid(), %s, 'P' || n from generate_series(1, 450) n",
            (clinic.org_id,),
        )
    ingrid = clinic.connect("ingrid")
    seen: list[int] = []
    page = trail(ingrid, table="patient")
    while page:
        seen += [entry["seq"] for entry in page]
        page = trail(ingrid, table="patient", at=page[-1]["at"], seq=page[-1]["seq"])
    assert len(seen) == len(set(seen)) == 450
    assert seen == sorted(seen, reverse=True)


def test_openings_of_files_are_a_trail_of_their_own(clinic: Clinic, who: UUID) -> None:
    other = patient(clinic)
    for login, whose in (("sofia", who), ("anjali", other), ("sofia", other)):
        opening = {"id": str(uuid4()), "patient": str(whose), "at": "2026-11-01T08:00:00Z"}
        clinic.connect(login).execute("select log_openings(%s, 'Reception 1')", (Jsonb([opening]),))
    ingrid = clinic.connect("ingrid")
    assert of(trail(ingrid), "access_log") == []
    opened = trail(ingrid, table="access_log")
    assert [(one["login"], one["patient"]) for one in opened] == [
        ("sofia", str(other)), ("anjali", str(other)), ("sofia", str(who)),
    ]  # fmt: skip
    assert {one["action"] for one in opened} == {"open"}
    assert {one["happened"][:16] for one in opened} == {"2026-11-01T08:00"}
    for wanted, left in (
        ({"patient": str(who)}, 1),
        ({"login": "sofia"}, 2),
        ({"station": "Ward"}, 0),
        ({"until": opened[0]["at"]}, 2),
        ({"at": opened[0]["at"], "seq": opened[0]["seq"]}, 2),
    ):
        assert len(trail(ingrid, table="access_log", **wanted)) == left, wanted
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        trail(clinic.connect("anjali"), table="access_log")


def test_what_was_deleted_and_what_the_system_writes_are_there_too(clinic: Clinic) -> None:
    ingrid = clinic.connect("ingrid")
    gone = patient(clinic, family_name="Gone")
    with clinic.admin() as admin:
        admin.execute("delete from patient where id = %s", (gone,))
    ingrid.execute("select sign_out('sofia')")
    entries = trail(ingrid)
    assert entries[0]["table"] == "account_sign_in"
    assert entries[0]["changes"] == {"signed_out": True}
    assert (entries[1]["action"], entries[1]["changes"]["family_name"]) == ("delete", "Gone")
    assert [entry["action"] for entry in trail(ingrid, patient=str(gone))] == ["delete", "insert"]
