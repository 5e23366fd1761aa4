"""Paints every cell of a table: row states, people, chips, matches of a search."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from medidesk.ui.kit.avatar import paint_avatar
from medidesk.ui.kit.chip import ChipLook, chip_width, paint_chip, waiting_chip
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.marks import match_spans
from medidesk.ui.kit.paint import CENTRE, Line, box, draw_text, fill, reads_rtl, rule
from medidesk.ui.kit.table_model import Column, TableModel
from medidesk.ui.kit.theme import theme, tokens

OUTER, INNER = 24, 8
_AVATAR = 28
_BAR = int(tokens["border"]["state_bar"])
_WAITING_BAR = 28
_CHIP_GAP, _TO_CHIPS = 6, 8


@dataclass
class RowStates:
    """What the table knows about its rows while they are painted."""

    hovered: int = -1
    chosen: int = -1
    has_focus: bool = False
    marks: Sequence[str] = ()
    glow: dict[UUID, float] = field(default_factory=dict)


class TableDelegate(QStyledItemDelegate):
    """The one delegate of all tables."""

    def __init__(self, model: TableModel, states: RowStates, owner: QWidget) -> None:
        super().__init__(owner)
        self._model, self._states, self._owner = model, states, owner
        self.first, self.last = 0, len(model.columns) - 1
        self.outer = OUTER

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        column = self._model.columns[index.column()]
        row = self._model.row_at(index.row())
        rect = QRectF(option.rect)
        rtl = self._owner.isRightToLeft()
        leads = index.column() == self.first
        self._paint_ground(painter, rect, index.row(), row)
        if row is None:
            return
        if leads:
            self._paint_bar(painter, rect, index.row(), row, rtl)
        line = Line(rect, rtl=rtl)
        line.start(self.outer if leads else INNER)
        line.end(self.outer if index.column() == self.last else INNER)
        self._paint_cell(painter, line, column, row, leads=leads)

    def _paint_ground(self, painter: QPainter, rect: QRectF, at: int, row: Any) -> None:
        look, states = theme(), self._states
        ground = look.colour("bg.surface")
        if at == states.chosen:
            ground = look.colour("bg.selected" if states.has_focus else "bg.selected.inactive")
        elif at == states.hovered:
            ground = look.colour("bg.hover")
        fill(painter, rect, ground)
        strength = states.glow.get(row.id, 0.0) if row is not None else 0.0
        if strength > 0:
            glow = look.colour("accent.soft.strong")
            glow.setAlphaF(strength)
            fill(painter, rect, glow)
        rule(painter, rect.left(), rect.right(), rect.bottom(), look.colour("border.subtle"))

    def _paint_bar(self, painter: QPainter, rect: QRectF, at: int, row: Any, rtl: bool) -> None:
        look = theme()
        line = Line(rect, rtl=rtl)
        if at == self._states.chosen and self._states.has_focus:
            # A row that waits keeps its own bar, beside this one.
            fill(painter, line.start(_BAR, 1).adjusted(0, 0, 0, -1), look.colour("focus.ring"))
        if row.id in self._model.pending:
            inset = (rect.height() - _WAITING_BAR) / 2
            fill(painter, line.start(_BAR).adjusted(0, inset, 0, -inset), look.colour("warning.base"))

    def _paint_cell(self, painter: QPainter, line: Line, column: Column, row: Any, *, leads: bool) -> None:
        chips = list(column.chips(row)) if column.chips is not None else []
        if leads and row.id in self._model.pending:
            chips.append(waiting_chip(words=False))
        if column.kind == "person":
            spot = line.start(_AVATAR, 10)
            top = spot.y() + (spot.height() - _AVATAR) / 2
            photo = column.photo(row) if column.photo is not None else None
            paint_avatar(painter, spot.x(), top, _AVATAR, column.read(row), photo)
        if column.kind == "chips":
            if column.align == "end":
                room = sum(chip_width(chip) + _CHIP_GAP for chip in chips) - _CHIP_GAP
                line.start(max(0.0, line.rest.width() - room))
            self._paint_chips(painter, line, chips)
            return
        self._paint_words(painter, line, column, row, chips)

    def _paint_words(
        self, painter: QPainter, line: Line, column: Column, row: Any, chips: list[ChipLook]
    ) -> None:
        look = theme()
        if column.icon is not None:
            shown = column.icon(row)
            if shown is not None:
                spot = line.start(14, 6)
                draw_icon(painter, spot.x(), spot.y() + (spot.height() - 14) / 2, shown[0], 14, shown[1])
        words = column.read(row)
        second = column.secondary(row) if column.secondary is not None else ""
        font = self._font(column, row)
        ink = look.colour(self._tone(column, row, words))
        room = _TO_CHIPS - _CHIP_GAP + sum(chip_width(chip) + _CHIP_GAP for chip in chips) if chips else 0.0
        if second:
            middle = line.rest.center().y()
            upper = QRectF(line.rest.x(), middle - 19, line.rest.width() - room, 20)
            lower = QRectF(line.rest.x(), middle + 1, line.rest.width() - room, 16)
            if line.rtl:
                upper.translate(room, 0)
                lower.translate(room, 0)
            quiet = look.font("meta", figures=column.kind == "figures")
            self._paint_text(painter, lower, second, quiet, look.colour("text.tertiary"), column, line)
        else:
            upper = QRectF(line.rest)
            upper.setWidth(max(0.0, upper.width() - room))
            if line.rtl:
                upper.translate(room, 0)
        taken = self._paint_text(painter, upper, words or "—", font, ink, column, line)
        if chips:
            after = Line(QRectF(line.rest), rtl=line.rtl)
            after.start(min(taken, upper.width()), _TO_CHIPS)
            self._paint_chips(painter, after, chips)

    def _paint_text(
        self,
        painter: QPainter,
        rect: QRectF,
        text: str,
        font: QFont,
        ink: QColor,
        column: Column,
        line: Line,
    ) -> float:
        align = line.align if column.align == "start" else line.align_end
        if self._states.marks and text != "—":
            self._paint_marks(painter, rect, text, font, at_right=bool(align & Qt.AlignmentFlag.AlignRight))
        return draw_text(painter, rect, text, font, ink, align, owner=self._owner)

    def _paint_marks(
        self, painter: QPainter, rect: QRectF, text: str, font: QFont, *, at_right: bool
    ) -> None:
        spans = match_spans(text, self._states.marks)
        if not spans:
            return
        layout = QTextLayout(text, font)
        choice = QTextOption()
        rtl = reads_rtl(text)
        choice.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        choice.setWrapMode(QTextOption.WrapMode.NoWrap)
        choice.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
        layout.setTextOption(choice)
        layout.beginLayout()
        made = layout.createLine()
        layout.endLayout()
        width = made.naturalTextWidth()
        shift = 0.0 if not at_right else rect.width() - min(width, rect.width())
        base = rect.x() + shift - made.naturalTextRect().left()
        ground = theme().colour(tokens["search_match"]["fill"])
        ground.setAlphaF(tokens["search_match"]["opacity"])
        height = font.pixelSize() + 7
        for start, end in spans:
            # Glyphs, not cursor places: between two directions one place stands at two edges.
            for run in made.glyphRuns(start, end - start):
                glyphs = run.boundingRect()
                spot = QRectF(
                    base + glyphs.left() - 1, rect.center().y() - height / 2, glyphs.width() + 2, height
                )
                spot &= rect.adjusted(-1, 0, 1, 0)
                box(painter, spot, ground, None, tokens["search_match"]["radius"])

    def _paint_chips(self, painter: QPainter, line: Line, chips: Sequence[ChipLook]) -> None:
        for chip in chips:
            width = chip_width(chip)
            if width > line.rest.width() + 0.5:
                draw_text(
                    painter, line.rest, "…", theme().font("meta"), theme().colour("text.tertiary"), CENTRE
                )
                return
            paint_chip(painter, line.start(width, _CHIP_GAP), chip, rtl=line.rtl, owner=self._owner)

    def _font(self, column: Column, row: Any) -> QFont:
        strong = column.strong is not None and column.strong(row)
        weight = "semibold" if strong or column.kind == "person" else column.weight
        return theme().font("body", weight, figures=column.kind == "figures")

    def _tone(self, column: Column, row: Any, words: str) -> str:
        if not words or words == "—":
            return "text.tertiary"
        if column.tone is not None:
            return column.tone(row)
        strong = column.strong is not None and column.strong(row)
        if strong or column.kind == "person" or column.weight != "regular":
            return "text.primary"
        return "text.secondary"
