"""The tiles of the overview: a figure, what it says, and the list behind it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from medidesk.ui.kit.paint import LEFT, RIGHT, box, draw_text, rule
from medidesk.ui.kit.theme import theme, theme_signals, tokens

_HEIGHT = 108
_SIDE = 16


class Tile(QAbstractButton):
    """One figure. Pressed, it opens the list that the figure counts.

    Args:
        title: what the figure is of.
        opens: what opens, for screen readers and the tool tip.
    """

    def __init__(self, title: str, opens: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.figure, self.line, self.tone = title, "", "", ""
        self._opens = opens
        self.setProperty("halo", float(tokens["radius"]["card"]))
        self.setToolTip(opens)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme_signals().theme_changed.connect(self.update)

    def show_figure(self, figure: str, line: str, tone: str = "") -> None:
        """Show another figure.

        Args:
            figure: as it is read.
            line: what stands beside it.
            tone: "warning" where somebody should look.
        """
        self.figure, self.line, self.tone = figure, line, tone
        self.setAccessibleName(f"{self.title}: {figure}")
        self.setAccessibleDescription(f"{line}. {self._opens}")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(180, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        radius = float(tokens["radius"]["card"])
        under = "bg.hover" if self.underMouse() else "bg.surface"
        edge = "focus.ring" if self.hasFocus() else "border.subtle"
        box(painter, self.rect(), look.colour(under), look.colour(edge), radius, 2 if self.hasFocus() else 1)
        align = RIGHT if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else LEFT
        room = QRectF(self.rect()).adjusted(_SIDE, 12, -_SIDE, -10)
        line = QRectF(room.left(), room.top(), room.width(), 18)
        draw_text(
            painter, line, self.title, look.font("meta"), look.colour("text.secondary"), align, owner=self
        )
        line = QRectF(room.left(), room.top() + 20, room.width(), 34)
        colour = look.colour(f"{self.tone}.text" if self.tone else "text.primary")
        draw_text(
            painter,
            line,
            self.figure,
            look.font("title", "semibold", figures=True),
            colour,
            align,
            owner=self,
        )
        rule(painter, room.left(), room.right(), room.bottom() - 24, look.colour("border.subtle"))
        line = QRectF(room.left(), room.bottom() - 18, room.width(), 18)
        draw_text(
            painter, line, self.line, look.font("meta"), look.colour("text.tertiary"), align, owner=self
        )
