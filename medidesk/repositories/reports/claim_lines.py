"""Claims line by line, for the insurer's or the bookkeeper's own program."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.money import Money
from medidesk.repositories import branch_clock, claims
from medidesk.repositories.claims import ClaimLineRow, ClaimRow
from medidesk.repositories.labels import shown
from medidesk.repositories.reports.rows import Cell, Column, Figure, Table
from medidesk.words import tr

_AT_ONCE = 500


def claim_lines(session: Session, claim_ids: Sequence[UUID]) -> Table:
    """A row for each line of these claims, in this order; one that is no longer there is left out."""
    found: dict[UUID, ClaimRow] = {}
    lines: dict[UUID, list[ClaimLineRow]] = {}
    for at in range(0, len(claim_ids), _AT_ONCE):
        some = claim_ids[at : at + _AT_ONCE]
        found |= {claim.id: claim for claim in claims.some(session, *some)}
        for line in claims.lines(session, *some):
            lines.setdefault(line.claim_id, []).append(line)
    rows: list[tuple[Cell, ...]] = []
    for claim in (found[claim_id] for claim_id in claim_ids if claim_id in found):
        zone = branch_clock.zone_of(session, claim.org_id)
        rows += [_cells(claim, line, zone) for line in lines.get(claim.id, ())]
    return Table(tr("Claims"), _columns(), tuple(rows))


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("Claim")),
        Column(tr("Insurer")),
        Column(tr("Payer code")),
        Column(tr("Policy")),
        Column(tr("Authorisation")),
        Column(tr("File")),
        Column(tr("Patient")),
        Column(tr("Born"), Figure.DAY),
        Column(tr("Invoice")),
        Column(tr("Invoiced"), Figure.DAY),
        Column(tr("Service date"), Figure.DAY),
        Column(tr("Code")),
        Column(tr("Service")),
        Column(tr("Quantity")),
        Column(tr("Unit price"), Figure.MONEY),
        Column(tr("Total"), Figure.MONEY),
        Column(tr("Claimed"), Figure.MONEY),
        Column(tr("Accepted"), Figure.MONEY),
        Column(tr("Refusal")),
        Column(tr("Stage")),
        Column(tr("Submitted"), Figure.DAY),
        Column(tr("Insurer's reference")),
        Column(tr("Currency")),
    )


def _cells(claim: ClaimRow, line: ClaimLineRow, zone: dt.tzinfo) -> tuple[Cell, ...]:
    bill = claim.bill

    def day(moment: dt.datetime | None) -> dt.date | None:
        return None if moment is None else branch_clock.day_of(moment, zone)

    def money(amount: Decimal | None) -> Decimal | None:
        return None if amount is None else Money(amount, claim.currency).rounded().amount

    return (
        claim.number,
        claim.insurer,
        claim.payer_code,
        claim.policy_no,
        claim.authorisation,
        bill.file_no,
        bill.name,
        bill.born_on,
        bill.numbered,
        day(bill.issued_at),
        day(line.done_at or bill.issued_at),
        line.code,
        line.text,
        f"{line.quantity.normalize():f}",
        money(line.unit_price),
        money(line.total),
        money(line.claimed),
        money(line.accepted),
        line.refusal,
        shown(claim.stage),
        day(claim.submitted_at),
        claim.insurer_ref,
        claim.currency,
    )
