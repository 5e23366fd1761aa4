"""Reading the directory: who works here, in which departments, rooms and branches."""

import re
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.access import AccountState, UserAccount, UserRole
from medidesk.models.base import table_of
from medidesk.models.directory import (
    Department,
    Organisation,
    Room,
    Specialisation,
    Staff,
)
from medidesk.models.search import fold
from medidesk.models.services import Service
from medidesk.permissions import Need, can
from medidesk.repositories import people
from medidesk.repositories.directory.rows import (
    NamedRow,
    OrganisationRow,
    RoomRow,
    SpecialityRow,
    StaffRow,
)

_staff, _department, _speciality = table_of(Staff), table_of(Department), table_of(Specialisation)
_room = table_of(Room)
_org, _account, _held = table_of(Organisation), table_of(UserAccount), table_of(UserRole)
_service, _parent = table_of(Service), _org.alias("parent")
_NUMBER = re.compile(r"(\d+)")


def _shown(name: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A name that may be out of sight."""
    return sa.func.coalesce(name, "")


_STAFF = (
    sa.select(
        _staff.c.id, _staff.c.org_id, _staff.c.kind, _staff.c.title, _staff.c.family_name, _staff.c.given_name,
        _staff.c.registration_no, _staff.c.specialisation_id, _staff.c.department_id, _staff.c.phone,
        _staff.c.email, _staff.c.room_id, _staff.c.updated_by, _shown(_org.c.name), _shown(_speciality.c.name),
        _shown(_department.c.name), _shown(_room.c.name), _shown(_account.c.login),
        sa.func.coalesce(_account.c.state == AccountState.APPROVED, sa.false()),
    )
    .select_from(
        _staff.outerjoin(_org, _org.c.id == _staff.c.org_id)
        .outerjoin(_speciality, _speciality.c.id == _staff.c.specialisation_id)
        .outerjoin(_department, _department.c.id == _staff.c.department_id)
        .outerjoin(_room, _room.c.id == _staff.c.room_id)
        .outerjoin(_account, sa.and_(_account.c.staff_id == _staff.c.id, _account.c.deleted_at.is_(None)))
    )
    .where(_staff.c.deleted_at.is_(None))
)  # fmt: skip


def _named(table: sa.Table, points: str, *more: str) -> sa.Select[*tuple[Any, ...]]:
    """Rows that have a name, and what stands beside it, each with how many members of staff point to it."""
    people = (
        sa.select(sa.func.count())
        .where(_staff.c[points] == table.c.id, _staff.c.deleted_at.is_(None))
        .correlate(table)
        .scalar_subquery()
    )
    return (
        sa.select(
            table.c.id,
            table.c.org_id,
            table.c.name,
            *(table.c[name] for name in more),
            table.c.updated_by,
            _shown(_org.c.name),
            people,
        )
        .select_from(table.outerjoin(_org, _org.c.id == table.c.org_id))
        .where(table.c.deleted_at.is_(None))
    )


_DEPARTMENTS = _named(_department, "department_id")
_CHARGED_AS = (
    sa.select(_service.c.name).where(_service.c.id == _speciality.c.visit_service_id).scalar_subquery()
)
_SPECIALITIES = _named(_speciality, "specialisation_id", "visit_service_id").add_columns(_shown(_CHARGED_AS))
_ROOMS = _named(_room, "room_id", "active")
_ORGANISATIONS = (
    sa.select(
        _org.c.id, _org.c.org_id, _org.c.parent_id, _org.c.kind, _org.c.name, _org.c.timezone, _org.c.currency,
        _org.c.country, _org.c.updated_by, _shown(_parent.c.name),
    )
    .select_from(_org.outerjoin(_parent, _parent.c.id == _org.c.parent_id))
    .where(_org.c.deleted_at.is_(None))
)  # fmt: skip
_ROLES_HELD = (
    sa.select(_held.c.org_id, _held.c.role)
    .select_from(_held.join(_account, _account.c.id == _held.c.user_account_id))
    .where(_account.c.login == sa.bindparam("login"), _held.c.deleted_at.is_(None))
)


def staff(session: Session) -> list[StaffRow]:
    """Everybody who works here, by family name."""
    found = _staff_rows(session, _STAFF)
    return sorted(found, key=lambda row: (fold(row.family_name), fold(row.given_name), row.id))


def member(session: Session, staff_id: UUID) -> StaffRow | None:
    """One of them."""
    return next(iter(_staff_rows(session, _STAFF.where(_staff.c.id == staff_id))), None)


def _staff_rows(session: Session, query: sa.Select[*tuple[Any, ...]]) -> list[StaffRow]:
    found: dict[UUID, StaffRow] = {}
    for row in (StaffRow(*values) for values in session.execute(query)):
        # Of two accounts of one person the one that can be used is shown.
        if row.signs_in or row.id not in found:
            found[row.id] = row
    return list(found.values())


def departments(session: Session) -> list[NamedRow]:
    """The departments of every branch, by name."""
    found = (NamedRow(*values) for values in session.execute(_DEPARTMENTS))
    return sorted(found, key=lambda row: (fold(row.name), row.org_name, row.id))


def department(session: Session, department_id: UUID) -> NamedRow | None:
    """One of them."""
    values = session.execute(_DEPARTMENTS.where(_department.c.id == department_id)).first()
    return None if values is None else NamedRow(*values)


def specialisations(session: Session) -> list[SpecialityRow]:
    """The specialities that are practised here, by name."""
    found = (SpecialityRow(*values) for values in session.execute(_SPECIALITIES))
    return sorted(found, key=lambda row: (fold(row.name), row.org_name, row.id))


def specialisation(session: Session, specialisation_id: UUID) -> SpecialityRow | None:
    """One of them."""
    values = session.execute(_SPECIALITIES.where(_speciality.c.id == specialisation_id)).first()
    return None if values is None else SpecialityRow(*values)


def rooms(session: Session) -> list[RoomRow]:
    """The rooms of every branch, by name: Room 2 before Room 10."""
    found = (RoomRow(*values) for values in session.execute(_ROOMS))
    return sorted(found, key=lambda row: (in_order(row.name), row.org_name, row.id))


def room(session: Session, room_id: UUID) -> RoomRow | None:
    """One of them."""
    values = session.execute(_ROOMS.where(_room.c.id == room_id)).first()
    return None if values is None else RoomRow(*values)


def in_order(name: str) -> list[tuple[int, str]]:
    """What names with numbers are put in order by."""
    parts = _NUMBER.split(fold(name))
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts if part]


def organisations(session: Session) -> list[OrganisationRow]:
    """The network, then its clinics and branches, each under what it belongs to, by name."""
    found = {row.id: row for row in (OrganisationRow(*values) for values in session.execute(_ORGANISATIONS))}

    def path(row: OrganisationRow) -> tuple[tuple[str, UUID], ...]:
        above = found.get(row.parent_id) if row.parent_id is not None else None
        return (*(path(above) if above is not None else ()), (fold(row.name), row.id))

    return sorted(found.values(), key=path)


def organisation(session: Session, org_id: UUID) -> OrganisationRow | None:
    """One of them."""
    values = session.execute(_ORGANISATIONS.where(_org.c.id == org_id)).first()
    return None if values is None else OrganisationRow(*values)


def administered(session: Session, login: str) -> frozenset[UUID]:
    """The organisations whose directory somebody may change: where a role of theirs says so, and all below."""
    return reached(session, login, "directory", Need.CHANGE)


def reached(session: Session, login: str, area: str, need: Need) -> frozenset[UUID]:
    """The organisations in which somebody has a right: where a role of theirs says so, and all below."""
    held = {
        row.org_id
        for row in session.execute(_ROLES_HELD, {"login": login})
        if can(people.rights(session, (row.role,)), area, need)
    }
    everything = organisations(session)  # each after the one it belongs to
    for row in everything:
        if row.parent_id in held:
            held.add(row.id)
    return frozenset(row.id for row in everything if row.id in held)
