"""Painting the grid: hours, columns, what stands in them, the cursor and the time that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from medidesk.repositories import labels
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments.blocks import RADIUS, paint_block, paint_ghost, paint_off_duty
from medidesk.ui.appointments.geometry import HOUR, Lane, Standing
from medidesk.ui.kit.avatar import paint_avatar
from medidesk.ui.kit.paint import CENTRE, Line, box, draw_text, fill, rule, text_width
from medidesk.ui.kit.theme import theme, tokens

if TYPE_CHECKING:
    from medidesk.ui.appointments.day_grid import DayGrid
    from medidesk.ui.appointments.geometry import Place

_LOOK = tokens["calendar"]
GUTTER = int(_LOOK["gutter"])
HEAD = 56
_LEADING, _TRAILING = int(_LOOK["inset_leading"]), int(_LOOK["inset_trailing"])
_AVATAR = 28
_LOAD_WIDTH = 96


class GridPainter:
    """Paints a grid, and says where things stand in its viewport."""

    def __init__(self, grid: DayGrid) -> None:
        self._grid = grid
        self._blocks: dict[tuple[object, ...], QPixmap] = {}

    # Where things stand

    def left_of(self, lane: int) -> float:
        """Where a column begins."""
        grid = self._grid
        width, scrolled = grid.column_width(), grid.horizontalScrollBar().value()
        if grid.isRightToLeft():
            return grid.viewport().width() - GUTTER - (lane + 1) * width + scrolled
        return GUTTER + lane * width - scrolled

    def lane_under(self, x: float) -> int | None:
        """The column at a place."""
        grid, width = self._grid, self._grid.column_width()
        for at in range(len(grid.lanes)):
            left = self.left_of(at)
            if left <= x < left + width:
                in_gutter = x > grid.viewport().width() - GUTTER if grid.isRightToLeft() else x < GUTTER
                return None if in_gutter else at
        return None

    def y_of(self, minute: float) -> float:
        """Where a minute stands."""
        return HEAD + self._grid.span.y_of(minute) - self._grid.verticalScrollBar().value()

    def rect_of(self, lane: int, row: AppointmentRow) -> QRectF:
        """The place of an appointment."""
        place = self._grid.places[row.id]
        return self._rect(lane, place.starts, place.ends, place.place, place.among)

    def slot_rect(self, place: Place) -> QRectF:
        """The place of a slot, or of the appointment that stands there."""
        lane = self._grid.lanes[place.lane]
        row = lane.at(place.minute)
        if row is not None:
            return self.rect_of(place.lane, row)
        begins, length = lane.slot_of(place.minute)
        return self._rect(place.lane, begins, begins + length)

    def bring_lane_into_sight(self, lane: int) -> None:
        """Scroll sideways as far as it takes."""
        grid, width = self._grid, self._grid.column_width()
        bar, left = grid.horizontalScrollBar(), lane * width
        if left < bar.value():
            bar.setValue(round(left))
        elif left + width > bar.value() + grid.viewport().width() - GUTTER:
            bar.setValue(round(left + width - grid.viewport().width() + GUTTER))

    def _rect(self, lane: int, starts: int, ends: int, place: int = 0, among: int = 1) -> QRectF:
        column = QRectF(self.left_of(lane), self.y_of(0), self._grid.column_width(), 0)
        return self._within(column, Standing(starts, ends, place, among))

    def _within(self, column: QRectF, at: Standing) -> QRectF:
        """A place in a column of which left, width, and the height of midnight are known."""
        share = (column.width() - _LEADING - _TRAILING) / at.among
        lead = _TRAILING if self._grid.isRightToLeft() else _LEADING
        left = column.left() + lead + at.place * share
        height = max(12.0, (at.ends - at.starts) * HOUR / 60 - 2)
        top = column.top() + at.starts * HOUR / 60 + 1
        return QRectF(left, top, share - (2 if at.among > 1 else 0), height)

    def forget(self) -> None:
        """What was painted before is out of date."""
        self._blocks.clear()

    # Painting

    def paint(self, seen: QRect) -> None:
        """Everything that is seen, from the ground up."""
        grid = self._grid
        painter, view = QPainter(grid.viewport()), QRectF(grid.viewport().rect())
        fill(painter, view, theme().colour("bg.surface"))
        below = QRectF(view.left(), HEAD, view.width(), view.height() - HEAD)
        painter.setClipRect(below)
        shown = [at for at in range(len(grid.lanes)) if self._is_seen(at, seen)]
        for at in shown:
            self._paint_ground(painter, at, below)
        self._paint_hours(painter, view)
        self._paint_now(painter, view, over=False)
        for at in shown:
            self._paint_blocks(painter, at, below)
        self._paint_cursor(painter)
        self._paint_now(painter, view, over=True)
        if grid.moving is not None:
            moving = grid.moving
            text, fits = grid.fit_words(moving)
            starts = moving.place.minute
            rect = self._rect(moving.place.lane, starts, starts + moving.minutes)
            paint_ghost(painter, rect, text, fits, grid)
        self._paint_gutter(painter, view)
        painter.setClipRect(view)
        self._paint_heads(painter, shown, view)

    def _is_seen(self, lane: int, seen: QRect) -> bool:
        left = self.left_of(lane)
        return left < seen.right() + 1 and left + self._grid.column_width() > seen.left()

    def _paint_ground(self, painter: QPainter, at: int, below: QRectF) -> None:
        grid, lane = self._grid, self._grid.lanes[at]
        left, width = self.left_of(at), grid.column_width()
        reached = grid.span.first
        for stretch in lane.duty:
            self._hatch(painter, left, width, reached, stretch.from_minute, below)
            reached = max(reached, stretch.to_minute)
        self._hatch(painter, left, width, reached, grid.span.last, below)
        edge = left if grid.isRightToLeft() else left + width - 1
        fill(painter, QRectF(edge, below.top(), 1, below.height()), theme().colour("border.subtle"))

    def _hatch(
        self, painter: QPainter, left: float, width: float, starts: int, ends: int, below: QRectF
    ) -> None:
        if starts < ends:
            rect = QRectF(left, self.y_of(starts), width, self.y_of(ends) - self.y_of(starts))
            if rect.intersects(below):
                paint_off_duty(painter, rect.intersected(below))

    def _paint_hours(self, painter: QPainter, view: QRectF) -> None:
        look, span = theme(), self._grid.span
        for minute in range(span.first, span.last + 1, 30):
            colour = look.colour("border.default" if minute % 60 == 0 else "border.subtle")
            rule(painter, view.left(), view.right(), self.y_of(minute), colour)

    def _paint_blocks(self, painter: QPainter, at: int, below: QRectF) -> None:
        grid, lane = self._grid, self._grid.lanes[at]
        column = QRectF(self.left_of(at), self.y_of(0), grid.column_width(), 0)
        for row in lane.appointments:
            rect = self._within(column, grid.places[row.id])
            if not rect.intersects(below):
                continue
            moved = grid.moving is not None and grid.moving.row.id == row.id
            painter.setOpacity(float(_LOOK["drag_origin_opacity"]) if moved else 1.0)
            painter.drawPixmap(rect.topLeft(), self._block(row, lane, rect))
            painter.setOpacity(1.0)
            if row.id in grid.glowing:
                box(painter, rect, None, theme().tone("accent", "base"), RADIUS, 2)

    def _block(self, row: AppointmentRow, lane: Lane, rect: QRectF) -> QPixmap:
        """The block, painted once for its size and look: while somebody scrolls or drags it is only put down."""
        grid, look = self._grid, theme()
        ratio, waits = grid.viewport().devicePixelRatioF(), row.id in grid.waits
        key = (row.id, rect.width(), rect.height(), waits, look.mode, look.scale, ratio, grid.isRightToLeft())
        found = self._blocks.get(key)
        if found is None:
            found = QPixmap((rect.size() * ratio).toSize() + QSize(1, 1))
            found.setDevicePixelRatio(ratio)
            found.fill(Qt.GlobalColor.transparent)
            painter = QPainter(found)
            paint_block(painter, QRectF(0, 0, rect.width(), rect.height()), row, lane, grid, waits=waits)
            painter.end()
            self._blocks[key] = found
        return found

    def _paint_cursor(self, painter: QPainter) -> None:
        grid = self._grid
        if grid.lane_at(grid.spot.lane) is None or grid.moving is not None:
            return
        look, rect = theme(), self.slot_rect(grid.spot)
        if grid.hasFocus():
            box(painter, rect.adjusted(-3, -3, 3, 3), None, look.colour("focus.halo"), RADIUS + 3, 3)
            box(painter, rect, None, look.colour("focus.ring"), RADIUS, 2)
        else:
            box(painter, rect, None, look.colour("border.input"), RADIUS, 1)

    def _paint_now(self, painter: QPainter, view: QRectF, *, over: bool) -> None:
        grid, red = self._grid, theme().tone("danger", "base")
        for at, lane in enumerate(grid.lanes):
            minute = grid.now_minute(lane.day, lane.zone)
            if minute is None:
                continue
            y = self.y_of(minute)
            left, width = (
                (self.left_of(at), grid.column_width()) if grid.shows_day_heads else (0, view.width())
            )
            painter.setOpacity(float(_LOOK["now_over_opacity"]) if over else 1.0)
            fill(painter, QRectF(left, y - 1, width, 1 if over else int(_LOOK["now_line"])), red)
            painter.setOpacity(1.0)
            if not grid.shows_day_heads:
                return

    def _paint_gutter(self, painter: QPainter, view: QRectF) -> None:
        grid, look = self._grid, theme()
        left = view.right() - GUTTER if grid.isRightToLeft() else view.left()
        fill(painter, QRectF(left, HEAD, GUTTER, view.height()), look.colour("bg.surface"))
        font = look.font("meta", figures=True)
        for minute in range(grid.span.first, grid.span.last + 1, 60):
            rect = QRectF(left, self.y_of(minute) - 8, GUTTER - 8, 16)
            draw_text(painter, rect, labels.clock(minute), font, look.colour("text.secondary"), CENTRE)
        now = next(
            (m for lane in grid.lanes if (m := grid.now_minute(lane.day, lane.zone)) is not None), None
        )
        if now is not None:
            self._paint_time(painter, QRectF(left + 4, self.y_of(now) - 9, GUTTER - 8, 18), labels.clock(now))

    @staticmethod
    def _paint_time(painter: QPainter, rect: QRectF, text: str) -> None:
        look = theme()
        box(painter, rect, look.tone("danger", "base"), None, 9)
        font = look.font("caption", "semibold", figures=True)
        draw_text(painter, rect, text, font, look.colour("text.on.accent"), CENTRE)

    def _paint_heads(self, painter: QPainter, shown: list[int], view: QRectF) -> None:
        look = theme()
        fill(painter, QRectF(view.left(), view.top(), view.width(), HEAD), look.colour("bg.surface"))
        for at in shown:
            self._paint_head(painter, at)
        corner = view.right() - GUTTER if self._grid.isRightToLeft() else view.left()
        fill(painter, QRectF(corner, view.top(), GUTTER, HEAD), look.colour("bg.surface"))
        rule(painter, view.left(), view.right(), HEAD, look.colour("border.default"))

    def _paint_head(self, painter: QPainter, at: int) -> None:
        grid, look, lane = self._grid, theme(), self._grid.lanes[at]
        rect = QRectF(self.left_of(at) + 10, 8, grid.column_width() - 20, HEAD - 16)
        line = Line(rect, rtl=grid.isRightToLeft())
        if not grid.shows_day_heads:
            place = line.start(_AVATAR, gap=10)
            paint_avatar(painter, place.left(), rect.top(), _AVATAR, lane.title)
        words = line.rest
        draw_text(painter, QRectF(words.left(), words.top() - 2, words.width(), 16), lane.title,
                  look.font("body", "semibold"), look.colour("text.primary"), line.align, owner=grid)  # fmt: skip
        draw_text(painter, QRectF(words.left(), words.top() + 14, words.width(), 14), lane.line,
                  look.font("meta"), look.colour("text.secondary"), line.align, owner=grid)  # fmt: skip
        self._paint_load(painter, QRectF(words.left(), words.bottom() - 10, words.width(), 12), lane, line)

    def _paint_load(self, painter: QPainter, rect: QRectF, lane: Lane, line: Line) -> None:
        """How full the day is: a bar, and in figures."""
        possible, taken = lane.possible(), len(lane.live())
        if not possible:
            return
        look, figures = theme(), f"{taken}/{possible}"
        font = look.font("caption", figures=True)
        width = text_width(font, figures)
        bar_width = min(_LOAD_WIDTH, rect.width() - width - 8)
        rtl = self._grid.isRightToLeft()
        left = rect.right() - bar_width if rtl else rect.left()
        box(painter, QRectF(left, rect.center().y() - 2, bar_width, 4), look.colour("border.subtle"), None, 2)
        done = bar_width * min(1.0, taken / possible)
        tone = "warning" if taken >= possible else "accent"
        start = left + bar_width - done if rtl else left
        box(painter, QRectF(start, rect.center().y() - 2, done, 4), look.tone(tone, "base"), None, 2)
        draw_text(painter, rect, figures, font, look.colour("text.secondary"), line.align_end)
