"""Booking, moving and ending appointments. All are claims: a time and a room are one patient's alone."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.appointments import HOURS_MOST, Appointment, AppointmentState
from medidesk.models.directory import Staff
from medidesk.models.types import new_id
from medidesk.permissions import Need
from medidesk.repositories import branch_clock, checks, labels
from medidesk.repositories.appointments import fits, queries
from medidesk.repositories.appointments.rooms import Usual, Where
from medidesk.repositories.patients.registering import kept_file
from medidesk.repositories.people import display_name
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA = "appointments"
SERIES_MOST = 52
_YEARS = (2000, 2200)


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.by_id)
def book(work: Work, values: Mapping[str, Any]) -> UUID:
    """Give a patient a time.

    Args:
        work: the unit of work.
        values: `patient_id`, `staff_id`, `starts_at` (aware), `minutes`; `room_id`, unless told the usual room of
            `staff_id`; `note` for the desk, `wants_earlier`, `outside_hours` (whether somebody who is not on duty
            then comes all the same), and `org_id` where it is another branch than the author's.

    Raises:
        DomainError: the time or the room is taken, the day is over, or nobody is on duty.
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
    room_id: Where = Usual.ROOM,
) -> UUID:
    """Give an appointment another time, length, person or room; what is on the pinboard is booked again by it.

    Args:
        work: the unit of work.
        appointment_id: which.
        staff_id, starts_at, ends_at: with whom, and when.
        outside_hours: whether somebody who is not on duty then comes all the same.
        room_id: where; unless told it stays in its room, or comes to the usual one of another person.
    """
    row = work.get(Appointment, appointment_id)
    if row.state not in {AppointmentState.BOOKED, AppointmentState.PARKED}:
        raise DomainError(
            tr("This appointment is not to take place any more."),
            tr("Book it again first, or book a new one."),
        )
    fits.refuse_arrived(work, row)
    with work.session.no_autoflush:
        row.room_id = fits.room_for(work, row, staff_id, room_id)
        row.staff_id, row.starts_at, row.ends_at = staff_id, _moment(starts_at), _moment(ends_at)
        row.state = AppointmentState.BOOKED
        fits.check_time(work, row, outside_hours=outside_hours)
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
    fits.refuse_arrived(work, row)
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
        row.room_id = fits.room_for(work, row, row.staff_id, Usual.ROOM)
        fits.refuse_taken(work, row)
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
    where = given.pop("room_id", Usual.ROOM)
    row = Appointment(
        org_id=org_id,
        patient_id=kept_file(work, patient_id).id,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=max(-HOURS_MOST * 60, min(minutes, HOURS_MOST * 120))),
        state=AppointmentState.BOOKED,
        series_id=series,
        **checks.checked(Appointment, _only(given, "note", "wants_earlier")),
    )
    with work.session.no_autoflush:
        row.room_id, row.staff_id = fits.room_for(work, row, staff_id, where), staff_id
        fits.check_time(work, row, outside_hours=outside)
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
    fits.refuse_arrived(work, row)
    return row


def _describe(work: Work, row: Appointment, title: str, more: str = "") -> None:
    """In the list of waiting changes: whose appointment, with whom, when and where."""
    zone = branch_clock.zone_of(work.session, row.org_id)
    name = display_name(work.see(Staff, row.staff_id))
    time = f"{labels.day(row.starts_at.astimezone(zone).date())} {fits.span_words(row, zone)}"
    parts = (name, time, fits.room_name(work, row), more)
    line = " · ".join(part for part in parts if part)
    work.describe(title.replace("{name}", fits.patient_name(work, row.patient_id)), line)
