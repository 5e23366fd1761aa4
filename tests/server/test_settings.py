"""Settings as the server has them: within bounds, one of a name in a branch, and the nearest up the tree counts."""

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from medidesk.models.settings import BOUNDS, SettingName
from tests.support.database import Clinic
from tests.support.raw_rows import insert


def setting_of(connection: psycopg.Connection, name: str, org: object) -> Any:
    row = connection.execute("select setting_of(%s, %s)", (name, org)).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("name", SettingName)
def test_the_servers_defaults_are_the_programs(clinic: Clinic, name: SettingName) -> None:
    assert setting_of(clinic.admin(), name, clinic.org_id) == BOUNDS[name].default


def test_the_nearest_up_the_tree_counts(clinic: Clinic) -> None:
    admin = clinic.admin()
    place = {"org_id": clinic.org_id, "parent_id": clinic.org_id, "kind": "branch", "name": "North"}
    north = insert(admin, "organisation", place)

    def held() -> list[int]:
        orgs = clinic.network_id, clinic.org_id, north
        return [setting_of(admin, "restricted_minutes", one) for one in orgs]

    insert(admin, "setting", {"org_id": clinic.network_id, "name": "restricted_minutes", "value": Jsonb(30)})
    assert held() == [30, 30, 30]
    insert(admin, "setting", {"org_id": north, "name": "restricted_minutes", "value": Jsonb(5)})
    insert(admin, "setting", {"org_id": clinic.org_id, "name": "offline_days", "value": Jsonb(7)})
    assert held() == [30, 30, 5]
    admin.execute("update setting set deleted_at = now() where org_id = %s", (clinic.network_id,))
    assert held() == [60, 60, 5]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        setting_of(clinic.connect("ingrid"), "restricted_minutes", north)


@pytest.mark.parametrize("name", SettingName)
def test_nobody_sets_what_is_out_of_bounds(clinic: Clinic, name: SettingName) -> None:
    person, bounds = clinic.connect("ingrid"), BOUNDS[name]
    wrong: tuple[object, ...] = (
        bounds.least - 1, bounds.most + 1, bounds.least + 0.5, 10**30, "30", True, None, [], [30], {}, {"30": 30},
    )  # fmt: skip
    for value in wrong:
        with pytest.raises(psycopg.errors.CheckViolation):
            insert(person, "setting", {"org_id": clinic.org_id, "name": name, "value": Jsonb(value)})
    row = insert(person, "setting", {"org_id": clinic.org_id, "name": name, "value": Jsonb(bounds.most)})
    with pytest.raises(psycopg.errors.CheckViolation):
        person.execute("update setting set value = %s where id = %s", (Jsonb(bounds.most + 1), row))
    person.execute("update setting set value = %s where id = %s", (Jsonb(bounds.least), row))


def test_nothing_else_is_set_and_nothing_twice(clinic: Clinic) -> None:
    person = clinic.connect("ingrid")
    with pytest.raises(psycopg.errors.CheckViolation):
        insert(person, "setting", {"org_id": clinic.org_id, "name": "colour", "value": Jsonb(1)})
    one = {"org_id": clinic.org_id, "name": "offline_days", "value": Jsonb(7)}
    insert(person, "setting", one)
    with pytest.raises(psycopg.errors.UniqueViolation):
        insert(person, "setting", one)
    person.execute("update setting set deleted_at = now()")
    insert(person, "setting", one)
