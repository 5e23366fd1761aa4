"""When a station locks by itself: as its person likes, within what the clinic has set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medidesk.models.settings import SettingName
from medidesk.repositories import settings

if TYPE_CHECKING:
    from medidesk.station import Changed, Station

LOCK_TIMES = (5, 10, 30, 0)
"""Minutes that can be chosen; 0 is never."""
_TABLES = frozenset({"setting", "organisation"})


def most(station: Station) -> int | None:
    """The most minutes that the clinic allows whoever is signed in; None where they are free."""
    return station.read(settings.value_of, SettingName.LOCK_MINUTES_MOST, station.user.org_id)


def within(chosen: int, limit: int | None) -> int:
    """The minutes that hold, of those somebody has chosen."""
    if limit is None:
        return chosen
    return min(chosen, limit) if chosen else limit


def choices(limit: int | None) -> tuple[int, ...]:
    """What can be chosen; the limit itself among it, since it holds for whoever would like more."""
    if limit is None:
        return LOCK_TIMES
    return tuple(sorted({one for one in LOCK_TIMES if 0 < one < limit} | {limit}))


def concerns(news: Changed) -> bool:
    """Whether the limit may be another one now."""
    return news.everything or bool(_TABLES & set(news.tables))
