"""Insurers, and which patients they insure."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import INDEPENDENT, Merge, Row, Rules, Visibility
from medidesk.models.types import Day, Exact, Flag, Id, Text

NOT_DELETED = sa.text("deleted_at is null")


class Insurer(Row):
    """Somebody who pays for patients, by a price list of their own where one is agreed."""

    __rules__ = Rules(area="directory", visibility=Visibility.NETWORK, merge=INDEPENDENT, first=13)

    name: Mapped[str] = mapped_column(Text(120))
    payer_code: Mapped[str] = mapped_column(Text(40), server_default="", default="")
    price_list_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("price_list.id"))
    copay_percent: Mapped[Decimal] = mapped_column(Exact(scale=2), server_default="0", default=Decimal(0))
    phone: Mapped[str] = mapped_column(Text(40), server_default="", default="")
    email: Mapped[str] = mapped_column(Text(254), server_default="", default="")
    active: Mapped[bool] = mapped_column(Flag, server_default=sa.true(), default=True)

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name_given"),
        sa.CheckConstraint("copay_percent between 0 and 100", name="copay_within"),
        sa.Index("insurer_name_key", "org_id", "name", unique=True, postgresql_where=NOT_DELETED),
    )


class InsurancePolicy(Row):
    """A patient's insurance: with whom, from when to when, and what part they pay themselves."""

    __rules__ = Rules(
        area="demographics",
        visibility=Visibility.NETWORK,
        merge=Merge(
            independent=True,
            groups=(
                ("insurer_id", "policy_no", "valid_from", "valid_until"),
                ("checked_on", "eligibility_note"),
            ),
        ),
        fixed=frozenset({"patient_id"}),
        first=16,
    )

    patient_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    insurer_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("insurer.id"))
    policy_no: Mapped[str] = mapped_column(Text(60))
    holder: Mapped[str] = mapped_column(
        Text(120), server_default="", default=""
    )  # where it is not the patient
    valid_from: Mapped[dt.date | None] = mapped_column(Day)
    valid_until: Mapped[dt.date | None] = mapped_column(Day)
    copay_percent: Mapped[Decimal] = mapped_column(Exact(scale=2), server_default="0", default=Decimal(0))
    checked_on: Mapped[dt.date | None] = mapped_column(Day)  # when the insurer was asked whether it holds
    eligibility_note: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (
        sa.CheckConstraint("policy_no <> ''", name="policy_no_given"),
        sa.CheckConstraint("copay_percent between 0 and 100", name="copay_within"),
        sa.CheckConstraint("valid_until >= valid_from", name="valid_until_after_valid_from"),
    )
