"""Reading what a clinic charges for."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.directory import Organisation
from medidesk.models.search import fold
from medidesk.models.services import PriceList, Service, ServicePrice
from medidesk.repositories.services.rows import PriceListRow, PriceRow, ServiceRow, price_on
from medidesk.repositories.settings import way_up

_service, _list, _price = table_of(Service), table_of(PriceList), table_of(ServicePrice)
_org = table_of(Organisation)

_SERVICES = (
    sa.select(
        _service.c.id, _service.c.org_id, _service.c.code, _service.c.name, _service.c.kind,
        _service.c.tax_percent, _service.c.active, _service.c.updated_by,
        sa.func.coalesce(_org.c.name, ""), sa.func.coalesce(_org.c.currency, "EUR"),
    )
    .select_from(_service.outerjoin(_org, _org.c.id == _service.c.org_id))
    .where(_service.c.deleted_at.is_(None))
)  # fmt: skip
_PRICES = (
    sa.select(
        _price.c.service_id, _price.c.id, _price.c.org_id, sa.func.coalesce(_org.c.name, ""),
        _price.c.price_list_id, sa.func.coalesce(_list.c.name, ""), _price.c.amount,
        sa.func.coalesce(_org.c.currency, "EUR"), _price.c.valid_from,
    )
    .select_from(
        _price.outerjoin(_org, _org.c.id == _price.c.org_id).outerjoin(_list, _list.c.id == _price.c.price_list_id)
    )
    .where(_price.c.deleted_at.is_(None))
    .order_by(_price.c.valid_from.desc(), _price.c.id)
)  # fmt: skip
_IN_LIST = (
    sa.select(sa.func.count(sa.distinct(_price.c.service_id)))
    .where(_price.c.price_list_id == _list.c.id, _price.c.deleted_at.is_(None))
    .correlate(_list)
    .scalar_subquery()
)
_LISTS = (
    sa.select(
        _list.c.id,
        _list.c.org_id,
        _list.c.name,
        _list.c.updated_by,
        sa.func.coalesce(_org.c.name, ""),
        _IN_LIST,
    )
    .select_from(_list.outerjoin(_org, _org.c.id == _list.c.org_id))
    .where(_list.c.deleted_at.is_(None))
)


def catalogue(session: Session) -> list[ServiceRow]:
    """Every service, those in use first, by code."""
    rows = _rows(session, None)
    return sorted(rows, key=lambda row: (not row.active, fold(row.code), row.org_name, row.id))


def service(session: Session, service_id: UUID) -> ServiceRow | None:
    """One of them."""
    return next(iter(_rows(session, service_id)), None)


def price_lists(session: Session) -> list[PriceListRow]:
    """Every price list, by name."""
    found = (PriceListRow(*values) for values in session.execute(_LISTS))
    return sorted(found, key=lambda row: (fold(row.name), row.org_name, row.id))


def price_list(session: Session, list_id: UUID) -> PriceListRow | None:
    """One of them."""
    values = session.execute(_LISTS.where(_list.c.id == list_id)).first()
    return None if values is None else PriceListRow(*values)


def price_of(
    session: Session, service_id: UUID, org_id: UUID, day: dt.date, price_list_id: UUID | None = None
) -> PriceRow | None:
    """What a service costs in a branch on a day, for whoever pays by that list; None where nobody has said."""
    return price_on(
        _prices(session, service_id).get(service_id, ()), way_up(session, org_id), day, price_list_id
    )


def _rows(session: Session, service_id: UUID | None) -> list[ServiceRow]:
    query = _SERVICES if service_id is None else _SERVICES.where(_service.c.id == service_id)
    prices, ways = _prices(session, service_id), dict[UUID, tuple[UUID, ...]]()
    rows = []
    for head in session.execute(query):
        row_id, org_id = head[:2]
        if org_id not in ways:
            ways[org_id] = tuple(way_up(session, org_id))
        values: list[Any] = [*head, tuple(prices.get(row_id, ())), ways[org_id]]
        rows.append(ServiceRow(*values))
    return rows


def _prices(session: Session, service_id: UUID | None) -> dict[UUID, list[PriceRow]]:
    query = _PRICES if service_id is None else _PRICES.where(_price.c.service_id == service_id)
    found: dict[UUID, list[PriceRow]] = {}
    for of, *values in session.execute(query):
        found.setdefault(of, []).append(PriceRow(*values))
    return found
