"""What may stand in a row: tidied, checked against the mapped columns, and refused in plain words."""

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.base import SERVER_COLUMNS, Row, replica_type, table_of
from medidesk.models.search import SHORTEST_PHONE_PART, digits
from medidesk.models.types import Day, Exact, Flag, Id, Text, Whole, Word
from medidesk.repositories import labels
from medidesk.repositories.dates import parse_date, today
from medidesk.words import tr

BORN_SINCE = dt.date(1850, 1, 1)
_NEVER_TYPED = frozenset(
    {
        "id",
        "org_id",
        "parent_id",
        "patient_id",
        "deleted_at",
        "provisional_no",
        "merged_into_id",
        "restricted",
    }
)
_LINES = frozenset({"desk_note"})
_NOT_TO_COME = frozenset({"born_on", "died_on", "noted_on", "onset_on", "ended_on", "checked_on"})
_PHONES = frozenset({"phone", "phone_other"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_GIVEN = re.compile(r"(\w+) <> ''")

# Marks that turn the direction of the text after them, and invisible ones that make equal names unequal or a name
# of nothing. The joiners U+200C and U+200D stay: Persian and Hindi are spelt with them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def label(name: str) -> str:
    """A field's name in the language in force."""
    return labels.field_label("", name)


def fields_of(model: type[Row]) -> frozenset[str]:
    """The fields of a table that people fill in; of exact numbers the verbs read what was typed."""
    names = {column.name for column in table_of(model).columns if not isinstance(column.type, Exact)}
    return frozenset(names - SERVER_COLUMNS - model.__rules__.computed - _NEVER_TYPED)


@cache
def required(model: type[Row]) -> tuple[str, ...]:
    """The texts that must not be empty, by the table's own constraints."""
    rules = (one for one in table_of(model).constraints if isinstance(one, sa.CheckConstraint))
    given = (_GIVEN.fullmatch(str(one.sqltext)) for one in rules)
    return tuple(sorted(found[1] for found in given if found is not None))


def tidy(text: str, *, lines: bool = False) -> str:
    """Without control characters, and with single spaces between words.

    Args:
        text: as it was typed or pasted.
        lines: line ends stay.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    kept = "".join(
        letter
        if unicodedata.category(letter) not in {"Cc", "Cs", "Cn", "Co"}
        else "\n"
        if letter == "\n" and lines
        else " "
        for letter in plain.replace("\r\n", "\n")
    )
    return "\n".join(" ".join(line.split()) for line in kept.split("\n")).strip()


def checked(model: type[Row], values: Mapping[str, Any], *, where: str | None = None) -> dict[str, Any]:
    """Values for columns of a table, tidied and checked one by one.

    Args:
        model: the table.
        values: by column; text, dates (or as they are typed), words of an enumeration.
        where: the form field that an error concerns, where that is not the column itself.

    Raises:
        DomainError: a value that the person must mend.
        TypeError: a name that is no field of the table, or a value of a wrong type: our bug.
    """
    unknown = values.keys() - fields_of(model)
    if unknown:
        msg = f"no fields of {model.__tablename__}: {', '.join(sorted(unknown))}"
        raise TypeError(msg)
    try:
        result = {name: _value(model, name, value) for name, value in values.items()}
        _check_given(model, result)
    except DomainError as error:
        error.field = where or error.field
        raise
    return result


def require(model: type[Row], values: Mapping[str, Any], *, where: str | None = None) -> dict[str, Any]:
    """Values for a new row: as `checked`, and what must be given is given."""
    return checked(model, dict.fromkeys(required(model), "") | dict(values), where=where)


def _check_given(model: type[Row], values: Mapping[str, Any]) -> None:
    for name in required(model):
        if values.get(name) == "":
            raise DomainError(tr("{field} is missing.", field=label(name)), tr("Fill it in."), field=name)


def _value(model: type[Row], name: str, value: Any) -> Any:
    column = table_of(model).columns[name]
    kind = replica_type(column)
    if value is None and not column.nullable:
        value = column.default.arg if isinstance(column.default, sa.ColumnDefault) else ""
    if isinstance(kind, Text):
        return _text(name, value, kind.length)
    if isinstance(kind, Day):
        return None if value is None or value == "" else _day(name, value)
    if isinstance(kind, Word):
        return _word(name, value, kind.words)
    if isinstance(kind, Flag) and isinstance(value, bool):
        return value
    if isinstance(kind, Whole) and type(value) is int:
        return value
    if isinstance(kind, Id) and (value is None or isinstance(value, UUID)):
        return value
    msg = f"{value!r} cannot stand in {model.__tablename__}.{name}"
    raise TypeError(msg)


def _text(name: str, value: Any, most: int) -> str:
    if not isinstance(value, str):
        msg = f"{name} is text, not {value!r}"
        raise TypeError(msg)
    text = tidy(value, lines=name in _LINES)
    if name == "country":
        text = text.upper()
        _refuse(
            bool(text) and not _COUNTRY.fullmatch(text),
            name,
            tr("A country is given by its two letters."),
            "ES",
        )
    if len(text) > most:
        raise DomainError(
            tr("{field} is too long: {length} letters.", field=label(name), length=len(text)),
            tr("Shorten it to {most} letters.", most=most),
            field=name,
        )
    if name in _PHONES and text:
        few = len(digits(text)) < SHORTEST_PHONE_PART
        _refuse(few, name, tr("“{text}” is not a phone number.", text=labels.quoted(text)), "+34 612 345 678")
    if name == "email" and text:
        _refuse(
            not _EMAIL.fullmatch(text),
            name,
            tr("“{text}” is not an e-mail address.", text=labels.quoted(text)),
            "name@example.org",
        )
    return text


def _refuse(wrong: bool, name: str, sentence: str, example: str) -> None:
    if wrong:
        raise DomainError(
            sentence, tr("Correct it, as in {example}, or leave it empty.", example=example), field=name
        )


def _day(name: str, value: Any) -> dt.date:
    day = parse_date(value, field=name) if isinstance(value, str) else value
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        msg = f"{name} is a date, not {value!r}"
        raise TypeError(msg)
    if name in _NOT_TO_COME and day > today():
        raise DomainError(
            tr("{field}: {date} is in the future.", field=label(name), date=labels.day(day)),
            tr("Check the year."),
            field=name,
        )
    if day < BORN_SINCE:
        raise DomainError(
            tr("{field}: {date} is too long ago.", field=label(name), date=labels.day(day)),
            tr("Check the year."),
            field=name,
        )
    return day


def _word(name: str, value: Any, known: type[enum.StrEnum]) -> enum.StrEnum:
    try:
        return known(value)
    except ValueError:
        raise DomainError(
            tr("“{value}” is not known for {field}.", value=labels.quoted(value), field=label(name)),
            tr("Choose one of the list."),
            field=name,
        ) from None


def checked_text(model: type[Row], name: str, value: str) -> str:
    """One text that is no field of a form, tidied and checked against its column.

    Raises:
        DomainError: it is too long.
    """
    kind = replica_type(table_of(model).columns[name])
    if not isinstance(kind, Text):
        msg = f"{model.__tablename__}.{name} is no text"
        raise TypeError(msg)
    return _text(name, value, kind.length)
