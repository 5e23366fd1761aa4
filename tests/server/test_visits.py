"""Visits over raw connections: tickets, and the times that count."""

import datetime as dt
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.support.database import Clinic
from tests.support.raw_rows import insert

LONG_AGO = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)


@pytest.fixture
def patient(clinic: Clinic) -> UUID:
    return insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Okafor"})


@pytest.fixture
def appointment(clinic: Clinic, patient: UUID) -> UUID:
    ((staff,),) = (
        clinic.admin().execute("select staff_id from user_account where login = 'anjali'").fetchall()
    )
    starts = dt.datetime.now(dt.UTC)
    times = {"starts_at": starts, "ends_at": starts + dt.timedelta(minutes=15)}
    return insert(
        clinic.admin(),
        "appointment",
        {"org_id": clinic.org_id, "patient_id": patient, "staff_id": staff} | times,
    )


def desk(clinic: Clinic, *, told: bool = False) -> psycopg.Connection:
    connection = clinic.connect("sofia")
    connection.execute("set session characteristics as transaction read write")
    connection.execute("select set_config('medidesk.told', %s, false)", (str(told).lower(),))
    return connection


def arrive(clinic: Clinic, at: psycopg.Connection, patient: UUID, **more: Any) -> tuple[Any, ...]:
    values = {
        "org_id": clinic.org_id,
        "patient_id": patient,
        "arrived_at": LONG_AGO,
        "provisional_no": "P-R2-001",
    }
    visit = insert(at, "visit", values | more)
    row = at.execute(
        "select ticket, provisional_no, arrived_at, state from visit where id = %s", (visit,)
    ).fetchone()
    assert row is not None
    return row


def test_tickets_are_numbered_by_counter(clinic: Clinic, patient: UUID, appointment: UUID) -> None:
    at = desk(clinic)
    given = [arrive(clinic, at, patient)[0] for _ in range(2)]
    given += [
        arrive(clinic, at, patient, **more)[0]
        for more in ({"kind": "emergency"}, {"appointment_id": appointment})
    ]
    assert given == ["W-01", "W-02", "E-01", "A-01"]


def test_each_day_and_each_branch_begins_anew(clinic: Clinic, patient: UUID) -> None:
    admin, at = clinic.admin(), desk(clinic, told=True)
    other = insert(admin, "organisation", {
        "org_id": clinic.org_id, "parent_id": clinic.org_id, "kind": "branch", "name": "North",
    })  # fmt: skip
    # By the clock on the branch's wall: an hour before midnight in UTC is the next day in Karachi.
    admin.execute("update organisation set timezone = 'Asia/Karachi' where id = %s", (other,))
    late = dt.datetime(2026, 1, 5, 23, tzinfo=dt.UTC)
    assert arrive(clinic, at, patient)[0] == "W-01"
    assert arrive(clinic, at, patient, arrived_at=late)[0] == "W-02"
    assert arrive(clinic, at, patient, org_id=other, arrived_at=LONG_AGO)[0] == "W-01"
    assert arrive(clinic, at, patient, org_id=other, arrived_at=late)[0] == "W-01"


def test_the_servers_time_counts_for_who_waits_for_its_answer(clinic: Clinic, patient: UUID) -> None:
    _, provisional, arrived_at, _ = arrive(clinic, desk(clinic), patient)
    assert provisional is None
    assert abs(arrived_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)


def test_what_was_told_without_the_server_stays_and_is_never_to_come(clinic: Clinic, patient: UUID) -> None:
    at = desk(clinic, told=True)
    assert arrive(clinic, at, patient)[1:3] == ("P-R2-001", LONG_AGO)
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    assert arrive(clinic, at, patient, arrived_at=ahead)[2] < ahead - dt.timedelta(days=1)


def test_no_step_lies_before_the_arrival(clinic: Clinic, patient: UUID) -> None:
    at = desk(clinic, told=True)
    arrive(clinic, at, patient)
    at.execute("update visit set state = 'in_room', in_room_at = '2020-01-01'")
    assert at.execute("select in_room_at from visit").fetchall() == [(LONG_AGO,)]


def test_a_patient_whom_two_desks_checked_in_came_once(
    clinic: Clinic, patient: UUID, appointment: UUID
) -> None:
    at = desk(clinic, told=True)
    arrive(clinic, at, patient, appointment_id=appointment)
    assert arrive(clinic, at, patient, appointment_id=appointment)[3] == "left"
    online = desk(clinic)
    with pytest.raises(psycopg.errors.UniqueViolation, match="visit_appointment_once"):
        arrive(clinic, online, patient, appointment_id=appointment)


@pytest.mark.parametrize(
    "change", ["ticket = 'A-99'", "arrived_at = now()", "patient_id = gen_random_uuid()"]
)
def test_a_ticket_and_an_arrival_are_nobodys_to_change(clinic: Clinic, patient: UUID, change: str) -> None:
    at = desk(clinic)
    arrive(clinic, at, patient)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        at.execute(f"update visit set {change}".encode())


def test_a_visit_ends_when_it_is_said_to(clinic: Clinic, patient: UUID) -> None:
    at = desk(clinic)
    arrive(clinic, at, patient)
    for change in ("state = 'completed'", "ended_at = now()", "state = 'in_room'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            at.execute(f"update visit set {change}".encode())
