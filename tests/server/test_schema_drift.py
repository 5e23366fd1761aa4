"""The migrations and the models make the same database, down to the last trigger, policy and grant."""

from collections.abc import Iterator
from difflib import unified_diff

import pytest

from medidesk.server import migrate
from medidesk.server.cluster import Cluster
from medidesk.server.schema import OWNER, build
from tests.support.database import TEMPLATE, Clinic, Template
from tests.support.schema_dump import dump

BUILT = "built_from_models"


@pytest.fixture(scope="module")
def built(cluster: Cluster) -> Iterator[str]:
    """The schema of a database built from the models."""
    superuser = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    migrate.prepare(superuser, BUILT)
    url = cluster.url(BUILT, cluster.superuser, cluster.superuser_password)
    with migrate.connect(url, autocommit=False) as connection:
        connection.execute(f"set role {OWNER}".encode())
        build(connection)
    yield dump(cluster, BUILT)
    with migrate.connect(superuser) as connection:
        connection.execute(f"drop database {BUILT}".encode())


def difference(one: str, another: str) -> list[str]:
    return list(unified_diff(one.splitlines(), another.splitlines(), "migrated", "built", n=1, lineterm=""))


def test_migrated_and_built_are_the_same(clinic_template: Template, built: str) -> None:
    migrated = dump(clinic_template.cluster, TEMPLATE)
    assert "CREATE POLICY" in migrated
    assert difference(migrated, built) == []


@pytest.mark.parametrize(
    "change",
    [
        "alter table patient add column hobby text",
        "alter table patient drop constraint patient_name_given_check",
        "drop trigger audit_update on allergy",
        "alter table allergy disable trigger z_stamp",
        "drop policy doctor_reads on allergy",
        "alter policy doctor_reads on allergy using (true)",
        "alter table allergy disable row level security",
        "grant delete on patient to medidesk_manager",
        "grant update (version) on patient to medidesk_doctor",
        "grant execute on function suspend_account(text) to medidesk_doctor",
        "alter function current_account() security invoker",
        "alter function current_account() set search_path = public",
        "drop index patient_by_phone",
        "alter table patient alter column phone set default 'none'",
        "alter table patient owner to medidesk_root",
        "alter sequence audit_seq cache 10",
    ],
)
def test_a_change_of_either_is_noticed(clinic: Clinic, built: str, change: str) -> None:
    clinic.admin().execute(change.encode())
    assert difference(dump(clinic.cluster, clinic.database), built)


def test_migrating_again_changes_nothing(clinic: Clinic) -> None:
    before = dump(clinic.cluster, clinic.database)
    superuser = clinic.cluster.url("postgres", clinic.cluster.superuser, clinic.cluster.superuser_password)
    migrate.migrate(superuser, clinic.database)
    assert dump(clinic.cluster, clinic.database) == before
    with clinic.admin() as admin:
        assert admin.execute("select count(*) from server_identity").fetchone() == (1,)
