"""Reading when people are on duty. The same on a replica and on the server."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.directory import Organisation, Staff
from medidesk.models.duty import DutyException, DutySchedule, ExceptionKind
from medidesk.models.search import fold
from medidesk.repositories import labels
from medidesk.repositories.people import display_name

_schedule, _exception = table_of(DutySchedule), table_of(DutyException)
_staff, _org = table_of(Staff), table_of(Organisation)


@dataclass(frozen=True, slots=True)
class Named:
    """Of whom a row is, and where."""

    title: str
    given_name: str
    family_name: str
    org_name: str

    @property
    def name(self) -> str:
        """As people say it; of a whole branch its name."""
        return display_name(self) if self.family_name else self.org_name


class Hours:
    """Minutes after midnight, as they are typed; empty for the whole day."""

    __slots__ = ()
    from_minute: int | None
    to_minute: int | None

    @property
    def starts(self) -> str:
        """When."""
        return labels.clock(self.from_minute)

    @property
    def ends(self) -> str:
        """Until when."""
        return labels.clock(self.to_minute)


@dataclass(frozen=True, slots=True)
class ScheduleRow(Named, Hours):
    """A stretch of a weekday on which somebody is on duty each week.

    Attributes:
        weekday: 1 is Monday (ISO 8601).
        from_minute, to_minute: minutes after midnight by the branch's clock.
        starts_on, ends_on: the first and the last day on which it holds; it goes on without a last.
    """

    id: UUID
    org_id: UUID
    staff_id: UUID
    weekday: int
    from_minute: int
    to_minute: int
    slot_minutes: int
    starts_on: dt.date
    ends_on: dt.date | None
    updated_by: UUID | None


@dataclass(frozen=True, slots=True)
class ExceptionRow(Named, Hours):
    """Days on which somebody is away or on duty besides, or a branch is closed; the whole day without hours."""

    id: UUID
    org_id: UUID
    staff_id: UUID | None
    kind: ExceptionKind
    starts_on: dt.date
    ends_on: dt.date
    from_minute: int | None
    to_minute: int | None
    slot_minutes: int | None
    reason: str
    updated_by: UUID | None


def _of(table: sa.Table, *columns: str) -> sa.Select[*tuple[Any, ...]]:
    """Rows with the names that they are shown under."""
    names = (_staff.c.title, _staff.c.given_name, _staff.c.family_name, _org.c.name)
    return (
        sa.select(*(sa.func.coalesce(name, "") for name in names), *(table.c[name] for name in columns))
        .select_from(
            table.outerjoin(_staff, _staff.c.id == table.c.staff_id).outerjoin(
                _org, _org.c.id == table.c.org_id
            )
        )
        .where(table.c.deleted_at.is_(None))
    )


_SCHEDULES = _of(
    _schedule,
    *(
        "id",
        "org_id",
        "staff_id",
        "weekday",
        "from_minute",
        "to_minute",
        "slot_minutes",
        "starts_on",
        "ends_on",
    ),
    "updated_by",
)
_EXCEPTIONS = _of(
    _exception,
    *("id", "org_id", "staff_id", "kind", "starts_on", "ends_on", "from_minute", "to_minute", "slot_minutes"),
    *("reason", "updated_by"),
)


def schedules(session: Session) -> list[ScheduleRow]:
    """All weekly hours: by name, then through the week."""
    found = (ScheduleRow(*values) for values in session.execute(_SCHEDULES))
    return sorted(
        found,
        key=lambda row: (
            *(fold(row.family_name), fold(row.given_name), row.staff_id),
            *(row.weekday, row.from_minute, row.starts_on, row.id),
        ),
    )


def schedule(session: Session, schedule_id: UUID) -> ScheduleRow | None:
    """One of them."""
    values = session.execute(_SCHEDULES.where(_schedule.c.id == schedule_id)).first()
    return None if values is None else ScheduleRow(*values)


def exceptions(session: Session) -> list[ExceptionRow]:
    """All days on which it is different, the latest first."""
    found = [ExceptionRow(*values) for values in session.execute(_EXCEPTIONS)]
    by_name = sorted(found, key=lambda row: (fold(row.name), row.id))
    return sorted(by_name, key=lambda row: (row.starts_on, row.ends_on), reverse=True)


def exception(session: Session, exception_id: UUID) -> ExceptionRow | None:
    """One of them."""
    values = session.execute(_EXCEPTIONS.where(_exception.c.id == exception_id)).first()
    return None if values is None else ExceptionRow(*values)
