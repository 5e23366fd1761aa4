"""The tables of a report below each other, each as long as its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.repositories import reports
from medidesk.repositories.reports import Figure, Report
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import tokens
from medidesk.ui.reports.words import cell_words, heading
from medidesk.words import tr

_WIDTHS = {Figure.TEXT: 130, Figure.MOMENT: 150, Figure.PERCENT: 130}
_WIDTH = 104
_BLANK = " "
_NARROW_FROM = 8
"""Of so many columns each is narrower."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row in words."""

    id: UUID
    words: tuple[str, ...]
    is_total: bool


class Tables(QScrollArea):
    """They."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tables: list[Table] = []
        self._sources: list[FoundRows[ShownRow]] = []
        self._shape: tuple[object, ...] = ()

    def show_report(self, report: Report) -> None:
        """Show a report; one of the same shape is shown in the same tables, which stay where they are."""
        rows = [_rows(report, table) for table in report.tables]
        shape = tuple((table.title, table.columns, len(table.rows)) for table in report.tables)
        if shape != self._shape:
            self._shape = shape
            self._make(report, rows)
            return
        for table, source, found in zip(self.tables, self._sources, filter(None, rows), strict=True):
            source.replace(found)
            table.refresh()

    def focus_first(self) -> None:
        """The first table that has rows."""
        if self.tables:
            self.tables[0].setFocus()

    def _make(self, report: Report, rows: Sequence[Sequence[ShownRow]]) -> None:
        self.tables, self._sources = [], []
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 24)
        column.setSpacing(0)
        for table, found in zip(report.tables, rows, strict=True):
            column.addLayout(_said(Label(heading(table, report.currency), "section", "semibold"), 16))
            if found:
                column.addWidget(self._table(table, found))
            else:
                nothing = Label(tr("Nothing on these days."), "body", "regular", "text.tertiary")
                column.addLayout(_said(nothing, 0))
        column.addStretch(1)
        self.setWidget(whole)

    def _table(self, table: reports.Table, found: Sequence[ShownRow]) -> Table:
        made = Table(_columns(table), row="compact", name=table.title)
        source = FoundRows(found)
        made.set_source(source)
        made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setFixedHeight(
            len(found) * int(tokens["row"]["compact"]) + made.horizontalHeader().sizeHint().height()
        )
        made.chosen.connect(lambda _row, of=made: self._bring_into_sight(of))
        self.tables.append(made)
        self._sources.append(source)
        return made

    def _bring_into_sight(self, table: Table) -> None:
        """Follow the row that is chosen: the table itself has no need to scroll."""
        index, whole = table.currentIndex(), self.widget()
        if index.isValid() and whole is not None:
            at = table.viewport().mapTo(whole, table.visualRect(index).center())
            self.ensureVisible(0, at.y(), 0, 2 * int(tokens["row"]["compact"]))


def _said(label: Label, above: int) -> QHBoxLayout:
    """Words within the page's margin."""
    line = QHBoxLayout()
    line.setContentsMargins(24, above, 24, 6)
    line.addWidget(label)
    return line


def _rows(report: Report, table: reports.Table) -> list[ShownRow]:
    every = [*table.rows, *((table.totals,) if table.totals else ())]
    return [
        ShownRow(
            UUID(int=at + 1),
            tuple(cell_words(*one, report.currency) for one in zip(table.columns, row, strict=True)),
            at == len(table.rows),
        )
        for at, row in enumerate(every)
    ]


def _words_at(at: int, row: ShownRow) -> str:
    """A cell; one of the totals that says nothing is blank, where another would say that there is nothing."""
    return row.words[at] or (_BLANK if row.is_total else "")


def _columns(table: reports.Table) -> tuple[Column, ...]:
    narrow = len(table.columns) >= _NARROW_FROM
    return tuple(
        Column(
            column.title,
            partial(_words_at, at),
            min(_WIDTHS.get(column.figure, _WIDTH), _WIDTH) if narrow else _WIDTHS.get(column.figure, _WIDTH),
            align="end" if column.figure.is_number else "start",
            kind="text" if column.figure is Figure.TEXT else "figures",
            strong=lambda row: row.is_total,
            grow=2 if column.figure is Figure.TEXT else 1,
        )
        for at, column in enumerate(table.columns)
    )
