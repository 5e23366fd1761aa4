"""The paper of a claim, as the insurer gets it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.claims import ClaimState
from medidesk.repositories import claims
from medidesk.ui import moments
from medidesk.ui.bill_values import Amounts, day_words, head, moment_words, provisional
from medidesk.ui.page import Desk
from medidesk.ui.printing.codes import code_128
from medidesk.ui.printing.document import Document, Paper
from medidesk.ui.printing.page import show
from medidesk.ui.printing.templates import filled
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.repositories.claims import ClaimLineRow, ClaimPaper
    from medidesk.station import Station
    from medidesk.ui.printing.templates import Values


def print_claim(desk: Desk, claim_id: UUID) -> None:
    """Show how a claim will look on paper; from there it is printed, or kept as PDF."""
    station = desk.station
    gone = DomainError(tr("This entry is no longer there."), tr("Look at the list again."))
    if station.read(claims.claim_paper, claim_id) is None:
        desk.toast(gone.sentence, gone.next_step, tone="danger", icon="printer")
        return

    def make() -> Document:
        found = station.read(claims.claim_paper, claim_id)
        if found is None:
            raise gone
        return claim(station, found)

    show(desk, make)


def claim(station: Station, paper: ClaimPaper) -> Document:
    """A claim as it is printed."""
    bill = paper.claim.bill
    html = filled("claim", of_claim(paper), station.home)
    title = f"{claim_title(paper)} {bill.numbered}"
    pictures = {"bars": code_128(bill.number or bill.provisional_no or "")}
    return Document("claim", title, html, Paper.A4, pictures, foot=title)


def claim_title(paper: ClaimPaper) -> str:
    """What kind of paper it is."""
    return {
        ClaimState.DRAFT: tr("Draft of a claim"),
        ClaimState.WITHDRAWN: tr("Withdrawn claim"),
    }.get(paper.claim.state, tr("Claim"))


def of_claim(paper: ClaimPaper) -> Values:
    """What stands on it, by the names that its template has; docs/printing.md says what each of them is."""
    one, zone = paper.claim, paper.issuer.zone
    bill, said = one.bill, Amounts(paper.issuer.currency)
    return {
        **head(paper.issuer, copy=False),
        "title": claim_title(paper),
        "number": bill.number or bill.provisional_no or "",
        "provisional": provisional(bill.number, bill.provisional_no),
        "insurer": one.insurer,
        "payer": [{"code": one.payer_code}] if one.payer_code else [],
        "name": bill.name,
        "born": moments.born(bill.born_on, estimated=bill.born_estimated),
        "file_no": bill.file_no,
        "policy_no": one.policy_no,
        "authorised": [{"authorisation": one.authorisation}] if one.authorisation else [],
        "submitted": moment_words(one.submitted_at, zone) or "—",
        "invoiced": day_words(bill.issued_at, zone),
        "by": paper.by,
        "lines": [_line(line, bill.issued_at, zone, said) for line in paper.lines],
        "total": said.with_currency(sum((line.total for line in paper.lines), Decimal(0))),
        "claimed": said.with_currency(one.claimed),
        "note": [{"text": one.note}] if one.note else [],
    }


def _line(line: ClaimLineRow, issued: dt.datetime | None, zone: dt.tzinfo, said: Amounts) -> Values:
    return {
        "day": day_words(line.done_at or issued, zone),
        "code": line.code,
        "text": line.text,
        "quantity": f"{line.quantity.normalize():f}",
        "total": said.plain(line.total),
        "claimed": said.plain(line.claimed),
    }
