"""A layout of two: the first from the leading edge, the second at the trailing one, below when they do not fit."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout

from medidesk.ui.flow import items_of


class LeadTrailLayout(QHBoxLayout):
    """Puts its second item on a line of its own before the first one would have to be shortened.

    The box keeps the items and only their places are ours, as in FlowLayout.

    Args:
        gap: px between the two, beside or below each other.
    """

    def __init__(self, gap: int = 8) -> None:
        super().__init__()
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        sizes = [item.sizeHint() for item in items_of(self)]
        if self._one_line(width):
            return max((size.height() for size in sizes), default=0)
        return sum(size.height() for size in sizes) + self._gap

    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in items_of(self)]
        height = max((size.height() for size in sizes), default=0)
        return QSize(sum(size.width() for size in sizes) + self._gap, height)

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in items_of(self):
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        items = items_of(self)
        if not items:
            return
        lead, *others = items
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
        wishes = [item.sizeHint().width() for item in items_of(self) if not item.isEmpty()]
        return sum(wishes) + self._gap * (len(wishes) - 1) <= width
