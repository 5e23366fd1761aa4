"""What has a name of its own in a branch: departments, specialities and rooms; the verbs of whoever keeps them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.base import Row
from medidesk.models.directory import Department, Room, Specialisation
from medidesk.models.services import Service
from medidesk.permissions import Need
from medidesk.repositories import checks
from medidesk.repositories.directory import queries
from medidesk.repositories.directory.rows import NamedRow, RoomRow, SpecialityRow
from medidesk.repositories.naming import refuse_taken_name
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import counted, tr

AREA = "directory"


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.department)
def add_department(work: Work, values: Mapping[str, Any]) -> UUID:
    """Open a department: `name`, and `org_id` where it is another branch than the author's."""
    row = _add_named(work, Department, values)
    work.describe(tr("Department added"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.department)
def edit_department(work: Work, department_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Give a department another name."""
    row = _rename(work, Department, department_id, changes)
    work.describe(tr("Department changed"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.department)
def remove_department(work: Work, department_id: UUID) -> UUID:
    """Close a department in which nobody works any more."""
    row = _remove_unused(work, Department, work.read(queries.department, department_id), department_id)
    work.describe(tr("Department removed"), row.name)
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.specialisation)
def add_specialisation(work: Work, values: Mapping[str, Any]) -> UUID:
    """Add a speciality: `name`, `visit_service_id` (what a visit is charged as), and `org_id` where it is another
    branch than the author's.
    """
    row = _add_named(work, Specialisation, values)
    _check_charged_as(work, row)
    work.describe(tr("Speciality added"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.specialisation)
def edit_specialisation(work: Work, specialisation_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Give a speciality another name, or charge its visits as something else."""
    row = _rename(work, Specialisation, specialisation_id, changes)
    _check_charged_as(work, row)
    work.describe(tr("Speciality changed"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.specialisation)
def remove_specialisation(work: Work, specialisation_id: UUID) -> UUID:
    """Remove a speciality that nobody practises any more."""
    row = _remove_unused(
        work, Specialisation, work.read(queries.specialisation, specialisation_id), specialisation_id
    )
    work.describe(tr("Speciality removed"), row.name)
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.room)
def add_room(work: Work, values: Mapping[str, Any]) -> UUID:
    """Add a room: `name`, `active`, and `org_id` where it is another branch than the author's."""
    row = _add_named(work, Room, values)
    work.describe(tr("Room added"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.room)
def edit_room(work: Work, room_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Give a room another name, or say whether it is in use."""
    row = _rename(work, Room, room_id, changes)
    work.describe(tr("Room changed"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.room)
def remove_room(work: Work, room_id: UUID) -> UUID:
    """Remove a room that is nobody's usual one, and in which nobody is expected any more."""
    to_come = sa.select(sa.func.count()).where(
        Appointment.room_id == room_id,
        Appointment.state.in_((AppointmentState.BOOKED, AppointmentState.PARKED)),
        Appointment.ends_at > dt.datetime.now(dt.UTC),
        Appointment.deleted_at.is_(None),
    )
    row = _remove_unused(work, Room, work.read(queries.room, room_id), room_id)
    expected = work.session.scalar(to_come) or 0
    if expected:
        raise DomainError(
            tr(
                "“{name}” stands with {appointments} to come.",
                name=row.name,
                appointments=counted(expected, "{count} appointment", "{count} appointments"),
            ),
            tr("Give them another room first, or say that it is not in use."),
        )
    work.describe(tr("Room removed"), row.name)
    return row.id


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The branch that a new row belongs to, where one is given, and the rest."""
    rest = dict(values)
    org_id = rest.pop("org_id", None)
    return ({} if org_id is None else {"org_id": org_id}), rest


def change(row: Row, changes: Mapping[str, Any]) -> None:
    """Write into a row what was typed, as far as it can stand there."""
    for name, value in checks.checked(type(row), changes).items():
        setattr(row, name, value)


def _check_charged_as(work: Work, row: Specialisation) -> None:
    """A visit is charged as a service that is there."""
    if row.visit_service_id is not None:
        work.get(Service, row.visit_service_id)


def _add_named[R: (Department, Specialisation, Room)](
    work: Work, model: type[R], values: Mapping[str, Any]
) -> R:
    where, rest = split(values)
    row = model(**where, **checks.require(model, rest))
    refuse_taken_name(work, model, where.get("org_id", work.org_id), row.name, None)
    return work.add(row)


def _rename[R: (Department, Specialisation, Room)](
    work: Work, model: type[R], row_id: UUID, changes: Mapping[str, Any]
) -> R:
    row = work.get(model, row_id)
    refuse_taken_name(work, model, row.org_id, checks.checked(model, changes).get("name", ""), row.id)
    change(row, changes)
    return row


def _remove_unused[R: (Department, Specialisation, Room)](
    work: Work, model: type[R], shown: NamedRow | RoomRow | SpecialityRow | None, row_id: UUID
) -> R:
    row = work.get(model, row_id)
    if shown is not None and shown.people:
        raise DomainError(
            tr(
                "“{name}” stands with {people}.",
                name=row.name,
                people=counted(shown.people, "{count} member of staff", "{count} members of staff"),
            ),
            tr("Give them another first, or none."),
        )
    row.deleted_at = dt.datetime.now(dt.UTC)
    return row
