"""The sections of a file: words in a row, a bar under the one that is open."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import CENTRE, Line, box, draw_text, fill, rule, text_width
from medidesk.ui.kit.theme import theme
from medidesk.words import tr

_GAP = 6


class _SectionButton(QAbstractButton):
    """One word."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._count = ""
        self.setText(text)
        self.setCheckable(True)
        self.setProperty("halo", 4.0)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Section {name}", name=text))

    def sizeHint(self) -> QSize:
        look = theme()
        width = text_width(look.font("body", "semibold"), self.text())
        if self._count:
            width += _GAP + text_width(look.font("meta", figures=True), self._count)
        return QSize(round(width) + 2, 36)

    def set_count(self, count: int | None) -> None:
        """Show how many there are in the section, or nothing."""
        said = "" if count is None else f"{count:,}"
        if said != self._count:
            self._count = said
            name = f"{self.text()} {said}".strip()
            self.setAccessibleName(tr("Section {name}", name=name))
            self.updateGeometry()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        on = self.isChecked()
        ink = look.colour("text.primary" if on or self.underMouse() else "text.secondary")
        font = look.font("body", "semibold" if on else "medium")
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        if self._count:
            figures = look.font("meta", figures=True)
            place = line.end(text_width(figures, self._count) + 1, _GAP)
            draw_text(painter, place, self._count, figures, look.colour("text.tertiary"), line.align_end)
        draw_text(painter, line.rest, self.text(), font, ink, CENTRE, owner=self)
        if on:
            fill(painter, QRectF(0, self.height() - 2, self.width(), 2), look.colour("accent.base"))
        if self.hasFocus():
            box(painter, QRectF(self.rect()).adjusted(0, 4, 0, -4), None, look.colour("focus.ring"), 4, 2)


class SectionBar(QWidget):
    """The row.

    Signals:
        chosen(int): the place of the section now wanted.
    """

    chosen = Signal(int)

    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(24)
        self._group = QButtonGroup(self)
        self._buttons: list[_SectionButton] = []
        for at, title in enumerate(titles):
            button = _SectionButton(title)
            button.setChecked(at == 0)
            self._group.addButton(button, at)
            self._buttons.append(button)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(Label(tr("Ctrl 1–{last}", last=len(titles)), "meta", "regular", "text.tertiary"))
        self._group.idClicked.connect(self.chosen)
        self.setFixedHeight(37)

    def show_chosen(self, at: int) -> None:
        """Mark a section as open."""
        self._group.button(at).setChecked(True)

    def show_count(self, at: int, count: int | None) -> None:
        """Say how many there are in a section."""
        self._buttons[at].set_count(count)

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, self.width(), self.height(), theme().colour("border.default"))
