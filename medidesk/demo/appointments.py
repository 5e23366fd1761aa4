"""Rooms and duty hours of the demo clinic's doctors, and a day of appointments that looks like one."""

import datetime as dt
import random
from uuid import UUID

import psycopg

from medidesk.models.types import new_id
from medidesk.repositories import branch_clock

# Names, speciality, usual room, hours in the morning and afternoon (minutes after midnight), minutes a patient.
DOCTORS = (
    ("Erik", "Lindholm", "General practice", "Room 2", (480, 720), (780, 1020), 20),
    ("Fatou", "Diallo", "Paediatrics", "Room 4", (480, 750), (810, 990), 20),
    ("Kenji", "Watanabe", "General practice", "Room 1", (540, 720), (780, 960), 30),
)
KUMAR = ("Room 3", (480, 765), (840, 1020), 30)
TREATMENT_ROOM = "Treatment room"
ROOMS = ("Room 1", "Room 2", "Room 3", "Room 4", TREATMENT_ROOM)
_TREATS = "Room 4"
"""Whoever is usually there goes to the treatment room for the first patient of each afternoon."""
NOTES = ("", "", "", "Brings papers", "Needs a wheelchair", "New patient", "Interpreter: Spanish", "Results")
_DAYS = range(-1, 4)
_TAKEN = 0.6
_SINCE = dt.date(2026, 1, 1)


def add_appointments(connection: psycopg.Connection, org: UUID, *, seed: int = 5) -> None:
    """Doctors with rooms and duty hours, and appointments around today.

    Args:
        connection: a superuser's that may write; the patients are loaded.
        org: the clinic.
        seed: of the chance that fills the days.
    """
    chance = random.Random(seed)  # noqa: S311 - invented appointments, no secret
    row = connection.execute("select timezone from organisation where id = %s", (org,)).fetchone()
    zone = branch_clock.zone_named(row[0] if row else "UTC")
    people = [found[0] for found in connection.execute(
        "select id from patient where org_id = %s order by id", (org,)).fetchall()]  # fmt: skip
    chance.shuffle(people)
    today = branch_clock.today(zone)
    rooms = {name: _room(connection, org, name) for name in ROOMS}
    at = 0
    for staff, room, morning, afternoon, minutes in _doctors(connection, org):
        connection.execute("update staff set room_id = %s where id = %s", (rooms[room], staff))
        for weekday in range(1, 8):
            for begins, ends in (morning, afternoon):
                connection.execute(
                    "insert into duty_schedule "
                    "(id, org_id, staff_id, weekday, from_minute, to_minute, slot_minutes, starts_on) "
                    "values (%s, %s, %s, %s, %s, %s, %s, %s)",
                    (new_id(), org, staff, weekday, begins, ends, minutes, _SINCE),
                )
        slots = [
            one for part in (morning, afternoon) for one in range(part[0], part[1] - minutes + 1, minutes)
        ]
        for day in (today + dt.timedelta(days=one) for one in _DAYS):
            for slot in slots:
                if chance.random() < _TAKEN and people:
                    treats = room == _TREATS and slot == afternoon[0]
                    where = rooms[TREATMENT_ROOM if treats else room]
                    who = people[at % len(people)]
                    _book(connection, org, who, staff, where, day, slot, minutes, zone, chance)
                    at += 1


def _doctors(
    connection: psycopg.Connection, org: UUID
) -> list[tuple[UUID, str, tuple[int, int], tuple[int, int], int]]:
    known = connection.execute(
        "select id from staff where org_id = %s and family_name = 'Kumar'", (org,)
    ).fetchone()
    found = [(known[0], *KUMAR)] if known else []
    for given_name, family_name, speciality, room, morning, afternoon, minutes in DOCTORS:
        staff = new_id()
        connection.execute(
            "insert into staff (id, org_id, kind, title, given_name, family_name, specialisation_id) "
            "select %s, %s, 'doctor', 'Dr', %s, %s, (select id from specialisation where name = %s limit 1)",
            (staff, org, given_name, family_name, speciality),
        )
        found.append((staff, room, morning, afternoon, minutes))
    return found


def _room(connection: psycopg.Connection, org: UUID, name: str) -> UUID:
    room = new_id()
    connection.execute("insert into room (id, org_id, name) values (%s, %s, %s)", (room, org, name))
    return room


def _book(
    connection: psycopg.Connection, org: UUID, patient: UUID, staff: UUID, room: UUID, day: dt.date, minute: int,
    minutes: int, zone: dt.tzinfo, chance: random.Random,
) -> None:  # fmt: skip
    starts = branch_clock.instant(day, minute, zone)
    past = starts < dt.datetime.now(dt.UTC)
    state = chance.choices(("booked", "cancelled", "no_show" if past else "booked"), (18, 1, 1))[0]
    reason = "Feels better" if state == "cancelled" else ""
    connection.execute(
        "insert into appointment "
        "(id, org_id, patient_id, staff_id, room_id, starts_at, ends_at, state, note, cancel_reason) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            new_id(), org, patient, staff, room, starts, starts + dt.timedelta(minutes=minutes), state,
            chance.choice(NOTES), reason,
        ),
    )  # fmt: skip
