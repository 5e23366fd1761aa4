"""Papers of money at real windows: on which paper, as a copy or not, with which number."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt

from medidesk.models.billing import Way
from medidesk.repositories import billing
from medidesk.repositories.billing import InvoiceRow, Part
from medidesk.station import Queued, Saved
from medidesk.ui import bill_papers
from medidesk.ui.printing.document import Paper
from medidesk.ui.printing.page import PrintPage
from medidesk.ui.printing.printers import Choice, Printers
from tests.support.billing import cash, charged, drawer, priced, registered
from tests.support.database import Clinic
from tests.ui.screens.conftest import CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]


@pytest.fixture
def service(clinic: Clinic) -> UUID:
    return priced(clinic, "30")


def paper(desk: Hands) -> PrintPage:
    page = desk.shell.front()
    assert isinstance(page, PrintPage), page
    return page


def is_copy(page: PrintPage) -> bool:
    return "Copy" in page.document.html


def settled(desk: Hands, service: UUID) -> tuple[InvoiceRow, UUID, UUID]:
    """An invoice that was paid in cash, its receipt, and the drawer."""
    patient = registered(desk.station, "Okafor")
    charge = charged(desk.station, patient, service)
    till = drawer(desk.station)
    made = desk.station.run(billing.settle, patient, [charge.id], cash("30", "50"), till, patience=20)
    assert isinstance(made, Saved)
    row: InvoiceRow = made.row
    (payment,) = desk.station.read(billing.payments_of, row.id)
    return row, payment.receipt_id, till


def test_a_receipt_is_on_the_paper_that_was_chosen_at_this_station(
    open_shell: OpenShell, service: UUID, tmp_path: Path
) -> None:
    desk = open_shell("sofia")
    _row, receipt, _till = settled(desk, service)
    bill_papers.print_receipt(desk.shell, receipt)
    page = paper(desk)
    assert page.document.paper is Paper.ROLL_80
    page.paper.setFocus()
    desk.press(Qt.Key.Key_Down, at=page.paper)
    desk.see(lambda: page.document.paper is Paper.A4)
    assert "Copy" not in page.document.html
    assert Printers(desk.station.home).chosen("receipt").paper == "A4"
    desk.press(Qt.Key.Key_W, CONTROL)
    bill_papers.print_receipt(desk.shell, receipt)
    assert paper(desk).document.paper is Paper.A4, "kept, as the printer is"
    assert "20.00" in paper(desk).document.html, "the change"


def test_what_is_printed_again_says_that_it_is_a_copy(
    open_shell: OpenShell, service: UUID, tmp_path: Path
) -> None:
    desk = open_shell("sofia")
    row, _receipt, till = settled(desk, service)
    assert isinstance(desk.station.run(billing.close_drawer, till, "130", patience=20), Saved)
    for show, made in ((bill_papers.print_invoice, row.id), (bill_papers.print_drawer, till)):
        show(desk.shell, made)
        page = paper(desk)
        assert "Copy" not in page.document.html
        page.save(tmp_path / f"{page.document.kind}.pdf")
        desk.see(partial(is_copy, page))
        desk.press(Qt.Key.Key_W, CONTROL)
        show(desk.shell, made)
        assert "Copy" in paper(desk).document.html
        desk.press(Qt.Key.Key_W, CONTROL)


def test_a_credit_note_and_a_statement_are_printed(open_shell: OpenShell, service: UUID) -> None:
    desk = open_shell("sofia")
    row, _receipt, _till = settled(desk, service)
    made = desk.station.run(billing.credit, row.id, "Charged by mistake", patience=20)
    assert isinstance(made, Saved)
    bill_papers.print_invoice(desk.shell, made.row.id)
    assert paper(desk).title.startswith("Credit note C")
    bill_papers.print_statement(desk.shell, row.patient_id)
    html = paper(desk).document.html
    assert "To their credit" in html
    assert all(one in html for one in (row.number or "?", made.row.number or "?"))


def test_without_the_server_a_receipt_has_a_provisional_number(
    open_shell: OpenShell, cut_line: Callable[[], Line], service: UUID
) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    patient = registered(desk.station, "Okafor")
    charge = charged(desk.station, patient, service)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    card = [Part(Way.CARD, "30")]
    made = desk.station.run(billing.settle, patient, [charge.id], card, patience=0.1)
    assert isinstance(made, Queued)
    desk.see(lambda: desk.station.read(billing.of_patient, patient))
    (row,) = desk.station.read(billing.of_patient, patient)
    bill_papers.print_invoice(desk.shell, row.id)
    assert row.provisional_no
    assert row.provisional_no in paper(desk).document.html
    assert "This number is provisional" in paper(desk).document.html


def test_a_printer_that_is_gone_makes_no_copy_of_the_next_print(open_shell: OpenShell, service: UUID) -> None:
    desk = open_shell("sofia")
    row, _receipt, _till = settled(desk, service)
    Printers(desk.station.home).choose("invoice", Choice("Gone", at_once=True))
    bill_papers.print_invoice(desk.shell, row.id)
    desk.see(lambda: any("This PC knows no printer “Gone”." in toast for toast in desk.toasts()))
    Printers(desk.station.home).choose("invoice", Choice())
    bill_papers.print_invoice(desk.shell, row.id)
    assert "Copy" not in paper(desk).document.html


def test_what_is_no_longer_there_is_told(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    for show in (
        bill_papers.print_receipt, bill_papers.print_invoice, bill_papers.print_drawer, bill_papers.print_statement,
    ):  # fmt: skip
        show(desk.shell, UUID(int=7))
    assert sum("no longer there" in toast for toast in desk.toasts()) >= 1
