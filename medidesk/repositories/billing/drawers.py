"""Cashiers' drawers: opened with a float, counted and closed, handed over. What was counted is a fact."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.errors import DomainError
from medidesk.models.base import table_of
from medidesk.models.billing import CashierSession, Payment, Refund, RefundState, Way
from medidesk.models.directory import Organisation
from medidesk.models.money import Money
from medidesk.permissions import Need
from medidesk.repositories import amounts, checks
from medidesk.repositories.billing import queries
from medidesk.repositories.billing.rows import DrawerRow
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA = "billing"
_it, _payment, _refund = table_of(CashierSession), table_of(Payment), table_of(Refund)
_org, _follower = table_of(Organisation), table_of(CashierSession).alias("follower")
_DRAWERS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *(
            _it.c[name]
            for name in (
                *("id", "org_id", "cashier_id", "drawer", "opened_at", "opening_float", "follows_id"),
                *("closed_at", "counted", "expected", "note", "version"),
            )
        ),
        sa.func.coalesce(_org.c.currency, "EUR"),
        _follower.c.id,
    )
    .select_from(
        _it.outerjoin(_org, _org.c.id == _it.c.org_id).outerjoin(
            _follower, sa.and_(_follower.c.follows_id == _it.c.id, _follower.c.deleted_at.is_(None))
        )
    )
    .where(_it.c.deleted_at.is_(None))
    .order_by(_it.c.opened_at.desc(), _it.c.id)
)


def drawer(session: Session, session_id: UUID) -> DrawerRow | None:
    """One of them."""
    return next(iter(_rows(session, _it.c.id == session_id)), None)


def open_at(session: Session, cashier_id: UUID, org_id: UUID, place: str) -> DrawerRow | None:
    """The drawer that somebody has open at this PC."""
    found = _rows(
        session,
        _it.c.cashier_id == cashier_id,
        _it.c.org_id == org_id,
        _it.c.drawer == place,
        _it.c.closed_at.is_(None),
    )
    return next(iter(found), None)


def handed_over(session: Session, org_id: UUID, place: str) -> DrawerRow | None:
    """What was counted last at this PC, where nobody has gone on from it: what the next float begins with."""
    found = _rows(session, _it.c.org_id == org_id, _it.c.drawer == place)
    last = next(iter(found), None)
    return last if last is not None and last.closed_at is not None and last.follower_id is None else None


def drawers(session: Session, org_id: UUID, first: dt.date, last: dt.date) -> list[DrawerRow]:
    """The drawers of a branch that were open between two days, the latest first."""
    starts, ends = queries.span(session, org_id, first, last)
    still = sa.or_(_it.c.closed_at.is_(None), _it.c.closed_at >= starts)
    return _rows(session, _it.c.org_id == org_id, _it.c.opened_at < ends, still)


def payments_in(session: Session, session_id: UUID) -> list[UUID]:
    """The payments that were taken at a drawer, as they came."""
    query = sa.select(_payment.c.id).where(_payment.c.session_id == session_id)
    return list(session.scalars(query.order_by(_payment.c.taken_at, _payment.c.id)))


@verb(AREA, Need.ADD, Kind.FACT, shows=drawer)
def open_drawer(
    work: Work, cashier_id: UUID, place: str, opening_float: str, follows_id: UUID | None = None
) -> UUID:
    """Open a drawer.

    Args:
        work: the unit of work.
        cashier_id: the account of whoever is signed in.
        place: the PC that the drawer stands at.
        opening_float: the cash that is in it, as it is typed.
        follows_id: the session that was handed over; what was counted there is the float.

    Raises:
        DomainError: they have it open already.
    """
    place = checks.checked_text(CashierSession, "drawer", place)
    if work.read(open_at, cashier_id, work.org_id, place) is not None:
        raise DomainError(tr("Your drawer is open already."), tr("Count and close it first."))
    currency = queries.currency_of(work.session, work.org_id)
    amount = amounts.parse_amount(opening_float, currency, field="opening_float")
    before = None if follows_id is None else work.read(drawer, follows_id)
    if before is not None:
        work.get(CashierSession, before.id)
        if before.counted != amount or before.follower_id is not None:
            raise DomainError(
                tr(
                    "{amount} were counted at the handover.",
                    amount=Money(before.counted or Decimal(0), currency),
                ),
                tr("Count again; what differs is stated when you close."),
                field="opening_float",
            )
    row = work.add(
        CashierSession(
            cashier_id=cashier_id,
            drawer=place,
            opened_at=dt.datetime.now(dt.UTC),
            opening_float=amount,
            follows_id=None if before is None else before.id,
        )
    )
    work.describe(tr("Drawer opened"), str(Money(amount, currency)))
    return row.id


@verb(AREA, Need.CHANGE, Kind.FACT, shows=drawer)
def close_drawer(work: Work, session_id: UUID, counted: str, note: str = "") -> UUID:
    """Count a drawer and close it; what differs from what should be in it stays on record.

    Args:
        work: the unit of work.
        session_id: which.
        counted: the cash that is in it, as it is typed.
        note: what explains a difference.
    """
    shown, row = open_drawer_of(work, session_id), work.get(CashierSession, session_id)
    row.counted = amounts.parse_amount(counted, shown.currency, field="counted")
    row.expected, row.closed_at = shown.holds, dt.datetime.now(dt.UTC)
    row.note = checks.checked_text(CashierSession, "note", note)
    difference = Money(row.counted - shown.holds, shown.currency)
    work.describe(
        tr("Drawer closed"), tr("{amount}, difference {difference}", amount=Money(row.counted, shown.currency),
                                difference=difference)
    )  # fmt: skip
    return row.id


def open_drawer_of(work: Work, session_id: UUID | None) -> DrawerRow:
    """A drawer that is open.

    Raises:
        DomainError: there is none.
    """
    row = None if session_id is None else work.read(drawer, session_id)
    if row is None or row.closed_at is not None:
        raise DomainError(tr("Your drawer is not open."), tr("Count what is in it, and open it."))
    return row


def _rows(session: Session, *where: sa.ColumnElement[bool]) -> list[DrawerRow]:
    heads = session.execute(_DRAWERS.where(*where)).all()
    ids = [head[0] for head in heads]
    taken = _by_way(
        session,
        sa.select(_payment.c.session_id, _payment.c.way, sa.func.sum(_payment.c.amount))
        .where(_payment.c.session_id.in_(ids))
        .group_by(_payment.c.session_id, _payment.c.way),
    )
    returned = _by_way(
        session,
        sa.select(_refund.c.session_id, _payment.c.way, sa.func.sum(_refund.c.amount))
        .select_from(_refund.join(_payment, _payment.c.id == _refund.c.payment_id))
        .where(_refund.c.session_id.in_(ids), _refund.c.state == RefundState.PAID)
        .group_by(_refund.c.session_id, _payment.c.way),
    )
    rows = []
    for head in heads:
        values: list[Any] = [*head[:-1], taken.get(head[0], ()), returned.get(head[0], ()), head[-1]]
        rows.append(DrawerRow(*values))
    return rows


def _by_way(
    session: Session, query: sa.Select[*tuple[Any, ...]]
) -> dict[UUID, tuple[tuple[Way, Decimal], ...]]:
    found: dict[UUID, list[tuple[Way, Decimal]]] = {}
    for session_id, way, amount in session.execute(query):
        found.setdefault(session_id, []).append((way, amount))
    return {session_id: tuple(sorted(ways)) for session_id, ways in found.items()}
