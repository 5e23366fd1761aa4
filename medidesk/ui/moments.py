"""Dates and times as people read them. Moments are stored in UTC and shown in the station's own zone."""

import datetime as dt

from medidesk.repositories.labels import weekday
from medidesk.words import tr

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def now() -> dt.datetime:
    """This moment in the station's zone."""
    return dt.datetime.now().astimezone()


def today() -> dt.date:
    """This day in the station's zone."""
    return now().date()


def day(date: dt.date) -> str:
    """A date: "12 Mar 1984"."""
    return f"{date.day} {tr(_MONTHS[date.month - 1])} {date.year}"


def long_day(date: dt.date) -> str:
    """A date with its weekday: "Friday 20 November 2026"."""
    return f"{weekday(date.isoweekday())} {date.day} {tr(_LONG_MONTHS[date.month - 1])} {date.year}"


def month(date: dt.date) -> str:
    """In three letters: "Nov"."""
    return tr(_MONTHS[date.month - 1])


def long_month(date: dt.date) -> str:
    """With its year: "November 2026"."""
    return f"{tr(_LONG_MONTHS[date.month - 1])} {date.year}"


def born(date: dt.date | None, *, estimated: bool = False) -> str:
    """A birth date, marked when it is a guess; "—" for none."""
    if date is None:
        return "—"
    return tr("{date} est.", date=day(date)) if estimated else day(date)


def clock(moment: dt.datetime, *, seconds: bool = False) -> str:
    """The time of day: "10:42", or "10:42:07"."""
    return moment.astimezone().strftime("%H:%M:%S" if seconds else "%H:%M")


def when(moment: dt.datetime, *, at: dt.datetime | None = None) -> str:
    """How one says it: "10:42" today, "Yesterday 10:42", "12 Mar 10:42", "12 Mar 1984" in another year."""
    here, current = moment.astimezone(), at or now()
    days = (current.date() - here.date()).days
    if days == 0:
        return clock(here)
    if days == 1:
        return tr("Yesterday {time}", time=clock(here))
    if here.year == current.year:
        return f"{here.day} {tr(_MONTHS[here.month - 1])} {clock(here)}"
    return day(here.date())


def last_change(moment: dt.datetime, *, at: dt.datetime | None = None) -> str:
    """For a column: "10:42", "Yesterday", "12 Mar 2026"."""
    here, current = moment.astimezone(), at or now()
    days = (current.date() - here.date()).days
    if days == 0:
        return clock(here)
    return tr("Yesterday") if days == 1 else day(here.date())
