"""Takings by cashier and way, day by day."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.billing import Way
from medidesk.repositories.labels import shown
from medidesk.repositories.reports import moneys
from medidesk.repositories.reports.moneys import Taken
from medidesk.repositories.reports.rows import Cell, Column, Figure, Period, Table, summed
from medidesk.words import tr

ZERO = Decimal(0)


def takings(session: Session, org_id: UUID, period: Period) -> tuple[Table, ...]:
    """A row for each cashier and day: by way, what was given back, and what is left of both."""
    found = list(moneys.taken(session, org_id, period))
    ways = ways_of(found)
    by: dict[tuple[dt.date, str], list[Taken]] = {}
    for one in found:
        by.setdefault((one.day, one.who), []).append(one)
    columns = (Column(tr("Day"), Figure.DAY), Column(tr("Cashier")), *way_columns(ways))
    rows = ((day, who, *by_way(by[day, who], ways)) for day, who in sorted(by))
    return (summed(tr("Takings"), columns, rows),)


def ways_of(found: Iterable[Taken]) -> tuple[Way, ...]:
    """The ways that something was taken or given back in, in their order."""
    there = {one.way for one in found}
    return tuple(way for way in Way if way in there)


def way_columns(ways: Iterable[Way]) -> tuple[Column, ...]:
    """A column for each way, then those of what `by_way` adds."""
    return (
        *(Column(shown(way), Figure.MONEY) for way in ways),
        Column(tr("Taken"), Figure.MONEY),
        Column(tr("Given back"), Figure.MONEY),
        Column(tr("Left"), Figure.MONEY),
    )


def by_way(found: Iterable[Taken], ways: Iterable[Way]) -> tuple[Cell, ...]:
    """What was taken in each way and in all, what was given back, and what is left."""
    every = list(found)
    whole, back = sum((one.taken for one in every), ZERO), sum((one.returned for one in every), ZERO)
    each = (sum((one.taken for one in every if one.way is way), ZERO) for way in ways)
    return (*each, whole, back, whole - back)
