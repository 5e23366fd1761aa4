"""Amounts and percentages as people type them."""

import re
from decimal import Decimal

from medidesk.errors import DomainError
from medidesk.models.money import decimals
from medidesk.repositories.labels import quoted
from medidesk.words import tr

AMOUNT_MOST = Decimal(10**12)
_GROUPING = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'\N{RIGHT SINGLE QUOTATION MARK}"
_PLAIN = re.compile(r"(\d+)(?:[.,](\d*))?|[.,](\d+)")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?!\1)[.,](\d+)|\d{1,3}(?:([.,])\d{3}){2,}")


def parse_amount(text: str, currency: str, *, field: str | None = None) -> Decimal:
    """An amount as it is typed: "45", "12.50", "12,50", "1 200", "1.200,50", "1,200.50".

    Args:
        text: what was typed; digits of any script.
        currency: of the branch; it says how many decimals there are.
        field: the form field it was typed into, for the error.

    Raises:
        DomainError: it is none, has more decimals than the currency, or could be read in two ways ("1.200").
    """
    return _exact(text, decimals(currency), AMOUNT_MOST, field)


def parse_quantity(text: str, *, field: str | None = None) -> Decimal:
    """How much of something, as it is typed, with three decimals at most: "2", "1,5".

    Raises:
        DomainError: it is none.
    """
    return _exact(text, 3, AMOUNT_MOST, field)


def parse_percent(text: str, *, field: str | None = None) -> Decimal:
    """A percentage as it is typed, with two decimals at most: "23", "5,5", "5.5 %"; nothing is none.

    Raises:
        DomainError: it is none, or not between 0 and 100.
    """
    typed = text.strip().removesuffix("%").strip()
    return _exact(typed, 2, Decimal(100), field) if typed else Decimal(0)


def percent(of: Decimal) -> str:
    """A percentage as it is typed: "23", "5.5"; empty for none."""
    return f"{of.normalize():f}" if of else ""


def plain(amount: Decimal, places: int) -> str:
    """An amount for a field: "12.50"."""
    return f"{amount:.{places}f}"


def _exact(text: str, places: int, most: Decimal, field: str | None) -> Decimal:
    typed = "".join(sign for sign in text.strip() if sign not in _GROUPING)
    if not typed:
        raise DomainError(tr("An amount is missing."), tr("Fill it in."), field=field)
    whole, part = _parts(typed, text, places, field)
    if len(part) > places:
        raise DomainError(
            tr("“{text}” has more than {count} decimals.", text=quoted(text.strip()), count=places)
            if places
            else tr("“{text}”: this currency has no decimals.", text=quoted(text.strip())),
            tr("Correct it."),
            field=field,
        )
    found = Decimal(f"{whole or 0}.{part or 0}")
    if found > most:
        raise DomainError(
            tr("“{text}” is too much.", text=quoted(text.strip())), tr("Correct it."), field=field
        )
    return found


def _parts(typed: str, text: str, places: int, field: str | None) -> tuple[str, str]:
    """What stands before and after the decimal sign."""
    simple = _PLAIN.fullmatch(typed)
    if simple is not None:
        part = simple[2] or simple[3] or ""
        if len(part) == 3 and places < 3 and (simple[1] or "0").lstrip("0"):
            # A thousand and something to one, a comma and three decimals to another.
            raise DomainError(
                tr("“{text}” can be read in two ways.", text=quoted(text.strip())),
                tr("Type it without a sign for the thousands."),
                field=field,
            )
        return simple[1] or "0", part
    if _GROUPED.fullmatch(typed):
        last = max(typed.rfind("."), typed.rfind(","))
        if typed.count(typed[last]) > 1:  # only signs for the thousands
            return typed.replace(typed[last], ""), ""
        return typed[:last].replace(".", "").replace(",", ""), typed[last + 1 :]
    raise DomainError(
        tr("“{text}” is no amount.", text=quoted(text.strip())),
        tr("Type it as in {example}.", example="12.50"),
        field=field,
    )
