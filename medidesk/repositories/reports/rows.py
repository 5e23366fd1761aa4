"""What a report is: tables of typed cells, which the screen, a paper and a file each show in their own way."""

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from medidesk.repositories.labels import day
from medidesk.words import tr

type Cell = str | int | Decimal | dt.date | dt.datetime | None
"""Words, a count, an amount or a percentage, a day, a moment by the branch's clock, or nothing."""


class Figure(enum.StrEnum):
    """What stands in a column."""

    TEXT = "text"
    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    DAY = "day"
    MOMENT = "moment"

    @property
    def is_number(self) -> bool:
        """Whether it stands at the end of its column."""
        return self in {Figure.MONEY, Figure.COUNT, Figure.PERCENT}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report."""

    title: str
    figure: Figure = Figure.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report.

    Attributes:
        title: over it.
        columns: what stands in its rows.
        rows: cell by cell.
        totals: a last row; None where there is none.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to another, both included; from the beginning on where there is no first one."""

    first: dt.date | None
    last: dt.date

    @property
    def words(self) -> str:
        """As it stands over a report."""
        if self.first is None:
            return tr("Up to {day}", day=day(self.last))
        if self.first == self.last:
            return day(self.last)
        return tr("{first} to {last}", first=day(self.first), last=day(self.last))


@dataclass(frozen=True, slots=True)
class Report:
    """A report of one branch.

    Attributes:
        kind: by name.
        title: what people call it.
        branch: whose.
        currency: of its amounts.
        period: of which days.
        made_at: when, by the branch's clock.
    """

    kind: str
    title: str
    branch: str
    currency: str
    period: Period
    made_at: dt.datetime
    tables: tuple[Table, ...]


def summed(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Table:
    """A table with what its amounts and counts add up to; an empty one has no totals."""
    kept = tuple(tuple(row) for row in rows)
    return Table(title, tuple(columns), kept, _totals(columns, kept) if kept else None)


def _totals(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> tuple[Cell, ...]:
    return tuple(_total(at, column, [row[at] for row in rows]) for at, column in enumerate(columns))


def _total(at: int, column: Column, cells: Sequence[Cell]) -> Cell:
    """What a column adds up to; nothing where nothing stands in it."""
    if column.figure is Figure.MONEY:
        amounts = [cell for cell in cells if isinstance(cell, Decimal)]
        return sum(amounts, Decimal(0)) if amounts else None
    if column.figure is Figure.COUNT:
        return sum(cell for cell in cells if isinstance(cell, int))
    return tr("Total") if at == 0 else None
