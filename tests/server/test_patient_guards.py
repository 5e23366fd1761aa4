"""What the database itself holds to about patients' files, whoever writes and however many at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.support.database import Clinic
from tests.support.operations import added, changed, operation, send
from tests.support.waiting import wait_until


def patients(clinic: Clinic, *family_names: str) -> list[UUID]:
    """Files that are there already."""
    rows = [added("patient", clinic.org_id, family_name=name) for name in family_names]
    with clinic.connect("sofia") as connection:
        send(connection, operation("sofia", *rows))
    return [UUID(row["id"]) for row in rows]


def one(clinic: Clinic, query: str, *values: object) -> Any:
    """The one value of a query, past every policy."""
    with clinic.admin() as admin:
        row = admin.execute(query.encode(), values).fetchone()
    assert row is not None
    return row[0]


def test_one_allergy_is_resolved_while_another_is_noted_and_the_flag_stays_up(clinic: Clinic) -> None:
    (who,) = patients(clinic, "Okafor")
    latex = added("allergy", clinic.org_id, patient_id=who, substance="Latex")
    nuts = added("allergy", clinic.org_id, patient_id=who, substance="Nuts")
    doctor = clinic.connect("anjali", autocommit=False)
    send(doctor, operation("anjali", latex))
    doctor.commit()
    doctor.execute("update allergy set state = 'resolved' where id = %s", (latex["id"],))
    nurse = clinic.connect("joseph")
    with ThreadPoolExecutor(1) as pool:
        noted = pool.submit(send, nurse, operation("joseph", nuts))
        wait_until(
            lambda: (
                noted.done()
                or one(
                    clinic,
                    "select count(*) from pg_locks where not granted and pid = %s",
                    nurse.info.backend_pid,
                )
            )
        )
        doctor.commit()
        noted.result()
    assert one(clinic, "select has_allergy from patient") is True


@pytest.mark.parametrize(
    "write",
    [
        "update patient set phone = '1' where id = %(merged)s",
        "update patient set merged_into_id = %(other)s where id = %(merged)s",
        "update patient set merged_into_id = %(merged)s where id = %(kept)s",
        "update patient set merged_into_id = %(merged)s where id = %(other)s",
        "update patient set merged_into_id = %(removed)s where id = %(other)s",
        "update patient set merged_into_id = %(nobody)s where id = %(other)s",
    ],
)
def test_a_merged_file_takes_no_changes_and_no_further_file(clinic: Clinic, write: str) -> None:
    kept, merged, other, removed = patients(clinic, "Kept", "Merged", "Other", "Removed")
    sofia = clinic.connect("sofia")
    sofia.execute("update patient set merged_into_id = %s where id = %s", (kept, merged))
    sofia.execute("update patient set deleted_at = now() where id = %s", (removed,))
    names = {"kept": kept, "merged": merged, "other": other, "removed": removed, "nobody": uuid4()}
    with pytest.raises(psycopg.Error, match="merged") as raised:
        sofia.execute(write.encode(), names)
    assert raised.value.sqlstate == "MD005"


def test_a_merged_file_is_given_back_and_its_flag_of_allergies_is_kept(clinic: Clinic) -> None:
    kept, merged = patients(clinic, "Kept", "Merged")
    sofia = clinic.connect("sofia")
    sofia.execute("update patient set merged_into_id = %s where id = %s", (kept, merged))
    allergy = added("allergy", clinic.org_id, patient_id=merged, substance="Latex")
    send(clinic.connect("anjali"), operation("anjali", allergy))
    assert one(clinic, "select has_allergy from patient where id = %s", merged) is True
    sofia.execute("update patient set merged_into_id = null, phone = '1' where id = %s", (merged,))
    assert one(clinic, "select phone from patient where id = %s", merged) == "1"


def test_a_number_of_a_merged_file_proposes_the_one_that_was_kept(clinic: Clinic) -> None:
    first, merged, kept = patients(clinic, "First", "Merged", "Kept")
    passport: dict[str, Any] = {"kind": "passport", "value": "P1"}
    sofia = clinic.connect("sofia")
    send(sofia, operation("sofia", added("patient_identifier", clinic.org_id, patient_id=first, **passport)))
    for part, whole in ((first, merged), (merged, kept)):
        sofia.execute("update patient set merged_into_id = %s where id = %s", (whole, part))
    late = added("patient", clinic.org_id, family_name="Late")
    number = added("patient_identifier", clinic.org_id, patient_id=UUID(late["id"]), **passport)
    send(sofia, operation("sofia", late, number, kind="fact"), told=True)
    assert one(clinic, "select kept_id from patient_merge where state = 'proposed'") == kept


def test_a_number_brought_twice_by_files_that_are_one_proposes_nothing(clinic: Clinic) -> None:
    first, kept = patients(clinic, "First", "Kept")
    passport: dict[str, Any] = {"kind": "passport", "value": "P1"}
    sofia = clinic.connect("sofia")
    for who, told in ((first, False), (kept, True)):
        number = added("patient_identifier", clinic.org_id, patient_id=who, **passport)
        if told:
            sofia.execute("update patient set merged_into_id = %s where id = %s", (kept, first))
        send(sofia, operation("sofia", number, kind="fact"), told=told)
    assert one(clinic, "select count(*) from patient_merge") == 0


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("allergy", {"substance": "Latex"}),
        ("condition", {"text": "Asthma"}),
        ("next_of_kin", {"name": "Ada"}),
        ("patient_alert", {"text": "Falls risk"}),
        ("patient_identifier", {"kind": "passport", "value": "P1"}),
    ],
)
def test_what_was_written_about_one_patient_is_not_made_another_s(
    clinic: Clinic, table: str, values: dict[str, Any]
) -> None:
    one_file, other_file = patients(clinic, "One", "Other")
    row = added(table, clinic.org_id, patient_id=one_file, **values)
    anjali = clinic.connect("anjali")
    send(anjali, operation("anjali", row))
    moved = changed(table, UUID(row["id"]), 1, base={"patient_id": str(one_file)}, patient_id=str(other_file))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        send(anjali, operation("anjali", moved))


def test_an_account_is_not_approved_for_no_branch_at_all(clinic: Clinic) -> None:
    staff = one(clinic, "select staff_id from user_account where login = 'sofia'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="administrator of this branch"):
        clinic.connect("ingrid").execute(
            "select approve_account('sofia', null, %s, 'administrator', null)", (staff,)
        )


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("patient", "died_on", "infinity"),
        ("patient", "died_on", "12345-01-01"),
        ("patient", "deleted_at", "infinity"),
        ("patient", "deleted_at", "-infinity"),
        ("patient", "deleted_at", "290000-01-01"),
        ("patient_alert", "ends_on", "0044-03-15 BC"),
    ],
)
def test_no_day_is_written_that_a_station_could_not_hold(
    clinic: Clinic, table: str, column: str, value: str
) -> None:
    (who,) = patients(clinic, "Okafor")
    sofia = clinic.connect("sofia")
    send(sofia, operation("sofia", added("patient_alert", clinic.org_id, patient_id=who, text="Falls risk")))
    with pytest.raises(psycopg.errors.CheckViolation):
        sofia.execute(f"update {table} set {column} = %s".encode(), (value,))
