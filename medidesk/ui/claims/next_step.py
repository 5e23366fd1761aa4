"""What is to happen next with a claim: the one act that its state asks for, and a sentence about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from medidesk.models.claims import ClaimState
from medidesk.repositories.claims import ClaimRow, Stage
from medidesk.ui import billing_words as words
from medidesk.ui import moments
from medidesk.ui.claims.reading import Looked
from medidesk.words import tr


class Step(enum.StrEnum):
    """What can be done to a claim, or to a bill to make one."""

    CLAIM = "claim"
    SUBMIT = "submit"
    ANSWER = "answer"
    ACCEPT = "accept"
    TAKE = "take"
    RECONCILE = "reconcile"
    WRITE_OFF = "write_off"
    CHANGE = "change"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    GIVE_BACK = "give_back"


_WITH_INSURER = {ClaimState.SUBMITTED, ClaimState.ANSWERED}


def next_step(now: Looked) -> Step | None:
    """The one that its state asks for."""
    claim = now.claim
    if claim is None:
        return Step.CLAIM
    if claim.state is ClaimState.DRAFT:
        return Step.WITHDRAW if claim.credited else Step.SUBMIT
    if claim.state not in _WITH_INSURER:
        return Step.CLAIM if now.anew else None
    if claim.due < 0:
        return Step.GIVE_BACK
    if claim.accepted is None:
        return Step.RECONCILE if claim.due == 0 else Step.ANSWER
    return Step.TAKE if claim.expected > 0 else Step.RECONCILE


def steps(now: Looked) -> frozenset[Step]:
    """All that can be done, whoever may."""
    claim = now.claim
    if claim is None:
        return frozenset({Step.CLAIM})
    found = {Step.CLAIM} if now.anew else set[Step]()
    if claim.state is ClaimState.DRAFT:
        found |= {Step.CHANGE, Step.WITHDRAW} | (set() if claim.credited else {Step.SUBMIT})
    if claim.state in _WITH_INSURER:
        found |= {Step.ANSWER}
        found |= {Step.TAKE} if claim.due > 0 else set()
        found |= {Step.GIVE_BACK} if claim.due < 0 else {Step.RECONCILE}
        found |= {Step.WRITE_OFF} if claim.due > 0 else set()
        found |= {Step.WITHDRAW} if not claim.paid else set()
    if claim.state is ClaimState.SUBMITTED:
        found |= {Step.ACCEPT}
    if claim.state is ClaimState.ANSWERED:
        found |= {Step.CHANGE} | ({Step.SUBMIT} if claim.accepted != claim.claimed else set())
    if claim.state is ClaimState.RECONCILED:
        found |= {Step.REOPEN}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Said:
    """A notice."""

    title: str
    line: str = ""
    tone: str = "info"
    icon: str = "info"


def said(now: Looked) -> Said:
    """How it stands, in words."""
    claim, bill = now.claim, now.bill
    if claim is None:
        amount = words.money(bill.insured, bill.currency)
        who = now.insurer or tr("The insurer")
        return Said(
            tr("{insurer} has not been asked yet", insurer=who),
            tr("They pay {amount} of this bill. F9 claims it.", amount=amount),
            "warning",
            "shield-alert",
        )
    if claim.state is ClaimState.DRAFT:
        return _draft(claim)
    if claim.state is ClaimState.RECONCILED:
        return _reconciled(claim)
    if claim.state is ClaimState.WITHDRAWN:
        again = tr(" F9 claims it anew.") if now.anew else ""
        return Said(tr("Withdrawn"), claim.end_note + again, "neutral", "x")
    return _with_insurer(claim)


def _draft(claim: ClaimRow) -> Said:
    if claim.credited:
        amount = words.money(claim.credited, claim.currency)
        return Said(
            tr("{amount} of it was credited since it was begun", amount=amount),
            tr("Withdraw it, and claim the rest anew."),
            "warning",
            "undo-2",
        )
    return Said(
        tr("Not submitted yet"), tr("F9 submits it; then it is printed or sent."), "warning", "pencil-line"
    )


def _with_insurer(claim: ClaimRow) -> Said:
    due, expected = words.money(claim.due, claim.currency), words.money(claim.expected, claim.currency)
    if claim.due < 0:
        amount = words.money(-claim.due, claim.currency)
        return Said(
            tr("The insurer has paid {amount} too much", amount=amount),
            tr("F9 shows the bill: there it is given back. Then the claim is reconciled."),
            "danger",
            "hand-coins",
        )
    if claim.due == 0:
        return Said(tr("Nothing is due any more"), tr("F9 reconciles it."), "success", "circle-check")
    if claim.accepted is None:
        since = moments.when(claim.submitted_at or claim.created_at)
        return Said(
            tr("Their answer is awaited since {time}", time=since),
            tr("F9 notes it; Alt+W notes that they accept all of it."),
            "info",
            "send",
        )
    if claim.expected > 0:
        rest = claim.due - claim.expected
        left = (
            tr(" They refuse {amount}.", amount=words.money(rest, claim.currency)) if rest > 0 else ""
        ) + (f" {claim.answer}" if claim.answer else "")
        title = tr("{amount} is expected of the insurer", amount=expected)
        return Said(title, tr("F9 notes their payment.") + left, "info", "clock")
    title = (
        tr("Refused: {amount}", amount=due)
        if claim.stage is Stage.REFUSED
        else tr("{amount} is left, which they do not pay", amount=due)
    )
    line = tr("F9 reconciles it: the patient pays that. Or submit it again (Alt+U).")
    return Said(title, f"{claim.answer} {line}".strip(), "warning", "split")


def _reconciled(claim: ClaimRow) -> Said:
    parts = []
    if claim.to_patient:
        parts.append(tr("The patient pays {amount}.", amount=words.money(claim.to_patient, claim.currency)))
    if claim.written_off:
        amount = words.money(claim.written_off, claim.currency)
        parts.append(tr("Nobody pays {amount}.", amount=amount))
    if claim.end_note:
        parts.append(claim.end_note)
    return Said(tr("Done"), " ".join(parts), "neutral", "check-check")
