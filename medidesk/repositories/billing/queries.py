"""Reading charges, invoices and money. The same on a replica and on the server."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.billing import InvoiceKind, InvoiceState, Way
from medidesk.models.claims import InsuranceClaim
from medidesk.models.directory import Organisation
from medidesk.repositories import branch_clock
from medidesk.repositories.billing.rows import (
    ChargeRow,
    CreditRow,
    InvoiceRow,
    LineRow,
    PaymentRow,
    RefundRow,
)
from medidesk.repositories.billing.selects import (
    BILLED,
    CHARGE,
    CHARGES,
    DUE,
    INVOICE,
    INVOICES,
    LINE,
    LINES,
    OPEN,
    PAYMENT,
    PAYMENTS,
    REFUND,
    REFUND_OPEN,
    REFUNDS,
)
from medidesk.repositories.patients.joined import is_of

ID_LETTERS = 36


def charge(session: Session, charge_id: UUID) -> ChargeRow | None:
    """One charge."""
    return next(iter(_charges(session, CHARGE.c.id == charge_id)), None)


def open_charges(session: Session, patient_id: UUID, org_id: UUID) -> list[ChargeRow]:
    """What a patient owes in a branch and has not been billed, as it gathered."""
    return _charges(session, is_of(CHARGE, patient_id), CHARGE.c.org_id == org_id, *OPEN)


def unbilled(session: Session, org_id: UUID) -> list[ChargeRow]:
    """What nobody has been billed for yet in a branch."""
    return _charges(session, CHARGE.c.org_id == org_id, *OPEN)


def charges_of_visit(session: Session, visit_id: UUID) -> list[ChargeRow]:
    """What a visit costs, billed or not."""
    return _charges(session, CHARGE.c.visit_id == visit_id, CHARGE.c.withdrawn_at.is_(None))


def is_billed(session: Session, charge_id: UUID) -> bool:
    """Whether a charge is on an invoice."""
    return bool(session.scalar(sa.select(BILLED).where(CHARGE.c.id == charge_id)))


def invoice(session: Session, invoice_id: UUID) -> InvoiceRow | None:
    """One invoice or credit note."""
    return next(iter(_invoices(session, INVOICE.c.id == invoice_id)), None)


def by_number(session: Session, number: str) -> list[InvoiceRow]:
    """Those that bear this number, or were printed with it without the server; the one of a scanned code."""
    wanted = number.strip().upper()
    if scanned := _id_of(wanted):
        return _invoices(session, INVOICE.c.id == scanned)
    return _invoices(session, sa.or_(INVOICE.c.number == wanted, INVOICE.c.provisional_no == wanted))


def of_patient(session: Session, patient_id: UUID) -> list[InvoiceRow]:
    """A patient's invoices and credit notes, the latest first."""
    return _invoices(session, is_of(INVOICE, patient_id))


def credit_notes_of(session: Session, invoice_id: UUID) -> list[InvoiceRow]:
    """What has taken an invoice back, the latest first."""
    return _invoices(session, INVOICE.c.credits_id == invoice_id)


def of_days(session: Session, org_id: UUID, first: dt.date, last: dt.date) -> list[InvoiceRow]:
    """What a branch has issued from one day to another, the latest first."""
    starts, ends = span(session, org_id, first, last)
    return _invoices(
        session, INVOICE.c.org_id == org_id, INVOICE.c.issued_at >= starts, INVOICE.c.issued_at < ends
    )


def outstanding(session: Session, org_id: UUID) -> list[InvoiceRow]:
    """Invoices of a branch that are not paid in full, the oldest first."""
    rows = _invoices(
        session,
        INVOICE.c.org_id == org_id,
        INVOICE.c.kind == InvoiceKind.INVOICE,
        INVOICE.c.state == InvoiceState.ISSUED,
        DUE > 0,
    )
    return rows[::-1]


def overpaid(session: Session, org_id: UUID) -> list[InvoiceRow]:
    """Invoices of a branch for which more was taken than is due, the latest first."""
    return _invoices(session, INVOICE.c.org_id == org_id, INVOICE.c.kind == InvoiceKind.INVOICE, DUE < 0)


def drafts(session: Session, org_id: UUID) -> list[InvoiceRow]:
    """Invoices of a branch that are not issued yet."""
    return _invoices(session, INVOICE.c.org_id == org_id, INVOICE.c.state == InvoiceState.DRAFT)


def lines(session: Session, invoice_id: UUID) -> list[LineRow]:
    """The lines of an invoice, as they are printed."""
    return [LineRow(*values) for values in session.execute(LINES.where(LINE.c.invoice_id == invoice_id))]


def moved_at(session: Session, invoice_id: UUID) -> dt.datetime | None:
    """When what the insurer did not pay of an invoice became the patient's; None where nothing did."""
    moved = sa.select(InsuranceClaim.ended_at).where(
        InsuranceClaim.invoice_id == invoice_id,
        InsuranceClaim.deleted_at.is_(None),
        InsuranceClaim.to_patient > 0,
    )
    return session.scalar(moved)


def payment(session: Session, payment_id: UUID) -> PaymentRow | None:
    """One payment."""
    return next(iter(_payments(session, PAYMENT.c.id == payment_id)), None)


def receipt(session: Session, receipt_id: UUID) -> list[PaymentRow]:
    """The payments of one receipt."""
    return _payments(session, PAYMENT.c.receipt_id == receipt_id)


def payments_by_number(session: Session, number: str) -> list[PaymentRow]:
    """Those whose receipt bears this number, or was printed with it when the server was away."""
    wanted = number.strip().upper()
    return _payments(session, sa.or_(PAYMENT.c.receipt_no == wanted, PAYMENT.c.provisional_no == wanted))


def payments_of(session: Session, invoice_id: UUID) -> list[PaymentRow]:
    """What was taken for an invoice, the latest first."""
    return _payments(session, PAYMENT.c.invoice_id == invoice_id)


def payments_of_patient(session: Session, patient_id: UUID) -> list[PaymentRow]:
    """What a patient has paid, the latest first."""
    return _payments(session, is_of(PAYMENT, patient_id))


def taken(session: Session, org_id: UUID, first: dt.date, last: dt.date) -> list[PaymentRow]:
    """What a branch has taken from one day to another, the latest first."""
    starts, ends = span(session, org_id, first, last)
    return _payments(
        session, PAYMENT.c.org_id == org_id, PAYMENT.c.taken_at >= starts, PAYMENT.c.taken_at < ends
    )


def credits_of(session: Session, patient_id: UUID, org_id: UUID) -> list[CreditRow]:
    """What a patient has to their credit in a branch, the oldest first; as `credit_of` of the server."""
    over: dict[UUID, Decimal] = {}
    found = []
    for row in reversed(_payments(session, is_of(PAYMENT, patient_id), PAYMENT.c.org_id == org_id)):
        if row.way in {Way.CREDIT, Way.INSURER} or row.left <= 0:
            continue
        free = row.left
        if row.invoice_id is not None:
            if row.invoice_id not in over:
                bill = invoice(session, row.invoice_id)
                over[row.invoice_id] = Decimal(0) if bill is None else max(Decimal(0), -bill.due)
            free = min(free, over[row.invoice_id])
            over[row.invoice_id] -= free
        if free > 0:
            found.append(
                CreditRow(row.id, free, row.currency, row.invoice_number, row.numbered, row.taken_at)
            )
    return found


def refund(session: Session, refund_id: UUID) -> RefundRow | None:
    """One refund."""
    return next(iter(_refunds(session, REFUND.c.id == refund_id)), None)


def refunds_of(session: Session, payment_id: UUID) -> list[RefundRow]:
    """What was given back of a payment or is to be, the latest first."""
    return _refunds(session, REFUND.c.payment_id == payment_id)


def refunds_open(session: Session, org_id: UUID) -> list[RefundRow]:
    """What is to be given back in a branch: asked for, or approved and not yet paid out."""
    return _refunds(session, REFUND.c.org_id == org_id, REFUND.c.state.in_(REFUND_OPEN))


def returned(session: Session, org_id: UUID, first: dt.date, last: dt.date) -> list[RefundRow]:
    """What a branch has given back from one day to another, the latest first."""
    starts, ends = span(session, org_id, first, last)
    return _refunds(session, REFUND.c.org_id == org_id, REFUND.c.paid_at >= starts, REFUND.c.paid_at < ends)


def _id_of(text: str) -> UUID | None:
    """The id that a paper's code is of; None for any other text."""
    try:
        return UUID(text) if len(text) == ID_LETTERS else None
    except ValueError:
        return None


def currency_of(session: Session, org_id: UUID) -> str:
    """The currency of a branch."""
    branch = session.get(Organisation, org_id)
    return "EUR" if branch is None else branch.currency


def span(session: Session, org_id: UUID, first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From the first day's midnight in a branch to the end of the last day."""
    zone = branch_clock.zone_of(session, org_id)
    return branch_clock.instant(first, 0, zone), branch_clock.instant(last, 24 * 60, zone)


def _charges(session: Session, *where: sa.ColumnElement[bool]) -> list[ChargeRow]:
    return [ChargeRow(*values) for values in session.execute(CHARGES.where(*where))]


def _invoices(session: Session, *where: sa.ColumnElement[bool]) -> list[InvoiceRow]:
    return [InvoiceRow(*values) for values in session.execute(INVOICES.where(*where))]


def _payments(session: Session, *where: sa.ColumnElement[bool]) -> list[PaymentRow]:
    return [PaymentRow(*values) for values in session.execute(PAYMENTS.where(*where))]


def _refunds(session: Session, *where: sa.ColumnElement[bool]) -> list[RefundRow]:
    return [RefundRow(*values) for values in session.execute(REFUNDS.where(*where))]
