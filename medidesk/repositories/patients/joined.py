"""The head of the file that is kept, for queries about rows that name a patient.

A row names the file that it was written in; shown is the one that this was merged into, where it was.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.models.base import table_of
from medidesk.models.patients import Patient

_patient = table_of(Patient)
_kept = _patient.alias("kept")


@dataclass(frozen=True, slots=True)
class OfFile:
    """How rows begin that are about a patient; as `of_file` selects it.

    Attributes:
        file_id: the file that is kept.
        file_no: its number, or the one that a PC gave it.
    """

    file_id: UUID
    given_name: str
    family_name: str
    born_on: dt.date | None
    born_estimated: bool
    file_no: str
    phone: str

    @property
    def name(self) -> str:
        """The patient's given and family name."""
        return f"{self.given_name} {self.family_name}".strip()


def with_kept_file(table: sa.Table) -> sa.Join:
    """A table that has a `patient_id`, joined to the file and to the one that is kept."""
    return table.outerjoin(_patient, _patient.c.id == table.c.patient_id).outerjoin(
        _kept, _kept.c.id == _patient.c.merged_into_id
    )


def of_kept_file() -> tuple[sa.ColumnElement[Any], ...]:
    """Given name, family name, born_on, born_estimated, file number and phone, of what `with_kept_file` joined."""
    return (
        sa.func.coalesce(_field("given_name"), ""),
        sa.func.coalesce(_field("family_name"), ""),
        _field("born_on"),
        sa.func.coalesce(_field("born_estimated"), sa.false()),
        sa.func.coalesce(_field("file_no"), _field("provisional_no"), "—"),
        sa.func.coalesce(_field("phone"), ""),
    )


def kept_id(table: sa.Table) -> sa.ColumnElement[UUID]:
    """The id of the kept file, of what `with_kept_file` joined."""
    return sa.func.coalesce(_kept.c.id, table.c.patient_id)


def of_file(table: sa.Table) -> tuple[sa.ColumnElement[Any], ...]:
    """What an `OfFile` begins with, of what `with_kept_file` joined."""
    return (kept_id(table), *of_kept_file())


def is_of(table: sa.Table, *patient_ids: UUID) -> sa.ColumnElement[bool]:
    """Whether a row is of the file of one of these patients, or of one that was merged into it."""
    merged = sa.select(_patient.c.id).where(_patient.c.merged_into_id.in_(patient_ids))
    return sa.or_(table.c.patient_id.in_(patient_ids), table.c.patient_id.in_(merged))


def _field(name: str) -> sa.ColumnElement[Any]:
    return sa.case((_kept.c.id.is_not(None), _kept.c[name]), else_=_patient.c[name])
