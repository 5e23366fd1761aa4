"""Appointments: what several desks want at one time."""

import datetime as dt
from random import Random
from typing import Any
from uuid import UUID

from medidesk.models.appointments import AppointmentState
from medidesk.repositories import appointments, directory
from medidesk.repositories.appointments import AppointmentRow, Usual
from medidesk.repositories.verbs import Verb
from medidesk.station import Station
from tests.faults.harness.patients import somebody
from tests.faults.harness.work import Deed, submit, work

SLOTS = 24
"""So few times are fought for, that many are wanted twice."""


def keep(at: Station, chance: Random, verb: Verb, *args: Any) -> Deed | None:
    """Run a verb, where its author may at that moment."""
    return submit(at, chance, verb, *args) if at.allows(verb) else None


def _time(chance: Random) -> dt.datetime:
    tomorrow = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(
        days=2
    )
    return tomorrow + dt.timedelta(minutes=15 * chance.randrange(SLOTS))


def _one(at: Station, chance: Random, *states: AppointmentState) -> AppointmentRow | None:
    day = _time(chance).replace(hour=0, minute=0)
    rows = at.read(appointments.between, at.user.org_id, day, day + dt.timedelta(days=1))
    found = [row for row in rows if row.state in states]
    return chance.choice(found) if found else None


def _room(at: Station, chance: Random) -> dict[str, UUID]:
    """Now and then one of the first rooms is named, which others may take in the same moment."""
    rooms = [row for row in at.read(directory.rooms) if row.active and row.org_id == at.user.org_id][:2]
    return {"room_id": chance.choice(rooms).id} if rooms and chance.random() < 0.5 else {}


@work(weight=8)
def book(at: Station, chance: Random) -> Deed | None:
    """A time that others may take in the same moment."""
    patient, staff = somebody(at, chance), at.read(directory.staff)[:2]
    if patient is None or not staff:
        return None
    values = {"patient_id": patient, "staff_id": chance.choice(staff).id, "starts_at": _time(chance)}
    values |= _room(at, chance)
    return keep(at, chance, appointments.book, values | {"minutes": 15, "outside_hours": True})


@work(weight=4)
def move(at: Station, chance: Random) -> Deed | None:
    row = _one(at, chance, AppointmentState.BOOKED, AppointmentState.PARKED)
    if row is None:
        return None
    starts = _time(chance)
    times = (starts, starts + dt.timedelta(minutes=15))
    where = _room(at, chance).get("room_id", Usual.ROOM)
    return keep(at, chance, appointments.move, row.id, row.staff_id, *times, True, where)


@work(weight=2)
def park(at: Station, chance: Random) -> Deed | None:
    row = _one(at, chance, AppointmentState.BOOKED)
    return None if row is None else keep(at, chance, appointments.park, row.id)


@work(weight=2)
def cancel(at: Station, chance: Random) -> Deed | None:
    row = _one(at, chance, AppointmentState.BOOKED, AppointmentState.PARKED)
    return None if row is None else keep(at, chance, appointments.cancel, row.id, "is travelling")


@work(weight=2)
def book_again(at: Station, chance: Random) -> Deed | None:
    row = _one(at, chance, AppointmentState.CANCELLED)
    return None if row is None else keep(at, chance, appointments.book_again, row.id)


@work(weight=2)
def change(at: Station, chance: Random) -> Deed | None:
    row = _one(at, chance, AppointmentState.BOOKED)
    changes = {"note": f"Note {chance.randrange(10**6)}"}
    return None if row is None else keep(at, chance, appointments.change, row.id, changes)
