"""The reception desk: a time is booked, and a patient is checked in, until the server has confirmed it.

The floor is one bare psycopg transaction of the same person with the same statements on the same tables (exclusion
constraint, ticket, triggers and policies included), committed.
"""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

import psycopg

from benchmarks.report import Figure
from benchmarks.save import confirmed, figures
from benchmarks.timing import imported, in_turns, timed
from benchmarks.world import RECEPTIONIST, World
from medidesk.models.types import new_id
from medidesk.repositories import appointments, branch_clock, directory, visits
from medidesk.station import Station

STATION = "Reception 1"
_SLOT = dt.timedelta(minutes=15)
_DAY = 40
"""Slots of a day that are booked: ten hours."""


def measure(world: World) -> Iterator[Figure]:
    """Booking and checking in."""
    clinic = world.clinic(world.scale.patients)
    several = clinic.some_patients(world.scale.samples * 8)
    imported()
    with clinic.open(RECEPTIONIST, STATION) as station, clinic.writer(RECEPTIONIST) as bare:
        org = station.user.org_id
        staff = station.read(directory.staff)[0].id
        here = {row.patient_id for row in station.read(visits.waiting, org)}
        people = iter([one for one in several if one not in here])
        rounds = range(world.scale.samples)
        times = free_times(station, org)
        booked = in_turns(
            rounds,
            lambda _: _book(station, staff, next(people), next(times)),
            lambda _: _insert_appointment(bare, org, staff, next(people), next(times)),
        )
        arrived = in_turns(
            rounds,
            lambda _: _check_in(station, next(people)),
            lambda _: _insert_visit(bare, org, next(people)),
        )
    for what, beside in (("book", booked), ("check in", arrived)):
        yield from figures(f"reception, {clinic.patients:,} patients, {what}", beside)


def free_times(station: Station, org: UUID) -> Iterator[dt.datetime]:
    """Times that nobody has, one after the other, also in a clinic that was measured before."""
    zone = station.read(branch_clock.zone_of, org)
    day = branch_clock.today(zone) + dt.timedelta(days=7)
    ever = branch_clock.instant(day + dt.timedelta(days=1000), 0, zone)
    taken = station.read(appointments.between, org, branch_clock.instant(day, 0, zone), ever)
    if taken:
        day = max(branch_clock.day_of(row.starts_at, zone) for row in taken) + dt.timedelta(days=1)
    while True:
        begins = branch_clock.instant(day, 8 * 60, zone)
        yield from (begins + at * _SLOT for at in range(_DAY))
        day += dt.timedelta(days=1)


def _book(station: Station, staff: UUID, patient: UUID, starts: dt.datetime) -> float:
    station.wait_current()  # what the floor has just committed reaches this station as well
    values = {
        "patient_id": patient,
        "staff_id": staff,
        "starts_at": starts,
        "minutes": 15,
        "outside_hours": True,
    }
    return timed(lambda: confirmed(station.run(appointments.book, values)))


def _check_in(station: Station, patient: UUID) -> float:
    station.wait_current()
    return timed(lambda: confirmed(station.run(visits.check_in, {"patient_id": patient})))


def _insert_appointment(
    bare: psycopg.Connection, org: UUID, staff: UUID, patient: UUID, starts: dt.datetime
) -> float:
    def once() -> None:
        appointment = new_id()
        with bare.transaction():
            bare.execute("select from patient where id = %s for key share", (patient,))
            bare.execute(
                "insert into appointment (id, org_id, patient_id, staff_id, starts_at, ends_at) "
                "values (%s, %s, %s, %s, %s, %s)",
                (appointment, org, patient, staff, starts, starts + _SLOT),
            )
            bare.execute("select * from appointment where id = %s", (appointment,)).fetchone()

    return timed(once)


def _insert_visit(bare: psycopg.Connection, org: UUID, patient: UUID) -> float:
    def once() -> None:
        visit = new_id()
        with bare.transaction():
            bare.execute("select from patient where id = %s for key share", (patient,))
            bare.execute(
                "insert into visit (id, org_id, patient_id, arrived_at) values (%s, %s, %s, now())",
                (visit, org, patient),
            )
            bare.execute("select * from visit where id = %s", (visit,)).fetchone()

    return timed(once)
