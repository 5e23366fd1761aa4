"""Dates, times and texts that are typed into forms."""

import contextlib
import datetime as dt

from medidesk.errors import DomainError
from medidesk.models.patients import Patient
from medidesk.models.search import fold
from medidesk.repositories.dates import parse_date, written_date
from medidesk.repositories.duty.clock import parse_clock
from medidesk.repositories.patients import checks

_TODAY = dt.date(2026, 11, 27)
SEEDS = (
    b"12 mar 84",
    b"31.12.1899",
    b"2026-11-27",
    b"120384",
    b"9h30",
    b"24:00",
    "१२:३०".encode(),
    "e\u0301ﷺ\u202e".encode(),
)
_MOST = 500


def one(data: bytes) -> None:
    """It is a value, or a sentence of no more than a few lines without control signs."""
    text = data.decode(errors="surrogateescape")
    for read in (
        lambda: parse_date(text, _TODAY),
        lambda: parse_clock(text),
        lambda: checks.checked(Patient, {"family_name": text, "born_on": text, "sex": text}),
        lambda: checks.checked(Patient, {"desk_note": text, "phone": text, "email": text}),
    ):
        try:
            read()
        except DomainError as error:
            if len(str(error)) > _MOST or "\0" in str(error):
                raise AssertionError(f"no sentence: {error}") from error
    written_date(text, _TODAY)
    with contextlib.suppress(UnicodeEncodeError):
        text.encode()
        fold(text)
    checks.tidy(text)
