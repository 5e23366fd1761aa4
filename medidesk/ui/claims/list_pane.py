"""The list of claims: filters, the insurer, a search, and what is under them; or what is owed, by age."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.repositories import branch_clock, claims, patients
from medidesk.ui.claims.ages_table import AgesTable
from medidesk.ui.claims.entries import Entry, View, columns, entries, nothing_there, search, view_name
from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.inputs import Choice
from medidesk.ui.kit.paint import hairline
from medidesk.ui.kit.pill import FilterPill
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.table import Table
from medidesk.ui.kit.theme import theme
from medidesk.ui.page import Desk
from medidesk.words import counted, tr

VIEWS = tuple(View)
_OF_INSURER = (View.SENT, View.ANSWERED, View.TO_CLAIM, View.DRAFTS)
"""Where one who opens an insurer among the ages is led: to the first of these that has something of theirs."""


class ListPane(QWidget):
    """The pane.

    Attributes:
        view: the filter that is shown.
        insurer: the only one whose claims are shown; None for all.
        found: what stands under each filter, of every insurer.

    Signals:
        chosen(Entry): the person chose this one; never when the list changed by itself.
        opened(Entry): they want to go on with it.
        viewed(): another filter was asked for.
    """

    chosen = Signal(object)
    opened = Signal(object)
    viewed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.view = View.TO_CLAIM
        self.insurer: UUID | None = None
        self._quiet = False
        self._source: FoundRows[Entry] = FoundRows()
        self.found: dict[View, list[Entry]] = {view: [] for view in VIEWS}
        self.search = SearchBox(tr("Name, number, insurer or policy"), key="F2", large=True)
        self.search.searched.connect(lambda _text: self._show())
        self.insurers = Choice(((None, tr("All insurers")),))
        self.insurers.setAccessibleName(tr("Insurer"))
        self.insurers.set_value(None)
        self.insurers.currentIndexChanged.connect(self._other_insurer)
        self.table = Table(columns(), row="two_line", name=tr("Claims"), gutter=16)
        self.table.set_source(self._source)
        self.table.drive_from(self.search)
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(self.opened)
        self.table.clicked.connect(lambda _at: self.opened.emit(self.table.current_row()))
        self.ages = AgesTable()
        self.ages.opened.connect(self.show_insurer)
        self._make()

    def refresh(self) -> None:
        """Show what the replica holds now; the choice stays, and where it is gone nothing is chosen."""
        self.found = entries(self._desk.station)
        self._offer_insurers()
        self._count()
        self._quiet = True
        try:
            self._source.replace(self.rows())
            self.table.refresh()
        finally:
            self._quiet = False
        self._show_ages()
        self._show_stack()

    def show_view(self, view: View, *, by_hand: bool = True) -> None:
        """Show another filter, without a search; one that nobody asked for is not told."""
        self.view = view
        self._pills[view].setChecked(True)
        self.search.clear()
        self._show_ages()
        self._show()
        if by_hand:
            self.viewed.emit()

    def show_insurer(self, insurer_id: UUID) -> None:
        """Show what one insurer owes."""
        self._set_insurer(insurer_id)
        self.show_view(next((view for view in _OF_INSURER if self._of(view)), View.SENT))

    def rows(self) -> list[Entry]:
        """What is shown."""
        text = self.search.text().strip()
        if not text:
            return self._of(self.view)
        return [entry for entry in search(self._desk.station, text, self.found) if self._is_shown(entry)]

    def choose_first(self) -> None:
        """The first row is chosen, as if by the person."""
        if self.table.rows.rowCount():
            self.table.choose_row(0)

    def point_at(self, entry_id: UUID) -> None:
        """Choose a row without saying so, if it is there."""
        self._quiet = True
        try:
            self.table.choose_id(entry_id)
        finally:
            self._quiet = False

    def arrive(self) -> None:
        """The search takes what is typed, and its arrows move in the list; the ages take them themselves."""
        if self.shows_ages() and self.ages.rows():
            self.ages.table.setFocus()
        else:
            self.search.setFocus()
            self.search.selectAll()

    def seek(self) -> None:
        """Search among the claims."""
        if self.shows_ages():
            self.show_view(View.SENT)
        self.search.setFocus()
        self.search.selectAll()

    def shows_ages(self) -> bool:
        """Whether it shows what is owed, by age."""
        return self.view is View.BY_AGE and not self.search.text().strip()

    def current(self) -> Entry | None:
        """The row that is chosen."""
        row = self.table.current_row()
        return row if isinstance(row, Entry) and not self.shows_ages() else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = hairline(painter)
        x = 0 if self.isRightToLeft() else self.width() - line
        painter.fillRect(QRectF(x, 0, line, self.height()), theme().colour("border.default"))

    def _of(self, view: View) -> list[Entry]:
        return [entry for entry in self.found[view] if self._is_shown(entry)]

    def _is_shown(self, entry: Entry) -> bool:
        return self.insurer is None or entry.insurer_id == self.insurer

    def _show(self) -> None:
        text, rows = self.search.text().strip(), self.rows()
        self.table.set_marks(patients.search_terms(text) if text else ())
        self._source = FoundRows(rows)
        self.table.set_source(self._source, choose_first=True)
        self.search.set_hint(counted(len(rows), "{count} match", "{count} matches") if text else "")
        self._show_stack()

    def _show_ages(self) -> None:
        if self.view is View.BY_AGE:
            read, org = self._desk.station.read, self._desk.station.user.org_id
            today = branch_clock.today(read(branch_clock.zone_of, org))
            self.ages.show_ages(read(claims.ageing, org, today))

    def _show_stack(self) -> None:
        if self.shows_ages():
            shown: QWidget = self.ages if self.ages.rows() else self._empty[View.BY_AGE]
        elif self.table.rows.rowCount():
            shown = self.table
        else:
            shown = self._nobody if self.search.text().strip() else self._empty[self.view]
        self._stack.setCurrentWidget(shown)

    def _chosen(self, entry: Entry | None) -> None:
        if entry is not None and not self._quiet:
            self.chosen.emit(entry)

    def _offer_insurers(self) -> None:
        """Those of whom something is there, and the one that is chosen."""
        named = {
            entry.insurer_id: entry.insurer
            for some in self.found.values()
            for entry in some
            if entry.insurer_id is not None
        }
        if self.insurer is not None:
            named.setdefault(self.insurer, self.insurers.currentText())
        offered = sorted(named.items(), key=lambda one: one[1].casefold())
        self.insurers.blockSignals(True)
        self.insurers.set_choices(((None, tr("All insurers")), *offered))
        self.insurers.set_value(self.insurer)
        self.insurers.blockSignals(False)

    def _set_insurer(self, insurer_id: UUID | None) -> None:
        self.insurer = insurer_id
        self.insurers.blockSignals(True)
        self.insurers.set_value(insurer_id)
        self.insurers.blockSignals(False)
        self._count()

    def _other_insurer(self) -> None:
        value = self.insurers.value()
        self._set_insurer(value if isinstance(value, UUID) else None)
        if not self.shows_ages():
            self._show()
        elif isinstance(value, UUID):
            self.show_insurer(value)

    def _count(self) -> None:
        for view, pill in self._pills.items():
            pill.set_count(None if view is View.BY_AGE else len(self._of(view)))

    def _make(self) -> None:
        pills, self._pills = FlowLayout(6), {view: FilterPill(view_name(view)) for view in VIEWS}
        group = QButtonGroup(self)
        group.setExclusive(True)
        for at, pill in enumerate(self._pills.values()):
            group.addButton(pill, at)
            pills.addWidget(pill)
        self._pills[self.view].setChecked(True)
        group.idClicked.connect(lambda at: self.show_view(VIEWS[at]))
        self._empty = {view: EmptyState(*nothing_there(view)) for view in VIEWS}
        nobody = tr("Nothing is found"), tr("Numbers are typed as I26-00012; names by a few letters.")
        self._nobody = EmptyState("search", *nobody)
        self._stack = QStackedWidget()
        for widget in (self.table, self.ages, *self._empty.values(), self._nobody):
            self._stack.addWidget(widget)
        self._show_stack()
        search = QHBoxLayout()
        search.setSpacing(8)
        search.addWidget(self.search, 3)
        search.addWidget(self.insurers, 2)
        above = QVBoxLayout()
        above.setContentsMargins(16, 12, 16, 12)
        above.setSpacing(10)
        above.addLayout(search)
        above.addLayout(pills)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        column.addLayout(above)
        column.addWidget(self._stack, 1)
