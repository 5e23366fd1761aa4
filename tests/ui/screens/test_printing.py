"""Papers at real windows: a ticket, a slip and a card are seen, kept as PDF, and found again by their code."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from medidesk.repositories import branch_clock
from medidesk.repositories.visits import VisitRow
from medidesk.ui.appointments.page import CalendarPage
from medidesk.ui.appointments.panels import ChangePanel
from medidesk.ui.patients.opening import print_card
from medidesk.ui.printing.page import PrintPage
from medidesk.ui.printing.printers import Choice, Printers
from medidesk.ui.visit_steps import is_numbered
from medidesk.ui.visits.page import open_queue
from tests.support.database import Clinic
from tests.ui.screens.conftest import ALT, MARIA, Hands
from tests.ui.screens.test_visits import NOON, arrived, booked, doctor

__all__ = ["doctor"]

OpenShell = Callable[..., Hands]


def paper(desk: Hands) -> PrintPage:
    page = desk.shell.front()
    assert isinstance(page, PrintPage), page
    return page


def test_the_ticket_of_who_is_chosen_is_seen_and_kept_as_pdf(
    open_shell: OpenShell, clinic: Clinic, tmp_path: Path
) -> None:
    desk = open_shell("sofia")
    arrived(desk, "Okafor")
    page = open_queue(desk.shell)
    desk.see(page.table.current_row)
    desk.press(Qt.Key.Key_T, ALT)
    shown = paper(desk)
    assert shown.title == "Ticket W-01"
    assert "W-01" in shown.document.html
    assert "Okafor" not in shown.document.html, "a ticket names nobody"
    if not shown.printer.count():
        assert any("No printer is set up" in label.text() for label in shown.findChildren(QLabel))
    shown.save(tmp_path / "ticket.pdf")
    desk.see(lambda: any("Saved: ticket.pdf" in toast for toast in desk.toasts()))
    assert (tmp_path / "ticket.pdf").read_bytes().startswith(b"%PDF-")
    shown.save(tmp_path / "nowhere" / "ticket.pdf")
    desk.see(shown.notice.isVisible)


def test_an_appointments_slip_says_when_by_the_clinics_clock(
    open_shell: OpenShell, clinic: Clinic, doctor: UUID
) -> None:
    desk = open_shell("sofia")
    clinic.admin().execute(
        "update organisation set timezone = 'Asia/Karachi' where id = %s", (clinic.org_id,)
    )
    desk.see(lambda: str(desk.station.read(branch_clock.zone_of, clinic.org_id)) == "Asia/Karachi")
    row = booked(desk, "Okafor", doctor, NOON + dt.timedelta(days=2))
    calendar = desk.shell.open("appointments", lambda: CalendarPage(desk.shell))
    assert isinstance(calendar, CalendarPage)
    calendar.beside.open_one(row)
    assert isinstance(calendar.beside.now, ChangePanel)
    calendar.beside.now.print_slip()
    html = paper(desk).document.html
    assert "17:00" in html
    assert "Okafor" in html


def test_the_code_of_a_card_opens_the_file_it_is_of(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    maria = desk.register(MARIA)
    print_card(desk.shell, maria)
    assert "María Fernández Ortega" in paper(desk).document.html
    assert paper(desk).document.pictures["code"].width() > 100
    page = desk.patients()
    desk.sit_down()
    page.search.setFocus()
    desk.type(str(maria))
    desk.see(lambda: page.table.current_row() is not None and page.table.current_row().id == maria)
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: desk.file().patient_id == maria)


@pytest.mark.parametrize(
    ("ticket", "waits", "live", "keeps"),
    [
        ("W-01", False, True, True),
        ("W-01", True, True, True),  # a step of it waits
        (None, True, True, False),  # the server is about to give it
        (None, True, False, True),  # it is away: this PC's own stays valid
        (None, False, True, True),
    ],
)
def test_a_ticket_is_printed_once_it_has_the_number_that_it_keeps(
    ticket: str | None, waits: bool, live: bool, keeps: bool
) -> None:
    values: dict[str, Any] = dict.fromkeys(VisitRow.__slots__)
    row = VisitRow(**values | {"ticket": ticket, "provisional_no": "P-R2-001"})
    assert is_numbered(row, waits=waits, live=live) is keeps


def test_a_printer_that_is_gone_is_told_and_the_arrival_stands(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    Printers(desk.station.home).choose("ticket", Choice("Gone", at_once=True))
    arrived(desk, "Okafor")
    page = open_queue(desk.shell)
    desk.see(page.table.current_row)
    desk.press(Qt.Key.Key_T, ALT)
    desk.see(lambda: any("This PC knows no printer “Gone”." in toast for toast in desk.toasts()))
