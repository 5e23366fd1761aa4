"""The search field: an icon before, a quiet word after, and results while typing."""

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.inputs import LineEdit
from medidesk.ui.kit.keycap import keycap_width, paint_keycap
from medidesk.ui.kit.paint import Line, draw_text, text_width
from medidesk.ui.kit.theme import theme

_LEAD = 34
_HINT_SHARE = 0.55


class SearchBox(LineEdit):
    """A field that says what was typed at each keystroke.

    Args:
        placeholder: what may be typed.
        key: the key that leads here, on a cap while the field is empty.
        large: 36 px high, as above a list; else 32.
        icon: the icon before the words.

    Signals:
        searched(str): the text now; several changes within one turn of the event loop are said once.
        down(): the down arrow, to go into the results.
    """

    searched = Signal(str)
    down = Signal()

    def __init__(
        self,
        placeholder: str,
        key: str | None = None,
        *,
        large: bool = False,
        icon: str = "search",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent)
        self._key, self._icon = key, icon
        self._hint = self._more = ""
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setProperty("fieldSize", "search" if large else "default")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._say)
        self.textChanged.connect(self._typed)
        self._make_room()

    def set_hint(self, text: str, more: str = "") -> None:
        """Say something at the trailing end, such as "13 matches", and `more` of it where there is room."""
        self._hint, self._more = text, more
        self.setAccessibleDescription(text)
        self._make_room()
        self.update()

    def hint(self) -> str:
        """What stands at the trailing end."""
        whole = f"{self._hint} · {self._more}" if self._more else self._hint
        return whole if text_width(theme().font("meta"), whole) <= self._hint_room() else self._hint

    def search_now(self) -> None:
        """Say the text again, for instance after the list behind it changed."""
        self._soon.start()

    def search_at_once(self) -> None:
        """Say what was typed if it has not been said yet."""
        if self._soon.isActive():
            self._soon.stop()
            self._say()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down and not event.modifiers():
            self.down.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LayoutDirectionChange, QEvent.Type.FontChange}:
            self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        line.start(11)
        line.end(10)
        spot = line.start(16)
        draw_icon(painter, spot.x(), (self.height() - 16) / 2, self._icon, 16, "text.secondary")
        if self._shows_cap() and self._key:
            paint_keycap(painter, line.end(keycap_width(self._key)), self._key)
        hint = self.hint()
        if hint:
            font, ink = theme().font("meta"), theme().colour("text.tertiary")
            line.end(4)
            spot = line.end(min(text_width(font, hint), self._hint_room()) + 1)
            draw_text(painter, spot, hint, font, ink, line.align_end, owner=self)

    def _hint_room(self) -> float:
        return self.width() * _HINT_SHARE

    def _shows_cap(self) -> bool:
        return bool(self._key) and not self.text() and not self._hint

    def _typed(self) -> None:
        self._make_room()
        self._soon.start()

    def _say(self) -> None:
        self.searched.emit(self.text())

    def _make_room(self) -> None:
        trail = 0
        hint = self.hint()
        if hint:
            trail = round(min(text_width(theme().font("meta"), hint), self._hint_room())) + 12
        elif self._shows_cap() and self._key:
            trail = round(keycap_width(self._key)) + 8
        lead = _LEAD - 11
        left, right = (trail, lead) if self.isRightToLeft() else (lead, trail)
        self.setTextMargins(left, self.textMargins().top(), right, 0)
