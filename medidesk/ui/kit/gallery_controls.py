"""The gallery's middle column: buttons, fields, ticks, filters and the states of a row."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from medidesk.ui.kit.button import Button, IconButton
from medidesk.ui.kit.card import Card
from medidesk.ui.kit.chip import ChipLook, waiting_chip
from medidesk.ui.kit.form_foot import NoteLine
from medidesk.ui.kit.inputs import Choice, LineEdit, NumberBox, set_state
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.pill import FilterPill, Segments
from medidesk.ui.kit.progress import ProgressLine
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import theme


@dataclass(frozen=True)
class _Row:
    id: UUID
    words: str
    chips: tuple[ChipLook, ...] = ()


class _Rows:
    """Rows that say which state they show."""

    def __init__(self, *rows: _Row) -> None:
        self._rows = rows

    def count(self) -> int:
        return len(self._rows)

    def rows(self, offset: int, limit: int) -> tuple[_Row, ...]:
        return self._rows[offset : offset + limit]

    def by_ids(self, ids: Collection[UUID]) -> dict[UUID, _Row]:
        return {row.id: row for row in self._rows if row.id in ids}

    def place(self, row: _Row) -> UUID:
        return row.id


def line_of(*widgets: QWidget, gap: int = 8) -> QHBoxLayout:
    """Widgets side by side from the reading side."""
    line = QHBoxLayout()
    line.setSpacing(gap)
    for widget in widgets:
        line.addWidget(widget)
    line.addStretch(1)
    return line


def caption(text: str) -> Label:
    """A quiet heading."""
    return Label(text, "caption", "semibold", "text.tertiary")


def labelled(text: str, widget: QWidget) -> QVBoxLayout:
    """A field with its label above."""
    column = QVBoxLayout()
    column.setSpacing(0)
    label = Label(text, "meta", "medium", "text.secondary")
    label.setFixedHeight(18)
    column.addWidget(label)
    column.addWidget(widget)
    column.addStretch(1)
    return column


class RuleLine(QWidget):
    """A hairline across."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, self.width(), 1, theme().colour("border.subtle"))


class Controls(Card):
    """The controls; `focused` are the pieces shown with the focus."""

    def __init__(self) -> None:
        super().__init__("Controls")
        self.focused: list[QWidget] = []
        _run_to_the_edges(self)
        body = QVBoxLayout()
        body.setContentsMargins(15, 0, 15, 0)
        body.setSpacing(0)
        self.body.addLayout(body)
        body.addWidget(caption("Buttons, 32 high: one primary in a pane"))
        body.addSpacing(8)
        for line in self._buttons():
            body.addLayout(line)
            body.addSpacing(8)
        body.addSpacing(8)
        body.addWidget(RuleLine())
        body.addSpacing(8)
        body.addWidget(caption("Fields"))
        body.addSpacing(4)
        body.addLayout(self._fields())
        body.addSpacing(8)
        body.addLayout(self._ticks())
        body.addSpacing(6)
        body.addWidget(caption("Segments and filters"))
        body.addSpacing(6)
        everything, due = FilterPill("All", 13), FilterPill("Due", 4)
        everything.setChecked(True)
        segments = Segments(["Day", "Week"])
        segments.setFixedWidth(148)
        body.addLayout(line_of(segments, everything, due))
        body.addSpacing(8)
        body.addWidget(caption("Long work, with a way out"))
        progress = ProgressLine("Exporting visits, 4,120 of 9,800", lambda: None)
        progress.show_progress(0.42)
        body.addWidget(progress)
        body.addSpacing(8)
        body.addWidget(caption("Rows of a list, 40 high"))
        body.addSpacing(4)
        self.body.setSpacing(0)
        for table in self._tables():
            self.body.addWidget(table)
        self.body.addStretch(1)

    def _buttons(self) -> tuple[QLayout, ...]:
        primary = Button("Primary", kind="primary", icon="check", key="Return")
        hover, pressed, off = (Button(text, kind="primary") for text in ("Hover", "Pressed", "Off"))
        hover.setProperty("state", "hover")
        pressed.setProperty("state", "pressed")
        off.setEnabled(False)
        focused = Button("Focus")
        focused.setProperty("state", "focus")
        self.focused.append(focused)
        for button in (hover, pressed, off, focused):
            button.setFixedWidth(72)
        return (
            line_of(primary, Button("Secondary"), Button("Ghost", kind="ghost")),
            line_of(
                Button("Soft", kind="soft", icon="door-open"),
                Button("Danger", kind="danger"),
                Button("Menu", trailing="chevron-down"),
                IconButton("ellipsis", "More", kind="secondary"),
            ),
            line_of(hover, pressed, off, focused),
        )

    def _fields(self) -> QLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        focused = LineEdit("Amara")
        set_state(focused, "focus")
        self.focused.append(focused)
        refused, fixed = LineEdit("30.02.1989"), LineEdit("23-04417")
        set_state(refused, "refused")
        fixed.setReadOnly(True)
        number = NumberBox(unit="tablets")
        number.set_number(14)
        choice = Choice(((1, "Cardiology"),))
        grid.addLayout(labelled("Rest", LineEdit("Okafor")), 0, 0)
        grid.addLayout(labelled("Focus", focused), 0, 1)
        grid.addLayout(labelled("Refused value", refused), 1, 0)
        grid.addLayout(labelled("Read only", fixed), 1, 1)
        sentence = NoteLine("danger", "circle-alert", plain=True)
        sentence.set_text("30 February does not exist. Day, month, year.")
        sentence.setFixedHeight(16)
        grid.addWidget(sentence, 2, 0, 1, 2)
        grid.addLayout(labelled("List", choice), 3, 0)
        grid.addLayout(labelled("Number", number), 3, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _ticks(self) -> QLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        on, off = QCheckBox("Send SMS"), QCheckBox("Estimated")
        on.setChecked(True)
        cash, by_card = QRadioButton("Cash"), QRadioButton("Card")
        cash.setChecked(True)
        for at, widget in enumerate((on, off, cash, by_card)):
            grid.addWidget(widget, at // 2, at % 2)
        grid.setColumnStretch(2, 1)
        return grid

    def _tables(self) -> tuple[Table, Table]:
        first = self._table(*("Rest", "Hover", "Chosen, list has focus"))
        first.pose(hovered=1, chosen=2, has_focus=True)
        second = self._table("Chosen, focus is elsewhere", "Waiting to be sent")
        second.pose(chosen=0)
        second.rows.pending = frozenset({UUID(int=1)})
        return first, second

    def _table(self, *words: str) -> Table:
        rows = [
            _Row(UUID(int=at), text, (waiting_chip(words=True),) if text.startswith("Waiting") else ())
            for at, text in enumerate(words)
        ]
        table = Table(
            [
                Column("State", lambda row: row.words, 200, weight="medium"),
                Column("", lambda _row: "", 100, "end", kind="chips", chips=lambda row: row.chips),
            ],
            gutter=16,
        )
        table.horizontalHeader().hide()
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.set_source(_Rows(*rows))
        table.setFixedHeight(40 * len(words))
        return table


def _run_to_the_edges(card: Card) -> None:
    """Let what `card` holds reach its sides; only the title keeps its 16 px."""
    outer = card.layout()
    if outer is not None:
        outer.setContentsMargins(1, 12, 1, 0)
        head = outer.itemAt(0)
        title = head.layout() if head is not None else None
        if title is not None:
            title.setContentsMargins(15, 0, 15, 0)
