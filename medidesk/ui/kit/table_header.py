"""The head of a table: 32 px, quiet, aligned with its columns in either reading direction."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from medidesk.ui.kit.paint import Line, draw_text, fill, rule
from medidesk.ui.kit.table_delegate import INNER, OUTER
from medidesk.ui.kit.table_model import TableModel
from medidesk.ui.kit.theme import theme, tokens


class TableHeader(QHeaderView):
    """Paints the titles of the columns."""

    def __init__(self, model: TableModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._columns = model.columns
        self.first, self.last = 0, len(model.columns) - 1
        self.outer = OUTER
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), int(tokens["row"]["header"]))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        ground = self.viewport().rect()
        fill(painter, ground, theme().colour("bg.subtle"))
        rule(painter, 0, ground.width(), ground.height(), theme().colour("border.subtle"))
        rule(painter, 0, ground.width(), 1, theme().colour("border.subtle"))
        painter.end()
        super().paintEvent(event)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803  Qt's own
        column = self._columns[logicalIndex]
        line = Line(QRectF(rect), rtl=self.isRightToLeft())
        line.start(self.outer if logicalIndex == self.first else INNER)
        line.end(self.outer if logicalIndex == self.last else INNER)
        align = line.align if column.align == "start" else line.align_end
        font, ink = theme().font("caption", "semibold"), theme().colour("text.tertiary")
        draw_text(painter, line.rest, column.title, font, ink, align, owner=self)
