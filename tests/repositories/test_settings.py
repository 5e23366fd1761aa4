"""What a clinic sets: the nearest up the tree counts, within bounds that are told in words."""

from uuid import UUID

import pytest

from medidesk.models.directory import Organisation, OrganisationKind
from medidesk.models.settings import BOUNDS, OFFLINE_DAYS, Setting, SettingName
from medidesk.models.types import new_id
from medidesk.repositories import labels, settings
from tests.support.replica_clinic import ReplicaClinic, refused

LOCK, OFFLINE, REFUNDS, RESTRICTED, WAITING = SettingName


@pytest.fixture
def tree(desk: ReplicaClinic) -> dict[str, UUID]:
    """A network, the clinic at the quay in it, and two branches below."""
    ids = {"network": new_id(), "quay": desk.org_id, "north": new_id(), "south": new_id()}
    above = {"quay": "network", "north": "quay", "south": "quay"}
    for name, one in ids.items():
        parent = ids.get(above.get(name, ""))
        kind = OrganisationKind.BRANCH if parent else OrganisationKind.NETWORK
        row = {"id": one, "org_id": parent or one, "parent_id": parent, "kind": kind, "name": name}
        desk.put(Organisation, row)
    return ids


def held(desk: ReplicaClinic, name: SettingName, tree: dict[str, UUID]) -> list[int | None]:
    return [desk.read(settings.value_of, name, org_id) for org_id in tree.values()]


def test_without_one_the_programs_default_holds(desk: ReplicaClinic, tree: dict[str, UUID]) -> None:
    assert held(desk, LOCK, tree) == [None] * 4
    assert held(desk, OFFLINE, tree) == [OFFLINE_DAYS] * 4
    assert held(desk, RESTRICTED, tree) == [60] * 4
    assert desk.read(settings.value_of, OFFLINE, new_id()) == OFFLINE_DAYS, "of a branch out of sight"


def test_the_nearest_up_the_tree_counts(desk: ReplicaClinic, tree: dict[str, UUID]) -> None:
    desk.run(settings.change, OFFLINE, 60, tree["network"])
    assert held(desk, OFFLINE, tree) == [60, 60, 60, 60]
    desk.run(settings.change, OFFLINE, 14)  # the author's own
    desk.run(settings.change, OFFLINE, 7, tree["south"])
    assert held(desk, OFFLINE, tree) == [60, 14, 14, 7]
    assert held(desk, RESTRICTED, tree) == [60] * 4
    desk.run(settings.change, OFFLINE, 21)
    desk.run(settings.reset, OFFLINE, tree["south"])
    assert held(desk, OFFLINE, tree) == [60, 21, 21, 21]
    desk.run(settings.reset, OFFLINE, None)
    assert held(desk, OFFLINE, tree) == [60, 60, 60, 60]


def test_a_row_says_what_holds_and_where_it_comes_from(desk: ReplicaClinic, tree: dict[str, UUID]) -> None:
    desk.run(settings.change, LOCK, 20, tree["network"])
    desk.run(settings.change, LOCK, 5, tree["south"])
    rows = desk.read(settings.overview, tree["quay"])
    assert [(row.setting, row.org_name, row.value, row.source_name, row.row_id is not None) for row in rows] == [
        (LOCK, "network", 20, "network", True),
        (LOCK, "quay", 20, "network", False),
        (LOCK, "south", 5, "south", True),
        (OFFLINE, "quay", 30, "", False),
        (REFUNDS, "quay", 0, "", False),
        (RESTRICTED, "quay", 60, "", False),
        (WAITING, "quay", 30, "", False),
    ]  # fmt: skip
    quay, south = rows[1], rows[2]
    assert desk.read(settings.place, quay.id) == quay
    assert south.row_id is not None
    assert desk.read(settings.set_there, south.row_id) == south
    desk.run(settings.change, LOCK, 10)
    now = desk.read(settings.place, quay.id)
    assert now is not None
    assert (now.id, now.value, now.source_id) == (quay.id, 10, tree["quay"])
    assert desk.read(settings.place, new_id()) is None


@pytest.mark.parametrize("name", SettingName)
def test_bounds_are_told_beside_the_field(
    desk: ReplicaClinic, tree: dict[str, UUID], name: SettingName
) -> None:
    bounds = BOUNDS[name]
    for value in (bounds.least - 1, bounds.most + 1, -(10**30), 10**30):
        told = refused(desk, settings.change, name, value)
        assert told.field == "value"
        assert f"{bounds.least:,}" in told.sentence
        assert f"{bounds.most:,}" in told.sentence
    for value in (bounds.least, bounds.most):
        desk.run(settings.change, name, value)
        assert desk.read(settings.value_of, name, tree["north"]) == value
    assert refused(desk, settings.change, name, None).sentence == "It is not said what it is set to."


def test_what_is_not_set_is_not_taken_back(desk: ReplicaClinic, tree: dict[str, UUID]) -> None:
    desk.run(settings.change, LOCK, 20, tree["network"])
    told = refused(desk, settings.reset, LOCK, tree["quay"])
    assert told.sentence == "Locks by itself at the latest after: this is not set in quay any more."


def test_a_value_out_of_bounds_counts_as_none(desk: ReplicaClinic, tree: dict[str, UUID]) -> None:
    desk.run(settings.change, OFFLINE, 14, tree["network"])
    for value in (91, 0, -1, True, "60", None, {"days": 60}):
        desk.put(Setting, {"id": tree["quay"], "name": OFFLINE, "value": value})
        assert held(desk, OFFLINE, tree) == [14] * 4


def test_a_change_is_described_as_people_say_it(desk: ReplicaClinic, tree: dict[str, UUID]) -> None:
    captured = desk.capture(settings.change, LOCK, 1)
    assert (captured.title, captured.line) == ("Locks by itself at the latest after: 1 minute", "quay")
    desk.run(settings.change, OFFLINE, 14)
    captured = desk.capture(settings.reset, OFFLINE, None)
    assert captured.title == "Sign-in without the server for up to: no longer set"
    assert labels.shown(OFFLINE) == "Sign-in without the server for up to"
    assert labels.setting_value(LOCK, None) == "no limit"
