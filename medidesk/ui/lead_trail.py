"""A layout of two: the first from the leading edge, the second at the trailing one, below when they do not fit."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class LeadTrailLayout(QLayout):
    """Puts its second item on a line of its own before the first one would have to be shortened.

    Args:
        gap: px between the two, beside or below each other.
    """

    def __init__(self, gap: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        layout = item.layout()
        if layout is not None:
            # Else it would not know the window's reading direction.
            self.addChildLayout(layout)
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        sizes = [item.sizeHint() for item in self._items]
        if self._one_line(width):
            return max((size.height() for size in sizes), default=0)
        return sum(size.height() for size in sizes) + self._gap

    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._items]
        height = max((size.height() for size in sizes), default=0)
        return QSize(sum(size.width() for size in sizes) + self._gap, height)

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        if not self._items:
            return
        lead, *others = self._items
        owner = self.parentWidget()
        rtl = owner is not None and owner.isRightToLeft()
        if not others:
            lead.setGeometry(rect)
            return
        trail, wish = others[0], others[0].sizeHint()
        if self._one_line(rect.width()):
            room = rect.adjusted(wish.width() + self._gap, 0, 0, 0)
            if not rtl:
                room.moveLeft(rect.left())
            x = rect.left() if rtl else rect.right() - wish.width() + 1
            lead.setGeometry(room)
            trail.setGeometry(QRect(x, rect.top(), wish.width(), rect.height()))
            return
        height = lead.sizeHint().height()
        lead.setGeometry(QRect(rect.left(), rect.top(), rect.width(), height))
        width = min(wish.width(), rect.width())
        x = rect.right() - width + 1 if rtl else rect.left()
        trail.setGeometry(QRect(x, rect.top() + height + self._gap, width, wish.height()))

    def _one_line(self, width: int) -> bool:
        wishes = [item.sizeHint().width() for item in self._items if not item.isEmpty()]
        return sum(wishes) + self._gap * (len(wishes) - 1) <= width
