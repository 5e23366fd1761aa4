"""The section of a file that lists the patient's appointments: those to come, and those that were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.models.appointments import AppointmentState
from medidesk.models.visits import VisitState
from medidesk.repositories import appointments, branch_clock
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui import appointment_words as words
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.chip import ChipLook, chips_for_state
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.page import Desk
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Changed

_TABLES = frozenset({"appointment", "visit", "staff", "room", "organisation", "patient_merge"})
_COMING_MOST = 6
_EVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Before it there is no appointment: `repositories.appointments.booking` refuses them."""


class AppointmentsSection(QWidget):
    """The section.

    Args:
        desk: where the file stands.
        patient_id: whose.
        book: begins to book for the patient; None for whoever may not.

    Signals:
        counted(int): so many are to come.
    """

    counted = Signal(int)

    def __init__(
        self, desk: Desk, patient_id: UUID, book: Callable[[], None] | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._patient_id = desk, patient_id
        self._zones: dict[UUID, dt.tzinfo] = {}
        self._shown: list[AppointmentRow] | None = None
        self._coming_rows: FoundRows[AppointmentRow] = FoundRows()
        self._past_rows: FoundRows[AppointmentRow] = FoundRows()
        self.coming = self._table(tr("Appointments to come"))
        self.past = self._table(tr("Past and cancelled appointments"))
        self._none_coming = Label("", "body", "regular", "text.tertiary", wrap=True)
        self._past_title = Label(tr("Past and cancelled"), "section", "semibold")
        self._coming_title = Label("", "section", "semibold")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setContentsMargins(24, 0, 24, 4)
        head.addWidget(self._coming_title)
        head.addStretch(1)
        if book is not None:
            button = Button(tr("Book"), kind="primary", icon="calendar-plus", key="Alt+B")
            button.clicked.connect(lambda _on=False: book())
            head.addWidget(button)
        column.addLayout(head)
        column.addLayout(_inset(self._none_coming))
        column.addWidget(self.coming)
        column.addSpacing(12)
        column.addLayout(_inset(self._past_title))
        column.addWidget(self.past, 1)
        column.addStretch(0)
        self.refresh(None)

    @property
    def to_come(self) -> int:
        """How many are to come."""
        return self._coming_rows.count()

    def arrive(self) -> None:
        """The first list that holds something takes the arrow keys."""
        (self.past if not self._coming_rows.count() and self._past_rows.count() else self.coming).setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now."""
        if news is not None and not news.everything and not _TABLES & set(news.tables):
            return
        rows = self._desk.station.read(appointments.of_patient, self._patient_id, _EVER)
        waits = self._desk.station.pending("appointment")
        for table in (self.coming, self.past):
            table.set_pending(waits)
        now = dt.datetime.now(dt.UTC)
        to_come = [row for row in rows if _is_to_come(row, now)]
        if rows == self._shown and len(to_come) == self._coming_rows.count():
            return
        self._shown = rows
        self._zones = {row.org_id: self._desk.station.read(branch_clock.zone_of, row.org_id) for row in rows}
        past = [row for row in reversed(rows) if not _is_to_come(row, now)]
        self.coming.show_found(self._coming_rows, to_come)
        self.past.show_found(self._past_rows, past)
        self._say(len(to_come), len(past))
        self.counted.emit(len(to_come))

    def _say(self, to_come: int, past: int) -> None:
        height = int(tokens["row"]["header"]) + min(to_come, _COMING_MOST) * int(tokens["row"]["default"])
        self.coming.setFixedHeight(height)
        self.coming.setVisible(bool(to_come))
        self.past.setVisible(bool(past))
        self._past_title.setVisible(bool(past))
        self._coming_title.setText(
            counted(to_come, "{count} appointment to come", "{count} appointments to come")
            if to_come
            else tr("Appointments")
        )
        self._none_coming.setText(
            tr("Nothing is booked.") if past else tr("There was none yet, and none is booked.")
        )
        self._none_coming.setVisible(not to_come)

    def _table(self, name: str) -> Table:
        table = Table(
            (
                Column(tr("When"), self._when, 190, kind="figures", weight="semibold"),
                Column(tr("With"), lambda row: row.staff_name, 180, grow=1),
                Column(tr("Room"), lambda row: row.room, 90, leaves=3),
                Column(tr("Takes"), lambda row: tr("{count} min", count=row.minutes), 76, kind="figures", leaves=2),
                Column(tr("State"), words.state, 150, kind="chips", chips=_chips),
                Column(tr("Note"), lambda row: row.cancel_reason or row.note, 160, grow=2, leaves=1),
            ),
            name=name,
        )  # fmt: skip
        table.opened.connect(lambda row: self._desk.open_appointment(row.id))
        return table

    def _when(self, row: AppointmentRow) -> str:
        return words.day_and_time(row.starts_at, self._zones.get(row.org_id, dt.UTC))

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.surface"))


def _is_to_come(row: AppointmentRow, now: dt.datetime) -> bool:
    """Whether it is to take place; what is on the pinboard is, at a time not said yet."""
    if row.state is AppointmentState.BOOKED:
        return row.ends_at > now and row.visit_state not in {VisitState.COMPLETED, VisitState.LEFT}
    return row.state is AppointmentState.PARKED


def _is_over(row: AppointmentRow) -> bool:
    """Whether it was booked, and nobody has said what became of it."""
    return row.state is AppointmentState.BOOKED and row.ends_at <= dt.datetime.now(dt.UTC)


def _chips(row: AppointmentRow) -> tuple[ChipLook, ...]:
    if row.visit_state is None and row.state is AppointmentState.PARKED:
        found = [ChipLook(words.state(row), "neutral", "pin")]
    elif row.visit_state is None and _is_over(row):
        found = [ChipLook(words.state(row), "neutral", "calendar-days")]
    else:
        found = [chips_for_state("appointment", words.look(row), text=words.state(row))]
    if row.wants_earlier and row.state is AppointmentState.BOOKED and row.visit_id is None:
        found.append(ChipLook("", "accent", "history", bare=True, name=tr("Would come earlier")))
    return tuple(found)


def _inset(label: Label) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(24, 0, 24, 0)
    row.addWidget(label)
    return row
