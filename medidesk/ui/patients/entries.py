"""Cards that list what belongs to a file: a row for each, pressed to change it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Card
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import Line, box, dot, draw_text, text_width
from medidesk.ui.kit.theme import theme
from medidesk.words import counted, tr

_FIRST, _BELOW = 26, 16
"""The height of a row's first line where others stand below it, and of each of these."""


@dataclass(frozen=True)
class Entry:
    """One row.

    Attributes:
        text: what it is.
        line: a quiet second line; may be empty.
        tail: a quiet word at the end, such as a code.
        tone: of the dot before it: "accent", "danger", "warning" or "neutral".
        icon: instead of the dot.
        past: over; listed apart.
        change: opens it for changing; None when it is only read.
        more: a quiet third line; may be empty.
    """

    text: str
    line: str = ""
    tail: str = ""
    tone: str = "accent"
    icon: str = ""
    past: bool = False
    change: Callable[[], None] | None = None
    more: str = ""


class EntryRow(QAbstractButton):
    """A row of a card."""

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry = entry
        self.setText(entry.text)
        said = ", ".join(part for part in (entry.text, entry.line, entry.more, entry.tail) if part)
        self.setAccessibleName(said)
        self.setToolTip(said)
        self.setProperty("halo", 4.0)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if entry.change is None:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        else:
            change = entry.change
            self.clicked.connect(lambda _on=False: change())

    def sizeHint(self) -> QSize:
        below = len(self._below())
        return QSize(160, _FIRST + _BELOW * below if below else 28)

    def _below(self) -> list[str]:
        """The quiet lines."""
        return [words for words in (self._entry.line, self._entry.more) if words]

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, entry = theme(), QPainter(self), self._entry
        if entry.change is not None and (self.underMouse() or self.hasFocus()):
            edge = look.colour("focus.ring") if self.hasFocus() else None
            box(painter, self.rect(), look.colour("bg.hover"), edge, 4, 2)
        line = Line(QRectF(4, 0, self.width() - 8, self.height()), rtl=self.isRightToLeft())
        lead = line.start(16, 8)
        first, below = 14.0, QRectF(line.rest)
        ink = look.tone("neutral" if entry.past else entry.tone, "base")
        if entry.icon:
            draw_icon(painter, lead.x(), first - 8, entry.icon, 16, ink)
        else:
            dot(painter, lead.center().x() - 4, first, 3, ink)
        if entry.tail:
            font = look.font("meta", figures=True)
            tail = line.end(min(text_width(font, entry.tail) + 1, line.rest.width() * 0.45), 8)
            place = QRectF(tail.x(), 4, tail.width(), 20)
            draw_text(painter, place, entry.tail, font, look.colour("text.tertiary"), line.align_end)
        words = QRectF(line.rest.x(), 4, line.rest.width(), 20)
        font = look.font("body", "regular" if entry.past else "medium")
        quiet = look.colour("text.secondary")
        draw_text(
            painter, words, entry.text, font, quiet if entry.past else look.colour("text.primary"), line.align
        )
        for at, said in enumerate(self._below()):
            place = QRectF(below.x(), 22 + _BELOW * at, below.width(), 16)
            draw_text(painter, place, said, look.font("meta"), quiet, line.align)


class EntryCard(Card):
    """A card of entries, what is over folded away.

    Args:
        title: of the card.
        nothing: what it says when it is empty.
        add: adds an entry; None when the person may not.
        add_name: what a screen reader says for "Add".
        numbered: whether the title carries the number of entries.
    """

    def __init__(
        self,
        title: str,
        nothing: str,
        add: Callable[[], None] | None = None,
        add_name: str = "",
        *,
        numbered: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        button = None
        if add is not None:
            button = Button(tr("Add"), kind="link", size="small")
            button.setAccessibleName(add_name)
            button.clicked.connect(lambda _on=False: add())
        super().__init__(title, button, parent=parent)
        self.body.setSpacing(2)
        self._nothing, self._numbered = nothing, numbered
        self._shown: tuple[object, ...] = ()
        self._rows: list[QWidget] = []
        self._past_open = False

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these; the same again changes nothing, so that the focus stays."""
        face = tuple(
            (one.text, one.line, one.more, one.tail, one.tone, one.icon, one.past) for one in entries
        )
        shown = (face, self._past_open)
        if shown == self._shown:
            return
        self._shown = shown
        for row in self._rows:
            row.hide()
            row.deleteLater()
        now = [one for one in entries if not one.past]
        past = [one for one in entries if one.past]
        self._rows = [EntryRow(one) for one in now]
        if not now:
            self._rows.append(Label(self._nothing, "body", "regular", "text.tertiary", wrap=True))
        if past:
            self._rows.append(self._fold(entries, len(past)))
            if self._past_open:
                self._rows.extend(EntryRow(one) for one in past)
        for row in self._rows:
            self.body.addWidget(row)
            if isinstance(row, Button):
                self.body.setAlignment(row, Qt.AlignmentFlag.AlignLeft)
        self.set_count(len(now) if now and self._numbered else None)

    def _fold(self, entries: Sequence[Entry], count: int) -> Button:
        words = (
            tr("Hide what is over")
            if self._past_open
            else counted(count, "{count} that is over", "{count} that are over")
        )
        button = Button(words, kind="link", size="small")

        def turn() -> None:
            self._past_open = not self._past_open
            self.show_entries(entries)

        button.clicked.connect(turn)
        return button
