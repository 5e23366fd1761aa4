"""In which room: whose usual one it is, and which are free."""

import datetime as dt
import enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.directory import Room, Staff
from medidesk.repositories import directory
from medidesk.repositories.appointments.busy import NEVER, taken
from medidesk.repositories.directory import RoomRow


class Usual(enum.Enum):
    """Stands in the place of a room, or of none, that is not named."""

    ROOM = "usual room"


_staff, _room = table_of(Staff), table_of(Room)

type Where = UUID | Usual | None
"""A room, none, or the one that it is usually: see `room_of`."""


def is_usual(room: sa.FromClause, org_id: sa.ColumnElement[UUID] | UUID) -> sa.ColumnElement[bool]:
    """The condition of a room beside a member of staff: it is their usual one in a branch, and in use."""
    return sa.and_(
        room.c.id == _staff.c.room_id,
        room.c.org_id == org_id,
        room.c.active,
        room.c.deleted_at.is_(None),
    )


def usual_rooms(session: Session, org_id: UUID, staff_id: UUID | None = None) -> dict[UUID, UUID]:
    """The usual rooms in a branch that are in use, by whose they are; one person's alone where one is named."""
    query = (
        sa.select(_staff.c.id, _room.c.id)
        .join(_room, is_usual(_room, org_id))
        .where(_staff.c.deleted_at.is_(None))
    )
    if staff_id is not None:
        query = query.where(_staff.c.id == staff_id)
    return {row[0]: row[1] for row in session.execute(query)}


def room_of(
    wanted: Where, usual: UUID | None, *, has: UUID | None = None, stays: bool = False
) -> UUID | None:
    """Where an appointment takes place.

    Args:
        wanted: what is asked for.
        usual: the usual room of whoever sees the patient.
        has: the room that it is in.
        stays: whether the same person goes on seeing them: then it stays there unless another one is named.
    """
    if wanted is not Usual.ROOM:
        return wanted
    return has if stays else usual


def free_rooms(
    session: Session, org_id: UUID, starts: dt.datetime, ends: dt.datetime, without: UUID | None = None
) -> list[RoomRow]:
    """The rooms of a branch that nobody has at a time, by name.

    Args:
        session: to read with.
        org_id: the branch.
        starts, ends: the time.
        without: an appointment whose own room counts as free, since it is to be moved.
    """
    rooms = [row for row in directory.rooms(session) if row.org_id == org_id and row.active]
    busy = taken(session, (), [row.id for row in rooms], starts, ends, without).rooms
    return [row for row in rooms if not busy.get(row.id, NEVER).takes(starts, ends)]
