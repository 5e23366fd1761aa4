"""Reading patients: lists, one file, its children. The same on a replica and on the server.

A merged file is not listed: what it holds is shown in the file it was merged into, however many merges away.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import Base, Row, table_of
from medidesk.models.insurance import InsurancePolicy
from medidesk.models.patients import (
    Allergy,
    ClinicalState,
    Condition,
    IdentifierKind,
    NextOfKin,
    Patient,
    PatientAlert,
    PatientIdentifier,
    PatientMerge,
    PatientPhoto,
)
from medidesk.repositories.dates import today
from medidesk.repositories.patients.rows import (
    SHAPES,
    AlertRow,
    MergeRow,
    PatientFile,
    PatientRow,
    Photo,
    columns,
)
from medidesk.repositories.quick import ByIds

patient = table_of(Patient)
_part = patient.alias("part")
_IN_A_FILE: tuple[type[Row], ...] = (
    Allergy, Condition, InsurancePolicy, NextOfKin, PatientAlert, PatientIdentifier, PatientPhoto,
)  # fmt: skip
MERGES_MOST = 1_000
"""Files merged into one; a station whose data is broken into a circle must still end."""
OWNERS_MOST = 20
"""Files that one disputed number may name."""

# Whether another file was merged into this one; then its allergies count as well.
HAS_PARTS = sa.exists().where(_part.c.merged_into_id == patient.c.id).correlate(patient).label("has_parts")
LISTED = sa.and_(patient.c.merged_into_id.is_(None), patient.c.deleted_at.is_(None))

_HEADS = sa.select(*columns(Patient), HAS_PARTS)
_BY_IDS = ByIds(
    _HEADS.where(patient.c.id.in_(sa.bindparam("ids", expanding=True)), patient.c.deleted_at.is_(None))
)
_PAGE = (
    _HEADS.where(LISTED)
    .order_by(sa.func.fold(patient.c.family_name), sa.func.fold(patient.c.given_name), patient.c.id)
    .limit(sa.bindparam("rows"))
    .offset(sa.bindparam("after"))
)
_COUNT = sa.select(sa.func.count()).select_from(patient).where(LISTED)
_PARTS = sa.select(
    patient.c.merged_into_id,
    patient.c.id,
    patient.c.has_allergy,
    patient.c.file_no,
    patient.c.provisional_no,
).where(patient.c.merged_into_id.in_(sa.bindparam("ids", expanding=True)), patient.c.deleted_at.is_(None))

_identifier = table_of(PatientIdentifier)
_OWNERS = (
    sa.select(_identifier.c.patient_id)
    .where(
        *(_identifier.c[name] == sa.bindparam(name) for name in ("kind", "system", "value")),
        _identifier.c.deleted_at.is_(None),
    )
    .limit(OWNERS_MOST)
)


def heads(session: Session, found: Iterable[Sequence[Any]]) -> list[PatientRow]:
    """Rows as they were selected (the columns of `PatientRow`, then `HAS_PARTS`), made ready to be shown."""
    made = []
    with_parts = set()
    for values in found:
        row = PatientRow(*values[:-1])
        made.append(row)
        if values[-1]:
            with_parts.add(row.id)
    if not with_parts:
        return made
    allergic = {part.kept_id for part in _parts_of(session, with_parts) if part.has_allergy}
    return [replace(row, has_allergy=True) if row.id in allergic else row for row in made]


def count(session: Session) -> int:
    """How many files there are."""
    return session.execute(_COUNT).scalar_one()


def page(session: Session, offset: int, limit: int) -> list[PatientRow]:
    """Files `offset` to `offset + limit` by family name and given name, accents and case folded."""
    return heads(session, session.execute(_PAGE, {"after": offset, "rows": limit}))


def rows(session: Session, ids: Collection[UUID]) -> dict[UUID, PatientRow]:
    """The rows of these ids that are there, merged ones too."""
    if not ids:
        return {}
    return {row.id: row for row in heads(session, _BY_IDS(session, ids))}


def by_id(session: Session, patient_id: UUID) -> PatientRow | None:
    """One patient; a merged file as it is, with `merged_into_id`."""
    return rows(session, [patient_id]).get(patient_id)


def patient_of(session: Session, table: str, row_id: UUID) -> UUID | None:
    """Whose file a row that is kept in one belongs to; None for a row that is not here."""
    if table == patient.name:
        return row_id
    whose = {kind.__tablename__: "patient_id" for kind in _IN_A_FILE} | {
        PatientMerge.__tablename__: "kept_id"
    }
    if table not in whose:
        return None
    rows = Base.metadata.tables[table].c
    return session.scalar(sa.select(rows[whose[table]]).where(rows.id == row_id))


def kept(session: Session, patient_id: UUID) -> PatientRow | None:
    """The file in which a patient's data is shown: the one it was merged into, or itself."""
    row = by_id(session, patient_id)
    for _ in range(MERGES_MOST):
        if row is None or row.merged_into_id is None:
            break
        row = by_id(session, row.merged_into_id)
    return row


def with_alerts(
    session: Session, ids: Collection[UUID], on: dt.date | None = None
) -> dict[UUID, tuple[str, ...]]:
    """The texts of the alerts that hold on a day (today unless told), by patient; those without are left out."""
    if not ids:
        return {}
    owner = {one: one for one in ids} | {part.id: part.kept_id for part in _parts_of(session, ids)}
    found: dict[UUID, tuple[str, ...]] = {}
    day = on or today()
    for alert in sorted(_children(session, PatientAlert, owner), key=_made):
        if alert.ends_on is None or alert.ends_on >= day:
            kept_id = owner[alert.patient_id]
            found[kept_id] = (*found.get(kept_id, ()), alert.text)
    return found


def file(session: Session, patient_id: UUID, *, clinical: bool = True) -> PatientFile | None:
    """A whole file with what the files merged into it hold; None where it is not there.

    Args:
        session: a replica's or the server's.
        patient_id: the file; a merged one is shown as it was before.
        clinical: whether the reader may see allergies and conditions.
    """
    head = by_id(session, patient_id)
    if head is None:
        return None
    parts = _parts_of(session, [patient_id])
    ids = [patient_id, *(part.id for part in parts)]
    allergies = _children(session, Allergy, ids) if clinical else []
    active = any(allergy.state is ClinicalState.ACTIVE for allergy in allergies)
    numbers = [number for part in parts for number in part.numbers]
    if head.file_no and head.provisional_no:
        numbers.insert(0, head.provisional_no)
    return PatientFile(
        patient=replace(head, has_allergy=True) if active else head,
        identifiers=tuple(_children(session, PatientIdentifier, ids)),
        next_of_kin=tuple(_children(session, NextOfKin, ids)),
        alerts=tuple(_children(session, PatientAlert, ids)),
        allergies=tuple(allergies),
        conditions=tuple(_children(session, Condition, ids)) if clinical else (),
        merges=merges(session, ids),
        other_numbers=tuple(dict.fromkeys(numbers)),
        clinical_visible=clinical,
    )


def merges(session: Session, ids: Collection[UUID]) -> tuple[MergeRow, ...]:
    """The merges in which these files take or took part, or are proposed to, newest first."""
    table = table_of(PatientMerge)
    statement = (
        sa.select(*columns(PatientMerge))
        .where(
            sa.or_(table.c.kept_id.in_(ids), table.c.merged_id.in_(ids)),
            table.c.deleted_at.is_(None),
        )
        .order_by(table.c.created_at.desc(), table.c.id.desc())
    )
    return tuple(MergeRow(*row) for row in session.execute(statement))


def merge_by_id(session: Session, merge_id: UUID) -> MergeRow | None:
    """One merge, or proposal of one."""
    found = _row(session, PatientMerge, merge_id)
    return found if isinstance(found, MergeRow) else None


def photo(session: Session, patient_id: UUID) -> Photo | None:
    """The photo; a station holds none, so this is asked of the server."""
    table = table_of(PatientPhoto)
    statement = (
        sa.select(*columns(PatientPhoto))
        .where(table.c.patient_id == patient_id, table.c.deleted_at.is_(None))
        .order_by(table.c.id.desc())
        .limit(1)
    )
    row = session.execute(statement).first()
    return None if row is None else Photo(*row)


@dataclass(frozen=True, slots=True)
class _Part:
    """A file that was merged into `kept_id`, perhaps through others."""

    id: UUID
    kept_id: UUID
    has_allergy: bool
    numbers: tuple[str, ...]


def _parts_of(session: Session, ids: Iterable[UUID]) -> list[_Part]:
    """All files merged into these, and into those, and so on."""
    owner = {one: one for one in ids}
    found: list[_Part] = []
    wanted = list(owner)
    while wanted and len(found) < MERGES_MOST:
        fresh = [row for row in session.execute(_PARTS, {"ids": wanted}) if row.id not in owner]
        wanted = [row.id for row in fresh]
        owner |= {row.id: owner[row.merged_into_id] for row in fresh}
        found += [
            _Part(
                row.id, owner[row.id], row.has_allergy, tuple(filter(None, (row.file_no, row.provisional_no)))
            )
            for row in fresh
        ]
    return found


def with_parts(session: Session, patient_id: UUID) -> list[UUID]:
    """A file and all that were merged into it."""
    return [patient_id, *(part.id for part in _parts_of(session, [patient_id]))]


def _children(session: Session, model: type[Row], ids: Iterable[UUID]) -> list[Any]:
    """The rows of a child table that belong to these files, in the order in which they were made."""
    return [SHAPES[model](*row) for row in session.execute(_CHILDREN[model], {"ids": list(ids)})]


def _children_of(model: type[Row]) -> sa.Select[Any]:
    table = table_of(model)
    return (
        sa.select(*columns(model))
        .where(table.c.patient_id.in_(sa.bindparam("ids", expanding=True)), table.c.deleted_at.is_(None))
        .order_by(table.c.id)
    )


_CHILDREN: Mapping[type[Row], sa.Select[Any]] = {
    model: _children_of(model) for model in (PatientIdentifier, NextOfKin, PatientAlert, Allergy, Condition)
}


def _row(session: Session, model: type[Row], row_id: UUID) -> Any:
    """One row of a table of `SHAPES`."""
    table = table_of(model)
    statement = sa.select(*columns(model)).where(table.c.id == row_id, table.c.deleted_at.is_(None))
    row = session.execute(statement).first()
    return None if row is None else SHAPES[model](*row)


def _made(alert: AlertRow) -> tuple[dt.datetime, UUID]:
    return alert.created_at, alert.id


def owners(session: Session, kind: IdentifierKind, system: str, value: str) -> list[PatientRow]:
    """The files that a number names; for a merged one the file that was kept."""
    named = {"kind": kind, "system": system, "value": value}
    found = [kept(session, one) for one in session.scalars(_OWNERS, named).all()]
    return list({row.id: row for row in found if row is not None}.values())
