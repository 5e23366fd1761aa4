"""Roles of a clinic's own: what each can do over a raw connection is what its levels say, whoever made it."""

import time
from itertools import pairwise, product
from threading import Event, Thread
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from medidesk.permissions import OWN_AREAS, Need, areas_of, levels_of
from medidesk.server import accounts, migrate
from tests.support.conformance import faults
from tests.support.database import Clinic
from tests.support.matrix import clinic_rows, what_it_can, what_it_should, wrong_columns
from tests.support.raw_rows import insert
from tests.support.roles import gets, loses

LEVELS = [
    {area: level for area, level in zip(OWN_AREAS, chosen, strict=True) if level}
    for chosen in (
        ("read", "", "", "", "", ""), ("add", "", "read", "", "read", ""), ("", "", "", "", "", "change"),
        ("change", "", "add", "add", "", ""), ("read", "read", "", "read", "", ""),
        ("read", "add", "", "change", "add", "add"), ("change",) * 6,
    )
]  # fmt: skip


def define(
    connection: psycopg.Connection, label: str, levels: dict[str, str], org: UUID, name: str | None = None
) -> str:
    row = connection.execute(
        "select define_role(%s, %s, %s, %s)", (name, label, Jsonb(levels), org)
    ).fetchone()
    assert row is not None
    return str(row[0])


def holder(clinic: Clinic, role: str, org: UUID | None = None, login: str = "helper") -> psycopg.Connection:
    """Somebody who holds nothing but this role."""
    accounts.add_person(
        clinic.admin(), login, "password", role=role, family_name=login, org=org or clinic.org_id
    )
    return clinic.connect(login, password="password")


def branch(clinic: Clinic, name: str) -> UUID:
    of = {"org_id": clinic.org_id, "parent_id": clinic.org_id, "kind": "branch", "name": name}
    return insert(clinic.admin(), "organisation", of)


@pytest.mark.parametrize("levels", LEVELS, ids=lambda levels: "-".join(levels.values()))
def test_it_can_do_what_its_levels_say(clinic: Clinic, levels: dict[str, str]) -> None:
    role = define(clinic.connect("ingrid"), "Front desk", levels, clinic.org_id)
    ids = clinic_rows(clinic)
    connection, areas = holder(clinic, role), areas_of(role, levels_of(levels))
    assert what_it_can(clinic, connection, ids) == what_it_should(areas)
    assert wrong_columns(connection, areas) == []
    with clinic.admin() as admin:
        assert faults(admin) == []


def test_whoever_holds_it_has_what_it_is_now(clinic: Clinic) -> None:
    ids = clinic_rows(clinic)
    administrator = clinic.connect("ingrid")
    role = define(administrator, "Front desk", LEVELS[0], clinic.org_id)
    connection = holder(clinic, role)
    for before, after in pairwise([*LEVELS, *reversed(LEVELS)]):
        assert before != after or before == LEVELS[-1]
        assert define(administrator, "Front desk", after, clinic.org_id, role) == role
        assert what_it_can(clinic, connection, ids) == what_it_should(areas_of(role, levels_of(after)))


def test_it_is_held_where_it_was_given_alone(clinic: Clinic) -> None:
    here, there = branch(clinic, "Here"), branch(clinic, "There")
    role = define(
        clinic.connect("ingrid"), "Allergies", {"demographics": "read", "clinical": "read"}, clinic.org_id
    )
    for org in (here, there):
        patient = insert(clinic.admin(), "patient", {"org_id": org, "family_name": "P"})
        insert(clinic.admin(), "allergy", {"org_id": org, "patient_id": patient, "substance": str(org)})
    found = holder(clinic, role, here).execute("select substance from allergy").fetchall()
    assert found == [(str(here),)]


def test_a_branchs_own_role_goes_no_farther_than_the_branch(clinic: Clinic) -> None:
    here, there = branch(clinic, "Here"), branch(clinic, "There")
    accounts.add_person(clinic.admin(), "local", "password", role="administrator", family_name="L", org=here)
    local = clinic.connect("local", password="password")
    role = define(local, "Ours", {"demographics": "change"}, here)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        define(local, "Theirs", LEVELS[0], there)
    with pytest.raises(psycopg.errors.DatabaseError, match="no role"):
        gets(clinic.admin(), "sofia", role, there)
    above = define(clinic.connect("ingrid"), "Everywhere", {"demographics": "read"}, clinic.org_id)
    for refused in (
        lambda: define(local, "Everywhere", {"demographics": "change"}, here, above),
        lambda: local.execute("select retire_role(%s)", (above,)),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            refused()
    gets(local, "local", above, here)


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ({"access": "change"}, "within the matrix"),
        ({"decisions": "change"}, "within the matrix"),
        ({"demographics": "delete"}, "within the matrix"),
        ({"demographics": None}, "within the matrix"),
        ({"demographics') to public; drop table patient; --": "read"}, "within the matrix"),
        ({"clinical": "read", "directory": "change"}, "also reads whose"),
        ({"appointments": "read", "directory": "change"}, "also reads whose"),
        ({}, "at least"),
        ({"directory": "read"}, "at least"),
        ([], "within the matrix"),
    ],
)
def test_nothing_beyond_the_matrix_can_be_had(clinic: Clinic, levels: object, said: str) -> None:
    with pytest.raises(psycopg.errors.DatabaseError, match=said) as refused:
        define(clinic.connect("ingrid"), "Too much", levels, clinic.org_id)  # type: ignore[arg-type]
    assert refused.value.sqlstate == "MD005"


@pytest.mark.parametrize("label", ["", "   ", "x" * 81, "Reception", " pharmacist "])
def test_its_name_is_its_own(clinic: Clinic, label: str) -> None:
    with pytest.raises(psycopg.errors.DatabaseError) as refused:
        define(clinic.connect("ingrid"), label, LEVELS[0], clinic.org_id)
    assert refused.value.sqlstate == "MD005"


def test_a_role_of_the_matrix_stays_as_it_is(clinic: Clinic) -> None:
    administrator = clinic.connect("ingrid")
    for name in ("receptionist", "nobody", "administrator"):
        with pytest.raises(psycopg.errors.DatabaseError, match="not the clinic's own"):
            define(
                administrator,
                "Front desk",
                {"clinical": "change", "demographics": "read"},
                clinic.org_id,
                name,
            )
        with pytest.raises(psycopg.errors.DatabaseError, match="not the clinic's own"):
            administrator.execute("select retire_role(%s)", (name,))


def test_nobody_else_makes_roles(clinic: Clinic) -> None:
    for login in ("anjali", "sofia", "rui"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            define(clinic.connect(login), "Mine", {"clinical": "change"}, clinic.org_id)
    role = define(clinic.connect("ingrid"), "Everything", LEVELS[-1], clinic.org_id)
    mighty = holder(clinic, role)
    for refused in (
        lambda: define(mighty, "More", LEVELS[-1], clinic.org_id),
        lambda: mighty.execute("select set_rights(%s, %s)", (role, Jsonb({"access": "change"}))),
        lambda: mighty.execute("select give_role('helper', 'administrator', %s)", (clinic.org_id,)),
        lambda: mighty.execute("set role medidesk_administrator"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            refused()


def test_one_that_is_held_stays_and_one_that_is_not_ends(clinic: Clinic) -> None:
    administrator = clinic.connect("ingrid")
    role = define(administrator, "Front desk", LEVELS[-1], clinic.org_id)
    held = holder(clinic, role)
    with pytest.raises(psycopg.errors.DatabaseError, match="still held by one person"):
        administrator.execute("select retire_role(%s)", (role,))
    loses(clinic.admin(), "helper", role)
    administrator.execute("select retire_role(%s)", (role,))
    with pytest.raises(psycopg.errors.DatabaseError, match="no role"):
        gets(clinic.admin(), "helper", role, clinic.org_id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        held.execute("select * from medidesk.patient")
    with clinic.admin() as admin:
        assert faults(admin) == []
        left = admin.execute(
            "select count(*) from pg_policies where policyname like %s", (f"{role}%",)
        ).fetchone()
        assert left == (0,)
    define(administrator, "Front desk", LEVELS[1], clinic.org_id)  # the name is free again


def test_its_rights_are_made_again_after_the_schema_has_changed(clinic: Clinic) -> None:
    roles = [
        define(clinic.connect("ingrid"), f"Role {at}", one, clinic.org_id) for at, one in enumerate(LEVELS)
    ]
    with clinic.admin() as admin:
        for role, (table, what) in product(roles, (("patient", "reads"), ("allergy", "adds"))):
            admin.execute(f"drop policy if exists {role}_{what} on {table}".encode())
            admin.execute(f"revoke all on {table} from medidesk_{role}".encode())
        assert faults(admin) != []
        admin.execute("select refresh_rights()")
        assert faults(admin) == []


def test_making_one_is_in_the_audit_trail(clinic: Clinic) -> None:
    administrator = clinic.connect("ingrid")
    role = define(administrator, "Front desk", {"demographics": Need.READ}, clinic.org_id)
    define(administrator, "Front desk", {"demographics": Need.CHANGE}, clinic.org_id, role)
    with clinic.admin() as admin:
        noted = admin.execute(
            "select login, action, changes->'level' from audit_log where tbl = 'role_level' order by seq"
        ).fetchall()
    assert noted == [
        ("ingrid", "insert", "read"),
        ("ingrid", "update", ["read", "change"]),
    ]


def test_a_migration_leaves_them_as_they_are(clinic: Clinic) -> None:
    define(clinic.connect("ingrid"), "Front desk", LEVELS[-1], clinic.org_id)
    cluster = clinic.cluster
    superuser = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    migrate.migrate(superuser, clinic.database)
    with clinic.admin() as admin:
        assert faults(admin) == []


def test_a_role_is_made_while_somebody_reads_one_table_after_the_other(clinic: Clinic) -> None:
    reader, begun = clinic.connect("sofia"), Event()

    def read() -> None:
        with reader.transaction():
            reader.execute("select count(*) from patient_alert")
            begun.set()
            time.sleep(2.5)  # longer than one try waits
            reader.execute("select count(*) from patient")

    reading = Thread(target=read)
    reading.start()
    begun.wait(10)
    role = define(clinic.connect("ingrid"), "Front desk", {"demographics": "add"}, clinic.org_id)
    reading.join()
    assert what_it_can(clinic, holder(clinic, role), clinic_rows(clinic))["patient", "insert"]
