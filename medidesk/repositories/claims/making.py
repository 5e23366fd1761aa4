"""Making claims: of an invoice that was issued, line by line, and sending them to the insurer.

All of it is a claim in the sense of verbs, too: a colleague may be at the same one.
"""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.billing import Invoice, InvoiceLine
from medidesk.models.claims import ClaimLine, ClaimState, InsuranceClaim
from medidesk.models.money import Money
from medidesk.permissions import Need
from medidesk.repositories import billing, checks, insurance
from medidesk.repositories.claims import queries
from medidesk.repositories.claims.rows import OPEN, ClaimRow
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA = "billing"


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.claim)
def draft(work: Work, invoice_id: UUID, authorisation: str = "", note: str = "") -> UUID:
    """Begin a claim for the insurer's part of an invoice, to be submitted later.

    Args:
        work: the unit of work.
        invoice_id: of which invoice.
        authorisation: the number under which the insurer agreed before it was done; "" for none.
        note: printed on the claim.

    Raises:
        DomainError: it is claimed already, or there is nothing to claim.
    """
    row = _begun(work, invoice_id, authorisation, note)
    describe(work, row, tr("{name}: claim begun"))
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.claim)
def file_claim(work: Work, invoice_id: UUID, authorisation: str = "", note: str = "") -> UUID:
    """Claim the insurer's part of an invoice, and submit it, in one; as `draft`."""
    row = _begun(work, invoice_id, authorisation, note)
    _send(row)
    describe(work, row, tr("{name}: claim submitted"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.claim)
def change(work: Work, claim_id: UUID, authorisation: str, note: str) -> UUID:
    """Change what a claim says beside its amounts, before it is submitted or submitted again."""
    row = work.get(InsuranceClaim, claim_id)
    if row.state not in {ClaimState.DRAFT, ClaimState.ANSWERED}:
        raise DomainError(
            tr("This claim is with the insurer."),
            tr("Withdraw it and make it anew, or wait for their answer."),
        )
    row.authorisation = checks.checked_text(InsuranceClaim, "authorisation", authorisation)
    row.note = checks.checked_text(InsuranceClaim, "note", note)
    describe(work, row, tr("{name}: claim changed"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.claim)
def submit(work: Work, claim_id: UUID) -> UUID:
    """Send a draft to the insurer; or once more what they did not accept whole: their answer is awaited anew.

    Raises:
        DomainError: it is with them, or was accepted whole, or a credit note has changed its invoice meanwhile.
    """
    row, shown = work.get(InsuranceClaim, claim_id), shown_claim(work, claim_id)
    if row.state is ClaimState.ANSWERED and row.accepted != row.claimed:
        row.answered_at, row.accepted, row.answer = None, None, ""
        for line in queries.lines(work.session, row.id):
            again = work.get(ClaimLine, line.id)
            again.accepted, again.refusal = None, ""
    elif row.state is not ClaimState.DRAFT:
        raise DomainError(
            tr("This claim was submitted already."), tr("Note the insurer's answer when it comes.")
        )
    elif shown.credited:
        raise DomainError(
            tr("Of {number} something was credited since this claim was begun.", number=shown.number),
            tr("Withdraw the claim and make it anew."),
        )
    _send(row)
    describe(work, row, tr("{name}: claim submitted"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.claim)
def withdraw(work: Work, claim_id: UUID, reason: str) -> UUID:
    """Give a claim up: its invoice can be claimed anew.

    Raises:
        DomainError: the insurer has paid something for it, or it is done with; or no reason is given.
    """
    row, shown = work.get(InsuranceClaim, claim_id), shown_claim(work, claim_id)
    if row.state not in OPEN:
        raise DomainError(tr("This claim is done with."), tr("Reopen it first."))
    if shown.paid > 0:
        raise DomainError(
            tr("The insurer has paid {amount} for it.", amount=Money(shown.paid, shown.currency)),
            tr("Reconcile it, or give the money back first."),
        )
    row.end_note = checks.checked_text(InsuranceClaim, "end_note", reason)
    if not row.end_note:
        raise DomainError(tr("It is not said why."), tr("Give a reason."), field="reason")
    row.state, row.ended_at = ClaimState.WITHDRAWN, now()
    describe(work, row, tr("{name}: claim withdrawn"))
    return row.id


def shown_claim(work: Work, claim_id: UUID) -> ClaimRow:
    """A claim with what follows from its invoice and the payments.

    Raises:
        DomainError: it is gone.
    """
    found = work.read(queries.claim, claim_id)
    if found is None:
        raise DomainError(tr("This entry is no longer there."), tr("Look at the list of claims again."))
    return found


def _begun(work: Work, invoice_id: UUID, authorisation: str, note: str) -> InsuranceClaim:
    """A new draft with a line for each line of which the insurer pays something."""
    bill, shown = work.get(Invoice, invoice_id), work.read(billing.invoice, invoice_id)
    other = work.read(queries.live_of, invoice_id)
    if other is not None:
        raise DomainError(
            tr("{number} is claimed already of {insurer}.", number=other.number, insurer=other.insurer),
            tr("Go on with that claim, or withdraw it."),
        )
    policy = None if bill.policy_id is None else work.read(insurance.policy, bill.policy_id)
    if shown is None or shown.issued_at is None or policy is None or shown.insured <= 0:
        raise DomainError(
            tr("No insurer pays anything of this invoice."),
            tr("What is insured is on the bill before it is issued."),
        )
    claimed = [line for line in work.read(billing.lines, invoice_id) if line.claimable > 0]
    row = InsuranceClaim(
        org_id=bill.org_id,
        patient_id=bill.patient_id,
        invoice_id=bill.id,
        insurer_id=policy.insurer_id,
        policy_no=policy.policy_no,
        authorisation=checks.checked_text(InsuranceClaim, "authorisation", authorisation),
        note=checks.checked_text(InsuranceClaim, "note", note),
        lines=len(claimed),
        claimed=shown.insured,
    )
    work.add(row)
    for position, line in enumerate(claimed, 1):
        work.see(InvoiceLine, line.id)
        work.add(
            ClaimLine(
                org_id=bill.org_id,
                claim_id=row.id,
                invoice_line_id=line.id,
                position=position,
                claimed=line.claimable,
            )
        )
    return row


def _send(row: InsuranceClaim) -> None:
    row.state, row.submitted_at = ClaimState.SUBMITTED, now()


def describe(work: Work, row: InsuranceClaim, title: str, amount: Decimal | None = None) -> None:
    """In the list of waiting changes: whose, of which invoice, and how much; all that is claimed unless told."""
    shown = work.read(billing.invoice, row.invoice_id)
    if shown is not None:
        money = Money(row.claimed if amount is None else amount, shown.currency)
        work.describe(title.replace("{name}", shown.name), f"{shown.numbered} · {money}")


def now() -> dt.datetime:
    """By this PC's clock; the server puts its own in place."""
    return dt.datetime.now(dt.UTC)
