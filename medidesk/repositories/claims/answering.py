"""What becomes of a claim: the insurer's answer, their money, and who pays the rest."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.billing import Payment, Way
from medidesk.models.claims import ClaimLine, ClaimState, InsuranceClaim
from medidesk.models.money import Money
from medidesk.models.types import new_id
from medidesk.permissions import Need
from medidesk.repositories import amounts, checks
from medidesk.repositories.billing.sums import ZERO
from medidesk.repositories.claims import queries
from medidesk.repositories.claims.making import AREA, describe, now, shown_claim
from medidesk.repositories.claims.rows import ClaimLineRow, ClaimRow
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.claim)
def answer(
    work: Work,
    claim_id: UUID,
    accepted: Mapping[UUID, str] | None = None,
    refusals: Mapping[UUID, str] | None = None,
    insurer_ref: str = "",
    said: str = "",
) -> UUID:
    """Note what the insurer has answered, or mend what was noted.

    Args:
        work: the unit of work.
        claim_id: of which claim.
        accepted: of each line, how much they pay, as it is typed; None, or a line that is left out, for all of it.
        refusals: of each line, why not the rest.
        insurer_ref: their number of the claim.
        said: what they wrote beside it.

    Raises:
        DomainError: it was not submitted, or they cannot pay more than was claimed.
    """
    row, shown = work.get(InsuranceClaim, claim_id), shown_claim(work, claim_id)
    if row.state not in {ClaimState.SUBMITTED, ClaimState.ANSWERED}:
        raise DomainError(tr("This claim is not with the insurer."), tr("Submit it first."))
    whole = ZERO
    for line in queries.lines(work.session, claim_id):
        typed = (accepted or {}).get(line.id)
        amount = line.claimed if typed is None else _accepted(line, typed, shown.currency)
        kept = work.get(ClaimLine, line.id)
        kept.accepted, whole = amount, whole + amount
        why = (refusals or {}).get(line.id, "") if amount < line.claimed else ""
        kept.refusal = checks.checked_text(ClaimLine, "refusal", why)
    row.state, row.answered_at, row.accepted = ClaimState.ANSWERED, now(), whole
    row.insurer_ref = checks.checked_text(InsuranceClaim, "insurer_ref", insurer_ref)
    row.answer = checks.checked_text(InsuranceClaim, "answer", said)
    describe(work, row, tr("{name}: insurer's answer"), whole)
    return row.id


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.claim)
def take(work: Work, claim_id: UUID, amount: str, reference: str = "") -> UUID:
    """Note what the insurer has paid for a claim: what has come in stands, whoever noted it before.

    Raises:
        DomainError: it was not submitted, or they owe less than that.
    """
    row, shown = work.see(InsuranceClaim, claim_id), shown_claim(work, claim_id)
    if row.state not in {ClaimState.SUBMITTED, ClaimState.ANSWERED}:
        raise DomainError(tr("This claim is not with the insurer."), tr("Submit it first, or reopen it."))
    taken = amounts.parse_amount(amount, shown.currency, field="amount")
    if not 0 < taken <= shown.due:
        raise DomainError(
            tr("Of this claim {amount} is to be paid.", amount=Money(max(shown.due, ZERO), shown.currency)),
            tr("Note that much at most; look for the other claims that the transfer is for."),
            field="amount",
        )
    work.add(
        Payment(
            org_id=row.org_id,
            patient_id=row.patient_id,
            invoice_id=row.invoice_id,
            receipt_id=new_id(),
            provisional_no=work.next_provisional(),
            way=Way.INSURER,
            amount=taken,
            reference=checks.checked_text(Payment, "reference", reference),
            taken_at=now(),
        )
    )
    describe(work, row, tr("{name}: insurer's payment"), taken)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.claim)
def reconcile(work: Work, claim_id: UUID, note: str = "") -> UUID:
    """Nothing more is expected of the insurer: what they did not pay is the patient's to pay.

    Raises:
        DomainError: it was not submitted, or they have paid too much.
    """
    row, shown = _reconcilable(work, claim_id)
    _end(row, shown.due, ZERO, note)
    describe(work, row, tr("{name}: claim reconciled"))
    return row.id


@verb("approvals", Need.ADD, Kind.CLAIM, shows=queries.claim)
def write_off(work: Work, claim_id: UUID, reason: str, to_patient: str = "") -> UUID:
    """Nothing more is expected of the insurer; the patient pays this of the rest, and nobody what is left.

    Args:
        work: the unit of work.
        claim_id: which.
        reason: why.
        to_patient: what the patient pays of it, as it is typed; "" for nothing.

    Raises:
        DomainError: as `reconcile`; or there is no reason, or less is left.
    """
    row, shown = _reconcilable(work, claim_id)
    own = amounts.parse_amount(to_patient, shown.currency, field="to_patient") if to_patient.strip() else ZERO
    if own > shown.due:
        raise DomainError(
            tr("The insurer left {amount}.", amount=Money(shown.due, shown.currency)),
            tr("The patient pays that much of it at most."),
            field="to_patient",
        )
    if not reason.strip():
        raise DomainError(tr("It is not said why."), tr("Give a reason."), field="reason")
    _end(row, own, shown.due - own, reason)
    describe(work, row, tr("{name}: rest of a claim written off"), row.written_off)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.claim)
def reopen(work: Work, claim_id: UUID) -> UUID:
    """Go on with a claim that was reconciled: what was shared out is the insurer's again."""
    row = work.get(InsuranceClaim, claim_id)
    if row.state is not ClaimState.RECONCILED:
        raise DomainError(
            tr("Only a claim that was reconciled is reopened."), tr("Make a withdrawn one anew.")
        )
    row.state = ClaimState.SUBMITTED if row.accepted is None else ClaimState.ANSWERED
    row.ended_at, row.end_note, row.to_patient, row.written_off = None, "", ZERO, ZERO
    describe(work, row, tr("{name}: claim reopened"))
    return row.id


def _accepted(line: ClaimLineRow, typed: str, currency: str) -> Decimal:
    amount = amounts.parse_amount(typed, currency, field="accepted")
    if amount > line.claimed:
        raise DomainError(
            tr("Of {text} {amount} was claimed.", text=line.text, amount=Money(line.claimed, currency)),
            tr("They accept that much at most."),
            field="accepted",
        )
    return amount


def _reconcilable(work: Work, claim_id: UUID) -> tuple[InsuranceClaim, ClaimRow]:
    row, shown = work.get(InsuranceClaim, claim_id), shown_claim(work, claim_id)
    if row.state not in {ClaimState.SUBMITTED, ClaimState.ANSWERED}:
        raise DomainError(tr("This claim is not with the insurer."), tr("Submit it first."))
    if shown.due < 0:
        raise DomainError(
            tr("The insurer has paid {amount} too much.", amount=Money(-shown.due, shown.currency)),
            tr("Give it back first."),
        )
    return row, shown


def _end(row: InsuranceClaim, to_patient: Decimal, written_off: Decimal, note: str) -> None:
    row.state, row.ended_at = ClaimState.RECONCILED, now()
    row.to_patient, row.written_off = to_patient, written_off
    row.end_note = checks.checked_text(InsuranceClaim, "end_note", note)
