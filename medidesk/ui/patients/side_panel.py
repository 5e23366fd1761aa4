"""A panel beside the file: one small form, or a search; never a dialog."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.repositories import patients
from medidesk.ui import moments
from medidesk.ui.kit.button import Button, IconButton
from medidesk.ui.kit.form import Form, FormFoot, FormSpec
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import hairline, rule
from medidesk.ui.kit.theme import theme
from medidesk.ui.notice import Notice
from medidesk.words import tr

WIDTH = 400


class SidePanel(QWidget):
    """Title, cross, and what the subclass puts into `body` and below it.

    Signals:
        close_asked(): the cross, or Escape.
    """

    close_asked = Signal()

    def __init__(self, title: str, line: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(title)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 0, 0, 0)
        self._column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(20, 12, 12, 8)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(title, "section", "semibold", wrap=True))
        if line:
            words.addWidget(Label(line, "meta", "regular", "text.secondary", wrap=True))
        head.addLayout(words, 1)
        cross = IconButton("x", tr("Close"))
        cross.clicked.connect(self.close_asked)
        head.addWidget(cross)
        self._head = QWidget()
        self._head.setLayout(head)
        self._column.addWidget(self._head)
        inner = QWidget()
        self.body = QVBoxLayout(inner)
        self.body.setContentsMargins(20, 12, 20, 16)
        self.body.setSpacing(12)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._column.addWidget(self._scroll, 1)

    def set_foot(self, foot: QWidget) -> None:
        """What stands below the scrolled part."""
        self._column.addWidget(foot)

    def arrive(self) -> None:
        """Put the focus into the panel."""
        self.setFocus()

    def submit(self) -> None:
        """What Ctrl+Enter does."""

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), look.colour("bg.surface"))
        line = hairline(painter)
        x = self.width() - line if self.isRightToLeft() else 0
        painter.fillRect(QRectF(x, 0, line, self.height()), look.colour("border.default"))
        rule(painter, 0, self.width(), self._head.geometry().bottom() + 1, look.colour("border.subtle"))


Save = Callable[[dict[str, Any], Callable[[Any], None], Callable[[MediDeskError], None]], None]
"""Saves values; then calls the first with the outcome, or the second with what must be mended."""


class EntryPanel(SidePanel):
    """A small form for one entry of a file.

    Args:
        title: what is being added or changed.
        spec: its fields.
        values: what they hold at first.
        save: see `Save`.
        remove: words and action of a button that ends or removes the entry.

    Signals:
        saved(outcome): it was saved.
    """

    saved = Signal(object)

    def __init__(
        self,
        title: str,
        spec: FormSpec,
        values: Mapping[str, object],
        save: Save,
        remove: tuple[str, Callable[[], None]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent=parent)
        self._save, self._saving = save, False
        self.form = Form(spec, parse_date=patients.parse_date, show_date=moments.day)
        self.form.set_base(values)
        self._refusal = Notice("danger", "circle-alert")
        self._refusal.hide()
        self.body.addWidget(self.form)
        self.body.addWidget(self._refusal)
        self.body.addStretch(1)
        primary = Button(tr("Save"), kind="primary", icon="check", key="Ctrl+Return")
        others = []
        if remove is not None:
            words, act = remove
            button = Button(words, kind="danger")
            button.clicked.connect(lambda _on=False: act())
            others.append(button)
        self.foot = FormFoot(primary, *others, padding=16)
        self.foot.submitted.connect(self.submit)
        self.foot.closed.connect(self.close_asked)
        self.set_foot(self.foot)

    def arrive(self) -> None:
        """The first field takes what is typed."""
        self.form.focus()

    def submit(self) -> None:
        """Save, if every field can be read."""
        if self._saving or not self.form.check():
            return
        self._saving = True
        self.foot.primary.setEnabled(False)
        self._refusal.hide()
        self._save(self.form.values(), self._done, self._failed)

    def show_refusal(self, sentence: str) -> None:
        """Say why it was not saved."""
        self._refusal.say(tr("Not saved yet"), sentence)

    def _done(self, outcome: Any) -> None:
        self._saving = False
        self.foot.primary.setEnabled(True)
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self.show_refusal(str(reason))
        else:
            self.saved.emit(outcome)

    def _failed(self, problem: MediDeskError) -> None:
        self._saving = False
        self.foot.primary.setEnabled(True)
        field = problem.field if isinstance(problem, DomainError) else None
        if field is not None and field in self.form.values():
            self.form.set_problem(field, problem.sentence)
            self.form.focus(field)
        else:
            self._refusal.say_problem(problem)
