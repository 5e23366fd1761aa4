"""The papers of money: a receipt, an invoice, a credit note, a patient's statement, the close of a drawer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.repositories import billing, branch_clock
from medidesk.ui import bill_values
from medidesk.ui.page import Desk
from medidesk.ui.printing.codes import code_128, qr_code
from medidesk.ui.printing.document import Document, Paper
from medidesk.ui.printing.given_out import GivenOut
from medidesk.ui.printing.page import show
from medidesk.ui.printing.printers import Printers
from medidesk.ui.printing.templates import filled
from medidesk.words import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from medidesk.repositories.billing import BillPaper, DrawerPaper, Issuer, ReceiptPaper, Statement
    from medidesk.station import Station

RECEIPT_PAPERS = (Paper.ROLL_80, Paper.A4)
STATEMENT_DAYS = 365
"""How far back a statement goes unless told."""


def print_receipt(desk: Desk, receipt_id: UUID) -> None:
    """Print what was taken at one time, once it has the number that it keeps."""
    station = desk.station
    found = station.read(billing.receipt_paper, receipt_id)
    if found is None:
        _say_gone(desk)
        return
    first = found.payments[0]
    if _is_being_numbered(desk, "payment", first.id, first.receipt_no):
        return
    given = _given_out(station, found.issuer)

    def make() -> Document:
        now = station.read(billing.receipt_paper, receipt_id) or found
        copy = given.is_copy("receipt", receipt_id, branch_clock.day_of(first.taken_at, now.issuer.zone))
        paper = Printers(station.home).chosen("receipt").on(RECEIPT_PAPERS)
        return receipt(station, now, paper, copy=copy)

    show(desk, make, RECEIPT_PAPERS, lambda: given.note("receipt", receipt_id))


def print_invoice(desk: Desk, invoice_id: UUID) -> None:
    """Print an invoice or a credit note, once it has the number that it keeps."""
    station = desk.station
    found = station.read(billing.bill_paper, invoice_id)
    if found is None:
        _say_gone(desk)
        return
    issued = found.bill.issued_at
    if issued is not None and _is_being_numbered(desk, "invoice", invoice_id, found.bill.number):
        return
    given = _given_out(station, found.issuer)

    def make() -> Document:
        now = station.read(billing.bill_paper, invoice_id) or found
        zone = now.issuer.zone
        copy = issued is not None and given.is_copy("invoice", invoice_id, branch_clock.day_of(issued, zone))
        return invoice(station, now, copy=copy)

    def note() -> None:
        if issued is not None:  # a draft is no paper yet
            given.note("invoice", invoice_id)

    show(desk, make, given_out=note)


def print_statement(desk: Desk, patient_id: UUID, since: dt.date | None = None) -> None:
    """Print a patient's account from a day on; of the last year unless told."""
    station, org_id = desk.station, desk.station.user.org_id
    zone = station.read(branch_clock.zone_of, org_id)
    first = since or branch_clock.today(zone) - dt.timedelta(days=STATEMENT_DAYS)
    if station.read(billing.statement, patient_id, org_id, first) is None:
        _say_gone(desk)
        return

    def make() -> Document:
        found = station.read(billing.statement, patient_id, org_id, first)
        if found is None:
            raise _gone()
        return statement(station, found)

    show(desk, make)


def print_drawer(desk: Desk, session_id: UUID) -> None:
    """Print the close of a drawer, to be signed."""
    station = desk.station
    found = station.read(billing.drawer_paper, session_id)
    if found is None:
        _say_gone(desk)
        return
    given = _given_out(station, found.issuer)

    def make() -> Document:
        now = station.read(billing.drawer_paper, session_id) or found
        closed = now.drawer.closed_at
        copy = closed is not None and given.is_copy(
            "drawer", session_id, branch_clock.day_of(closed, now.issuer.zone)
        )
        return drawer(station, now, copy=copy)

    def note() -> None:
        if found.drawer.closed_at is not None:
            given.note("drawer", session_id)

    show(desk, make, given_out=note)


def receipt(station: Station, paper: ReceiptPaper, on: Paper, *, copy: bool) -> Document:
    """A receipt as it is printed."""
    template = "receipt_80" if on is Paper.ROLL_80 else "receipt"
    html = filled(template, bill_values.of_receipt(paper, copy=copy), station.home)
    number = paper.payments[0].numbered
    codes = {} if paper.of is None else {"code": qr_code(str(paper.of.bill.id))}
    title = tr("Receipt {number}", number=number)
    return Document("receipt", title, html, on, codes, foot=title)


def invoice(station: Station, paper: BillPaper, *, copy: bool) -> Document:
    """An invoice or a credit note as it is printed. Its square code is its id: a number may be provisional."""
    html = filled("invoice", bill_values.of_bill(paper, copy=copy), station.home)
    number = paper.bill.number or paper.bill.provisional_no or ""
    codes: dict[str, QImage] = {"code": qr_code(str(paper.bill.id)), "bars": code_128(number)}
    title = f"{bill_values.bill_title(paper)} {paper.bill.numbered}"
    return Document("invoice", title, html, Paper.A4, codes, foot=title)


def statement(station: Station, of: Statement) -> Document:
    """A statement as it is printed."""
    html = filled("statement", bill_values.of_statement(of, dt.datetime.now(dt.UTC)), station.home)
    title = tr("Statement of {name}", name=of.patient.name)
    return Document("statement", title, html, Paper.A4, foot=title)


def drawer(station: Station, paper: DrawerPaper, *, copy: bool) -> Document:
    """The close of a drawer as it is printed."""
    values = bill_values.of_drawer(paper, dt.datetime.now(dt.UTC), copy=copy)
    title = tr("Drawer of {name}", name=paper.cashier)
    return Document("drawer", title, filled("drawer", values, station.home), Paper.A4, foot=title)


def _given_out(station: Station, issuer: Issuer) -> GivenOut:
    return GivenOut(station.home, branch_clock.today(issuer.zone))


def _is_being_numbered(desk: Desk, table: str, row_id: UUID, number: str | None) -> bool:
    """Whether the server is about to give the number; then that is told."""
    station = desk.station
    if number is None and row_id in station.pending(table) and station.sync.state == "live":
        words = tr("Press again in a moment.")
        desk.toast(tr("The number is being given"), words, tone="info", icon="receipt")
        return True
    return False


def _say_gone(desk: Desk) -> None:
    problem = _gone()
    desk.toast(problem.sentence, problem.next_step, tone="danger", icon="printer")


def _gone() -> DomainError:
    return DomainError(tr("This entry is no longer there."), tr("Look at the list again."))
