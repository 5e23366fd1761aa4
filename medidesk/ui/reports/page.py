"""The reports: which, of which branch and days; on the screen, on paper, and for a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.permissions import Need
from medidesk.repositories import branch_clock, directory, people, reports
from medidesk.repositories.reports import KINDS, Report
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.list_frame import list_frame
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk, Page
from medidesk.ui.printing.document import Document, Paper
from medidesk.ui.printing.page import show
from medidesk.ui.printing.templates import filled
from medidesk.ui.reports.choosing import Choosing
from medidesk.ui.reports.tables import Tables
from medidesk.ui.reports.words import on_paper
from medidesk.ui.saving import ask_for_place, save_file
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed

_PAUSE_MS = 400
"""Colleagues who take money all the time make a report anew so often at most."""
_TABLES = frozenset(
    {"payment", "refund", "invoice", "invoice_line", "charge", "cashier_session", "appointment", "visit"}
    | {"insurance_claim", "insurance_policy", "insurer"}
    | {"service", "staff", "user_account", "patient", "organisation"}
)
_ACROSS_FROM = 9
"""A table of so many columns is printed across the sheet."""


class ReportsPage(Page):
    """The page. A report is made in the background: what was asked for before is let go."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "reports", tr("Reports"), "file-text", parent)
        may, user = desk.station.can, desk.station.user
        self._kinds = tuple(kind for kind in KINDS if may(kind.area, "read"))
        areas = {kind.area for kind in self._kinds}
        here = set().union(
            *(desk.station.read(directory.reached, user.login, area, Need.READ) for area in areas)
        )
        branches = [one for one in desk.station.read(people.branches) if one[0] in here | {user.org_id}]
        self.report: Report | None = None
        self._asked = 0
        self.choosing = Choosing(self._kinds, branches, user.org_id, self._today)
        self.tables = Tables()
        self.problem = Notice("danger", "circle-alert")
        self.problem.hide()
        self._lay_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.reckon)
        self.choosing.changed.connect(self.reckon)
        self._bind_keys()
        chain_tabs(self)
        self._stale = True  # nothing is reckoned before somebody looks

    def arrive(self) -> None:
        """The choice of a report takes the keys."""
        self.choosing.kind.setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Reckon again where something of it is different."""
        if news is None:
            self.choosing.new_day()
            self.reckon()
        elif (news.everything or _TABLES & set(news.tables)) and not self._pause.isActive():
            self._pause.start()

    def wind_up(self) -> None:
        """Reckon no more."""
        self._pause.stop()

    def show_kind(self, name: str) -> None:
        """Show another report."""
        self.choosing.show_kind(name)

    def reckon(self) -> None:
        """Make the report that is chosen."""
        self._pause.stop()
        try:
            period = self.choosing.period()
        except DomainError as problem:
            self.problem.say_problem(problem)
            return
        self._asked += 1
        name, org_id = self.choosing.chosen_kind().name, self.choosing.chosen_branch()
        self.desk.bridge.background(
            partial(self.desk.station.read, reports.made, name, org_id, period),
            partial(self._came, self._asked),
            self.problem.say_problem,
        )

    def print_it(self) -> None:
        """Show how the report will look on paper; from there it is printed, or kept as PDF."""
        if self.report is not None:
            show(self.desk, partial(on_sheets, self.report, self.desk.station.home))

    def ask_where(self, ending: str) -> None:
        """Ask for a file's name, and write the report there."""
        if self.report is None:
            return
        kinds = {"xlsx": tr("Spreadsheet"), "csv": tr("Text with commas")}
        name = f"{self.report.kind}.{ending}"
        ask_for_place(self, tr("Save the report"), kinds[ending], name, self.save)

    def save(self, path: Path) -> None:
        """Write the report into a file, meanwhile one goes on: CSV or a workbook, by the ending of its name."""
        if self.report is None:
            return
        content: Callable[[Report], bytes] = (
            reports.csv_of if path.suffix.lower() == ".csv" else reports.xlsx_of
        )
        self.desk.bridge.background(
            partial(_write, content, self.report, path), partial(self._saved, path), self.problem.say_problem
        )

    def _came(self, number: int, report: Report) -> None:
        if number != self._asked:
            return
        self.problem.hide()
        self.report = report
        self._of.setText(f"{report.branch} · {report.period.words}")
        self.tables.show_report(report)

    def _saved(self, path: Path, _nothing: object) -> None:
        self.problem.hide()
        self.desk.toast(tr("Saved: {name}", name=path.name), str(path.parent), icon="download")

    def _today(self, org_id: UUID) -> dt.date:
        return branch_clock.today(self.desk.station.read(branch_clock.zone_of, org_id))

    def _bind_keys(self) -> None:
        self.keys.bind("Alt+R", tr("Which report"), self.choosing.kind.setFocus)
        self.keys.bind("Alt+D", tr("Of which days"), self.choosing.usual.setFocus)
        self.keys.bind("Ctrl+P", tr("Print, or PDF"), self.print_it)
        self.keys.bind("Ctrl+S", tr("Save for a spreadsheet"), partial(self.ask_where, "xlsx"))
        self.keys.bind("Ctrl+E", tr("Save as CSV"), partial(self.ask_where, "csv"))
        self.keys.bind("Alt+Down", tr("To the figures"), self.tables.focus_first)

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(12)
        heading.addWidget(Label(tr("Reports"), "title", "semibold"))
        self._of = Label("", "body", "regular", "text.tertiary")
        heading.addWidget(self._of, 1)
        for words, icon, key, act in (
            (tr("CSV"), "download", "Ctrl+E", partial(self.ask_where, "csv")),
            (tr("Spreadsheet"), "download", "Ctrl+S", partial(self.ask_where, "xlsx")),
            (tr("Print"), "printer", "Ctrl+P", self.print_it),
        ):
            button = Button(words, kind="secondary", icon=icon, key=key or None)
            button.clicked.connect(lambda _on=False, act=act: act())
            heading.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(list_frame((heading, self.choosing, self.problem), self.tables))


def on_sheets(report: Report, home: Path) -> Document:
    """A report as it is printed."""
    across = any(len(table.columns) >= _ACROSS_FROM for table in report.tables)
    html = filled("report", on_paper(report), home)
    foot = f"{report.branch}: {report.title}, {report.period.words}"
    return Document("report", report.title, html, Paper.A4_WIDE if across else Paper.A4, foot=foot)


def _write(content: Callable[[Report], bytes], report: Report, path: Path) -> None:
    save_file(path, content(report))
