"""What was billed, by day and service; what credit notes took back is taken off on the day on which they did."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.billing import Charge, Invoice, InvoiceKind, InvoiceLine, InvoiceState
from medidesk.models.services import Service
from medidesk.repositories import branch_clock
from medidesk.repositories.reports.moneys import span
from medidesk.repositories.reports.rows import Column, Figure, Period, Table, summed
from medidesk.words import tr

_invoice, _line, _charge, _service = (table_of(one) for one in (Invoice, InvoiceLine, Charge, Service))
_credited = _line.alias("credited_line")
ZERO = Decimal(0)
type Sums = tuple[Decimal, Decimal, Decimal, Decimal]


def revenue(session: Session, org_id: UUID, period: Period) -> tuple[Table, ...]:
    """A row for each day and service. A line that another invoice had billed before counts once."""
    sums = by_service(session, org_id, period)
    columns = (
        Column(tr("Day"), Figure.DAY),
        Column(tr("Service")),
        Column(tr("Code")),
        Column(tr("Before tax"), Figure.MONEY),
        Column(tr("Tax"), Figure.MONEY),
        Column(tr("Total"), Figure.MONEY),
        Column(tr("Of it insurers"), Figure.MONEY),
    )
    return (summed(tr("Revenue"), columns, ((*key, *sums[key]) for key in sorted(sums))),)


def by_service(session: Session, org_id: UUID, period: Period) -> dict[tuple[dt.date, str, str], Sums]:
    """What came of each day and service, by its name and code: before tax, tax, total, and of it the insurers'."""
    zone = branch_clock.zone_of(session, org_id)
    sums: dict[tuple[dt.date, str, str], Sums] = {}
    for at, kind, code, name, text, *amounts in session.execute(_lines(org_id, *span(period, zone))):
        key = (branch_clock.day_of(at, zone), name or text, code or "")
        sign = -1 if kind is InvoiceKind.CREDIT_NOTE else 1
        before = sums.get(key, (ZERO, ZERO, ZERO, ZERO))
        net, tax, total, covered = (had + sign * one for had, one in zip(before, amounts, strict=True))
        sums[key] = (net, tax, total, covered)
    return sums


def _lines(org_id: UUID, starts: dt.datetime, ends: dt.datetime) -> sa.Select[*tuple[Any, ...]]:
    charge_of = sa.func.coalesce(_line.c.charge_id, _credited.c.charge_id)
    return (
        sa.select(
            _invoice.c.issued_at, _invoice.c.kind, _service.c.code, _service.c.name, _line.c.text,
            _line.c.net, _line.c.tax, _line.c.total, _line.c.covered,
        )
        .select_from(
            _invoice.join(_line, _line.c.invoice_id == _invoice.c.id)
            .outerjoin(_credited, _credited.c.id == _line.c.credits_line_id)
            .outerjoin(_charge, _charge.c.id == charge_of)
            .outerjoin(_service, _service.c.id == _charge.c.service_id)
        )
        .where(
            _invoice.c.org_id == org_id, _invoice.c.deleted_at.is_(None), _invoice.c.state == InvoiceState.ISSUED,
            _invoice.c.issued_at >= starts, _invoice.c.issued_at < ends,
            _line.c.deleted_at.is_(None), sa.not_(_line.c.doubled),
        )
    )  # fmt: skip
