"""The list of patients: type, arrows, Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.repositories import patients
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.list_frame import list_frame
from medidesk.ui.kit.pill import FilterPill
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.kit.table import Table
from medidesk.ui.page import Desk, Page
from medidesk.ui.patients import opening
from medidesk.ui.patients.columns import columns
from medidesk.ui.patients.nobody import NobodyFound, no_patients
from medidesk.ui.patients.preview import Preview
from medidesk.ui.patients.source import EveryPatient, Listed, find
from medidesk.ui.side_by_side import SideBySide
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Changed

FOUND_MOST = 50
_PREVIEW_FROM = 1024
_PREVIEW_WIDE, _PREVIEW_SLIM = 440, 364
_WIDE_FROM = 1240


class ListPage(Page):
    """Search, table, preview."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "patients", tr("Patients"), "users", parent)
        self._found: list[Listed] = []
        self._every = 0
        self._may_add = desk.station.can("demographics", "add")
        self.search = SearchBox(tr("Name, phone, date of birth, file number, national id"), large=True)
        self.table = Table(columns(), name=tr("Patients"))
        self.preview = Preview(desk)
        self._lay_out()
        self.table.drive_from(self.search)
        self.search.searched.connect(self._search)
        self.table.opened.connect(self._open)
        self.table.chosen.connect(self.preview.show_row)
        self.preview.open_asked.connect(self._open)
        self.preview.edit_asked.connect(self._edit)
        desk.bridge.sync_changed.connect(self._show_pending)
        self._bind_keys()
        chain_tabs(self)
        self._search("")

    def arrive(self) -> None:
        """The search field takes what is typed, in place of what was looked for before."""
        self.search.setFocus()
        self.search.selectAll()

    def look_for(self, text: str) -> None:
        """Search for `text`, as if it had been typed."""
        self.search.setText(text)

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now; choice and place stay."""
        if news is not None and not news.everything and not {"patient", "patient_alert"} & set(news.tables):
            return
        text = self.search.text().strip()
        changed = None
        if news is not None and not news.everything and "patient_alert" not in news.tables:
            changed = news.tables.get("patient")
        if text:
            fresh = find(self.desk.station, text, FOUND_MOST)
            if fresh != self._found:
                self._found = fresh
                self._fill_filters()
                self._source.replace(self._filtered())
        self.table.refresh(changed)
        # A list of every file knows how many there are; counting them anew takes milliseconds.
        self._every = self.desk.station.read(patients.count) if text else self.table.rows.rowCount()
        if self.table.current_row() is None and self.table.rows.rowCount():
            self.table.choose_row(0)
        self._show_counts()
        self._show_pending()

    def _search(self, typed: str) -> None:
        text = typed.strip()
        self._found = find(self.desk.station, text, FOUND_MOST) if text else []
        self._fill_filters()
        self._show_rows()

    def _show_rows(self) -> None:
        text = self.search.text().strip()
        self.table.set_marks(patients.search_terms(text) if text else ())
        self._source = FoundRows(self._filtered())
        self.table.set_source(self._source if text else EveryPatient(self.desk.station), choose_first=True)
        if not text:
            self._every = self.table.rows.rowCount()
        self._show_counts()
        self._show_pending()

    def _filtered(self) -> list[Listed]:
        chosen = self._filters.checkedId()
        if chosen == 1:
            return [row for row in self._found if row.patient.has_allergy]
        if chosen == 2:
            return [row for row in self._found if row.alerts]
        return self._found

    def _fill_filters(self) -> None:
        allergic = sum(row.patient.has_allergy for row in self._found)
        alerted = sum(bool(row.alerts) for row in self._found)
        for pill, count in zip(self._pills, (len(self._found), allergic, alerted), strict=True):
            pill.set_count(count)
        self._filter_row.setVisible(bool(self._found))
        chosen = self._filters.checkedId()
        if chosen > 0 and not (allergic if chosen == 1 else alerted):
            self._pills[0].setChecked(True)

    def _show_counts(self) -> None:
        every, text = self._every, self.search.text().strip()
        self._count.setText(counted(every, "{count} file", "{count} files"))
        self._show_hint()
        nothing = bool(text) and not self._found
        self._stack.setCurrentIndex(2 if not every and not text else 1 if nothing else 0)
        self._foot.setVisible(bool(text) and not nothing and self._may_add)
        self._register_typed.setText(tr("Register “{text}” as a new patient", text=text[:40]))
        self._fit_foot()
        self._nothing.say(text)
        self.keys.look_again()

    def _fit_foot(self) -> None:
        """The promise at the foot's end stands there only where the link needs no room of it."""
        row = self._foot.layout()
        needed = 0 if row is None else row.sizeHint().width()
        if self._promise.isHidden():
            needed += self._promise.sizeHint().width()
        self._promise.setVisible(needed <= self._foot.width())

    def _show_hint(self) -> None:
        """How many were found, and where there is room what may be typed."""
        if self.search.text().strip():
            many = len(self._found) >= FOUND_MOST
            matches = (
                tr("first {count} matches", count=FOUND_MOST)
                if many
                else counted(len(self._found), "{count} match", "{count} matches")
            )
            self.search.set_hint(matches, tr("any of name, phone, date of birth, file number, national id"))
        else:
            self.search.set_hint("")

    def _show_pending(self, _state: object = None) -> None:
        self.table.set_pending(self.desk.station.pending("patient"))

    def _open(self, row: Listed | None) -> None:
        if row is not None:
            opening.open_file(self.desk, row.id)

    def _edit(self, row: Listed | None) -> None:
        if row is not None:
            opening.open_file(self.desk, row.id, section="details")

    def _edit_chosen(self) -> None:
        self.search.search_at_once()
        self._edit(self.preview.row())

    def _has_rows(self) -> bool:
        return self.table.rows.rowCount() > 0

    def _register(self) -> None:
        opening.register(self.desk, self.search.text().strip())

    def _bind_keys(self) -> None:
        keys = self.keys
        keys.list_only("Up, Down", tr("Choose"), when=self._has_rows)
        keys.list_only("Return", tr("Open file"), when=self._has_rows)
        if self._may_add:
            keys.bind("Alt+N", tr("Register"), self._register)
        if self.desk.station.can("demographics", "change"):
            keys.bind("Alt+E", tr("Edit details"), self._edit_chosen, when=self._has_rows)
        keys.bind("Ctrl+F", tr("Search"), self.arrive)
        keys.bind("Alt+V", tr("Preview"), self._toggle_preview, when=self._sides.is_folded, hint=False)
        space = QShortcut(QKeySequence(Qt.Key.Key_Space), self.table)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self._toggle_preview)
        keys.list_only("Escape", tr("Clear the search"), when=lambda: bool(self.search.text()))

    def _toggle_preview(self) -> None:
        """Where there is no room beside the list, the preview lies over it for as long as it is wanted."""
        self._sides.toggle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_foot()

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        register = self._register if self._may_add else None
        self._nothing = NobodyFound(register, self.search.clear)
        for widget in (self.table, self._nothing, no_patients(register)):
            self._stack.addWidget(widget)
        main = list_frame(
            (self._heading(), self.search, self._filter_pills()), self._stack, self._make_foot()
        )
        self._sides = SideBySide(
            main,
            self.preview,
            folds_below=_PREVIEW_FROM,
            widths=(_PREVIEW_SLIM, _PREVIEW_WIDE),
            wide_from=_WIDE_FROM,
            over=self._stack,
        )
        self._sides.folded.connect(self._peek.setVisible)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._sides)

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(Label(tr("Patients"), "title", "semibold"))
        self._count = Label("", "body", "regular", "text.tertiary", figures=True)
        row.addWidget(self._count)
        row.addStretch(1)
        self._peek = Button(tr("Preview"), icon="eye", key="Alt+V")
        self._peek.clicked.connect(self._toggle_preview)
        self._peek.hide()
        row.addWidget(self._peek)
        if self._may_add:
            new = Button(tr("Register patient"), kind="primary", icon="user-plus", key="Alt+N")
            new.clicked.connect(self._register)
            row.addWidget(new)
        return row

    def _filter_pills(self) -> QWidget:
        self._filter_row = QWidget()
        row = QHBoxLayout(self._filter_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._filters = QButtonGroup(self)
        self._filters.setExclusive(True)
        self._pills = [FilterPill(tr("All")), FilterPill(tr("With allergies")), FilterPill(tr("With alerts"))]
        for at, pill in enumerate(self._pills):
            pill.setChecked(at == 0)
            self._filters.addButton(pill, at)
            row.addWidget(pill)
        row.addStretch(1)
        self._filters.idClicked.connect(lambda _at: self._show_rows())
        return self._filter_row

    def _make_foot(self) -> QWidget:
        self._foot = QWidget()
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(24, 10, 24, 10)
        row.setSpacing(6)
        row.addWidget(Label(tr("Not in the list?"), "body", "regular", "text.secondary"))
        self._register_typed = Button("", kind="link", key="Alt+N")
        self._register_typed.clicked.connect(self._register)
        row.addWidget(self._register_typed)
        row.addStretch(1)
        words = tr("Likely duplicates are shown before anything is saved")
        self._promise = Label(words, "meta", "regular", "text.tertiary")
        row.addWidget(self._promise)
        self._foot.setFixedHeight(48)
        return self._foot
