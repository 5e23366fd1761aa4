"""FHIR's data types as MediDesk's values: dates, names, codes, telephone numbers, addresses.

Elements that MediDesk does not keep are not looked at: a wrong photo keeps nobody out. Those it keeps are read
strictly, and what cannot be taken over becomes a note.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from medidesk.errors import DomainError
from medidesk.importers.countries import country_code
from medidesk.models.base import Row
from medidesk.repositories.patients import checks
from medidesk.words import tr

type Json = Mapping[str, Any]
type Notes = list[str]

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T.{1,40})?)?)?", re.ASCII)
_SHOWN_MOST = 40
_STRING_MOST = 20_000  # far longer than any column; tidying costs time for each letter
_REMEMBERED_MOST = 500


class SkipError(Exception):
    """Why a resource is not imported, in a sentence."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A FHIR date; the first day of what it names when it names a month or a year.

    Attributes:
        day: the (first) day.
        last: the last day that it may be.
    """

    day: dt.date
    last: dt.date

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.day == self.last


@lru_cache(maxsize=8192)
def partial_date(text: str) -> PartialDate:
    """Read YYYY, YYYY-MM, YYYY-MM-DD, or the latter with a time: the day as it was where it was written.

    Raises:
        ValueError: it is none.
    """
    found = _DATE.fullmatch(text.strip())
    if found is None:
        msg = "no FHIR date"
        raise ValueError(msg)
    year, month, day = (int(part) if part else None for part in found.groups())
    first = dt.date(year or 0, month or 1, day or 1)
    if day:
        return PartialDate(first, first)
    last_month = month or 12
    return PartialDate(first, dt.date(first.year, last_month, calendar.monthrange(first.year, last_month)[1]))


def shown(text: str) -> str:
    """A value from the file as a sentence may quote it: tidied, and short."""
    tidied = checks.tidy(text[: 4 * _SHOWN_MOST])
    return tidied if len(tidied) <= _SHOWN_MOST else f"{tidied[:_SHOWN_MOST]}…"


def refuse_modified(resource: Json) -> None:
    """Refuse a resource with an extension that may turn its meaning round ("this person does *not* …").

    FHIR R4, 2.4.0.1: who does not know a modifier extension must not use what it stands in.

    Raises:
        SkipError: it has one.
    """
    if resource.get("modifierExtension"):
        raise SkipError(
            tr("It carries a modifier that MediDesk does not know and that may change its meaning.")
        )


# Elements, whatever stands in their place


def objects(parent: Json, name: str, notes: Notes) -> list[Json]:
    """The objects of a repeating element; what is none is noted."""
    value = parent.get(name)
    if value is None:
        return []
    several = value if isinstance(value, list) else [value]
    found: list[Json] = [one for one in several if isinstance(one, dict)]
    if len(found) < len(several):
        notes.append(wrong_form(name))
    return found


def an_object(parent: Json, name: str, notes: Notes) -> Json:
    """The object of an element that does not repeat; empty if there is none."""
    return next(iter(objects(parent, name, notes)), {})


def string(parent: Json, name: str, notes: Notes) -> str:
    """The text of an element; empty if there is none."""
    value = parent.get(name)
    if isinstance(value, str) and len(value) > _STRING_MOST:
        notes.append(tr("“{name}” is {count} letters long.", name=name, count=f"{len(value):,}"))
        return ""
    if value is None or isinstance(value, str):
        return value or ""
    notes.append(wrong_form(name))
    return ""


def strings(parent: Json, name: str, notes: Notes) -> list[str]:
    """The texts of a repeating element."""
    value = parent.get(name)
    several = value if isinstance(value, list) else [] if value is None else [value]
    found = [string({name: one}, name, notes) for one in several if isinstance(one, str)]
    # FHIR fills a place with null where only an extension stands.
    if any(one is not None and not isinstance(one, str) for one in several):
        notes.append(wrong_form(name))
    return found


def wrong_form(name: str) -> str:
    """The note about an element that is not what FHIR says it is."""
    return tr("“{name}” is not written as FHIR has it.", name=name)


def date_of(parent: Json, name: str, notes: Notes) -> PartialDate | None:
    """The date of an element; one that is none is noted."""
    text = string(parent, name, notes)
    if not text:
        return None
    try:
        return partial_date(text)
    except ValueError:
        notes.append(tr("“{name}”: “{value}” is not a date.", name=name, value=shown(text)))
        return None


def take(record: dict[str, Any], model: type[Row], name: str, value: Any, notes: Notes) -> None:
    """Put a value that a patient can do without into a record, if it may stand there; otherwise note why not."""
    try:
        record[name] = checks.checked(model, {name: value})[name]
    except DomainError as error:
        notes.append(tr("{field} left out. {why}", field=checks.label(name), why=error.sentence))


def checked_text(model: type[Row], name: str, text: str) -> str:
    """`checks.checked_text`, remembered: the same thousand diagnoses come again and again.

    Raises:
        DomainError: it is too long.
    """
    remembered = len(text) <= _REMEMBERED_MOST
    return _checked_text(model, name, text) if remembered else checks.checked_text(model, name, text)


@lru_cache(maxsize=8192)
def _checked_text(model: type[Row], name: str, text: str) -> str:
    return checks.checked_text(model, name, text)


# Codes


def codes(concept: Json, notes: Notes) -> Iterator[tuple[str, str]]:
    """The codes of a CodeableConcept with their systems: (system, code)."""
    for coding in objects(concept, "coding", notes):
        code = string(coding, "code", notes)
        if code:
            yield string(coding, "system", notes), code


def words(concept: Json, notes: Notes) -> str:
    """A CodeableConcept as people read it: its text, or a display, or the bare code."""
    text = string(concept, "text", notes)
    if text.strip():
        return text
    coded = objects(concept, "coding", notes)
    for name in ("display", "code"):
        for coding in coded:
            if (text := string(coding, name, notes)).strip():
                return text
    return ""


def status(resource: Json, name: str, notes: Notes) -> str:
    """The first code of a status element, which some programs write as a plain string."""
    value = resource.get(name)
    if isinstance(value, str):
        return value
    return next((code for _, code in codes(an_object(resource, name, notes), notes)), "")


# Names, telephone numbers, addresses

_NAME_USES = ("official", "usual", "", "temp", "nickname", "maiden", "old", "anonymous")
_PHONE_USES = ("mobile", "home", "", "work", "temp", "old")


def _by_use(several: Iterable[Json], order: tuple[str, ...], notes: Notes) -> list[Json]:
    """Sorted by their use; what has ended comes last, in the order of the file otherwise."""

    def rank(one: Json) -> tuple[bool, int]:
        use = string(one, "use", notes)
        ended = date_of(an_object(one, "period", notes), "end", notes)
        return (
            ended is not None and ended.last < dt.datetime.now().astimezone().date(),
            order.index(use) if use in order else order.index(""),
        )

    return sorted(several, key=rank)


def person_name(holder: Json, notes: Notes) -> tuple[str, str]:
    """Family and given name: the official name before the usual one, a former one only for want of another.

    A name that is given as text alone is not guessed apart: all of it becomes the family name.
    """
    for name in _by_use(objects(holder, "name", notes), _NAME_USES, notes):
        family = string(name, "family", notes).strip()
        given = " ".join(strings(name, "given", notes)).strip()
        if family or given:
            return family, given
        if text := string(name, "text", notes).strip():
            return text, ""
    return "", ""


def telecoms(holder: Json, notes: Notes) -> tuple[list[str], list[str]]:
    """Telephone numbers, a mobile one first, and e-mail addresses; without repeats."""
    phones: dict[str, None] = {}
    emails: dict[str, None] = {}
    for one in _by_use(objects(holder, "telecom", notes), _PHONE_USES, notes):
        value = string(one, "value", notes).strip()
        system = string(one, "system", notes)
        if value and system in {"phone", "sms", ""} and "@" not in value:
            phones[value.removeprefix("tel:")] = None
        elif value and (system == "email" or (not system and "@" in value)):
            emails[value.removeprefix("mailto:")] = None
    return list(phones), list(emails)


_ADDRESS_USES = ("home", "", "billing", "work", "temp", "old")


def address(holder: Json, notes: Notes) -> dict[str, str]:
    """The columns of the address to write to: the home one first. A state follows the city."""
    for one in _by_use(objects(holder, "address", notes), _ADDRESS_USES, notes):
        lines = ", ".join(line.strip() for line in strings(one, "line", notes) if line.strip())
        place = [string(one, "city", notes).strip(), string(one, "state", notes).strip()]
        found = {
            "address": lines,
            "postal_code": string(one, "postalCode", notes),
            "city": ", ".join(part for part in place if part),
            "country": country_code(string(one, "country", notes)),
        }
        if not lines and not found["city"]:
            found["address"] = string(one, "text", notes)
        if any(value.strip() for value in found.values()):
            return found
    return {}
