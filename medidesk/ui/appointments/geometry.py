"""Where a time stands in the calendar, and which time a place is. No widgets: numbers alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from medidesk.models.appointments import AppointmentState
from medidesk.models.duty import MINUTES_OF_A_DAY
from medidesk.repositories import branch_clock
from medidesk.repositories.appointments import AppointmentRow, CalendarDay, Usual, room_of
from medidesk.repositories.duty.hours import Stretch
from medidesk.ui.kit.theme import tokens

HOUR = int(tokens["calendar"]["hour"])
TOP = int(tokens["calendar"]["top"])
USUAL = (8 * 60, 18 * 60)
"""What is shown of a day on which nobody is on duty."""
STEP = 15
"""The minutes of a slot where nobody is on duty."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A column of the grid: one person on one day.

    Attributes:
        staff_id, day: whose, and when.
        title, line: over it.
        duty: when they are on duty.
        appointments: of that day.
        zone: of the branch's clock.
        usual_room_id: where they see patients unless another room is named.
        room_id: the one over the column.
    """

    staff_id: UUID
    day: dt.date
    title: str
    line: str
    duty: tuple[Stretch, ...]
    appointments: tuple[AppointmentRow, ...]
    zone: dt.tzinfo
    usual_room_id: UUID | None = None
    room_id: UUID | None = None

    def minute_of(self, moment: dt.datetime) -> int:
        """The minutes after this day's midnight."""
        return branch_clock.minute_of(moment, self.day, self.zone)

    def moment(self, minute: int) -> dt.datetime:
        """The instant at which the clock says so."""
        return branch_clock.instant(self.day, minute, self.zone)

    def on_duty(self, minute: int) -> Stretch | None:
        """The stretch that a minute lies in."""
        return next((one for one in self.duty if one.from_minute <= minute < one.to_minute), None)

    def slot_of(self, minute: int) -> tuple[int, int]:
        """Where the slot that a minute lies in begins, and how long it is."""
        stretch = self.on_duty(minute)
        starts, length = (0, STEP) if stretch is None else (stretch.from_minute, stretch.slot_minutes)
        return starts + (minute - starts) // length * length, length

    def live(self) -> list[AppointmentRow]:
        """Those that hold their time."""
        return [row for row in self.appointments if row.state is AppointmentState.BOOKED]

    def at(self, minute: int) -> AppointmentRow | None:
        """What stands at a minute: what holds it, or else what did."""
        here = [
            row
            for row in self.appointments
            if self.minute_of(row.starts_at) <= minute < self.minute_of(row.ends_at)
        ]
        return min(here, key=lambda row: row.state is not AppointmentState.BOOKED, default=None)

    def taken_by(self, minute: int, minutes: int, without: UUID | None) -> AppointmentRow | None:
        """Who has a part of that time already."""
        return next(
            (
                row
                for row in self.live()
                if row.id != without
                and self.minute_of(row.starts_at) < minute + minutes
                and minute < self.minute_of(row.ends_at)
            ),
            None,
        )

    def room_for(self, row: AppointmentRow) -> UUID | None:
        """Where an appointment would take place that is moved here."""
        return room_of(Usual.ROOM, self.usual_room_id, has=row.room_id, stays=row.staff_id == self.staff_id)

    def elsewhere(self, row: AppointmentRow) -> str:
        """The room of one of the appointments, where it is not the one over the column."""
        return row.room if row.room_id != self.room_id else ""

    def possible(self) -> int:
        """How many appointments of the usual length the day has room for."""
        return sum((one.to_minute - one.from_minute) // one.slot_minutes for one in self.duty)


@dataclass(frozen=True)
class Place:
    """A time in a column."""

    lane: int
    minute: int


@dataclass(frozen=True)
class Moving:
    """An appointment on its way.

    Attributes:
        row: as it is.
        minutes: how long it is to take.
        place: where it would stand.
    """

    row: AppointmentRow
    minutes: int
    place: Place


def lanes_of(days: Iterable[CalendarDay], *, by_day: bool, day_words: Sequence[str] = ()) -> list[Lane]:
    """The columns of a day (its people), or of a week of one person (its days).

    Args:
        days: as they were read; parked appointments stand on the pinboard and not here.
        by_day: whether the columns are headed by their day.
        day_words: of each day, then.
    """
    found = []
    for at, day in enumerate(days):
        for column in day.columns:
            title, line = column.name, " · ".join(filter(None, (column.room, column.specialisation)))
            if by_day:
                title, line = day_words[at], column.room
            rows = tuple(row for row in column.appointments if row.state is not AppointmentState.PARKED)
            found.append(
                Lane(
                    column.staff_id, day.day, title, line, column.duty, rows, day.zone,
                    column.usual_room_id, column.room_id,
                )
            )  # fmt: skip
    return found


def in_the_room(lanes: Sequence[Lane], moving: Moving) -> AppointmentRow | None:
    """Who has the room in which something on its way would take place, in whichever column."""
    lane = lanes[moving.place.lane]
    room, begins = lane.room_for(moving.row), lane.moment(moving.place.minute)
    ends = begins + dt.timedelta(minutes=moving.minutes)
    rows = (row for one in lanes for row in one.live() if room is not None and row.room_id == room)
    return next(
        (row for row in rows if row.id != moving.row.id and row.starts_at < ends and begins < row.ends_at),
        None,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """The part of the day that is shown, in whole hours."""

    first: int
    last: int

    @property
    def height(self) -> int:
        """In px."""
        return TOP * 2 + (self.last - self.first) * HOUR // 60

    def y_of(self, minute: float) -> float:
        """Where a minute stands."""
        return TOP + (minute - self.first) * HOUR / 60

    def minute_at(self, y: float) -> int:
        """The minute at a height, within what is shown."""
        minute = self.first + round((y - TOP) * 60 / HOUR)
        return max(self.first, min(self.last - 1, minute))


def span_of(lanes: Iterable[Lane]) -> Span:
    """From the first to the last hour in which anything is, the usual ones at least."""
    first, last = USUAL
    for lane in lanes:
        for stretch in lane.duty:
            first, last = min(first, stretch.from_minute), max(last, stretch.to_minute)
        for row in lane.appointments:
            first = min(first, max(0, lane.minute_of(row.starts_at)))
            last = max(last, min(MINUTES_OF_A_DAY, lane.minute_of(row.ends_at)))
    return Span(first // 60 * 60, min(MINUTES_OF_A_DAY, -(-last // 60) * 60))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an appointment stands in its column.

    Attributes:
        starts, ends: in minutes of its day.
        place, among: its place among so many side by side, where some overlap.
    """

    starts: int
    ends: int
    place: int
    among: int


def standing(lane: Lane) -> dict[UUID, Standing]:
    """Of each appointment of a column."""
    aside = beside(lane)
    return {
        row.id: Standing(lane.minute_of(row.starts_at), lane.minute_of(row.ends_at), *aside[row.id])
        for row in lane.appointments
    }


def beside(lane: Lane) -> dict[UUID, tuple[int, int]]:
    """Of appointments that overlap (cancelled ones do): each one's place among so many side by side."""
    found: dict[UUID, tuple[int, int]] = {}
    group: list[tuple[AppointmentRow, int]] = []
    ends: list[dt.datetime] = []

    def close() -> None:
        for row, place in group:
            found[row.id] = (place, len(ends))
        group.clear()
        ends.clear()

    for row in sorted(lane.appointments, key=lambda one: (one.starts_at, one.state, one.id)):
        if ends and row.starts_at >= max(ends):
            close()
        place = next((at for at, end in enumerate(ends) if end <= row.starts_at), len(ends))
        if place == len(ends):
            ends.append(row.ends_at)
        else:
            ends[place] = row.ends_at
        group.append((row, place))
    close()
    return found
