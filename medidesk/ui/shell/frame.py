"""How the parts of the shell stand: top bar, rail, tabs over the sheet, keys at the foot."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui.kit.hint_bar import HintBar
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.theme import theme
from medidesk.ui.shell.rail import WIDTH, Rail
from medidesk.ui.shell.sheet import Sheet
from medidesk.ui.shell.tabs import TabStrip
from medidesk.ui.shell.top_bar import TopBar


class _Foot(QWidget):
    """Carries the hairline of the hint bar on below the rail, so that its keys begin where the tabs do."""

    def __init__(self, hints: HintBar) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addSpacing(WIDTH)
        row.addWidget(hints)

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, self.width(), 1, theme().colour("border.default"))


def lay_out(
    shell: QWidget, top_bar: TopBar, rail: Rail, tabs: TabStrip, sheet: Sheet, hints: HintBar
) -> None:
    """Put the parts into the shell."""
    right = QVBoxLayout()
    right.setSpacing(0)
    strip = QHBoxLayout()
    strip.setContentsMargins(12, 0, 12, 0)
    strip.addWidget(tabs)
    strip.addStretch(1)
    right.addLayout(strip)
    right.addWidget(sheet, 1)
    middle = QHBoxLayout()
    middle.setSpacing(0)
    middle.addWidget(rail)
    middle.addLayout(right, 1)
    column = QVBoxLayout(shell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(top_bar)
    column.addLayout(middle, 1)
    column.addWidget(_Foot(hints))
