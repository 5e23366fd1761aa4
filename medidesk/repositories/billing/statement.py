"""A patient's account in a branch: what they owe and have paid, in the order in which it came."""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.billing import InvoiceKind, InvoiceState, RefundState, Way
from medidesk.repositories import branch_clock, patients
from medidesk.repositories.billing import queries
from medidesk.repositories.billing.papers import Issuer, issuer
from medidesk.repositories.billing.sums import ZERO
from medidesk.repositories.patients import PatientRow


class Entry(enum.StrEnum):
    """What moves an account."""

    INVOICE = "invoice"
    REFUSED = "refused"  # by the insurer: the patient's to pay after all
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement.

    Attributes:
        kind: what it is.
        at: when.
        number: what stands on its paper.
        of: the number of the invoice it is about; "" for itself, or a deposit.
        way: of a payment or a refund.
        amount: what is owed more, below zero what is owed less.
        balance: what is owed after it; below zero what is to the patient's credit.
    """

    kind: Entry
    at: dt.datetime
    number: str
    of: str
    way: Way | None
    amount: Decimal
    balance: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Statement:
    """A patient's account from a day on.

    Attributes:
        since: the first day.
        brought: what was owed before it.
        lines: what has moved since.
    """

    issuer: Issuer
    patient: PatientRow
    since: dt.date
    brought: Decimal
    lines: tuple[StatementLine, ...]

    @property
    def balance(self) -> Decimal:
        """What is owed now; below zero what is to the patient's credit."""
        return self.lines[-1].balance if self.lines else self.brought


def statement(session: Session, patient_id: UUID, org_id: UUID, since: dt.date) -> Statement | None:
    """A patient's account in a branch from a day on; None where their file is out of sight.

    What an insurer pays is not owed by the patient, and credit that is used was counted when it was taken: neither
    moves the account. What an insurer refused does, where the patient pays it after all.
    """
    patient = patients.by_id(session, patient_id)
    if patient is None:
        return None
    of = issuer(session, org_id)
    starts = branch_clock.instant(since, 0, of.zone)
    balance, brought, shown = ZERO, ZERO, []
    moves = (*_bills(session, patient_id, org_id), *_money(session, patient_id, org_id))
    for one in sorted(moves, key=lambda move: (move.at, list(Entry).index(move.kind), move.number)):
        balance += one.amount
        if one.at < starts:
            brought = balance
        else:
            shown.append(StatementLine(one.kind, one.at, one.number, one.of, one.way, one.amount, balance))
    return Statement(of, patient, since, brought, tuple(shown))


def _bills(session: Session, patient_id: UUID, org_id: UUID) -> Iterator[StatementLine]:
    for row in queries.of_patient(session, patient_id):
        if row.org_id != org_id or row.state is not InvoiceState.ISSUED or row.issued_at is None:
            continue
        own = row.total - row.covered
        if row.kind is InvoiceKind.CREDIT_NOTE:
            yield StatementLine(
                Entry.CREDIT_NOTE, row.issued_at, row.numbered, row.credits_number, None, -own
            )
        else:
            # A line that another invoice had billed before is on the paper, and not owed.
            yield StatementLine(Entry.INVOICE, row.issued_at, row.numbered, "", None, own - row.doubled)
        moved = queries.moved_at(session, row.id) if row.moved else None
        if moved is not None:
            yield StatementLine(Entry.REFUSED, moved, row.numbered, row.numbered, None, row.moved)


def _money(session: Session, patient_id: UUID, org_id: UUID) -> Iterator[StatementLine]:
    for row in queries.payments_of_patient(session, patient_id):
        if row.org_id != org_id or row.way in {Way.INSURER, Way.CREDIT}:
            continue
        yield StatementLine(
            Entry.PAYMENT, row.taken_at, row.numbered, row.invoice_number, row.way, -row.amount
        )
        for back in queries.refunds_of(session, row.id) if row.refunded else ():
            if back.state is RefundState.PAID and back.paid_at is not None:
                number = back.number or row.numbered
                yield StatementLine(
                    Entry.REFUND, back.paid_at, number, row.invoice_number, row.way, back.amount
                )
