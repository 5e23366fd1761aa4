"""What stands on the paper of a claim, gathered: who issues it, the claim, and its lines."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.repositories import people
from medidesk.repositories.billing.papers import Issuer, issuer
from medidesk.repositories.claims import queries
from medidesk.repositories.claims.rows import ClaimLineRow, ClaimRow


@dataclass(frozen=True, slots=True)
class ClaimPaper:
    """A claim.

    Attributes:
        by: the name of whoever made it.
    """

    issuer: Issuer
    claim: ClaimRow
    lines: tuple[ClaimLineRow, ...]
    by: str


def claim_paper(session: Session, claim_id: UUID) -> ClaimPaper | None:
    """A claim, as it is printed; None where it is out of sight."""
    claim = queries.claim(session, claim_id)
    if claim is None:
        return None
    by = "" if claim.created_by is None else people.names(session).get(claim.created_by, "")
    lines = tuple(queries.lines(session, claim_id))
    return ClaimPaper(issuer(session, claim.org_id), claim, lines, by)
