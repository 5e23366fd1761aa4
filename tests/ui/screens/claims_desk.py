"""A desk that claims: insured bills, and what a person's hands do at the claims' page."""

from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt

from medidesk.repositories import claims
from medidesk.repositories.billing import InvoiceRow
from medidesk.repositories.claims import ClaimRow, Stage
from medidesk.ui.claims.entries import Entry, View
from medidesk.ui.claims.page import ClaimsPage, open_claims
from medidesk.ui.entry.panel import EntryPanel
from tests.support.billing import billed, charged
from tests.support.database import Clinic
from tests.support.insured import insure, insurer
from tests.ui.screens.conftest import NONE, Hands

Press = tuple[Qt.Key, Qt.KeyboardModifier] | Qt.Key


def insured_bill(
    desk: Hands,
    clinic: Clinic,
    service: UUID,
    *,
    name: str = "Okafor",
    of: UUID | None = None,
    copay: str = "20",
) -> InvoiceRow:
    """A bill of somebody new, of which an insurer pays what the co-pay leaves: of 30.00, 24.00."""
    patient = desk.register({"family_name": name})
    insure(clinic, patient, of or insurer(clinic), copay)
    desk.station.wait_current(20)
    return billed(desk.station, patient, charged(desk.station, patient, service))


def claims_page(desk: Hands) -> ClaimsPage:
    """The claims' page, in front."""
    page = open_claims(desk.shell)
    desk.sit_down()
    return page


def names(page: ClaimsPage, view: View) -> list[str]:
    """Whose claims stand under a filter."""
    return [entry.bill.name for entry in page.list.found[view]]


def shown(page: ClaimsPage) -> list[Entry]:
    """The rows of the list."""
    table = page.list.table.rows
    return [table.row_at(at) for at in range(table.rowCount())]


def stage(page: ClaimsPage) -> Stage | None:
    """How far the claim that is shown is; None for none, a bill, or while a panel is open."""
    now = page.claim.shown
    calm = page.subject is not None and page.beside.now is None
    return None if not calm or now is None or now.claim is None else now.claim.stage


def said(page: ClaimsPage) -> str:
    """What the claim's notice says."""
    return page.claim.notice.words()


def panel_of(page: ClaimsPage) -> EntryPanel:
    """The form that is open."""
    assert isinstance(page.beside.now, EntryPanel), page.beside.now
    return page.beside.now


def press(desk: Hands, *keys: Press) -> int:
    """Press them, and say how many they were."""
    for key in keys:
        desk.press(*(key if isinstance(key, tuple) else (key, NONE)))
    return len(keys)


def done(desk: Hands, verb: Any, *args: Any, **values: Any) -> ClaimRow:
    """Something that was done to a claim without windows, and that the server has."""
    made = desk.station.run(verb, *args, patience=20, **values)
    row = getattr(made, "row", None)
    assert isinstance(row, ClaimRow), made
    desk.see(lambda: desk.station.read(claims.claim, row.id) == row)
    return row


def answered(desk: Hands, bill: InvoiceRow, accepted: str) -> ClaimRow:
    """A claim of a bill of one line, of which the insurer accepts this much."""
    claim = done(desk, claims.file_claim, bill.id)
    (line,) = desk.station.read(claims.lines, claim.id)
    return done(desk, claims.answer, claim.id, {line.id: accepted}, {line.id: "Not covered"})
