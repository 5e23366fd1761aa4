"""One change beside the list: who, when and where, and each field from what to what."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.sync.trail import FieldChange, TrailEntry
from medidesk.ui import moments
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.label import Label, breakable
from medidesk.words import tr

_PADDING = 24


class EntryPanel(QWidget):
    """The panel.

    Signals:
        file_wanted(patient): only the changes of this file are to be shown.
    """

    file_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[TrailEntry, str, str] | None = None
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self.setAccessibleName(tr("The change chosen"))
        self.show_entry(None, "", "")

    def show_entry(self, entry: TrailEntry | None, who: str, whose: str) -> None:
        """Show a change.

        Args:
            entry: the change, or None.
            who: the name of whoever made it.
            whose: the name of the person whose file it belongs to; empty where that is not known here.
        """
        shown = None if entry is None else (entry, who, whose)
        if shown is not None and shown == self._shown:
            return
        self._shown = shown
        self._scroll.setWidget(
            EmptyState("history", tr("No change is chosen."))
            if entry is None
            else self._made(entry, who, whose)
        )

    def words(self) -> list[str]:
        """Everything that is read here, in order."""
        return [label.text() for label in self.findChildren(Label) if label.text()]

    def _made(self, entry: TrailEntry, who: str, whose: str) -> QWidget:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(_PADDING, 20, _PADDING, 20)
        column.setSpacing(4)
        column.addWidget(Label(f"{entry.label}: {entry.done.lower()}", "section", "semibold", wrap=True))
        if whose:
            column.addWidget(Label(breakable(whose), "body", "semibold", wrap=True))
        day = moments.long_day(moments.here(entry.at)) if moments.days_since(entry.at) else tr("Today")
        column.addWidget(_quiet(f"{day} {moments.clock(entry.at, seconds=True)}", figures=True))
        column.addWidget(_quiet(tr("{name} ({login})", name=who, login=entry.login) if who else entry.login))
        if entry.attested_by:
            column.addWidget(_quiet(tr("{login} answers for it", login=entry.attested_by)))
        column.addWidget(_quiet(entry.station or tr("At the server itself")))
        column.addSpacing(16)
        if not entry.shown:
            column.addWidget(
                _quiet(tr("Your roles show which fields were touched, and not what is in them."))
            )
            column.addSpacing(8)
        column.addLayout(_fields(entry.fields))
        if entry.patient is not None:
            column.addSpacing(16)
            column.addLayout(self._only(entry.patient))
        column.addStretch(1)
        return inner

    def _only(self, patient: UUID) -> QHBoxLayout:
        only = Button(tr("Only this file"), kind="secondary", icon="funnel", key="Alt+F")
        only.clicked.connect(lambda: self.file_wanted.emit(patient))
        row = QHBoxLayout()
        row.addWidget(only)
        row.addStretch(1)
        return row


def _quiet(words: str, *, figures: bool = False) -> Label:
    return Label(breakable(words), "body", "regular", "text.secondary", wrap=True, figures=figures)


def _fields(fields: tuple[FieldChange, ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(10)
    grid.setColumnStretch(1, 1)
    top = Qt.AlignmentFlag.AlignTop
    for at, field in enumerate(fields):
        grid.addWidget(
            Label(breakable(field.label), "body", "regular", "text.secondary", wrap=True), at, 0, top
        )
        if not field.old and not field.new:
            continue
        value = QVBoxLayout()
        value.setSpacing(0)
        if field.old and field.old != field.new:
            old = Label(breakable(field.old), "body", "regular", "text.tertiary", wrap=True)
            old.setAccessibleName(tr("Before: {value}", value=field.old))
            value.addWidget(old)
        if field.new:
            new = Label(breakable(field.new), "body", "semibold", wrap=True)
            new.setAccessibleName(tr("Since: {value}", value=field.new))
            value.addWidget(new)
        grid.addLayout(value, at, 1, top)
    return grid
