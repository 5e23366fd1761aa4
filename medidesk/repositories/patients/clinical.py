"""Allergies and conditions: each row is one clinical statement."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.patients import Allergy, Condition
from medidesk.permissions import Need
from medidesk.repositories.patients import checks, queries
from medidesk.repositories.patients.details import change, remove
from medidesk.repositories.patients.registering import kept_file, name_of
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr


@verb("clinical", Need.ADD, Kind.FACT, shows=queries.by_id)
def add_allergy(work: Work, patient_id: UUID, allergy: Mapping[str, Any]) -> UUID:
    """Write down an allergy: `substance`, `reaction`, `severity`, `state`, `noted_on`, `code`, `code_system`."""
    patient = kept_file(work, patient_id)
    added = work.add(Allergy(patient_id=patient.id, **checks.require(Allergy, allergy)))
    work.describe(tr("{name}: allergy added", name=name_of(patient)), added.substance)
    return patient.id


@verb("clinical", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def restrict(work: Work, patient_id: UUID, restricted: bool) -> UUID:
    """Close what is clinical in a file to whoever has not said why they need it; or, where it is open, free it."""
    patient = kept_file(work, patient_id)
    patient.restricted = restricted
    words = tr("{name}: restricted") if restricted else tr("{name}: no longer restricted")
    work.describe(words.replace("{name}", name_of(patient)), "")
    return patient.id


@verb("clinical", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def edit_allergy(work: Work, allergy_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change what is known of an allergy, also that it was refuted (`state`)."""
    allergy = work.get(Allergy, allergy_id)
    return change(work, allergy, changes, tr("{name}: allergy changed"), lambda: allergy.substance)


@verb("clinical", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def remove_allergy(work: Work, allergy_id: UUID) -> UUID:
    """Take an allergy that was entered by mistake out of the file."""
    allergy = work.get(Allergy, allergy_id)
    return remove(work, allergy, tr("{name}: allergy removed"), allergy.substance)


@verb("clinical", Need.ADD, Kind.FACT, shows=queries.by_id)
def add_condition(work: Work, patient_id: UUID, condition: Mapping[str, Any]) -> UUID:
    """Write down a problem: `text`, `state`, `onset_on`, `ended_on`, `code`, `code_system`."""
    patient = kept_file(work, patient_id)
    values = checks.require(Condition, condition)
    _check_span(values)
    added = work.add(Condition(patient_id=patient.id, **values))
    work.describe(tr("{name}: condition added", name=name_of(patient)), added.text)
    return patient.id


@verb("clinical", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def edit_condition(work: Work, condition_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change what is known of a problem, also that it is resolved (`state`, `ended_on`)."""
    condition = work.get(Condition, condition_id)
    return change(work, condition, changes, tr("{name}: condition changed"), lambda: _sound(condition).text)


@verb("clinical", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def remove_condition(work: Work, condition_id: UUID) -> UUID:
    """Take a problem that was entered by mistake out of the file."""
    condition = work.get(Condition, condition_id)
    return remove(work, condition, tr("{name}: condition removed"), condition.text)


def _sound(condition: Condition) -> Condition:
    _check_span({"onset_on": condition.onset_on, "ended_on": condition.ended_on})
    return condition


def _check_span(values: Mapping[str, Any]) -> None:
    began, ended = values.get("onset_on"), values.get("ended_on")
    if began is not None and ended is not None and ended < began:
        raise DomainError(
            tr("The condition ended before it began."), tr("Correct one of the two dates."), field="ended_on"
        )
