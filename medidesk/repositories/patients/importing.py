"""Patients from another program: the same record brought twice is one file, and nobody's work is overwritten."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

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
from medidesk.repositories.patients import queries
from medidesk.repositories.patients.registering import kept_file, name_of, refuse_taken, split
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

IMPORTED = UUID("5f0e1f6a-2d3b-5c57-9d0e-6b1c2a7f4e11")
"""The namespace of ids that follow from where a record came from."""

_TOLD_APART_BY: Mapping[type[Row], tuple[str, ...]] = {
    PatientIdentifier: ("kind", "system", "value"),
    NextOfKin: ("name", "phone"),
    PatientAlert: ("text",),
    Allergy: ("code_system", "code", "substance"),
    Condition: ("code_system", "code", "text", "onset_on"),
}


@verb("demographics", Need.ADD, Kind.FACT, shows=queries.by_id)
def import_patient(work: Work, record: Mapping[str, Any]) -> UUID | None:
    """Bring in a patient of another program; returns None where there is nothing to do.

    A file that is already there keeps what people wrote since: only numbers, next of kin, alerts, allergies and
    conditions that were never brought in are added.

    Args:
        work: the unit of work.
        record: as for `register`, and `source`: what names this record in the program it comes from, for ever.

    Raises:
        DomainError: the record cannot be kept as it is, or a number of it names another file.
        TypeError: a field that there is none of.
    """
    source = record["source"]
    head, children = split({name: value for name, value in record.items() if name != "source"})
    patient_id = source_id(source)
    known = work.session.get(Patient, patient_id)
    if known is not None and known.deleted_at is not None:
        return None
    missing = _missing(work, source, children)
    if known is not None and not missing:
        return None
    owner = patient_id if known is None else kept_file(work, patient_id).id
    for _, model, values in missing:
        if model is PatientIdentifier:
            refuse_taken(work, values, owner=owner, where="identifiers")
    if known is None:
        known = work.add(Patient(id=patient_id, **head, provisional_no=work.next_provisional()))
        work.describe(tr("{name} imported", name=name_of(known)), source)
    else:
        work.describe(tr("{name}: more imported", name=name_of(known)), source)
    for row_id, model, values in missing:
        work.add(model(id=row_id, patient_id=owner, **values))
    return owner


def imported(session: Session, source: str) -> UUID | None:
    """The file that a record was brought into: the one it was merged into, or its own."""
    row = queries.kept(session, source_id(source))
    return None if row is None else row.id


def source_id(source: str) -> UUID:
    """The id of the file of a record."""
    return uuid5(IMPORTED, source)


def _missing(
    work: Work, source: str, children: Mapping[type[Row], list[dict[str, Any]]]
) -> list[tuple[UUID, type[Row], dict[str, Any]]]:
    """The rows that were never brought in, with their ids; one that people removed since stays removed."""
    found: dict[UUID, tuple[UUID, type[Row], dict[str, Any]]] = {}
    for model, some in children.items():
        for values in some:
            row_id = _child_id(source, model, values)
            if row_id not in found and work.session.get(model, row_id) is None:
                found[row_id] = (row_id, model, values)
    return list(found.values())


def _child_id(source: str, model: type[Row], values: Mapping[str, Any]) -> UUID:
    # Not folded as names are: two substances may differ in an accent or a vowel sign.
    told = (str(values.get(name) or "").casefold() for name in _TOLD_APART_BY[model])
    return uuid5(IMPORTED, "\n".join((source, model.__tablename__, *told)))
