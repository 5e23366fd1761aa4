"""The reception desk: a time is booked, a patient is checked in, charged and pays, until the server has it.

The floor is one bare psycopg transaction of the same person with the same statements on the same tables (exclusion
constraint, ticket, numbers, triggers and policies included), committed.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import psycopg

from benchmarks.report import Figure
from benchmarks.save import confirmed, figures
from benchmarks.timing import imported, in_turns, timed
from benchmarks.world import RECEPTIONIST, World
from medidesk.models.billing import Way
from medidesk.models.types import new_id
from medidesk.repositories import appointments, billing, branch_clock, directory, services, visits
from medidesk.repositories.services import ServiceRow
from medidesk.station import Saved, Station

STATION = "Reception 1"
_SLOT = dt.timedelta(minutes=15)
_DAY = 40
"""Slots of a day that are booked: ten hours."""


def measure(world: World) -> Iterator[Figure]:
    """Booking, checking in, charging and paying."""
    clinic = world.clinic(world.scale.patients)
    several = clinic.some_patients(world.scale.samples * 12)
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
        service = station.read(services.catalogue)[0]
        paid = in_turns(
            rounds,
            lambda _: _charge_and_pay(station, next(people), service),
            lambda _: _insert_bill(bare, org, next(people), service),
        )
    for what, beside in (("book", booked), ("check in", arrived), ("charge and pay", paid)):
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


def _charge_and_pay(station: Station, patient: UUID, service: ServiceRow) -> float:
    station.wait_current()

    def both() -> None:
        charge = station.run(billing.charge, {"patient_id": patient, "service_id": service.id})
        assert isinstance(charge, Saved), charge
        total = str(charge.row.sums().total)
        paid = [billing.Part(Way.CARD, total)]
        confirmed(station.run(billing.settle, patient, [charge.row.id], paid))

    return timed(both)


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


def _insert_bill(bare: psycopg.Connection, org: UUID, patient: UUID, service: ServiceRow) -> float:
    """Two transactions, as the desk has two: what was done, and the invoice with its payment."""
    price = service.price_on(dt.datetime.now(dt.UTC).date())
    amount = Decimal(0) if price is None else price.amount

    def once() -> None:
        charge, invoice, payment = new_id(), new_id(), new_id()
        with bare.transaction():
            bare.execute("select from patient where id = %s for key share", (patient,))
            bare.execute(
                "insert into charge (id, org_id, patient_id, service_id, text, quantity, unit_price, charged_at) "
                "values (%s, %s, %s, %s, %s, 1, %s, now())",
                (charge, org, patient, service.id, service.name, amount),
            )
            bare.execute("select * from charge where id = %s", (charge,)).fetchone()
        with bare.transaction():
            bare.execute("select from patient where id = %s for key share", (patient,))
            bare.execute("select from charge where id = %s for key share", (charge,))
            bare.execute(
                "insert into invoice (id, org_id, patient_id, state, issued_at, lines, total) "
                "values (%s, %s, %s, 'issued', now(), 1, %s)",
                (invoice, org, patient, amount),
            )
            bare.execute(
                "insert into invoice_line (id, org_id, invoice_id, charge_id, position, text, quantity, "
                "unit_price, net, total) values (gen_random_uuid(), %s, %s, %s, 1, %s, 1, %s, %s, %s)",
                (org, invoice, charge, service.name, amount, amount, amount),
            )
            bare.execute(
                "insert into payment (id, org_id, patient_id, invoice_id, receipt_id, way, amount, taken_at) "
                "values (%s, %s, %s, %s, %s, 'card', %s, now())",
                (payment, org, patient, invoice, payment, amount),
            )
            bare.execute("select * from invoice where id = %s", (invoice,)).fetchone()
            bare.execute("select * from payment where id = %s", (payment,)).fetchone()

    return timed(once)
