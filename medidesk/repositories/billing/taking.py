"""Taking money: a fact. Nothing is refused once it is told, and what was taken too much stays as a credit."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.billing import CashierSession, Invoice, InvoiceKind, InvoiceState, Payment, Way
from medidesk.models.money import Money
from medidesk.models.patients import Patient
from medidesk.models.types import new_id
from medidesk.permissions import Need
from medidesk.repositories import amounts, checks
from medidesk.repositories.billing import queries
from medidesk.repositories.billing.invoicing import begun, give_out
from medidesk.repositories.billing.sums import ZERO
from medidesk.repositories.patients.registering import kept_file, name_of
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA = "billing"


@dataclass(frozen=True, slots=True)
class Part:
    """One way in which something is paid.

    Attributes:
        way: how.
        amount: what is taken, as it is typed; of cash what is kept, without the change.
        tendered: of cash, what was handed over, as it is typed; "" for just the amount.
        reference: of a card or a transfer.
        source_id: of credit, the payment that it comes from.
    """

    way: Way
    amount: str
    tendered: str = ""
    reference: str = ""
    source_id: UUID | None = None


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.invoice)
def settle(
    work: Work,
    patient_id: UUID,
    charge_ids: Sequence[UUID],
    parts: Sequence[Part],
    session_id: UUID | None = None,
    note: str = "",
) -> UUID:
    """Issue an invoice of charges and take the money for it, in one.

    Args:
        work: the unit of work.
        patient_id: whose.
        charge_ids: what is billed.
        parts: the ways in which it is paid; less than the total leaves the rest to be paid.
        session_id: the drawer, for cash.
        note: printed on the invoice.
    """
    row = begun(work, patient_id, charge_ids, note)
    give_out(row)
    currency = queries.currency_of(work.session, row.org_id)
    _take(work, row.patient_id, row, parts, session_id, row.total - row.covered, currency)
    return row.id


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.invoice)
def pay(work: Work, invoice_id: UUID, parts: Sequence[Part], session_id: UUID | None = None) -> UUID:
    """Take money for an invoice that was issued.

    Raises:
        DomainError: it has been paid, or is less than what is taken.
    """
    row, shown = work.get(Invoice, invoice_id), work.read(queries.invoice, invoice_id)
    if row.kind is not InvoiceKind.INVOICE:
        raise DomainError(
            tr("A credit note is not paid."), tr("Pay the invoice, or give back what was paid.")
        )
    if shown is None or row.state is not InvoiceState.ISSUED:
        raise DomainError(tr("This invoice is still a draft."), tr("Issue it first."))
    if shown.due <= 0 < shown.insurer_due:
        raise DomainError(
            tr("Of {number} the rest is the insurer's.", number=shown.numbered),
            tr("It is on the page Claims."),
        )
    if shown.due <= 0:
        raise DomainError(
            tr("{number} has been paid already.", number=shown.numbered), tr("Its receipts stand below it.")
        )
    _take(work, row.patient_id, row, parts, session_id, shown.due, shown.currency)
    return row.id


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.payment)
def deposit(work: Work, patient_id: UUID, parts: Sequence[Part], session_id: UUID | None = None) -> UUID:
    """Take money for what is to come: it stays to the patient's credit."""
    patient = kept_file(work, patient_id)
    if any(one.way is Way.CREDIT for one in parts):
        raise DomainError(tr("Credit stays where it is."), tr("Choose another way."), field="way")
    return _take(
        work, patient.id, None, parts, session_id, None, queries.currency_of(work.session, work.org_id)
    )


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.payment)
def change_reference(work: Work, payment_id: UUID, reference: str) -> UUID:
    """Mend the reference of a card payment or a transfer; nothing else of a payment changes."""
    row = work.get(Payment, payment_id)
    row.reference = checks.checked_text(Payment, "reference", reference)
    work.describe(tr("Reference of a payment changed"), row.reference)
    return row.id


def _take(
    work: Work,
    patient_id: UUID,
    bill: Invoice | None,
    parts: Sequence[Part],
    session_id: UUID | None,
    most: Decimal | None,
    currency: str,
) -> UUID:
    """The payments of one receipt; returns the id of the first.

    Args:
        work: the unit of work.
        patient_id: whose.
        bill: what is paid; None for a deposit.
        parts: the ways; what comes to nothing is left out.
        session_id: the drawer.
        most: what can be taken; None for any amount.
        currency: of the branch.
    """
    read = [(one, _amount(one.amount, currency, "amount")) for one in parts]
    read = [(one, amount) for one, amount in read if amount > 0]
    whole = sum((amount for _, amount in read), ZERO)
    if not read:
        raise DomainError(tr("Nothing was taken."), tr("Type what the patient pays."), field="amount")
    if most is not None and whole > most:
        raise DomainError(
            tr("Only {amount} is due.", amount=Money(most, currency)),
            tr("Take that much, and give the rest back as change."),
            field="amount",
        )
    org_id = work.org_id if bill is None else bill.org_id
    if any(one.way is Way.CASH for one, _ in read):
        _check_drawer(work, session_id, org_id)
    receipt_id, provisional, rows = new_id(), work.next_provisional(), []
    for one, amount in read:
        rows.append(
            work.add(
                Payment(
                    org_id=org_id,
                    patient_id=patient_id,
                    invoice_id=None if bill is None else bill.id,
                    session_id=session_id,
                    receipt_id=receipt_id,
                    provisional_no=provisional,
                    way=one.way,
                    amount=amount,
                    tendered=_tendered(one, amount, currency),
                    source_id=_source(work, one, amount, patient_id, org_id),
                    reference=checks.checked_text(Payment, "reference", one.reference),
                    taken_at=dt.datetime.now(dt.UTC),
                )
            )
        )
    patient = work.session.get(Patient, patient_id)
    name = tr("The patient") if patient is None else name_of(patient)
    title = tr("{name}: deposit", name=name) if bill is None else tr("{name}: payment", name=name)
    work.describe(title, str(Money(whole, currency)))
    return rows[0].id


def _amount(typed: str, currency: str, field: str) -> Decimal:
    return amounts.parse_amount(typed, currency, field=field) if typed.strip() else ZERO


def _tendered(one: Part, amount: Decimal, currency: str) -> Decimal | None:
    if one.way is not Way.CASH or not one.tendered.strip():
        return None
    given = _amount(one.tendered, currency, "tendered")
    if given < amount:
        raise DomainError(
            tr("{amount} were handed over.", amount=Money(given, currency)),
            tr("That is less than is taken in cash."),
            field="tendered",
        )
    return given


def _check_drawer(work: Work, session_id: UUID | None, org_id: UUID) -> None:
    row = None if session_id is None else work.see(CashierSession, session_id)
    if row is None or row.closed_at is not None or row.org_id != org_id:
        raise DomainError(
            tr("There is no open drawer for the cash."), tr("Count what is in it, and open it."), field="way"
        )


def _source(work: Work, one: Part, amount: Decimal, patient_id: UUID, org_id: UUID) -> UUID | None:
    if one.way is not Way.CREDIT:
        return None
    found = work.read(queries.credits_of, patient_id, org_id)
    credit = next((row for row in found if row.payment_id == one.source_id), None)
    if credit is None or amount > credit.amount:
        left = Money(ZERO if credit is None else credit.amount, queries.currency_of(work.session, org_id))
        raise DomainError(
            tr("Of this credit {amount} is left.", amount=left),
            tr("Take the rest in another way."),
            field="way",
        )
    return credit.payment_id
