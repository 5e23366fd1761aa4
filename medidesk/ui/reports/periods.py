"""Which days a report is of: the usual ones by one choice, any others as they are typed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from medidesk.repositories.reports import Period
from medidesk.words import tr


@dataclass(frozen=True, slots=True)
class Usual:
    """Days that are often wanted.

    Attributes:
        name: of the program.
        words: what people call them.
        period: which they are, on a day.
    """

    name: str
    words: str
    period: Period


def usual(today: dt.date) -> tuple[Usual, ...]:
    """Those that are often wanted, on a day."""
    day = dt.timedelta(days=1)
    monday = today - day * (today.isoweekday() - 1)
    month = today.replace(day=1)
    last_month = (month - day).replace(day=1)
    return (
        Usual("today", tr("Today"), Period(today, today)),
        Usual("yesterday", tr("Yesterday"), Period(today - day, today - day)),
        Usual("week", tr("This week"), Period(monday, today)),
        Usual("month", tr("This month"), Period(month, today)),
        Usual("last_month", tr("Last month"), Period(last_month, month - day)),
        Usual("year", tr("This year"), Period(today.replace(month=1, day=1), today)),
        Usual("all", tr("Everything so far"), Period(None, today)),
    )
