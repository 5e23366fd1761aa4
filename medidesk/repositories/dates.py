"""Dates as people type them and ages as people say them."""

import calendar
import datetime as dt
import re

from medidesk.errors import DomainError
from medidesk.models.search import MONTHS, fold
from medidesk.repositories.labels import quoted
from medidesk.words import counted, tr

_PARTED = re.compile(r"(\d{1,4})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{1,4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s.-]*([a-z]{3,9})[\s.,-]*(\d{2}|\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})[\s.-]*(\d{1,2})(?:st|nd|rd|th)?(?:[\s.,-]+)(\d{2}|\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[\s.-]*([a-z]{3,9})[\s.-]*(\d{1,2})")
_TOGETHER = re.compile(r"\d{8}|\d{6}")
MONTHS_OF_AN_INFANT = 24
_AHEAD = dt.timedelta(days=3652)


def today() -> dt.date:
    """Today, by the clock and time zone of this PC."""
    return dt.datetime.now().astimezone().date()


def parse_date(text: str, today: dt.date | None = None, *, field: str | None = None) -> dt.date:
    """A date as it is typed: "12.3.84", "12/03/1984", "1984-03-12", "12 Mar 1984", "12031984".

    The day comes before the month, unless only the other order is a date. A year of two digits is the last
    such year in which the date is not yet to come.

    Args:
        text: what was typed.
        today: for years of two digits; the PC's date unless told.
        field: the form field it was typed into, for the error.

    Raises:
        DomainError: it is no date.
    """
    found = written_date(text, today)
    if found is None and _TOGETHER.fullmatch(text.strip()):
        found = _together(text.strip(), today)
    if found is None:
        raise DomainError(
            tr("“{text}” is not a date.", text=quoted(text)),
            tr("Type day, month and year, such as 12.3.1984."),
            field=field,
        )
    return found


def parse_day(text: str, today_is: dt.date | None = None, *, field: str | None = None) -> dt.date:
    """A day that something takes place or holds on, as it is typed; see `parse_date`, which is for births.

    A year of two digits may be one of the next ten: "1.3.27" is to come.

    Raises:
        DomainError: it is no date.
    """
    return parse_date(text, (today_is or today()) + _AHEAD, field=field)


def written_date(text: str, today: dt.date | None = None) -> dt.date | None:
    """The date a text is, where day, month and year are told apart; None where it is none.

    "12031984" is none here: in a search box it may as well be a phone number.
    """
    folded = fold(text).strip()
    if parted := _PARTED.fullmatch(folded):
        first, second, third = parted.groups()
        if len(first) > 2:
            return _date(first, int(second), int(third), today) if len(third) <= 2 else None
        return _date(third, int(second), int(first), today) or _date(third, int(first), int(second), today)
    if named := _DAY_FIRST.fullmatch(folded):
        return _date(named[3], _month(named[2]), int(named[1]), today)
    if named := _MONTH_FIRST.fullmatch(folded):
        return _date(named[3], _month(named[1]), int(named[2]), today)
    if named := _YEAR_FIRST.fullmatch(folded):
        return _date(named[1], _month(named[2]), int(named[3]), today)
    return None


def age(born_on: dt.date, today: dt.date) -> str:
    """How old someone is: years, for a small child months, for a newborn days."""
    months = (
        (today.year - born_on.year) * 12 + today.month - born_on.month - (today.day < _day_in(born_on, today))
    )
    if months >= MONTHS_OF_AN_INFANT:
        return counted(months // 12, "{count} year", "{count} years")
    if months >= 1:
        return counted(months, "{count} month", "{count} months")
    return counted(max((today - born_on).days, 0), "{count} day", "{count} days")


def _day_in(born_on: dt.date, month: dt.date) -> int:
    """The day on which a month of life is complete; someone born on the 31st waits for no 31 April."""
    return min(born_on.day, calendar.monthrange(month.year, month.month)[1])


def _together(text: str, today: dt.date | None) -> dt.date | None:
    """Digits without anything between: day, month, year; of eight digits also year, month, day."""
    found = _date(text[4:], int(text[2:4]), int(text[:2]), today)
    if len(text) == 8 and (found is None or found.year < 1850):
        return _date(text[:4], int(text[4:6]), int(text[6:]), today)
    return found


def _month(name: str) -> int:
    """The number of a month's name, which may be cut short; 0 for none."""
    return next((number for number, month in enumerate(MONTHS, 1) if month.startswith(name)), 0)


def _date(year: str, month: int, day: int, now: dt.date | None) -> dt.date | None:
    if len(year) == 4:
        return _real(int(year), month, day)
    if len(year) != 2:
        return None
    now = now or today()
    century = now.year // 100 * 100
    this = _real(century + int(year), month, day)
    return this if this is not None and this <= now else _real(century - 100 + int(year), month, day)


def _real(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
