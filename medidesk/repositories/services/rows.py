"""Services, their prices and price lists, as pages show them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from medidesk.models.money import Money
from medidesk.models.services import ServiceKind
from medidesk.repositories.amounts import percent


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What a service costs from a day on.

    Attributes:
        org_id, org_name: the branch in which it holds, with those below.
        price_list_id, list_name: the list it is in; None and "" for the branch's own price.
        amount: in the branch's currency.
    """

    id: UUID
    org_id: UUID
    org_name: str
    price_list_id: UUID | None
    list_name: str
    amount: Decimal
    currency: str
    valid_from: dt.date

    @property
    def money(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """Something that is charged for.

    Attributes:
        prices: all that there are, the latest first.
        way: the branch it belongs to, and what that belongs to, the nearest first.
    """

    id: UUID
    org_id: UUID
    code: str
    name: str
    kind: ServiceKind
    tax_percent: Decimal
    active: bool
    updated_by: UUID | None
    org_name: str
    currency: str
    prices: tuple[PriceRow, ...]
    way: tuple[UUID, ...]

    @property
    def tax(self) -> str:
        """The percentage as it is typed; empty for none."""
        return percent(self.tax_percent)

    # A form asks for a new price: it begins empty.

    @property
    def price(self) -> str:
        """Nothing yet."""
        return ""

    @property
    def valid_from(self) -> dt.date | None:
        """From today, unless told."""
        return None

    @property
    def price_list_id(self) -> UUID | None:
        """The branch's own price, unless told."""
        return None

    @property
    def price_org_id(self) -> UUID:
        """Where it belongs to, unless told."""
        return self.org_id

    def price_on(self, day: dt.date) -> PriceRow | None:
        """What it costs where it belongs to; None where nobody has said."""
        return price_on(self.prices, self.way, day)


@dataclass(frozen=True, slots=True)
class PriceListRow:
    """Prices agreed with somebody who pays; `prices` says how many services have one."""

    id: UUID
    org_id: UUID
    name: str
    updated_by: UUID | None
    org_name: str
    prices: int


def price_on(
    prices: Iterable[PriceRow], way: Sequence[UUID], day: dt.date, price_list_id: UUID | None = None
) -> PriceRow | None:
    """The price of a service that counts on a day: the list's, and where it has none the branch's own.

    Of either the nearest branch counts, and there the latest day.

    Args:
        prices: of one service.
        way: a branch and what it belongs to, the nearest first.
        day: which.
        price_list_id: the list of whoever pays, where they have one.
    """
    held = [one for one in prices if one.valid_from <= day and one.org_id in way]
    for wanted in dict.fromkeys((price_list_id, None)):
        found = [one for one in held if one.price_list_id == wanted]
        if found:
            return min(found, key=lambda one: (way.index(one.org_id), -one.valid_from.toordinal()))
    return None
