"""Keeping what the clinic charges for: the verbs of whoever runs it. All are claims, as those of the directory."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.directory import Organisation
from medidesk.models.insurance import Insurer
from medidesk.models.money import Money
from medidesk.models.search import fold
from medidesk.models.services import PriceList, Service, ServicePrice
from medidesk.permissions import Need
from medidesk.repositories import amounts, branch_clock, checks, labels
from medidesk.repositories.dates import parse_day
from medidesk.repositories.naming import refuse_taken_name
from medidesk.repositories.services import queries
from medidesk.repositories.settings import way_up
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import counted, tr

AREA = "directory"
PRICE_FIELDS = ("price", "valid_from", "price_list_id", "price_org_id")
"""What a form says of a price, beside the service's own fields."""
YEARS_AHEAD = 5


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.service)
def add_service(work: Work, values: Mapping[str, Any]) -> UUID:
    """Add a service.

    Args:
        work: the unit of work.
        values: `code`, `name`, `kind`, `tax` as it is typed, `active`, and `org_id` where it is another branch than
            the author's; its first price as for `edit_service`, or none.
    """
    given = dict(values)
    org_id = work.see(Organisation, given.pop("org_id", None) or work.org_id).id
    price = _taken_out(given)
    if not given.get("kind"):
        raise DomainError(
            tr("{field} is missing.", field=checks.label("kind")), tr("Choose one."), field="kind"
        )
    row = Service(org_id=org_id, **checks.require(Service, _checked(given)), **_tax(given))
    _refuse_code(work, row)
    work.add(row)
    said = _set_price(work, row, price) if any(price.values()) else ""
    work.describe(tr("{name}: service added", name=row.name), " · ".join(filter(None, (row.code, said))))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.service)
def edit_service(work: Work, service_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change a service, or give it a new price.

    Args:
        work: the unit of work.
        service_id: which.
        changes: fields of the service; and of a price `price` as it is typed, `valid_from` (today unless given),
            `price_list_id` (the branch's own price unless given) and `price_org_id`, the branch it holds in.

    Raises:
        DomainError: the price of that day has been in force already.
    """
    row, given = work.get(Service, service_id), dict(changes)
    price = _taken_out(given)
    with work.session.no_autoflush:
        for name, value in (checks.checked(Service, _checked(given)) | _tax(given)).items():
            setattr(row, name, value)
        _refuse_code(work, row)
        said = _set_price(work, row, price) if any(price.values()) else ""
    named = ", ".join(checks.label(name) for name in given)
    work.describe(tr("{name}: service changed", name=row.name), " · ".join(filter(None, (named, said))))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.service)
def remove_service(work: Work, service_id: UUID) -> UUID:
    """Remove a service that was entered by mistake; one that is not offered any more is made inactive."""
    row = work.get(Service, service_id)
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(tr("{name}: service removed", name=row.name), row.code)
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.price_list)
def add_price_list(work: Work, values: Mapping[str, Any]) -> UUID:
    """Open a price list: `name`, and `org_id` where it is another branch than the author's."""
    given = dict(values)
    org_id = given.pop("org_id", None) or work.org_id
    row = PriceList(org_id=org_id, **checks.require(PriceList, given))
    refuse_taken_name(work, PriceList, row.org_id, row.name, row.id)
    work.add(row)
    work.describe(tr("Price list added"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.price_list)
def edit_price_list(work: Work, list_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Give a price list another name."""
    row = work.get(PriceList, list_id)
    with work.session.no_autoflush:
        for name, value in checks.checked(PriceList, changes).items():
            setattr(row, name, value)
        refuse_taken_name(work, PriceList, row.org_id, row.name, row.id)
    work.describe(tr("Price list changed"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.price_list)
def remove_price_list(work: Work, list_id: UUID) -> UUID:
    """Remove a price list in which nothing stands."""
    row, shown = work.get(PriceList, list_id), work.read(queries.price_list, list_id)
    if shown is not None and shown.prices:
        raise DomainError(
            tr("“{name}” has prices of {services}.", name=row.name,
               services=counted(shown.prices, "{count} service", "{count} services")),
            tr("They say what was charged: the list stays."),
        )  # fmt: skip
    paying = sa.select(Insurer.name).where(Insurer.price_list_id == row.id, Insurer.deleted_at.is_(None))
    insurer = work.session.scalars(paying).first()
    if insurer is not None:
        raise DomainError(
            tr("{insurer} pays by “{name}”.", insurer=insurer, name=row.name),
            tr("Let it pay by another list first, or by the clinic's own prices."),
        )
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(tr("Price list removed"), row.name)
    return row.id


def _taken_out(given: dict[str, Any]) -> dict[str, Any]:
    """What is said of a price, taken out of a form's values."""
    return {name: given.pop(name) for name in PRICE_FIELDS if name in given}


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "tax"}


def _tax(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"tax_percent": amounts.parse_percent(given["tax"], field="tax")} if "tax" in given else {}


def _set_price(work: Work, service: Service, said: Mapping[str, Any]) -> str:
    """A new price, or another amount for one of the same day; in words."""
    branch = work.see(Organisation, said.get("price_org_id") or service.org_id)
    _check_branch(work, service, branch)
    zone = branch_clock.zone_of(work.session, branch.id)
    today = branch_clock.today(zone)
    day = said.get("valid_from") or today
    if isinstance(day, str):
        day = parse_day(day, field="valid_from")
    amount = amounts.parse_amount(str(said.get("price") or ""), branch.currency, field="price")
    _check_day(day, today)
    price_list = work.see(PriceList, said["price_list_id"]) if said.get("price_list_id") else None
    row = _of_day(work, service, None if price_list is None else price_list.id, branch.id, day)
    if row is None:
        work.add(
            ServicePrice(
                org_id=branch.id,
                service_id=service.id,
                price_list_id=None if price_list is None else price_list.id,
                amount=amount,
                valid_from=day,
            )
        )
    else:
        row.amount = amount
    words = [str(Money(amount, branch.currency)), tr("from {day}", day=labels.day(day))]
    return " · ".join(words + ([] if price_list is None else [price_list.name]))


def _check_branch(work: Work, service: Service, branch: Organisation) -> None:
    if service.org_id not in way_up(work.session, branch.id):
        raise DomainError(
            tr("{branch} does not offer this service.", branch=branch.name),
            tr("Choose the branch it belongs to, or one below."),
            field="price_org_id",
        )


def _check_day(day: dt.date, today: dt.date) -> None:
    if day < today:
        raise DomainError(
            tr("{day} is over: what was charged then stays.", day=labels.day(day)),
            tr("Choose today or a later day."),
            field="valid_from",
        )
    if day > today + dt.timedelta(days=366 * YEARS_AHEAD):
        raise DomainError(
            tr("{day} is far away.", day=labels.day(day)), tr("Check the year."), field="valid_from"
        )


def _of_day(
    work: Work, service: Service, list_id: UUID | None, org_id: UUID, day: dt.date
) -> ServicePrice | None:
    query = sa.select(ServicePrice.id).where(
        ServicePrice.service_id == service.id,
        ServicePrice.price_list_id.is_(None) if list_id is None else ServicePrice.price_list_id == list_id,
        ServicePrice.org_id == org_id,
        ServicePrice.valid_from == day,
        ServicePrice.deleted_at.is_(None),
    )
    found = work.session.scalars(query).first()
    return None if found is None else work.get(ServicePrice, found)


def _refuse_code(work: Work, row: Service) -> None:
    others = sa.select(Service.id, Service.code, Service.name).where(
        Service.org_id == row.org_id, Service.deleted_at.is_(None)
    )
    for other_id, code, name in work.session.execute(others):
        if other_id != row.id and fold(code) == fold(row.code):
            raise DomainError(
                tr("“{code}” is the code of {name}.", code=labels.quoted(code), name=labels.quoted(name)),
                tr("Choose another code."),
                field="code",
            )
