"""Pieces of the payment pane: what is to be paid, one way of paying, and what stands there when it is paid."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medidesk.models.billing import Payment, Way
from medidesk.ui import billing_words as words
from medidesk.ui.kit.button import Button, IconButton
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.inputs import LineEdit, set_state
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import dot
from medidesk.ui.kit.theme import theme
from medidesk.words import tr

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_REFERENCE: int = Payment.__table__.c.reference.type.length  # type: ignore[attr-defined]
_WITH_REFERENCE = (Way.CARD, Way.MOBILE, Way.TRANSFER)


class EnterField(LineEdit):
    """A field in which Enter does something once for each press, however long the key is held.

    Signals:
        entered(): Enter was pressed.
    """

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if not event.isAutoRepeat():
                self.entered.emit()
            event.accept()
            return
        super().keyPressEvent(event)


class WayRow(QWidget):
    """One way in which something is paid.

    Signals:
        edited(): something was typed.
        entered(): Enter was pressed.
        removed(): it is not paid in this way after all.
    """

    edited = Signal()
    entered = Signal()
    removed = Signal()

    def __init__(self, way: Way, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.way = way
        self._filled = ""
        name = tr("Cash given") if way is Way.CASH else words.way_name(way)
        self.amount = EnterField()
        self.amount.setFont(theme().font("strong", "medium", figures=True))
        self.amount.setAccessibleName(name)
        self.amount.textEdited.connect(self.edited)
        self.amount.entered.connect(self.entered)
        self.reference: EnterField | None = None
        self._beside_title = Label("", "meta", "medium")
        self.beside = Label("", "section", "semibold", figures=True)
        self.cross = IconButton("x", tr("Not in this way: {way}", way=words.way_name(way)), size="small")
        self.cross.clicked.connect(self.removed)
        self._problem = Label("", "meta", "regular", "danger.text", wrap=True)
        self._problem.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.addWidget(Label(name, "meta", "medium"), 0, 0)
        grid.addWidget(self._beside_title, 0, 1)
        grid.addWidget(self.amount, 1, 0)
        grid.addWidget(self.cross, 1, 2)
        grid.addWidget(self._problem, 2, 0, 1, 3)
        if way in _WITH_REFERENCE:
            self._beside_title.setText(tr("Reference"))
            self.reference = EnterField()
            self.reference.setMaxLength(_REFERENCE)
            self.reference.setPlaceholderText(tr("optional"))
            self.reference.setAccessibleName(tr("Reference of {way}", way=words.way_name(way)))
            self.reference.entered.connect(self.entered)
            grid.addWidget(self.reference, 1, 1)
        else:
            grid.addWidget(self.beside, 1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def fill_in(self, text: str) -> None:
        """Put an amount there that nobody has typed."""
        self._filled = text
        self.amount.setText(text)

    def is_untouched(self) -> bool:
        """Whether the amount is as it was filled in."""
        return self.amount.text() == self._filled

    def arrive(self) -> None:
        """The amount takes what is typed in place of what stands there."""
        self.amount.setFocus()
        self.amount.selectAll()

    def show_beside(self, title: str, figure: str) -> None:
        """Say something beside the amount, such as the change."""
        if self.reference is None:
            self._beside_title.setText(title)
            self.beside.setText(figure)

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong with the amount, or nothing any more."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        set_state(self.amount, "refused" if sentence else "")
        self.amount.setAccessibleDescription(sentence)

    def problem(self) -> str:
        """What is said to be wrong."""
        return self._problem.text()


class Done(Panel):
    """It is paid: what was taken, the change in large, and the ways on.

    Signals:
        print_asked(): the receipt is wanted.
        next_asked(): the next patient is.
    """

    print_asked = Signal()
    next_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._waits = False
        self.title = Label("", "section", "semibold", wrap=True)
        self.line = Label("", "body", "regular", "text.secondary", wrap=True, figures=True)
        self._change_title = Label(tr("Change"), "body", "medium", "text.secondary")
        self.change = Label("", "display", "bold", figures=True)
        self._left = Label("", "body", "medium", "warning.text", wrap=True, figures=True)
        self.print_button = Button(tr("Print the receipt"), kind="secondary", icon="printer", key="Alt+P")
        self.print_button.clicked.connect(self.print_asked)
        self.next_button = Button(tr("Next"), kind="primary", icon="arrow-right", key="Return")
        self.next_button.clicked.connect(self.next_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 72, 16, 16)
        column.setSpacing(4)
        for label in (self.title, self.line, self._left, self._change_title, self.change):
            column.addWidget(label)
        column.addSpacing(8)
        column.addWidget(self.print_button)
        column.addSpacing(4)
        column.addWidget(self.next_button)

    def say(self, title: str, line: str, change: str, left: str, *, waits: bool, paper: bool) -> None:
        """Say what was done.

        Args:
            title: in a few words.
            line: the number, and how it was paid.
            change: what is given back of the cash; "" for nothing.
            left: what stays to be paid, in a sentence.
            waits: the server does not have it yet.
            paper: there is a receipt.
        """
        self._waits = waits
        self.title.setText(title)
        self.line.setText(line)
        self.change.setText(change)
        self.change.setVisible(bool(change))
        self._change_title.setVisible(bool(change))
        self._left.setText(left)
        self._left.setVisible(bool(left))
        self.print_button.setVisible(paper)
        self.setAccessibleName(" ".join(part for part in (title, line, left) if part))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, look = QPainter(self), theme()
        tone = "warning" if self._waits else "success"
        x = self.width() - 38 if self.isRightToLeft() else 38
        dot(painter, x, 40, 22, look.tone(tone, "soft"))
        icon = "cloud-upload" if self._waits else "check"
        draw_icon(painter, x - 12, 28, icon, 24, look.tone(tone, "text"))
