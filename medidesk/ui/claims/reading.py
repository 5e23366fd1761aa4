"""What is shown of a claim, or of a bill that is to be claimed, as the replica holds it now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from medidesk.models.billing import Way
from medidesk.repositories import billing, claims
from medidesk.repositories.billing import InvoiceRow, LineRow, PaymentRow
from medidesk.repositories.claims import ClaimLineRow, ClaimRow
from medidesk.ui.claims.entries import Subject
from medidesk.ui.page import Desk


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a claim; of a bill that is to be claimed, what would be one."""

    id: UUID
    text: str
    code: str
    done_at: dt.datetime | None
    total: Decimal
    claimed: Decimal
    accepted: Decimal | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything that the view shows.

    Attributes:
        claim: None for a bill that is to be claimed.
        payments: what the insurer has paid, the latest first.
        anew: it was withdrawn, and its bill can be claimed anew.
    """

    bill: InvoiceRow
    claim: ClaimRow | None
    insurer: str
    policy_no: str
    lines: tuple[ShownLine, ...]
    payments: tuple[PaymentRow, ...] = ()
    anew: bool = False

    @property
    def subject(self) -> Subject:
        """What it is of."""
        return Subject("bill", self.bill.id) if self.claim is None else Subject("claim", self.claim.id)


def looked(desk: Desk, subject: Subject) -> Looked | None:
    """It; of a bill that was claimed meanwhile its claim. None for what is no longer there."""
    read = desk.station.read
    if subject.what == "bill":
        found = read(claims.claimable, subject.id)
        if found is not None:
            lines = tuple(_of_bill(line) for line in read(billing.lines, subject.id) if line.claimable > 0)
            return Looked(found.bill, None, found.insurer, found.policy_no, lines)
        claim = read(claims.live_of, subject.id)
    else:
        claim = read(claims.claim, subject.id)
    if claim is None:
        return None
    payments = read(billing.payments_of, claim.invoice_id)
    return Looked(
        claim.bill,
        claim,
        claim.insurer,
        claim.policy_no,
        tuple(map(_of_claim, read(claims.lines, claim.id))),
        tuple(one for one in payments if one.way is Way.INSURER),
        read(claims.claimable, claim.invoice_id) is not None,
    )


def _of_bill(line: LineRow) -> ShownLine:
    return ShownLine(line.id, line.text, "", None, line.total, line.claimable)


def _of_claim(line: ClaimLineRow) -> ShownLine:
    return ShownLine(
        line.id, line.text, line.code, line.done_at, line.total, line.claimed, line.accepted, line.refusal
    )
