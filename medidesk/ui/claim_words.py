"""Claims in words and chips."""

from __future__ import annotations

from medidesk.repositories.claims import ClaimRow, Stage
from medidesk.ui.kit.chip import ChipLook
from medidesk.words import tr

ICON = "shield-check"


def to_claim_chip(*, large: bool = False) -> ChipLook:
    """No insurer has been asked yet."""
    return ChipLook(tr("To claim"), "warning", "shield-alert", large=large)


def stage_chip(stage: Stage, *, large: bool = False) -> ChipLook:
    """How far a claim has come; in a list in fewer words."""
    text, tone, icon = {
        Stage.DRAFT: (tr("Draft"), "neutral", "pencil-line"),
        Stage.SUBMITTED: (tr("Submitted"), "info", "send"),
        Stage.ACCEPTED: (tr("Accepted"), "success", "check"),
        Stage.PARTLY: (tr("Accepted in part") if large else tr("In part"), "warning", "split"),
        Stage.REFUSED: (tr("Refused"), "danger", "ban"),
        Stage.PAID: (tr("Paid"), "success", "circle-check"),
        Stage.RECONCILED: (tr("Reconciled"), "neutral", "check-check"),
        Stage.WITHDRAWN: (tr("Withdrawn"), "neutral", "x"),
    }[stage]
    return ChipLook(text, tone, icon, large=large)


def stage_of_bill(claim: ClaimRow | None, insurer: str, *, large: bool = False) -> ChipLook:
    """The same beside a bill, with who is asked."""
    look = to_claim_chip(large=large) if claim is None else stage_chip(claim.stage, large=large)
    words = tr("{insurer}: {stage}", insurer=insurer or tr("Insurer"), stage=look.text.lower())
    return ChipLook(words, look.tone, look.icon, large=large)
