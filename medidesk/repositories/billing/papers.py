"""What stands on the papers of money, gathered: who issues them, the bill with its lines, what was paid."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.billing import RefundState, Way
from medidesk.models.directory import Organisation
from medidesk.repositories import branch_clock, insurance, people
from medidesk.repositories.billing import queries
from medidesk.repositories.billing.drawers import drawer
from medidesk.repositories.billing.rows import DrawerRow, InvoiceRow, LineRow, PaymentRow, RefundRow
from medidesk.repositories.billing.sums import ZERO


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues a paper.

    Attributes:
        clinic: what the branch belongs to; "" where that is nothing.
        branch: its name.
        zone: its clock.
        currency: of its amounts.
    """

    clinic: str
    branch: str
    zone: dt.tzinfo
    currency: str


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What is taxed at one rate, and the tax."""

    percent: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class BillPaper:
    """An invoice or a credit note.

    Attributes:
        insurer: who pays `bill.covered`; "" for nobody.
        policy_no: under which policy.
        payments: what was taken for it, as it came; what the insurer paid is not among them.
        given_back: what was given back of them.
        credit_notes: what has taken it back, as it came.
        moved_at: when what the insurer did not pay became the patient's; None where nothing did.
        issued_by: the name of whoever issued it.
    """

    issuer: Issuer
    bill: InvoiceRow
    lines: tuple[LineRow, ...]
    insurer: str
    policy_no: str
    payments: tuple[PaymentRow, ...]
    given_back: tuple[RefundRow, ...]
    credit_notes: tuple[InvoiceRow, ...]
    moved_at: dt.datetime | None
    issued_by: str

    @property
    def taxes(self) -> tuple[TaxSum, ...]:
        """The tax by rate, the highest first."""
        return taxes(self.lines)


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """What was taken at one time.

    Attributes:
        payments: by way.
        of: what was paid; None for a deposit.
        due: what was still to be paid when it had been taken.
        taken_by: the name of whoever took it.
    """

    issuer: Issuer
    payments: tuple[PaymentRow, ...]
    of: BillPaper | None
    due: Decimal
    taken_by: str

    @property
    def amount(self) -> Decimal:
        """What was taken in all."""
        return sum((one.amount for one in self.payments), ZERO)

    @property
    def change(self) -> Decimal:
        """The cash that was handed back."""
        return sum((one.tendered - one.amount for one in self.payments if one.tendered is not None), ZERO)


@dataclass(frozen=True, slots=True)
class DrawerPaper:
    """Somebody's time at a drawer.

    Attributes:
        cashier: their name.
        followed_by: who took it over; "" for nobody.
    """

    issuer: Issuer
    drawer: DrawerRow
    cashier: str
    followed_by: str


def issuer(session: Session, org_id: UUID) -> Issuer:
    """A branch, as what it issues says it."""
    branch = session.get(Organisation, org_id)
    above = (
        None if branch is None or branch.parent_id is None else session.get(Organisation, branch.parent_id)
    )
    return Issuer(
        "" if above is None else above.name,
        "" if branch is None else branch.name,
        branch_clock.zone_of(session, org_id),
        queries.currency_of(session, org_id),
    )


def bill_paper(session: Session, invoice_id: UUID) -> BillPaper | None:
    """An invoice or a credit note, as it is printed; None where it is out of sight."""
    bill = queries.invoice(session, invoice_id)
    if bill is None:
        return None
    paid = [one for one in reversed(queries.payments_of(session, invoice_id)) if one.way is not Way.INSURER]
    back = [
        refund for one in paid if one.refunded for refund in reversed(queries.refunds_of(session, one.id))
    ]
    policy = None if bill.policy_id is None else insurance.policy(session, bill.policy_id)
    return BillPaper(
        issuer(session, bill.org_id),
        bill,
        tuple(queries.lines(session, invoice_id)),
        "" if policy is None else policy.insurer,
        "" if policy is None else policy.policy_no,
        tuple(paid),
        tuple(one for one in back if one.state is RefundState.PAID),
        tuple(reversed(queries.credit_notes_of(session, bill.id))),
        queries.moved_at(session, bill.id) if bill.moved else None,
        _name(session, bill.created_by),
    )


def receipt_paper(session: Session, receipt_id: UUID) -> ReceiptPaper | None:
    """A receipt, as it was when the money was taken; None where it is out of sight."""
    payments = sorted(queries.receipt(session, receipt_id), key=lambda one: (-one.amount, one.id))
    if not payments:
        return None
    first = payments[0]
    of = None if first.invoice_id is None else bill_paper(session, first.invoice_id)
    return ReceiptPaper(
        issuer(session, first.org_id),
        tuple(payments),
        of,
        ZERO if of is None else _due_then(of, first),
        _name(session, first.created_by),
    )


def drawer_paper(session: Session, session_id: UUID) -> DrawerPaper | None:
    """Somebody's time at a drawer, as it is signed; None where it is out of sight."""
    row = drawer(session, session_id)
    if row is None:
        return None
    after = None if row.follower_id is None else drawer(session, row.follower_id)
    return DrawerPaper(
        issuer(session, row.org_id),
        row,
        _name(session, row.cashier_id),
        "" if after is None else _name(session, after.cashier_id),
    )


def taxes(lines: Iterable[LineRow]) -> tuple[TaxSum, ...]:
    """The tax of some lines by rate, the highest first; untaxed ones are a rate of 0."""
    found: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for one in lines:
        net, tax = found.get(one.tax_percent, (ZERO, ZERO))
        found[one.tax_percent] = (net + one.net, tax + one.tax)
    return tuple(TaxSum(percent, *found[percent]) for percent in sorted(found, reverse=True))


def _due_then(of: BillPaper, last: PaymentRow) -> Decimal:
    """What was due after a payment: what came later does not change a receipt."""
    then = last.taken_at
    taken_back = sum(
        (
            one.total - one.covered
            for one in of.credit_notes
            if one.issued_at is not None and one.issued_at <= then
        ),
        ZERO,
    )
    paid = sum(
        (one.amount for one in of.payments if one.taken_at < then or one.receipt_id == last.receipt_id),
        ZERO,
    )
    back = sum((one.amount for one in of.given_back if one.paid_at is not None and one.paid_at <= then), ZERO)
    moved = of.bill.moved if of.moved_at is not None and of.moved_at <= then else ZERO
    return max(ZERO, of.bill.total - of.bill.covered + moved - taken_back - paid + back)


def _name(session: Session, account_id: UUID | None) -> str:
    return "" if account_id is None else people.names(session).get(account_id, "")
