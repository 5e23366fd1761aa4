"""The small forms beside a claim: begun, changed, answered, paid, reconciled, written off, withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout

from medidesk.errors import MediDeskError
from medidesk.models.billing import Payment
from medidesk.models.claims import ClaimLine, InsuranceClaim
from medidesk.models.money import decimals
from medidesk.repositories import amounts, claims
from medidesk.repositories.claims import ClaimRow
from medidesk.repositories.verbs import Verb
from medidesk.ui import billing_words as words
from medidesk.ui.claims.claim_view import left_words
from medidesk.ui.claims.reading import Looked, ShownLine
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.verb_panel import verb_panel
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.form import Field, FormSpec, Section
from medidesk.ui.kit.label import Label
from medidesk.ui.page import Desk
from medidesk.ui.text_field import text_field
from medidesk.words import tr

BEGIN, CHANGE, ANSWER, TAKE = "claims/begin/", "claims/change/", "claims/answer/", "claims/take/"
RECONCILE, WRITE_OFF, WITHDRAW = "claims/reconcile/", "claims/write-off/", "claims/withdraw/"
_WHY = "why/"
_TWO_COLUMNS_FROM = 300


def _about_it() -> tuple[Field, ...]:
    return (
        text_field(
            InsuranceClaim, "authorisation", tr("Authorisation"), span=2,
            help=tr("The number under which they agreed beforehand."),
        ),
        text_field(InsuranceClaim, "note", tr("Note, as it is printed"), span=2),
    )  # fmt: skip


class BeginPanel(EntryPanel):
    """A claim is begun: submitted at once, or kept as a draft."""

    def __init__(self, desk: Desk, now: Looked) -> None:
        self._desk, self._invoice_id = desk, now.bill.id
        self._verb: Verb = claims.file_claim
        super().__init__(
            tr("Claim {number}", number=now.bill.numbered), FormSpec(_about_it()),
            {"authorisation": "", "note": ""}, self._store, desk.station.drafts, f"{BEGIN}{now.bill.id}",
            is_new=True, saves=tr("Submit"),
        )  # fmt: skip
        amount = words.money(now.bill.insured, now.bill.currency)
        line = tr("{amount} of {insurer}.", amount=amount, insurer=now.insurer)
        self.body.insertWidget(0, Label(line, "body", "regular", "text.secondary", wrap=True))
        self.draft_button = Button(tr("Keep as a draft"), icon="pencil-line", key="Alt+S", size="small")
        self.draft_button.clicked.connect(self.keep_draft)
        row = QHBoxLayout()
        row.addWidget(self.draft_button)
        row.addStretch(1)
        self.body.insertLayout(2, row)

    def submit(self) -> None:
        """Submit it."""
        self._verb = claims.file_claim
        super().submit()

    def keep_draft(self) -> None:
        """Begin it, to be submitted later."""
        self._verb = claims.draft
        super().submit()

    def _store(
        self,
        typed: dict[str, Any],
        _changed: frozenset[str],
        resolves: UUID | None,
        done: Callable[[Any], None],
        failed: Callable[[MediDeskError], None],
    ) -> None:
        arguments = (self._invoice_id, str(typed["authorisation"]), str(typed["note"]))
        self._desk.bridge.run(self._verb, *arguments, done=done, failed=failed, resolves=resolves)


def change_panel(desk: Desk, claim: ClaimRow) -> EntryPanel:
    """What it says beside its amounts."""
    return verb_panel(
        desk, tr("Change {number}", number=claim.number), "", _about_it(),
        {"authorisation": claim.authorisation, "note": claim.note}, f"{CHANGE}{claim.id}",
        lambda typed: (claims.change, (claim.id, typed["authorisation"], typed["note"])),
    )  # fmt: skip


def answer_panel(desk: Desk, now: Looked, claim: ClaimRow) -> EntryPanel:
    """What the insurer accepts of each line: all of it as the form opens, or as it was noted before."""
    places = decimals(claim.currency)
    all_of_it = {str(line.id): amounts.plain(line.claimed, places) for line in now.lines}
    noted = {
        str(line.id): amounts.plain(line.claimed if line.accepted is None else line.accepted, places)
        for line in now.lines
    }
    reasons = {f"{_WHY}{line.id}": line.refusal for line in now.lines}

    def run(typed: Mapping[str, str]) -> tuple[Verb, tuple[Any, ...]]:
        accepted = {line.id: typed[str(line.id)].strip() or "0" for line in now.lines}
        refusals = {line.id: typed[f"{_WHY}{line.id}"] for line in now.lines}
        return claims.answer, (claim.id, accepted, refusals, typed["insurer_ref"], typed["answer"])

    fields: list[Field | Section] = [
        text_field(InsuranceClaim, "insurer_ref", tr("Their number of it")),
        text_field(InsuranceClaim, "answer", tr("What they say")),
    ]
    for line in now.lines:
        fields += _answered(line, claim.currency)
    values = {"insurer_ref": claim.insurer_ref, "answer": claim.answer} | noted | reasons
    panel = verb_panel(
        desk, tr("Answer to {number}", number=claim.number), "", fields, values, f"{ANSWER}{claim.id}", run,
        saves=tr("Note it"),
    )  # fmt: skip
    panel.form.fold_below(_TWO_COLUMNS_FROM)
    row = QHBoxLayout()
    row.setSpacing(8)
    for text, icon, fill in (
        (tr("They accept all of it"), "check-check", all_of_it),
        (tr("Nothing of it"), "ban", dict.fromkeys(all_of_it, "0")),
    ):
        button = Button(text, icon=icon, size="small")
        button.clicked.connect(lambda _on=False, fill=fill: _fill(panel, fill))
        row.addWidget(button)
    row.addStretch(1)
    panel.body.insertLayout(0, row)
    return panel


def take_panel(desk: Desk, claim: ClaimRow) -> EntryPanel:
    """What the insurer has paid: what is expected as the form opens."""
    most = claim.expected or claim.due
    return verb_panel(
        desk, tr("Payment for {number}", number=claim.number),
        tr("Of this claim {amount} is due.", amount=words.money(claim.due, claim.currency)),
        (
            Field("amount", tr("Paid, {currency}", currency=claim.currency), required=True, span=2),
            text_field(Payment, "reference", tr("Reference of the transfer"), span=2),
        ),
        {"amount": amounts.plain(most, decimals(claim.currency)), "reference": ""}, f"{TAKE}{claim.id}",
        lambda typed: (claims.take, (claim.id, typed["amount"], typed["reference"])), saves=tr("Note it"),
    )  # fmt: skip


def reconcile_panel(desk: Desk, claim: ClaimRow) -> EntryPanel:
    """Nothing more is expected of the insurer."""
    return verb_panel(
        desk, tr("Reconcile {number}", number=claim.number), left_words(claim),
        (text_field(InsuranceClaim, "note", tr("Note"), column="end_note", span=2),),
        {"note": ""}, f"{RECONCILE}{claim.id}",
        lambda typed: (claims.reconcile, (claim.id, typed["note"])), saves=tr("Reconcile"),
    )  # fmt: skip


def write_off_panel(desk: Desk, claim: ClaimRow) -> EntryPanel:
    """Nothing more is expected of the insurer, and nobody pays what is left, or some of it."""
    return verb_panel(
        desk, tr("Write off the rest of {number}", number=claim.number),
        tr("{amount} is left.", amount=words.money(claim.due, claim.currency)),
        (
            text_field(InsuranceClaim, "reason", tr("Why"), column="end_note", required=True, span=2),
            Field(
                "to_patient", tr("Of it the patient pays, {currency}", currency=claim.currency), span=2,
                help=tr("Empty: nothing."),
            ),
        ),
        {"reason": "", "to_patient": ""}, f"{WRITE_OFF}{claim.id}",
        lambda typed: (claims.write_off, (claim.id, typed["reason"], typed["to_patient"])),
        saves=tr("Write off"),
    )  # fmt: skip


def withdraw_panel(desk: Desk, claim: ClaimRow) -> EntryPanel:
    """The claim is given up."""
    return verb_panel(
        desk, tr("Withdraw {number}", number=claim.number), tr("Its bill can be claimed anew."),
        (text_field(InsuranceClaim, "reason", tr("Why"), column="end_note", required=True, span=2),),
        {"reason": ""}, f"{WITHDRAW}{claim.id}",
        lambda typed: (claims.withdraw, (claim.id, typed["reason"])), saves=tr("Withdraw"),
    )  # fmt: skip


def _answered(line: ShownLine, currency: str) -> tuple[Field | Section, ...]:
    most = tr("of {amount}", amount=words.figure(line.claimed, currency))
    return (
        Section(line.text),
        Field(str(line.id), tr("Accepted, {currency}", currency=currency), help=most),
        text_field(ClaimLine, f"{_WHY}{line.id}", tr("Why not the rest"), column="refusal"),
    )


def _fill(panel: EntryPanel, values: Mapping[str, str]) -> None:
    """Type these amounts; what was typed besides stays."""
    panel.form.set_values(values)
    panel.form.changed.emit("")
    panel.arrive()
