"""Migrating: what stands in its way is told, and where the program lies does not matter."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from psycopg.conninfo import make_conninfo

from medidesk.errors import ServerProblem
from medidesk.server import migrate
from tests.support.database import Clinic


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
