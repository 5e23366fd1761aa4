"""What the queries about claims return: frozen rows that any thread may keep."""

import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from medidesk.models.claims import ClaimState
from medidesk.repositories.billing.rows import InvoiceRow
from medidesk.repositories.billing.sums import ZERO


class Stage(enum.StrEnum):
    """How far a claim has come, as people say it."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REFUSED = "refused"
    PAID = "paid"  # what was accepted
    RECONCILED = "reconciled"
    WITHDRAWN = "withdrawn"


_OF_STATE = {
    ClaimState.DRAFT: Stage.DRAFT,
    ClaimState.RECONCILED: Stage.RECONCILED,
    ClaimState.WITHDRAWN: Stage.WITHDRAWN,
}
OPEN = frozenset({ClaimState.DRAFT, ClaimState.SUBMITTED, ClaimState.ANSWERED})
"""Something is still expected, of the clinic or of the insurer."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim; fields as in `models.claims.InsuranceClaim`.

    Attributes:
        bill: its invoice, with the patient it is about and what the insurer has paid.
        insurer, payer_code: of whom it is claimed.
    """

    bill: InvoiceRow
    id: UUID
    org_id: UUID
    patient_id: UUID
    invoice_id: UUID
    insurer_id: UUID
    policy_no: str
    state: ClaimState
    authorisation: str
    note: str
    lines: int
    claimed: Decimal
    submitted_at: dt.datetime | None
    insurer_ref: str
    answered_at: dt.datetime | None
    answer: str
    accepted: Decimal | None
    ended_at: dt.datetime | None
    end_note: str
    to_patient: Decimal
    written_off: Decimal
    version: int
    created_at: dt.datetime
    created_by: UUID | None
    updated_by: UUID | None
    insurer: str
    payer_code: str

    @property
    def name(self) -> str:
        """The patient's given and family name."""
        return self.bill.name

    @property
    def number(self) -> str:
        """The claim's, which is the invoice's."""
        return self.bill.numbered

    @property
    def currency(self) -> str:
        """Of its amounts."""
        return self.bill.currency

    @property
    def paid(self) -> Decimal:
        """What the insurer has paid."""
        return self.bill.insurer_paid

    @property
    def due(self) -> Decimal:
        """What is not settled of it; below zero where the insurer has paid too much; nothing of a withdrawn one."""
        return ZERO if self.state is ClaimState.WITHDRAWN else self.bill.insurer_due

    @property
    def expected(self) -> Decimal:
        """What the insurer will still pay, as far as they have said: of what they accepted, or of all of it."""
        if self.state not in OPEN:
            return ZERO
        said = self.claimed if self.accepted is None else self.accepted
        return max(ZERO, min(self.due, said - self.paid))

    @property
    def credited(self) -> Decimal:
        """What was taken back of the invoice since the claim was made."""
        return max(ZERO, self.claimed - self.bill.insured)

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if self.state in _OF_STATE:
            return _OF_STATE[self.state]
        accepted = self.claimed if self.accepted is None else self.accepted
        if self.paid > 0 and self.paid >= min(accepted, self.bill.insured):
            return Stage.PAID
        if self.accepted is None:
            return Stage.SUBMITTED
        if not accepted:
            return Stage.REFUSED
        return Stage.PARTLY if accepted < self.claimed else Stage.ACCEPTED


@dataclass(frozen=True, slots=True)
class ClaimLineRow:
    """A line of a claim; fields as in `models.claims.ClaimLine`, and of the invoice's line.

    Attributes:
        code: of the service.
        done_at: when it was charged.
    """

    id: UUID
    claim_id: UUID
    invoice_line_id: UUID
    position: int
    claimed: Decimal
    accepted: Decimal | None
    refusal: str
    text: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal
    code: str
    done_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OwedRow:
    """What an insurer has to settle of one bill.

    Attributes:
        insurer_id, insurer: who; None and "" where that is out of sight.
        sent_at: when it was claimed of them; None where it has not been.
    """

    insurer_id: UUID | None
    insurer: str
    bill: InvoiceRow
    sent_at: dt.datetime | None
    due: Decimal


@dataclass(frozen=True, slots=True)
class AgeRow:
    """What one insurer still has to settle, by how long ago it was submitted.

    Attributes:
        unsent: what is to be claimed, or drafted.
        aged: what was submitted, in the buckets of `ages.BUCKETS`.
        claims: how many were submitted.
    """

    insurer_id: UUID
    insurer: str
    currency: str
    unsent: Decimal
    aged: tuple[Decimal, ...]
    claims: int

    @property
    def whole(self) -> Decimal:
        """All of it."""
        return self.unsent + sum(self.aged, ZERO)
