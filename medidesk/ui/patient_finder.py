"""A panel in which a patient is found by typing, for whatever is about one: an appointment, a charge."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from medidesk.repositories import patients
from medidesk.repositories.patients import PatientRow
from medidesk.ui import moments
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import tokens
from medidesk.ui.page import Desk
from medidesk.words import tr

_FOUND_MOST = 8


class PatientFinder(SidePanel):
    """Search, and the files found.

    Args:
        desk: where it stands.
        title: over it.
        line: below the title.

    Signals:
        found(PatientRow): this one, by Enter or a double click.
    """

    found = Signal(object)

    def __init__(self, desk: Desk, title: str, line: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, line, parent)
        self._desk = desk
        self.search = SearchBox(tr("Name, phone, date of birth, file number"))
        self.table = Table(
            (
                Column(
                    tr("Patient"), lambda row: row.name, 200, weight="semibold", kind="person",
                    secondary=_about, grow=1,
                ),
            ),
            row="two_line",
            name=tr("Files found"),
        )  # fmt: skip
        self.table.horizontalHeader().hide()
        self.table.drive_from(self.search)
        self.table.opened.connect(self._opened)
        self.search.searched.connect(self._search)
        self._nobody = Label("", "body", "regular", "text.tertiary", wrap=True)
        for widget in (self.search, self._nobody, self.table):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self._search("")

    def arrive(self) -> None:
        """The search takes what is typed."""
        self.search.setFocus()
        self.search.selectAll()

    def _search(self, text: str) -> None:
        rows = self._desk.station.read(patients.search, text, limit=_FOUND_MOST) if text.strip() else []
        self.table.set_marks(patients.search_terms(text) if text.strip() else ())
        self.table.set_source(FoundRows(rows), choose_first=True)
        self.table.setFixedHeight(len(rows) * int(tokens["row"]["two_line"]))
        self.table.setVisible(bool(rows))
        self._nobody.setText(
            tr("Nobody found. Register the patient first: Ctrl+K.")
            if text.strip()
            else tr("Type a few letters, then Enter.")
        )
        self._nobody.setVisible(not rows)

    def _opened(self, row: PatientRow | None) -> None:
        if row is not None:
            self.found.emit(row)


def _about(row: PatientRow) -> str:
    """What tells people of one name apart."""
    born = moments.born(row.born_on, estimated=row.born_estimated)
    return " · ".join(part for part in (row.number, born, row.phone) if part)
