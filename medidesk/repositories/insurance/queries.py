"""Reading who insures whom. The same on a replica and on the server."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.directory import Organisation
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.models.search import fold
from medidesk.models.services import PriceList
from medidesk.repositories.insurance.rows import InsurerRow, PolicyRow
from medidesk.repositories.patients.joined import is_of, kept_id, with_kept_file

_policy, _insurer = table_of(InsurancePolicy), table_of(Insurer)
_list, _org = table_of(PriceList), table_of(Organisation)
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
    .order_by(_policy.c.valid_from.desc().nulls_last(), _policy.c.id.desc())
)
_THERE = _policy.c.deleted_at.is_(None)
_OF_INSURER = (
    sa.select(sa.func.count())
    .select_from(_policy)
    .where(_policy.c.insurer_id == _insurer.c.id, _THERE)
    .correlate(_insurer)
    .scalar_subquery()
)
_INSURERS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *(
            _insurer.c[name]
            for name in (
                *("id", "org_id", "name", "payer_code", "price_list_id", "copay_percent", "phone", "email"),
                *("active", "updated_by"),
            )
        ),
        sa.func.coalesce(_org.c.name, ""),
        sa.func.coalesce(_list.c.name, ""),
        _OF_INSURER,
    )
    .select_from(
        _insurer.outerjoin(_org, _org.c.id == _insurer.c.org_id).outerjoin(
            _list, _list.c.id == _insurer.c.price_list_id
        )
    )
    .where(_insurer.c.deleted_at.is_(None))
)


def insurers(session: Session) -> list[InsurerRow]:
    """Every insurer, those that still pay first, by name."""
    found = (InsurerRow(*values) for values in session.execute(_INSURERS))
    return sorted(found, key=lambda row: (not row.active, fold(row.name), row.org_name, row.id))


def insurer(session: Session, insurer_id: UUID) -> InsurerRow | None:
    """One of them."""
    values = session.execute(_INSURERS.where(_insurer.c.id == insurer_id)).first()
    return None if values is None else InsurerRow(*values)


def policies(session: Session, patient_id: UUID) -> list[PolicyRow]:
    """A patient's policies, the latest first."""
    return _rows(session, _THERE, is_of(_policy, patient_id))


def policy(session: Session, policy_id: UUID) -> PolicyRow | None:
    """One policy, also one that was removed since: what was billed by it keeps saying so."""
    return next(iter(_rows(session, _policy.c.id == policy_id)), None)


def policy_on(session: Session, patient_id: UUID, day: dt.date) -> PolicyRow | None:
    """The policy that pays for a patient on a day; None where nobody does."""
    return paying(policies(session, patient_id), day)


def paying(rows: Iterable[PolicyRow], day: dt.date) -> PolicyRow | None:
    """Of a patient's policies, the latest first, the one that pays on a day; None where none does."""
    return next((row for row in rows if row.pays_on(day)), None)


def policies_on(session: Session, patients: Collection[UUID], day: dt.date) -> dict[UUID, PolicyRow]:
    """The same for several patients at once, of files that are kept; those whom nobody pays for are left out."""
    found: dict[UUID, PolicyRow] = {}
    query = _POLICIES.add_columns(kept_id(_policy)).where(_THERE, kept_id(_policy).in_(patients))
    for *values, file_id in session.execute(query):
        row = PolicyRow(*values)
        if row.pays_on(day):
            found.setdefault(file_id, row)
    return found


def _rows(session: Session, *where: sa.ColumnElement[bool]) -> list[PolicyRow]:
    return [PolicyRow(*values) for values in session.execute(_POLICIES.where(*where))]
