"""Pills: the state of synchronisation, filters with a count, and a choice of segments."""

from math import ceil

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import CENTRE, Line, box, draw_text, text_width
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import tr


class _Round(QPushButton):
    """A button without Fusion's frame that knows when the mouse is over it."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.hovered = False
        self.setAutoDefault(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hovered = True
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered = False
        super().leaveEvent(event)
        self.update()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class SyncPill(_Round):
    """Says how this station stands with the server; pressing it opens the page of changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._tone, self._icon = "success", "circle-check"
        self.setProperty("halo", tokens["control"]["pill"] / 2)
        spec = tokens["state"]["sync"]["live"]
        self.show_state(spec["tone"], spec["icon"], tr(spec["label"]))

    def show_state(self, tone: str, icon: str, text: str) -> None:
        """Show a state; the words are said to screen readers too."""
        self._tone, self._icon = tone, icon
        self.setText(text)
        self.setAccessibleName(tr("Connection: {state}", state=text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = text_width(theme().font("meta", "medium"), self.text())
        # Up to the next whole pixel: rounded down, the last word would be cut by a fraction at some minutes.
        return QSize(ceil(width) + 10 + 14 + 6 + 12, int(tokens["control"]["pill"]))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        focused = self.hasFocus()
        edge = look.colour("focus.ring") if focused else look.tone(self._tone, "border")
        if self.hovered and not focused:
            edge = look.tone(self._tone, "base")
        box(painter, self.rect(), look.tone(self._tone, "soft"), edge, 999, 2 if focused else 1)
        line = Line(self.rect(), rtl=self.isRightToLeft())
        line.start(10)
        ink = look.tone(self._tone, "text")
        spot = line.start(14, 6)
        draw_icon(painter, spot.x(), (self.height() - 14) / 2, self._icon, 14, ink)
        font = look.font("meta", "medium")
        draw_text(painter, line.rest, self.text(), font, ink, line.align, owner=self)


class FilterPill(_Round):
    """A filter that is on or off, with the number of rows it would show."""

    def __init__(self, text: str, count: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._count = count
        self.setCheckable(True)
        self.setProperty("halo", 13.0)
        self.set_count(count)

    def set_count(self, count: int | None) -> None:
        """Show another number, or none."""
        self._count = count
        said = "" if count is None else f"{count:,}"
        self.setAccessibleName(f"{self.text()} {said}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        look = theme()
        width = 20.0 + text_width(look.font("meta", "medium"), self.text())
        if self._count is not None:
            width += 6 + text_width(self._figures(), f"{self._count:,}")
        return QSize(ceil(width), 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        on = self.isChecked()
        ground = look.colour("accent.soft" if on else "bg.hover" if self.hovered else "bg.raised")
        edge = look.colour("accent.border" if on else "border.default")
        focused = self.hasFocus()
        box(
            painter,
            self.rect(),
            ground,
            look.colour("focus.ring") if focused else edge,
            999,
            2 if focused else 1,
        )
        line = Line(self.rect(), rtl=self.isRightToLeft())
        line.start(10)
        line.end(10)
        font = look.font("meta", "medium")
        ink = look.colour("accent.text" if on else "text.secondary")
        if self._count is not None:
            words = f"{self._count:,}"
            spot = line.end(text_width(self._figures(), words), 6)
            quiet = look.colour("accent.text" if on else "text.tertiary")
            draw_text(painter, spot, words, self._figures(), quiet, line.align_end)
        draw_text(painter, line.rest, self.text(), font, ink, line.align, owner=self)

    def _figures(self) -> QFont:
        return theme().font("meta", "medium", figures=True)


class _Segment(_Round):
    """One choice of `Segments`."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCheckable(True)
        self.setProperty("halo", 5.0)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(ceil(text_width(theme().font("body", "semibold"), self.text())) + 24, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        on = self.isChecked()
        if on or self.hasFocus():
            edge = look.colour("focus.ring" if self.hasFocus() else "border.default")
            ground = look.colour("bg.raised") if on else None
            box(painter, self.rect(), ground, edge, 5, 2 if self.hasFocus() else 1)
        ink = look.colour("text.primary" if on else "text.secondary")
        font = look.font("body", "semibold" if on else "medium")
        draw_text(painter, QRectF(self.rect()), self.text(), font, ink, CENTRE, owner=self)


class Segments(QWidget):
    """A few choices side by side, one of them taken; the arrows move.

    Signals:
        chosen(int): the place of the choice now taken.
    """

    chosen = Signal(int)

    def __init__(self, texts: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        for at, text in enumerate(texts):
            segment = _Segment(text, self)
            segment.setChecked(at == 0)
            self._group.addButton(segment, at)
            row.addWidget(segment)
        self._group.idClicked.connect(self.chosen)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def current(self) -> int:
        """The place of the choice taken."""
        return self._group.checkedId()

    def set_current(self, at: int) -> None:
        """Take a choice without a signal."""
        self._group.button(at).setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        if self.isRightToLeft():
            step = -step
        at = self.current() + step
        button = self._group.button(at)
        if button is not None:
            button.setFocus()
            button.setChecked(True)
            self.chosen.emit(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        box(QPainter(self), self.rect(), theme().colour("bg.canvas"), None, 6)
