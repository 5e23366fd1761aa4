"""Visits: who is here, who is called next, and how far each has come."""

import datetime as dt
import itertools
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.errors import DomainError
from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.directory import Organisation, OrganisationKind, Room, Staff, StaffKind
from medidesk.models.types import new_id
from medidesk.models.visits import Priority, Visit, VisitKind, VisitState
from medidesk.repositories import appointments, branch_clock, directory, visits
from medidesk.repositories.visits import VisitRow
from medidesk.repositories.visits.queries import _place
from tests.support.replica_clinic import ReplicaClinic, refused

ZONE = branch_clock.zone_named("Europe/Lisbon")
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def doctor(desk: ReplicaClinic) -> UUID:
    place = {"kind": OrganisationKind.CLINIC, "name": "Quay", "timezone": "Europe/Lisbon"}
    desk.put(Organisation, {"id": desk.org_id, "org_id": desk.org_id} | place)
    return desk.put(Staff, {"kind": StaffKind.DOCTOR, "title": "Dr", "family_name": "Kumar"})[0]


def booked(desk: ReplicaClinic, doctor: UUID, name: str = "Okafor", minute: int = 600, **more: Any) -> UUID:
    starts = branch_clock.instant(branch_clock.today(ZONE), minute, ZONE)
    times = {"starts_at": starts, "ends_at": starts + dt.timedelta(minutes=15)}
    return desk.put(
        Appointment,
        {"patient_id": desk.patient(name), "staff_id": doctor, "note": "Interpreter"} | times | more,
    )[0]


def arrived(desk: ReplicaClinic, **values: Any) -> UUID:
    made = desk.run(visits.check_in, values)
    assert made is not None
    return made


def shown(desk: ReplicaClinic, visit: UUID) -> VisitRow:
    row = desk.read(visits.by_id, visit)
    assert row is not None
    return row


def test_who_has_an_appointment_arrives_for_it(desk: ReplicaClinic, doctor: UUID) -> None:
    appointment = booked(desk, doctor)
    captured = desk.capture(visits.check_in, {"appointment_id": appointment})
    assert captured.title == "Okafor: arrived"
    desk.keep(captured)
    (row,) = desk.read(visits.waiting, desk.org_id)
    assert (row.name, row.staff_name, row.note, row.kind) == (
        "Okafor",
        "Dr Kumar",
        "Interpreter",
        VisitKind.OUTPATIENT,
    )
    assert row.booked_for == branch_clock.instant(branch_clock.today(ZONE), 600, ZONE)
    in_calendar = desk.read(appointments.by_id, appointment)
    assert in_calendar is not None
    assert (in_calendar.visit_id, in_calendar.visit_state) == (row.id, VisitState.WAITING)


def test_patients_are_told_the_room_of_whoever_sees_them(desk: ReplicaClinic, doctor: UUID) -> None:
    one, two = desk.put(Room, {"name": "Room 1"}, {"name": "Room 2"})
    nurse, usual = desk.put(
        Staff,
        {"kind": StaffKind.NURSE, "family_name": "Lin"},
        {"kind": StaffKind.DOCTOR, "family_name": "Diallo", "room_id": one},
    )
    visit = arrived(desk, appointment_id=booked(desk, doctor, room_id=two))
    assert shown(desk, visit).room == "Room 2"
    desk.run(visits.change, visit, {"staff_id": usual})
    assert shown(desk, visit).room == "Room 1", "another one sees them, where they usually are"
    desk.run(visits.change, visit, {"staff_id": nurse})
    assert shown(desk, visit).room == ""
    walked_in = arrived(desk, patient_id=desk.patient("Silva"))
    assert shown(desk, walked_in).room == ""
    desk.run(visits.enter_room, walked_in, usual)
    assert shown(desk, walked_in).room == "Room 1"
    desk.run(directory.edit_room, one, {"active": False})
    assert shown(desk, walked_in).room == ""
    without = arrived(desk, appointment_id=booked(desk, usual, "Sow", 660, room_id=None))
    assert shown(desk, without).room == ""


def test_nobody_arrives_twice(desk: ReplicaClinic, doctor: UUID) -> None:
    appointment = booked(desk, doctor)
    arrived(desk, appointment_id=appointment)
    told = refused(desk, visits.check_in, {"appointment_id": appointment})
    assert told.sentence.startswith("Okafor has arrived already, at ")
    patient = desk.patient("Silva")
    arrived(desk, patient_id=patient)
    assert refused(desk, visits.check_in, {"patient_id": patient}).sentence.startswith(
        "Silva has been waiting since "
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"state": AppointmentState.CANCELLED, "cancel_reason": "is better"}, "does not take place"),
        ({"state": AppointmentState.PARKED}, "does not take place"),
        (
            {"starts_at": NOW - dt.timedelta(days=3), "ends_at": NOW - dt.timedelta(days=3, minutes=-15)},
            "is not today",
        ),
    ],
)
def test_what_does_not_take_place_today_has_no_arrival(
    desk: ReplicaClinic, doctor: UUID, more: dict[str, Any], said: str
) -> None:
    assert said in refused(desk, visits.check_in, {"appointment_id": booked(desk, doctor, **more)}).sentence


def test_who_was_written_down_as_missing_can_still_come(desk: ReplicaClinic, doctor: UUID) -> None:
    late = booked(desk, doctor, state=AppointmentState.NO_SHOW)
    assert shown(desk, arrived(desk, appointment_id=late)).state is VisitState.WAITING


def test_an_appointment_whose_patient_is_here_stays_as_it_is(desk: ReplicaClinic, doctor: UUID) -> None:
    appointment = booked(desk, doctor)
    arrived(desk, appointment_id=appointment)
    later = NOW + dt.timedelta(days=8)
    for verb, *arguments in (
        (appointments.cancel, "late"),
        (appointments.park,),
        (appointments.miss,),
        (appointments.move, doctor, later, later + dt.timedelta(minutes=15), True),
    ):
        assert refused(desk, verb, appointment, *arguments).sentence.startswith("Okafor has arrived, at ")


def test_what_a_patient_has_come_for_is_the_nearest_of_today(desk: ReplicaClinic, doctor: UUID) -> None:
    now = branch_clock.instant(branch_clock.today(ZONE), 590, ZONE)
    patient = desk.patient("Okafor")
    later, near = (booked(desk, doctor, minute=minute, patient_id=patient) for minute in (900, 600))
    booked(
        desk,
        doctor,
        minute=570,
        patient_id=patient,
        state=AppointmentState.CANCELLED,
        cancel_reason="is better",
    )
    for wanted in (near, later):
        found = desk.read(visits.due_today, patient, desk.org_id, now)
        assert found is not None
        assert found.id == wanted
        arrived(desk, appointment_id=wanted)
    assert desk.read(visits.due_today, patient, desk.org_id, now) is None


def test_a_visit_goes_from_the_queue_to_the_room_to_its_end_and_each_step_can_be_taken_back(
    desk: ReplicaClinic, doctor: UUID
) -> None:
    visit = arrived(desk, patient_id=desk.patient("Okafor"))
    assert shown(desk, visit).staff_name == ""
    desk.run(visits.call, visit)
    assert shown(desk, visit).called_at is not None
    desk.run(visits.enter_room, visit, doctor)
    assert (shown(desk, visit).state, shown(desk, visit).staff_name) == (VisitState.IN_ROOM, "Dr Kumar")
    assert refused(desk, visits.enter_room, visit).sentence == "Okafor is in the room."
    assert refused(desk, visits.leave, visit).sentence == "Okafor is in the room."
    desk.run(visits.complete, visit)
    assert refused(desk, visits.complete, visit).sentence == "The visit of Okafor is done."
    seen = []
    for _ in range(3):
        desk.run(visits.take_back, visit)
        row = shown(desk, visit)
        seen.append(
            (row.state, row.called_at is not None, row.in_room_at is not None, row.ended_at is not None)
        )
    assert seen == [
        (VisitState.IN_ROOM, True, True, False),
        (VisitState.WAITING, True, False, False),
        (VisitState.WAITING, False, False, False),
    ]
    assert "no step to take back" in refused(desk, visits.take_back, visit).sentence


def test_who_leaves_can_come_back(desk: ReplicaClinic, doctor: UUID) -> None:
    visit = arrived(desk, patient_id=desk.patient("Okafor"))
    desk.run(visits.leave, visit, "  had to   go ")
    assert (shown(desk, visit).state, shown(desk, visit).left_reason) == (VisitState.LEFT, "had to go")
    assert desk.read(visits.waiting, desk.org_id) == []
    desk.run(visits.take_back, visit)
    assert (shown(desk, visit).state, shown(desk, visit).left_reason) == (VisitState.WAITING, "")


def test_whom_and_how_soon_can_be_changed(desk: ReplicaClinic, doctor: UUID) -> None:
    visit = arrived(desk, patient_id=desk.patient("Okafor"))
    desk.run(visits.change, visit, {"staff_id": doctor, "priority": "urgent", "note": "Fever"})
    row = shown(desk, visit)
    assert (row.staff_name, row.priority, row.note) == ("Dr Kumar", Priority.URGENT, "Fever")
    with pytest.raises(DomainError, match="no longer there"):
        desk.run(visits.change, visit, {"staff_id": new_id()})


def test_the_next_is_one_of_mine_or_of_whoever_is_free_and_not_called_yet(
    desk: ReplicaClinic, doctor: UUID
) -> None:
    other = desk.put(Staff, {"kind": StaffKind.DOCTOR, "family_name": "Diallo"})[0]
    theirs = arrived(desk, patient_id=desk.patient("Silva"), staff_id=other)
    anybody = arrived(desk, patient_id=desk.patient("Okafor"))
    for person, wanted in ((doctor, anybody), (other, theirs), (None, theirs)):
        found = desk.read(visits.next_of, desk.org_id, person)
        assert found is not None
        assert found.id == wanted
    desk.run(visits.call, anybody)
    assert desk.read(visits.next_of, desk.org_id, doctor) is None


def test_the_day_shows_who_is_here_first_and_also_who_stayed_overnight(
    desk: ReplicaClinic, doctor: UUID
) -> None:
    yesterday = NOW - dt.timedelta(days=1, hours=2)
    stayed, gone = (desk.patient(name) for name in ("Stayed", "Gone"))
    desk.put(Visit, {"patient_id": stayed, "arrived_at": yesterday})
    desk.put(
        Visit,
        {"patient_id": gone, "arrived_at": yesterday, "ended_at": yesterday, "state": VisitState.COMPLETED},
    )
    done, here = (arrived(desk, patient_id=desk.patient(name)) for name in ("Done", "Here"))
    desk.run(visits.complete, done)
    day = desk.read(visits.of_day, desk.org_id, branch_clock.today(ZONE))
    assert [row.name for row in day] == ["Stayed", "Here", "Done"]
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    assert shown(desk, here).minutes_waited(soon) in range(118, 121)


moments = st.integers(0, 600).map(lambda minutes: NOW + dt.timedelta(minutes=minutes))


def row(arrived_at: dt.datetime, booked_for: dt.datetime | None, priority: Priority) -> VisitRow:
    empty: dict[str, Any] = dict.fromkeys(VisitRow.__slots__)
    return VisitRow(**empty | {
        "id": new_id(), "arrived_at": arrived_at, "booked_for": booked_for, "priority": priority,
    })  # fmt: skip


@given(st.lists(st.builds(row, moments, st.none() | moments, st.sampled_from(Priority)), max_size=12))
def test_the_queue_is_in_one_order_and_nobody_urgent_waits_behind_others(rows: list[VisitRow]) -> None:
    queue = sorted(rows, key=_place)
    assert queue == sorted(rows, key=_place)
    urgent = [one.priority is Priority.URGENT for one in queue]
    assert urgent == sorted(urgent, reverse=True)
    for earlier, later in itertools.pairwise(queue):
        if earlier.priority is later.priority:
            assert max(earlier.arrived_at, earlier.booked_for or earlier.arrived_at) <= later.due_at
