"""What a sum is made of: words and amounts below each other, and the one large figure."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui.kit.card import Card
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.theme import theme


class SumRows(QWidget):
    """Words at the reading side, amounts at the other, one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show these; the same again changes nothing."""
        if tuple(rows) == self._shown:
            return
        self._shown = tuple(rows)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for at, (label, amount) in enumerate(rows):
            self._grid.addWidget(Label(label, "body", "regular", "text.secondary", wrap=True), at, 0)
            figure = Label(amount, "body", "regular", figures=True)
            self._grid.addWidget(figure, at, 1, Qt.AlignmentFlag.AlignTrailing)

    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is shown."""
        return self._shown


class ToPay(Card):
    """What the sum is made of, and the one large figure."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._folded = False
        self.rows = SumRows()
        self._line = _Rule()
        self.caption = Label("", "body", "semibold")
        self._currency = Label("", "meta", "regular", "text.tertiary")
        self.figure = Label("", "display", "bold", figures=True)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.caption)
        names.addWidget(self._currency)
        foot.addLayout(names)
        foot.addStretch(1)
        foot.addWidget(self.figure)
        self.body.addWidget(self.rows)
        self.body.addWidget(self._line)
        self.body.addLayout(foot)

    def show_sum(self, rows: Sequence[tuple[str, str]], caption: str, figure: str, currency: str) -> None:
        """Show it."""
        self.rows.show_rows(rows)
        self._place()
        self.caption.setText(caption)
        self.figure.setText(figure)
        self._currency.setText(currency)
        self.setAccessibleName(f"{caption}: {figure} {currency}")

    def fold(self, folded: bool) -> None:
        """Show the figure alone, or again what it is made of."""
        self._folded = folded
        self._place()

    def _place(self) -> None:
        shown = bool(self.rows.rows()) and not self._folded
        self.rows.setVisible(shown)
        self._line.setVisible(shown)


class _Rule(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(5)

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, self.width(), 3, theme().colour("border.subtle"))
