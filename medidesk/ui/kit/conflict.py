"""Two stations changed one thing: for each field the person picks what is right."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
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

Room = Literal["wide", "middle", "narrow"]
_WIDE_FROM, _MIDDLE_FROM, _LEAST, _LABEL_LEAST = 620, 480, 320, 72

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


class _Field(NamedTuple):
    """One field's label and cards; `sides` name the cards where they lie below each other."""

    label: Label
    sides: tuple[Label, ...]
    values: tuple[_Value, ...]


class ConflictCard(Panel):
    """Base, theirs and mine side by side; with little room below the field's label, with less below each other.

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
        head.addWidget(Label(title, "body", "semibold", wrap=True), 1)
        head.addWidget(Label(trailing, "meta", "regular", "text.tertiary", figures=True))
        inner.addLayout(head)
        inner.addWidget(Label(line, "meta", "regular", "text.secondary", wrap=True))
        inner.addSpacing(10)
        self._heads = [self._make_head(title, quiet) for title, quiet in heads]
        self._fields = [self._make_field(heads, field) for field in fields]
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(8)
        inner.addLayout(self._grid)
        if merged_note:
            inner.addSpacing(8)
            note = NoteLine(None, "check")
            note.set_text(merged_note)
            inner.addWidget(note)
        column.addLayout(inner)
        self._foot = self._make_foot(other)
        column.addWidget(self._foot)
        self._room: Room | None = None
        self._arrange("wide")

    def choices(self) -> dict[str, Side]:
        """What is chosen now, by field name."""
        return {name: SIDES[group.checkedId()] for name, group in self._groups.items()}

    def choose_all(self, side: Side) -> None:
        """Choose one side for every field."""
        for group in self._groups.values():
            group.button(SIDES.index(side)).setChecked(True)

    def decide(self) -> None:
        """Say what is chosen now."""
        self.decided.emit(self.choices())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and control:
            self.decide()
        elif event.key() == Qt.Key.Key_Escape:
            self.later.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        rule(QPainter(self), 1, self.width() - 1, self._foot.y() + 1, theme().colour("border.subtle"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.width()
        self._arrange("wide" if width >= _WIDE_FROM else "middle" if width >= _MIDDLE_FROM else "narrow")

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST, super().minimumSizeHint().height())

    def _make_head(self, title: str, quiet: str) -> QWidget:
        head = QWidget(self)
        pair = QVBoxLayout(head)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setSpacing(0)
        pair.addWidget(Label(title, "meta", "semibold", "text.secondary", elide=True))
        pair.addWidget(Label(quiet, "caption", "regular", "text.tertiary", elide=True))
        return head

    def _make_field(self, heads: Sequence[tuple[str, str]], field: ConflictField) -> _Field:
        name, label, *values = field
        group = QButtonGroup(self)
        cards, sides = [], []
        for at, value in enumerate(values):
            said = tr("{field}, {side}: {value}", field=label, side=heads[at][0], value=value)
            card = _Value(value, said, muted=at == 0)
            card.setParent(self)
            group.addButton(card, at)
            cards.append(card)
            sides.append(Label(heads[at][0], "meta", "regular", "text.tertiary", wrap=True, parent=self))
        cards[SIDES.index("mine")].setChecked(True)
        self._groups[name] = group
        words = Label(label, "body", "regular", "text.secondary", wrap=True, parent=self)
        return _Field(words, tuple(sides), tuple(cards))

    def _arrange(self, room: Room) -> None:
        if room == self._room:
            return
        self._room = room
        while self._grid.takeAt(0) is not None:
            pass
        first = 1 if room == "wide" else 0
        beside = room != "narrow"
        self._grid.setColumnMinimumWidth(0, _LABEL_LEAST if room != "middle" else 0)
        for at in range(4):
            self._grid.setColumnStretch(at, int(first <= at < first + 3 if beside else at == 1))
        for at, head in enumerate(self._heads):
            head.setVisible(beside)
            if beside:
                self._grid.addWidget(head, 0, first + at)
        row = 1
        for field in self._fields:
            for side in field.sides:
                side.setVisible(not beside)
            self._grid.addWidget(field.label, row, 0, 1, 1 if room == "wide" else 3)
            row += room != "wide"
            for at, card in enumerate(field.values):
                if not beside:
                    self._grid.addWidget(field.sides[at], row + at, 0)
                self._grid.addWidget(card, row if beside else row + at, first + at if beside else 1)
            row += 1 if beside else 3
        for at, button in enumerate((self.keep, self._theirs, self._mine)):
            self._buttons.addWidget(button, 0 if beside or not at else 1, at if beside else max(at - 1, 0))
        if self.other is not None:
            self._buttons.addWidget(self.other, 1, 0 if beside else 2, Qt.AlignmentFlag.AlignLeading)
        self._buttons.addWidget(self._later, 0, 4 if beside else 2)
        self._foot.updateGeometry()

    def _make_foot(self, other: str) -> QWidget:
        foot = QWidget(self)
        self._buttons = QGridLayout(foot)
        self._buttons.setContentsMargins(16, 9, 16, 9)
        self._buttons.setSpacing(8)
        self._buttons.setColumnStretch(3, 1)
        self.keep = Button(tr("Keep my choices"), kind="primary", icon="check", key="Ctrl+Return")
        self.keep.clicked.connect(self.decide)
        self._theirs, self._mine = Button(tr("All theirs")), Button(tr("All mine"))
        self._theirs.clicked.connect(lambda: self.choose_all("theirs"))
        self._mine.clicked.connect(lambda: self.choose_all("mine"))
        self._later = Button(tr("Decide later"), kind="ghost", key="Escape")
        self._later.clicked.connect(self.later)
        self.other = Button(other, icon="pencil") if other else None
        for button in (self.keep, self._theirs, self._mine, self.other, self._later):
            if button is not None:
                button.setParent(foot)
        if self.other is not None:
            self.other.clicked.connect(self.other_asked)
        return foot
