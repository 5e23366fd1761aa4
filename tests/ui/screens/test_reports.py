"""Reports at real windows: chosen and reckoned by keys, printed, and kept for a spreadsheet."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from medidesk.repositories import billing, branch_clock
from medidesk.station import Saved, Station
from medidesk.ui.printing.document import Paper
from medidesk.ui.printing.page import PrintPage
from medidesk.ui.reports.module import open_reports
from medidesk.ui.reports.page import ReportsPage, on_sheets
from tests.support.billing import card, charged, priced, registered
from tests.support.database import Clinic
from tests.ui.screens.conftest import ALT, CONTROL, Hands

OpenShell = Callable[..., Hands]


def settled(station: Station, clinic: Clinic, amount: str = "60") -> None:
    """Somebody has paid by card."""
    service = priced(clinic, amount)
    station.wait_current(timeout=20)
    patient = registered(station, "Okafor")
    charge = charged(station, patient, service)
    made = station.run(billing.settle, patient, [charge.id], card(amount), patience=20)
    assert isinstance(made, Saved)


def is_told(desk: Hands, words: str) -> bool:
    """Whether a toast says so."""
    return any(words in toast for toast in desk.toasts())


def shown(page: ReportsPage) -> list[list[str]]:
    """The rows of the first table, in words."""
    table = page.tables.tables[0].rows
    return [list(table.row_at(at).words) for at in range(table.rowCount())]


def test_the_day_sheet_is_there_and_follows_what_is_taken(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia")
    page = open_reports(desk.shell)
    desk.see(lambda: page.report is not None)
    assert page.report is not None
    assert page.report.kind == "day_sheet"
    assert page.tables.tables == [], "nothing yet"
    settled(desk.station, clinic)
    desk.see(lambda: page.tables.tables and shown(page)[-1][0] == "Total")
    assert shown(page) == [
        ["Sofia Marchetti", "60.00", "60.00", "0.00", "60.00"],
        ["Total", "60.00", "60.00", "0.00", "60.00"],
    ]


def test_report_and_days_are_chosen_by_keys(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia")
    settled(desk.station, clinic)
    page = open_reports(desk.shell)
    desk.press(Qt.Key.Key_R, ALT)
    desk.press(Qt.Key.Key_Down)
    desk.see(lambda: page.report is not None and page.report.kind == "takings")
    desk.press(Qt.Key.Key_D, ALT)
    desk.press(Qt.Key.Key_Down)
    desk.see(lambda: page.report is not None and page.report.tables[0].rows == ())
    desk.fill(page.choosing.first, "1.1.2026")
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: page.report is not None and page.report.period.first == dt.date(2026, 1, 1))
    assert page.choosing.usual.currentText() == "Other days"
    today = branch_clock.today(desk.station.read(branch_clock.zone_of, clinic.org_id))
    desk.fill(page.choosing.last, today.isoformat())
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: page.report is not None and page.report.tables[0].rows != ())
    desk.fill(page.choosing.last, "soon")
    desk.press(Qt.Key.Key_Return)
    desk.see(page.problem.isVisible)
    assert "is not a date" in page.problem.words()
    desk.fill(page.choosing.last, "1.1.2025")
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: "before the first" in page.problem.words())
    page.show_kind("outstanding")
    desk.see(lambda: page.report is not None and page.report.kind == "outstanding")
    assert page.report is not None
    assert page.report.period.first is None, "what is owed is of all days, unless told"
    assert not page.problem.isVisible()


def test_a_report_is_printed_and_kept_for_a_spreadsheet(
    open_shell: OpenShell, clinic: Clinic, tmp_path: Path
) -> None:
    desk = open_shell("sofia")
    settled(desk.station, clinic)
    page = open_reports(desk.shell)
    desk.see(lambda: page.report is not None and page.tables.tables)
    for name, begins in (("day.xlsx", b"PK"), ("day.csv", b"\xef\xbb\xbf")):
        page.save(tmp_path / name)
        desk.see(partial(is_told, desk, f"Saved: {name}"))
        assert (tmp_path / name).read_bytes().startswith(begins)
    page.save(tmp_path / "nowhere" / "day.csv")
    desk.see(page.problem.isVisible)
    assert "There is no folder" in page.problem.words()
    desk.press(Qt.Key.Key_S, CONTROL)
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.reject()
    desk.press(Qt.Key.Key_P, CONTROL)
    paper = desk.shell.front()
    assert isinstance(paper, PrintPage)
    assert "60.00" in paper.document.html
    paper.save(tmp_path / "day.pdf")
    desk.see(lambda: any("Saved: day.pdf" in toast for toast in desk.toasts()))
    assert (tmp_path / "day.pdf").read_bytes().startswith(b"%PDF-")


def test_a_file_that_cannot_be_written_is_told_in_a_sentence(
    open_shell: OpenShell, clinic: Clinic, tmp_path: Path
) -> None:
    desk = open_shell("sofia")
    page = open_reports(desk.shell)
    desk.see(lambda: page.report is not None)
    taken = tmp_path / "day.csv"
    taken.mkdir()  # whoever runs the tests may be root, whom no right keeps out
    page.save(taken)
    desk.see(page.problem.isVisible)
    assert "day.csv" in page.problem.words()
    full = Path("/dev/full")
    if full.exists():
        page.problem.hide()
        page.save(full / "day.csv")
        desk.see(page.problem.isVisible)


def test_arrows_go_through_the_figures_and_tab_through_the_choices(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk = open_shell("sofia")
    settled(desk.station, clinic)
    page = open_reports(desk.shell)
    desk.see(lambda: page.tables.tables)
    desk.press(Qt.Key.Key_Down, ALT)
    table = page.tables.tables[0]
    desk.see(table.hasFocus)
    desk.press(Qt.Key.Key_Down)
    assert table.current_row().is_total
    page.choosing.kind.setFocus()
    for field in (page.choosing.usual, page.choosing.first, page.choosing.last):
        QTest.keyClick(desk.shell.focusWidget(), Qt.Key.Key_Tab)
        assert field.hasFocus()


def test_who_reads_no_bills_sees_the_appointments_alone(open_shell: OpenShell) -> None:
    desk = open_shell("anjali")
    page = open_reports(desk.shell)
    desk.see(lambda: page.report is not None)
    assert page.report is not None
    assert page.report.kind == "attendance"
    assert page.choosing.kind.count() == 1


def test_who_reads_neither_has_no_reports(open_shell: OpenShell) -> None:
    desk = open_shell("tomasz")
    assert "reports" not in [page.key for page in desk.shell.pages()]


def test_a_wide_report_is_printed_across(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia")
    page = open_reports(desk.shell)
    page.show_kind("outstanding")
    desk.see(lambda: page.report is not None and page.report.kind == "outstanding")
    assert page.report is not None
    paper = on_sheets(page.report, desk.station.home)
    assert paper.paper is Paper.A4_WIDE
    assert b"/MediaBox [0 0 84" in paper.pdf()
