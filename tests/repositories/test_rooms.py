"""Rooms: where an appointment takes place, and that no room has two patients at one time."""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.directory import Organisation, OrganisationKind, Room, Staff, StaffKind
from medidesk.models.duty import DutySchedule
from medidesk.models.types import new_id
from medidesk.repositories import appointments, branch_clock, directory
from medidesk.repositories.appointments import AppointmentRow
from tests.support.replica_clinic import ReplicaClinic, refused

LISBON = ZoneInfo("Europe/Lisbon")
FIRST = branch_clock.day_of(dt.datetime.now(dt.UTC), LISBON) + dt.timedelta(days=7)
DAY = FIRST - dt.timedelta(days=FIRST.isoweekday() - 1)
"""A Monday that is to come."""


def at(minute: int, day: dt.date = DAY) -> dt.datetime:
    return branch_clock.instant(day, minute, LISBON)


class Clinic:
    """Room 1, where Dr Diallo usually is, and Room 2 of Dr Kumar, on duty from nine to noon; a nurse of no room."""

    def __init__(self, desk: ReplicaClinic) -> None:
        self.desk = desk
        place = {"kind": OrganisationKind.CLINIC, "name": "Quay", "timezone": "Europe/Lisbon"}
        desk.put(Organisation, {"id": desk.org_id, "org_id": desk.org_id} | place)
        self.one, self.two = desk.put(Room, {"name": "Room 1"}, {"name": "Room 2"})
        doctor = {"kind": StaffKind.DOCTOR, "title": "Dr"}
        self.diallo, self.kumar, self.nurse = desk.put(
            Staff,
            doctor | {"family_name": "Diallo", "room_id": self.one},
            doctor | {"family_name": "Kumar", "room_id": self.two},
            {"kind": StaffKind.NURSE, "family_name": "Lin"},
        )
        hours = {"from_minute": 540, "to_minute": 720, "slot_minutes": 15, "starts_on": dt.date(2026, 1, 1)}
        for who in (self.diallo, self.kumar):
            desk.put(DutySchedule, *({"staff_id": who, "weekday": one} | hours for one in range(1, 6)))

    def wish(self, staff: UUID, minute: int, name: str = "Okafor", **more: Any) -> dict[str, Any]:
        values = {"patient_id": self.desk.patient(name), "staff_id": staff, "starts_at": at(minute)}
        return values | {"minutes": 15, "outside_hours": staff == self.nurse} | more

    def booked(self, staff: UUID, minute: int, name: str = "Okafor", **more: Any) -> UUID:
        made = self.desk.run(appointments.book, self.wish(staff, minute, name, **more))
        assert made is not None
        return made

    def shown(self, appointment: UUID) -> AppointmentRow:
        row = self.desk.read(appointments.by_id, appointment)
        assert row is not None
        return row


@pytest.fixture
def clinic(desk: ReplicaClinic) -> Clinic:
    return Clinic(desk)


def test_an_appointment_is_in_the_usual_room_unless_another_is_named(clinic: Clinic) -> None:
    assert clinic.shown(clinic.booked(clinic.kumar, 540)).room == "Room 2"
    assert clinic.shown(clinic.booked(clinic.kumar, 555, room_id=clinic.one)).room == "Room 1"
    nowhere = clinic.shown(clinic.booked(clinic.kumar, 570, room_id=None))
    assert (nowhere.room_id, nowhere.room) == (None, "")
    assert clinic.shown(clinic.booked(clinic.nurse, 540)).room_id is None
    captured = clinic.desk.capture(appointments.book, clinic.wish(clinic.kumar, 600))
    assert captured.line.endswith("10:00–10:15 · Room 2")


def test_a_usual_room_is_of_its_own_branch_and_in_use(clinic: Clinic) -> None:
    quay = new_id()
    place = {"kind": OrganisationKind.BRANCH, "name": "North", "timezone": "Europe/Lisbon"}
    clinic.desk.put(Organisation, {"id": quay, "org_id": clinic.desk.org_id} | place)
    elsewhere = clinic.booked(clinic.kumar, 540, org_id=quay, outside_hours=True)
    assert clinic.shown(elsewhere).room_id is None
    told = refused(
        clinic.desk, appointments.book,
        clinic.wish(clinic.kumar, 570, org_id=quay, outside_hours=True, room_id=clinic.two),
    )  # fmt: skip
    assert (told.field, told.sentence) == ("room_id", "Room 2 is a room of another branch.")
    clinic.desk.run(directory.edit_room, clinic.two, {"active": False})
    assert clinic.shown(clinic.booked(clinic.kumar, 600)).room_id is None
    told = refused(clinic.desk, appointments.book, clinic.wish(clinic.diallo, 600, room_id=clinic.two))
    assert (told.field, told.sentence) == ("room_id", "Room 2 is not in use.")
    gone = new_id()
    assert "no longer there" in refused(
        clinic.desk, appointments.book, clinic.wish(clinic.diallo, 600, room_id=gone)
    ).sentence  # fmt: skip


def test_who_has_a_room_is_told_with_the_rooms_and_the_times_that_are_free(clinic: Clinic) -> None:
    (third,) = clinic.desk.put(Room, {"name": "Room 3"})
    clinic.desk.put(Room, {"name": "Store", "active": False})
    clinic.booked(clinic.diallo, 600, "Haddad")
    told = refused(clinic.desk, appointments.book, clinic.wish(clinic.kumar, 605, room_id=clinic.one))
    assert told.field == "room_id"
    assert told.sentence == "Room 1 is taken then: Dr Diallo has Haddad there, 10:00–10:15."
    assert told.next_step.startswith("Free then: Room 2, Room 3. The next free time is Monday")
    assert told.next_step.endswith("10:15.")
    clinic.booked(clinic.kumar, 600, "Silva", room_id=third)
    clinic.booked(clinic.kumar, 615, "Silva", room_id=clinic.one)  # it touches, and does not overlap
    assert refused(clinic.desk, appointments.book, clinic.wish(clinic.kumar, 600)).field == "starts_at"


def test_only_one_that_is_booked_holds_its_room(clinic: Clinic) -> None:
    parked, cancelled = clinic.booked(clinic.diallo, 600), clinic.booked(clinic.diallo, 615)
    clinic.desk.run(appointments.park, parked)
    clinic.desk.run(appointments.cancel, cancelled, "is travelling")
    for minute in (600, 615):
        clinic.booked(clinic.kumar, minute, "Silva", room_id=clinic.one)
    for one in (parked, cancelled):
        assert "Dr Kumar has Silva there" in refused(clinic.desk, appointments.book_again, one).sentence
    clinic.desk.run(appointments.move, parked, clinic.diallo, at(600), at(615), False, clinic.two)
    assert clinic.shown(parked).room == "Room 2"


def test_it_keeps_its_room_unless_another_person_sees_the_patient(clinic: Clinic) -> None:
    one = clinic.booked(clinic.diallo, 600, room_id=clinic.two)
    clinic.desk.run(appointments.move, one, clinic.diallo, at(630), at(645))
    assert clinic.shown(one).room == "Room 2"
    clinic.desk.run(appointments.move, one, clinic.kumar, at(630), at(645))
    assert clinic.shown(one).room == "Room 2"
    clinic.desk.run(appointments.move, one, clinic.diallo, at(630), at(645))
    assert clinic.shown(one).room == "Room 1", "the usual one of whoever sees them now"
    clinic.desk.run(appointments.move, one, clinic.diallo, at(630), at(645), False, None)
    assert clinic.shown(one).room_id is None
    clinic.desk.run(appointments.move, one, clinic.nurse, at(630), at(645), True, clinic.two)
    assert clinic.shown(one).room == "Room 2"


def test_a_room_that_was_closed_stays_with_what_is_booked_there_and_one_that_is_gone_does_not(
    clinic: Clinic,
) -> None:
    one = clinic.booked(clinic.diallo, 600, room_id=clinic.two)
    clinic.desk.run(directory.edit_room, clinic.two, {"active": False})
    clinic.desk.run(appointments.move, one, clinic.diallo, at(630), at(645))
    assert clinic.shown(one).room == "Room 2"
    clinic.desk.run(appointments.cancel, one, "is travelling")
    clinic.desk.run(directory.edit_staff, clinic.kumar, {"room_id": None})
    clinic.desk.run(directory.remove_room, clinic.two)
    clinic.desk.run(appointments.book_again, one)
    assert clinic.shown(one).room == "Room 1"


def test_a_series_is_whole_or_not_at_all_also_for_its_room(clinic: Clinic) -> None:
    clinic.booked(clinic.diallo, 600, "Haddad", starts_at=at(600, DAY + dt.timedelta(weeks=2)))
    wanted = clinic.wish(clinic.kumar, 600, room_id=clinic.one)
    assert "Haddad" in refused(clinic.desk, appointments.book_series, wanted, 1, 4).sentence
    first = clinic.desk.run(appointments.book_series, wanted, 1, 2)
    assert first is not None
    assert clinic.shown(first).room == "Room 1"


def test_the_finder_offers_no_time_at_which_the_room_is_somebody_elses(clinic: Clinic) -> None:
    clinic.booked(clinic.diallo, 540, room_id=clinic.two)
    found = clinic.desk.read(
        appointments.free_slots, clinic.desk.org_id, at(0), staff=(clinic.kumar,), most=2
    )
    assert [slot.starts_at for slot in found] == [at(555), at(570)]
    for where in (clinic.one, None):
        (first,) = clinic.desk.read(
            appointments.free_slots, clinic.desk.org_id, at(0), staff=(clinic.kumar,), most=1, room_id=where
        )
        assert first.starts_at == at(540)
    (load,) = clinic.desk.read(appointments.how_full, clinic.desk.org_id, [DAY], at(0), clinic.kumar)
    assert (load.possible, load.free, load.booked) == (12, 11, 0)
    (load,) = clinic.desk.read(appointments.how_full, clinic.desk.org_id, [DAY], at(0))
    assert (load.possible, load.free, load.booked) == (24, 22, 1)


def test_who_would_come_earlier_comes_to_the_room_they_have(clinic: Clinic) -> None:
    clinic.booked(clinic.kumar, 660, "Okafor", wants_earlier=True)
    clinic.booked(clinic.kumar, 675, "Haddad", wants_earlier=True, room_id=None)
    clinic.booked(clinic.diallo, 540, "Silva", room_id=clinic.two)
    waiting = clinic.desk.read(appointments.earlier_times, clinic.desk.org_id, at(0))
    slots = [None if one.slot is None else one.slot.starts_at for one in waiting]
    assert slots == [at(555), at(540)], "at nine the room of the first one is somebody else's"
    freed = clinic.shown(clinic.booked(clinic.kumar, 540, "Gone", room_id=None))
    clinic.desk.run(appointments.cancel, freed.id, "is travelling")
    could = clinic.desk.read(appointments.could_come, freed, at(0))
    assert [row.name for row in could] == ["Haddad"]


def test_over_a_column_stands_the_one_room_of_the_day_or_else_the_usual_one(clinic: Clinic) -> None:
    def over() -> dict[str, str]:
        day = clinic.desk.read(appointments.calendar_day, clinic.desk.org_id, DAY)
        return {column.name: column.room for column in day.columns}

    assert over() == {"Dr Diallo": "Room 1", "Dr Kumar": "Room 2"}
    clinic.booked(clinic.diallo, 600, room_id=clinic.two)
    assert over()["Dr Diallo"] == "Room 2"
    clinic.booked(clinic.diallo, 630)
    assert over()["Dr Diallo"] == "Room 1"
    clinic.booked(clinic.nurse, 600)
    assert over()["Lin"] == ""


def test_rooms_are_in_the_order_in_which_people_count(clinic: Clinic) -> None:
    clinic.desk.put(Room, {"name": "Room 10"}, {"name": "Annexe"}, {"name": "3"}, {"name": "²"})
    names = [row.name for row in clinic.desk.read(directory.rooms)]
    assert names.index("Room 2") < names.index("Room 10")
    assert clinic.desk.read(directory.room, new_id()) is None


def test_a_room_that_is_needed_is_not_removed(clinic: Clinic) -> None:
    (third,) = clinic.desk.put(Room, {"name": "Room 3"})
    assert "1 member of staff" in refused(clinic.desk, directory.remove_room, clinic.one).sentence
    one = clinic.booked(clinic.diallo, 600, room_id=third)
    told = refused(clinic.desk, directory.remove_room, third)
    assert told.sentence == "“Room 3” stands with 1 appointment to come."
    clinic.desk.run(appointments.park, one)
    refused(clinic.desk, directory.remove_room, third)
    clinic.desk.run(appointments.cancel, one, "is travelling")
    began = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    past = {"starts_at": began, "ends_at": began + dt.timedelta(minutes=15), "room_id": third}
    who = {"patient_id": clinic.desk.patient("Silva"), "staff_id": clinic.diallo}
    clinic.desk.put(Appointment, who | past | {"state": AppointmentState.BOOKED})
    clinic.desk.run(directory.remove_room, third)
    assert [row.name for row in clinic.desk.read(directory.rooms)] == ["Room 1", "Room 2"]


def test_the_usual_room_is_one_of_their_own_branch(clinic: Clinic) -> None:
    (elsewhere,) = clinic.desk.put(Room, {"org_id": new_id(), "name": "Room 9"})
    told = refused(clinic.desk, directory.edit_staff, clinic.kumar, {"room_id": elsewhere})
    assert (told.field, told.sentence) == ("room_id", "Room 9 is a room of another branch.")
    clinic.desk.run(directory.edit_staff, clinic.nurse, {"room_id": clinic.two})
    row = clinic.desk.read(directory.member, clinic.nurse)
    assert row is not None
    assert row.room == "Room 2"
