"""Chips: a state as colour, icon and word; the table paints the same ones."""

from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, box, draw_text, text_width
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import tr

_RADIUS = float(tokens["radius"]["chip"])
_GAP = 4


@dataclass(frozen=True)
class ChipLook:
    """What a chip shows.

    Attributes:
        text: the words; an empty text makes a chip of the icon alone, named by `name`.
        tone: "accent", "danger", "warning", "success", "info", "violet" or "neutral".
        icon: a Lucide name.
        solid: a loud filled chip; among dangers kept for late and allergy.
        large: 24 px high, for headers.
        bare: only the coloured icon, without ground (flags after a name in a table).
        name: what a screen reader says when there are no words.
    """

    text: str
    tone: str
    icon: str | None = None
    solid: bool = False
    large: bool = False
    bare: bool = False
    name: str = ""

    @property
    def spoken(self) -> str:
        """The chip in words."""
        return self.text or self.name

    @property
    def height(self) -> int:
        """In px: 20, or 24 in a header."""
        return int(tokens["control"]["chip_large" if self.large else "chip"])


def chips_for_state(kind: str, state: str, *, text: str | None = None, large: bool = False) -> ChipLook:
    """The chip that tokens give a state, such as ("appointment", "arrived"); KeyError if unknown.

    Args:
        kind: the family of states.
        state: one of its states.
        text: other words than the state's own.
        large: for a header.
    """
    spec = tokens["state"][kind][state]
    return ChipLook(
        text=tr(spec["label"]) if text is None else text,
        tone=spec["tone"],
        icon=spec["icon"],
        solid=spec.get("solid", False),
        large=large,
        name=tr(spec["label"]),
    )


def waiting_chip(*, words: bool) -> ChipLook:
    """The amber cloud of a row that waits to be sent, with its word or as the icon alone."""
    return ChipLook(tr("Waiting") if words else "", "warning", "cloud-upload", name=tr("Waiting to be sent"))


def _icon_size(look: ChipLook) -> int:
    return 14 if look.large or look.bare or not look.text else 12


def chip_width(look: ChipLook) -> float:
    """The width in px a chip takes."""
    icon = _icon_size(look) if look.icon else 0
    if look.bare:
        return float(icon)
    padding = 8 if look.large else 6
    if not look.text:
        return icon + 10.0
    words = text_width(theme().font("meta" if look.large else "caption", "medium"), look.text)
    return padding * 2 + words + (icon + _GAP if icon else 0)


def paint_chip(
    painter: QPainter, rect: QRectF, look: ChipLook, *, rtl: bool = False, owner: QWidget | None = None
) -> None:
    """Draw the chip over the width of `rect`, in its vertical middle."""
    current = theme()
    area = QRectF(rect.x(), rect.y() + (rect.height() - look.height) / 2, rect.width(), look.height)
    size = _icon_size(look)
    y = area.y() + (area.height() - size) / 2
    if look.bare:
        if look.icon:
            draw_icon(painter, area.x(), y, look.icon, size, current.tone(look.tone, "base"))
        return
    ink = current.colour("text.on.accent") if look.solid else current.tone(look.tone, "text")
    ground = current.tone(look.tone, "base" if look.solid else "soft")
    box(painter, area, ground, None if look.solid else current.tone(look.tone, "border"), _RADIUS)
    line = Line(area, rtl=rtl)
    padding = (8 if look.large else 6) if look.text else 5
    line.start(padding)
    line.end(padding)
    if look.icon:
        spot = line.start(size, _GAP)
        draw_icon(painter, spot.x(), y, look.icon, size, ink)
    if look.text:
        font = current.font("meta" if look.large else "caption", "medium")
        draw_text(painter, line.rest, look.text, font, ink, line.align, owner=owner)


class Chip(QWidget):
    """A chip by itself.

    Args:
        text: the words.
        tone: the colour family.
        icon: a Lucide name.
        solid: filled with the tone's base colour.
        large: 24 px high instead of 20.
    """

    def __init__(
        self,
        text: str,
        tone: str,
        icon: str | None = None,
        solid: bool = False,
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = ChipLook(text, tone, icon, solid, large=large)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    @classmethod
    def from_look(cls, look: ChipLook, parent: QWidget | None = None) -> "Chip":
        """A chip of a look, for instance one from `chips_for_state`."""
        made = cls(look.text, look.tone, look.icon, parent=parent)
        made.set_look(look)
        return made

    def look(self) -> ChipLook:
        """What the chip shows."""
        return self._look

    def set_look(self, look: ChipLook) -> None:
        """Show something else."""
        self._look = look
        self.setAccessibleName(look.spoken)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(ceil(chip_width(self._look)), self._look.height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_chip(painter, QRectF(self.rect()), self._look, rtl=self.isRightToLeft(), owner=self)
