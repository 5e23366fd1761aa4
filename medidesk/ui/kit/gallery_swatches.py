"""The gallery's painted columns: type, colours and space, as `kit-light.png` shows them."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from medidesk.ui.kit.paint import CENTRE, LEFT, RIGHT, box, draw_text
from medidesk.ui.kit.theme import Role, Weight, theme, tokens

_SPECIMENS: tuple[tuple[str, Role, Weight, str, float], ...] = (
    ("32 Amount", "display", "semibold", "text.primary", 40),
    ("24 Figure 1,284", "figure", "semibold", "text.primary", 38),
    ("Title of a page", "title", "semibold", "text.primary", 30),
    ("Section of a panel", "section", "semibold", "text.primary", 28),
    ("Body: tables, forms, text", "body", "regular", "text.primary", 23),
    ("Meta: second lines, units", "meta", "regular", "text.tertiary", 22),
    ("Caption: column heads, chips", "caption", "semibold", "text.secondary", 22),
)

_SWATCHES = (
    "bg.canvas", "bg.subtle", "bg.surface", "bg.hover", "bg.pressed", "bg.selected",
    "border.subtle", "border.default", "border.input", "text.primary", "text.secondary", "text.tertiary",
    "accent.base", "accent.hover", "accent.pressed", "accent.soft", "accent.soft.strong", "focus.ring",
)  # fmt: skip

_TONES = (
    ("danger", "late, allergy"),
    ("warning", "due, offline"),
    ("success", "live, free"),
    ("info", "booked"),
    ("violet", "reserved"),
    ("neutral", "done"),
)


class TypeSpecimens(QWidget):
    """Each size role in its weight, with its size and line."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(int(sum(row[4] for row in _SPECIMENS)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look, y = QPainter(self), theme(), 0.0
        for text, role, weight, colour, height in _SPECIMENS:
            row = QRectF(0, y, self.width(), height)
            draw_text(
                painter,
                row,
                text,
                look.font(role, weight, figures=role in {"display", "figure"}),
                look.colour(colour),
                LEFT,
                owner=self,
            )
            size, line = tokens["font"]["size"][role], tokens["font"]["line"][role]
            note, quiet = f"{role} {size}/{line}", look.colour("text.tertiary")
            draw_text(painter, row, note, look.font("caption"), quiet, RIGHT)
            y += height


class ColourSwatches(QWidget):
    """Grounds, borders, inks, the accent, the tones, chart colours and the space scale."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        edge, quiet = look.colour("border.default"), look.colour("text.tertiary")
        for at, name in enumerate(_SWATCHES):
            x, y = at % 3 * 98.0, at // 3 * 46.0
            box(painter, QRectF(x, y, 92, 24), look.colour(name), edge, 4)
            draw_text(painter, QRectF(x, y + 24, 98, 16), name, look.font("caption"), quiet, owner=self)
        y = 280.0
        for tone, use in _TONES:
            self._paint_tone(painter, y, tone, use)
            y += 30
        y += 8
        ink = look.colour("text.secondary")
        draw_text(painter, QRectF(0, y, 60, 20), "Chart", look.font("body"), ink)
        for at in range(4):
            box(painter, QRectF(64 + at * 56, y, 50, 20), look.colour(f"chart.{at + 1}"), None, 4)
        y += 40
        draw_text(painter, QRectF(0, y - 4, 60, 20), "Space", look.font("body"), ink)
        x = 64.0
        for space in (4, 8, 12, 16, 24, 32):
            box(painter, QRectF(x, y, space, 12), look.colour("accent.soft.strong"), None, 2)
            draw_text(painter, QRectF(x, y + 14, 30, 14), str(space), look.font("caption"), quiet)
            x += max(24, space + 12)

    def _paint_tone(self, painter: QPainter, y: float, tone: str, use: str) -> None:
        look = theme()
        draw_text(painter, QRectF(0, y, 62, 24), tone, look.font("body"), look.colour("text.secondary"))
        box(painter, QRectF(64, y, 64, 24), look.tone(tone, "base"), look.tone(tone, "border"), 4)
        sample = QRectF(134, y, 64, 24)
        box(painter, sample, look.tone(tone, "soft"), look.tone(tone, "border"), 4)
        draw_text(painter, sample, "text", look.font("meta", "semibold"), look.tone(tone, "text"), CENTRE)
        quiet = look.colour("text.tertiary")
        draw_text(painter, QRectF(212, y, 80, 24), use, look.font("caption"), quiet, owner=self)
