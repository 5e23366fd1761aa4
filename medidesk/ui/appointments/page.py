"""The calendar: a day of everybody side by side, a week of one or a month, the pinboard, and a panel beside it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.models.appointments import AppointmentState
from medidesk.models.visits import VisitState
from medidesk.repositories import appointments, branch_clock, labels
from medidesk.repositories.appointments import AppointmentRow, CalendarDay
from medidesk.ui import moments
from medidesk.ui.appointments import news, words
from medidesk.ui.appointments.beside import Beside
from medidesk.ui.appointments.day_grid import DayGrid
from medidesk.ui.appointments.geometry import Lane, Place, lanes_of
from medidesk.ui.appointments.heading import Heading, View
from medidesk.ui.appointments.month import Month
from medidesk.ui.appointments.month_grid import month_on
from medidesk.ui.appointments.movers import Movers
from medidesk.ui.appointments.offers import Offers
from medidesk.ui.appointments.page_keys import bind_keys
from medidesk.ui.appointments.panels import ChangePanel
from medidesk.ui.appointments.pinboard import Pinboard
from medidesk.ui.appointments.waiting import WaitingPanel
from medidesk.ui.colleagues import name_of
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.page import Desk, Page
from medidesk.ui.waiting_cards import WaitingCards
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed

KEY = "appointments"
_TABLES = frozenset(
    {"appointment", "visit", "patient", "staff", "duty_schedule", "duty_exception", "organisation"}
    | {"specialisation", "room", "setting"}
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
        self.view = View.DAY
        self.beside, self.movers = Beside(self), Movers(self)
        self.may_change = desk.station.can("appointments", "change")
        self.heading = Heading(may_book=desk.station.can("appointments", "add"))
        self.grid, self.month = DayGrid(), Month(desk)
        self.pinboard = Pinboard()
        self.waiting = WaitingCards(desk)
        self.offers = Offers(self)
        self.shown: dict[UUID, AppointmentRow] = {}
        self._lay_out()
        self._connect()
        bind_keys(self)
        self.refresh(None)
        self._begin_at_now()
        chain_tabs(self)
        self.beside.take_draft_up()

    def arrive(self) -> None:
        """The panel where one is open, else the grid takes the keys."""
        if self.beside.now is not None:
            self.beside.now.arrive()
        elif self.view is View.MONTH:
            self.month.grid.setFocus()
        else:
            self.grid.setFocus()

    def refresh(self, news_: Changed | None) -> None:
        """Show what the replica holds now; the cursor and what is typed stay."""
        if news_ is not None and not news_.everything and not _TABLES & set(news_.tables):
            return
        self.zone = self.desk.station.read(branch_clock.zone_of, self.org_id)
        if self.view is View.MONTH:
            self.month.show_day(self.day, self.zone)
            self.heading.show_day(self.month.titles(), self.month.figures(), self.view)
        else:
            before = self.shown
            self._show_lanes()
            if news_ is not None and not news_.own:
                self._tell_news(before)
        self.waiting.refresh()
        self._show_board()
        self.offers.look()
        if isinstance(self.beside.now, WaitingPanel):
            self.beside.now.look()
        if isinstance(self.beside.now, ChangePanel):
            row = self.desk.station.read(appointments.by_id, self.beside.now.row.id)
            by = None if row is None else row.updated_by
            own = news_ is not None and news_.own and by in {None, self.desk.station.user.account_id}
            self.beside.now.show_row(row, own=own, by=name_of(self.desk, by))

    # Days

    def lane(self) -> Lane | None:
        """The column that the cursor is in; none while whole days are shown."""
        return None if self.view is View.MONTH else self.grid.lane_at(self.grid.spot.lane)

    def whose(self) -> UUID | None:
        """The one person whose days are shown, if they are one's."""
        return self.month.staff_id if self.view is View.MONTH else self.person

    def show_day(self, day: dt.date, person: UUID | None = None) -> None:
        """Show a day of everybody, or the week that it lies in of one person."""
        self._show(View.DAY if person is None else View.WEEK, day, person)

    def show_month(self, day: dt.date | None = None) -> None:
        """Show how full the days of a month are, for everybody or for the one person whose week was shown."""
        lane = self.lane()
        if self.person is not None:
            self.month.choose(self.person)
        self._show(View.MONTH, day or (self.day if lane is None else lane.day), None)

    def walk_month(self, day: dt.date) -> None:
        """Put the cursor on another day; another month is read."""
        if (day.year, day.month) == (self.day.year, self.day.month):
            self.day = day
            self.month.grid.go_to(day)
        else:
            self.show_month(day)

    def _show(self, view: View, day: dt.date, person: UUID | None) -> None:
        self.grid.give_up()
        turned = (view is View.MONTH) != (self.view is View.MONTH)
        self.view, self.day, self.person, self.shown = view, day, person, {}
        self.place_pinboard()
        self.refresh(None)
        if turned:
            self.stack.setCurrentWidget(self.month if view is View.MONTH else self.grid)
            self.keys.look_again()
            self._follow_view()

    def _follow_view(self) -> None:
        """The keys go on where the days are now, unless they are in the heading or in a panel."""
        focused = QApplication.focusWidget()
        in_heading = focused is not None and self.heading.isAncestorOf(focused)
        if self.isVisible() and self.beside.now is None and not in_heading:
            self.arrive()

    def go_to_day(self, day: dt.date) -> None:
        """Show a day, or the week or month that it lies in."""
        if self.view is View.MONTH:
            self.show_month(day)
        else:
            self.show_day(day, self.person)

    def go_on(self, by: int) -> None:
        """Show the next day, week or month, or the one before."""
        days = {View.DAY: 1, View.WEEK: 7}.get(self.view)
        self.go_to_day(month_on(self.day, by) if days is None else self.day + dt.timedelta(days=by * days))

    def today(self) -> None:
        """Show the day that it is, at the time that it is."""
        self.go_to_day(branch_clock.today(self.zone))
        if self.view is not View.MONTH:
            self._begin_at_now()

    def open_day(self, day: dt.date) -> None:
        """Show a day of the month, with the cursor in the column of whoever's month it was."""
        self.show_day(day)
        lanes = self.grid.lanes
        at = next((at for at, one in enumerate(lanes) if one.staff_id == self.month.staff_id), 0)
        if lanes:
            self.grid.go_to(
                Place(at, lanes[at].duty[0].from_minute if lanes[at].duty else self.grid.spot.minute)
            )

    def show_whole_day(self) -> None:
        """Everybody's day, of the column that the cursor is in."""
        lane = self.lane()
        self.show_day(self.day if lane is None else lane.day)

    def show_week(self) -> None:
        """The week of whoever the cursor is with, or whose month it is."""
        who = None
        if self.view is View.MONTH:
            who = self.whose()
            self.show_day(self.day)
        lane = self.lane()
        if lane is not None or who is not None:
            self.show_day(self.day if lane is None else lane.day, who or (lane.staff_id if lane else None))

    def show_one(self, row_id: UUID) -> None:
        """Put the cursor on an appointment, on its day."""
        row = self.desk.station.read(appointments.by_id, row_id)
        if row is None or row.org_id != self.org_id:
            self.desk.toast(tr("Not in this calendar"), tr("It belongs to another branch."), tone="info")
            return
        if row.id not in self.shown:
            day = branch_clock.day_of(row.starts_at, self.zone)
            self.show_day(day, self.person if self.person == row.staff_id else None)
        if not self.grid.choose(row.id) and self.may_change:
            self.beside.open_one(row)  # on the pinboard

    # What is read, and said

    def _show_board(self) -> None:
        read = self.desk.station.read
        self.pinboard.show_rows(read(appointments.parked, self.org_id), self.zone)
        if self.view is View.DAY:
            waiting = read(appointments.waiting_list, self.org_id, dt.datetime.now(dt.UTC))
            self.pinboard.show_waiting(len(waiting))

    def _show_lanes(self) -> None:
        days, week = self._read(), self.person is not None
        lanes = lanes_of(days, by_day=week, day_words=[_day_words(one.day) for one in days])
        self.shown = {row.id: row for lane in lanes for row in lane.appointments}
        self.grid.show_lanes(lanes, day_heads=week, waits=self.desk.station.pending("appointment"))
        self.heading.show_day(self._titles(days), self._figures(lanes), self.view)

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
        first, last = days[0].day, days[-1].day
        return f"{name} · {first.day} {moments.month(first)} – {moments.day(last)}", name

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
            show = partial(self.show_one, row.id)
            self.desk.toast(title, line, tone="info", icon="calendar-clock", verb=tr("Show"), act=show)

    def _begin_at_now(self) -> None:
        now = dt.datetime.now(self.zone)
        self.grid.go_to(Place(0, now.hour * 60 + now.minute))

    # The frame

    def _connect(self) -> None:
        heading, grid, board = self.heading, self.grid, self.pinboard
        heading.step_asked.connect(self.go_on)
        heading.today_asked.connect(self.today)
        heading.day_asked.connect(self.go_to_day)
        heading.whole_day_asked.connect(self.show_whole_day)
        heading.week_asked.connect(self.show_week)
        heading.month_asked.connect(self.show_month)
        heading.book_asked.connect(self.beside.book)
        heading.find_asked.connect(self.beside.find_time)
        grid.book_asked.connect(self.beside.find_patient)
        grid.open_asked.connect(self.beside.open_one)
        grid.dropped.connect(self.movers.dropped)
        grid.dropped_outside.connect(self.movers.outside)
        grid.letter.connect(self.movers.letter)
        grid.moving_changed.connect(self.keys.look_again)
        self.month.grid.opened.connect(self.open_day)
        self.month.grid.moved.connect(self.walk_month)
        self.month.grid.today_asked.connect(self.today)
        self.month.whom_chosen.connect(lambda: self.show_month(self.day))
        board.open_asked.connect(self.beside.open_one)
        self.waiting.asked.connect(self.desk.show_visit)
        board.move_asked.connect(self.movers.carry)
        board.waiting_asked.connect(self.beside.show_waiting)
        board.dropped.connect(self.movers.from_pinboard)
        self.desk.bridge.sync_changed.connect(self._show_pending)

    def _show_pending(self, _state: object = None) -> None:
        self.grid.waits = frozenset(self.desk.station.pending("appointment"))
        self.grid.viewport().update()

    def _lay_out(self) -> None:
        main = QVBoxLayout()
        main.setContentsMargins(0, 0, 0, 0)
        main.setSpacing(0)
        main.addWidget(self.heading)
        main.addWidget(self.offers.strip)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.month)
        main.addWidget(self.stack, 1)
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
        wanted = self.beside.now is None and self.view is View.DAY
        self.aside.setVisible(wanted and self.width() >= _ROOM_FOR_PINBOARD)


def _short(day: dt.date) -> str:
    return f"{words.weekday(day)} {moments.day(day)}"


def _day_words(day: dt.date) -> str:
    return f"{labels.weekday(day.isoweekday())} {day.day}"
