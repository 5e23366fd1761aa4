"""What is done to claims at their page, and how each is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from medidesk.repositories import claims
from medidesk.repositories.claims import ClaimRow
from medidesk.repositories.verbs import Verb
from medidesk.ui import billing_words as words
from medidesk.ui import claim_papers
from medidesk.ui.answers import refuse, saved_here, tell, waits
from medidesk.ui.claims.entries import Subject
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.claims.page import ClaimsPage


class Doing:
    """Of one page."""

    def __init__(self, page: ClaimsPage) -> None:
        self._page, self._desk = page, page.desk

    def submit(self) -> None:
        """Send the claim that is shown, or once more what was not accepted whole."""
        claim = self._shown()
        if claim is not None:
            self._run(claims.submit, claim.id, done=partial(self.submitted, claim.id))

    def accept(self) -> None:
        """The insurer pays all of it."""
        claim = self._shown()
        if claim is not None:
            self._run(claims.answer, claim.id, done=self.answered)

    def reconcile(self) -> None:
        """Nothing is left of it."""
        claim = self._shown()
        if claim is not None:
            self._run(claims.reconcile, claim.id, done=self.reconciled)

    def reopen(self) -> None:
        """Go on with one that was reconciled."""
        claim = self._shown()
        if claim is not None:
            self._run(claims.reopen, claim.id, done=partial(self.told, tr("Open again")))

    def print_claim(self) -> None:
        """Print what is shown."""
        claim = self._shown()
        if claim is not None:
            claim_papers.print_claim(self._desk, claim.id)

    # What it came to

    def submitted(self, of: UUID, outcome: Any) -> None:
        """It is with the insurer: the next one is to be dealt with."""
        row = getattr(outcome, "row", None)
        if self._is_refused(outcome) or not isinstance(row, ClaimRow):
            return
        self._desk.toast(
            tr("{number} claimed", number=row.number),
            _with_amount(row, outcome), icon="send", tone="warning" if waits(outcome) else "success",
            verb=tr("Print"), act=partial(claim_papers.print_claim, self._desk, row.id),
        )  # fmt: skip
        self._page.go_on_from(of, row.id)

    def drafted(self, of: UUID, outcome: Any) -> None:
        """It is begun, and submitted later."""
        row = getattr(outcome, "row", None)
        if self._is_refused(outcome) or not isinstance(row, ClaimRow):
            return
        self._desk.toast(tr("Kept as a draft: {number}", number=row.number), saved_here(outcome))
        self._page.go_on_from(of, row.id)

    def answered(self, outcome: Any) -> None:
        """The answer is noted."""
        row = getattr(outcome, "row", None)
        said = tr("Answer noted")
        if isinstance(row, ClaimRow) and row.accepted is not None:
            amount = words.money(row.accepted, row.currency)
            said = tr("Answer noted: {amount} accepted", amount=amount)
        self.told(said, outcome)

    def taken(self, outcome: Any) -> None:
        """A payment is noted."""
        row = getattr(outcome, "row", None)
        said = tr("Payment noted")
        if isinstance(row, ClaimRow) and row.due:
            said = tr("Payment noted: {amount} is still due", amount=words.money(row.due, row.currency))
        self.told(said, outcome)

    def reconciled(self, outcome: Any) -> None:
        """Nothing more is expected of the insurer."""
        row = getattr(outcome, "row", None)
        if not isinstance(row, ClaimRow) or not row.to_patient:
            self.told(tr("Reconciled"), outcome)
            return
        amount = words.money(row.to_patient, row.currency)
        self.told(tr("Reconciled: the patient pays {amount}", amount=amount), outcome)

    def told(self, said: str, outcome: Any) -> None:
        """Say what was saved, or that it waits here; what is shown stays."""
        if self._is_refused(outcome):
            return
        if waits(outcome):
            self._desk.toast(said, saved_here(outcome), tone="warning", icon="cloud-upload")
        else:
            tell(self._desk, said, outcome)
        row = getattr(outcome, "row", None)
        if isinstance(row, ClaimRow):
            self._page.look_at(Subject("claim", row.id))
        self._page.refresh(None)
        self._page.arrive_at_claim()

    def _is_refused(self, outcome: Any) -> bool:
        """Whether the server refused it; then that is told."""
        if getattr(outcome, "reason", None) is None:
            return False
        tell(self._desk, "", outcome)
        self._page.refresh(None)
        return True

    def _shown(self) -> ClaimRow | None:
        now = self._page.now
        return None if now is None else now.claim

    def _run(self, verb: Verb, *args: Any, done: Callable[[Any], None]) -> None:
        self._desk.bridge.run(verb, *args, done=done, failed=partial(refuse, self._desk, tr("Not done")))


def _with_amount(row: ClaimRow, outcome: Any) -> str:
    said = f"{row.name} · {row.insurer} · {words.money(row.claimed, row.currency)}"
    here = saved_here(outcome)
    return f"{said}. {here}" if here else said
