"""What insurers owe, by how long ago they were asked."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.claims import ClaimState
from medidesk.repositories import ages, branch_clock
from medidesk.repositories.billing.sums import ZERO
from medidesk.repositories.claims.queries import of_branch
from medidesk.repositories.claims.rows import AgeRow, OwedRow
from medidesk.repositories.claims.to_claim import to_claim


def owed(session: Session, org_id: UUID) -> Iterator[OwedRow]:
    """What insurers still have to settle in a branch, bill by bill: what was claimed, then what is to be."""
    for row in of_branch(session, org_id):
        if row.due > 0:
            sent = None if row.state is ClaimState.DRAFT else row.submitted_at
            yield OwedRow(row.insurer_id, row.insurer, row.bill, sent, row.due)
    for one in to_claim(session, org_id):
        if one.bill.insurer_due > 0:
            yield OwedRow(one.insurer_id, one.insurer, one.bill, None, one.bill.insurer_due)


def ageing(session: Session, org_id: UUID, today: dt.date) -> list[AgeRow]:
    """The same added up by insurer and age; who owes most comes first."""
    zone = branch_clock.zone_of(session, org_id)
    found: dict[UUID, AgeRow] = {}
    for one in owed(session, org_id):
        if one.insurer_id is None:
            continue  # out of sight
        row = found.get(one.insurer_id)
        unsent, aged, claims = (
            (ZERO, [ZERO] * len(ages.BUCKETS), 0) if row is None else (row.unsent, list(row.aged), row.claims)
        )
        if one.sent_at is None:
            unsent += one.due
        else:
            aged[ages.bucket((today - branch_clock.day_of(one.sent_at, zone)).days)] += one.due
            claims += 1
        found[one.insurer_id] = AgeRow(
            one.insurer_id, one.insurer, one.bill.currency, unsent, tuple(aged), claims
        )
    return sorted(found.values(), key=lambda one: (-one.whole, one.insurer))
