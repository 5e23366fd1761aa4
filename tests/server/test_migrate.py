"""Migrating: what stands in its way is told, and where the program lies does not matter."""

import shutil
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

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
