"""Rooms at the server: nobody who connects without the program gives one to two patients at one time."""

import datetime as dt
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.support.database import Clinic
from tests.support.raw_rows import insert

TEN = dt.datetime(2027, 3, 1, 10, tzinfo=dt.UTC)
SLOT = dt.timedelta(minutes=15)


@pytest.fixture
def desk(clinic: Clinic) -> psycopg.Connection:
    """A receptionist's own connection."""
    raw = clinic.connect("sofia")
    raw.execute("set session characteristics as transaction read write")
    return raw


@pytest.fixture
def wanted(clinic: Clinic) -> list[dict[str, Any]]:
    """What two doctors want of one room in one quarter of an hour."""
    admin, org = clinic.admin(), {"org_id": clinic.org_id}
    room = insert(admin, "room", org | {"name": "Room 3"})
    patient = insert(admin, "patient", org | {"family_name": "Sow"})
    times = {"starts_at": TEN, "ends_at": TEN + SLOT}
    return [
        org
        | times
        | {"patient_id": patient, "room_id": room, "staff_id": _doctor(admin, clinic.org_id, name)}
        for name in ("Diallo", "Lindholm")
    ]


def _doctor(admin: psycopg.Connection, org_id: UUID, name: str) -> UUID:
    return insert(admin, "staff", {"org_id": org_id, "kind": "doctor", "family_name": name})


def test_a_room_has_one_patient_at_a_time(desk: psycopg.Connection, wanted: list[dict[str, Any]]) -> None:
    one, other = wanted
    first = insert(desk, "appointment", one)
    later = {"starts_at": TEN + SLOT / 3, "ends_at": TEN + 2 * SLOT}
    for times in ({}, later):
        with pytest.raises(psycopg.errors.ExclusionViolation) as told:
            insert(desk, "appointment", other | times)
        assert told.value.diag.constraint_name == "appointment_one_room"
    insert(desk, "appointment", other | {"starts_at": TEN + SLOT, "ends_at": TEN + 2 * SLOT})
    with pytest.raises(psycopg.errors.ExclusionViolation):
        desk.execute("update appointment set ends_at = ends_at + interval '5 min' where id = %s", (first,))


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "cancelled", "cancel_reason": "is travelling"},
        {"state": "parked"},
        {"state": "no_show"},
        {"deleted_at": TEN},
        {"room_id": None},
    ],
)
def test_what_holds_no_room_is_in_nobodys_way(
    desk: psycopg.Connection, wanted: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    one, other = wanted
    insert(desk, "appointment", one | changes)
    second = insert(desk, "appointment", other)
    if "state" in changes:
        with pytest.raises(psycopg.errors.ExclusionViolation):
            desk.execute("update appointment set state = 'booked' where id <> %s", (second,))


def test_a_name_is_one_rooms_in_its_branch(clinic: Clinic, desk: psycopg.Connection) -> None:
    keeps = clinic.connect("ingrid")
    keeps.execute("set session characteristics as transaction read write")
    named = {"org_id": clinic.org_id, "name": "Room 3"}
    insert(keeps, "room", named)
    with pytest.raises(psycopg.errors.UniqueViolation) as told:
        insert(keeps, "room", named)
    assert told.value.diag.constraint_name == "room_name_key"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        insert(desk, "room", named | {"name": "Room 4"})
