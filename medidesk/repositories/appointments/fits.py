"""Whether an appointment can have its time and room, and whether it can still be changed."""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.appointments import HOURS_MOST, Appointment, AppointmentState
from medidesk.models.directory import Room, Staff
from medidesk.models.patients import Patient
from medidesk.models.visits import Visit
from medidesk.repositories import branch_clock, labels
from medidesk.repositories.appointments.busy import Whose
from medidesk.repositories.appointments.rooms import Where, free_rooms, room_of, usual_rooms
from medidesk.repositories.appointments.slots import free_slots
from medidesk.repositories.duty.hours import covers, duty
from medidesk.repositories.patients.registering import name_of
from medidesk.repositories.people import display_name
from medidesk.repositories.unit_of_work import Work
from medidesk.words import counted, tr

MINUTES_LEAST = 5
YEARS_AHEAD = 3
_ROOMS_NAMED = 3


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


def room_for(work: Work, row: Appointment, staff_id: UUID, wanted: Where) -> UUID | None:
    """The room of an appointment that is to be with somebody.

    Raises:
        DomainError: it is not one that is in use in that branch.
    """
    usual = usual_rooms(work.session, row.org_id, staff_id).get(staff_id)
    has = None if row.room_id is None else work.session.get(Room, row.room_id)
    stays = staff_id == row.staff_id and (has is None or has.deleted_at is None)
    where = room_of(wanted, usual, has=row.room_id, stays=stays)
    if where is None or where in {row.room_id, usual}:
        return where
    room = work.see(Room, where)
    if room.org_id != row.org_id:
        raise DomainError(
            tr("{name} is a room of another branch.", name=room.name),
            tr("Choose one of this branch."),
            field="room_id",
        )
    if not room.active:
        raise DomainError(
            tr("{name} is not in use.", name=room.name), tr("Choose another room."), field="room_id"
        )
    return where


def refuse_taken(work: Work, row: Appointment) -> None:
    """Nobody sees two patients at one time, and no room has two; the database has the last word."""
    other = _other_at(work, row, Appointment.staff_id)
    if other is not None:
        raise DomainError(
            tr("{name} has {patient} then: {time}.", **_who_has_it(work, other)),
            _next_free(work, row) or tr("Choose another time."),
            field="starts_at",
        )
    other = None if row.room_id is None else _other_at(work, row, Appointment.room_id)
    if other is not None:
        where, who = room_name(work, row), _who_has_it(work, other)
        raise DomainError(
            tr("{room} is taken then: {name} has {patient} there, {time}.", room=where, **who),
            " ".join(filter(None, (_free_then(work, row), _next_free(work, row))))
            or tr("Choose another time."),
            field="room_id",
        )


def _other_at(work: Work, row: Appointment, whose: Whose) -> Appointment | None:
    """What holds the time of the same person, or room, already; also what is booked by the same verb."""
    name = whose.key
    others = sa.select(Appointment).where(
        whose == getattr(row, name),
        Appointment.state == AppointmentState.BOOKED,
        Appointment.deleted_at.is_(None),
        Appointment.starts_at > row.starts_at - dt.timedelta(hours=HOURS_MOST),
        Appointment.starts_at < row.ends_at,
        Appointment.ends_at > row.starts_at,
        Appointment.id != row.id,
    )
    other = work.session.scalars(others).first()
    if other is not None:
        return other
    made = (one for one in work.session.new if isinstance(one, Appointment) and one is not row)
    return next(
        (
            one
            for one in made
            if getattr(one, name) == getattr(row, name)
            and one.starts_at < row.ends_at
            and row.starts_at < one.ends_at
        ),
        None,
    )


def _who_has_it(work: Work, other: Appointment) -> dict[str, str]:
    """For a sentence: who sees whom, and until when."""
    return {
        "name": display_name(work.see(Staff, other.staff_id)),
        "patient": patient_name(work, other.patient_id),
        "time": span_words(other, branch_clock.zone_of(work.session, other.org_id)),
    }


def _free_then(work: Work, row: Appointment) -> str:
    """Which other rooms are free at that time, in a sentence; "" where none is."""
    rooms = free_rooms(work.session, row.org_id, row.starts_at, row.ends_at, row.id)
    names = ", ".join(room.name for room in rooms[:_ROOMS_NAMED])
    return tr("Free then: {rooms}.", rooms=names) if rooms else ""


def _next_free(work: Work, row: Appointment) -> str:
    """The next time at which whom it is with and its room are free, in a sentence; "" where there is none."""
    asked = round((row.ends_at - row.starts_at).total_seconds() / 60)
    free = free_slots(
        work.session, row.org_id, max(row.starts_at, dt.datetime.now(dt.UTC)), staff=(row.staff_id,),
        minutes=asked, most=1, without=row.id, room_id=row.room_id,
    )  # fmt: skip
    if not free:
        return ""
    zone = branch_clock.zone_of(work.session, row.org_id)
    return tr("The next free time is {time}.", time=_time_words(free[0].starts_at, zone))


def room_name(work: Work, row: Appointment) -> str:
    """Where an appointment takes place; "" in no room."""
    room = None if row.room_id is None else work.session.get(Room, row.room_id)
    return "" if room is None else room.name


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
