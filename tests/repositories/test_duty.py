"""Duty hours: weekly hours, and the days on which it is different."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from medidesk.errors import DomainError
from medidesk.models.directory import Organisation, OrganisationKind, Staff, StaffKind
from medidesk.models.duty import DutySchedule, ExceptionKind
from medidesk.repositories import duty, labels
from tests.support.replica_clinic import ReplicaClinic, refused

HOURS = {"starts": "9", "ends": "13:00", "slot_minutes": 15, "starts_on": "2.11.2026"}


@pytest.fixture
def doctor(desk: ReplicaClinic) -> UUID:
    """Dr Kumar of the clinic at the quay."""
    desk.put(
        Organisation,
        {"id": desk.org_id, "org_id": desk.org_id, "kind": OrganisationKind.CLINIC, "name": "Quay"},
    )
    return desk.put(Staff, {"kind": StaffKind.DOCTOR, "title": "Dr", "family_name": "Kumar"})[0]


@pytest.mark.parametrize(
    ("typed", "minute"),
    [
        ("9", 540), ("09", 540), ("9:30", 570), ("9.30", 570), (" 9h30 ", 570), ("9h", 540), ("0930", 570),
        ("930", 570), ("0:00", 0), ("24:00", 1440), ("٩:٣٠", 570),
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_type_it(typed: str, minute: int) -> None:
    assert duty.parse_clock(typed) == minute
    assert duty.parse_clock(labels.clock(minute)) == minute


def test_fields_of_duty_are_read_as_times_and_days() -> None:
    assert labels.shown_as("from_minute", 570) == "09:30"
    assert labels.shown_as("to_minute", None) == labels.NOTHING
    assert [labels.shown_as("weekday", day) for day in (1, 7, 8)] == ["Monday", "Sunday", "8"]
    assert labels.shown_as("slot_minutes", 15) == "15"


@pytest.mark.parametrize("typed", ["", "nine", "25", "9:60", "24:01", "9:3", "12345", "-1", "9:30:00", "9\0"])
def test_what_is_no_time_is_told(typed: str) -> None:
    with pytest.raises(DomainError, match="time") as told:
        duty.parse_clock(typed, field="starts")
    assert told.value.field == "starts"
    assert "\0" not in told.value.sentence


def test_hours_are_given_on_several_weekdays_at_once(desk: ReplicaClinic, doctor: UUID) -> None:
    captured = desk.capture(
        duty.add_schedule, HOURS | {"staff_id": doctor, "monday": True, "tuesday": False, "friday": True}
    )
    assert (captured.title, captured.line) == (
        "Dr Kumar: duty hours added", "Monday, Friday 09:00–13:00",
    )  # fmt: skip
    desk.keep(captured)
    rows = desk.read(duty.schedules)
    assert [(row.name, row.weekday, row.starts, row.ends, row.org_name) for row in rows] == [
        ("Dr Kumar", 1, "09:00", "13:00", "Quay"), ("Dr Kumar", 5, "09:00", "13:00", "Quay"),
    ]  # fmt: skip
    assert (rows[0].starts_on, rows[0].ends_on) == (dt.date(2026, 11, 2), None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"monday": False}, "monday"),
        ({"staff_id": None}, "staff_id"),
        ({"starts": "x"}, "starts"),
        ({"ends": "9"}, "ends"),
        ({"ends": ""}, "ends"),
        ({"slot_minutes": 1}, "slot_minutes"),
        ({"slot_minutes": None}, "slot_minutes"),
        ({"starts_on": ""}, "starts_on"),
        ({"ends_on": "1.11.2026"}, "ends_on"),
    ],
)
def test_what_is_wrong_with_hours_is_told_beside_its_field(
    desk: ReplicaClinic, doctor: UUID, changed: dict[str, Any], field: str
) -> None:
    hours = HOURS | {"staff_id": doctor, "monday": True} | changed
    assert refused(desk, duty.add_schedule, hours).field == field


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        ({}, True),
        ({"starts": "12:59", "ends": "15"}, True),
        ({"starts": "13", "ends": "15"}, False),
        ({"starts": "7", "ends": "9"}, False),
        ({"monday": False, "tuesday": True}, False),
        ({"starts_on": "31.12.2026"}, True),
        ({"starts_on": "1.1.2027"}, False),
        ({"starts_on": "1.1.2020", "ends_on": "1.11.2026"}, False),
        ({"starts_on": "1.1.2020", "ends_on": "2.11.2026"}, True),
    ],
)
def test_nobody_is_in_two_places_at_one_time(
    desk: ReplicaClinic, doctor: UUID, other: dict[str, Any], meets: bool
) -> None:
    base = HOURS | {"staff_id": doctor, "monday": True}
    made = desk.run(duty.add_schedule, base | {"ends_on": "31.12.2026"})
    if meets:
        told = refused(desk, duty.add_schedule, base | other)
        assert told.sentence == "Dr Kumar is on duty then already: Monday 09:00–13:00."
    else:
        desk.run(duty.add_schedule, base | other)
    desk.run(duty.edit_schedule, made, {"starts": "8:30"} if meets else {"slot_minutes": 20})


def test_hours_are_changed_and_taken_away(desk: ReplicaClinic, doctor: UUID) -> None:
    (row,) = desk.put(
        DutySchedule,
        {
            "staff_id": doctor, "weekday": 1, "from_minute": 540, "to_minute": 780, "slot_minutes": 15,
            "starts_on": dt.date(2026, 11, 2),
        },
    )  # fmt: skip
    assert refused(desk, duty.edit_schedule, row, {"ends": "8"}).field == "ends"
    captured = desk.capture(duty.edit_schedule, row, {"starts": "10", "ends_on": "31.12.2026"})
    assert captured.rows[0].values == {"from_minute": 600, "ends_on": dt.date(2026, 12, 31)}
    desk.run(duty.remove_schedule, row)
    assert desk.read(duty.schedules) == []


def test_days_on_which_it_is_different(desk: ReplicaClinic, doctor: UUID) -> None:
    away = desk.run(duty.add_exception, {"staff_id": doctor, "kind": "away", "starts_on": "7.12.2026"})
    desk.run(
        duty.add_exception,
        {"kind": "away", "starts_on": "25.12.2026", "ends_on": "26.12.2026", "reason": "Christmas"},
    )
    desk.run(
        duty.add_exception,
        {
            "staff_id": doctor, "kind": "extra", "starts_on": "12.12.2026", "starts": "9", "ends": "12",
            "slot_minutes": 20,
        },
    )  # fmt: skip
    rows = desk.read(duty.exceptions)
    assert [(row.name, row.kind, row.starts_on.day, row.ends_on.day, row.starts) for row in rows] == [
        ("Quay", ExceptionKind.AWAY, 25, 26, ""),
        ("Dr Kumar", ExceptionKind.EXTRA, 12, 12, "09:00"),
        ("Dr Kumar", ExceptionKind.AWAY, 7, 7, ""),
    ]
    captured = desk.capture(duty.edit_exception, away, {"ends_on": "9.12.2026"})
    assert (captured.title, captured.line) == ("Dr Kumar is away", "7 Dec 2026 – 9 Dec 2026")
    desk.run(duty.edit_exception, away, {"starts": "9", "ends": "12"})
    desk.run(duty.edit_exception, away, {"starts": "", "ends": ""})  # the whole day again
    desk.run(duty.remove_exception, away)
    assert len(desk.read(duty.exceptions)) == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"starts_on": ""}, "starts_on"),
        ({"starts_on": "7.12.2026", "ends_on": "6.12.2026"}, "ends_on"),
        ({"starts_on": "7.12.2026", "starts": "9"}, "ends"),
        ({"starts_on": "7.12.2026", "starts": "9", "ends": "8"}, "ends"),
        ({"starts_on": "7.12.2026", "kind": "extra"}, "starts"),
        ({"starts_on": "7.12.2026", "kind": "extra", "starts": "9", "ends": "12"}, "slot_minutes"),
        ({"starts_on": "7.12.2026", "kind": "extra", "staff_id": None}, "staff_id"),
    ],
)
def test_what_is_wrong_with_such_days_is_told_beside_its_field(
    desk: ReplicaClinic, doctor: UUID, values: dict[str, Any], field: str
) -> None:
    given = {"staff_id": doctor, "kind": "away"} | values
    assert refused(desk, duty.add_exception, given).field == field
