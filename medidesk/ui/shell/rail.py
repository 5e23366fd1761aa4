"""The rail: the modules this person may use, each an icon with its word."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import CENTRE, box, draw_text, fill, text_width
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import counted

WIDTH = int(tokens["shell"]["rail"])
_ITEM = QRectF(6, 2, 64, 52)
_BADGE_HEIGHT = 15


class RailItem(QAbstractButton):
    """One module; checked means its page is in front."""

    def __init__(self, icon: str, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._badge = icon, 0
        self.setText(word)
        self.setCheckable(True)
        self.setProperty("halo", 8.0)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(word)

    def set_badge(self, count: int) -> None:
        """Show how many things wait there; 0 shows none."""
        self._badge = count
        waits = counted(count, "{count} waits", "{count} wait")
        self.setAccessibleName(f"{self.text()}, {waits}" if count else self.text())
        self.update()

    def badge(self) -> int:
        """How many things wait there."""
        return self._badge

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, int(tokens["shell"]["rail_item"]))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        ink = look.colour("text.secondary")
        if self.isChecked():
            ink = look.colour("accent.text")
            box(painter, _ITEM, look.colour("bg.surface"), look.colour("border.subtle"), 8)
            x = self.width() - 3 if self.isRightToLeft() else 0
            fill(painter, QRectF(x, 14, 3, 28), look.colour("accent.base"))
        elif self.underMouse():
            box(painter, _ITEM, look.colour("bg.hover"), None, 8)
        if self.hasFocus():
            box(painter, _ITEM, None, look.colour("focus.ring"), 8, 2)
        draw_icon(painter, (self.width() - 20) / 2, 10, self._icon, 20, ink)
        words = QRectF(_ITEM.x() + 1, 33, _ITEM.width() - 2, 16)
        draw_text(
            painter,
            words,
            self.text(),
            look.font("caption", "semibold" if self.isChecked() else "medium"),
            ink,
            CENTRE,
            owner=self,
        )
        if self._badge:
            self._paint_badge(painter)

    def _paint_badge(self, painter: QPainter) -> None:
        look = theme()
        words = str(self._badge) if self._badge < 100 else "99+"
        font = look.font("caption", "semibold")
        width = max(16.0, text_width(font, words) + 8)
        x = self.width() / 2 - 8 - width if self.isRightToLeft() else self.width() / 2 + 8
        place = QRectF(x, 4, width, _BADGE_HEIGHT)
        box(painter, place, look.colour("accent.base"), None, _BADGE_HEIGHT / 2)
        draw_text(painter, place, words, font, look.colour("text.on.accent"), CENTRE)


class Rail(QWidget):
    """Modules at the top, what concerns the station at the foot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 8)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._top = 0

    def add(self, icon: str, word: str, *, at_foot: bool = False) -> RailItem:
        """A new item below the others, or at the foot."""
        item = RailItem(icon, word, self)
        if at_foot:
            self._column.addWidget(item)
        else:
            self._column.insertWidget(self._top, item)
            self._top += 1
        self._group.addButton(item)
        item.clicked.connect(lambda: self.choose(item))
        return item

    def choose(self, item: RailItem | None) -> None:
        """Show which item is in front."""
        for one in self._group.buttons():
            one.setChecked(one is item)
