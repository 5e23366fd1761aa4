"""The charts of the overview, each on a card of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from medidesk.models.money import Money
from medidesk.repositories.overview import HourRow, RevenueRow, WeekRow
from medidesk.ui import moments
from medidesk.ui.kit.card import Card
from medidesk.ui.kit.charts import Bar, BarChart, LineChart, Point, Share, ShareBars
from medidesk.ui.overview.legend import Legend
from medidesk.words import counted, tr

_DAYS_NAMED = 5
"""Of a row of days each so many-th is named."""


class HoursCard(Card):
    """The appointments of the day by the hour."""

    def __init__(self) -> None:
        parts = (
            (tr("Done"), "chart.1"),
            (tr("In the house"), "chart.2"),
            (tr("Booked"), "chart.axis"),
            (tr("Did not come"), "danger.base"),
            (tr("Usual for this weekday"), "chart.3"),
        )
        super().__init__(tr("Appointments by hour"), Legend(parts))
        self.chart = BarChart(tr("Appointments by hour"))
        self.body.addWidget(self.chart)

    def show_hours(self, rows: Sequence[HourRow]) -> None:
        """Show those of a day."""
        bars = [
            Bar(
                f"{row.hour:02}:00",
                (
                    (row.done, "chart.1"),
                    (row.here, "chart.2"),
                    (row.missed, "danger.base"),
                    (row.booked, "chart.axis"),
                ),
                typical=None if row.typical is None else float(row.typical),
                said=str(row.whole) if row.whole else "",
                outlined=1,
            )
            for row in rows
        ]
        self.chart.show_bars(
            bars,
            [tr("{hour}:00 {count} appointments", hour=f"{row.hour:02}", count=row.whole) for row in rows],
        )


class NoShowCard(Card):
    """Who did not come, by weeks."""

    def __init__(self) -> None:
        super().__init__(tr("Did not come, of those expected"))
        self.chart = LineChart(tr("Did not come, of those expected"), " %")
        self.body.addWidget(self.chart)

    def show_weeks(self, rows: Sequence[WeekRow]) -> None:
        """Show those of some weeks."""
        points, said = [], []
        for at, row in enumerate(rows):
            monday = f"{row.monday.day} {moments.month(row.monday)}"
            points.append(Point(monday if at % 4 == 0 or at == len(rows) - 1 else "", _value(row)))
            if row.rate is not None:
                said.append(tr("week of {day}: {rate} %", day=monday, rate=row.rate))
        self.chart.show_points(points, said)


class RevenueCard(Card):
    """What was billed, by day."""

    def __init__(self) -> None:
        parts = ((tr("Patients' part"), "chart.1"), (tr("Insurers' part"), "chart.2"))
        super().__init__(tr("Billed by day"), Legend(parts))
        self.chart = BarChart(tr("Billed by day"))
        self.body.addWidget(self.chart)

    def show_revenue(self, row: RevenueRow) -> None:
        """Show that of some days."""
        last = len(row.days) - 1
        bars = [
            Bar(
                str(day.day) if (last - at) % _DAYS_NAMED == 0 else "",
                ((float(own), "chart.1"), (float(covered), "chart.2")),
            )
            for at, (day, own, covered) in enumerate(row.days)
        ]
        self.chart.show_bars(bars, [_billed(day, own + covered, row) for day, own, covered in row.days])


class ServicesCard(Card):
    """What was billed, by service."""

    def __init__(self) -> None:
        super().__init__(tr("Billed by service"))
        self.shares = ShareBars(tr("Billed by service"))
        self.body.addWidget(self.shares)

    def show_revenue(self, row: RevenueRow) -> None:
        """Show that of some days."""
        most = max((total for _, total in row.services), default=0)
        self.shares.show_shares(
            [
                Share(
                    name,
                    float(total / most) if most > 0 and total > 0 else 0.0,
                    str(Money(total, row.total.currency)),
                )
                for name, total in row.services
            ]
        )


def wait_words(minutes: int | None) -> str:
    """Minutes as a figure; "—" for none."""
    return "—" if minutes is None else counted(minutes, "{count} min", "{count} min")


def _value(row: WeekRow) -> float | None:
    return None if row.rate is None else float(row.rate)


def _billed(day: dt.date, amount: object, row: RevenueRow) -> str:
    return f"{moments.day(day)}: {amount} {row.total.currency}"
