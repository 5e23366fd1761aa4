"""What may stand in a patient's file: tidied, checked against the mapped columns, and refused in plain words."""

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.base import SERVER_COLUMNS, Row, replica_type, table_of
from medidesk.models.patients import (
    Allergy,
    Condition,
    IdentifierKind,
    NextOfKin,
    PatientAlert,
    PatientIdentifier,
)
from medidesk.models.search import SHORTEST_PHONE_PART, digits
from medidesk.models.types import Day, Flag, Text, Word
from medidesk.repositories import labels
from medidesk.repositories.dates import parse_date, today
from medidesk.words import tr

FIELD_LABELS: Mapping[str, str] = {
    **labels.FIELD_LABELS,
    "code_system": "Code system",
    "content": "Photo",
    "reason": "Reason",
    "identifiers": "Numbers",
    "next_of_kin": "Next of kin",
    "allergies": "Allergies",
    "conditions": "Conditions",
    "alerts": "Alerts",
}
"""What people call each field of a patient's file; the English words, to be shown through `tr`."""

BORN_SINCE = dt.date(1850, 1, 1)
_NEVER_TYPED = frozenset(
    {"id", "org_id", "patient_id", "deleted_at", "provisional_no", "merged_into_id", "restricted"}
)
_LINES = frozenset({"desk_note"})
_NOT_TO_COME = frozenset({"born_on", "died_on", "noted_on", "onset_on", "ended_on"})
_REQUIRED = {
    PatientIdentifier: "value",
    NextOfKin: "name",
    PatientAlert: "text",
    Allergy: "substance",
    Condition: "text",
}
_PHONES = frozenset({"phone", "phone_other"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_UPPER = frozenset(IdentifierKind) - {IdentifierKind.FOREIGN, IdentifierKind.PROVISIONAL}

# Marks that turn the direction of the text after them, and invisible ones that make equal names unequal or a name
# of nothing. The joiners U+200C and U+200D stay: Persian and Hindi are spelt with them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def label(name: str) -> str:
    """A field's name in the language in force."""
    return tr(FIELD_LABELS[name])


def fields_of(model: type[Row]) -> frozenset[str]:
    """The fields of a table that people fill in."""
    names = {column.name for column in table_of(model).columns}
    return frozenset(names - SERVER_COLUMNS - model.__rules__.computed - _NEVER_TYPED)


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
        if model is PatientIdentifier:
            _check_identifier(result)
        _check_required(model, result)
    except DomainError as error:
        error.field = where or error.field
        raise
    return result


def _check_required(model: type[Row], values: Mapping[str, Any]) -> None:
    name = _REQUIRED.get(model)
    if name is not None and values.get(name) == "":
        raise DomainError(tr("{field} is missing.", field=label(name)), tr("Fill it in."), field=name)


def require(model: type[Row], values: Mapping[str, Any], *, where: str | None = None) -> dict[str, Any]:
    """Values for a new row: as `checked`, and what must be given is given."""
    if model in _REQUIRED:
        values = {_REQUIRED[model]: "", **values}
    if model is PatientIdentifier and not values.get("kind"):
        raise DomainError(
            tr("{field} is missing.", field=label("kind")), tr("Choose one."), field=where or "kind"
        )
    return checked(model, values, where=where)


def check_whole(patient: Mapping[str, Any]) -> None:
    """What must hold between the fields of a patient.

    Raises:
        DomainError: no name at all, or a death before the birth.
    """
    if not patient.get("family_name") and not patient.get("given_name"):
        raise DomainError(
            tr("A name is missing."), tr("Fill in the family name or the given name."), field="family_name"
        )
    born_on, died_on = patient.get("born_on"), patient.get("died_on")
    if born_on and died_on and died_on < born_on:
        raise DomainError(
            tr("The date of death is before the birth date."), tr("Correct one of the two."), field="died_on"
        )


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


def _check_identifier(values: dict[str, Any]) -> None:
    kind = values.get("kind")
    if kind is IdentifierKind.PROVISIONAL:
        raise DomainError(
            tr("Provisional file numbers are given by the station."),
            tr("Choose another kind of number."),
            field="kind",
        )
    if kind in _UPPER and "value" in values:
        values["value"] = values["value"].upper()


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
