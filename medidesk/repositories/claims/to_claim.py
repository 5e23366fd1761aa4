"""Bills of which an insurer is to pay something and is not asked yet, with the insurer of each."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.repositories.billing import queries as bills
from medidesk.repositories.billing.rows import InvoiceRow
from medidesk.repositories.claims import queries

_policy, _insurer = table_of(InsurancePolicy), table_of(Insurer)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ToClaimRow:
    """A bill that can be claimed.

    Attributes:
        insurer_id, insurer: of whom; None and "" where the policy is out of sight.
        policy_no: under which policy.
    """

    bill: InvoiceRow
    insurer_id: UUID | None
    insurer: str
    policy_no: str


def to_claim(session: Session, org_id: UUID) -> list[ToClaimRow]:
    """Those of a branch, the oldest first."""
    return _with_insurers(session, queries.unclaimed(session, org_id))


def claimable(session: Session, invoice_id: UUID) -> ToClaimRow | None:
    """One bill; None where no insurer pays anything of it, or it is claimed."""
    bill = bills.invoice(session, invoice_id)
    if bill is None or bill.issued_at is None or bill.insured <= 0:
        return None
    if queries.live_of(session, invoice_id) is not None:
        return None
    return _with_insurers(session, [bill])[0]


def _with_insurers(session: Session, found: list[InvoiceRow]) -> list[ToClaimRow]:
    wanted = list({row.policy_id for row in found if row.policy_id is not None})
    policies = {
        policy_id: rest
        for at in range(0, len(wanted), _AT_ONCE)
        for policy_id, *rest in session.execute(
            sa.select(
                _policy.c.id, _policy.c.insurer_id, sa.func.coalesce(_insurer.c.name, ""), _policy.c.policy_no
            )
            .select_from(_policy.outerjoin(_insurer, _insurer.c.id == _policy.c.insurer_id))
            .where(_policy.c.id.in_(wanted[at : at + _AT_ONCE]))
        )
    }
    nobody = (None, "", "")
    return [ToClaimRow(row, *policies.get(row.policy_id, nobody)) for row in found]
