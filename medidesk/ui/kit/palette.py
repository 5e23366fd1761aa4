"""Ctrl+K: one field that finds people, actions and medicines, and runs what is chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, box, draw_text, fill, rule, shadow, text_width
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import tr

WIDTH, _ROW, _MARGIN, _MOST = 560, 34, 24, 10


def says(words: str, text: str) -> bool:
    """Whether what was typed stands in some words: each part of it, in any order."""
    return all(part in words.casefold() for part in text.casefold().split())


@dataclass(frozen=True)
class PaletteItem:
    """One thing that can be done or opened.

    Attributes:
        icon: a Lucide name.
        title: its name.
        detail: a number, or what matters about it.
        kind: "Patient", "Action", "Medicine": the group it belongs to.
        run: opens or does it.
        tone: the colour token of the detail.
    """

    icon: str
    title: str
    detail: str
    kind: str
    run: Callable[[], object]
    tone: str = "text.tertiary"


Provider = Callable[[str], Sequence[PaletteItem]]


class PaletteList(QWidget):
    """The results, in the order of their groups; one of them chosen.

    Signals:
        picked(PaletteItem): pressed with the mouse.
    """

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: tuple[PaletteItem, ...] = ()
        self.chosen = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_items(self, items: Sequence[PaletteItem]) -> None:
        """Show these; groups stay together in the order in which they first come."""
        order = {kind: at for at, kind in reversed(list(enumerate(item.kind for item in items)))}
        self.items = tuple(sorted(items, key=lambda item: order[item.kind])[:_MOST])
        self.chosen = 0
        self._tell()

    def move_by(self, step: int) -> None:
        """Choose the next or previous one, round and round."""
        if self.items:
            self.chosen = (self.chosen + step) % len(self.items)
            self._tell()

    def current(self) -> PaletteItem | None:
        """The chosen one."""
        return self.items[self.chosen] if self.items else None

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, max(1, len(self.items)) * _ROW + 8)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = int((event.position().y() - 4) // _ROW)
        if 0 <= at < len(self.items) and at != self.chosen:
            self.chosen = at
            self._tell()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = int((event.position().y() - 4) // _ROW)
        if 0 <= at < len(self.items):
            self.picked.emit(self.items[at])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        if not self.items:
            room = QRectF(self.rect()).adjusted(16, 0, -16, 0)
            line = Line(room, rtl=self.isRightToLeft())
            ink = look.colour("text.tertiary")
            draw_text(
                painter, room, tr("Nothing found. Try fewer letters."), look.font("body"), ink, line.align
            )
        for at, item in enumerate(self.items):
            row = QRectF(4, 4 + at * _ROW, self.width() - 8, _ROW)
            self._paint_item(painter, row, item, chosen=at == self.chosen)

    def _paint_item(self, painter: QPainter, row: QRectF, item: PaletteItem, *, chosen: bool) -> None:
        look = theme()
        line = Line(row, rtl=self.isRightToLeft())
        if chosen:
            box(painter, row, look.colour("bg.selected"), None, 4)
            bar = Line(row.adjusted(0, 7, 0, -7), rtl=self.isRightToLeft()).start(3)
            fill(painter, bar, look.colour("focus.ring"))
        line.start(10)
        line.end(8)
        spot = line.start(16, 10)
        draw_icon(painter, spot.x(), row.y() + (_ROW - 16) / 2, item.icon, 16, "text.secondary")
        caption, meta, body = look.font("caption"), look.font("meta"), look.font("body", "medium")
        kind = line.end(text_width(caption, item.kind) + 1, 6)
        draw_text(painter, kind, item.kind, caption, look.colour("text.tertiary"), line.align_end)
        title = line.start(min(text_width(body, item.title) + 1, line.rest.width()), 8)
        draw_text(painter, title, item.title, body, look.colour("text.primary"), line.align, owner=self)
        if line.rest.width() > 20:
            ink = look.colour(item.tone)
            draw_text(painter, line.rest, item.detail, meta, ink, line.align, owner=self)

    def _tell(self) -> None:
        item = self.current()
        self.setAccessibleName(f"{item.title}, {item.detail}, {item.kind}" if item else tr("Nothing found"))
        self.updateGeometry()
        self.update()


class CommandPalette(QFrame):
    """Lies over its window; Esc or a press outside closes it, and the focus goes back."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._provider: Provider | None = None
        self._before: QWidget | None = None
        self.field = SearchBox(tr("Search patients, actions, medicines"))
        self.field.setProperty("halo", False)
        self.field.setProperty("bare", True)
        self.results = PaletteList()
        self.results.picked.connect(self._run)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN + 4, _MARGIN, _MARGIN)
        column.setSpacing(4)
        column.addWidget(self.field)
        column.addWidget(self.results)
        self.field.searched.connect(self._search)
        self.field.installEventFilter(self)
        parent.installEventFilter(self)
        self.setAccessibleName(tr("Search everything"))
        self.hide()

    def set_provider(self, provider: Provider) -> None:
        """Ask `provider` for the results of what is typed."""
        self._provider = provider

    def open(self, text: str = "") -> None:
        """Come up with the cursor in the field."""
        window = self.window()
        self._before = window.focusWidget()
        self.field.setText(text)
        self._search(text)
        self.show()
        self._place()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_and_return(self) -> None:
        """Go away and give the focus back."""
        self.hide()
        if self._before is not None:
            self._before.setFocus()
            self._before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._field_key(event)
        if watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if watched is self.parentWidget() and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        card = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        radius = float(tokens["radius"]["card"])
        shadow(painter, card, radius, "3")
        box(
            painter,
            card.adjusted(-1, -1, 1, 1),
            look.colour("bg.raised"),
            look.colour("border.default"),
            radius,
        )
        below = self.field.geometry().bottom() + 1
        rule(painter, card.left(), card.right(), below, look.colour("border.subtle"))

    def _field_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key != Qt.Key.Key_Escape:
            self.field.search_at_once()
        if key == Qt.Key.Key_Escape:
            self.close_and_return()
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self.results.move_by(1 if key == Qt.Key.Key_Down else -1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            item = self.results.current()
            if item is not None:
                self._run(item)
        else:
            return False
        return True

    def _search(self, text: str) -> None:
        self.results.show_items(self._provider(text) if self._provider is not None else ())
        self.adjustSize()

    def _run(self, item: PaletteItem) -> None:
        self.close_and_return()
        item.run()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setFixedWidth(min(WIDTH, parent.width() - 32) + 2 * _MARGIN)
            self.adjustSize()
            self.move((parent.width() - self.width()) // 2, max(0, min(96, parent.height() // 8) - _MARGIN))
