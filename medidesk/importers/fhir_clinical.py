"""FHIR R4 AllergyIntolerance and Condition as rows of a patient's file."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from medidesk.errors import DomainError
from medidesk.importers.fhir_values import (
    Json,
    Notes,
    PartialDate,
    SkipError,
    an_object,
    checked_text,
    codes,
    date_of,
    objects,
    refuse_modified,
    status,
    string,
    words,
)
from medidesk.models.base import Row
from medidesk.models.patients import Allergy, ClinicalState, Condition, Severity
from medidesk.repositories.patients import checks
from medidesk.words import tr

NO_KNOWN_ALLERGY = frozenset(
    {
        "716186003",  # no known allergy
        "160244002",  # no known allergies (retired)
        "409137002",  # no known drug allergy
        "429625007",  # no known food allergy
        "428607008",  # no known environmental allergy
        "428197003",  # no known insect allergy
        "716184000",  # no known latex allergy
    }
)
"""SNOMED CT codes that say the opposite of an allergy."""

_SEVERITIES = (Severity.UNKNOWN, Severity.MILD, Severity.MODERATE, Severity.SEVERE)
_BY_CRITICALITY = {"low": Severity.MILD, "high": Severity.SEVERE}
_STATES = {
    "active": ClinicalState.ACTIVE,
    "recurrence": ClinicalState.ACTIVE,
    "relapse": ClinicalState.ACTIVE,
    "inactive": ClinicalState.INACTIVE,
    "remission": ClinicalState.INACTIVE,
    "resolved": ClinicalState.RESOLVED,
}


class AllergyFact(NamedTuple):
    """The fields of an allergy; a tuple, since a large export holds hundreds of thousands at once."""

    substance: str
    reaction: str
    severity: Severity
    state: ClinicalState
    noted_on: dt.date | None
    code: str
    code_system: str


class ConditionFact(NamedTuple):
    """The fields of a condition."""

    text: str
    state: ClinicalState
    onset_on: dt.date | None
    ended_on: dt.date | None
    code: str
    code_system: str


type Fact = AllergyFact | ConditionFact


def allergy(resource: Json, notes: Notes) -> AllergyFact:
    """An AllergyIntolerance.

    Raises:
        SkipError: it was entered in error, says that there is no allergy, or names no substance.
    """
    verification = _not_an_error(resource, notes)
    concept = an_object(resource, "code", notes)
    coded = list(codes(concept, notes))
    if any(code in NO_KNOWN_ALLERGY for _, code in coded):
        raise SkipError(tr("It says that no allergy is known, which is not an allergy."))
    reactions = objects(resource, "reaction", notes)
    substance = words(concept, notes) or next(
        filter(None, (words(an_object(one, "substance", notes), notes) for one in reactions)), ""
    )
    seen = dict.fromkeys(_manifestations(reactions, notes))
    severities = [string(one, "severity", notes) for one in reactions]
    noted = date_of(resource, "onsetDateTime", notes) or date_of(resource, "recordedDate", notes)
    return make_allergy(
        substance,
        ", ".join(seen),
        severity([*severities, string(resource, "criticality", notes)]),
        _state(resource, verification, ClinicalState.ACTIVE, notes),
        noted,
        coded,
        notes,
    )


def condition(resource: Json, notes: Notes) -> ConditionFact:
    """A Condition.

    Raises:
        SkipError: it was entered in error, or says nothing.
    """
    verification = _not_an_error(resource, notes)
    concept = an_object(resource, "code", notes)
    onset = date_of(resource, "onsetDateTime", notes) or date_of(
        an_object(resource, "onsetPeriod", notes), "start", notes
    )
    ended = date_of(resource, "abatementDateTime", notes) or date_of(
        an_object(resource, "abatementPeriod", notes), "end", notes
    )
    usual = ClinicalState.ACTIVE if ended is None else ClinicalState.RESOLVED
    return make_condition(
        words(concept, notes),
        _state(resource, verification, usual, notes),
        onset,
        ended,
        list(codes(concept, notes)),
        notes,
    )


def make_allergy(
    substance: str,
    reaction: str,
    how_bad: Severity,
    state: ClinicalState,
    noted: PartialDate | None,
    coded: list[tuple[str, str]],
    notes: Notes,
) -> AllergyFact:
    """An allergy whose values may stand in their columns; what may not is noted.

    Raises:
        SkipError: the substance is missing or too long: half a substance's name is worse than a line in a report.
    """
    name = _required(Allergy, "substance", substance)
    code, system = _code(Allergy, coded, notes)
    text = _optional(Allergy, "reaction", reaction, notes)
    return AllergyFact(name, text, how_bad, state, _past(Allergy, "noted_on", noted, notes), code, system)


def make_condition(
    text: str,
    state: ClinicalState,
    onset: PartialDate | None,
    ended: PartialDate | None,
    coded: list[tuple[str, str]],
    notes: Notes,
) -> ConditionFact:
    """A condition, likewise.

    Raises:
        SkipError: its text is missing or too long.
    """
    what = _required(Condition, "text", text)
    code, system = _code(Condition, coded, notes)
    began = _past(Condition, "onset_on", onset, notes)
    return ConditionFact(what, state, began, _past(Condition, "ended_on", ended, notes), code, system)


def severity(told: list[str]) -> Severity:
    """The worst of what is told of reactions (mild, moderate, severe) and of criticality (low, high)."""
    known = [Severity(word) for word in told if word in _SEVERITIES]
    known += [_BY_CRITICALITY[word] for word in told if word in _BY_CRITICALITY]
    return max(known, key=_SEVERITIES.index, default=Severity.UNKNOWN)


def worst_first(allergies: list[AllergyFact]) -> list[AllergyFact]:
    """Active before past ones, severe before mild: of two about one substance, the first is kept."""
    return sorted(
        allergies,
        key=lambda one: (one.state is not ClinicalState.ACTIVE, -_SEVERITIES.index(one.severity)),
    )


def _not_an_error(resource: Json, notes: Notes) -> str:
    refuse_modified(resource)
    verification = status(resource, "verificationStatus", notes)
    if verification == "entered-in-error":
        raise SkipError(tr("It is marked as entered in error."))
    return verification


def _state(resource: Json, verification: str, usual: ClinicalState, notes: Notes) -> ClinicalState:
    if verification == "refuted":
        return ClinicalState.REFUTED
    return _STATES.get(status(resource, "clinicalStatus", notes), usual)


def _manifestations(reactions: list[Json], notes: Notes) -> Iterator[str]:
    for one in reactions:
        told = [words(concept, notes) for concept in objects(one, "manifestation", notes)]
        yield from filter(None, told or [string(one, "description", notes)])


def _required(model: type[Row], name: str, text: str) -> str:
    try:
        checked = checked_text(model, name, text)
    except DomainError as error:
        raise SkipError(error.sentence) from error
    if not checked:
        raise SkipError(tr("It says neither in words nor in a code what it is."))
    return checked


def _optional(model: type[Row], name: str, text: str, notes: Notes) -> str:
    try:
        return checked_text(model, name, text)
    except DomainError as error:
        notes.append(tr("{field} left out. {why}", field=checks.label(name), why=error.sentence))
        return ""


def _code(model: type[Row], coded: list[tuple[str, str]], notes: Notes) -> tuple[str, str]:
    """The first code with its system; never one without the other's text."""
    if not coded:
        return "", ""
    system, code = coded[0]
    try:
        return checked_text(model, "code", code), checked_text(model, "code_system", system)
    except DomainError as error:
        notes.append(tr("Code left out. {why}", why=error.sentence))
        return "", ""


def _past(model: type[Row], name: str, date: PartialDate | None, notes: Notes) -> dt.date | None:
    """The (first) day, unless it is still to come."""
    if date is None:
        return None
    try:
        day: dt.date = checks.checked(model, {name: date.day})[name]
    except DomainError as error:
        notes.append(tr("{field} left out. {why}", field=checks.label(name), why=error.sentence))
        return None
    return day
