"""Times of a day as people type them; kept as minutes after midnight."""

import re

from medidesk.errors import DomainError
from medidesk.models.duty import MINUTES_OF_A_DAY
from medidesk.repositories.labels import quoted
from medidesk.words import tr

_WAYS = (
    re.compile(r"(\d{1,2})\s*[:.h]\s*(\d{2})?"),
    re.compile(r"(\d{1,2})(\d{2})"),
    re.compile(r"(\d{1,2})()"),
)


def parse_clock(text: str, *, field: str | None = None) -> int:
    """A time as it is typed: "9", "9:30", "9.30", "9h30", "0930", up to "24:00".

    Args:
        text: what was typed; digits of any script.
        field: the form field it was typed into, for the error.

    Raises:
        DomainError: it is no time.
    """
    typed = text.strip().casefold()
    for way in _WAYS:
        found = way.fullmatch(typed)
        if found is not None:
            hours, minutes = int(found[1]), int(found[2] or 0)
            if minutes < 60 and hours * 60 + minutes <= MINUTES_OF_A_DAY:
                return hours * 60 + minutes
    raise DomainError(
        tr("“{text}” is not a time of day.", text=quoted(text)) if typed else tr("A time is missing."),
        tr("Type it as in {example}.", example="9:30"),
        field=field,
    )
