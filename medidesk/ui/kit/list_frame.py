"""How a page of rows is laid out."""

from collections.abc import Iterable

from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget


def list_frame(above: Iterable[QWidget | QLayout], rows: QWidget, *below: QWidget) -> QWidget:
    """What stands above the rows within the page's margin, the rows from edge to edge, and what stands below."""
    frame = QWidget()
    column = QVBoxLayout(frame)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    top = QVBoxLayout()
    top.setContentsMargins(24, 12, 24, 12)
    top.setSpacing(10)
    for one in above:
        if isinstance(one, QWidget):
            top.addWidget(one)
        else:
            top.addLayout(one)
    column.addLayout(top)
    column.addWidget(rows, 1)
    for one in below:
        column.addWidget(one)
    return frame
