"""The head of the cashier's page: how the drawer stands, and the ways to open, count and close it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medidesk.ui import moments
from medidesk.ui.billing.drawer import Drawer
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.chip import Chip, ChipLook
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.theme import theme
from medidesk.words import tr

_HEIGHT = 56


class PageHead(QWidget):
    """The head.

    Signals:
        open_asked(): the drawer is to be opened.
        close_asked(): it is to be counted and closed.
    """

    open_asked = Signal()
    close_asked = Signal()

    def __init__(self, drawer: Drawer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawer = drawer
        self.setFixedHeight(_HEIGHT)
        self._chip = QHBoxLayout()
        self._since = Label("", "body", "regular", "text.tertiary", figures=True, elide=True)
        self.open_button = Button(tr("Open the drawer"), icon="lock-open", key="Alt+O")
        self.open_button.clicked.connect(self.open_asked)
        self.close_button = Button(tr("Count and close"), icon="lock", key="Alt+C")
        self.close_button.clicked.connect(self.close_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(8)
        row.addWidget(Label(tr("Cashier"), "title", "semibold"))
        row.addSpacing(8)
        row.addLayout(self._chip)
        row.addWidget(self._since, 1)
        row.addWidget(self.open_button)
        row.addWidget(self.close_button)
        drawer.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        row = self._drawer.row
        while (item := self._chip.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if row is None:
            look = ChipLook(tr("Drawer closed"), "neutral", "lock", large=True)
            self._since.setText(self._drawer.place)
        else:
            look = ChipLook(tr("Drawer open"), "success", "lock-open", large=True)
            since = tr("{place}, since {time}", place=row.drawer, time=moments.when(row.opened_at))
            self._since.setText(since)
        self._chip.addWidget(Chip.from_look(look))
        self.open_button.setVisible(row is None and self._drawer.may_open)
        self.close_button.setVisible(row is not None)

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, self.width(), self.height(), theme().colour("border.subtle"))
