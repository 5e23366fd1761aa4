"""What the queries about patients return: frozen rows that any thread may keep."""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.models.base import Row, table_of
from medidesk.models.patients import (
    Allergy,
    BloodGroup,
    ClinicalState,
    Condition,
    IdentifierKind,
    MergeState,
    NextOfKin,
    Patient,
    PatientAlert,
    PatientIdentifier,
    PatientMerge,
    PatientPhoto,
    Severity,
    Sex,
)


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient in a list or at the head of a file; fields as in `models.patients.Patient`.

    `has_allergy` says whether any allergy is active, for those who may not read which; `restricted`, that what is
    clinical is closed to whoever has not said why they need it.
    """

    id: UUID
    file_no: str | None
    provisional_no: str | None
    family_name: str
    given_name: str
    sex: Sex
    born_on: dt.date | None
    born_estimated: bool
    died_on: dt.date | None
    phone: str
    phone_other: str
    email: str
    address: str
    postal_code: str
    city: str
    country: str
    blood_group: BloodGroup
    language: str
    desk_note: str
    has_allergy: bool
    merged_into_id: UUID | None
    restricted: bool
    org_id: UUID
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    updated_by: UUID | None

    @property
    def number(self) -> str:
        """The file number, or the provisional one, or a dash."""
        return self.file_no or self.provisional_no or "—"

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """A number that names a patient."""

    id: UUID
    patient_id: UUID
    kind: IdentifierKind
    system: str
    value: str
    disputed: bool
    version: int
    updated_at: dt.datetime
    updated_by: UUID | None


@dataclass(frozen=True, slots=True)
class NextOfKinRow:
    """Whom to call."""

    id: UUID
    patient_id: UUID
    name: str
    relation: str
    phone: str
    version: int
    updated_at: dt.datetime
    updated_by: UUID | None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """Something everyone who meets the patient must see at once, until the end of `ends_on`."""

    id: UUID
    patient_id: UUID
    text: str
    ends_on: dt.date | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    updated_by: UUID | None


@dataclass(frozen=True, slots=True)
class AllergyRow:
    """A substance the patient must not get."""

    id: UUID
    patient_id: UUID
    substance: str
    reaction: str
    severity: Severity
    state: ClinicalState
    noted_on: dt.date | None
    code: str
    code_system: str
    version: int
    updated_at: dt.datetime
    updated_by: UUID | None


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """A problem on the patient's list."""

    id: UUID
    patient_id: UUID
    text: str
    state: ClinicalState
    onset_on: dt.date | None
    ended_on: dt.date | None
    code: str
    code_system: str
    version: int
    updated_at: dt.datetime
    updated_by: UUID | None


@dataclass(frozen=True, slots=True)
class MergeRow:
    """Two files of one person: proposed to be merged, merged, or a merge that was undone or dismissed."""

    id: UUID
    kept_id: UUID
    merged_id: UUID
    state: MergeState
    reason: str
    version: int
    created_at: dt.datetime
    created_by: UUID | None
    updated_at: dt.datetime
    updated_by: UUID | None


@dataclass(frozen=True, slots=True)
class Photo:
    """A patient's photo, as it was taken."""

    id: UUID
    patient_id: UUID
    media_type: str
    content: bytes
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class PatientFile:
    """A whole file, together with what the files merged into it hold.

    Attributes:
        patient: its head.
        alerts: also those whose last day has passed.
        merges: in which it or a file merged into it takes part, in every state.
        other_numbers: numbers of merged files, and those given offline.
        clinical_visible: whether allergies and conditions were read; if not they are empty and say nothing.
    """

    patient: PatientRow
    identifiers: tuple[IdentifierRow, ...]
    next_of_kin: tuple[NextOfKinRow, ...]
    alerts: tuple[AlertRow, ...]
    allergies: tuple[AllergyRow, ...]
    conditions: tuple[ConditionRow, ...]
    merges: tuple[MergeRow, ...]
    other_numbers: tuple[str, ...]
    clinical_visible: bool


SHAPES: dict[type[Row], Any] = {
    Patient: PatientRow,
    PatientIdentifier: IdentifierRow,
    NextOfKin: NextOfKinRow,
    PatientAlert: AlertRow,
    Allergy: AllergyRow,
    Condition: ConditionRow,
    PatientMerge: MergeRow,
    PatientPhoto: Photo,
}
"""The row in which each table is read."""


def columns(model: type[Row], table: sa.FromClause | None = None) -> tuple[sa.ColumnElement[Any], ...]:
    """The columns of a table, or of an alias of it, in the order of its row's fields."""
    source = table_of(model) if table is None else table
    return tuple(source.c[field.name] for field in fields(SHAPES[model]))
