"""What the clinic charges for, and at what price. Callers write `services.catalogue`."""

from medidesk.repositories.services.keeping import (
    add_price_list,
    add_service,
    edit_price_list,
    edit_service,
    remove_price_list,
    remove_service,
)
from medidesk.repositories.services.queries import (
    catalogue,
    price_list,
    price_lists,
    price_of,
    service,
)
from medidesk.repositories.services.rows import PriceListRow, PriceRow, ServiceRow, price_on

__all__ = [
    "PriceListRow", "PriceRow", "ServiceRow", "add_price_list", "add_service", "catalogue", "edit_price_list",
    "edit_service", "price_list", "price_lists", "price_of", "price_on", "remove_price_list",
    "remove_service", "service",
]  # fmt: skip
