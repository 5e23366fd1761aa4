"""How an appointment is painted in the grid."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QWidget

from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments import words
from medidesk.ui.appointments.geometry import Lane
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, box, draw_text, fill
from medidesk.ui.kit.theme import theme, tokens

_LOOK = tokens["calendar"]
RADIUS = float(_LOOK["block_radius"])
_STATES = tokens["state"]["appointment"]
_BAR = int(tokens["border"]["state_bar"])
_TWO_LINES = int(_LOOK["two_lines_from"])
_ICON = 14
_ROOM_FOR_ICON = 90
HATCH_STEP = 8


def paint_block(
    painter: QPainter, rect: QRectF, row: AppointmentRow, lane: Lane, owner: QWidget, *, waits: bool
) -> None:
    """An appointment in its place.

    Args:
        painter: of the grid.
        rect: its place.
        row, lane: what, and in whose column.
        owner: the grid, on whose record shortened texts go.
        waits: whether some of it is still to be sent.
    """
    look, state = theme(), _STATES[words.look(row)]
    struck = bool(state.get("strike"))
    tone = "warning" if waits else state["tone"]
    quiet = struck or state["tone"] == "neutral"
    solid = bool(state.get("solid")) and not waits
    ground = look.colour("bg.surface") if state["tone"] == "info" else look.tone(state["tone"], "soft")
    if solid:
        ground = look.tone(tone, "base")
    edge = look.tone(tone, "border") if not quiet else look.colour("border.default")
    if struck:
        _dashed(painter, rect, look.colour("border.input"))
    else:
        box(painter, rect, ground, edge, RADIUS)
    rtl = owner.isRightToLeft()
    bar = QRectF(rect.right() - _BAR if rtl else rect.left(), rect.top(), _BAR, rect.height())
    if not struck:
        fill(painter, bar.adjusted(0, 1, 0, -1), look.tone(tone, "base"))
    ink = look.colour("text.tertiary") if struck else look.colour("text.primary")
    quieter = look.tone("danger", "text") if state["tone"] == "danger" else look.colour("text.secondary")
    if solid:
        ink = quieter = look.colour("text.on.accent")
    inner = rect.adjusted(_BAR + 5, 1, -6, -1) if not rtl else rect.adjusted(6, 1, -_BAR - 5, -1)
    two = rect.height() >= _TWO_LINES
    first = QRectF(
        inner.left(), inner.top() + (1 if two else 0), inner.width(), 16 if two else inner.height()
    )
    line = Line(first, rtl=rtl)
    if rect.width() > _ROOM_FOR_ICON:
        at = line.end(_ICON, gap=4)
        icon = "cloud-upload" if waits else state["icon"]
        sign = ink if solid else look.tone(tone, "text")
        draw_icon(painter, at.left(), first.center().y() - _ICON / 2, icon, _ICON, sign)
    name_font = QFont(look.font("meta", "semibold"))
    name_font.setStrikeOut(struck)
    time, where = words.span(row, lane.zone), lane.elsewhere(row)
    name = words.patient(row)
    if two:
        draw_text(painter, line.rest, name, name_font, ink, line.align)
        below = QRectF(inner.left(), first.bottom() - 1, inner.width(), 15)
        more = "  ".join(part for part in (time, where, row.note) if part)
        draw_text(painter, below, more, look.font("caption"), quieter, line.align)
        return
    used = draw_text(painter, line.rest, name, name_font, ink, line.align)
    room = line.rest.adjusted(0, 0, -used - 6, 0) if rtl else line.rest.adjusted(used + 6, 0, 0, 0)
    if room.width() > 40:
        said = "  ".join(part for part in (where, row.note) if part)
        draw_text(painter, room, said or time, look.font("caption"), quieter, line.align)


def paint_ghost(painter: QPainter, rect: QRectF, text: str, fits: bool, owner: QWidget) -> None:
    """Where an appointment that is being moved would stand, and whether it fits there."""
    look = theme()
    tone = "accent" if fits else "danger"
    painter.setOpacity(0.9)
    box(painter, rect, look.tone(tone, "soft"), None, RADIUS)
    painter.setOpacity(1)
    _dashed(painter, rect, look.tone(tone, "base"))
    align = Line(rect, rtl=owner.isRightToLeft()).align
    draw_text(
        painter,
        rect.adjusted(8, 0, -8, 0),
        text,
        look.font("meta", "semibold"),
        look.tone(tone, "text"),
        align,
    )


def paint_off_duty(painter: QPainter, rect: QRectF) -> None:
    """Hatched: nobody is on duty."""
    look = theme()
    painter.save()
    painter.setClipRect(rect)
    painter.fillRect(rect, look.colour("bg.subtle"))
    painter.setPen(QPen(look.colour("border.subtle"), 1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x = rect.left() - rect.height()
    while x < rect.right():
        painter.drawLine(round(x), round(rect.bottom()), round(x + rect.height()), round(rect.top()))
        x += HATCH_STEP
    painter.restore()


def _dashed(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    painter.restore()
