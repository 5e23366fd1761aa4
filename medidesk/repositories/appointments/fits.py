"""Whether an appointment can have its time, and whether it can still be changed."""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.appointments import HOURS_MOST, Appointment, AppointmentState
from medidesk.models.directory import Staff
from medidesk.models.patients import Patient
from medidesk.models.visits import Visit
from medidesk.repositories import branch_clock, labels
from medidesk.repositories.appointments.slots import free_slots
from medidesk.repositories.duty.hours import covers, duty
from medidesk.repositories.patients.registering import name_of
from medidesk.repositories.people import display_name
from medidesk.repositories.unit_of_work import Work
from medidesk.words import counted, tr

MINUTES_LEAST = 5
YEARS_AHEAD = 3


def check_time(work: Work, row: Appointment, *, outside_hours: bool) -> None:
    """Refuse a length that none has, a day that is over or too far, a time that is taken or off duty.

    Raises:
        DomainError: which of them it is.
    """
    minutes = (row.ends_at - row.starts_at).total_seconds() / 60
    if not MINUTES_LEAST <= minutes <= HOURS_MOST * 60:
        raise DomainError(
            tr("An appointment takes {least} minutes to {most} hours.", least=MINUTES_LEAST, most=HOURS_MOST),
            tr("Correct it."),
            field="minutes",
        )
    zone = branch_clock.zone_of(work.session, row.org_id)
    day, today = branch_clock.day_of(row.starts_at, zone), branch_clock.today(zone)
    if day < today:
        raise DomainError(
            tr("{day} is over.", day=labels.day(day)), tr("Choose a day that is to come."), field="starts_at"
        )
    if day > today + dt.timedelta(days=366 * YEARS_AHEAD):
        raise DomainError(
            tr("{day} is more than {years} away.", day=labels.day(day),
               years=counted(YEARS_AHEAD, "{count} year", "{count} years")),
            tr("Check the year."),
            field="starts_at",
        )  # fmt: skip
    refuse_taken(work, row)
    if not outside_hours:
        _check_duty(work, row, day, zone)


def _check_duty(work: Work, row: Appointment, day: dt.date, zone: dt.tzinfo) -> None:
    starts, ends = (branch_clock.minute_of(one, day, zone) for one in (row.starts_at, row.ends_at))
    stretches = duty(work.session, row.org_id).on(day).get(row.staff_id, ())
    if not covers(stretches, starts, ends):
        name = display_name(work.see(Staff, row.staff_id))
        hours = ", ".join(
            f"{labels.clock(one.from_minute)}–{labels.clock(one.to_minute)}" for one in stretches
        )
        raise DomainError(
            tr("{name} is on duty that day {hours}.", name=name, hours=hours)
            if hours
            else tr("{name} is not on duty on {day}.", name=name, day=labels.day(day)),
            tr("Choose another time, or book it outside the hours."),
            field="outside_hours",
        )


def refuse_taken(work: Work, row: Appointment) -> None:
    """Nobody sees two patients at one time; the database has the last word."""
    others = sa.select(Appointment).where(
        Appointment.staff_id == row.staff_id,
        Appointment.state == AppointmentState.BOOKED,
        Appointment.deleted_at.is_(None),
        Appointment.starts_at > row.starts_at - dt.timedelta(hours=HOURS_MOST),
        Appointment.starts_at < row.ends_at,
        Appointment.ends_at > row.starts_at,
        Appointment.id != row.id,
    )
    other = work.session.scalars(others).first()
    if other is None:
        other = next((one for one in work.session.new if _meets(one, row)), None)
    if other is None:
        return
    zone = branch_clock.zone_of(work.session, row.org_id)
    asked = round((row.ends_at - row.starts_at).total_seconds() / 60)
    free = free_slots(
        work.session, row.org_id, max(row.starts_at, dt.datetime.now(dt.UTC)), staff=(row.staff_id,),
        minutes=asked, most=1, without=row.id,
    )  # fmt: skip
    raise DomainError(
        tr(
            "{name} has {patient} then: {time}.",
            name=display_name(work.see(Staff, row.staff_id)),
            patient=patient_name(work, other.patient_id),
            time=span_words(other, zone),
        ),
        tr("The next free time is {time}.", time=_time_words(free[0].starts_at, zone))
        if free
        else tr("Choose another time."),
        field="starts_at",
    )


def _meets(one: object, row: Appointment) -> bool:
    return (
        isinstance(one, Appointment)
        and one is not row
        and one.staff_id == row.staff_id
        and one.starts_at < row.ends_at
        and row.starts_at < one.ends_at
    )


def patient_name(work: Work, patient_id: UUID) -> str:
    """The name in a patient's file, which may be out of sight."""
    patient = work.session.get(Patient, patient_id)
    return tr("another patient") if patient is None else name_of(patient)


def _time_words(moment: dt.datetime, zone: dt.tzinfo) -> str:
    here = moment.astimezone(zone)
    return f"{labels.weekday(here.isoweekday())} {labels.day(here.date())} {here:%H:%M}"


def span_words(row: Appointment, zone: dt.tzinfo) -> str:
    """From when to when by the branch's clock."""
    return f"{row.starts_at.astimezone(zone):%H:%M}–{row.ends_at.astimezone(zone):%H:%M}"


def arrival_of(work: Work, appointment_id: UUID) -> Visit | None:
    """The visit that an appointment came to, where its patient is here or was."""
    of_it = sa.select(Visit).where(Visit.appointment_id == appointment_id, Visit.deleted_at.is_(None))
    return work.session.scalars(of_it).first()


def refuse_arrived(work: Work, row: Appointment) -> None:
    """Whose patient is here takes place: how it goes on is said in the queue."""
    here = arrival_of(work, row.id)
    if here is not None:
        time = here.arrived_at.astimezone(branch_clock.zone_of(work.session, row.org_id))
        name = patient_name(work, row.patient_id)
        raise DomainError(
            tr("{name} has arrived, at {time}.", name=name, time=f"{time:%H:%M}"),
            tr("How it goes on is said in the queue."),
        )
