"""Migrating: what stands in its way is told, and where the program lies does not matter."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from psycopg.conninfo import make_conninfo

from medidesk.errors import ServerProblem
from medidesk.server import migrate
from medidesk.server.schema import SCHEMA_VERSION
from tests.support.database import BEFORE, Clinic, Template, new_clinic
from tests.support.waiting import wait_until


def test_a_database_of_a_newer_medidesk_is_left_as_it_is(clinic: Clinic) -> None:
    with clinic.admin() as connection:
        connection.execute("update medidesk.alembic_version set version_num = '9999_future'")
    superuser = clinic.cluster.url("postgres", clinic.cluster.superuser, clinic.cluster.superuser_password)
    with pytest.raises(ServerProblem, match="newer MediDesk"):
        migrate.migrate(superuser, clinic.database)
    with clinic.admin() as connection:
        kept = connection.execute("select version_num from medidesk.alembic_version").fetchone()
    assert kept == ("9999_future",)


def test_the_program_may_lie_in_a_folder_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = shutil.copytree(migrate.MIGRATIONS, tmp_path / "100% Größe %(here)s" / "migrations")
    monkeypatch.setattr(migrate, "MIGRATIONS", place)
    assert ScriptDirectory.from_config(migrate.alembic_config()).get_heads()


def test_one_program_may_bring_several_databases_up_to_date_at_once(clinic: Clinic) -> None:
    """Seed 180005 of ten desks: two of its servers were upgraded in the same moment."""
    superuser = clinic.url(clinic.cluster.superuser, clinic.cluster.superuser_password)
    others = [f"{clinic.database}_{number}" for number in range(3)]
    postgres = clinic.cluster.url("postgres", clinic.cluster.superuser, clinic.cluster.superuser_password)
    with migrate.connect(postgres) as admin:
        for name in others:
            admin.execute(f"create database {name} template {clinic.database}".encode())
    try:
        with ThreadPoolExecutor(3) as pool:
            for _ in pool.map(lambda name: _several_times(superuser, name), others):
                pass
    finally:
        with migrate.connect(postgres) as admin:
            for name in others:
                admin.execute(f"drop database {name} with (force)".encode())


def _several_times(superuser: str, database: str) -> None:
    for _ in range(8):
        migrate.upgrade(make_conninfo(superuser, dbname=database))


def test_an_upgrade_that_meets_people_at_work_is_begun_anew(clinic_template: Template) -> None:
    with new_clinic(clinic_template, of=BEFORE) as clinic:
        superuser = clinic.url(clinic.cluster.superuser, clinic.cluster.superuser_password)
        _meets_somebody(clinic, superuser, 1)
        assert _version(clinic) == SCHEMA_VERSION


def test_an_upgrade_that_meets_people_at_work_each_time_is_told_and_changes_nothing(
    clinic_template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PAUSES", (0.1,))
    with new_clinic(clinic_template, of=BEFORE) as clinic:
        superuser = clinic.url(clinic.cluster.superuser, clinic.cluster.superuser_password)
        with pytest.raises(ServerProblem, match=r"in use.*close MediDesk at the other stations"):
            _meets_somebody(clinic, superuser, 2)
        assert _version(clinic) == SCHEMA_VERSION - 1


def _meets_somebody(clinic: Clinic, superuser: str, times: int) -> None:
    """Upgrade while somebody holds what it waits for, and then waits for what it holds, so many times."""
    first, later = "acting_for", "patient"
    with clinic.admin() as admin, ThreadPoolExecutor(1) as pool:
        # Whoever has waited longest looks for a circle first: the upgrade.
        admin.execute(f"alter database {clinic.database} set deadlock_timeout = '2s'".encode())
        admin.execute("set deadlock_timeout = '1min'")
        with admin.transaction():
            admin.execute(f"lock table {later} in row exclusive mode".encode())
            upgrading = pool.submit(migrate.upgrade, superuser)
            for number in range(times):
                wait_until(lambda: _waits_for(clinic, later))
                admin.execute(f"savepoint s{number}".encode())
                admin.execute(f"lock table {first} in access share mode".encode())
                admin.execute(f"rollback to savepoint s{number}".encode())
            if times > len(migrate.PAUSES):
                upgrading.result(60)
        upgrading.result(60)


def _waits_for(clinic: Clinic, table: str) -> bool:
    with clinic.admin() as admin:
        row = admin.execute(
            "select exists (select from pg_locks where not granted and relation = %s::regclass)", (table,)
        ).fetchone()
    return row == (True,)


def _version(clinic: Clinic) -> int:
    with clinic.admin() as admin:
        row = admin.execute("select schema_version from server_identity").fetchone()
    assert row is not None
    return int(row[0])
