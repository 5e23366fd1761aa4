"""What of the audit trail is shown: who, whose file, what, when, at which station."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.repositories import patients
from medidesk.repositories.labels import TABLE_LABELS, table_label
from medidesk.sync.trail import OF_THE_SYSTEM, OPENINGS, Wanted
from medidesk.ui import moments
from medidesk.ui.kit.inputs import Choice
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.search_box import SearchBox
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Station

_WEEK, _MONTH, _QUARTER = 7, 30, 90
_MOST_FOUND = 20


class Filters(QWidget):
    """The row of filters.

    Args:
        station: its replica knows the people and the files.
        people: who can have changed something, by login.

    Signals:
        changed(): something else is wanted.
    """

    changed = Signal()

    def __init__(self, station: Station, people: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._patient: UUID | None = None
        self._settling = False
        self.file = SearchBox(tr("Whose file: name or number"))
        self.who = _choice(
            tr("Who"), tr("Everybody"), sorted(people.items(), key=lambda one: one[1].casefold())
        )
        tables = [(name, table_label(name)) for name in TABLE_LABELS]
        tables += [(name, tr(label)) for name, label in OF_THE_SYSTEM.items() if name != OPENINGS]
        tables.append((OPENINGS, tr("Files opened")))
        self.what = _choice(tr("What"), tr("Everything"), sorted(tables, key=lambda one: one[1].casefold()))
        self.where = _choice(tr("Station"), tr("Every station"), ())
        self.when = _choice(
            tr("When"),
            tr("At any time"),
            (
                (0, tr("Today")),
                (_WEEK, tr("In the last 7 days")),
                (_MONTH, tr("In the last 30 days")),
                (_QUARTER, tr("In the last 90 days")),
            ),
        )
        self.when.set_value(_WEEK)
        self._found = Label("", "meta", "regular", "text.secondary")
        self._found.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.file, 3)
        for choice in (self.who, self.what, self.where, self.when):
            row.addWidget(choice, 2)
            choice.currentIndexChanged.connect(self._say)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._found)
        self.file.searched.connect(self._look_for)

    def wanted(self) -> Wanted:
        """What the filters say now."""
        days = self.when.value()
        since = None
        if isinstance(days, int):
            today = moments.now().replace(hour=0, minute=0, second=0, microsecond=0)
            since = today - dt.timedelta(days=days)
        return Wanted(_text(self.who), _text(self.where), _text(self.what), self._patient, since)

    def set_stations(self, names: Sequence[str]) -> None:
        """The clinic's PCs, as the server knows them."""
        chosen = self.where.value()
        self._settling = True
        self.where.set_choices(((None, tr("Every station")), *((name, name) for name in names)))
        self.where.set_value(chosen)
        if chosen is None:
            self.where.setCurrentIndex(0)
        self._settling = False

    def only_file(self, patient: UUID | None) -> None:
        """Show one file's changes, or everybody's again."""
        row = None if patient is None else self._station.read(patients.by_id, patient)
        self._patient = patient
        self.file.blockSignals(True)
        self.file.setText("" if row is None else row.number)
        self.file.blockSignals(False)
        self._tell("" if row is None else row.name)
        self._say()

    def _look_for(self, text: str) -> None:
        """One file is taken; of several, more must be typed."""
        found = self._station.read(patients.search, text, limit=_MOST_FOUND) if text.strip() else []
        self._tell(_found_words(found) if text.strip() else "")
        patient = found[0].id if len(found) == 1 else None
        if patient != self._patient:
            self._patient = patient
            self._say()

    def _tell(self, words: str) -> None:
        self._found.setText(words)
        self._found.setVisible(bool(words))

    def _say(self) -> None:
        if not self._settling:
            self.changed.emit()


def _found_words(found: Sequence[patients.PatientRow]) -> str:
    if not found:
        return tr("No file is found for this here.")
    if len(found) == 1:
        return f"{found[0].name} · {found[0].number}"
    if len(found) == _MOST_FOUND:
        return tr("More than {count} files: type more, or a file number", count=_MOST_FOUND - 1)
    return tr("{count} files: type more, or a file number", count=len(found))


def _choice(name: str, everything: str, choices: Sequence[tuple[object, str]]) -> Choice:
    made = Choice(((None, everything), *choices))
    made.setAccessibleName(name)
    return made


def _text(choice: Choice) -> str | None:
    value = choice.value()
    return value if isinstance(value, str) else None
