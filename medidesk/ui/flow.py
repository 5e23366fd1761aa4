"""A layout that sets chips one after another and breaks into lines."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem, QWidget


def items_of(layout: QLayout) -> list[QLayoutItem]:
    """What a layout holds, in order."""
    return [item for place in range(layout.count()) if (item := layout.itemAt(place))]


class FlowLayout(QHBoxLayout):
    """Items in reading direction, as many to a line as fit.

    The box keeps the items and only their places are ours: of a QLayout of our own Qt would ask for items
    while its window is taken apart, when the Python half is gone already.

    Args:
        gap: px between items.
        line_gap: px between lines; as between items when None.
    """

    def __init__(self, gap: int = 8, parent: QWidget | None = None, *, line_gap: int | None = None) -> None:
        super().__init__()
        if parent is not None:
            parent.setLayout(self)
        self._gap = gap
        self._line_gap = gap if line_gap is None else line_gap
        self.setContentsMargins(0, 0, 0, 0)

    def clear(self) -> None:
        """Take every widget out and delete it."""
        while item := self.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False) + self.contentsMargins().top()

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect.adjusted(0, self.contentsMargins().top(), 0, 0), move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in items_of(self):
            size = size.expandedTo(item.minimumSize())
        return QSize(size.width(), size.height() + self.contentsMargins().top())

    def _place(self, rect: QRect, *, move: bool) -> int:
        owner = self.parentWidget()
        rtl = owner is not None and owner.isRightToLeft()
        x = y = line = 0
        for item in items_of(self):
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            size = item.sizeHint()
            size.setWidth(min(size.width(), rect.width()))
            if x and x + size.width() > rect.width():
                x, y, line = 0, y + line + self._line_gap, 0
            if move:
                left = rect.right() - x - size.width() + 1 if rtl else rect.x() + x
                item.setGeometry(QRect(QPoint(left, rect.y() + y), size))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line
