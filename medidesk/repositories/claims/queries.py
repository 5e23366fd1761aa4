"""Reading claims. The same on a replica and on the server."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import fields
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.billing import InvoiceKind, InvoiceState
from medidesk.models.claims import ClaimLine, ClaimState, InsuranceClaim
from medidesk.models.insurance import Insurer
from medidesk.models.services import Service
from medidesk.repositories.billing.rows import InvoiceRow
from medidesk.repositories.billing.selects import CHARGE, INSURED, INVOICE, INVOICES, LINE
from medidesk.repositories.claims.rows import OPEN, ClaimLineRow, ClaimRow
from medidesk.repositories.patients.joined import is_of

_claim, _line, _insurer = table_of(InsuranceClaim), table_of(ClaimLine), table_of(Insurer)
_service = table_of(Service)
_OF_BILL = len(fields(InvoiceRow))
_CLAIMS: sa.Select[*tuple[Any, ...]] = (
    INVOICES.add_columns(
        *(
            _claim.c[name]
            for name in (
                *("id", "org_id", "patient_id", "invoice_id", "insurer_id", "policy_no", "state"),
                *("authorisation", "note", "lines", "claimed", "submitted_at", "insurer_ref", "answered_at"),
                *("answer", "accepted", "ended_at", "end_note", "to_patient", "written_off", "version"),
                *("created_at", "created_by", "updated_by"),
            )
        ),
        sa.func.coalesce(_insurer.c.name, ""),
        sa.func.coalesce(_insurer.c.payer_code, ""),
    )
    .join(_claim, _claim.c.invoice_id == INVOICE.c.id)
    .outerjoin(_insurer, _insurer.c.id == _claim.c.insurer_id)
    .where(_claim.c.deleted_at.is_(None))
    .order_by(None)
    .order_by(sa.func.coalesce(_claim.c.submitted_at, _claim.c.created_at), _claim.c.id)
)
_LINES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *(
            _line.c[name]
            for name in ("id", "claim_id", "invoice_line_id", "position", "claimed", "accepted", "refusal")
        ),
        *(LINE.c[name] for name in ("text", "quantity", "unit_price", "discount", "tax", "total")),
        sa.func.coalesce(_service.c.code, ""),
        CHARGE.c.charged_at,
    )
    .select_from(
        _line.join(LINE, LINE.c.id == _line.c.invoice_line_id)
        .outerjoin(CHARGE, CHARGE.c.id == LINE.c.charge_id)
        .outerjoin(_service, _service.c.id == CHARGE.c.service_id)
    )
    .where(_line.c.deleted_at.is_(None))
    .order_by(_line.c.claim_id, _line.c.position, _line.c.id)
)
_LIVE = sa.exists().where(
    _claim.c.invoice_id == INVOICE.c.id,
    _claim.c.deleted_at.is_(None),
    _claim.c.state != ClaimState.WITHDRAWN,
)


def claim(session: Session, claim_id: UUID) -> ClaimRow | None:
    """One claim."""
    return next(iter(_claims(session, _claim.c.id == claim_id)), None)


def live_of(session: Session, invoice_id: UUID) -> ClaimRow | None:
    """The claim of an invoice that was not withdrawn; None where there is none."""
    own = (_claim.c.invoice_id == invoice_id, _claim.c.state != ClaimState.WITHDRAWN)
    return next(iter(_claims(session, *own)), None)


def some(session: Session, *claim_ids: UUID) -> list[ClaimRow]:
    """Those of these claims that are there, the oldest first."""
    return _claims(session, _claim.c.id.in_(claim_ids))


def of_patients(session: Session, *patient_ids: UUID) -> list[ClaimRow]:
    """The claims of these patients, the oldest first."""
    return _claims(session, is_of(_claim, *patient_ids))


def of_branch(
    session: Session, org_id: UUID, states: Iterable[ClaimState] = OPEN, insurer_id: UUID | None = None
) -> list[ClaimRow]:
    """The claims of a branch in these states, of one insurer or of all, the oldest first."""
    whose = () if insurer_id is None else (_claim.c.insurer_id == insurer_id,)
    return _claims(session, _claim.c.org_id == org_id, _claim.c.state.in_(tuple(states)), *whose)


def ended_between(session: Session, org_id: UUID, first: dt.datetime, last: dt.datetime) -> list[ClaimRow]:
    """The claims of a branch that were reconciled or withdrawn from a moment to another, the oldest first."""
    return _claims(session, _claim.c.org_id == org_id, _claim.c.ended_at >= first, _claim.c.ended_at < last)


def unclaimed(session: Session, org_id: UUID) -> list[InvoiceRow]:
    """Invoices of a branch of which an insurer is to pay something and is not asked yet, the oldest first."""
    found = session.execute(
        INVOICES.where(
            INVOICE.c.org_id == org_id,
            INVOICE.c.kind == InvoiceKind.INVOICE,
            INVOICE.c.state == InvoiceState.ISSUED,
            INVOICE.c.covered > 0,
            sa.not_(_LIVE),
            INSURED > 0,
        )
        .order_by(None)
        .order_by(INVOICE.c.issued_at, INVOICE.c.id)
    )
    return [InvoiceRow(*values) for values in found]


def lines(session: Session, *claim_ids: UUID) -> list[ClaimLineRow]:
    """The lines of some claims, as they are printed."""
    found = session.execute(_LINES.where(_line.c.claim_id.in_(claim_ids)))
    return [ClaimLineRow(*values) for values in found]


def _claims(session: Session, *where: sa.ColumnElement[bool]) -> list[ClaimRow]:
    return [
        ClaimRow(InvoiceRow(*values[:_OF_BILL]), *values[_OF_BILL:])
        for values in session.execute(_CLAIMS.where(*where))
    ]
