"""Registering a patient, and keeping the head of the file right."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.base import Row
from medidesk.models.patients import (
    Allergy,
    Condition,
    NextOfKin,
    Patient,
    PatientAlert,
    PatientIdentifier,
)
from medidesk.permissions import Need
from medidesk.repositories import labels
from medidesk.repositories.patients import checks, queries
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.unit_of_work import changes as changed_fields
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

CHILDREN: Mapping[str, type[Row]] = {
    "identifiers": PatientIdentifier,
    "next_of_kin": NextOfKin,
    "alerts": PatientAlert,
    "allergies": Allergy,
    "conditions": Condition,
}
"""The lists that a registration may hold, and the tables they go to."""


@verb("demographics", Need.ADD, Kind.FACT, shows=queries.by_id)
def register(work: Work, draft: Mapping[str, Any]) -> UUID:
    """Open a file for a patient.

    Args:
        work: the unit of work.
        draft: the patient's fields; lists under the names of `CHILDREN`, each of mappings with the fields of its
            table (an alert may also be its text alone). Rows left wholly empty in a form are passed over.

    Raises:
        DomainError: something the person must mend, or a number that another file already has.
        TypeError: a field that there is none of.
    """
    head, children = split(draft)
    for identifier in children[PatientIdentifier]:
        refuse_taken(work, identifier, where="identifiers")
    patient = work.add(Patient(**head, provisional_no=work.next_provisional()))
    for model, some in children.items():
        for values in some:
            work.add(model(patient_id=patient.id, **values))
    work.describe(
        tr("{name} registered", name=name_of(patient)),
        tr("Provisional file {number}", number=patient.provisional_no),
    )
    return patient.id


@verb("demographics", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def edit(work: Work, patient_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change fields of the head of a file; those already as wanted are left alone.

    Raises:
        DomainError: something the person must mend, or a file that was merged into another.
    """
    patient = work.get(Patient, patient_id)
    refuse_merged(work, patient)
    wanted = checks.checked(Patient, changes)
    before = {name: getattr(patient, name) for name in checks.fields_of(Patient)}
    checks.check_whole(before | wanted)
    changed = changed_fields(before, wanted)
    for name, value in changed.items():
        setattr(patient, name, value)
    names = ", ".join(checks.label(name).lower() for name in changed)
    work.describe(
        tr("{name}: {fields} changed", name=name_of(patient), fields=names),
        _line(changed),
    )
    return patient.id


def split(draft: Mapping[str, Any]) -> tuple[dict[str, Any], dict[type[Row], list[dict[str, Any]]]]:
    """A draft as the checked fields of the patient and the checked rows of each list.

    Raises:
        DomainError: something the person must mend.
        TypeError: a field that there is none of.
    """
    head = checks.checked(Patient, {name: value for name, value in draft.items() if name not in CHILDREN})
    head = {"family_name": "", "given_name": ""} | head
    checks.check_whole(head)
    return head, {
        model: [
            checks.require(model, values, where=name)
            for values in map(_as_mapping, draft.get(name) or ())
            if _filled(model, values)
        ]
        for name, model in CHILDREN.items()
    }


def _as_mapping(one: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return {"text": one} if isinstance(one, str) else one


def _filled(model: type[Row], values: Mapping[str, Any]) -> bool:
    """Whether anything was filled in: an identifier without a number says nothing, whatever its kind."""
    if model is PatientIdentifier:
        return bool(str(values.get("value") or "").strip())
    return any(value.strip() if isinstance(value, str) else value for value in values.values())


def refuse_taken(
    work: Work, identifier: Mapping[str, Any], *, owner: UUID | None = None, where: str = "value"
) -> None:
    """Refuse a number that this station already sees on another file, while the person is there to be asked.

    Args:
        work: the unit of work.
        identifier: kind, system and value, checked.
        owner: the file it is meant for; None for a new one.
        where: the form field it was typed into.

    Raises:
        DomainError: says whose it is.
    """
    named = queries.owners(
        work.session, identifier["kind"], identifier.get("system", ""), identifier["value"]
    )
    for other in named:
        if other.id == owner:
            continue
        raise DomainError(
            tr(
                "The number {value} is already in the file of {name} ({number}).",
                value=identifier["value"],
                name=other.name,
                number=other.number,
            ),
            tr("Open that file if it is the same person; otherwise check the number."),
            field=where,
        )


def refuse_merged(work: Work, patient: Patient) -> None:
    """Refuse to write into a file that was merged into another.

    Raises:
        DomainError: says into which.
    """
    if patient.merged_into_id is None:
        return
    target = queries.kept(work.session, patient.id)
    raise DomainError(
        tr(
            "This file was merged into the file of {name} ({number}).",
            name="?" if target is None else target.name,
            number="?" if target is None else target.number,
        ),
        tr("Open that file and make the change there."),
    )


def kept_file(work: Work, patient_id: UUID) -> Patient:
    """The file that something new about a patient belongs in: the one theirs was merged into, or their own.

    Raises:
        DomainError: it is gone.
    """
    patient = work.get(Patient, patient_id)
    for _ in range(queries.MERGES_MOST):
        if patient.merged_into_id is None:
            break
        patient = work.get(Patient, patient.merged_into_id)
    return patient


def name_of(patient: Patient) -> str:
    """Given and family name."""
    return f"{patient.given_name} {patient.family_name}".strip()


def _line(changed: Mapping[str, Any]) -> str:
    """The new values in words, for the list of waiting changes."""
    return " · ".join(
        tr("{field}: {value}", field=checks.label(name), value=labels.shown(value))
        for name, value in changed.items()
    )
