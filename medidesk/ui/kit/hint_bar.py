"""The bar at the foot of the window that says which keys the open screen has."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.kit.keycap import keycap_width, paint_keycap
from medidesk.ui.kit.keys import KeyItem, KeyRegistry
from medidesk.ui.kit.paint import Line, draw_text, rule, text_width
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import tr

_WORD_GAP, _ITEM_GAP = 6, 16
_GUTTER = 12


class HintBar(QWidget):
    """Keys of a registry with their words, F1 at the trailing end; what has no room stays for F1.

    Signals:
        asked(): the F1 end was pressed with the mouse.
    """

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._registry: KeyRegistry | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(int(tokens["shell"]["hintbar"]))
        self.setAccessibleName(tr("Keys of this screen"))

    def show_keys(self, registry: KeyRegistry | None) -> None:
        """Show the keys of another screen."""
        if self._registry is not None:
            self._registry.changed.disconnect(self._tell)
            self._registry.destroyed.disconnect(self._forget)
        self._registry = registry
        if registry is not None:
            registry.changed.connect(self._tell)
            registry.destroyed.connect(self._forget)
        self._tell()

    def shown(self) -> list[KeyItem]:
        """The keys that fit now."""
        room = self.width() - 2 * _GUTTER - self._width_of(self._help())
        fitting: list[KeyItem] = []
        for item in self._items():
            room -= self._width_of(item) + _ITEM_GAP
            if room < 0:
                break
            fitting.append(item)
        return fitting

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        edge = self._width_of(self._help()) + _GUTTER
        x = event.position().x()
        if x < edge if self.isRightToLeft() else x > self.width() - edge:
            self.asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        painter.fillRect(self.rect(), look.colour("bg.canvas"))
        rule(painter, 0, self.width(), 1, look.colour("border.default"))
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        line.start(_GUTTER)
        line.end(_GUTTER)
        self._paint_item(painter, self._help(), Line(line.end(self._width_of(self._help())), rtl=line.rtl))
        for item in self.shown():
            place = Line(line.start(self._width_of(item), _ITEM_GAP), rtl=line.rtl)
            self._paint_item(painter, item, place)

    def _paint_item(self, painter: QPainter, item: KeyItem, line: Line) -> None:
        paint_keycap(painter, line.start(keycap_width(item.key), _WORD_GAP), item.key)
        font, ink = theme().font("caption"), theme().colour("text.secondary")
        draw_text(painter, line.rest, item.text, font, ink, line.align, owner=self)

    def _width_of(self, item: KeyItem) -> float:
        return keycap_width(item.key) + _WORD_GAP + text_width(theme().font("caption"), item.text) + 1

    def _items(self) -> list[KeyItem]:
        if self._registry is None:
            return []
        return [
            item
            for item in self._registry.items()
            if item.hint and item.key != "F1" and item.does_something()
        ]

    def _help(self) -> KeyItem:
        return KeyItem("F1", tr("Keys of this screen"))

    def _tell(self) -> None:
        self.setAccessibleDescription(", ".join(f"{item.key} {item.text}" for item in self._items()))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.update()

    def _forget(self) -> None:
        self._registry = None
        self.update()
