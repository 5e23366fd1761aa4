"""Times of day by the clock on a branch's wall, as instants: also on the days on which that clock is changed."""

import datetime as dt
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from medidesk.models.directory import Organisation

MIDNIGHT = dt.time()


@lru_cache(maxsize=64)
def zone_named(name: str) -> dt.tzinfo:
    """A time zone by its name; UTC where this PC does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC  # a PC that does not know the zone shows other hours, and loses nothing


def zone_of(session: Session, org_id: UUID) -> dt.tzinfo:
    """The time zone of a branch."""
    branch = session.get(Organisation, org_id)
    return dt.UTC if branch is None else zone_named(branch.timezone)


def instant(day: dt.date, minute: int, zone: dt.tzinfo) -> dt.datetime:
    """The instant at which the clock says so many minutes after midnight, in UTC.

    An hour that the clock leaves out is the one after it; of an hour that it says twice this is the first.
    """
    days, minutes = divmod(minute, 24 * 60)
    said = dt.time(*divmod(minutes, 60))
    return dt.datetime.combine(day + dt.timedelta(days=days), said, zone).astimezone(dt.UTC)


def minute_of(moment: dt.datetime, day: dt.date, zone: dt.tzinfo) -> int:
    """The minutes after a day's midnight that the clock says at an instant."""
    here = moment.astimezone(zone)
    return (here.date() - day).days * 24 * 60 + here.hour * 60 + here.minute


def day_of(moment: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The day on which an instant falls there."""
    return moment.astimezone(zone).date()


def today(zone: dt.tzinfo) -> dt.date:
    """The day that it is there."""
    return day_of(dt.datetime.now(dt.UTC), zone)


def is_said(day: dt.date, minute: int, zone: dt.tzinfo) -> bool:
    """Whether the clock says that time on that day at all."""
    return minute_of(instant(day, minute, zone), day, zone) == minute
