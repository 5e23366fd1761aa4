"""What insurers owe, by how long ago they were asked."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.claims import ClaimState
from medidesk.repositories import ages, branch_clock
from medidesk.repositories.billing.rows import InvoiceRow
from medidesk.repositories.billing.sums import ZERO
from medidesk.repositories.claims.queries import of_branch
from medidesk.repositories.claims.rows import AgeRow
from medidesk.repositories.claims.to_claim import to_claim


def ageing(session: Session, org_id: UUID, today: dt.date) -> list[AgeRow]:
    """What each insurer still has to settle in a branch, by age; who owes most comes first."""
    zone = branch_clock.zone_of(session, org_id)
    found: dict[UUID, AgeRow] = {}

    def add(insurer_id: UUID, insurer: str, bill: InvoiceRow, due: Decimal, sent: dt.datetime | None) -> None:
        row = found.get(insurer_id) or AgeRow(
            insurer_id, insurer, bill.currency, ZERO, (ZERO,) * len(ages.BUCKETS), 0
        )
        aged = list(row.aged)
        if sent is not None:
            aged[ages.bucket((today - branch_clock.day_of(sent, zone)).days)] += due
        found[insurer_id] = AgeRow(
            insurer_id, insurer, row.currency, row.unsent + (ZERO if sent else due), tuple(aged),
            row.claims + (sent is not None),
        )  # fmt: skip

    for row in of_branch(session, org_id):
        if row.due > 0:
            sent = None if row.state is ClaimState.DRAFT else row.submitted_at
            add(row.insurer_id, row.insurer, row.bill, row.due, sent)
    for one in to_claim(session, org_id):
        if one.insurer_id is not None and one.bill.insurer_due > 0:
            add(one.insurer_id, one.insurer, one.bill, one.bill.insurer_due, None)
    return sorted(found.values(), key=lambda one: (-one.whole, one.insurer))
