"""Files that may be of the same person as someone about to be registered."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.patients import IdentifierKind
from medidesk.models.search import date_word, phone_digits
from medidesk.repositories.dates import written_date
from medidesk.repositories.patients import queries
from medidesk.repositories.patients.checks import tidy
from medidesk.repositories.patients.finding import matching, search_words
from medidesk.repositories.patients.rows import PatientRow
from medidesk.words import tr

SIMILAR = 0.84
"""From here on two names may be one name: a letter doubled, dropped or swapped."""
BORN_TOGETHER = 0.74
"""The same for two people who were born on one day."""
UNLIKE = 0.6
"""Below this two words have nothing to do with each other."""
PHONE_DIGITS = 7
SHORTEST_PHONE = 5
NAME_WORDS = 5
"""Of a longer name only so many words are looked up."""
CANDIDATES = 60

_IDENTIFIER, _PHONE, _BIRTH, _NAME = 100.0, 40.0, 35.0, 30.0
_KINDS = {
    IdentifierKind.NATIONAL_ID: "same national id",
    IdentifierKind.PASSPORT: "same passport",
    IdentifierKind.DRIVING_LICENCE: "same driving licence",
    IdentifierKind.INSURANCE: "same insurance number",
    IdentifierKind.PROVISIONAL: "same provisional file number",
    IdentifierKind.FOREIGN: "same number elsewhere",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be of the same person, and why, in words."""

    row: PatientRow
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Sought:
    """What of a draft tells people apart."""

    name: list[str]
    born_on: dt.date | None
    phones: frozenset[str]


def duplicates(session: Session, draft: Mapping[str, Any], *, limit: int = 5) -> list[Candidate]:
    """Files that may be of the person being registered, likeliest first; only on a replica.

    Args:
        session: a replica's.
        draft: as for `register`, however little of it is filled in and however wrongly.
        limit: at most so many.
    """
    sought = _Sought(
        name=search_words(f"{_typed(draft, 'given_name')} {_typed(draft, 'family_name')}"),
        born_on=_born(draft.get("born_on")),
        phones=frozenset(filter(None, (_tail(_typed(draft, name)) for name in ("phone", "phone_other")))),
    )
    named = _named(session, draft)
    found = {row.id: row for row, _ in named}
    for expression in _expressions(sought):
        found |= {row.id: row for row in matching(session, expression, CANDIDATES)}
    judged = []
    for row in found.values():
        score, reasons = _judge(sought, row)
        same = [tr(_KINDS[kind]) for owner, kind in named if owner.id == row.id]
        if same or reasons:
            judged.append((score + _IDENTIFIER * len(same), Candidate(row, (*same, *reasons))))
    judged.sort(key=lambda one: (-one[0], one[1].row.family_name, one[1].row.given_name, one[1].row.id))
    return [candidate for _, candidate in judged[:limit]]


def likeness(one: list[str], other: list[str]) -> float:
    """How alike two names are, from 0 to 1: folded words in any order, initials, words left out, misspelling."""
    fewer, more = sorted((one, other), key=len)
    if not fewer:
        return 0.0
    if "".join(one) == "".join(other):
        return 1.0
    left = list(more)
    total = 0.0
    for word in fewer:
        best = max(left, key=lambda candidate: _alike(word, candidate))
        total += _alike(word, best)
        left.remove(best)
    # A name with words left out is less certain, and a single word says little of a name of several.
    missing = len(more) - len(fewer)
    return max(0.0, total / len(fewer) - (0.05 if len(fewer) > 1 else 0.3) * missing)


@lru_cache(maxsize=16_384)
def _alike(one: str, other: str) -> float:
    """How alike two words are, from 0 to 1."""
    if one == other:
        return 1.0
    shorter, longer = sorted((one, other), key=len)
    if longer.startswith(shorter):
        return 0.8 if len(shorter) == 1 else 0.9
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # Both are quick and never below the ratio itself.
    if matcher.real_quick_ratio() < UNLIKE or matcher.quick_ratio() < UNLIKE:
        return 0.0
    return matcher.ratio()


def _expressions(sought: _Sought) -> Iterator[str]:
    """FTS5 expressions that hold every candidate worth judging, and few others."""
    for phone in sought.phones:
        yield f'"{phone}"' if len(phone) >= PHONE_DIGITS else f'"{phone}" *'
    if not sought.name:
        return
    initials = " OR ".join(f'"{letter}" *' for letter in sorted({word[0] for word in sought.name}))
    if sought.born_on is not None:
        yield f'"{date_word(sought.born_on)}" AND ({initials})'
    if len(sought.name) > 1:
        yield " AND ".join(f'"{word}"' for word in sought.name)
        begun = [f'"{word[:3]}" *' for word in dict.fromkeys(sought.name[:NAME_WORDS])]
        yield " OR ".join(f"({one} AND {other})" for one, other in combinations(begun, 2)) or begun[0]


def _judge(sought: _Sought, row: PatientRow) -> tuple[float, list[str]]:
    """How likely a file is of the person sought, and why."""
    score, reasons = 0.0, []
    alike = likeness(sought.name, search_words(f"{row.given_name} {row.family_name}"))
    if sought.phones & {_tail(row.phone), _tail(row.phone_other)}:
        score += _PHONE
        reasons.append(tr("same phone"))
    born_alike = sought.born_on is not None and sought.born_on == row.born_on
    if born_alike and (alike >= BORN_TOGETHER or reasons):
        score += _BIRTH
        reasons.append(tr("same birth date"))
    whole_name = len(sought.name) > 1 or reasons
    if alike >= SIMILAR and whole_name and (reasons or _may_be_born(sought.born_on, row.born_on)):
        score += _NAME * alike
        reasons.append(tr("similar name"))
    return score, reasons


def _may_be_born(one: dt.date | None, other: dt.date | None) -> bool:
    """Whether two birth dates may be one, mistyped in a single place or with day and month swapped."""
    if one is None or other is None:
        return True
    same = (one.day == other.day) + (one.month == other.month) + (one.year == other.year)
    return same >= 2 or (one.year, one.month, one.day) == (other.year, other.day, other.month)


def _named(session: Session, draft: Mapping[str, Any]) -> list[tuple[PatientRow, IdentifierKind]]:
    """The files that the draft's numbers name."""
    found: dict[tuple[UUID, IdentifierKind], PatientRow] = {}
    for identifier in draft.get("identifiers") or ():
        kind = identifier.get("kind") or ""
        value = tidy(str(identifier.get("value") or ""))
        if not value or kind not in set(IdentifierKind):
            continue
        kind = IdentifierKind(kind)
        value = value if kind is IdentifierKind.FOREIGN else value.upper()
        system = tidy(str(identifier.get("system") or ""))
        for row in queries.owners(session, kind, system, value):
            found[row.id, kind] = row
    return [(row, kind) for (_, kind), row in found.items()]


def _typed(draft: Mapping[str, Any], name: str) -> str:
    value = draft.get(name)
    return tidy(value) if isinstance(value, str) else ""


def _born(value: object) -> dt.date | None:
    return written_date(value) if isinstance(value, str) else value if isinstance(value, dt.date) else None


def _tail(phone: str) -> str:
    """The digits by which a phone is told apart, with or without prefixes; empty for too few."""
    whole = phone_digits(phone)
    return whole[-PHONE_DIGITS:] if len(whole) >= SHORTEST_PHONE else ""
