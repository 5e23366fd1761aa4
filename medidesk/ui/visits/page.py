"""The queue: who is here, who is next, and what is done with one key."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QWidget

from medidesk.repositories import branch_clock, patients, visits
from medidesk.repositories.patients import PatientRow
from medidesk.repositories.visits import VisitRow
from medidesk.ui import visit_words as words
from medidesk.ui.colleagues import name_of
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.panel_place import PanelPlace
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.list_frame import list_frame
from medidesk.ui.kit.pill import FilterPill
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.kit.table import Table
from medidesk.ui.page import Desk, Page
from medidesk.ui.patient_finder import PatientFinder
from medidesk.ui.visit_steps import Steps
from medidesk.ui.visits.alerts import LongWaits
from medidesk.ui.visits.board import BoardWindow
from medidesk.ui.visits.columns import columns
from medidesk.ui.visits.page_keys import bind_keys
from medidesk.ui.visits.panels import NEW, ONE, ArrivalPanel, VisitPanel
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed

KEY = "visits"
TABLES = frozenset({"visit", "appointment", "patient", "staff", "room", "setting", "organisation"})
_EVERY_MS = 20_000

type View = Literal["here", "mine", "gone"]
VIEWS: tuple[View, ...] = ("here", "mine", "gone")


class QueuePage(Page):
    """The page."""

    views = VIEWS

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, KEY, tr("Queue"), "ticket", parent)
        self.org_id = desk.station.user.org_id
        self.may_change = desk.station.can("appointments", "change")
        self.may_add = desk.station.can("appointments", "add")
        self.steps = Steps(desk)
        self.person = self.steps.person
        self._place = PanelPlace[SidePanel](self, lambda: self._row)
        self.close_panel = self._place.close
        self.view: View = "here" if self.person is None else "mine"
        self.day: list[VisitRow] = []
        self._known: set[UUID] = set()
        self.limit = desk.station.read(visits.waiting_limit, self.org_id)
        self.board: BoardWindow | None = None
        self._source = FoundRows[VisitRow]()
        self.table = Table(columns(lambda: self.limit), row="two_line", name=tr("Queue"))
        self._waits = LongWaits(desk, self.person, self.show_visit)
        self._lay_out()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.table.opened.connect(self.open_visit)
        bind_keys(self)
        self.refresh(None)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._look_at_the_clock)
        self._timer.start()
        desk.bridge.changed.connect(self._heard_of_visits)
        desk.bridge.sync_changed.connect(self._show_pending)
        chain_tabs(self)
        self._take_draft_up()

    def arrive(self) -> None:
        """The panel where one is open, else the list takes the keys."""
        if self.panel is not None:
            self.panel.arrive()
        elif self._stack.currentWidget() is self.table:
            self.table.setFocus()
        else:
            self.setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now; the choice stays."""
        if news is not None and not news.everything and not TABLES & set(news.tables):
            return
        read = self.desk.station.read
        zone = read(branch_clock.zone_of, self.org_id)
        self.day = read(visits.of_day, self.org_id, branch_clock.today(zone))
        self.limit = read(visits.waiting_limit, self.org_id)
        self._show_rows()
        self._choose_arrived(own=news is not None and news.own)
        if isinstance(self.panel, VisitPanel):
            row = read(visits.by_id, self.panel.row.id)
            by = None if row is None else row.updated_by
            own = news is not None and news.own and by in {None, self.desk.station.user.account_id}
            self.panel.show_row(row, own=own, by=name_of(self.desk, by))

    def _choose_arrived(self, *, own: bool) -> None:
        """Who was checked in here just now is chosen, once: what comes next is their ticket or their bill."""
        came = [row.id for row in self.day if row.id not in self._known]
        self._known.update(came)
        if own and len(came) == 1 and not isinstance(self.panel, VisitPanel):
            self.table.choose_id(came[0])

    def wind_up(self) -> None:
        """The board goes with the person who showed it."""
        self._timer.stop()
        if self.board is not None:
            self.board.close()
            self.board = None

    # What is done

    def find_arrival(self) -> None:
        """Ask who has arrived."""
        if not self.may_add:
            return
        finder = PatientFinder(self.desk, tr("Somebody has arrived"), tr("Enter checks them in."))
        finder.found.connect(self.check_in)
        self._place.open(finder)

    def check_in(self, patient: PatientRow) -> None:
        """Check a patient in: for today's appointment, or else asking what they come for."""
        read = self.desk.station.read
        booked = read(visits.due_today, patient.id, self.org_id, dt.datetime.now(dt.UTC))
        if booked is not None:
            self.close_panel()
            self.steps.arrive(booked.id)
            return
        panel = ArrivalPanel(self.desk, patient)
        panel.saved.connect(lambda _outcome: self._place.close_saved(panel))
        self._place.open(panel)

    def open_visit(self, row: VisitRow) -> None:
        """Open a visit's panel; for who may not change it, the patient's file."""
        if not self.may_change:
            self.desk.open_file(row.patient_id)
            return
        panel = VisitPanel(self.desk, self.steps, row)
        panel.saved.connect(lambda _outcome: self._place.close_saved(panel))
        panel.file_asked.connect(self.desk.open_file)
        self._place.open(panel)

    def show_visit(self, visit_id: UUID) -> None:
        """Come to the front with this one chosen."""
        self.desk.open(KEY, lambda: self)
        if all(row.id != visit_id for row in self._shown(self.view)):
            self.show_view("here")
        self.table.choose_id(visit_id)

    def show_view(self, view: View) -> None:
        """Show who is here, who of them is mine, or who is gone."""
        self.view = view
        self._pills[VIEWS.index(view)].setChecked(True)
        self._show_rows()

    def open_board(self) -> None:
        """Show the tickets on the second screen, or in a window where there is none."""
        if self.board is None:
            self.board = BoardWindow(self.desk)
            self.board.closed.connect(self._board_closed)
        self.board.place()

    @property
    def panel(self) -> SidePanel | None:
        """The panel that is open."""
        return self._place.now

    # What is shown

    def _shown(self, view: View) -> list[VisitRow]:
        if view == "gone":
            return sorted(
                (row for row in self.day if row.state not in visits.OPEN),
                key=lambda row: row.ended_at or row.arrived_at, reverse=True,
            )  # fmt: skip
        rows = [row for row in self.day if row.state in visits.OPEN]
        return [row for row in rows if row.staff_id in {None, self.person}] if view == "mine" else rows

    def _show_rows(self) -> None:
        rows = self._shown(self.view)
        self.table.show_found(self._source, rows)
        self._stack.setCurrentIndex(0 if rows else 1 if self.view != "gone" else 2)
        if self.window().focusWidget() is self:  # the list was empty: it takes the keys over
            self.arrive()
        for pill, view in zip(self._pills, VIEWS, strict=True):
            pill.set_count(len(self._shown(view)))
        self._figures.setText(words.figures(self.day, dt.datetime.now(dt.UTC)))
        self._waits.look(self.day, self.limit)
        self._show_pending()

    def _show_pending(self, _state: object = None) -> None:
        self.table.set_pending(self.desk.station.pending("visit"))

    def _look_at_the_clock(self) -> None:
        """Minutes go by: the lengths are painted anew, and who waits too long is told."""
        self._figures.setText(words.figures(self.day, dt.datetime.now(dt.UTC)))
        self._waits.look(self.day, self.limit)
        self.table.viewport().update()

    def _heard_of_visits(self, news: Any) -> None:
        """Also while the page is out of sight, somebody may wait too long."""
        if not self.isVisible() and (news.everything or "visit" in news.tables):
            self.refresh(news)

    # Drafts

    def _take_draft_up(self) -> None:
        read = self.desk.station.read
        for draft in self.desk.station.drafts.all():
            if draft.key.startswith(NEW):
                patient = read(patients.kept, UUID(draft.key.removeprefix(NEW)))
                if patient is not None:
                    self._place.open(ArrivalPanel(self.desk, patient))
                    break
            if draft.key.startswith(ONE):
                row = read(visits.by_id, UUID(draft.key.removeprefix(ONE)))
                if row is not None:
                    self.open_visit(row)
                    break
        if isinstance(self.panel, EntryPanel):
            self.note_draft(self.panel.draft_key, True)

    # The frame

    def _board_closed(self) -> None:
        self.board = None

    def call_next(self) -> None:
        """Call who is next: for oneself, or for everybody's queue."""
        row = self.steps.call_next()
        if row is not None:
            self.table.choose_id(row.id)

    @property
    def view_names(self) -> tuple[str, ...]:
        """What the views are called."""
        return (tr("Here"), tr("For me"), tr("Gone"))

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(
            EmptyState(
                "ticket",
                tr("Nobody waits"),
                tr("Alt+A checks in whoever arrives; F7 does so in the calendar."),
            )
        )
        self._stack.addWidget(EmptyState("check-check", tr("Nobody is done yet today")))
        main = list_frame((self._heading(), self._make_pills()), self._stack)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(main, 1)

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Label(tr("Queue"), "title", "semibold"))
        row.addSpacing(4)
        self._figures = Label("", "body", "regular", "text.tertiary", figures=True)
        row.addWidget(self._figures)
        row.addStretch(1)
        for text, icon, key, act, shown in (
            (tr("Board"), "monitor", "Alt+O", self.open_board, True),
            (tr("Call next"), "megaphone", "F8", self.call_next, self.may_change),
        ):
            button = Button(text, kind="secondary", icon=icon, key=key)
            button.clicked.connect(lambda _on=False, act=act: act())
            row.addWidget(button)
            if not shown:
                button.hide()
        arrived = Button(tr("Arrived"), kind="primary", icon="user-check", key="Alt+A")
        arrived.clicked.connect(self.find_arrival)
        row.addWidget(arrived)
        if not self.may_add:
            arrived.hide()
        return row

    def _make_pills(self) -> FlowLayout:
        row = FlowLayout()
        group = QButtonGroup(self)
        group.setExclusive(True)
        self._pills = [FilterPill(name) for name in self.view_names]
        for at, pill in enumerate(self._pills):
            group.addButton(pill, at)
            row.addWidget(pill)
        self._pills[VIEWS.index(self.view)].setChecked(True)
        if self.person is None:
            self._pills[1].hide()
        group.idClicked.connect(lambda at: self.show_view(VIEWS[at]))
        return row


def open_queue(desk: Desk, *, front: bool = True) -> QueuePage:
    """The queue's page, wherever it is asked for."""
    page = desk.open(KEY, lambda: QueuePage(desk), front=front)
    if not isinstance(page, QueuePage):
        raise TypeError(page.key)
    return page
