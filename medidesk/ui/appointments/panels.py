"""The panel of one appointment, a new one or one that is there; what is taken is answered with what is free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.models.appointments import AppointmentState
from medidesk.repositories import appointments, branch_clock
from medidesk.repositories.appointments import AppointmentRow, Slot, Usual
from medidesk.repositories.directory import RoomRow
from medidesk.repositories.patients import PatientRow
from medidesk.ui.answers import say_kept_here
from medidesk.ui.appointments import form, words
from medidesk.ui.appointments.alternatives import Alternatives, Asked
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.ui.page import Desk
from medidesk.ui.printing import papers
from medidesk.ui.printing.page import show
from medidesk.ui.visit_steps import Steps
from medidesk.words import tr

NEW = "appointments/new/"
ONE = "appointments/one/"
_BESIDE_FROM = 320

type Done = Callable[[Any], None]
type Failed = Callable[[MediDeskError], None]


class AppointmentPanel(EntryPanel):
    """A form, and below it the next free times where the one that was asked for is not.

    Signals:
        file_asked(UUID): the patient's file is wanted.
    """

    file_asked = Signal(object)

    def __init__(
        self, desk: Desk, zone: dt.tzinfo, title: str, values: dict[str, object], key: str, *, is_new: bool
    ) -> None:
        self.desk, self.zone = desk, zone
        spec = form.spec(desk, is_new=is_new, room_id=values.get("room_id"))
        super().__init__(title, spec, values, self.store, desk.station.drafts, key, is_new=is_new)
        self._offers = Alternatives()
        self._offers.time_taken.connect(self.take)
        self._offers.room_taken.connect(self.take_room)
        self.body.insertWidget(0, self._offers)
        self.form.fold_below(_BESIDE_FROM)
        self.form.changed.connect(self._follow)

    def store(
        self,
        values: dict[str, Any],
        changed: frozenset[str],
        resolves: UUID | None,
        done: Done,
        failed: Failed,
    ) -> None:
        """Carry out what the form says; see `EntryPanel`."""
        raise NotImplementedError

    def offer(self, problem: MediDeskError) -> None:
        """Say the next step, and offer other rooms and the next free times."""
        self._offers.offer(problem.next_step, self.asked)

    def say_taken(self, sentence: str) -> None:
        """Say why a change was refused, and who has the time or the room now; and offer what is free."""
        other = self.asked.in_the_way()
        about = "" if other is None else words.has_it(other, self.zone)
        self._refusal.say(tr("Not saved yet"), " ".join(part for part in (sentence, about) if part))
        self.offer(DomainError(sentence, tr("These are free:")))

    def take(self, slot: Slot) -> None:
        """Fill a free time in."""
        here = slot.starts_at.astimezone(self.zone)
        other = self.form.values()["staff_id"] != slot.staff_id
        self.form.set_values(
            {"staff_id": slot.staff_id, "day": here.date(), "time": f"{here:%H:%M}", "outside_hours": False}
            | ({"room_id": form.usual_room(self.desk.station, slot.staff_id)} if other else {})
        )
        self._taken("time")

    def take_room(self, room: RoomRow) -> None:
        """Fill a free room in."""
        self.form.set_values({"room_id": room.id})
        self._taken("room_id")

    def _taken(self, name: str) -> None:
        self.form.clear_problems()
        self.form.changed.emit(name)
        self.foot.primary.setFocus()

    def _follow(self, name: str) -> None:
        """Another person is in another room; and what was offered was for what stood there before."""
        self._offers.hide()
        if name == "staff_id" and "room_id" in self.form.values():
            self.form.set_values(
                {"room_id": form.usual_room(self.desk.station, self.form.values()["staff_id"])}
            )
            self.form.changed.emit("room_id")

    @property
    def asked(self) -> Asked:
        """What the form asks for now."""
        return Asked(self.desk.station, self.zone, self.form.values(), self.row_id)

    @property
    def row_id(self) -> UUID | None:
        """The appointment that is there already."""
        return None

    def _failed(self, problem: MediDeskError) -> None:
        if isinstance(problem, DomainError):
            problem.field = form.field_of(problem)
            super()._failed(problem)
            if problem.field == "room_id":  # each of those that are named stands on a button
                self.offer(DomainError(problem.sentence, tr("These are free:")))
            elif problem.field in form.TIME:
                self.offer(problem)
        else:
            super()._failed(problem)

    def _done(self, outcome: Any) -> None:
        super()._done(outcome)
        reason = getattr(outcome, "reason", None)
        if reason is not None:  # another desk was quicker
            self.offer(DomainError(str(reason), tr("These are free:"), field="time"))
        elif getattr(outcome, "merged", None) is None:
            say_kept_here(self.desk)


class BookPanel(AppointmentPanel):
    """A patient is given a time."""

    def __init__(self, desk: Desk, zone: dt.tzinfo, patient: PatientRow, values: dict[str, object]) -> None:
        self.patient = patient
        super().__init__(
            desk, zone, tr("Book for {name}", name=patient.name), values, f"{NEW}{patient.id}", is_new=True
        )

    def store(
        self,
        values: dict[str, Any],
        changed: frozenset[str],
        resolves: UUID | None,
        done: Done,
        failed: Failed,
    ) -> None:
        try:
            wanted = form.for_booking(values, self.patient.id, self.zone)
        except DomainError as problem:
            failed(problem)
            return
        run = self.desk.bridge.run
        times = values["times"] or 1
        if times > 1:
            weeks = values["weeks"] or 1
            run(appointments.book_series, wanted, weeks, times, done=done, failed=failed, resolves=resolves)
        else:
            run(appointments.book, wanted, done=done, failed=failed, resolves=resolves)


class ChangePanel(AppointmentPanel):
    """One that is there: moved, ended, or written more about.

    Attributes:
        row: the appointment as it is.
        before: as it was when this person did something about it.
    """

    def __init__(self, desk: Desk, zone: dt.tzinfo, row: AppointmentRow) -> None:
        self.row = self.before = row
        super().__init__(
            desk, zone, words.patient(row), form.values_of(row, zone), f"{ONE}{row.id}", is_new=False
        )
        self._about = Label(_about(row, zone), "body", "regular", "text.secondary", wrap=True, figures=True)
        self.body.insertWidget(0, self._about)
        self._verbs = self._make_verbs()
        self.body.insertLayout(self.body.count() - 1, self._verbs)

    @property
    def row_id(self) -> UUID | None:
        return self.row.id

    def show_row(self, row: AppointmentRow | None, *, own: bool, by: str) -> None:
        """Take in the appointment as it is now."""
        if row is not None:
            self.row = row
            self._about.setText(_about(row, self.zone))
        fields = self.form.values()  # a clinic without rooms has no field for one
        shown = None
        if row is not None:
            values = form.values_of(row, self.zone)
            shown = {name: value for name, value in values.items() if name in fields}
        self.show_values(shown, own=own, by=by)

    def store(
        self,
        values: dict[str, Any],
        changed: frozenset[str],
        resolves: UUID | None,
        done: Done,
        failed: Failed,
    ) -> None:
        self.before = self.row
        beside = {name: values[name] for name in ("note", "wants_earlier") if name in changed}
        moves = bool(changed & form.TIME) or resolves is not None
        run = self.desk.bridge.run
        if beside:
            after = done if not moves else self._ignore
            run(appointments.change, self.row.id, beside, done=after, failed=failed)
        if moves:
            try:
                starts = form.starts_at(values, self.zone)
            except DomainError as problem:
                failed(problem)
                return
            ends = starts + dt.timedelta(minutes=int(values["minutes"]))
            outside = bool(values["outside_hours"])
            run(
                appointments.move, self.row.id, values["staff_id"], starts, ends, outside,
                values.get("room_id", Usual.ROOM), done=done, failed=failed, resolves=resolves,
            )  # fmt: skip

    @staticmethod
    def _ignore(_outcome: Any) -> None:
        """The move that goes with it is answered for."""

    def _make_verbs(self) -> QVBoxLayout:
        column, buttons = QVBoxLayout(), QWidget()
        column.setSpacing(8)
        column.addWidget(buttons)
        row = FlowLayout(8, buttons)
        if self.row.state is not AppointmentState.BOOKED:
            self._verb(row, tr("Book again"), "calendar-plus", appointments.book_again)
        elif self.row.visit_id is None:
            if branch_clock.day_of(self.row.starts_at, self.zone) == branch_clock.today(self.zone):
                self._button(row, tr("Arrived"), "user-check", self.check_in)
            self._verb(row, tr("Park"), "pin", appointments.park)
            if self.row.starts_at <= dt.datetime.now(dt.UTC):
                self._verb(row, tr("Did not come"), "user-x", appointments.miss)
        if self.row.state is AppointmentState.BOOKED:
            self._button(row, tr("Slip"), "printer", self.print_slip)
        self._button(row, tr("Open the file"), "user", lambda: self.file_asked.emit(self.row.patient_id))
        if self._can_end():
            column.addLayout(self._make_cancel())
        return column

    def check_in(self) -> None:
        """The patient is here."""
        Steps(self.desk).arrive(self.row.id)
        self.close_asked.emit()

    def print_slip(self) -> None:
        """Print it for the patient to take home."""
        show(self.desk, lambda: papers.slip(self.desk.station, self.row))

    def _can_end(self) -> bool:
        return self.row.visit_id is None and self.row.state in {
            AppointmentState.BOOKED,
            AppointmentState.PARKED,
        }

    def _verb(self, row: FlowLayout, text: str, icon: str, verb: Any) -> None:
        self._button(row, text, icon, lambda: self._run(verb))

    @staticmethod
    def _button(row: FlowLayout, text: str, icon: str, act: Callable[[], None]) -> None:
        button = Button(text, kind="secondary", icon=icon, size="small")
        button.clicked.connect(lambda _on=False: act())
        row.addWidget(button)

    def _run(self, verb: Any, *more: str) -> None:
        self.before = self.row
        self.desk.bridge.run(verb, self.row.id, *more, done=self._done, failed=self._failed)

    def _make_cancel(self) -> QHBoxLayout:
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(tr("Why it is cancelled"))
        self.reason.setAccessibleName(tr("Why it is cancelled"))
        self.reason.returnPressed.connect(self.cancel)
        button = Button(tr("Cancel it"), kind="danger", icon="ban", size="small")
        button.clicked.connect(self.cancel)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.reason, 1)
        row.addWidget(button)
        return row

    def cancel(self) -> None:
        """Cancel it, for the reason that is typed."""
        self._run(appointments.cancel, self.reason.text())

    def ask_why(self) -> None:
        """Put the focus where the reason is typed."""
        if self._can_end():
            self.reason.setFocus()


def _about(row: AppointmentRow, zone: dt.tzinfo) -> str:
    """What became of it, with the numbers to call."""
    time = f"{words.day_and_time(row.starts_at, zone)}–{words.clock(row.ends_at, zone)}"
    parts = [words.state(row), time, row.staff_name, row.room, row.number, row.phone]
    if row.cancel_reason:
        parts.insert(1, row.cancel_reason)
    return " · ".join(part for part in parts if part)
