"""The cashier's list: filters, a search, and who or what is under them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QVBoxLayout, QWidget

from medidesk.repositories import patients
from medidesk.ui.billing.entries import Entry, View, columns, entries, nothing_there, search, view_name
from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.paint import hairline
from medidesk.ui.kit.pill import FilterPill
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.table import Table
from medidesk.ui.kit.theme import theme
from medidesk.ui.page import Desk
from medidesk.words import counted, tr

VIEWS = tuple(View)
_RARE = (View.DRAFTS, View.REFUNDS, View.OVERPAID)
"""Filters that are left out where there is nothing under them."""


class ListPane(QWidget):
    """The pane.

    Signals:
        chosen(Entry): the person chose this one; never when the list changed by itself.
        opened(Entry): they want to go on with it.
    """

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.view = View.TO_BILL
        self._quiet = False
        self._source: FoundRows[Entry] = FoundRows()
        self.found: dict[View, list[Entry]] = {view: [] for view in VIEWS}
        self.search = SearchBox(tr("Name, file or invoice number"), key="F2", large=True)
        self.search.searched.connect(lambda _text: self._show())
        self.table = Table(columns(), row="two_line", name=tr("Bills"), gutter=16)
        self.table.set_source(self._source)
        self.table.horizontalHeader().hide()
        self.table.drive_from(self.search)
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(self.opened)
        self.table.clicked.connect(lambda _at: self.opened.emit(self.table.current_row()))
        self._make()

    def refresh(self) -> None:
        """Show what the replica holds now; the choice stays, and where it is gone nothing is chosen."""
        self.found = {view: entries(self._desk.station, view) for view in VIEWS}
        self._count()
        self._quiet = True
        try:
            self._source.replace(self._rows())
            self.table.refresh()
        finally:
            self._quiet = False
        self._show_stack()

    def show_view(self, view: View) -> None:
        """Show another filter, without a search."""
        self.view = view
        self._pills[view].setChecked(True)
        self.search.clear()
        self._show()

    def choose_first(self) -> None:
        """The first row is chosen, as if by the person."""
        if self.table.rows.rowCount():
            self.table.choose_row(0)

    def point_at(self, entry_id: object) -> None:
        """Choose a row without saying so, if it is there."""
        self._quiet = True
        try:
            self.table.choose_id(entry_id)  # type: ignore[arg-type]  # ids are UUIDs
        finally:
            self._quiet = False

    def arrive(self) -> None:
        """The search takes what is typed, and its arrows move in the list."""
        self.search.setFocus()
        self.search.selectAll()

    def current(self) -> Entry | None:
        """The row that is chosen."""
        row = self.table.current_row()
        return row if isinstance(row, Entry) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = hairline(painter)
        x = 0 if self.isRightToLeft() else self.width() - line
        painter.fillRect(QRectF(x, 0, line, self.height()), theme().colour("border.default"))

    def _rows(self) -> list[Entry]:
        text = self.search.text().strip()
        return search(self._desk.station, text) if text else self.found[self.view]

    def _show(self) -> None:
        text, rows = self.search.text().strip(), self._rows()
        self.table.set_marks(patients.search_terms(text) if text else ())
        self._source = FoundRows(rows)
        self.table.set_source(self._source, choose_first=True)
        self.search.set_hint(counted(len(rows), "{count} match", "{count} matches") if text else "")
        self._show_stack()

    def _show_stack(self) -> None:
        self._stack.setCurrentIndex(0 if self.table.rows.rowCount() else 1 + VIEWS.index(self.view))
        if self.search.text().strip() and not self.table.rows.rowCount():
            self._stack.setCurrentIndex(self._stack.count() - 1)

    def _chosen(self, entry: Entry | None) -> None:
        if entry is not None and not self._quiet:
            self.chosen.emit(entry)

    def _count(self) -> None:
        for view, pill in self._pills.items():
            count = len(self.found[view])
            pill.set_count(count)
            pill.setVisible(view not in _RARE or bool(count) or view is self.view)

    def _make(self) -> None:
        pills, self._pills = FlowLayout(6), {view: FilterPill(view_name(view)) for view in VIEWS}
        group = QButtonGroup(self)
        group.setExclusive(True)
        for at, pill in enumerate(self._pills.values()):
            group.addButton(pill, at)
            pills.addWidget(pill)
        self._pills[self.view].setChecked(True)
        group.idClicked.connect(lambda at: self.show_view(VIEWS[at]))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        for view in VIEWS:
            self._stack.addWidget(EmptyState(*nothing_there(view)))
        nobody = tr("Nothing is found"), tr("Numbers are typed whole, as I26-00012; names by a few letters.")
        self._stack.addWidget(EmptyState("search", *nobody))
        above = QVBoxLayout()
        above.setContentsMargins(16, 12, 16, 12)
        above.setSpacing(10)
        above.addWidget(self.search)
        above.addLayout(pills)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addLayout(above)
        column.addWidget(self._stack, 1)
