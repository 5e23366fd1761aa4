"""Claims: what insurers are asked to pay of invoices, and what becomes of it. Callers write `claims.submit`."""

from medidesk.repositories.claims.answering import answer, reconcile, reopen, take, write_off
from medidesk.repositories.claims.making import change, draft, file_claim, submit, withdraw
from medidesk.repositories.claims.queries import (
    ageing,
    claim,
    ended_between,
    lines,
    live_of,
    of_branch,
    of_patient,
    unclaimed,
)
from medidesk.repositories.claims.rows import OPEN, AgeRow, ClaimLineRow, ClaimRow, Stage

__all__ = [
    "OPEN", "AgeRow", "ClaimLineRow", "ClaimRow", "Stage", "ageing", "answer", "change", "claim", "draft",
    "ended_between", "file_claim", "lines", "live_of", "of_branch", "of_patient", "reconcile", "reopen", "submit",
    "take", "unclaimed", "withdraw", "write_off",
]  # fmt: skip
