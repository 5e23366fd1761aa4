"""Dates and times as people read them.

Moments are stored in UTC and shown by the clock on the wall of the branch that is worked in, whatever zone the
PC is in; by the PC's own until somebody has signed in.
"""

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

_wall: dict[str, dt.tzinfo | None] = {"zone": None}


def keep_time(zone: dt.tzinfo | None) -> bool:
    """Show times by the clock of this zone from now on, the PC's own for None; says whether that is another one."""
    before, _wall["zone"] = _wall["zone"], zone
    return before != zone


def here(moment: dt.datetime) -> dt.datetime:
    """A moment by that clock."""
    return moment.astimezone(_wall["zone"])


def now() -> dt.datetime:
    """This moment."""
    return here(dt.datetime.now(dt.UTC))


def today() -> dt.date:
    """The day that it is."""
    return now().date()


def days_since(moment: dt.datetime, at: dt.datetime | None = None) -> int:
    """How many midnights ago it was: 0 today, 1 yesterday."""
    return ((at or now()).date() - here(moment).date()).days


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
    return here(moment).strftime("%H:%M:%S" if seconds else "%H:%M")


def when(moment: dt.datetime, *, at: dt.datetime | None = None) -> str:
    """How one says it: "10:42" today, "Yesterday 10:42", "12 Mar 10:42", "12 Mar 1984" in another year."""
    said, current = here(moment), at or now()
    days = days_since(moment, current)
    if days == 0:
        return clock(moment)
    if days == 1:
        return tr("Yesterday {time}", time=clock(moment))
    if said.year == current.year:
        return f"{said.day} {month(said)} {clock(moment)}"
    return day(said)


def last_change(moment: dt.datetime, *, at: dt.datetime | None = None) -> str:
    """For a column: "10:42", "Yesterday", "12 Mar 2026"."""
    days = days_since(moment, at)
    if days == 0:
        return clock(moment)
    return tr("Yesterday") if days == 1 else day(here(moment))
