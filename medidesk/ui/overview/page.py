"""The overview: the figures of the day as tiles, and charts of the weeks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.repositories import overview, people
from medidesk.repositories.overview import DayRow, Figures, RevenueRow, WeekRow
from medidesk.ui import moments
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.overview.cards import HoursCard, NoShowCard, RevenueCard, ServicesCard, wait_words
from medidesk.ui.overview.tiles import Tile
from medidesk.ui.page import Desk, Page
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Changed

KEY, ICON = "overview", "layout-dashboard"
_PAUSE_MS = 600
"""Colleagues who work all the time have it reckoned anew so often at most."""
_EVERY_MS = 60_000
"""Waiting times grow without anybody doing anything."""
_TABLES = frozenset(
    {
        "appointment",
        "visit",
        "payment",
        "refund",
        "invoice",
        "invoice_line",
        "charge",
        "service",
        "organisation",
        "insurance_claim",
    }
)


class OverviewPage(Page):
    """The page. Its figures are reckoned in the background; what is there stays until others have come."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, KEY, tr("Overview"), ICON, parent)
        self._money = desk.station.can("billing", "read")
        self._asked = 0
        self.figures: Figures | None = None
        self.tiles = {
            "today": Tile(tr("Appointments today"), tr("Opens the calendar")),
            "waiting": Tile(tr("Waiting now"), tr("Opens the queue")),
            "here": Tile(tr("Arrived today"), tr("Opens the queue")),
            "attendance": Tile(tr("Did not come, 12 weeks"), tr("Opens the report")),
        }
        if self._money:
            self.tiles |= {
                "takings": Tile(tr("Taken today"), tr("Opens the report")),
                "unbilled": Tile(tr("Not billed yet"), tr("Opens the cashier's list")),
                "unpaid": Tile(tr("Not paid"), tr("Opens the cashier's list")),
                "revenue": Tile(tr("Billed, {days} days", days=overview.DAYS), tr("Opens the report")),
            }
        for name, tile in self.tiles.items():
            tile.clicked.connect(partial(self.desk.show_list, name))
        self.hours, self.no_shows = HoursCard(), NoShowCard()
        self.revenue, self.services = RevenueCard(), ServicesCard()
        self._moment = Label("", "body", "regular", "text.tertiary", figures=True)
        self._lay_out()
        self._pause, self._often = QTimer(self), QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.reckon)
        self._often.setInterval(_EVERY_MS)
        self._often.timeout.connect(self._look_again)
        self._often.start()
        self.keys.list_only("Tab", tr("Next figure"))
        self.keys.list_only("Enter", tr("Open what is behind it"))
        self.keys.bind("F5", tr("Reckon again"), self.reckon)
        chain_tabs(self)
        self._stale = True  # nothing is reckoned before somebody looks

    def arrive(self) -> None:
        """The first figure takes the keys."""
        next(iter(self.tiles.values())).setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Reckon again where something of it is different."""
        if news is None:
            self.reckon()
        elif (news.everything or _TABLES & set(news.tables)) and not self._pause.isActive():
            self._pause.start()

    def wind_up(self) -> None:
        """Reckon no more."""
        self._pause.stop()
        self._often.stop()

    def reckon(self) -> None:
        """Make the figures of this moment; what was asked for before is let go."""
        self._pause.stop()
        self._asked += 1
        reading = partial(
            overview.figures, org_id=self.desk.station.user.org_id, now=moments.now(), money=self._money
        )
        self.desk.bridge.background(
            partial(self.desk.station.read, reading), partial(self._came, self._asked), self._failed
        )

    def _look_again(self) -> None:
        if self.isVisible():
            self.reckon()

    def _failed(self, problem: Exception) -> None:
        self._moment.setText(str(problem))

    def _came(self, asked: int, found: Figures) -> None:
        if asked != self._asked:
            return
        self.figures, day = found, found.day
        said = found.now.astimezone(found.zone)
        self._moment.setText(f"{moments.long_day(said.date())}, {said:%H:%M}")
        self.tiles["today"].show_figure(
            str(day.booked), tr("{came} came, {missed} did not", came=day.came, missed=day.missed)
        )
        self.tiles["waiting"].show_figure(
            str(day.waiting),
            tr("longest {time}", time=wait_words(day.longest_wait)) if day.waiting else tr("Nobody waits"),
        )
        self.tiles["here"].show_figure(
            str(day.waiting + day.in_room + day.done),
            tr("{done} done, {inside} in rooms, wait {time}", done=day.done, inside=day.in_room,
               time=wait_words(day.median_wait)),
        )  # fmt: skip
        self._show_missed(found.weeks)
        if found.revenue is not None:
            self._show_money(day, found.revenue)
        self.hours.show_hours(found.hours)
        self.no_shows.show_weeks(found.weeks)

    def _show_money(self, day: DayRow, billed: RevenueRow) -> None:
        self.tiles["takings"].show_figure(str(day.taken), tr("less what was given back"))
        self.tiles["unbilled"].show_figure(str(day.unbilled), tr("charged, on no invoice"))
        self.tiles["unpaid"].show_figure(
            str(day.due), counted(day.unpaid, "on {count} invoice", "on {count} invoices")
        )
        self.tiles["revenue"].show_figure(str(billed.total), tr("less credit notes"))
        self.revenue.show_revenue(billed)
        self.services.show_revenue(billed)

    def _show_missed(self, weeks: Sequence[WeekRow]) -> None:
        expected, missed = sum(row.expected for row in weeks), sum(row.missed for row in weeks)
        figure = f"{100 * missed / expected:.1f} %" if expected else "—"
        self.tiles["attendance"].show_figure(
            figure, tr("{missed} of {expected}", missed=f"{missed:,}", expected=f"{expected:,}")
        )

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        branches = dict(self.desk.station.read(people.branches))
        head.addWidget(
            Label(branches.get(self.desk.station.user.org_id, tr("Overview")), "title", "semibold")
        )
        head.addWidget(self._moment)
        head.addStretch(1)
        tiles = QGridLayout()
        tiles.setSpacing(12)
        for at, tile in enumerate(self.tiles.values()):
            tiles.addWidget(tile, at // 4, at % 4)
        charts = QGridLayout()
        charts.setSpacing(12)
        charts.addWidget(self.hours, 0, 0)
        charts.addWidget(self.no_shows, 0, 1)
        if self._money:
            charts.addWidget(self.revenue, 1, 0)
            charts.addWidget(self.services, 1, 1)
        charts.setColumnStretch(0, 3)
        charts.setColumnStretch(1, 2)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(tiles)
        column.addLayout(charts, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
