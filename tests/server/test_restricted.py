"""Restricted files over raw connections: closed until somebody says why, and then for a while."""

from uuid import UUID

import psycopg
import pytest

from tests.support.database import Clinic
from tests.support.raw_rows import insert

WHY = "collapsed in the waiting room"


@pytest.fixture
def file(clinic: Clinic) -> UUID:
    """A restricted file with an allergy and a problem."""
    admin = clinic.admin()
    patient = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "Sow", "restricted": True})
    insert(admin, "allergy", {"org_id": clinic.org_id, "patient_id": patient, "substance": "Latex"})
    insert(admin, "condition", {"org_id": clinic.org_id, "patient_id": patient, "text": "Asthma"})
    return patient


def seen(connection: psycopg.Connection) -> tuple[int, int, int]:
    """How many patients, allergies and problems are shown."""
    row = connection.execute(
        "select (select count(*) from patient), (select count(*) from allergy), (select count(*) from condition)"
    ).fetchone()
    assert row is not None
    return (row[0], row[1], row[2])


def open_file(connection: psycopg.Connection, patient: UUID, why: str | None = WHY) -> object:
    row = connection.execute("select break_glass(%s, %s, 'Ward 2')", (patient, why)).fetchone()
    assert row is not None
    return row[0]


def test_what_is_clinical_is_closed_and_who_it_is_stays_visible(clinic: Clinic, file: UUID) -> None:
    for login in ("anjali", "rui", "sofia"):
        assert seen_by(clinic, login)[0] == 1
    doctor = clinic.connect("anjali")
    assert seen(doctor) == (1, 0, 0)
    assert doctor.execute("select has_allergy from patient").fetchone() == (True,)
    assert doctor.execute("update allergy set reaction = 'rash'").rowcount == 0
    assert doctor.execute("select closed_files()").fetchone() == ([file],)


def seen_by(clinic: Clinic, login: str) -> tuple[int, ...]:
    row = clinic.connect(login).execute("select count(*) from patient").fetchone()
    assert row is not None
    return tuple(row)


def test_saying_why_opens_it_to_that_person_for_a_while(clinic: Clinic, file: UUID) -> None:
    doctor, colleague = clinic.connect("anjali"), clinic.connect("tomasz")
    first = open_file(doctor, file)
    assert seen(doctor) == (1, 1, 1)
    assert seen(colleague) == (1, 0, 0)
    assert open_file(doctor, file) == first  # it is open: nothing is noted twice
    assert doctor.execute("update allergy set reaction = 'rash'").rowcount == 1
    clinic.admin().execute("update broken_glass set until = now()")
    assert seen(doctor) == (1, 0, 0)
    noted = clinic.admin().execute("select login, patient_id, reason, station from access_log").fetchall()
    assert noted == [("anjali", file, WHY, "Ward 2")]


def test_it_is_closed_again_at_once_when_asked(clinic: Clinic, file: UUID) -> None:
    doctor, colleague = clinic.connect("anjali"), clinic.connect("tomasz")
    for one in (doctor, colleague):
        open_file(one, file)
    doctor.execute("select close_file(%s)", (file,))
    assert seen(doctor) == (1, 0, 0)
    assert seen(colleague) == (1, 1, 1)


@pytest.mark.parametrize("why", [None, "", "   ", "why", "          x", "x" * 401])
def test_a_reason_says_something(clinic: Clinic, file: UUID, why: str | None) -> None:
    with pytest.raises(psycopg.errors.DatabaseError, match="say in some words") as refused:
        open_file(clinic.connect("anjali"), file, why)
    assert refused.value.sqlstate == "MD005"


def test_only_clinicians_open_and_only_what_is_closed(clinic: Clinic, file: UUID) -> None:
    for login in ("sofia", "rui", "ingrid"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            open_file(clinic.connect(login), file)
    other = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Other"})
    with pytest.raises(psycopg.errors.DatabaseError, match="not closed to you"):
        open_file(clinic.connect("anjali"), other)
    for refused in (
        "select * from broken_glass",
        "insert into broken_glass (patient_id, reason, until) select id, '', now() + '1 day' from patient",
        "update broken_glass set until = 'infinity'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            clinic.connect("anjali").execute(refused.encode())


def test_a_file_is_restricted_by_clinicians_and_freed_by_who_has_it_open(clinic: Clinic, file: UUID) -> None:
    other = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Other"})
    for change in ("true", "false"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only clinicians"):
            clinic.connect("sofia").execute(f"update patient set restricted = {change}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only clinicians"):
        insert(
            clinic.connect("sofia"),
            "patient",
            {"org_id": clinic.org_id, "family_name": "New", "restricted": True},
        )
    doctor = clinic.connect("anjali")
    assert doctor.execute("update patient set restricted = true where id = %s", (other,)).rowcount == 1
    with pytest.raises(psycopg.errors.DatabaseError, match="closed to you"):
        doctor.execute("update patient set restricted = false where id = %s", (file,))
    open_file(doctor, file)
    assert doctor.execute("update patient set restricted = false where id = %s", (file,)).rowcount == 1
    clinic.admin().execute("update broken_glass set until = now()")
    assert seen(doctor) == (2, 1, 1)


def test_what_was_merged_into_a_restricted_file_is_closed_with_it(clinic: Clinic, file: UUID) -> None:
    admin = clinic.admin()
    merged = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "Sowe"})
    insert(admin, "allergy", {"org_id": clinic.org_id, "patient_id": merged, "substance": "Nuts"})
    doctor = clinic.connect("anjali")
    assert seen(doctor) == (2, 1, 0)
    admin.execute("update patient set merged_into_id = %s where id = %s", (file, merged))
    assert seen(doctor) == (2, 0, 0)
    open_file(doctor, merged)
    assert seen(doctor) == (2, 2, 1)


def test_a_restricted_file_that_is_merged_makes_the_other_one_restricted(clinic: Clinic, file: UUID) -> None:
    admin = clinic.admin()
    kept = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "Sowe"})
    insert(admin, "allergy", {"org_id": clinic.org_id, "patient_id": kept, "substance": "Nuts"})
    receptionist = clinic.connect("sofia")
    assert (
        receptionist.execute("update patient set merged_into_id = %s where id = %s", (kept, file)).rowcount
        == 1
    )
    assert receptionist.execute("select restricted from patient where id = %s", (kept,)).fetchone() == (True,)
    assert seen(clinic.connect("anjali")) == (2, 0, 0)


def test_the_trail_shows_what_it_held_to_nobody_who_has_not_opened_it(clinic: Clinic, file: UUID) -> None:
    clinic.admin().execute(
        "select approve_account('anjali', null, staff_id, 'administrator', %s) from user_account "
        "where login = 'anjali'",
        (clinic.org_id,),
    )
    doctor = clinic.connect("anjali")

    def told() -> str:
        row = doctor.execute('select audit_trail(\'{"table": "allergy"}\')::text').fetchone()
        assert row is not None
        return str(row[0])

    assert "Latex" not in told()
    open_file(doctor, file)
    assert "Latex" in told()


def test_the_digest_changes_with_what_is_closed_for_clinicians_alone(clinic: Clinic, file: UUID) -> None:
    doctor, receptionist = clinic.connect("anjali"), clinic.connect("sofia")

    def digest(connection: psycopg.Connection) -> object:
        return connection.execute("select visibility_digest()").fetchone()

    before, desk = digest(doctor), digest(receptionist)
    open_file(doctor, file)
    opened = digest(doctor)
    assert opened != before
    clinic.admin().execute("update broken_glass set until = now()")
    assert digest(doctor) == before
    assert digest(receptionist) == desk
