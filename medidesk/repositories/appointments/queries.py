"""Reading appointments. The same on a replica and on the server."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.base import table_of
from medidesk.models.directory import Room, Staff, StaffKind
from medidesk.models.search import fold
from medidesk.models.visits import Visit
from medidesk.repositories import branch_clock, directory
from medidesk.repositories.appointments.rooms import usual_rooms
from medidesk.repositories.appointments.rows import AppointmentRow, CalendarDay, Column
from medidesk.repositories.duty.hours import Duty, duty
from medidesk.repositories.patients.joined import is_of, of_kept_file, with_kept_file

_it, _staff, _room, _visit = table_of(Appointment), table_of(Staff), table_of(Room), table_of(Visit)
MINUTES_OF_A_DAY = 24 * 60


_APPOINTMENTS = (
    sa.select(
        *(
            _it.c[name]
            for name in (
                *(
                    "id",
                    "org_id",
                    "patient_id",
                    "staff_id",
                    "room_id",
                    "starts_at",
                    "ends_at",
                    "state",
                    "note",
                ),
                *("cancel_reason", "wants_earlier", "series_id", "version", "updated_at", "updated_by"),
            )
        ),
        *of_kept_file(),
        sa.func.coalesce(_staff.c.title, ""),
        sa.func.coalesce(_staff.c.given_name, ""),
        sa.func.coalesce(_staff.c.family_name, ""),
        sa.func.coalesce(_room.c.name, ""),
        _visit.c.id,
        _visit.c.state,
        _visit.c.arrived_at,
    )
    .select_from(
        with_kept_file(_it)
        .outerjoin(_staff, _staff.c.id == _it.c.staff_id)
        .outerjoin(_room, _room.c.id == _it.c.room_id)
        .outerjoin(_visit, sa.and_(_visit.c.appointment_id == _it.c.id, _visit.c.deleted_at.is_(None)))
    )
    .where(_it.c.deleted_at.is_(None))
    .order_by(_it.c.starts_at, _it.c.id)
)


def by_id(session: Session, appointment_id: UUID) -> AppointmentRow | None:
    """One appointment."""
    return next(iter(_rows(session, _APPOINTMENTS.where(_it.c.id == appointment_id))), None)


def between(
    session: Session, org_id: UUID, starts: dt.datetime, ends: dt.datetime, staff_id: UUID | None = None
) -> list[AppointmentRow]:
    """The appointments of a branch, or of one person there, that touch a time."""
    query = _APPOINTMENTS.where(
        _it.c.org_id == org_id,
        # An appointment takes hours at most: so far back the index is looked through.
        _it.c.starts_at > starts - dt.timedelta(days=1),
        _it.c.starts_at < ends,
        _it.c.ends_at > starts,
    )
    if staff_id is not None:
        query = query.where(_it.c.staff_id == staff_id)
    return _rows(session, query)


def of_patient(session: Session, patient_id: UUID, since: dt.datetime) -> list[AppointmentRow]:
    """The appointments of a patient that end later than that, also those of files merged into theirs."""
    return _rows(session, _APPOINTMENTS.where(is_of(_it, patient_id), _it.c.ends_at > since))


def of_series(session: Session, series_id: UUID, since: dt.datetime) -> list[AppointmentRow]:
    """Those of one series that begin later than that."""
    return _rows(session, _APPOINTMENTS.where(_it.c.series_id == series_id, _it.c.starts_at > since))


def parked(session: Session, org_id: UUID) -> list[AppointmentRow]:
    """The branch's pinboard: what is to have another time."""
    query = _APPOINTMENTS.where(_it.c.org_id == org_id, _it.c.state == AppointmentState.PARKED)
    return _rows(session, query)


def waiting_list(session: Session, org_id: UUID, since: dt.datetime) -> list[AppointmentRow]:
    """Who has a time and would take an earlier one."""
    query = _APPOINTMENTS.where(
        _it.c.org_id == org_id,
        _it.c.state == AppointmentState.BOOKED,
        _it.c.wants_earlier,
        _it.c.starts_at > since,
        _visit.c.id.is_(None),  # who is here already has come
    )
    return _rows(session, query)


def calendar_day(session: Session, org_id: UUID, day: dt.date) -> CalendarDay:
    """A day of a branch, everybody side by side."""
    return calendar_days(session, org_id, (day,))[0]


def calendar_days(
    session: Session, org_id: UUID, days: Iterable[dt.date], staff_id: UUID | None = None
) -> list[CalendarDay]:
    """Days of a branch, in the order asked for.

    Args:
        session: to read with.
        org_id: the branch.
        days: which.
        staff_id: where only one person's column is wanted; it is there also on days without anything.
    """
    zone, hours = branch_clock.zone_of(session, org_id), duty(session, org_id)
    people = {row.id: row for row in directory.staff(session)}
    rooms = usual_rooms(session, org_id)
    return [_day(session, org_id, day, zone, hours, people, rooms, staff_id) for day in days]


def _day(
    session: Session,
    org_id: UUID,
    day: dt.date,
    zone: dt.tzinfo,
    hours: Duty,
    people: dict[UUID, directory.StaffRow],
    rooms: dict[UUID, UUID],
    only: UUID | None,
) -> CalendarDay:
    starts, ends = (branch_clock.instant(day, minute, zone) for minute in (0, MINUTES_OF_A_DAY))
    theirs: dict[UUID, list[AppointmentRow]] = {}
    for row in between(session, org_id, starts, ends, only):
        theirs.setdefault(row.staff_id, []).append(row)
    on_duty = hours.on(day)
    wanted = theirs.keys() | on_duty.keys() if only is None else {only}
    columns = [
        Column(
            staff_id,
            people[staff_id].name if staff_id in people else theirs[staff_id][0].staff_name,
            people[staff_id].specialisation if staff_id in people else "",
            rooms.get(staff_id),
            *_where(people.get(staff_id), rooms.get(staff_id), theirs.get(staff_id, ())),
            on_duty.get(staff_id, ()),
            tuple(theirs.get(staff_id, ())),
        )
        for staff_id in wanted
        if staff_id in people or staff_id in theirs
    ]

    def place(column: Column) -> tuple[bool, str, str, UUID]:
        person = people.get(column.staff_id)
        if person is None:
            return (True, fold(column.name), "", column.staff_id)
        is_doctor = person.kind is StaffKind.DOCTOR
        return (not is_doctor, fold(person.family_name), fold(person.given_name), person.id)

    return CalendarDay(day, zone, tuple(sorted(columns, key=place)))


def _where(
    person: directory.StaffRow | None, usual: UUID | None, rows: Iterable[AppointmentRow]
) -> tuple[UUID | None, str]:
    """Where somebody's day takes place, and what it is called: the one room of all, or else the usual one."""
    rooms = {(row.room_id, row.room) for row in rows if row.state is AppointmentState.BOOKED}
    if len(rooms) == 1:
        return rooms.pop()
    return (usual, person.room) if person is not None and usual is not None else (None, "")


def _rows(session: Session, query: sa.Select[*tuple[Any, ...]]) -> list[AppointmentRow]:
    return [AppointmentRow(*values) for values in session.execute(query)]
