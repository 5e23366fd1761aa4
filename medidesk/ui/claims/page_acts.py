"""What can be done to the claim that is shown, as its buttons say it and its keys do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from medidesk.ui.bill_head import Act
from medidesk.ui.claims.next_step import Step, next_step, steps
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.claims.page import ClaimsPage

NEXT_KEY = "F9"
_ORDER = (
    *(Step.CLAIM, Step.SUBMIT, Step.ACCEPT, Step.ANSWER, Step.TAKE, Step.RECONCILE, Step.GIVE_BACK),
    *(Step.WRITE_OFF, Step.CHANGE, Step.WITHDRAW, Step.REOPEN),
)
_CHANGES = (
    Step.SUBMIT, Step.ACCEPT, Step.ANSWER, Step.RECONCILE, Step.CHANGE, Step.WITHDRAW, Step.REOPEN,
)  # fmt: skip
"""Of a claim that is there; the others make one, take money or give it back."""
KEYS = {
    Step.CLAIM: "Alt+C",
    Step.SUBMIT: "Alt+U",
    Step.ACCEPT: "Alt+W",
    Step.ANSWER: "Alt+N",
    Step.TAKE: "Alt+P",
    Step.RECONCILE: "Alt+R",
    Step.GIVE_BACK: "Alt+G",
    Step.WRITE_OFF: "Alt+O",
    Step.CHANGE: "Alt+E",
    Step.WITHDRAW: "Alt+X",
    Step.REOPEN: "Alt+Z",
}


def step_words(step: Step) -> tuple[str, str]:
    """What a step is called, and its icon."""
    return {
        Step.CLAIM: (tr("Claim it"), "shield-check"),
        Step.SUBMIT: (tr("Submit"), "send"),
        Step.ACCEPT: (tr("Accepted whole"), "check-check"),
        Step.ANSWER: (tr("Note the answer"), "pencil-line"),
        Step.TAKE: (tr("Note a payment"), "landmark"),
        Step.RECONCILE: (tr("Reconcile"), "check"),
        Step.GIVE_BACK: (tr("Give back"), "undo-2"),
        Step.WRITE_OFF: (tr("Write off"), "circle-slash"),
        Step.CHANGE: (tr("Change"), "pencil"),
        Step.WITHDRAW: (tr("Withdraw"), "x"),
        Step.REOPEN: (tr("Reopen"), "rotate-ccw"),
    }[step]


class PageActs:
    """Of one page."""

    def __init__(self, page: ClaimsPage) -> None:
        self._page = page
        can = page.desk.station.can
        self._may = dict.fromkeys(Step, can("billing", "add"))
        self._may |= dict.fromkeys(_CHANGES, can("billing", "change"))
        self._may[Step.WRITE_OFF] = can("approvals", "add")

    def can(self, step: Step) -> bool:
        """Whether whoever is signed in can do this now to what is shown."""
        now = self._page.now
        return now is not None and self._may[step] and step in steps(now)

    def next(self) -> Step | None:
        """What the state asks for, where they may do it."""
        now = self._page.now
        step = None if now is None else next_step(now)
        return step if step is not None and self.can(step) else None

    def shown(self) -> tuple[Act | None, list[Act], list[Act]]:
        """The next step, the others, and where else the patient is shown."""
        first, others = self.next(), list[Act]()
        for step in _ORDER:
            if step is not first and self.can(step):
                others.append(self._act(step, KEYS[step]))
        now = self._page.now
        if now is not None and now.claim is not None:
            others.append((tr("Print"), "printer", "Ctrl+P", self._page.doing.print_claim))
        ways: list[Act] = [
            (tr("Bill"), "wallet", "Alt+B", self.open_bill),
            (tr("File"), "user", "Alt+F", self.open_file),
        ]
        return None if first is None else self._act(first, NEXT_KEY), others, ways

    def do_next(self) -> None:
        """Do what the state asks for."""
        step = self.next()
        if step is not None:
            self._does(step)()

    def do(self, step: Step) -> None:
        """Do this, where it can be done."""
        if self.can(step):
            self._does(step)()

    def open_bill(self) -> None:
        """The invoice that is claimed, at the cashier."""
        now = self._page.now
        if now is not None:
            self._page.desk.open_invoice(now.bill.id)

    def open_file(self) -> None:
        """The patient's file."""
        now = self._page.now
        if now is not None:
            self._page.desk.open_file(now.bill.file_id)

    def _act(self, step: Step, key: str) -> Act:
        text, icon = step_words(step)
        now = self._page.now
        if (
            step is Step.SUBMIT
            and now is not None
            and now.claim is not None
            and now.claim.submitted_at is not None
        ):
            text = tr("Submit again")
        return (text, icon, key, self._does(step))

    def _does(self, step: Step) -> Callable[[], object]:
        beside, doing = self._page.beside, self._page.doing
        return {
            Step.CLAIM: beside.begin,
            Step.SUBMIT: doing.submit,
            Step.ACCEPT: doing.accept,
            Step.ANSWER: beside.answer,
            Step.TAKE: beside.take,
            Step.RECONCILE: self._reconcile,
            Step.GIVE_BACK: self.open_bill,
            Step.WRITE_OFF: beside.write_off,
            Step.CHANGE: beside.change,
            Step.WITHDRAW: beside.withdraw,
            Step.REOPEN: doing.reopen,
        }[step]

    def _reconcile(self) -> None:
        """With nothing left there is nothing to ask."""
        now = self._page.now
        if now is not None and now.claim is not None and now.claim.due == 0:
            self._page.doing.reconcile()
        else:
            self._page.beside.reconcile()
