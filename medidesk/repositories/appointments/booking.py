"""Booking, moving and ending appointments. All are claims: a time is one patient's alone."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.appointments import HOURS_MOST, Appointment, AppointmentState
from medidesk.models.directory import Staff
from medidesk.models.patients import Patient
from medidesk.models.types import new_id
from medidesk.permissions import Need
from medidesk.repositories import branch_clock, checks, labels
from medidesk.repositories.appointments import queries
from medidesk.repositories.appointments.slots import free_slots
from medidesk.repositories.duty.hours import covers, duty
from medidesk.repositories.patients.registering import kept_file, name_of
from medidesk.repositories.people import display_name
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import counted, tr

AREA = "appointments"
MINUTES_LEAST = 5
YEARS_AHEAD = 3
SERIES_MOST = 52
_YEARS = (2000, 2200)


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.by_id)
def book(work: Work, values: Mapping[str, Any]) -> UUID:
    """Give a patient a time.

    Args:
        work: the unit of work.
        values: `patient_id`, `staff_id`, `starts_at` (aware), `minutes`; `note` for the desk, `wants_earlier`,
            `outside_hours` (whether somebody who is not on duty then comes all the same), and `org_id` where it is
            another branch than the author's.

    Raises:
        DomainError: the time is taken, is over, or nobody is on duty.
    """
    row = _add(work, dict(values))
    _describe(work, row, tr("{name}: appointment booked"))
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.by_id)
def book_series(work: Work, values: Mapping[str, Any], weeks: int, times: int) -> UUID:
    """Give a patient the same time of the same weekday several times: all of them, or none.

    Args:
        work: the unit of work.
        values: of the first, as for `book`.
        weeks: from one to the next.
        times: how many.

    Returns:
        The first.
    """
    for name, value, most in (("weeks", weeks, SERIES_MOST), ("times", times, SERIES_MOST)):
        if not 1 <= value <= most:
            raise DomainError(
                tr("A series is of up to {most} appointments, up to {most} weeks apart.", most=most),
                tr("Correct it."),
                field=name,
            )
    given = dict(values)
    org_id = given.get("org_id") or work.org_id
    zone, series = branch_clock.zone_of(work.session, org_id), new_id()
    first = _moment(given.get("starts_at"))
    day = branch_clock.day_of(first, zone)
    minute = branch_clock.minute_of(first, day, zone)
    # By the clock on the wall: ten o'clock stays ten o'clock when the clocks are changed.
    days = [day + dt.timedelta(weeks=weeks * at) for at in range(times)]
    rows = [
        _add(work, given | {"starts_at": branch_clock.instant(one, minute, zone)}, series=series)
        for one in days
    ]
    _describe(work, rows[0], tr("{name}: series of appointments booked"))
    return rows[0].id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def move(
    work: Work,
    appointment_id: UUID,
    staff_id: UUID,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    outside_hours: bool = False,
) -> UUID:
    """Give an appointment another time, length, or person; what is on the pinboard is booked again by it."""
    row = work.get(Appointment, appointment_id)
    if row.state not in {AppointmentState.BOOKED, AppointmentState.PARKED}:
        raise DomainError(
            tr("This appointment is not to take place any more."),
            tr("Book it again first, or book a new one."),
        )
    with work.session.no_autoflush:
        row.staff_id, row.starts_at, row.ends_at = staff_id, _moment(starts_at), _moment(ends_at)
        row.state = AppointmentState.BOOKED
        _check_time(work, row, outside_hours=outside_hours)
    _describe(work, row, tr("{name}: appointment moved"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def change(work: Work, appointment_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change what stands beside the time: `note`, `wants_earlier`."""
    row = work.get(Appointment, appointment_id)
    for name, value in checks.checked(Appointment, _only(changes, "note", "wants_earlier")).items():
        setattr(row, name, value)
    _describe(work, row, tr("{name}: appointment changed"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def park(work: Work, appointment_id: UUID) -> UUID:
    """Put an appointment on the pinboard: its time is free for others, and it is to have another one."""
    row = _booked(work, appointment_id)
    row.state = AppointmentState.PARKED
    _describe(work, row, tr("{name}: appointment parked"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def cancel(work: Work, appointment_id: UUID, reason: str) -> UUID:
    """Cancel an appointment, and say why; its time is free for others."""
    row = work.get(Appointment, appointment_id)
    if row.state not in {AppointmentState.BOOKED, AppointmentState.PARKED}:
        raise DomainError(tr("This appointment is cancelled already."), tr("There is nothing to do."))
    said = checks.checked_text(Appointment, "cancel_reason", reason)
    if not said:
        raise DomainError(
            tr("It is not said why it is cancelled."), tr("A word is enough."), field="cancel_reason"
        )
    row.state, row.cancel_reason = AppointmentState.CANCELLED, said
    _describe(work, row, tr("{name}: appointment cancelled"), said)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def miss(work: Work, appointment_id: UUID) -> UUID:
    """Write down that the patient did not come."""
    row = _booked(work, appointment_id)
    if row.starts_at > dt.datetime.now(dt.UTC):
        raise DomainError(
            tr("This appointment is still to come."), tr("Cancel it, if it is not to take place.")
        )
    row.state = AppointmentState.NO_SHOW
    _describe(work, row, tr("{name}: did not come"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def book_again(work: Work, appointment_id: UUID) -> UUID:
    """An appointment that was cancelled, missed or parked takes place after all, at its time.

    Raises:
        DomainError: somebody else has that time by now.
    """
    row = work.get(Appointment, appointment_id)
    if row.state is AppointmentState.BOOKED:
        raise DomainError(tr("This appointment is booked."), tr("There is nothing to do."))
    with work.session.no_autoflush:
        row.state, row.cancel_reason = AppointmentState.BOOKED, ""
        _refuse_taken(work, row)
    _describe(work, row, tr("{name}: appointment booked again"))
    return row.id


def _add(work: Work, given: dict[str, Any], *, series: UUID | None = None) -> Appointment:
    patient_id, staff_id = given.pop("patient_id", None), given.pop("staff_id", None)
    if not isinstance(patient_id, UUID):
        raise DomainError(tr("It is not said for whom."), tr("Find the patient first."), field="patient_id")
    if not isinstance(staff_id, UUID):
        raise DomainError(tr("It is not said with whom."), tr("Choose somebody."), field="staff_id")
    outside, org_id = bool(given.pop("outside_hours", False)), given.pop("org_id", None) or work.org_id
    starts_at, minutes = _moment(given.pop("starts_at", None)), given.pop("minutes", None)
    if not isinstance(minutes, int):
        raise DomainError(
            tr("It is not said how long it takes."), tr("Fill in the minutes."), field="minutes"
        )
    row = Appointment(
        org_id=org_id,
        patient_id=kept_file(work, patient_id).id,
        staff_id=staff_id,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=max(-HOURS_MOST * 60, min(minutes, HOURS_MOST * 120))),
        state=AppointmentState.BOOKED,
        series_id=series,
        **checks.checked(Appointment, _only(given, "note", "wants_earlier")),
    )
    with work.session.no_autoflush:
        _check_time(work, row, outside_hours=outside)
    return work.add(row)


def _only(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    unknown = values.keys() - set(names)
    if unknown:
        msg = f"not to be given here: {', '.join(sorted(unknown))}"
        raise TypeError(msg)
    return dict(values)


def _moment(value: Any) -> dt.datetime:
    """A whole minute; appointments have no seconds."""
    if not isinstance(value, dt.datetime):
        raise DomainError(tr("The time is missing."), tr("Fill it in."), field="starts_at")
    if not _YEARS[0] <= value.year <= _YEARS[1]:
        raise DomainError(
            tr("The year {year} cannot be.", year=value.year), tr("Check the year."), field="starts_at"
        )
    return value.astimezone(dt.UTC).replace(second=0, microsecond=0)


def _booked(work: Work, appointment_id: UUID) -> Appointment:
    row = work.get(Appointment, appointment_id)
    if row.state is not AppointmentState.BOOKED:
        raise DomainError(tr("This appointment is not booked."), tr("Book it again first."))
    return row


def _check_time(work: Work, row: Appointment, *, outside_hours: bool) -> None:
    minutes = (row.ends_at - row.starts_at).total_seconds() / 60
    if not MINUTES_LEAST <= minutes <= HOURS_MOST * 60:
        raise DomainError(
            tr("An appointment takes {least} minutes to {most} hours.", least=MINUTES_LEAST, most=HOURS_MOST),
            tr("Correct it."),
            field="minutes",
        )
    zone = branch_clock.zone_of(work.session, row.org_id)
    day, now = branch_clock.day_of(row.starts_at, zone), dt.datetime.now(dt.UTC)
    today = branch_clock.day_of(now, zone)
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
    _refuse_taken(work, row)
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


def _refuse_taken(work: Work, row: Appointment) -> None:
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
            patient=_patient_name(work, other.patient_id),
            time=_span_words(other, zone),
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


def _patient_name(work: Work, patient_id: UUID) -> str:
    patient = work.session.get(Patient, patient_id)
    return tr("another patient") if patient is None else name_of(patient)


def _time_words(moment: dt.datetime, zone: dt.tzinfo) -> str:
    here = moment.astimezone(zone)
    return f"{labels.weekday(here.isoweekday())} {labels.day(here.date())} {here:%H:%M}"


def _span_words(row: Appointment, zone: dt.tzinfo) -> str:
    return f"{row.starts_at.astimezone(zone):%H:%M}–{row.ends_at.astimezone(zone):%H:%M}"


def _describe(work: Work, row: Appointment, title: str, more: str = "") -> None:
    """In the list of waiting changes: whose appointment, with whom and when."""
    zone = branch_clock.zone_of(work.session, row.org_id)
    name = display_name(work.see(Staff, row.staff_id))
    line = f"{name} · {labels.day(row.starts_at.astimezone(zone).date())} {_span_words(row, zone)}"
    work.describe(
        title.replace("{name}", _patient_name(work, row.patient_id)), f"{line} · {more}" if more else line
    )
