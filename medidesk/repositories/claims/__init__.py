"""Claims: what insurers are asked to pay of invoices, and what becomes of it. Callers write `claims.submit`."""

from medidesk.repositories.claims.ageing import ageing, owed
from medidesk.repositories.claims.answering import answer, reconcile, reopen, take, write_off
from medidesk.repositories.claims.making import change, draft, file_claim, submit, withdraw
from medidesk.repositories.claims.papers import ClaimPaper, claim_paper
from medidesk.repositories.claims.queries import (
    claim,
    ended_between,
    lines,
    live_of,
    of_branch,
    of_patients,
    some,
    unclaimed,
)
from medidesk.repositories.claims.rows import OPEN, AgeRow, ClaimLineRow, ClaimRow, OwedRow, Stage
from medidesk.repositories.claims.to_claim import ToClaimRow, claimable, to_claim

__all__ = [
    "OPEN", "AgeRow", "ClaimLineRow", "ClaimPaper", "ClaimRow", "OwedRow", "Stage", "ToClaimRow", "ageing",
    "answer", "change", "claim", "claim_paper", "claimable", "draft", "ended_between", "file_claim", "lines",
    "live_of", "of_branch", "of_patients", "owed", "reconcile", "reopen", "some", "submit", "take", "to_claim",
    "unclaimed", "withdraw", "write_off",
]  # fmt: skip
