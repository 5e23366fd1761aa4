"""Reading who insures whom. The same on a replica and on the server."""

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.repositories.insurance.rows import PolicyRow
from medidesk.repositories.patients.joined import is_of, kept_id, with_kept_file

_policy, _insurer = table_of(InsurancePolicy), table_of(Insurer)
_POLICIES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *(
            _policy.c[name]
            for name in (
                *("id", "org_id", "patient_id", "insurer_id", "policy_no", "holder", "valid_from"),
                *("valid_until", "copay_percent", "checked_on", "eligibility_note", "version", "updated_by"),
            )
        ),
        sa.func.coalesce(_insurer.c.name, ""),
        _insurer.c.price_list_id,
        sa.func.coalesce(_insurer.c.active, sa.true()),
    )
    .select_from(with_kept_file(_policy).outerjoin(_insurer, _insurer.c.id == _policy.c.insurer_id))
    .where(_policy.c.deleted_at.is_(None))
    .order_by(_policy.c.valid_from.desc(), _policy.c.id.desc())
)


def policies(session: Session, patient_id: UUID) -> list[PolicyRow]:
    """A patient's policies, the latest first."""
    return _rows(session, is_of(_policy, patient_id))


def policy(session: Session, policy_id: UUID) -> PolicyRow | None:
    """One policy."""
    return next(iter(_rows(session, _policy.c.id == policy_id)), None)


def policy_on(session: Session, patient_id: UUID, day: dt.date) -> PolicyRow | None:
    """The policy that pays for a patient on a day; None where nobody does."""
    return next((row for row in policies(session, patient_id) if row.pays_on(day)), None)


def policies_on(session: Session, patients: Collection[UUID], day: dt.date) -> dict[UUID, PolicyRow]:
    """The same for several patients at once, of files that are kept; those whom nobody pays for are left out."""
    found: dict[UUID, PolicyRow] = {}
    query = _POLICIES.add_columns(kept_id(_policy)).where(kept_id(_policy).in_(patients))
    for *values, file_id in session.execute(query):
        row = PolicyRow(*values)
        if row.pays_on(day):
            found.setdefault(file_id, row)
    return found


def _rows(session: Session, where: sa.ColumnElement[bool]) -> list[PolicyRow]:
    return [PolicyRow(*values) for values in session.execute(_POLICIES.where(where))]
