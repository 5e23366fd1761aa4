"""The calendar: a day of everybody side by side or a week of one, the pinboard, and a panel beside it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.models.appointments import AppointmentState
from medidesk.models.visits import VisitState
from medidesk.repositories import appointments, branch_clock, labels
from medidesk.repositories.appointments import AppointmentRow, CalendarDay
from medidesk.ui import moments
from medidesk.ui.appointments import news, words
from medidesk.ui.appointments.beside import Beside
from medidesk.ui.appointments.day_grid import DayGrid
from medidesk.ui.appointments.geometry import Lane, Place, lanes_of
from medidesk.ui.appointments.heading import Heading
from medidesk.ui.appointments.movers import Movers
from medidesk.ui.appointments.panels import ChangePanel
from medidesk.ui.appointments.pinboard import Pinboard
from medidesk.ui.colleagues import name_of
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.page import Desk, Page
from medidesk.ui.visits.cards import WaitingCards
from medidesk.ui.visits.page import open_queue
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed

KEY = "appointments"
_TABLES = frozenset(
    {"appointment", "visit", "patient", "staff", "duty_schedule", "duty_exception", "organisation"}
    | {"specialisation", "setting"}
)
_ROOM_FOR_PINBOARD = 1180


class CalendarPage(Page):
    """The page."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, KEY, tr("Calendar"), "calendar-days", parent)
        self.org_id = desk.station.user.org_id
        self.zone = desk.station.read(branch_clock.zone_of, self.org_id)
        self.day = branch_clock.today(self.zone)
        self.person: UUID | None = None
        self.beside, self.movers = Beside(self), Movers(self)
        self.may_change = desk.station.can("appointments", "change")
        self.heading = Heading(may_book=desk.station.can("appointments", "add"))
        self.grid = DayGrid()
        self.pinboard = Pinboard()
        self.waiting = WaitingCards(desk)
        self.shown: dict[UUID, AppointmentRow] = {}
        self._lay_out()
        self._connect()
        self._bind_keys()
        self.refresh(None)
        self._begin_at_now()
        chain_tabs(self)
        self.beside.take_draft_up()

    def arrive(self) -> None:
        """The panel where one is open, else the grid takes the keys."""
        if self.beside.now is not None:
            self.beside.now.arrive()
        else:
            self.grid.setFocus()

    def refresh(self, news_: Changed | None) -> None:
        """Show what the replica holds now; the cursor and what is typed stay."""
        if news_ is not None and not news_.everything and not _TABLES & set(news_.tables):
            return
        days = self._read()
        lanes = lanes_of(
            days, by_day=self.person is not None, day_words=[_day_words(one.day) for one in days]
        )
        before, self.shown = self.shown, {row.id: row for lane in lanes for row in lane.appointments}
        waits = self.desk.station.pending("appointment")
        self.grid.show_lanes(lanes, day_heads=self.person is not None, waits=waits)
        self.heading.show_day(self._titles(days), self._figures(lanes), week=self.person is not None)
        self.waiting.refresh()
        self.pinboard.show_rows(self.desk.station.read(appointments.parked, self.org_id), self.zone)
        if news_ is not None and not news_.own:
            self._tell_news(before)
        if isinstance(self.beside.now, ChangePanel):
            row = self.desk.station.read(appointments.by_id, self.beside.now.row.id)
            by = None if row is None else row.updated_by
            own = news_ is not None and news_.own and by in {None, self.desk.station.user.account_id}
            self.beside.now.show_row(row, own=own, by=name_of(self.desk, by))

    # Days

    def show_day(self, day: dt.date, person: UUID | None = None) -> None:
        """Show a day of everybody, or the week that it lies in of one person."""
        self.grid.give_up()
        self.day, self.person, self.shown = day, person, {}
        self.place_pinboard()
        self.refresh(None)

    def go_on(self, by: int) -> None:
        """Show the next day or week, or the one before."""
        self.show_day(self.day + dt.timedelta(days=by * (1 if self.person is None else 7)), self.person)

    def today(self) -> None:
        """Show the day that it is, at the time that it is."""
        self.show_day(branch_clock.today(self.zone), self.person)
        self._begin_at_now()

    def show_whole_day(self) -> None:
        """Everybody's day, of the column that the cursor is in."""
        lane = self.grid.lane_at(self.grid.spot.lane)
        self.show_day(self.day if lane is None else lane.day)

    def show_week(self) -> None:
        """The week of whoever the cursor is with."""
        lane = self.grid.lane_at(self.grid.spot.lane)
        if lane is not None:
            self.show_day(lane.day, lane.staff_id)

    # What is read, and said

    def _read(self) -> list[CalendarDay]:
        read = self.desk.station.read
        if self.person is None:
            return read(appointments.calendar_days, self.org_id, (self.day,))
        monday = self.day - dt.timedelta(days=self.day.isoweekday() - 1)
        week = [monday + dt.timedelta(days=at) for at in range(7)]
        return read(appointments.calendar_days, self.org_id, week, self.person)

    def _titles(self, days: list[CalendarDay]) -> tuple[str, str]:
        """In full, and where there is little room."""
        if self.person is None:
            return moments.long_day(self.day), _short(self.day)
        name = days[0].columns[0].name if days and days[0].columns else ""
        week = f"{_short(days[0].day)} – {_short(days[-1].day)}"
        return f"{name} · {week}", name

    @staticmethod
    def _figures(lanes: list[Lane]) -> str:
        rows = [row for lane in lanes for row in lane.appointments]
        booked = sum(row.state is AppointmentState.BOOKED for row in rows)
        done = sum(row.visit_state is VisitState.COMPLETED for row in rows)
        missed = sum(row.state is AppointmentState.NO_SHOW and row.visit_state is None for row in rows)
        said = [tr("{count} booked", count=booked)]
        if done:
            said.append(tr("{count} done", count=done))
        if missed:
            said.append(tr("{count} did not come", count=missed))
        return " · ".join(said)

    def _tell_news(self, before: dict[UUID, AppointmentRow]) -> None:
        mine = self.desk.station.user.account_id
        for title, line, row in news.told(before, self.shown, self.zone, partial(name_of, self.desk), mine):
            show = partial(self._choose, row.id)
            self.desk.toast(title, line, tone="info", icon="calendar-clock", verb=tr("Show"), act=show)

    def _choose(self, row_id: UUID) -> None:
        self.grid.choose(row_id)

    def _begin_at_now(self) -> None:
        now = dt.datetime.now(self.zone)
        self.grid.go_to(Place(0, now.hour * 60 + now.minute))

    # The frame

    def _connect(self) -> None:
        heading, grid, board = self.heading, self.grid, self.pinboard
        heading.step_asked.connect(self.go_on)
        heading.today_asked.connect(self.today)
        heading.day_asked.connect(lambda day: self.show_day(day, self.person))
        heading.whole_day_asked.connect(self.show_whole_day)
        heading.week_asked.connect(self.show_week)
        heading.book_asked.connect(self.beside.book)
        heading.find_asked.connect(self.beside.find_time)
        grid.book_asked.connect(self.beside.find_patient)
        grid.open_asked.connect(self.beside.open_one)
        grid.dropped.connect(self.movers.dropped)
        grid.dropped_outside.connect(self.movers.outside)
        grid.letter.connect(self.movers.letter)
        grid.moving_changed.connect(self.keys.look_again)
        board.open_asked.connect(self.beside.open_one)
        self.waiting.asked.connect(lambda visit_id: open_queue(self.desk).show_visit(visit_id))
        board.move_asked.connect(self.movers.carry)
        board.dropped.connect(self.movers.from_pinboard)
        self.desk.bridge.sync_changed.connect(self._show_pending)

    def _show_pending(self, _state: object = None) -> None:
        self.grid.waits = frozenset(self.desk.station.pending("appointment"))
        self.grid.viewport().update()

    def _bind_keys(self) -> None:
        keys = self.keys
        keys.list_only("Left, Right", tr("With whom"))
        keys.list_only("Up, Down", tr("Time"))
        keys.list_only("Return", tr("Open or book"))
        keys.bind("Alt+B", tr("Book"), self.beside.book)
        keys.bind("Alt+F", tr("Free time"), self.beside.find_time)
        keys.bind("F6", tr("Move"), self.grid.begin_move)
        keys.bind("F7", tr("Arrived, in room, done"), self.movers.step)
        keys.bind("F8", tr("Call next"), self.waiting.call_next, when=lambda: self.may_change)
        keys.list_only("P", tr("Park"))
        keys.list_only("T", tr("Today"))
        keys.list_only("Del", tr("Cancel"), hint=False)
        keys.bind("PgUp", tr("Day before"), partial(self.go_on, -1), hint=False)
        keys.bind("PgDown", tr("Next day"), partial(self.go_on, 1), hint=False)
        keys.bind("Ctrl+1", tr("Day"), self.show_whole_day, hint=False)
        keys.bind("Ctrl+2", tr("Week of one"), self.show_week, hint=False)
        keys.bind("Ctrl+G", tr("Go to a day"), self.heading.day_field.setFocus, hint=False)
        keys.bind("Ctrl+Return", tr("Save"), self._submit, when=self._has_panel)
        keys.bind("Ctrl+Enter", tr("Save"), self._submit, when=self._has_panel, hint=False)
        keys.bind("Escape", tr("Close, draft kept"), self._escape, when=self._has_something)

    def _has_panel(self) -> bool:
        return self.beside.now is not None

    def _has_something(self) -> bool:
        return self.beside.now is not None or self.grid.moving is not None

    def _escape(self) -> None:
        if self.grid.moving is not None:
            self.grid.give_up()
        else:
            self.beside.close()

    def _submit(self) -> None:
        if self.beside.now is not None:
            self.beside.now.submit()

    def _lay_out(self) -> None:
        main = QVBoxLayout()
        main.setContentsMargins(0, 0, 0, 0)
        main.setSpacing(0)
        main.addWidget(self.heading)
        main.addWidget(self.grid, 1)
        self.row_of_panes = QHBoxLayout(self)
        self.row_of_panes.setContentsMargins(1, 0, 0, 0)
        self.row_of_panes.setSpacing(0)
        self.row_of_panes.addLayout(main, 1)
        self.row_of_panes.addWidget(self._aside())

    def _aside(self) -> QWidget:
        """Who waits, over the pinboard."""
        self.aside = QWidget()
        column = QVBoxLayout(self.aside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.waiting)
        column.addWidget(self.pinboard, 1)
        return self.aside

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.place_pinboard()

    def place_pinboard(self) -> None:
        """The pinboard gives way to a panel, and to the grid where there is little room."""
        wanted = self.beside.now is None and self.person is None
        self.aside.setVisible(wanted and self.width() >= _ROOM_FOR_PINBOARD)


def _short(day: dt.date) -> str:
    return f"{words.weekday(day)} {moments.day(day)}"


def _day_words(day: dt.date) -> str:
    return f"{labels.weekday(day.isoweekday())} {day.day}"
