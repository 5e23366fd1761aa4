"""The selects about charges, invoices and money, with what follows from other rows."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from medidesk.models.base import table_of
from medidesk.models.billing import (
    Charge,
    Discount,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
    RefundState,
    Way,
)
from medidesk.models.claims import InsuranceClaim
from medidesk.models.directory import Organisation
from medidesk.models.services import Service
from medidesk.models.visits import Visit, VisitState
from medidesk.repositories.patients.joined import of_file, with_kept_file

CHARGE, _discount, _service = table_of(Charge), table_of(Discount), table_of(Service)
INVOICE, LINE, PAYMENT, REFUND = (table_of(one) for one in (Invoice, InvoiceLine, Payment, Refund))
_visit, _org, _claim = table_of(Visit), table_of(Organisation), table_of(InsuranceClaim).alias("of_bill")
_credited, _credits = INVOICE.alias("credited"), INVOICE.alias("credits")
_taken_back, _used, _other = LINE.alias("taken_back"), PAYMENT.alias("used"), PAYMENT.alias("other")
REFUND_OPEN = (RefundState.ASKED, RefundState.APPROVED)
CURRENCY = sa.func.coalesce(_org.c.currency, "EUR")


def _sum(column: sa.ColumnElement[Decimal], *where: sa.ColumnElement[bool]) -> sa.ColumnElement[Decimal]:
    """The sum of a column over rows of a correlated table; 0 for none."""
    summed = sa.select(sa.func.sum(column)).where(*where).scalar_subquery()
    return sa.func.coalesce(summed, sa.literal(Decimal(0), column.type), type_=column.type)


def _named(table: sa.Table, *names: str) -> tuple[sa.ColumnElement[Any], ...]:
    return tuple(table.c[name] for name in names)


BILLED = sa.exists().where(
    LINE.c.charge_id == CHARGE.c.id,
    LINE.c.deleted_at.is_(None),
    sa.not_(LINE.c.doubled),
    sa.not_(LINE.c.released),
)
"""Whether a charge is on an invoice, a draft or an issued one."""
CHARGES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *of_file(CHARGE),
        *_named(
            CHARGE,
            *("id", "org_id", "patient_id", "visit_id", "service_id", "text", "quantity", "unit_price"),
            *("tax_percent", "charged_at", "withdrawn_at", "withdrawn_reason", "version", "updated_by"),
        ),
        sa.func.coalesce(_service.c.code, ""),
        _discount.c.id,
        sa.func.coalesce(_discount.c.amount, sa.literal(Decimal(0), _discount.c.amount.type)),
        sa.func.coalesce(_discount.c.reason, ""),
        CURRENCY,
    )
    .select_from(
        with_kept_file(CHARGE)
        .outerjoin(_service, _service.c.id == CHARGE.c.service_id)
        .outerjoin(_discount, sa.and_(_discount.c.charge_id == CHARGE.c.id, _discount.c.deleted_at.is_(None)))
        .outerjoin(_org, _org.c.id == CHARGE.c.org_id)
        .outerjoin(_visit, _visit.c.id == CHARGE.c.visit_id)
    )
    .where(CHARGE.c.deleted_at.is_(None))
    .order_by(CHARGE.c.charged_at, CHARGE.c.id)
)
OPEN = (
    CHARGE.c.withdrawn_at.is_(None),
    # Who left without having been seen owes nothing for it.
    sa.or_(_visit.c.id.is_(None), _visit.c.state != VisitState.LEFT),
    sa.not_(BILLED),
)
_USED = _used.c.amount - _used.c.given_back


def _doubled(amount: sa.ColumnElement[Decimal]) -> sa.ColumnElement[Decimal]:
    """Of the lines that another invoice had billed before."""
    return _sum(amount, LINE.c.invoice_id == INVOICE.c.id, LINE.c.deleted_at.is_(None), LINE.c.doubled)


def _taken_back_of(amount: sa.ColumnElement[Decimal]) -> sa.ColumnElement[Decimal]:
    """Of the credit notes that take an invoice back."""
    return _sum(amount, _credits.c.credits_id == INVOICE.c.id, _credits.c.deleted_at.is_(None))


def _claimed(column: sa.ColumnElement[Decimal]) -> sa.ColumnElement[Decimal]:
    """Of the claims of an invoice."""
    return _sum(column, _claim.c.invoice_id == INVOICE.c.id, _claim.c.deleted_at.is_(None))


def _where_insured(amount: sa.ColumnElement[Decimal]) -> sa.ColumnElement[Decimal]:
    """Most invoices are no insurer's: nothing is added up for them."""
    return sa.case((INVOICE.c.covered > 0, amount), else_=sa.literal(Decimal(0), INVOICE.c.covered.type))


def _paid_by(
    whose: Callable[[sa.ColumnElement[Way]], sa.ColumnElement[bool]],
) -> sa.ColumnElement[Decimal]:
    """What was taken for an invoice in the ways that are theirs, less what was given back of it."""
    taken = _sum(
        PAYMENT.c.amount - PAYMENT.c.given_back, PAYMENT.c.invoice_id == INVOICE.c.id, whose(PAYMENT.c.way)
    )
    return taken - _sum(
        REFUND.c.amount,
        REFUND.c.payment_id == _other.c.id,
        _other.c.invoice_id == INVOICE.c.id,
        REFUND.c.state == RefundState.PAID,
        whose(_other.c.way),
    )


_DOUBLED = _doubled(LINE.c.total - LINE.c.covered)
_TAKEN_BACK = _taken_back_of(_credits.c.total - _credits.c.covered)
_PAID = _paid_by(lambda way: way != Way.INSURER) - _sum(
    _USED, _used.c.source_id == _other.c.id, _other.c.invoice_id == INVOICE.c.id
)
INSURED = INVOICE.c.covered - _doubled(LINE.c.covered) - _taken_back_of(_credits.c.covered)
_REFUSED = _claimed(_claim.c.to_patient)
# What was taken back of an invoice is nobody's to pay, whatever the insurer has said before.
_MOVED = _where_insured(sa.case((_REFUSED > INSURED, INSURED), else_=_REFUSED))
DUE = INVOICE.c.total - INVOICE.c.covered - _DOUBLED - _TAKEN_BACK + _MOVED - _PAID
"""What a patient still owes of an invoice; below zero where they have paid too much. As `InvoiceRow.due`."""
INVOICES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *of_file(INVOICE),
        *_named(
            INVOICE,
            *("id", "org_id", "patient_id", "kind", "credits_id", "policy_id", "state", "number"),
            *("provisional_no", "issued_at", "lines", "total", "covered", "note", "reason", "version"),
            *("created_at", "created_by"),
        ),
        CURRENCY,
        sa.func.coalesce(_credited.c.number, _credited.c.provisional_no, ""),
        _DOUBLED,
        _TAKEN_BACK,
        _PAID,
        _where_insured(INSURED),
        _MOVED,
        _where_insured(_claimed(_claim.c.written_off)),
        _where_insured(_paid_by(lambda way: way == Way.INSURER)),
    )
    .select_from(
        with_kept_file(INVOICE)
        .outerjoin(_org, _org.c.id == INVOICE.c.org_id)
        .outerjoin(_credited, _credited.c.id == INVOICE.c.credits_id)
    )
    .where(INVOICE.c.deleted_at.is_(None))
    .order_by(sa.func.coalesce(INVOICE.c.issued_at, INVOICE.c.created_at).desc(), INVOICE.c.id)
)
LINES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *_named(
            LINE,
            *(
                "id",
                "invoice_id",
                "charge_id",
                "credits_line_id",
                "position",
                "text",
                "quantity",
                "unit_price",
            ),
            *("discount", "tax_percent", "net", "tax", "total", "covered", "doubled", "released"),
        ),
        *(
            _sum(
                _taken_back.c[name],
                _taken_back.c.credits_line_id == LINE.c.id,
                _taken_back.c.deleted_at.is_(None),
            )
            for name in ("total", "net", "covered")
        ),
    )
    .where(LINE.c.deleted_at.is_(None))
    .order_by(LINE.c.invoice_id, LINE.c.position, LINE.c.id)
)
PAYMENTS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *of_file(PAYMENT),
        *_named(
            PAYMENT,
            *("id", "org_id", "patient_id", "invoice_id", "session_id", "receipt_id", "receipt_no"),
            *(
                "provisional_no",
                "way",
                "amount",
                "tendered",
                "source_id",
                "reference",
                "taken_at",
                "created_by",
            ),
        ),
        CURRENCY,
        sa.func.coalesce(INVOICE.c.number, INVOICE.c.provisional_no, ""),
        _sum(REFUND.c.amount, REFUND.c.payment_id == PAYMENT.c.id, REFUND.c.state == RefundState.PAID),
        _sum(REFUND.c.amount, REFUND.c.payment_id == PAYMENT.c.id, REFUND.c.state.in_(REFUND_OPEN)),
        _sum(_USED, _used.c.source_id == PAYMENT.c.id) + PAYMENT.c.given_back,
    )
    .select_from(
        with_kept_file(PAYMENT)
        .outerjoin(_org, _org.c.id == PAYMENT.c.org_id)
        .outerjoin(INVOICE, INVOICE.c.id == PAYMENT.c.invoice_id)
    )
    .order_by(PAYMENT.c.taken_at.desc(), PAYMENT.c.id)
)
REFUNDS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *of_file(PAYMENT),
        *_named(
            REFUND,
            *("id", "org_id", "payment_id", "amount", "reason", "state", "session_id", "number", "paid_at"),
            *("created_at", "created_by"),
        ),
        PAYMENT.c.way,
        sa.func.coalesce(PAYMENT.c.receipt_no, PAYMENT.c.provisional_no, "—"),
        PAYMENT.c.patient_id,
        PAYMENT.c.invoice_id,
        CURRENCY,
    )
    .select_from(
        with_kept_file(PAYMENT)
        .join(REFUND, REFUND.c.payment_id == PAYMENT.c.id)
        .outerjoin(_org, _org.c.id == REFUND.c.org_id)
    )
    .order_by(REFUND.c.created_at.desc(), REFUND.c.id)
)
