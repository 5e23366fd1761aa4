"""The small facts below a name: as many lines as they need, so that none is left out."""

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, draw_text, text_width
from medidesk.ui.kit.theme import theme

_ICON, _ICON_GAP, _GAP, _HEIGHT = 14, 6, 16, 24


class Fact(NamedTuple):
    """An icon ("" for none), words, and whether their digits have one width: a file number's hyphen must not."""

    icon: str
    words: str
    figures: bool = False


class _FactLine(QWidget):
    """One fact with its icon."""

    def __init__(self, fact: Fact) -> None:
        super().__init__()
        self._fact = fact
        self.setAccessibleName(fact.words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        icon = _ICON + _ICON_GAP if self._fact.icon else 0
        return QSize(round(icon + text_width(self._font(), self._fact.words) + 1), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        if self._fact.icon:
            spot = line.start(_ICON, _ICON_GAP)
            draw_icon(painter, spot.x(), 5, self._fact.icon, _ICON, "text.tertiary")
        ink = look.colour("text.secondary")
        draw_text(painter, line.rest, self._fact.words, self._font(), ink, line.align, owner=self)

    def _font(self) -> QFont:
        return theme().font("body", figures=self._fact.figures)


class HeaderFacts(QWidget):
    """The facts of one patient."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[Fact, ...] = ()
        self._flow = FlowLayout(_GAP, self, line_gap=0)

    def show_facts(self, *facts: Fact) -> None:
        """Show these; those without words are left out."""
        fresh = tuple(fact for fact in facts if fact.words)
        if fresh == self._facts:
            return
        self._facts = fresh
        self.setAccessibleName(", ".join(fact.words for fact in fresh))
        self._flow.clear()
        for fact in fresh:
            self._flow.addWidget(_FactLine(fact))
        self.updateGeometry()
