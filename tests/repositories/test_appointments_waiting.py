"""Who would come earlier: when they could, and whom a time that came free is offered to."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from medidesk.errors import DomainError
from medidesk.models.appointments import AppointmentState
from medidesk.models.directory import Staff, StaffKind
from medidesk.models.duty import DutySchedule
from medidesk.repositories import appointments, branch_clock
from medidesk.repositories.appointments import AppointmentRow
from tests.support.replica_clinic import ReplicaClinic

DAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=14)
NOW = dt.datetime.now(dt.UTC)


def at(minute: int, day: dt.date = DAY) -> dt.datetime:
    return branch_clock.instant(day, minute, dt.UTC)


@pytest.fixture
def doctors(desk: ReplicaClinic) -> list[UUID]:
    """Two doctors who are on duty on that day and the next from nine to eleven."""
    found = desk.put(
        Staff,
        {"kind": StaffKind.DOCTOR, "title": "Dr", "family_name": "Kumar"},
        {"kind": StaffKind.DOCTOR, "title": "Dr", "family_name": "Diallo"},
    )
    hours = {"from_minute": 540, "to_minute": 660, "slot_minutes": 30, "starts_on": DAY}
    ends = {"ends_on": DAY + dt.timedelta(days=1)}
    desk.put(
        DutySchedule,
        *(
            {"staff_id": who, "weekday": (DAY + dt.timedelta(days=one)).isoweekday()} | hours | ends
            for who in found
            for one in (0, 1)
        ),
    )
    return found


def booked(desk: ReplicaClinic, who: UUID, starts: dt.datetime, name: str, **more: Any) -> AppointmentRow:
    values = {"patient_id": desk.patient(name), "staff_id": who, "starts_at": starts, "minutes": 30}
    made = desk.run(appointments.book, values | more)
    assert made is not None
    return shown(desk, made)


def shown(desk: ReplicaClinic, appointment: UUID) -> AppointmentRow:
    row = desk.read(appointments.by_id, appointment)
    assert row is not None
    return row


def could_come(desk: ReplicaClinic, freed: AppointmentRow, after: dt.datetime = NOW) -> list[str]:
    return [row.name for row in desk.read(appointments.could_come, freed, after)]


def test_the_first_free_time_before_theirs_is_found(desk: ReplicaClinic, doctors: list[UUID]) -> None:
    kumar, diallo = doctors
    next_day = DAY + dt.timedelta(days=1)
    booked(desk, kumar, at(540), "Okafor")
    booked(desk, kumar, at(570, next_day), "Silva", wants_earlier=True)
    booked(desk, kumar, at(600, next_day), "Haddad", wants_earlier=True, minutes=60)
    booked(desk, diallo, at(540), "First", wants_earlier=True)
    booked(desk, diallo, at(570), "Content")
    found = desk.read(appointments.earlier_times, desk.org_id, NOW)
    told = {one.row.name: one.slot and (one.slot.starts_at, one.slot.ends_at) for one in found}
    assert told == {
        "First": None,
        "Silva": (at(570), at(600)),
        "Haddad": (at(570), at(630)),
    }
    assert [one.row.name for one in found] == ["First", "Silva", "Haddad"]
    later = desk.read(appointments.earlier_times, desk.org_id, at(571))
    assert [one.slot and one.slot.starts_at for one in later] == [at(600), at(600)], "what began is no use"
    assert desk.read(appointments.earlier_times, desk.org_id, at(0, next_day + dt.timedelta(days=1))) == []


def test_a_time_that_comes_free_is_for_those_with_the_same_person_whom_it_fits(
    desk: ReplicaClinic, doctors: list[UUID]
) -> None:
    kumar, diallo = doctors
    freed = booked(desk, kumar, at(570), "Okafor")
    booked(desk, kumar, at(600), "Neighbour")
    booked(desk, kumar, at(540), "Before", wants_earlier=True)
    booked(desk, diallo, at(600), "Other doctor", wants_earlier=True)
    booked(desk, kumar, at(540, DAY + dt.timedelta(days=1)), "Long", wants_earlier=True, minutes=60)
    booked(desk, kumar, at(600, DAY + dt.timedelta(days=1)), "Short", wants_earlier=True, minutes=20)
    booked(desk, kumar, at(630, DAY + dt.timedelta(days=1)), "Alike", wants_earlier=True)
    assert could_come(desk, freed) == [], "it is not free yet"
    desk.run(appointments.cancel, freed.id, "is travelling")
    assert could_come(desk, freed) == ["Short", "Alike"]
    assert could_come(desk, freed, at(571)) == [], "it has begun"
    booked(desk, kumar, at(570), "Quicker", minutes=25)
    assert could_come(desk, freed) == []


def test_a_longer_one_comes_where_what_follows_is_free_and_on_duty(
    desk: ReplicaClinic, doctors: list[UUID]
) -> None:
    kumar = doctors[0]
    freed, last = booked(desk, kumar, at(570), "Okafor"), booked(desk, kumar, at(630), "Last")
    late = booked(desk, kumar, at(540, DAY + dt.timedelta(days=1)), "Long", wants_earlier=True, minutes=60)
    for row in (freed, last):
        desk.run(appointments.park, row.id)
    assert could_come(desk, freed) == ["Long"]
    assert could_come(desk, last) == [], "Dr Kumar goes home at eleven"
    evening = booked(desk, kumar, at(1080), "Evening", outside_hours=True)
    desk.run(appointments.move, evening.id, kumar, at(1140), at(1170), True)
    assert could_come(desk, evening) == [], "half of it was never hers"
    assert late.wants_earlier


def test_who_is_brought_forward_keeps_the_length_and_waits_no_more(
    desk: ReplicaClinic, doctors: list[UUID]
) -> None:
    kumar = doctors[0]
    row = booked(desk, kumar, at(600), "Silva", wants_earlier=True, minutes=45)
    captured = desk.capture(appointments.bring_forward, row.id, at(540))
    assert captured.title == "Silva: appointment moved"
    desk.keep(captured)
    now = shown(desk, row.id)
    assert (now.starts_at, now.minutes, now.wants_earlier) == (at(540), 45, False)
    for starts in (at(540), at(600)):
        with pytest.raises(DomainError) as told:
            desk.run(appointments.bring_forward, row.id, starts)
        assert told.value.field == "starts_at"
    booked(desk, kumar, at(630), "Haddad")
    other = booked(desk, kumar, at(570, DAY + dt.timedelta(days=1)), "Okafor", wants_earlier=True)
    with pytest.raises(DomainError) as told:
        desk.run(appointments.bring_forward, other.id, at(630))
    assert "Haddad" in told.value.sentence
    assert shown(desk, other.id).wants_earlier
    desk.run(appointments.cancel, other.id, "travels")
    assert shown(desk, other.id).state is AppointmentState.CANCELLED
    assert could_come(desk, other) == []
