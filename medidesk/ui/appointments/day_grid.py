"""The grid of the calendar: time downwards, a column for each person, or for each day of one.

Arrows move a cursor, Enter opens what stands there. An appointment is moved with the mouse, or with `begin_move`,
the arrows and Enter; its lower edge stretches it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from medidesk.repositories import labels
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments import words
from medidesk.ui.appointments.geometry import (
    HOUR,
    STEP,
    Lane,
    Moving,
    Place,
    Standing,
    in_the_room,
    span_of,
    standing,
)
from medidesk.ui.appointments.grid_mouse import GridMouse
from medidesk.ui.appointments.grid_paint import GUTTER, HEAD, GridPainter
from medidesk.ui.kit.theme import theme_signals, tokens
from medidesk.words import tr

_COLUMN_MIN = int(tokens["calendar"]["column_min"])
_MINUTE_MS = 30_000
_LETTERS = frozenset({Qt.Key.Key_T, Qt.Key.Key_P, Qt.Key.Key_Delete})
_GLOW_MS = int(tokens["motion"]["row_flash"])


class DayGrid(QAbstractScrollArea):
    """The grid.

    Signals:
        book_asked(lane, minute): Enter or a double click on a free time.
        open_asked(row): the same on an appointment.
        dropped(row, lane, minute, minutes): an appointment was put there.
        dropped_outside(row, point): it was let go outside of the grid, at this place of the screen.
        cursor_moved(): the cursor stands on something else.
        letter(key): T, P or Delete was pressed here.
        moving_changed(): one is on its way, or none any more.
    """

    book_asked = Signal(object, int)
    open_asked = Signal(object)
    dropped = Signal(object, object, int, int)
    dropped_outside = Signal(object, QPoint)
    cursor_moved = Signal()
    letter = Signal(int)
    moving_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lanes: tuple[Lane, ...] = ()
        self.span = span_of(())
        self.places: dict[UUID, Standing] = {}
        self.waits: frozenset[UUID] = frozenset()
        self.glowing: frozenset[UUID] = frozenset()
        self.spot = Place(0, 9 * 60)
        self.moving: Moving | None = None
        self.shows_day_heads = False
        self.paints = GridPainter(self)
        self._mouse = GridMouse(self)
        self._glow = QTimer(self, singleShot=True, interval=_GLOW_MS)
        self._glow.timeout.connect(self._glow_ends)
        self._tick = QTimer(self, interval=_MINUTE_MS)
        self._tick.timeout.connect(self.viewport().update)
        self._tick.start()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(tr("Calendar"))
        theme_signals().theme_changed.connect(self.viewport().update)

    # What it shows

    def show_lanes(self, lanes: Sequence[Lane], *, day_heads: bool, waits: Collection[UUID]) -> None:
        """Show these columns; the cursor stays where it can."""
        known = {row.id: row.version for lane in self.lanes for row in lane.appointments}
        same = [(one.staff_id, one.day) for one in self.lanes] == [(one.staff_id, one.day) for one in lanes]
        chosen = self.chosen()
        self.lanes, self.span, self.shows_day_heads = tuple(lanes), span_of(lanes), day_heads
        self.places = {key: place for lane in lanes for key, place in standing(lane).items()}
        self.paints.forget()
        self.waits = frozenset(waits)
        if same:
            rows = [row for lane in lanes for row in lane.appointments]
            self.glowing = frozenset(row.id for row in rows if known.get(row.id) != row.version)
            if self.glowing:
                self._glow.start()
        self._keep_cursor(chosen)
        self._set_bars()
        self.viewport().update()
        self._tell()

    def chosen(self) -> AppointmentRow | None:
        """The appointment that the cursor stands on."""
        lane = self.lane_at(self.spot.lane)
        return None if lane is None else lane.at(self.spot.minute)

    def lane_at(self, at: int) -> Lane | None:
        """A column, if there is one."""
        return self.lanes[at] if 0 <= at < len(self.lanes) else None

    def choose(self, row_id: UUID) -> bool:
        """Put the cursor on an appointment; says whether it is here."""
        for at, lane in enumerate(self.lanes):
            for row in lane.appointments:
                if row.id == row_id:
                    self.go_to(Place(at, lane.minute_of(row.starts_at)))
                    return True
        return False

    def go_to(self, place: Place) -> None:
        """Put the cursor somewhere, and bring it into sight."""
        lane = self.lane_at(place.lane)
        if lane is None:
            return
        minute = max(self.span.first, min(self.span.last - 1, place.minute))
        row = lane.at(minute)
        self.spot = Place(place.lane, lane.minute_of(row.starts_at) if row else lane.slot_of(minute)[0])
        self._bring_into_sight()
        self.viewport().update()
        self._tell()

    def begin_move(self) -> None:
        """Move the chosen appointment with the arrows; Enter drops it, Escape leaves it where it was."""
        row = self.chosen()
        if row is not None:
            self.carry(row)

    def carry(self, row: AppointmentRow) -> None:
        """Let an appointment follow the arrows from where the cursor is."""
        self.set_moving(Moving(row, row.minutes, self.spot))

    def give_up(self) -> None:
        """Leave what was being moved where it was."""
        self._mouse.let_go()
        self.set_moving(None)

    def fit_words(self, moving: Moving) -> tuple[str, bool]:
        """Where what is on its way would stand, and whether it fits there."""
        lane = self.lanes[moving.place.lane]
        starts, ends = moving.place.minute, moving.place.minute + moving.minutes
        time = f"{labels.clock(starts)}–{labels.clock(ends)}"
        taken = lane.taken_by(starts, moving.minutes, moving.row.id)
        if taken is not None:
            return tr("{name} has this time", name=taken.name), False
        there = in_the_room(self.lanes, moving)
        if there is not None:
            return tr("{name} has {room}", name=there.name, room=there.room), False
        if lane.on_duty(starts) is None or lane.on_duty(ends - 1) is None:
            return tr("{time} · off duty", time=time), True
        return tr("{time} · free", time=time), True

    def place_at(self, point: QPointF) -> Place | None:
        """The time at a place of the viewport; None outside of the columns."""
        if point.y() < HEAD or not self.lanes:
            return None
        at = self.paints.lane_under(point.x())
        if at is None:
            return None
        minute = self.span.minute_at(point.y() - HEAD + self.verticalScrollBar().value())
        return Place(at, minute)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        aside = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        down = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif aside is not None:
            self._step(lane=-aside if self.isRightToLeft() else aside)
        elif down is not None:
            self._step(slots=down)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.activate()
        elif event.key() in _LETTERS:
            self.letter.emit(event.key())
        else:
            super().keyPressEvent(event)

    def _step(self, *, lane: int = 0, slots: int = 0) -> None:
        start = self.moving.place if self.moving is not None else self.spot
        column = self.lane_at(start.lane)
        if column is None:
            return
        minute = start.minute
        if slots:
            row = None if self.moving is not None else column.at(minute)
            begins, length = column.slot_of(minute)
            if row is not None:
                begins, length = column.minute_of(row.starts_at), row.minutes
            minute = begins + length if slots > 0 else column.slot_of(max(0, begins - 1))[0]
        minute = max(self.span.first, min(self.span.last - STEP, minute))
        place = Place(max(0, min(len(self.lanes) - 1, start.lane + lane)), minute)
        if self.moving is not None:
            self.spot = place
            self.set_moving(replace(self.moving, place=place))
            self._bring_into_sight()
        else:
            self.go_to(place)

    def activate(self) -> None:
        """What Enter does: open what stands at the cursor, book there, or drop what is on its way."""
        if self.moving is not None:
            self.drop()
            return
        row, lane = self.chosen(), self.lane_at(self.spot.lane)
        if row is not None:
            self.open_asked.emit(row)
        elif lane is not None:
            self.book_asked.emit(lane, self.spot.minute)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._mouse.press(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse.move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._mouse.release(event.position(), event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.place_at(event.position()) is not None:
            self.activate()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - (event.angleDelta().y() or event.angleDelta().x()))
        else:
            super().wheelEvent(event)

    def drop(self) -> None:
        """Put what is on its way where it is now, if it fits."""
        moving = self.moving
        if moving is None:
            return
        text, fits = self.fit_words(moving)
        if not fits:
            self.setAccessibleDescription(text)
            return
        lane = self.lanes[moving.place.lane]
        self.set_moving(None)
        self.dropped.emit(moving.row, lane, moving.place.minute, moving.minutes)

    # What it looks like

    def column_width(self) -> float:
        """Of each column, in px."""
        room = self.viewport().width() - GUTTER
        return max(_COLUMN_MIN, room / max(1, len(self.lanes)))

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints.paint(event.rect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_bars()

    def minimumSizeHint(self) -> QSize:
        return QSize(GUTTER + _COLUMN_MIN, HEAD + HOUR * 2)

    def _set_bars(self) -> None:
        view = self.viewport()
        width = round(self.column_width() * len(self.lanes)) + GUTTER
        self.horizontalScrollBar().setRange(0, max(0, width - view.width()))
        self.horizontalScrollBar().setPageStep(view.width())
        self.horizontalScrollBar().setSingleStep(_COLUMN_MIN // 4)
        self.verticalScrollBar().setRange(0, max(0, self.span.height + HEAD - view.height()))
        self.verticalScrollBar().setPageStep(view.height() - HEAD)
        self.verticalScrollBar().setSingleStep(HOUR // 4)

    def _bring_into_sight(self) -> None:
        rect = self.paints.slot_rect(self.spot)
        view, bar = self.viewport(), self.verticalScrollBar()
        if rect.top() < HEAD:
            bar.setValue(round(bar.value() + rect.top() - HEAD - 8))
        elif rect.bottom() > view.height():
            bar.setValue(round(bar.value() + rect.bottom() - view.height() + 8))
        self.paints.bring_lane_into_sight(self.spot.lane)

    def _keep_cursor(self, chosen: AppointmentRow | None) -> None:
        if chosen is not None and self.choose(chosen.id):
            return
        at = min(self.spot.lane, max(0, len(self.lanes) - 1))
        minute = max(self.span.first, min(self.span.last - STEP, self.spot.minute))
        self.spot = Place(at, minute)
        if self.moving is not None and self.moving.place.lane >= len(self.lanes):
            self.set_moving(None)

    def set_moving(self, moving: Moving | None) -> None:
        """Show where something would stand that is on its way, or that nothing is."""
        if moving == self.moving:
            return
        changed = (moving is None) != (self.moving is None)
        self.moving = moving
        self.viewport().update()
        if moving is not None:
            self.setAccessibleDescription(self.fit_words(moving)[0])
        if changed:
            self.moving_changed.emit()

    def _glow_ends(self) -> None:
        self.glowing = frozenset()
        self.viewport().update()

    def _tell(self) -> None:
        """Say to a screen reader where the cursor stands."""
        lane, row = self.lane_at(self.spot.lane), self.chosen()
        if lane is not None:
            what = tr("free") if lane.on_duty(self.spot.minute) else tr("off duty")
            if row is not None:
                parts = (words.patient(row), words.span(row, lane.zone), row.room, words.state(row))
                what = ", ".join(part for part in parts if part)
            said = f"{lane.title}, {labels.clock(self.spot.minute)}, {what}"
            self.setAccessibleDescription(said)
        self.cursor_moved.emit()

    def now_minute(self, day: dt.date, zone: dt.tzinfo) -> int | None:
        """The minute that it is, on the day that it is."""
        now = dt.datetime.now(zone)
        return now.hour * 60 + now.minute if now.date() == day else None
