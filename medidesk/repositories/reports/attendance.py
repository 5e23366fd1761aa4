"""Appointments by doctor: who came, who did not, who cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.base import table_of
from medidesk.models.visits import Visit
from medidesk.repositories import branch_clock, directory
from medidesk.repositories.reports.moneys import span
from medidesk.repositories.reports.rows import Cell, Column, Figure, Period, Table
from medidesk.words import tr

_it, _visit = table_of(Appointment), table_of(Visit)


@dataclass(slots=True)
class _Count:
    booked: int = 0
    came: int = 0
    missed: int = 0
    cancelled: int = 0

    def cells(self) -> tuple[Cell, ...]:
        """How many, and of those who came or were missed, how many came."""
        expected = self.came + self.missed
        rate = None if not expected else (Decimal(100) * self.came / expected).quantize(Decimal("0.1"))
        return (self.booked, self.came, self.missed, self.cancelled, rate)


def attendance(session: Session, org_id: UUID, period: Period) -> tuple[Table, ...]:
    """A row for each doctor who had appointments. One that waits on the pinboard for another time is none."""
    starts, ends = span(period, branch_clock.zone_of(session, org_id))
    has_come = sa.exists().where(_visit.c.appointment_id == _it.c.id, _visit.c.deleted_at.is_(None))
    query = (
        sa.select(_it.c.staff_id, _it.c.state, has_come, sa.func.count())
        .where(
            _it.c.org_id == org_id, _it.c.deleted_at.is_(None), _it.c.state != AppointmentState.PARKED,
            _it.c.starts_at >= starts, _it.c.starts_at < ends,
        )
        .group_by(_it.c.staff_id, _it.c.state, has_come)
    )  # fmt: skip
    by: dict[UUID, _Count] = {}
    whole = _Count()
    for staff_id, state, came, count in session.execute(query):
        for one in (by.setdefault(staff_id, _Count()), whole):
            one.booked += count
            one.came += count if came else 0
            one.missed += count if state is AppointmentState.NO_SHOW and not came else 0
            one.cancelled += count if state is AppointmentState.CANCELLED and not came else 0
    names = {row.id: row.name for row in directory.staff(session)}
    rows = sorted(((names.get(staff_id, ""), *one.cells()) for staff_id, one in by.items()), key=_by_name)
    totals = (tr("Total"), *whole.cells()) if rows else None
    return (Table(tr("Appointments"), _columns(), tuple(rows), totals),)


def _by_name(row: Sequence[Cell]) -> str:
    return str(row[0]).casefold()


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("Doctor")),
        Column(tr("Booked"), Figure.COUNT),
        Column(tr("Came"), Figure.COUNT),
        Column(tr("Did not come"), Figure.COUNT),
        Column(tr("Cancelled"), Figure.COUNT),
        Column(tr("Came, of those expected"), Figure.PERCENT),
    )
