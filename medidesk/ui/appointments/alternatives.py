"""What is free instead, above a form whose time or room is taken: each is taken with one key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.models.appointments import AppointmentState
from medidesk.repositories import appointments
from medidesk.repositories.appointments import AppointmentRow, Slot, Usual
from medidesk.repositories.directory import RoomRow
from medidesk.ui.appointments import form, words
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Station

_OFFERED = 3


@dataclass(frozen=True)
class Asked:
    """What the form of an appointment asks for, beside what there is.

    Attributes:
        station: where it is filled in.
        zone: of the branch's clock.
        values: of the form.
        without: the appointment that is there already, whose own time and room count as free.
    """

    station: Station
    zone: dt.tzinfo
    values: Mapping[str, object]
    without: UUID | None

    @property
    def minutes(self) -> int | None:
        """How long it takes; None where that cannot be read, or is nothing."""
        minutes = self.values["minutes"]
        return minutes if isinstance(minutes, int) and minutes else None

    @property
    def room_id(self) -> UUID | None:
        """The room that is chosen."""
        room = self.values.get("room_id")
        return room if isinstance(room, UUID) else None

    def span(self) -> tuple[dt.datetime, dt.datetime] | None:
        """When it would be, if that can be read."""
        try:
            starts = form.starts_at(self.values, self.zone)
        except DomainError:
            return None
        return starts, starts + dt.timedelta(minutes=self.minutes or 1)

    def in_the_way(self) -> AppointmentRow | None:
        """What holds the time of whom it is with; or else, that of the room."""
        span = self.span()
        if span is None:
            return None
        rows = self.station.read(appointments.between, self.station.user.org_id, *span)
        live = [row for row in rows if row.state is AppointmentState.BOOKED and row.id != self.without]
        same = [row for row in live if row.staff_id == self.values["staff_id"]]
        there = [row for row in live if self.room_id is not None and row.room_id == self.room_id]
        return next(iter([*same, *there]), None)

    def free_rooms(self) -> list[RoomRow]:
        """Rooms in the place of the one that is chosen, the usual one first; none where the person is taken."""
        span, other = self.span(), self.in_the_way()
        if span is None or self.room_id is None:
            return []
        if other is not None and other.staff_id == self.values["staff_id"]:
            return []
        free = self.station.read(appointments.free_rooms, self.station.user.org_id, *span, self.without)
        usual = form.usual_room(self.station, self.values["staff_id"])
        others = (row for row in free if row.id != self.room_id)
        return sorted(others, key=lambda row: row.id != usual)[:_OFFERED]

    def free_times(self) -> list[Slot]:
        """The next ones of whom it is with, in the room that is chosen."""
        span, whom = self.span(), self.values["staff_id"]
        if span is None:
            return []
        after, one = max(span[0], dt.datetime.now(dt.UTC)), (whom,) if isinstance(whom, UUID) else None
        where = self.room_id if one is not None and "room_id" in self.values else Usual.ROOM
        return self.station.read(
            appointments.free_slots, self.station.user.org_id, after, staff=one, minutes=self.minutes,
            most=_OFFERED, without=self.without, room_id=where,
        )  # fmt: skip


class Alternatives(QWidget):
    """The next step in words, and a button for each room and each time.

    Signals:
        room_taken(RoomRow), time_taken(Slot): that one was pressed.
    """

    room_taken = Signal(object)
    time_taken = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.hide()

    def offer(self, next_step: str, asked: Asked) -> None:
        """Say what is to be done, and offer other rooms at the time that is asked for, and the next free times."""
        while self._column.count():
            item = self._column.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._column.addWidget(Label(next_step, "meta", "regular", "text.secondary", wrap=True))
        for room in asked.free_rooms():
            said = tr("{room} at this time", room=room.name)
            self._add(said, "door-open", partial(self.room_taken.emit, room))
        for slot in asked.free_times():
            time = words.day_and_time(slot.starts_at, asked.zone)
            self._add(f"{slot.name} · {time}", "calendar-clock", partial(self.time_taken.emit, slot))
        self.show()

    def _add(self, text: str, icon: str, act: Callable[[], None]) -> None:
        button = Button(text, kind="secondary", icon=icon, size="small")
        button.clicked.connect(lambda _on=False: act())
        self._column.addWidget(button)
