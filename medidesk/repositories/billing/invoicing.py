"""Billing charges: drafts, invoices, credit notes.

An invoice is issued when it is given out, often with the money on the desk: a fact. Discarding a draft or crediting
an invoice is a claim, since somebody else may do it at the same moment.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.billing import Charge, Discount, Invoice, InvoiceKind, InvoiceLine, InvoiceState
from medidesk.models.money import Money
from medidesk.models.patients import Patient
from medidesk.permissions import Need
from medidesk.repositories import amounts, branch_clock, checks, insurance
from medidesk.repositories.billing import queries
from medidesk.repositories.billing.rows import ChargeRow, InvoiceRow, LineRow
from medidesk.repositories.billing.sums import LineSums, added
from medidesk.repositories.patients.registering import kept_file, name_of
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import counted, tr

AREA = "billing"


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.invoice)
def draft(work: Work, patient_id: UUID, charge_ids: Sequence[UUID], note: str = "") -> UUID:
    """Put charges on an invoice that is not issued yet."""
    bill = begun(work, patient_id, charge_ids, note)
    _describe(work, bill, tr("{name}: draft of an invoice"))
    return bill.id


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.invoice)
def bill(work: Work, patient_id: UUID, charge_ids: Sequence[UUID], note: str = "") -> UUID:
    """Issue an invoice of charges, to be paid later."""
    made = begun(work, patient_id, charge_ids, note)
    give_out(made)
    _describe(work, made, tr("{name}: invoice"))
    return made.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.invoice)
def change_draft(work: Work, invoice_id: UUID, charge_ids: Sequence[UUID], note: str) -> UUID:
    """Put other charges on a draft."""
    row = _draft(work, invoice_id)
    row.note = checks.checked_text(Invoice, "note", note)
    for line in _lines_of(work, invoice_id):
        line.deleted_at = _now()
    _fill(work, row, _billable(work, row.patient_id, row.org_id, charge_ids))
    _describe(work, row, tr("{name}: draft changed"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.invoice)
def discard(work: Work, invoice_id: UUID) -> UUID:
    """Discard a draft: its charges are open again."""
    row = _draft(work, invoice_id)
    for line in _lines_of(work, invoice_id):
        line.deleted_at = _now()
    row.deleted_at = _now()
    _describe(work, row, tr("{name}: draft discarded"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.invoice)
def issue(work: Work, invoice_id: UUID) -> UUID:
    """Issue a draft as it stands."""
    row = _draft(work, invoice_id)
    give_out(row)
    _describe(work, row, tr("{name}: invoice"))
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.invoice)
def credit(work: Work, invoice_id: UUID, reason: str, totals: Mapping[UUID, str] | None = None) -> UUID:
    """Take back an invoice, or some of it, with a credit note.

    What was paid and is not owed any more stays to the patient's credit, until it is given back or used.

    Args:
        work: the unit of work.
        invoice_id: which.
        reason: why; it is printed.
        totals: of each line that is taken back, how much of its total, as it is typed; None for all that is left.

    Raises:
        DomainError: there is nothing left to take back, or less than that.
    """
    row, shown = work.get(Invoice, invoice_id), work.read(queries.invoice, invoice_id)
    if shown is None or row.kind is not InvoiceKind.INVOICE or row.state is not InvoiceState.ISSUED:
        raise DomainError(
            tr("Only an invoice that was issued can be credited."), tr("Discard the draft instead.")
        )
    said = checks.checked_text(Invoice, "reason", reason)
    if not said:
        raise DomainError(tr("It is not said why."), tr("Give a reason."), field="reason")
    taken = list(_taken_back(work.read(queries.lines, invoice_id), totals, shown))
    if not taken:
        raise DomainError(
            tr("{number} has been credited already.", number=shown.numbered), tr("There is nothing left.")
        )
    note = Invoice(
        org_id=row.org_id,
        patient_id=row.patient_id,
        kind=InvoiceKind.CREDIT_NOTE,
        credits_id=row.id,
        policy_id=row.policy_id,
        provisional_no=work.next_provisional(),
        reason=said,
    )
    work.add(note)
    for position, (line, sums) in enumerate(taken, 1):
        work.get(InvoiceLine, line.id)
        work.add(
            InvoiceLine(
                org_id=row.org_id,
                invoice_id=note.id,
                credits_line_id=line.id,
                position=position,
                text=line.text,
                # Its amount is what is taken back; a part of a line is no part of a thing.
                quantity=Decimal(1),
                unit_price=sums.net,
                tax_percent=line.tax_percent,
                **_amounts(sums),
            )
        )
    _add_up(note, [sums for _, sums in taken])
    note.state, note.issued_at = InvoiceState.ISSUED, _now()
    work.describe(
        tr("{name}: credit note", name=shown.name),
        f"{shown.numbered} · {Money(note.total, shown.currency)} · {said}",
    )
    return note.id


def begun(work: Work, patient_id: UUID, charge_ids: Sequence[UUID], note: str = "") -> Invoice:
    """A new draft of these charges of one patient, in the branch that they belong to.

    Raises:
        DomainError: there are none, or one has been billed or withdrawn meanwhile.
    """
    patient = kept_file(work, patient_id)
    charges = _billable(work, patient.id, None, charge_ids)
    org_id = charges[0].org_id
    insured = insurance.policy_on(
        work.session, patient.id, branch_clock.today(branch_clock.zone_of(work.session, org_id))
    )
    row = Invoice(
        org_id=org_id,
        patient_id=patient.id,
        kind=InvoiceKind.INVOICE,
        state=InvoiceState.DRAFT,
        policy_id=None if insured is None else insured.id,
        provisional_no=work.next_provisional(),
        note=checks.checked_text(Invoice, "note", note),
    )
    work.add(row)
    _fill(work, row, charges)
    return row


def give_out(row: Invoice) -> None:
    """Issue a draft that is begun in this work, or that was begun before."""
    if not row.lines:
        raise DomainError(tr("There is nothing on it."), tr("Choose what is billed."))
    row.state, row.issued_at = InvoiceState.ISSUED, _now()


def _billable(
    work: Work, patient_id: UUID, org_id: UUID | None, charge_ids: Iterable[UUID]
) -> list[ChargeRow]:
    found: list[ChargeRow] = []
    for charge_id in dict.fromkeys(charge_ids):
        row = work.read(queries.charge, charge_id)
        if row is None or row.withdrawn_at is not None:
            raise DomainError(tr("One of the charges is no longer there."), tr("Look at the bill again."))
        if queries.is_billed(work.session, charge_id):
            raise DomainError(
                tr("{text} is on an invoice already.", text=row.text), tr("Look at the bill again.")
            )
        if kept_file(work, row.patient_id).id != kept_file(work, patient_id).id or (
            row.org_id != (org_id or (found[0].org_id if found else row.org_id))
        ):
            raise DomainError(
                tr("{text} belongs on another bill.", text=row.text), tr("Look at the bill again.")
            )
        work.get(Charge, charge_id)
        if row.discount_id is not None:
            work.get(Discount, row.discount_id)
        found.append(row)
    if not found:
        raise DomainError(tr("There is nothing to bill."), tr("Charge what was done first."))
    return found


def _fill(work: Work, row: Invoice, charges: Sequence[ChargeRow]) -> None:
    policy = None if row.policy_id is None else work.read(insurance.policy, row.policy_id)
    own = None if policy is None else policy.copay_percent
    for position, charge in enumerate(charges, 1):
        work.add(
            InvoiceLine(
                org_id=row.org_id,
                invoice_id=row.id,
                charge_id=charge.id,
                position=position,
                text=charge.text,
                quantity=charge.quantity,
                unit_price=charge.unit_price,
                discount=charge.discount,
                tax_percent=charge.tax_percent,
                **_amounts(charge.sums(own)),
            )
        )
    _add_up(row, [charge.sums(own) for charge in charges])


def _amounts(sums: LineSums) -> dict[str, Any]:
    return {"net": sums.net, "tax": sums.tax, "total": sums.total, "covered": sums.covered}


def _add_up(row: Invoice, sums: Sequence[LineSums]) -> None:
    whole = added(sums)
    row.lines, row.total, row.covered = len(sums), whole.total, whole.covered


def _taken_back(
    lines: Iterable[LineRow], totals: Mapping[UUID, str] | None, shown: InvoiceRow
) -> Iterable[tuple[LineRow, LineSums]]:
    """What a credit note takes back of which line."""
    for line in lines:
        left = line.total - line.credited
        if line.doubled or line.released or (totals is not None and line.id not in totals):
            continue
        wanted = left
        if totals is not None:
            wanted = amounts.parse_amount(totals[line.id], shown.currency, field="totals")
        if wanted > left:
            raise DomainError(
                tr("Of {text} only {amount} is left.", text=line.text, amount=Money(left, shown.currency)),
                tr("Credit that much at most."),
                field="totals",
            )
        if wanted > 0 or not line.total:
            yield line, line.next_part(wanted, shown.currency)


def _draft(work: Work, invoice_id: UUID) -> Invoice:
    row = work.get(Invoice, invoice_id)
    if row.state is not InvoiceState.DRAFT:
        number = row.number or row.provisional_no or ""
        raise DomainError(
            tr("{number} was issued and stays as it is.", number=number), tr("Credit it instead.")
        )
    return row


def _lines_of(work: Work, invoice_id: UUID) -> list[InvoiceLine]:
    query = sa.select(InvoiceLine.id).where(
        InvoiceLine.invoice_id == invoice_id, InvoiceLine.deleted_at.is_(None)
    )
    return [work.get(InvoiceLine, line_id) for line_id in work.session.scalars(query).all()]


def _describe(work: Work, row: Invoice, title: str) -> None:
    """In the list of waiting changes: whose, how many lines, and what they come to."""
    patient = work.session.get(Patient, row.patient_id)
    name = tr("The patient") if patient is None else name_of(patient)
    currency = queries.currency_of(work.session, row.org_id)
    said = counted(row.lines, "{count} line", "{count} lines")
    work.describe(title.replace("{name}", name), f"{said} · {Money(row.total, currency)}")


def _now() -> dt.datetime:
    """By this PC's clock; the server puts its own in place where it is there."""
    return dt.datetime.now(dt.UTC)
