"""Which panel stands beside the calendar: booking, one appointment, a free time; and what was typed there."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from medidesk.models.appointments import AppointmentState
from medidesk.repositories import appointments, branch_clock, labels, patients
from medidesk.repositories.appointments import AppointmentRow, Slot, Waiting
from medidesk.repositories.patients import PatientRow
from medidesk.ui.appointments import form, words
from medidesk.ui.appointments.finder import FinderPanel
from medidesk.ui.appointments.geometry import Lane
from medidesk.ui.appointments.heading import View
from medidesk.ui.appointments.panels import NEW, ONE, AppointmentPanel, BookPanel, ChangePanel
from medidesk.ui.appointments.waiting import WaitingPanel
from medidesk.ui.entry.panel_place import PanelPlace
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.patient_finder import PatientFinder
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention
    from medidesk.ui.appointments.page import CalendarPage

_USUAL_MINUTES = 15


class Beside:
    """Of one page."""

    def __init__(self, page: CalendarPage) -> None:
        self._page = page
        self._place = PanelPlace[SidePanel](page, lambda: page.row_of_panes, page.place_pinboard)
        self.close = self._place.close

    @property
    def now(self) -> SidePanel | None:
        """The panel, where one is open."""
        return self._place.now

    def book(self) -> None:
        """Give somebody a time, the one at the cursor unless another is typed."""
        lane = self._page.lane()
        self.find_patient(lane, self._page.grid.spot.minute)

    def find_time(self) -> None:
        """Look for a free time."""
        lane = self._page.lane()
        finder = FinderPanel(self._page.desk, self._page.zone, self._page.day if lane is None else lane.day)
        finder.taken.connect(self._book_slot)
        self._place.open(finder)

    def show_waiting(self) -> None:
        """List who would come earlier, and when they could."""
        panel = WaitingPanel(self._page.desk, self._page.zone, may_change=self._page.may_change)
        panel.taken.connect(self._take_waiting)
        self._place.open(panel)

    def _take_waiting(self, one: Waiting) -> None:
        if one.slot is None or not self._page.may_change:
            self.open_one(one.row)
        else:
            self._page.offers.bring(one.row, one.slot.starts_at)

    def open_one(self, row: AppointmentRow) -> None:
        """Open an appointment's panel."""
        if not self._page.may_change:
            self._page.desk.open_file(row.patient_id)
            return
        panel = ChangePanel(self._page.desk, self._page.zone, row)
        panel.file_asked.connect(self._page.desk.open_file)
        panel.saved.connect(lambda outcome: self._page.offers.freed(panel.before, outcome))
        self._open_entry(panel)

    def take_up(self, attention: Attention) -> bool:
        """Type in what a refused booking or move wanted; says whether it was one."""
        wanted, read = attention.wanted, self._page.desk.station.read
        starts = wanted.get("starts_at")
        if attention.row_id is None or not isinstance(starts, dt.datetime):
            return False
        row = read(appointments.by_id, attention.row_id)
        typed = {
            name: wanted[name] for name in ("staff_id", "room_id", "note", "wants_earlier") if name in wanted
        }
        typed |= {
            "day": branch_clock.day_of(starts, self._page.zone),
            "time": words.clock(starts, self._page.zone),
        }
        ends = wanted.get("ends_at")
        if isinstance(ends, dt.datetime):
            typed["minutes"] = round((ends - starts).total_seconds() / 60)
        self._page.show_day(typed["day"])
        if row is not None:
            panel: AppointmentPanel = ChangePanel(self._page.desk, self._page.zone, row)
        else:
            patient = read(patients.kept, wanted["patient_id"]) if "patient_id" in wanted else None
            if patient is None:
                return False
            values = form.new_values(self._page.desk, None, self._page.day, "", _USUAL_MINUTES)
            panel = BookPanel(self._page.desk, self._page.zone, patient, values)
        self._open_entry(panel)
        panel.take_up(attention.op_id, typed)
        panel.say_taken(attention.sentence)
        return True

    def find_patient(self, lane: Lane | None, minute: int) -> None:
        """Ask for whom a time is; Enter at a free one."""
        if not self._page.desk.station.can("appointments", "add"):
            return
        line = tr("For whom?") if lane is None else f"{lane.title} · {labels.clock(minute)}"
        finder = PatientFinder(self._page.desk, tr("Book an appointment"), line)
        finder.found.connect(partial(self._book_for, lane, minute))
        self._place.open(finder)

    def book_for(self, patient_id: UUID) -> None:
        """Give a patient a time: the next free one from the cursor on, with whoever the cursor is with."""
        page = self._page
        patient = page.desk.station.read(patients.kept, patient_id)
        if patient is None:
            return
        lane, now = page.lane(), dt.datetime.now(dt.UTC)
        free: list[Slot] = []
        if lane is not None:
            after, whom = max(now, lane.moment(page.grid.spot.minute)), (lane.staff_id,)
            free = page.desk.station.read(appointments.free_slots, page.org_id, after, staff=whom, most=1)
        if free:
            self._open_entry(BookPanel(page.desk, page.zone, patient, self._at_slot(free[0])))
        else:
            self._book_for(None, 0, patient)

    def _book_for(self, lane: Lane | None, minute: int, patient: PatientRow) -> None:
        if lane is None:
            values = form.new_values(self._page.desk, self._page.whose(), self._page.day, "", _USUAL_MINUTES)
        else:
            begins, length = lane.slot_of(minute)
            values = form.new_values(self._page.desk, lane.staff_id, lane.day, labels.clock(begins), length)
        self._open_entry(BookPanel(self._page.desk, self._page.zone, patient, values))

    def _book_slot(self, slot: Slot) -> None:
        here, values = slot.starts_at.astimezone(self._page.zone), self._at_slot(slot)
        finder = PatientFinder(self._page.desk, tr("Book an appointment"), f"{slot.name} · {here:%H:%M}")
        finder.found.connect(
            lambda patient: self._open_entry(BookPanel(self._page.desk, self._page.zone, patient, values))
        )
        self._place.open(finder)

    def _at_slot(self, slot: Slot) -> dict[str, object]:
        """What the form says of a free time; its day is shown."""
        here = slot.starts_at.astimezone(self._page.zone)
        if self._page.view is not View.DAY or self._page.day != here.date():
            self._page.show_day(here.date())
        minutes = round((slot.ends_at - slot.starts_at).total_seconds() / 60)
        return form.new_values(self._page.desk, slot.staff_id, here.date(), f"{here:%H:%M}", minutes)

    def _open_entry(self, panel: AppointmentPanel) -> None:
        panel.saved.connect(partial(self._saved, panel))
        self._place.open(panel)

    def _saved(self, panel: AppointmentPanel, outcome: Any) -> None:
        self._place.close_saved(panel)
        row = getattr(outcome, "row", None)
        if isinstance(row, AppointmentRow):
            if row.state is AppointmentState.BOOKED:
                self._page.show_one(row.id)
            else:
                self._page.grid.choose(row.id)

    def take_draft_up(self) -> None:
        """Show again what was typed and not saved."""
        for draft in self._page.desk.station.drafts.all():
            if self._open_draft(draft.key):
                self._page.note_draft(draft.key, True)
                return

    def _open_draft(self, key: str) -> bool:
        read = self._page.desk.station.read
        if key.startswith(NEW):
            patient = read(patients.kept, UUID(key.removeprefix(NEW)))
            if patient is None:
                return False
            values = form.new_values(self._page.desk, None, self._page.day, "", _USUAL_MINUTES)
            self._open_entry(BookPanel(self._page.desk, self._page.zone, patient, values))
            return True
        row = read(appointments.by_id, UUID(key.removeprefix(ONE))) if key.startswith(ONE) else None
        if row is not None:
            self.open_one(row)
        return row is not None
