"""What stands in the list of claims under each of its filters, and what a search finds."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from medidesk.models.claims import ClaimState
from medidesk.repositories import billing, claims, patients
from medidesk.repositories.billing import InvoiceRow
from medidesk.repositories.claims import ClaimRow, ToClaimRow
from medidesk.ui import billing_words as words
from medidesk.ui import claim_words
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.table import Column
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Station

DONE_DAYS = 90
"""How long what has ended stays in the list."""
_FOUND_MOST = 20

What = Literal["bill", "claim"]


class View(enum.StrEnum):
    """The filters, in their order."""

    TO_CLAIM = "to_claim"
    DRAFTS = "drafts"
    SENT = "sent"
    ANSWERED = "answered"
    DONE = "done"
    BY_AGE = "by_age"


_OF_STATE = {
    ClaimState.DRAFT: View.DRAFTS,
    ClaimState.SUBMITTED: View.SENT,
    ClaimState.ANSWERED: View.ANSWERED,
}


def view_name(view: View) -> str:
    """What a filter is called."""
    return {
        View.TO_CLAIM: tr("To claim"),
        View.DRAFTS: tr("Drafts"),
        View.SENT: tr("With the insurer"),
        View.ANSWERED: tr("Answered"),
        View.DONE: tr("Done"),
        View.BY_AGE: tr("By age"),
    }[view]


def nothing_there(view: View) -> tuple[str, str, str]:
    """An icon, a sentence and the reason where there is nothing under a filter."""
    gathers = tr("A bill of somebody who is insured stands here once it is issued.")
    return {
        View.TO_CLAIM: ("check-check", tr("Nothing is to be claimed"), gathers),
        View.DRAFTS: ("pencil-line", tr("No draft"), tr("A claim is kept as one with Alt+S.")),
        View.SENT: ("send", tr("No insurer has to answer"), ""),
        View.ANSWERED: ("circle-check", tr("No answer is to be dealt with"), ""),
        View.DONE: ("history", tr("Nothing has ended in the last {days} days", days=DONE_DAYS), ""),
        View.BY_AGE: ("circle-check", tr("No insurer owes anything"), ""),
    }[view]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is shown beside the list: a claim, or a bill that is to be claimed."""

    what: What
    id: UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list.

    Attributes:
        id: of the claim; of a bill that is to be claimed, the bill's.
        claim: None where nobody has been asked yet.
    """

    id: UUID
    bill: InvoiceRow
    claim: ClaimRow | None
    insurer_id: UUID | None
    insurer: str
    policy_no: str

    @property
    def subject(self) -> Subject:
        """What is shown of it."""
        return Subject("bill" if self.claim is None else "claim", self.id)

    @property
    def chip(self) -> ChipLook:
        """How far it is."""
        return claim_words.to_claim_chip() if self.claim is None else claim_words.stage_chip(self.claim.stage)

    @property
    def claimed(self) -> Decimal:
        """What was claimed, or can be."""
        return self.bill.insured if self.claim is None else self.claim.claimed

    @property
    def due(self) -> Decimal:
        """What the insurer has not settled."""
        return self.bill.insurer_due if self.claim is None else self.claim.due

    @property
    def since(self) -> dt.datetime:
        """From when its age counts: issued, begun, submitted or ended."""
        one = self.claim
        if one is None:
            return self.bill.issued_at or self.bill.created_at
        return one.ended_at or one.submitted_at or one.created_at

    def says(self, typed: str) -> bool:
        """Whether each word that was typed begins a word of it."""
        said = [self.bill.name, self.bill.numbered, self.bill.file_no, self.insurer, self.policy_no]
        if self.claim is not None:
            said += [self.claim.insurer_ref, self.claim.authorisation]
        begun = [word for part in said for word in patients.search_terms(part)]
        return all(any(word.startswith(term) for word in begun) for term in patients.search_terms(typed))


def columns() -> tuple[Column, ...]:
    """Of the list."""
    return (
        Column(
            tr("Patient"), lambda row: row.bill.name, 128, weight="semibold",
            secondary=lambda row: row.bill.numbered, grow=3,
        ),
        Column(
            tr("Insurer"), lambda row: row.insurer, 112, secondary=lambda row: row.policy_no, grow=2, leaves=3,
        ),
        Column(tr("Stage"), lambda row: row.chip.text, 122, kind="chips", chips=lambda row: (row.chip,)),
        Column(
            tr("Claimed"), lambda row: words.figure(row.claimed, row.bill.currency), 78, kind="figures",
            align="end", leaves=1,
        ),
        Column(tr("Due"), _due, 100, kind="figures", align="end", weight="semibold", secondary=_expected),
        Column(tr("Age"), lambda row: words.age(row.since), 64, kind="figures", align="end", leaves=2),
    )  # fmt: skip


def entries(station: Station) -> dict[View, list[Entry]]:
    """What stands under each filter."""
    read, org = station.read, station.user.org_id
    found: dict[View, list[Entry]] = {view: [] for view in View}
    found[View.TO_CLAIM] = [of_bill(one) for one in read(claims.to_claim, org)]
    for row in read(claims.of_branch, org):
        found[_OF_STATE[row.state]].append(of_claim(row))
    now = dt.datetime.now(dt.UTC)
    since, until = now - dt.timedelta(days=DONE_DAYS), now + dt.timedelta(days=1)
    found[View.DONE] = [of_claim(row) for row in reversed(read(claims.ended_between, org, since, until))]
    return found


def search(station: Station, typed: str, there: Mapping[View, Iterable[Entry]]) -> list[Entry]:
    """What of the list says what was typed; then older claims, by the invoice's number or the patient."""
    read = station.read
    found = [entry for some in there.values() for entry in some if entry.says(typed)]
    for bill in read(billing.by_number, typed):
        claim = read(claims.live_of, bill.id)
        found += [] if claim is None else [of_claim(claim)]
    people = [patient.id for patient in read(patients.search, typed, limit=_FOUND_MOST)]
    found += map(of_claim, read(claims.of_patients, *people))
    return list({entry.id: entry for entry in found}.values())


def of_bill(row: ToClaimRow) -> Entry:
    """A bill that is to be claimed."""
    return Entry(row.bill.id, row.bill, None, row.insurer_id, row.insurer, row.policy_no)


def of_claim(row: ClaimRow) -> Entry:
    """A claim."""
    return Entry(row.id, row.bill, row, row.insurer_id, row.insurer, row.policy_no)


def _due(row: Entry) -> str:
    return words.figure(row.due, row.bill.currency) if row.due else ""


def _expected(row: Entry) -> str:
    """What they have said that they pay, where that is less than what is due."""
    if row.due < 0:
        return tr("too much")
    if row.claim is None or not row.due or row.claim.state is not ClaimState.ANSWERED:
        return ""
    expected = row.claim.expected
    return (
        "" if expected == row.due else tr("pays {amount}", amount=words.figure(expected, row.bill.currency))
    )
