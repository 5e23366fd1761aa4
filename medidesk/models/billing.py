"""Charges, invoices and the money that is taken for them.

What a visit costs gathers as charges. An invoice bills charges; once issued it is never changed, only credited.
Payments settle it. What was really taken beyond what is due stays to the patient's credit.
"""

import datetime as dt
import enum
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import ATOMIC, Row, Rules
from medidesk.models.money import amount as money
from medidesk.models.types import Exact, Flag, Id, Instant, Text, Whole, Word

NOT_DELETED = sa.text("deleted_at is null")
QUANTITY_MOST = 10_000


def billing(area: str, *fixed: str, computed: tuple[str, ...] = ()) -> Rules:
    """Money belongs to one branch, and no two fields of it change apart from each other."""
    return Rules(area=area, merge=ATOMIC, fixed=frozenset(fixed), computed=frozenset(computed), first=17)


def how_much() -> Exact:
    """The column type of how much of a service: three decimals hold a half and a third of an hour."""
    return Exact(scale=3)


class Charge(Row):
    """Something that a patient owes for, at the price that it had when it was done."""

    __rules__ = billing(
        "charges",
        *("patient_id", "visit_id", "service_id", "price_list_id", "text", "unit_price", "tax_percent"),
        "charged_at",
    )

    patient_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    visit_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("visit.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("service.id"))
    price_list_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("price_list.id"))
    text: Mapped[str] = mapped_column(Text(120))
    quantity: Mapped[Decimal] = mapped_column(how_much())
    unit_price: Mapped[Decimal] = mapped_column(money())  # in the branch's currency, as all amounts here
    tax_percent: Mapped[Decimal] = mapped_column(Exact(scale=2), server_default="0", default=Decimal(0))
    charged_at: Mapped[dt.datetime] = mapped_column(Instant)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    withdrawn_reason: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (
        sa.CheckConstraint("text <> ''", name="text_given"),
        sa.CheckConstraint(f"quantity > 0 and quantity <= {QUANTITY_MOST}", name="quantity_within"),
        sa.CheckConstraint("unit_price >= 0", name="unit_price_not_negative"),
        sa.CheckConstraint("tax_percent between 0 and 100", name="tax_within"),
        sa.CheckConstraint("withdrawn_at is null or withdrawn_reason <> ''", name="withdrawn_with_reason"),
        sa.Index("charge_charged_idx", "org_id", "charged_at"),
    )


class Discount(Row):
    """What somebody who may has taken off a charge before it is billed, and why."""

    __rules__ = billing("approvals", "charge_id", "amount", "reason")

    charge_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("charge.id"))
    amount: Mapped[Decimal] = mapped_column(money())  # before tax
    reason: Mapped[str] = mapped_column(Text(200))

    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("reason <> ''", name="reason_given"),
        sa.Index("discount_once", "charge_id", unique=True, postgresql_where=NOT_DELETED),
    )


class InvoiceKind(enum.StrEnum):
    """An invoice, or what takes one back in whole or in part."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceState(enum.StrEnum):
    """Whether it can still be changed. How far it is paid follows from the payments."""

    DRAFT = "draft"
    ISSUED = "issued"


class Invoice(Row):
    """What a patient is billed. Issued, it has a number without gaps and stays as it is for ever.

    `total`, `covered` and `lines` say what its lines add up to. The database holds them to it, so that no line can
    be slipped into an invoice that was issued.
    """

    __rules__ = billing(
        "billing", *("patient_id", "kind", "credits_id", "provisional_no", "reason"), computed=("number",)
    )

    patient_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    kind: Mapped[InvoiceKind] = mapped_column(
        Word(InvoiceKind), server_default="invoice", default=InvoiceKind.INVOICE
    )
    credits_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("invoice.id"), index=True)
    policy_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("insurance_policy.id"))
    state: Mapped[InvoiceState] = mapped_column(
        Word(InvoiceState), server_default="draft", default=InvoiceState.DRAFT
    )
    number: Mapped[str | None] = mapped_column(Text(20))
    provisional_no: Mapped[str | None] = mapped_column(Text(20))
    issued_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    lines: Mapped[int] = mapped_column(Whole, server_default="0", default=0)
    total: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))
    covered: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))
    note: Mapped[str] = mapped_column(Text(200), server_default="", default="")  # printed
    reason: Mapped[str] = mapped_column(Text(200), server_default="", default="")  # of a credit note

    __table_args__ = (
        sa.CheckConstraint("(kind = 'credit_note') = (credits_id is not null)", name="credits_one"),
        sa.CheckConstraint("kind <> 'credit_note' or reason <> ''", name="credited_with_reason"),
        sa.CheckConstraint("kind <> 'credit_note' or state = 'issued'", name="credit_note_issued"),
        sa.CheckConstraint("(state = 'issued') = (issued_at is not null)", name="issued_when_issued"),
        sa.CheckConstraint("lines >= 0 and total >= 0", name="not_negative"),
        sa.CheckConstraint("covered between 0 and total", name="covered_within"),
        sa.Index("invoice_number_key", "org_id", "number", unique=True),
        sa.Index("invoice_issued_idx", "org_id", "issued_at"),
        sa.Index("invoice_provisional_no_idx", "provisional_no"),
    )


class InvoiceLine(Row):
    """A charge on an invoice, or a line of one that a credit note takes back, in whole or in part.

    Attributes:
        net: quantity × unit price, rounded to the currency's coin, less the discount.
        covered: the insurer's part of the total.
        doubled: another invoice had billed this charge, when this one came from a station that had been without the
            server: the paper stays as it is, and the line is not owed.
        released: a credit note has taken it back whole: its charge can be billed again.
    """

    __rules__ = billing(
        "billing",
        *(
            "invoice_id",
            "charge_id",
            "credits_line_id",
            "position",
            "text",
            "quantity",
            "unit_price",
            "discount",
        ),
        *("tax_percent", "net", "tax", "total", "covered"),
        computed=("doubled", "released"),
    )

    invoice_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("invoice.id"), index=True)
    charge_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("charge.id"), index=True)
    credits_line_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("invoice_line.id"), index=True)
    position: Mapped[int] = mapped_column(Whole)
    text: Mapped[str] = mapped_column(Text(120))
    quantity: Mapped[Decimal] = mapped_column(how_much())
    unit_price: Mapped[Decimal] = mapped_column(money())
    discount: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))
    tax_percent: Mapped[Decimal] = mapped_column(Exact(scale=2), server_default="0", default=Decimal(0))
    net: Mapped[Decimal] = mapped_column(money())
    tax: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))
    total: Mapped[Decimal] = mapped_column(money())
    covered: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))
    doubled: Mapped[bool] = mapped_column(Flag, server_default=sa.false(), default=False)
    released: Mapped[bool] = mapped_column(Flag, server_default=sa.false(), default=False)

    __table_args__ = (
        sa.CheckConstraint("(charge_id is null) <> (credits_line_id is null)", name="of_one_thing"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint(
            "unit_price >= 0 and discount >= 0 and net >= 0 and tax >= 0", name="not_negative"
        ),
        sa.CheckConstraint("total = net + tax", name="total_adds_up"),
        sa.CheckConstraint("covered between 0 and total", name="covered_within"),
        # A charge is billed once.
        sa.Index(
            "invoice_line_charge_once",
            "charge_id",
            unique=True,
            postgresql_where=sa.text("deleted_at is null and not doubled and not released"),
        ),
    )


class CashierSession(Row):
    """Somebody's time at a drawer: what was in it at first, and what was counted at the end."""

    __rules__ = billing("billing", "cashier_id", "drawer", "opened_at", "opening_float", "follows_id")

    cashier_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("user_account.id"), index=True)
    drawer: Mapped[str] = mapped_column(Text(60))
    opened_at: Mapped[dt.datetime] = mapped_column(Instant)
    opening_float: Mapped[Decimal] = mapped_column(money())
    follows_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("cashier_session.id"))  # handed over
    closed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    counted: Mapped[Decimal | None] = mapped_column(money())
    expected: Mapped[Decimal | None] = mapped_column(money())  # as the cashier was told when they closed
    note: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (
        sa.CheckConstraint("drawer <> ''", name="drawer_given"),
        sa.CheckConstraint("opening_float >= 0 and counted >= 0", name="not_negative"),
        sa.CheckConstraint(
            "(closed_at is null) = (counted is null) and (closed_at is null) = (expected is null)",
            name="closed_when_counted",
        ),
        sa.Index(
            "cashier_session_open_once",
            *("org_id", "cashier_id", "drawer"),
            unique=True,
            postgresql_where=sa.text("closed_at is null and deleted_at is null"),
        ),
        sa.Index("cashier_session_follows_once", "follows_id", unique=True, postgresql_where=NOT_DELETED),
    )


class Way(enum.StrEnum):
    """How money changes hands."""

    CASH = "cash"
    CARD = "card"
    MOBILE = "mobile"
    TRANSFER = "transfer"
    INSURER = "insurer"
    CREDIT = "credit"  # from what the patient has to their credit


class Payment(Row):
    """Money that was taken, for an invoice or, as a deposit, for what is to come. Never changed.

    Several ways at once are several payments with one receipt.

    Attributes:
        given_back: of credit, what went back to the payment that it came from, since its invoice was taken back.
    """

    __rules__ = billing(
        "billing",
        *(
            "patient_id",
            "invoice_id",
            "session_id",
            "receipt_id",
            "provisional_no",
            "way",
            "amount",
            "tendered",
        ),
        *("source_id", "taken_at"),
        computed=("receipt_no", "given_back"),
    )

    patient_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    invoice_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("invoice.id"), index=True)
    session_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("cashier_session.id"), index=True)
    receipt_id: Mapped[UUID] = mapped_column(Id, index=True)
    receipt_no: Mapped[str | None] = mapped_column(Text(20))
    provisional_no: Mapped[str | None] = mapped_column(Text(20))
    way: Mapped[Way] = mapped_column(Word(Way))
    amount: Mapped[Decimal] = mapped_column(money())
    tendered: Mapped[Decimal | None] = mapped_column(money())  # the cash that was handed over, before change
    source_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("payment.id"), index=True)
    given_back: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))
    reference: Mapped[str] = mapped_column(Text(60), server_default="", default="")
    taken_at: Mapped[dt.datetime] = mapped_column(Instant)

    __table_args__ = (
        # Of credit that two desks used at one time, nothing may be left for the second.
        sa.CheckConstraint("amount > 0 or (way = 'credit' and amount = 0)", name="amount_positive"),
        sa.CheckConstraint("(way = 'credit') = (source_id is not null)", name="credit_of_something"),
        sa.CheckConstraint("way <> 'credit' or invoice_id is not null", name="credit_for_an_invoice"),
        sa.CheckConstraint("way <> 'insurer' or invoice_id is not null", name="insurer_for_an_invoice"),
        sa.CheckConstraint("way <> 'cash' or session_id is not null", name="cash_in_a_drawer"),
        sa.CheckConstraint(
            "tendered is null or (way = 'cash' and tendered >= amount)", name="tendered_enough"
        ),
        sa.Index("payment_taken_idx", "org_id", "taken_at"),
    )


class RefundState(enum.StrEnum):
    """How far a refund has come. Above the clinic's limit somebody else approves it first."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


class Refund(Row):
    """Money given back of one payment, in the way it came."""

    __rules__ = billing("billing", "payment_id", "amount", "reason", computed=("number",))

    payment_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("payment.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(money())
    reason: Mapped[str] = mapped_column(Text(200))
    state: Mapped[RefundState] = mapped_column(
        Word(RefundState), server_default="asked", default=RefundState.ASKED
    )
    session_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("cashier_session.id"), index=True)
    number: Mapped[str | None] = mapped_column(Text(20))
    paid_at: Mapped[dt.datetime | None] = mapped_column(Instant)

    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("reason <> ''", name="reason_given"),
        sa.CheckConstraint("(state = 'paid') = (paid_at is not null)", name="paid_when_paid"),
    )


class Verdict(enum.StrEnum):
    """What somebody said who may."""

    APPROVED = "approved"
    DECLINED = "declined"


class RefundVerdict(Row):
    """Somebody else's word about a refund that was asked for."""

    __rules__ = billing("approvals", "refund_id", "verdict")

    refund_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("refund.id"))
    verdict: Mapped[Verdict] = mapped_column(Word(Verdict))
    note: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (sa.Index("refund_verdict_once", "refund_id", unique=True),)
