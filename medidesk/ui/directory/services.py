"""What the clinic charges for among the kinds of its page: services with their prices, and price lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from medidesk.models.services import PriceList, Service, ServiceKind
from medidesk.repositories import services
from medidesk.repositories.services import PriceListRow, PriceRow, ServiceRow
from medidesk.ui import moments
from medidesk.ui.directory.forms import Places, branch_field
from medidesk.ui.directory.kind import Kind
from medidesk.ui.directory.words import Choices
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.form import Field, FormSpec, Section
from medidesk.ui.kit.table import Column
from medidesk.ui.text_field import text_field
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Attention

_PRICE_LETTERS = 20
_SHOWN_MOST = 4


class Services(Kind):
    """A service with its prices: they are rows of their own, and entered in its form."""

    def holds(self, table: str) -> bool:
        return table in {self.table, "service_price"}

    def is_about(self, row: ServiceRow, attention: Attention) -> bool:
        return super().is_about(row, attention) or attention.wanted.get("service_id") == row.id


def service_kinds() -> tuple[Kind, Kind]:
    """Services, and the price lists they can have a price in."""
    return (
        Services(
            "service",
            "service",
            tr("Services"),
            "receipt",
            tr("Add a service"),
            services.catalogue,
            services.service,
            _service_columns(),
            lambda row: f"{row.code} {row.name} {kind_words(row.kind)} {row.org_name}",
            _service_form,
            {"kind": ServiceKind.CONSULTATION, "active": True, "price_list_id": None},
            services.add_service,
            services.edit_service,
            services.remove_service,
            tr("Service removed"),
        ),
        Kind(
            "price-list",
            "price_list",
            tr("Price lists"),
            "tag",
            tr("Add a price list"),
            services.price_lists,
            services.price_list,
            _list_columns(),
            lambda row: f"{row.name} {row.org_name}",
            _list_form,
            {},
            services.add_price_list,
            services.edit_price_list,
            services.remove_price_list,
            tr("Price list removed"),
        ),
    )


def kind_words(kind: ServiceKind) -> str:
    """What sort of service it is."""
    return {
        ServiceKind.CONSULTATION: tr("Consultation"),
        ServiceKind.PROCEDURE: tr("Procedure"),
        ServiceKind.LABORATORY: tr("Laboratory"),
        ServiceKind.IMAGING: tr("Imaging"),
        ServiceKind.WARD: tr("Ward"),
        ServiceKind.OTHER: tr("Other"),
    }[kind]


def _service_columns() -> tuple[Column, ...]:
    return (
        Column(tr("Code"), lambda row: row.code, 90, kind="figures"),
        Column(tr("Service"), lambda row: row.name, 220, weight="semibold", grow=3),
        Column(tr("Kind"), lambda row: kind_words(row.kind), 120, leaves=2, grow=1),
        Column(tr("Price"), _price, 130, kind="figures", grow=1),
        Column(tr("Tax"), lambda row: f"{row.tax} %" if row.tax else "", 80, kind="figures", leaves=4),
        Column(tr("Branch"), lambda row: row.org_name, 160, leaves=1, grow=1),
        Column("", _withdrawn, 120, kind="chips", chips=_state, leaves=3),
    )


def _price(row: ServiceRow) -> str:
    found = row.price_on(moments.today())
    return "" if found is None else str(found.money)


def _withdrawn(row: ServiceRow) -> str:
    return "" if row.active else tr("Not offered")


def _state(row: ServiceRow) -> tuple[ChipLook, ...]:
    words = _withdrawn(row)
    return (ChipLook(words, "neutral", "ban"),) if words else ()


def _list_columns() -> tuple[Column, ...]:
    return (
        Column(tr("Price list"), lambda row: row.name, 240, weight="semibold", grow=3),
        Column(tr("Branch"), lambda row: row.org_name, 200, leaves=1, grow=2),
        Column(tr("Prices"), _prices_in, 180, kind="figures", grow=1),
    )


def _prices_in(row: PriceListRow) -> str:
    return counted(row.prices, "{count} service", "{count} services") if row.prices else ""


def _service_form(places: Places, row: Mapping[str, Any] | None, branch: UUID) -> FormSpec:
    """The service, and under what it costs a new price."""
    kinds = tuple((kind, kind_words(kind)) for kind in ServiceKind)
    lines = () if row is None else _price_lines(row["prices"], row["way"])
    return FormSpec(
        (
            text_field(Service, "code", tr("Code"), required=True),
            Field("kind", tr("Kind"), "choice", required=True, choices=kinds),
            text_field(Service, "name", tr("Name"), required=True, span=2),
            *branch_field(places, row),
            Field("tax", tr("Tax"), unit="%", max_length=8, help=tr("Empty: none")),
            Field("active", tr("Offered"), "check"),
            Section(tr("Prices") if lines else tr("Price"), lines),
            Field(
                "price",
                tr("New price") if row else tr("Price"),
                max_length=_PRICE_LETTERS,
                help=tr("As in 12.50"),
            ),
            Field("valid_from", tr("From"), "date", help=tr("Empty: from today")),
            *_price_list_field(places),
            *_price_branch_field(places, row, branch),
        )
    )


def _price_lines(prices: Iterable[PriceRow], way: tuple[UUID, ...]) -> tuple[str, ...]:
    """What counts today of each list and branch, and what is to come, a line each."""
    today, begun, coming = moments.today(), dict[tuple[UUID | None, UUID], PriceRow](), list[PriceRow]()
    for one in prices:  # the latest first
        if one.valid_from > today:
            coming.append(one)
        else:
            begun.setdefault((one.price_list_id, one.org_id), one)
    now = list(begun.values())
    now.sort(
        key=lambda one: (one.price_list_id is not None, one.org_id not in way, one.list_name, one.org_name)
    )
    lines = [_price_words(one, today) for one in (*now, *reversed(coming))]
    more = len(lines) - _SHOWN_MOST
    return tuple(lines if more <= 0 else [*lines[:_SHOWN_MOST], tr("and {count} more", count=more)])


def _price_words(price: PriceRow, today: dt.date) -> str:
    words = tr("since {day}") if price.valid_from <= today else tr("from {day}")
    where = (price.list_name or price.org_name, words.replace("{day}", moments.day(price.valid_from)))
    return " · ".join((str(price.money), *where))


def _price_list_field(places: Places) -> tuple[Field, ...]:
    if not places.price_lists:
        return ()
    choices: Choices = ((None, tr("The branch's own price")), *places.price_lists)
    return (Field("price_list_id", tr("In which list"), "choice", choices=choices, span=2),)


def _price_branch_field(places: Places, row: Mapping[str, Any] | None, branch: UUID) -> tuple[Field, ...]:
    """Where the price holds: in the branch of the service unless another is chosen."""
    if row is None or len(places.branches) < 2:
        return ()
    choices = tuple(sorted(places.branches, key=lambda one: one[0] != branch))
    return (Field("price_org_id", tr("Holds in"), "choice", choices=choices, span=2),)


def _list_form(places: Places, row: Mapping[str, Any] | None, _branch: UUID) -> FormSpec:
    name = text_field(PriceList, "name", tr("Name"), required=True, span=2, help=tr("Of whoever pays by it"))
    return FormSpec((name, *branch_field(places, row)))
