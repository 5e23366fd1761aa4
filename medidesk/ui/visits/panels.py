"""The panels beside the queue: somebody who comes without an appointment, and one visit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from medidesk.errors import MediDeskError
from medidesk.models.directory import StaffKind
from medidesk.models.visits import Priority, Visit, VisitKind, VisitState
from medidesk.repositories import directory, visits
from medidesk.repositories.patients import PatientRow
from medidesk.repositories.visits import VisitRow
from medidesk.ui import moments
from medidesk.ui import visit_words as words
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.form import Field, FormSpec
from medidesk.ui.kit.label import Label
from medidesk.ui.page import Desk
from medidesk.ui.text_field import text_field
from medidesk.ui.visit_steps import Steps, print_ticket, tell_arrival
from medidesk.words import tr

NEW = "visits/new/"
ONE = "visits/one/"

type Done = Callable[[Any], None]
type Failed = Callable[[MediDeskError], None]


def spec(desk: Desk, *, is_new: bool) -> FormSpec:
    """The fields; of which counter the ticket is, is said when it is given."""
    emergency = (Field("emergency", tr("Emergency"), "check"),) if is_new else ()
    return FormSpec(
        (
            Field("staff_id", tr("With"), "choice", choices=_people(desk), span=2),
            Field("urgent", tr("Urgent: is called first"), "check"),
            *emergency,
            text_field(Visit, "note", tr("Note for the desk"), span=2),
        )
    )


def _people(desk: Desk) -> tuple[tuple[object, str], ...]:
    """Whoever sees patients, of this branch first; or nobody in particular."""
    own, seen = desk.station.user.org_id, {StaffKind.DOCTOR, StaffKind.NURSE, StaffKind.TECHNICIAN}
    people = [row for row in desk.station.read(directory.staff) if row.kind in seen]
    people.sort(key=lambda row: (row.org_id != own, row.kind is not StaffKind.DOCTOR))
    return ((None, tr("Whoever is free")), *((row.id, row.name) for row in people))


def _wanted(values: dict[str, Any]) -> dict[str, Any]:
    """What the verbs take."""
    return {
        "staff_id": values["staff_id"],
        "note": values["note"],
        "priority": Priority.URGENT if values["urgent"] else Priority.NORMAL,
    }


class ArrivalPanel(EntryPanel):
    """Somebody has come who has no appointment today."""

    def __init__(self, desk: Desk, patient: PatientRow, *, parent: QWidget | None = None) -> None:
        self._desk, self.patient = desk, patient
        values = {"staff_id": None, "urgent": False, "emergency": False, "note": ""}
        super().__init__(
            tr("{name} has arrived", name=patient.name), spec(desk, is_new=True), values, self._store,
            desk.station.drafts, f"{NEW}{patient.id}", is_new=True, parent=parent,
        )  # fmt: skip
        line = tr("No appointment today: a ticket for who walks in.")
        self.body.insertWidget(0, Label(line, "body", "regular", "text.secondary", wrap=True))

    def _store(
        self,
        values: dict[str, Any],
        _changed: frozenset[str],
        resolves: UUID | None,
        done: Done,
        failed: Failed,
    ) -> None:
        kind = VisitKind.EMERGENCY if values["emergency"] else VisitKind.OUTPATIENT
        wanted = _wanted(values) | {"patient_id": self.patient.id, "kind": kind}
        self._desk.bridge.run(visits.check_in, wanted, done=done, failed=failed, resolves=resolves)

    def _done(self, outcome: Any) -> None:
        super()._done(outcome)
        tell_arrival(self._desk, outcome)


class VisitPanel(EntryPanel):
    """One visit: what has become of it, whom they come to, and the next steps.

    Signals:
        file_asked(UUID): the patient's file is wanted.
    """

    file_asked = Signal(object)

    def __init__(self, desk: Desk, steps: Steps, row: VisitRow, parent: QWidget | None = None) -> None:
        self._desk, self._steps, self.row = desk, steps, row
        super().__init__(
            f"{row.ticket_no} · {row.name}", spec(desk, is_new=False), _values(row), self._store,
            desk.station.drafts, f"{ONE}{row.id}", is_new=False, parent=parent,
        )  # fmt: skip
        self._about = Label("", "body", "regular", "text.secondary", wrap=True, figures=True)
        self.body.insertWidget(0, self._about)
        buttons = QWidget()
        self._buttons = FlowLayout(8, buttons)
        self.body.insertWidget(1, buttons)
        self._show()

    def show_row(self, row: VisitRow | None, *, own: bool, by: str) -> None:
        """Take in the visit as it is now."""
        if row is not None:
            stepped = (row.state, row.called_at) != (self.row.state, self.row.called_at)
            self.row = row
            if stepped:
                self._show()
        self.show_values(None if row is None else _values(row), own=own, by=by)

    def _show(self) -> None:
        self._about.setText(_history(self.row))
        self._buttons.clear()
        for text, icon, act in self._verbs():
            button = Button(text, kind="secondary", icon=icon, size="small")
            button.clicked.connect(lambda _on=False, act=act: act(self.row))
            self._buttons.addWidget(button)
        ticket = Button(tr("Ticket"), kind="secondary", icon="printer", size="small")
        ticket.clicked.connect(lambda: print_ticket(self._desk, self.row))
        self._buttons.addWidget(ticket)
        opens = Button(tr("Open the file"), kind="secondary", icon="user", size="small")
        opens.clicked.connect(lambda: self.file_asked.emit(self.row.patient_id))
        self._buttons.addWidget(opens)

    def _verbs(self) -> list[tuple[str, str, Callable[[VisitRow], None]]]:
        steps = self._steps
        found: list[tuple[str, str, Callable[[VisitRow], None]]] = []
        if self.row.state is VisitState.WAITING:
            found += [
                (tr("Call"), "megaphone", steps.call),
                (tr("In the room"), "door-open", steps.step),
                (tr("Left"), "log-out", steps.leave),
            ]
        elif self.row.state is VisitState.IN_ROOM:
            found.append((tr("Done"), "check-check", steps.step))
        if self.row.state is not VisitState.WAITING or self.row.called_at is not None:
            found.append((tr("Take a step back"), "undo-2", steps.take_back))
        return found

    def _store(
        self,
        values: dict[str, Any],
        changed: frozenset[str],
        resolves: UUID | None,
        done: Done,
        failed: Failed,
    ) -> None:
        wanted = _wanted(values)
        columns = {"urgent": "priority"}
        asked = {columns.get(name, name): wanted[columns.get(name, name)] for name in changed}
        self._desk.bridge.run(visits.change, self.row.id, asked, done=done, failed=failed, resolves=resolves)


def _values(row: VisitRow) -> dict[str, object]:
    return {"staff_id": row.staff_id, "urgent": row.priority is Priority.URGENT, "note": row.note}


def _history(row: VisitRow) -> str:
    """When what happened: "Arrived 10:16 · called 10:40 · in the room 10:42 · Room 3"."""
    parts = [words.state_name(row.state)]
    if row.booked_for is not None:
        parts.append(tr("appointment {time}", time=moments.clock(row.booked_for)))
    steps: tuple[tuple[str, dt.datetime | None], ...] = (
        (tr("arrived {time}"), row.arrived_at),
        (tr("called {time}"), row.called_at),
        (tr("in the room {time}"), row.in_room_at),
        (tr("left {time}") if row.state is VisitState.LEFT else tr("done {time}"), row.ended_at),
    )
    parts += [said.replace("{time}", moments.when(at)) for said, at in steps if at is not None]
    parts += [part for part in (row.room, row.left_reason, row.number, row.phone) if part]
    return " · ".join(parts)
