"""What a clinic charges for, and at what price."""

import datetime as dt
import enum
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import INDEPENDENT, Row, Rules, Visibility
from medidesk.models.money import amount
from medidesk.models.types import Day, Exact, Flag, Id, Text, Word

NOT_DELETED = sa.text("deleted_at is null")
TAX_MOST = 100


def services(*fixed: str) -> Rules:
    """As the directory: administrators keep them, and everybody in the network reads them."""
    return Rules(
        area="directory",
        visibility=Visibility.NETWORK,
        merge=INDEPENDENT,
        fixed=frozenset(fixed),
        first=13,
    )


class ServiceKind(enum.StrEnum):
    """What sort of service it is."""

    CONSULTATION = "consultation"
    PROCEDURE = "procedure"
    LABORATORY = "laboratory"
    IMAGING = "imaging"
    WARD = "ward"
    OTHER = "other"


class Service(Row):
    """Something that is charged for, in the branch that the row belongs to and in those below it."""

    __rules__ = services()

    code: Mapped[str] = mapped_column(Text(20))
    name: Mapped[str] = mapped_column(Text(120))
    kind: Mapped[ServiceKind] = mapped_column(Word(ServiceKind))
    tax_percent: Mapped[Decimal] = mapped_column(Exact(scale=2), server_default="0", default=Decimal(0))
    active: Mapped[bool] = mapped_column(Flag, server_default=sa.true(), default=True)

    __table_args__ = (
        sa.CheckConstraint("code <> ''", name="code_given"),
        sa.CheckConstraint("name <> ''", name="name_given"),
        sa.CheckConstraint(f"tax_percent between 0 and {TAX_MOST}", name="tax_within"),
        sa.Index("service_code_key", "org_id", "code", unique=True, postgresql_where=NOT_DELETED),
    )


class PriceList(Row):
    """Prices agreed with somebody who pays, such as an insurer; a branch's own prices are in no list."""

    __rules__ = services()

    name: Mapped[str] = mapped_column(Text(120))

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name_given"),
        sa.Index("price_list_name_key", "org_id", "name", unique=True, postgresql_where=NOT_DELETED),
    )


class ServicePrice(Row):
    """What a service costs from a day on, in the branch that the row belongs to and in those below it.

    The nearest branch counts, and there the latest day. A price says what was charged: one that has begun to hold
    stays as it is (`service_prices_stay`), and a new price is a new row.
    """

    __rules__ = services("service_id", "price_list_id")

    service_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("service.id"), index=True)
    price_list_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("price_list.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(amount())  # in the branch's currency
    valid_from: Mapped[dt.date] = mapped_column(Day)

    __table_args__ = (
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
        sa.Index(
            "service_price_once",
            *("service_id", "price_list_id", "org_id", "valid_from"),
            unique=True,
            postgresql_where=NOT_DELETED,
            postgresql_nulls_not_distinct=True,
        ),
    )
