"""Each role, over a raw connection, can do what `permissions.MATRIX` says, and nothing else."""

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from medidesk.models import Base
from medidesk.permissions import ROLES, areas_of
from medidesk.server import accounts
from tests.support.database import LOGIN_OF_ROLE, Clinic
from tests.support.matrix import AREAS, clinic_rows, what_it_can, what_it_should, wrong_columns
from tests.support.raw_rows import insert


@pytest.mark.parametrize("role", ROLES)
def test_a_role_can_do_what_the_matrix_says(clinic: Clinic, role: str) -> None:
    ids = clinic_rows(clinic)
    assert set(ids) == set(AREAS)
    assert what_it_can(clinic, clinic.connect(LOGIN_OF_ROLE[role]), ids) == what_it_should(areas_of(role))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_writes_the_columns_that_the_matrix_says(clinic: Clinic, role: str) -> None:
    assert wrong_columns(clinic.connect(LOGIN_OF_ROLE[role]), areas_of(role)) == []


@pytest.mark.parametrize("role", ROLES)
def test_nobody_touches_the_systems_own_tables(clinic: Clinic, role: str) -> None:
    connection = clinic.connect(LOGIN_OF_ROLE[role])
    own = [name for name, table in Base.metadata.tables.items() if table.info.get("system")]
    assert "audit_log" in own
    for table in own:
        for statement in (
            f"select * from {table}",
            f"insert into {table} default values",
            f"delete from {table}",
            f"truncate {table}",
            f"drop table {table}",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def branch(clinic: Clinic, name: str, parent: UUID) -> UUID:
    return insert(
        clinic.admin(),
        "organisation",
        {"org_id": parent, "parent_id": parent, "kind": "branch", "name": name},
    )


def newcomer(clinic: Clinic, login: str, role: str, org: UUID) -> psycopg.Connection:
    accounts.add_person(clinic.admin(), login, "password", role=role, family_name=login, org=org)
    return clinic.connect(login, password="password")


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    found: int = row[0]
    return found


def test_next_door_demographics_are_seen_and_clinical_content_is_not(clinic: Clinic) -> None:
    here, there = (branch(clinic, name, clinic.org_id) for name in ("Here", "There"))
    admin = clinic.admin()
    patient = insert(admin, "patient", {"org_id": there, "family_name": "Next Door"})
    insert(admin, "allergy", {"org_id": there, "patient_id": patient, "substance": "Latex"})
    own = newcomer(clinic, "here", "doctor", here)
    assert count(own, "patient") == 1
    assert count(own, "allergy") == 0
    assert own.execute("update patient set phone = '1'").rowcount == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        insert(own, "patient", {"org_id": there, "family_name": "Elsewhere"})
    insert(own, "patient", {"org_id": here, "family_name": "Ours"})
    above = clinic.connect("anjali")
    assert count(above, "allergy") == 1
    assert count(newcomer(clinic, "there", "doctor", there), "allergy") == 1


def test_a_role_held_in_one_branch_gives_nothing_in_another(clinic: Clinic) -> None:
    here, there = (branch(clinic, name, clinic.org_id) for name in ("Here", "There"))
    admin = clinic.admin()
    for org in (here, there):
        patient = insert(admin, "patient", {"org_id": org, "family_name": "P"})
        insert(admin, "allergy", {"org_id": org, "patient_id": patient, "substance": str(org)})
    both = newcomer(clinic, "both", "doctor", here)
    accounts.add_person(admin, "both", "", role="lab_technician", family_name="both", org=there)
    # A technician reads allergies there; only here, as a doctor, may they be changed.
    assert count(both, "allergy") == 2
    changed = both.execute("update allergy set reaction = 'rash' returning org_id").fetchall()
    assert changed == [(here,)]


def test_another_network_is_out_of_sight(clinic: Clinic) -> None:
    strange = uuid4()
    admin = clinic.admin()
    insert(admin, "organisation", {"id": strange, "org_id": strange, "kind": "network", "name": "Others"})
    insert(admin, "patient", {"org_id": strange, "family_name": "Theirs"})
    for login in LOGIN_OF_ROLE.values():
        assert count(clinic.connect(login), "patient") == 0
    assert count(newcomer(clinic, "stranger", "nurse", strange), "patient") == 1


def test_an_administrator_of_one_branch_gains_nothing_beyond_it(clinic: Clinic) -> None:
    here, there = (branch(clinic, name, clinic.org_id) for name in ("Here", "There"))
    elsewhere = uuid4()
    admin = clinic.admin()
    insert(admin, "organisation", {"id": elsewhere, "org_id": elsewhere, "kind": "network", "name": "Others"})
    insert(admin, "patient", {"org_id": elsewhere, "family_name": "Theirs"})
    insert(admin, "staff", {"org_id": there, "kind": "nurse", "family_name": "Next Door"})
    local = newcomer(clinic, "local", "administrator", here)
    for refused in (
        "update user_role set role = 'administrator'",
        "update user_account set login = 'local2' where login = 'anjali'",
        "update role set label = ''",
        f"update organisation set parent_id = '{elsewhere}'",
        (
            f"insert into user_role (id, org_id, user_account_id, role) select gen_random_uuid(), '{here}', id, "
            "'doctor' from user_account where login = 'local'"
        ),
        (
            f"insert into user_account (id, org_id, login, staff_id) select gen_random_uuid(), '{here}', "
            "'postgres', id from staff limit 1"
        ),
        (
            f"insert into organisation (id, org_id, parent_id, kind, name) values (gen_random_uuid(), '{here}', "
            f"'{elsewhere}', 'branch', 'Bridge')"
        ),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            local.execute(refused.encode())
    assert local.execute("update organisation set name = 'Ours' returning id").fetchall() == [(here,)]
    names = local.execute("update staff set phone = '1' returning family_name").fetchall()
    assert names == [("local",)]
    assert count(local, "patient") == 0


@pytest.mark.parametrize("change", [
    "update user_role set deleted_at = now()",
    "update user_account set state = 'suspended' where login = 'anjali'",
    "update user_account set deleted_at = now() where login = 'anjali'",
])  # fmt: skip
def test_rights_end_with_the_account_and_the_role(clinic: Clinic, change: str) -> None:
    clinic_rows(clinic)
    doctor = clinic.connect("anjali")
    assert count(doctor, "patient") > 0
    clinic.admin().execute(change.encode())
    assert count(doctor, "patient") == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        insert(doctor, "patient", {"org_id": clinic.org_id, "family_name": "Late"})
