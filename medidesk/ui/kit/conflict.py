"""Two stations changed one thing: for each field the person picks what is right."""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.form_foot import NoteLine
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import Line, box, dot, draw_lines, draw_text, rule, text_width
from medidesk.ui.kit.theme import theme
from medidesk.words import tr

Side = Literal["base", "theirs", "mine"]
SIDES: tuple[Side, Side, Side] = ("base", "theirs", "mine")

ConflictField = tuple[str, str, str, str, str]
"""Name, label, and the words of base, theirs and mine."""


class _Value(QRadioButton):
    """One of three equal cards, 48 high."""

    def __init__(self, text: str, name: str, *, muted: bool) -> None:
        super().__init__(text or tr("empty"))
        self._muted, self._nothing = muted, not text
        self.setProperty("halo", 6.0)
        self.setAccessibleName(name)
        self.setFixedHeight(48)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(150, 48)

    def minimumSizeHint(self) -> QSize:
        return QSize(90, 48)

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look, on = QPainter(self), theme(), self.isChecked()
        ground = "accent.soft" if on else "bg.subtle" if self._muted else "bg.raised"
        edge = "focus.ring" if on or self.hasFocus() else "border.default"
        wide = 2 if self.hasFocus() else 1.5 if on else 1
        box(painter, self.rect(), look.colour(ground), look.colour(edge), 6, wide)
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        line.start(12)
        line.end(8)
        spot = line.start(16, 8)
        ring = QRectF(spot.x(), (self.height() - 16) / 2, 16, 16)
        colour = look.colour("accent.base" if on else "border.input")
        box(painter, ring, look.colour("bg.input"), colour, 8, 1.5 if on else 1)
        if on:
            dot(painter, ring.center().x(), ring.center().y(), 4, colour)
        quiet = self._muted or self._nothing
        ink = look.colour("text.secondary" if quiet and not on else "text.primary")
        font = look.font("body", "semibold" if on else "regular")
        if text_width(font, self.text()) > line.rest.width():
            draw_lines(
                painter, line.rest, self.text(), look.font("meta", "medium"), ink, line.align, owner=self
            )
        else:
            draw_text(painter, line.rest, self.text(), font, ink, line.align, owner=self)


class ConflictCard(Panel):
    """Base, theirs and mine side by side.

    Args:
        title: whose record.
        line: what happened.
        heads: the three column heads, each a title and a quiet line such as ("Mine", "Reception 2, 10:41").
        fields: for each field its name, label and three values in words.
        merged_note: what merged by itself; "" says nothing.
        trailing: a time at the end of the title.
        other: the word of a button for what no choice gives, such as typing it anew; none when empty.

    Signals:
        decided(dict): the choices, by field name: "base", "theirs" or "mine".
        later(): the person wants to decide later.
        other_asked(): the button `other` was pressed.
    """

    decided = Signal(dict)
    later = Signal()
    other_asked = Signal()

    def __init__(
        self,
        title: str,
        line: str,
        heads: Sequence[tuple[str, str]],
        fields: Sequence[ConflictField],
        merged_note: str = "",
        *,
        trailing: str = "",
        other: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("bg.surface", "danger.border", parent=parent)
        self.setAccessibleName(f"{title}. {line}")
        self._groups: dict[str, QButtonGroup] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 10, 16, 12)
        inner.setSpacing(2)
        head = QHBoxLayout()
        head.addWidget(Label(title, "body", "semibold"), 1)
        head.addWidget(Label(trailing, "meta", "regular", "text.tertiary", figures=True))
        inner.addLayout(head)
        inner.addWidget(Label(line, "meta", "regular", "text.secondary", wrap=True))
        inner.addSpacing(10)
        inner.addLayout(self._make_grid(heads, fields))
        if merged_note:
            inner.addSpacing(8)
            note = NoteLine(None, "check")
            note.set_text(merged_note)
            inner.addWidget(note)
        column.addLayout(inner)
        self._foot = self._make_foot(other)
        column.addWidget(self._foot)

    def choices(self) -> dict[str, Side]:
        """What is chosen now, by field name."""
        return {name: SIDES[group.checkedId()] for name, group in self._groups.items()}

    def choose_all(self, side: Side) -> None:
        """Choose one side for every field."""
        for group in self._groups.values():
            group.button(SIDES.index(side)).setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and control:
            self._decide()
        elif event.key() == Qt.Key.Key_Escape:
            self.later.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        rule(QPainter(self), 1, self.width() - 1, self._foot.y() + 1, theme().colour("border.subtle"))

    def _make_grid(self, heads: Sequence[tuple[str, str]], fields: Sequence[ConflictField]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, 84)
        for at, (title, quiet) in enumerate(heads, start=1):
            pair = QVBoxLayout()
            pair.setSpacing(0)
            pair.addWidget(Label(title, "meta", "semibold", "text.secondary", elide=True))
            pair.addWidget(Label(quiet, "caption", "regular", "text.tertiary", elide=True))
            grid.addLayout(pair, 0, at)
            grid.setColumnStretch(at, 1)
        for row, (name, label, *values) in enumerate(fields, start=1):
            grid.addWidget(Label(label, "body", "regular", "text.secondary"), row, 0)
            group = QButtonGroup(self)
            for at, value in enumerate(values):
                said = tr("{field}, {side}: {value}", field=label, side=heads[at][0], value=value)
                button = _Value(value, said, muted=at == 0)
                group.addButton(button, at)
                grid.addWidget(button, row, at + 1)
            group.button(SIDES.index("mine")).setChecked(True)
            self._groups[name] = group
        return grid

    def _make_foot(self, other: str) -> QWidget:
        foot = QWidget(self)
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 9, 16, 9)
        row.setSpacing(8)
        self.keep = Button(tr("Keep my choices"), kind="primary", icon="check", key="Ctrl+Return")
        self.keep.clicked.connect(self._decide)
        theirs, mine = Button(tr("All theirs")), Button(tr("All mine"))
        theirs.clicked.connect(lambda: self.choose_all("theirs"))
        mine.clicked.connect(lambda: self.choose_all("mine"))
        later = Button(tr("Decide later"), kind="ghost", key="Escape")
        later.clicked.connect(self.later)
        for button in (self.keep, theirs, mine):
            row.addWidget(button)
        if other:
            self.other = Button(other)
            self.other.clicked.connect(self.other_asked)
            row.addWidget(self.other)
        row.addStretch(1)
        row.addWidget(later)
        return foot

    def _decide(self) -> None:
        self.decided.emit(self.choices())
