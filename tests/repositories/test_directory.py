"""The directory: who works here, in which departments and branches, and what may be written down of it."""

from typing import Any
from uuid import UUID

import pytest

from medidesk.models.access import AccountState, UserAccount, UserRole
from medidesk.models.directory import (
    Department,
    Organisation,
    OrganisationKind,
    Room,
    Specialisation,
    Staff,
    StaffKind,
)
from medidesk.models.types import new_id
from medidesk.repositories import directory
from medidesk.repositories.verbs import VERBS
from tests.support.replica_clinic import ReplicaClinic, refused


@pytest.fixture
def network(desk: ReplicaClinic) -> UUID:
    """The network above the clinic that the desk is in."""
    place = {"timezone": "Europe/Lisbon", "currency": "EUR", "country": "PT"}
    root = new_id()
    desk.put(
        Organisation,
        {"id": root, "org_id": root, "kind": OrganisationKind.NETWORK, "name": "Harbour Health"} | place,
    )
    desk.put(
        Organisation,
        {
            "id": desk.org_id,
            "org_id": root,
            "parent_id": root,
            "kind": OrganisationKind.CLINIC,
            "name": "Quay",
        }
        | place,
    )
    return root


def test_somebody_is_written_down_with_their_places(desk: ReplicaClinic, network: UUID) -> None:
    cardiology = desk.run(directory.add_specialisation, {"name": "Cardiology"})
    ward = desk.run(directory.add_department, {"name": "Ward 2"})
    person = {
        "kind": StaffKind.DOCTOR, "title": "Dr", "given_name": " Asha ", "family_name": "Kumar",
        "specialisation_id": cardiology, "department_id": ward, "registration_no": "12 345",
    }  # fmt: skip
    made = desk.run(directory.add_staff, person)
    assert made is not None
    row = desk.read(directory.member, made)
    assert row is not None
    assert (row.name, row.specialisation, row.department, row.org_name) == (
        "Dr Asha Kumar", "Cardiology", "Ward 2", "Quay",
    )  # fmt: skip
    assert (row.login, row.signs_in) == ("", False)
    assert [one.people for one in desk.read(directory.departments)] == [1]
    assert [one.people for one in desk.read(directory.specialisations)] == [1]


def test_staff_are_listed_by_name_whatever_its_accents(desk: ReplicaClinic, network: UUID) -> None:
    for family, given in (("Zoë", ""), ("Óscar", "B"), ("oscar", "A"), ("Nunes", "")):
        desk.put(Staff, {"kind": StaffKind.NURSE, "family_name": family, "given_name": given})
    assert [row.family_name for row in desk.read(directory.staff)] == ["Nunes", "oscar", "Óscar", "Zoë"]


def test_the_account_that_can_be_used_is_shown(desk: ReplicaClinic, network: UUID) -> None:
    (person,) = desk.put(Staff, {"kind": StaffKind.NURSE, "family_name": "Lin"})
    for login, state in (("lin.old", AccountState.SUSPENDED), ("lin", AccountState.APPROVED)):
        desk.put(UserAccount, {"login": login, "staff_id": person, "state": state})
    (row,) = desk.read(directory.staff)
    assert (row.login, row.signs_in) == ("lin", True)


@pytest.mark.parametrize(
    ("person", "field"),
    [
        ({"kind": StaffKind.NURSE}, "family_name"),
        ({"kind": StaffKind.NURSE, "family_name": "  "}, "family_name"),
        ({"family_name": "Lin"}, "kind"),
        ({"kind": "wizard", "family_name": "Lin"}, "kind"),
        ({"kind": StaffKind.NURSE, "family_name": "Lin", "email": "lin at work"}, "email"),
        ({"kind": StaffKind.NURSE, "family_name": "x" * 101}, "family_name"),
    ],
)
def test_what_is_wrong_with_an_entry_is_told_beside_its_field(
    desk: ReplicaClinic, network: UUID, person: dict[str, Any], field: str
) -> None:
    assert refused(desk, directory.add_staff, person).field == field


def test_a_department_is_one_of_their_own_branch(desk: ReplicaClinic, network: UUID) -> None:
    (elsewhere,) = desk.put(Department, {"org_id": network, "name": "Accounts"})
    person = {"kind": StaffKind.CASHIER, "family_name": "Tavares", "department_id": elsewhere}
    assert refused(desk, directory.add_staff, person).field == "department_id"
    assert desk.run(directory.add_staff, person | {"org_id": network}) is not None


def test_only_what_was_changed_is_sent(desk: ReplicaClinic, network: UUID) -> None:
    (person,) = desk.put(Staff, {"kind": StaffKind.NURSE, "family_name": "Lin", "phone": "555 0001"})
    captured = desk.capture(directory.edit_staff, person, {"phone": "555 0002"})
    (row,) = captured.rows
    assert row.values == {"phone": "555 0002"}
    assert (captured.title, captured.line) == ("Lin: entry changed", "Phone")


def test_whoever_can_sign_in_is_not_taken_off_the_staff(desk: ReplicaClinic, network: UUID) -> None:
    (person,) = desk.put(Staff, {"kind": StaffKind.NURSE, "family_name": "Lin"})
    (account,) = desk.put(UserAccount, {"login": "lin", "staff_id": person, "state": AccountState.APPROVED})
    assert "can still sign in" in refused(desk, directory.remove_staff, person).sentence
    desk.put(
        UserAccount,
        {"id": account, "login": "lin", "staff_id": person, "state": AccountState.SUSPENDED},
        version=2,
    )
    desk.run(directory.remove_staff, person)
    assert desk.read(directory.staff) == []


@pytest.mark.parametrize(
    ("add", "edit", "remove", "points", "model"),
    [
        ("add_department", "edit_department", "remove_department", "department_id", Department),
        ("add_room", "edit_room", "remove_room", "room_id", Room),
        (
            "add_specialisation",
            "edit_specialisation",
            "remove_specialisation",
            "specialisation_id",
            Specialisation,
        ),
    ],
)
def test_names_are_given_once_and_what_is_in_use_stays(
    desk: ReplicaClinic, network: UUID, add: str, edit: str, remove: str, points: str, model: type
) -> None:
    verbs = {name: VERBS[f"directory.{name}"] for name in (add, edit, remove)}
    made = desk.run(verbs[add], {"name": "Radiología"})
    for name in ("Radiología", "RADIOLOGIA", " radiologia "):
        assert refused(desk, verbs[add], {"name": name}).field == "name"
    desk.run(verbs[add], {"name": "Radiología", "org_id": network})  # another branch has its own
    other = desk.run(verbs[add], {"name": "Surgery"})
    assert refused(desk, verbs[edit], other, {"name": "radiologia"}).field == "name"
    assert refused(desk, verbs[edit], other, {"name": ""}).field == "name"
    desk.run(verbs[edit], made, {"name": "RADIOLOGÍA"})  # its own name, spelt otherwise
    desk.put(Staff, {"kind": StaffKind.DOCTOR, "family_name": "Kumar", points: made})
    assert "1 member of staff" in refused(desk, verbs[remove], made).sentence
    desk.run(verbs[remove], other)
    desk.run(verbs[add], {"name": "Surgery"})  # a name that is free again
    with desk.replica.sessions() as session:
        assert session.query(model).filter_by(name="Surgery").count() == 2


def test_a_branch_is_opened_where_it_belongs_and_is_as_that_is(desk: ReplicaClinic, network: UUID) -> None:
    made = desk.run(
        directory.add_organisation,
        {"name": "North Quay", "kind": OrganisationKind.BRANCH, "parent_id": desk.org_id},
    )
    assert made is not None
    row = desk.read(directory.organisation, made)
    assert row is not None
    assert (row.parent_name, row.org_id, row.timezone, row.currency, row.country) == (
        "Quay", desk.org_id, "Europe/Lisbon", "EUR", "PT",
    )  # fmt: skip
    names = [one.name for one in desk.read(directory.organisations)]
    assert names == ["Harbour Health", "Quay", "North Quay"], "each under what it belongs to"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "euro"}, "currency"),
        ({"timezone": "Lisbon"}, "timezone"),
        ({"country": "Portugal"}, "country"),
        ({"name": ""}, "name"),
        ({"kind": OrganisationKind.NETWORK}, "kind"),
    ],
)
def test_where_a_branch_is_must_be_known(
    desk: ReplicaClinic, network: UUID, changes: dict[str, Any], field: str
) -> None:
    assert refused(desk, directory.edit_organisation, desk.org_id, changes).field == field
    new = {"name": "North", "kind": OrganisationKind.BRANCH, "parent_id": network} | changes
    assert refused(desk, directory.add_organisation, new).field == field


def test_a_network_stays_one(desk: ReplicaClinic, network: UUID) -> None:
    assert (
        refused(desk, directory.edit_organisation, network, {"kind": OrganisationKind.CLINIC}).field == "kind"
    )
    desk.run(directory.edit_organisation, network, {"name": "Harbour Group", "currency": "usd"})
    row = desk.read(directory.organisation, network)
    assert row is not None
    assert (row.name, row.currency) == ("Harbour Group", "USD")


def test_an_administrator_keeps_their_branch_and_what_lies_below(desk: ReplicaClinic, network: UUID) -> None:
    below = desk.run(
        directory.add_organisation,
        {"name": "North", "kind": OrganisationKind.BRANCH, "parent_id": desk.org_id},
    )
    (person,) = desk.put(Staff, {"kind": StaffKind.MANAGER, "family_name": "Solberg"})
    (account,) = desk.put(
        UserAccount, {"login": "ingrid", "staff_id": person, "state": AccountState.APPROVED}
    )
    desk.put(UserRole, {"user_account_id": account, "role": "administrator"})
    desk.put(UserRole, {"user_account_id": account, "role": "doctor", "org_id": network})
    assert desk.read(directory.administered, "ingrid") == {desk.org_id, below}
