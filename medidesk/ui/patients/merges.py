"""Files of one person: proposals to merge, merges in force with their Undo, and the panel that merges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from medidesk.repositories import patients
from medidesk.repositories.patients import PatientRow
from medidesk.ui import moments
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Card
from medidesk.ui.kit.form import FormFoot
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import tokens
from medidesk.ui.page import Desk
from medidesk.ui.patients.source import Listed, find
from medidesk.ui.patients.words import address_words, joined, sex_words
from medidesk.words import tr

_FOUND_MOST = 20
_ROWS_MOST = 3
_WIDTH = 440


@dataclass(frozen=True)
class MergeLine:
    """A merge, or a proposal, as the file shows it."""

    merge_id: UUID
    other: PatientRow
    proposed: bool
    line: str


class MergeCard(Card):
    """What this file was merged with, and what somebody should look at.

    Signals:
        undo_asked(UUID): a merge is to be undone.
        look_asked(UUID): a proposal is to be looked at; carries the other file's id.
        dismiss_asked(UUID): a proposal is wrong.
    """

    undo_asked = Signal(object)
    look_asked = Signal(object)
    dismiss_asked = Signal(object)

    def __init__(self, *, may_change: bool, parent: QWidget | None = None) -> None:
        super().__init__(tr("Same person"), parent=parent)
        self._may_change = may_change
        self._shown: tuple[MergeLine, ...] = ()
        self._rows: list[QWidget] = []
        self.hide()

    def show_merges(self, lines: Sequence[MergeLine]) -> None:
        """Show these; without any the card is not there."""
        if tuple(lines) == self._shown:
            return
        self._shown = tuple(lines)
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [self._row(line) for line in lines]
        for row in self._rows:
            self.body.addWidget(row)
        self.setVisible(bool(lines))

    def _row(self, line: MergeLine) -> QWidget:
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        title = (
            tr("Could be {name}", name=line.other.name)
            if line.proposed
            else tr("Merged with {name}", name=line.other.name)
        )
        column.addWidget(Label(title, "body", "medium", wrap=True))
        column.addWidget(Label(line.line, "meta", "regular", "text.secondary", wrap=True))
        if self._may_change:
            verbs = QHBoxLayout()
            verbs.setSpacing(16)
            for words, signal, value in self._verbs(line):
                button = Button(words, kind="link")
                button.setAccessibleName(f"{words}: {title}")
                button.clicked.connect(lambda _on=False, signal=signal, value=value: signal.emit(value))
                verbs.addWidget(button)
            verbs.addStretch(1)
            column.addLayout(verbs)
        return row

    def _verbs(self, line: MergeLine) -> tuple[tuple[str, SignalInstance, UUID], ...]:
        if not line.proposed:
            return ((tr("Undo"), self.undo_asked, line.merge_id),)
        return (
            (tr("Compare…"), self.look_asked, line.other.id),
            (tr("Not the same"), self.dismiss_asked, line.merge_id),
        )


class MergePanel(SidePanel):
    """Find the other file, see both side by side, merge.

    Signals:
        merge_asked(UUID, str): the other file's id, and why.
    """

    merge_asked = Signal(object, str)

    def __init__(
        self, desk: Desk, kept: PatientRow, other: UUID | None = None, parent: QWidget | None = None
    ) -> None:
        line = tr("The other file's contents move here. Both numbers stay valid, and it can be undone.")
        super().__init__(tr("Merge with another file"), line, parent)
        self._desk, self._kept = desk, kept
        self._other: PatientRow | None = None
        self._reasons: dict[UUID, tuple[str, ...]] = {}
        self.search = SearchBox(tr("Find the other file"))
        self.table = Table(
            (
                Column(
                    tr("Patient"),
                    lambda row: row.patient.name,
                    200,
                    weight="semibold",
                    kind="person",
                    secondary=self._about,
                    grow=1,
                ),
            ),
            row="two_line",
            name=tr("Files found"),
        )
        self.table.horizontalHeader().hide()
        self._nobody = Label("", "body", "regular", "text.tertiary", wrap=True)
        self.setFixedWidth(_WIDTH)
        self.table.drive_from(self.search)
        self.search.searched.connect(self._search)
        self.table.chosen.connect(self._choose)
        self._compare = QWidget()
        self._grid = QGridLayout(self._compare)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._why = QLineEdit()
        self._why.setPlaceholderText(tr("Why, if it is not obvious"))
        self._why.setAccessibleName(tr("Why the files are of one person"))
        for widget in (self.search, self._nobody, self.table, self._compare, self._why):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self._primary = Button(tr("Merge"), kind="primary", icon="merge", key="Ctrl+Return")
        self._primary.setEnabled(False)
        foot = FormFoot(self._primary, padding=16)
        foot.submitted.connect(self.submit)
        foot.closed.connect(self.close_asked)
        self.set_foot(foot)
        row = desk.station.read(patients.by_id, other) if other is not None else None
        self._show(self._likely() if row is None else [Listed(row, ())])

    def arrive(self) -> None:
        """The search takes what is typed."""
        self.search.setFocus()
        self.search.selectAll()

    def submit(self) -> None:
        """Merge, once another file is chosen."""
        if self._other is not None:
            self._primary.setEnabled(False)
            self.merge_asked.emit(self._other.id, self._why.text().strip())

    def _search(self, text: str) -> None:
        found = find(self._desk.station, text, _FOUND_MOST) if text.strip() else self._likely()
        self.table.set_marks(patients.search_terms(text) if text.strip() else ())
        self._show(found)

    def _show(self, found: Sequence[Listed]) -> None:
        others = [row for row in found if row.id != self._kept.id]
        self.table.set_source(FoundRows(others), choose_first=True)
        self.table.setFixedHeight(min(len(others), _ROWS_MOST) * int(tokens["row"]["two_line"]))
        self.table.setVisible(bool(others))
        self._nobody.setText(
            tr("Nobody found. Any of name, phone, birth date or file number finds a file.")
            if self.search.text().strip()
            else tr("No file looks like the same person. Type a name, phone or file number.")
        )
        for widget, wanted in ((self._nobody, not others), (self._compare, others), (self._why, others)):
            widget.setVisible(bool(wanted))

    def _likely(self) -> list[Listed]:
        """Before anything is typed: who could be the same person."""
        draft = {
            name: getattr(self._kept, name) for name in ("family_name", "given_name", "phone", "born_on")
        }
        found = self._desk.station.read(patients.duplicates, draft, limit=_FOUND_MOST)
        self._reasons = {candidate.row.id: candidate.reasons for candidate in found}
        return [Listed(candidate.row, ()) for candidate in found]

    def _about(self, row: Listed) -> str:
        """Why it could be the same person, as far as that is known, and what tells it apart."""
        who = row.patient
        reasons = ", ".join(self._reasons.get(row.id, ()))
        born = moments.born(who.born_on, estimated=who.born_estimated)
        return joined(reasons, who.number, born, "" if reasons else who.city)

    def _choose(self, row: Listed | None) -> None:
        self._other = row.patient if row is not None else None
        self._primary.setEnabled(row is not None)
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        if self._other is None:
            return
        for at, words in enumerate(("", tr("This file"), tr("The other")), start=0):
            self._grid.addWidget(Label(words, "caption", "semibold", "text.tertiary"), 0, at)
        for at, (label, mine, theirs) in enumerate(self._rows(self._other), start=1):
            same = mine == theirs
            what = Label(label, "meta", "regular", "text.tertiary")
            self._grid.addWidget(what, at, 0, Qt.AlignmentFlag.AlignTop)
            for column, words in ((1, mine), (2, theirs)):
                colour = "text.secondary" if same else "text.primary"
                self._grid.addWidget(
                    Label(words or "—", "meta", "regular" if same else "semibold", colour, wrap=True),
                    at,
                    column,
                )
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)

    def _rows(self, other: PatientRow) -> list[tuple[str, str, str]]:
        def facts(row: PatientRow) -> tuple[str, ...]:
            born = moments.born(row.born_on, estimated=row.born_estimated)
            return (row.number, row.name, sex_words(row.sex), born, row.phone, address_words(row))

        labels = (tr("File"), tr("Name"), tr("Sex"), tr("Born"), tr("Phone"), tr("Address"))
        return list(zip(labels, facts(self._kept), facts(other), strict=True))
