"""How a form is declared: its fields, in the order they are filled in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from medidesk.words import tr

Kind = Literal["text", "date", "choice", "phone", "multiline", "check", "number"]

ParseDate = Callable[[str], date | None]
"""Reads a date as people here write it.

What is no date is None or a ValueError; a `DomainError` carries a sentence of its own, to be shown.
"""

ShowDate = Callable[[date], str]


@dataclass(frozen=True)
class Field:
    """One field.

    Attributes:
        name: the key in the form's values.
        label: above the field.
        kind: "text", "date", "choice", "phone", "multiline", "check" or "number".
        required: cannot be left empty.
        max_length: of a text, in characters.
        choices: (value, words) pairs of a choice.
        optional_word: said beside the label of a field that may stay empty; "" says nothing.
        help: a quiet line below the field.
        span: 1 or 2 columns.
        least: smallest number.
        most: largest number.
        unit: after a number, as in "tablets".
    """

    name: str
    label: str
    kind: Kind = "text"
    required: bool = False
    max_length: int | None = None
    choices: tuple[tuple[object, str], ...] = ()
    optional_word: str = ""
    help: str = ""
    span: Literal[1, 2] = 1
    least: int = 0
    most: int = 999_999
    unit: str = ""


@dataclass(frozen=True)
class Section:
    """A heading between fields, and lines to be read below it."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormSpec:
    """A whole form: fields and headings from top to bottom."""

    fields: tuple[Field | Section, ...]

    def inputs(self) -> tuple[Field, ...]:
        """The fields alone."""
        return tuple(field for field in self.fields if isinstance(field, Field))


def plain_date(day: date) -> str:
    """A date as it is shown in fields and lists: "2 Jan 1991"."""
    months = (
        tr("Jan"), tr("Feb"), tr("Mar"), tr("Apr"), tr("May"), tr("Jun"),
        tr("Jul"), tr("Aug"), tr("Sep"), tr("Oct"), tr("Nov"), tr("Dec"),
    )  # fmt: skip
    return f"{day.day} {months[day.month - 1]} {day.year}"
