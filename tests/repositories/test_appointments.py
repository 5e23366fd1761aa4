"""Appointments: a time is one patient's alone, and is found, moved, parked and ended by short verbs."""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.directory import Organisation, OrganisationKind, Staff, StaffKind
from medidesk.models.duty import DutySchedule
from medidesk.models.types import new_id
from medidesk.repositories import appointments, branch_clock
from medidesk.repositories.appointments import AppointmentRow, Part
from tests.support.replica_clinic import ReplicaClinic, refused

LISBON = ZoneInfo("Europe/Lisbon")
FIRST = branch_clock.day_of(dt.datetime.now(dt.UTC), LISBON) + dt.timedelta(days=7)
DAY = FIRST - dt.timedelta(days=FIRST.isoweekday() - 1)
"""A Monday that is to come."""


def at(minute: int, day: dt.date = DAY) -> dt.datetime:
    return branch_clock.instant(day, minute, LISBON)


@pytest.fixture
def doctor(desk: ReplicaClinic) -> UUID:
    """Dr Kumar of the clinic at the quay, on duty on weekdays from nine to noon."""
    place = {"kind": OrganisationKind.CLINIC, "name": "Quay", "timezone": "Europe/Lisbon"}
    desk.put(Organisation, {"id": desk.org_id, "org_id": desk.org_id} | place)
    who = desk.put(Staff, {"kind": StaffKind.DOCTOR, "title": "Dr", "family_name": "Kumar"})[0]
    hours = {"staff_id": who, "from_minute": 540, "to_minute": 720, "slot_minutes": 15}
    since = {"starts_on": dt.date(2026, 1, 1)}
    desk.put(DutySchedule, *({"weekday": weekday} | hours | since for weekday in range(1, 6)))
    return who


def booked(desk: ReplicaClinic, doctor: UUID, minute: int, name: str = "Okafor", **more: Any) -> UUID:
    values = {"patient_id": desk.patient(name), "staff_id": doctor, "starts_at": at(minute), "minutes": 15}
    made = desk.run(appointments.book, values | more)
    assert made is not None
    return made


def shown(desk: ReplicaClinic, appointment: UUID) -> AppointmentRow:
    row = desk.read(appointments.by_id, appointment)
    assert row is not None
    return row


def test_a_patient_is_given_a_time(desk: ReplicaClinic, doctor: UUID) -> None:
    values = {"patient_id": desk.patient("Okafor", "Amara"), "staff_id": doctor, "starts_at": at(600)}
    captured = desk.capture(appointments.book, values | {"minutes": 20, "note": "  brings   papers "})
    assert captured.title == "Amara Okafor: appointment booked"
    assert captured.line.startswith("Dr Kumar · ")
    assert captured.line.endswith("10:00–10:20")
    desk.keep(captured)
    (column,) = desk.read(appointments.calendar_day, desk.org_id, DAY).columns
    (row,) = column.appointments
    assert (row.name, row.staff_name, row.minutes, row.note) == (
        "Amara Okafor",
        "Dr Kumar",
        20,
        "brings papers",
    )
    assert (column.name, [(one.from_minute, one.to_minute) for one in column.duty]) == (
        "Dr Kumar",
        [(540, 720)],
    )


def test_who_has_the_time_is_told_with_the_next_free_one(desk: ReplicaClinic, doctor: UUID) -> None:
    booked(desk, doctor, 600, "Okafor")
    booked(desk, doctor, 615, "Haddad")
    values = {"patient_id": desk.patient("Silva"), "staff_id": doctor, "starts_at": at(605), "minutes": 15}
    told = refused(desk, appointments.book, values)
    assert told.field == "starts_at"
    assert told.sentence == "Dr Kumar has Okafor then: 10:00–10:15."
    assert "10:30" in told.next_step
    booked(desk, doctor, 630, "Silva")  # it touches, and does not overlap


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"patient_id": None}, "patient_id"),
        ({"staff_id": None}, "staff_id"),
        ({"starts_at": None}, "starts_at"),
        ({"starts_at": at(600, DAY - dt.timedelta(days=365))}, "starts_at"),
        ({"starts_at": at(600, DAY + dt.timedelta(days=4000))}, "starts_at"),
        ({"starts_at": dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC)}, "starts_at"),
        ({"minutes": None}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": -15}, "minutes"),
        ({"minutes": 721}, "minutes"),
        ({"minutes": 10**9}, "minutes"),
        ({"starts_at": at(480)}, "outside_hours"),
        ({"starts_at": at(715)}, "outside_hours"),
        ({"starts_at": at(600, DAY + dt.timedelta(days=5))}, "outside_hours"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    desk: ReplicaClinic, doctor: UUID, changes: dict[str, Any], field: str
) -> None:
    values = {"patient_id": desk.patient("Silva"), "staff_id": doctor, "starts_at": at(600), "minutes": 15}
    assert refused(desk, appointments.book, values | changes).field == field


def test_outside_the_hours_is_booked_where_it_is_meant(desk: ReplicaClinic, doctor: UUID) -> None:
    made = booked(desk, doctor, 480, outside_hours=True)
    assert shown(desk, made).starts_at == at(480)


def test_a_series_keeps_its_time_of_day_and_is_whole_or_not_at_all(desk: ReplicaClinic, doctor: UUID) -> None:
    values = {"patient_id": desk.patient("Silva"), "staff_id": doctor, "starts_at": at(600), "minutes": 15}
    first = desk.run(appointments.book_series, values, 2, 26)
    assert first is not None
    series = shown(desk, first).series_id
    assert series is not None
    rows = desk.read(appointments.of_series, series, dt.datetime.now(dt.UTC))
    assert len(rows) == 26  # a year: the clocks are changed twice
    assert {f"{row.starts_at.astimezone(LISBON):%A %H:%M}" for row in rows} == {"Monday 10:00"}
    other = values | {"patient_id": desk.patient("Haddad"), "starts_at": at(600, DAY - dt.timedelta(weeks=0))}
    told = refused(desk, appointments.book_series, other, 1, 3)
    assert "Silva" in told.sentence
    assert refused(desk, appointments.book_series, values, 0, 3).field == "weeks"
    assert refused(desk, appointments.book_series, values, 1, 53).field == "times"


def test_it_is_moved_stretched_and_given_to_another(desk: ReplicaClinic, doctor: UUID) -> None:
    one, two = booked(desk, doctor, 600), booked(desk, doctor, 630, "Haddad")
    desk.run(appointments.move, one, doctor, at(605), at(630))  # its own old time is no obstacle
    assert (shown(desk, one).starts_at, shown(desk, one).minutes) == (at(605), 25)
    assert "Haddad" in refused(desk, appointments.move, one, doctor, at(605), at(635)).sentence
    nurse = desk.put(Staff, {"kind": StaffKind.NURSE, "family_name": "Lin"})[0]
    assert refused(desk, appointments.move, two, nurse, at(630), at(645)).field == "outside_hours"
    desk.run(appointments.move, two, nurse, at(630), at(645), True)
    assert shown(desk, two).staff_name == "Lin"


def test_a_parked_one_frees_its_time_and_is_booked_by_moving(desk: ReplicaClinic, doctor: UUID) -> None:
    one = booked(desk, doctor, 600)
    desk.run(appointments.park, one)
    assert [row.id for row in desk.read(appointments.parked, desk.org_id)] == [one]
    booked(desk, doctor, 600, "Haddad")
    assert "Haddad" in refused(desk, appointments.book_again, one).sentence
    desk.run(appointments.move, one, doctor, at(660), at(675))
    assert shown(desk, one).state is AppointmentState.BOOKED
    assert desk.read(appointments.parked, desk.org_id) == []


def test_a_cancelled_one_says_why_and_may_be_booked_again(desk: ReplicaClinic, doctor: UUID) -> None:
    one = booked(desk, doctor, 600)
    assert refused(desk, appointments.cancel, one, "  ").field == "cancel_reason"
    desk.run(appointments.cancel, one, "is travelling")
    assert shown(desk, one).cancel_reason == "is travelling"
    refused(desk, appointments.cancel, one, "again")
    refused(desk, appointments.park, one)
    refused(desk, appointments.move, one, doctor, at(660), at(675))
    desk.run(appointments.book_again, one)
    assert (shown(desk, one).state, shown(desk, one).cancel_reason) == (AppointmentState.BOOKED, "")
    refused(desk, appointments.book_again, one)


def test_only_one_that_has_begun_can_be_missed(desk: ReplicaClinic, doctor: UUID) -> None:
    assert "still to come" in refused(desk, appointments.miss, booked(desk, doctor, 600)).sentence
    began = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    times = {"starts_at": began, "ends_at": began + dt.timedelta(minutes=15)}
    late = {"patient_id": desk.patient("Silva"), "staff_id": doctor, "state": AppointmentState.BOOKED}
    one = desk.put(Appointment, late | times)[0]
    desk.run(appointments.miss, one)
    assert shown(desk, one).state is AppointmentState.NO_SHOW


def test_a_note_is_changed_beside_the_time(desk: ReplicaClinic, doctor: UUID) -> None:
    one = booked(desk, doctor, 600)
    desk.run(appointments.change, one, {"note": "wheelchair", "wants_earlier": True})
    assert [row.note for row in desk.read(appointments.waiting_list, desk.org_id, at(0))] == ["wheelchair"]
    with pytest.raises(TypeError):
        desk.run(appointments.change, one, {"state": "cancelled"})


def test_a_merged_file_shows_the_name_of_the_one_that_is_kept(desk: ReplicaClinic, doctor: UUID) -> None:
    kept = desk.patient("Okafor", "Amara")
    merged = desk.patient("Okafour", "A.", merged_into_id=kept)
    times = {"starts_at": at(600), "ends_at": at(615), "state": AppointmentState.BOOKED}
    one = desk.put(Appointment, {"patient_id": merged, "staff_id": doctor} | times)[0]
    assert shown(desk, one).name == "Amara Okafor"
    assert [row.id for row in desk.read(appointments.of_patient, kept, at(0))] == [one]
    # What is booked for the merged file from now on is the kept one's.
    other = desk.run(
        appointments.book, {"patient_id": merged, "staff_id": doctor, "starts_at": at(630), "minutes": 15}
    )
    assert other is not None
    assert shown(desk, other).patient_id == kept


def test_doctors_stand_first_and_whoever_has_nothing_that_day_is_left_out(
    desk: ReplicaClinic, doctor: UUID
) -> None:
    nurse, idle = desk.put(
        Staff,
        {"kind": StaffKind.NURSE, "family_name": "Abel"},
        {"kind": StaffKind.DOCTOR, "family_name": "Idle"},
    )
    booked(desk, nurse, 600, outside_hours=True)
    day = desk.read(appointments.calendar_day, desk.org_id, DAY)
    assert [column.staff_id for column in day.columns] == [doctor, nurse]
    (column,) = desk.read(appointments.calendar_days, desk.org_id, (DAY,), idle)[0].columns
    assert (column.name, column.duty, column.appointments) == ("Idle", (), ())


def test_the_finder_offers_what_can_be_booked(desk: ReplicaClinic, doctor: UUID) -> None:
    booked(desk, doctor, 540)
    found = desk.read(appointments.free_slots, desk.org_id, at(0), most=3)
    assert [slot.starts_at for slot in found] == [at(555), at(570), at(585)]
    long = desk.read(appointments.free_slots, desk.org_id, at(0), minutes=60, most=1)
    assert (long[0].starts_at, long[0].ends_at) == (at(555), at(615))
    assert desk.read(appointments.free_slots, desk.org_id, at(0), part=Part.AFTERNOON) == []
    assert desk.read(appointments.free_slots, desk.org_id, at(0), staff=(new_id(),)) == []
    friday = desk.read(appointments.free_slots, desk.org_id, at(710, DAY + dt.timedelta(days=4)), most=1)
    assert friday[0].starts_at == at(540, DAY + dt.timedelta(days=7))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=st.sets(st.integers(0, 11), max_size=12), minutes=st.sampled_from([10, 15, 30, 45]))
def test_every_time_that_is_offered_is_free_and_every_one_left_out_is_not(
    desk: ReplicaClinic, doctor: UUID, taken: set[int], minutes: int
) -> None:
    desk.replica.apply({}, {"appointment": {row.id for row in _all(desk)}}, lambda: None)
    patient = desk.patient("Silva")
    whole = {"patient_id": patient, "staff_id": doctor, "state": AppointmentState.BOOKED}
    desk.put(
        Appointment,
        *(whole | {"starts_at": at(540 + 15 * slot), "ends_at": at(555 + 15 * slot)} for slot in taken),
    )
    slots = desk.read(appointments.free_slots, desk.org_id, at(0), minutes=minutes, most=50)
    offered = {slot.starts_at for slot in slots if branch_clock.day_of(slot.starts_at, LISBON) == DAY}
    for slot in range(12):
        starts = 540 + 15 * slot
        needs = range(starts, starts + minutes)
        free = starts + minutes <= 720 and not any((minute - 540) // 15 in taken for minute in needs)
        assert (at(starts) in offered) == free


def _all(desk: ReplicaClinic) -> list[AppointmentRow]:
    return desk.read(appointments.between, desk.org_id, at(0), at(1440, DAY + dt.timedelta(days=60)))
