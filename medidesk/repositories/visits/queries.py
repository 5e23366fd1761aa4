"""Reading visits. The same on a replica and on the server."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.base import table_of
from medidesk.models.directory import Room, Staff
from medidesk.models.settings import BOUNDS, SettingName
from medidesk.models.visits import Priority, Visit, VisitState
from medidesk.repositories import appointments, branch_clock, settings
from medidesk.repositories.appointments import AppointmentRow
from medidesk.repositories.appointments.rooms import is_usual
from medidesk.repositories.patients.joined import of_kept_file, with_kept_file
from medidesk.repositories.visits.rows import OPEN, VisitRow

_it, _staff, _booked = table_of(Visit), table_of(Staff), table_of(Appointment)
_there, _usual = table_of(Room).alias("there"), table_of(Room).alias("usual")

_VISITS = (
    sa.select(
        *(
            _it.c[name]
            for name in (
                *("id", "org_id", "patient_id", "appointment_id", "staff_id", "kind", "priority", "note"),
                *("ticket", "provisional_no", "state", "arrived_at", "called_at", "in_room_at", "ended_at"),
                *("left_reason", "version", "updated_at", "updated_by"),
            )
        ),
        _booked.c.starts_at,
        *of_kept_file(),
        sa.func.coalesce(_staff.c.title, ""),
        sa.func.coalesce(_staff.c.given_name, ""),
        sa.func.coalesce(_staff.c.family_name, ""),
        # That of their appointment, unless somebody else sees them.
        sa.func.coalesce(sa.case((_booked.c.staff_id == _it.c.staff_id, _there.c.name)), _usual.c.name, ""),
    )
    .select_from(
        with_kept_file(_it)
        .outerjoin(_staff, _staff.c.id == _it.c.staff_id)
        .outerjoin(_booked, _booked.c.id == _it.c.appointment_id)
        .outerjoin(_there, _there.c.id == _booked.c.room_id)
        .outerjoin(_usual, is_usual(_usual, _it.c.org_id))
    )
    .where(_it.c.deleted_at.is_(None))
    .order_by(_it.c.arrived_at, _it.c.id)
)


def by_id(session: Session, visit_id: UUID) -> VisitRow | None:
    """One visit."""
    return next(iter(_rows(session, _VISITS.where(_it.c.id == visit_id))), None)


def waiting(session: Session, org_id: UUID) -> list[VisitRow]:
    """Who waits in a branch, in the order in which they are called.

    Urgent ones first; then by the time of the appointment or of the arrival, whichever is later.
    """
    found = _rows(session, _VISITS.where(_it.c.org_id == org_id, _it.c.state == VisitState.WAITING))
    return sorted(found, key=_place)


def of_day(session: Session, org_id: UUID, day: dt.date) -> list[VisitRow]:
    """Who arrived in a branch on a day or is there since before: as they are called, then as they came."""
    zone = branch_clock.zone_of(session, org_id)
    starts, ends = (branch_clock.instant(day, minute, zone) for minute in (0, 24 * 60))
    query = _VISITS.where(
        _it.c.org_id == org_id,
        _it.c.arrived_at < ends,
        sa.or_(_it.c.arrived_at >= starts, _it.c.state.in_(sorted(OPEN))),
    )
    order = {VisitState.WAITING: 0, VisitState.IN_ROOM: 1}
    return sorted(_rows(session, query), key=lambda row: (order.get(row.state, 2), *_place(row)))


def next_of(session: Session, org_id: UUID, staff_id: UUID | None = None) -> VisitRow | None:
    """Who is to be called next: by anybody, or by one person, who also sees those that come to whoever is free."""
    for row in waiting(session, org_id):
        if row.called_at is None and row.concerns(staff_id):
            return row
    return None


def waiting_limit(session: Session, org_id: UUID) -> int:
    """The minutes from which somebody has waited too long in a branch."""
    name = SettingName.WAITING_MINUTES
    return settings.value_of(session, name, org_id) or BOUNDS[name].most


def due_today(session: Session, patient_id: UUID, org_id: UUID, now: dt.datetime) -> AppointmentRow | None:
    """What somebody who arrives now has come for: an appointment of this day, the nearest in time."""
    zone = branch_clock.zone_of(session, org_id)
    today = branch_clock.day_of(now, zone)
    theirs = appointments.of_patient(session, patient_id, branch_clock.instant(today, 0, zone))
    found = [
        row
        for row in theirs
        if row.org_id == org_id
        and row.state in {AppointmentState.BOOKED, AppointmentState.NO_SHOW}
        and branch_clock.day_of(row.starts_at, zone) == today
        and row.visit_id is None
    ]
    return min(found, key=lambda row: abs(row.starts_at - now), default=None)


def _place(row: VisitRow) -> tuple[bool, dt.datetime, dt.datetime, UUID]:
    return (row.priority is not Priority.URGENT, row.due_at, row.arrived_at, row.id)


def _rows(session: Session, query: sa.Select[*tuple[Any, ...]]) -> list[VisitRow]:
    return [VisitRow(*values) for values in session.execute(query)]
