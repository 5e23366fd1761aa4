"""The money of some days, as reports add it up: who took it and in which way, what was given back and by whom."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.billing import CashierSession, Payment, Refund, RefundState, Way
from medidesk.repositories import branch_clock, people
from medidesk.repositories.reports.rows import Period

_payment, _refund, _drawer = table_of(Payment), table_of(Refund), table_of(CashierSession)
BEGINNING = dt.date(1970, 1, 1)
"""Before anything was ever billed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Money that changed hands.

    Attributes:
        day: by the branch's clock.
        who: the name of the cashier.
        way: how.
        taken, returned: what came in, and what was given back; one of them is 0.
    """

    day: dt.date
    who: str
    way: Way
    taken: Decimal
    returned: Decimal


def taken(session: Session, org_id: UUID, period: Period) -> Iterator[Taken]:
    """What a branch took and gave back. Credit that was used is none: it was counted when it was taken."""
    zone, names = branch_clock.zone_of(session, org_id), people.names(session)
    starts, ends = span(period, zone)
    payments = sa.select(_payment.c.taken_at, _payment.c.created_by, _payment.c.way, _payment.c.amount).where(
        _payment.c.org_id == org_id,
        _payment.c.taken_at >= starts,
        _payment.c.taken_at < ends,
        _payment.c.way != Way.CREDIT,
    )
    for at, who, way, amount in session.execute(payments):
        yield Taken(branch_clock.day_of(at, zone), _name(names, who), way, amount, Decimal(0))
    # Who asked for a refund is not always who paid it out: that is whose drawer it came from.
    by = sa.func.coalesce(_drawer.c.cashier_id, _refund.c.updated_by, _refund.c.created_by)
    refunds = (
        sa.select(_refund.c.paid_at, by, _payment.c.way, _refund.c.amount)
        .select_from(
            _refund.join(_payment, _payment.c.id == _refund.c.payment_id).outerjoin(
                _drawer, _drawer.c.id == _refund.c.session_id
            )
        )
        .where(
            _refund.c.org_id == org_id,
            _refund.c.state == RefundState.PAID,
            _refund.c.paid_at >= starts,
            _refund.c.paid_at < ends,
        )
    )
    for at, who, way, amount in session.execute(refunds):
        yield Taken(branch_clock.day_of(at, zone), _name(names, who), way, Decimal(0), amount)


def span(period: Period, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
    """From the first midnight of some days to the last."""
    first = BEGINNING if period.first is None else period.first
    return branch_clock.instant(first, 0, zone), branch_clock.instant(period.last, 24 * 60, zone)


def _name(names: dict[UUID, str], account_id: UUID | None) -> str:
    return "" if account_id is None else names.get(account_id, "")
