"""Which report is shown: of which kind, of which branch, of which days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.repositories.dates import parse_day
from medidesk.repositories.reports import Kind, Period
from medidesk.ui import moments
from medidesk.ui.kit.inputs import Choice, LineEdit
from medidesk.ui.kit.label import Label
from medidesk.ui.reports.periods import usual
from medidesk.words import tr

OTHER = "other"


class Choosing(QWidget):
    """The row of choices.

    Args:
        kinds: those that the person may see.
        branches: those that they see something of, by id.
        branch: the one that is chosen at first.
        today: the day that it is in a branch.

    Signals:
        changed(): something else is wanted.
    """

    changed = Signal()

    def __init__(
        self,
        kinds: Sequence[Kind],
        branches: Sequence[tuple[UUID, str]],
        branch: UUID,
        today: Callable[[UUID], dt.date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kinds, self._of_today = tuple(kinds), today
        self.kind = Choice(tuple((kind.name, kind.title) for kind in kinds))
        self.branch = Choice(tuple(branches))
        self.branch.set_value(branch)
        self._day = today(branch)
        self.usual = Choice(self._offered())
        self.first, self.last = LineEdit(""), LineEdit("")
        for widget, name in (
            (self.kind, tr("Report")),
            (self.branch, tr("Branch")),
            (self.usual, tr("Days")),
            (self.first, tr("From")),
            (self.last, tr("To")),
        ):
            widget.setAccessibleName(name)
        self.first.setPlaceholderText(tr("From the beginning"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.kind, 3)
        if len(branches) > 1:
            row.addWidget(self.branch, 3)
        else:
            self.branch.setParent(self)
            self.branch.hide()
        row.addWidget(self.usual, 2)
        row.addWidget(self.first, 2)
        row.addWidget(Label(tr("to"), "body", "regular", "text.tertiary"))
        row.addWidget(self.last, 2)
        self._choose_days()
        self.kind.currentIndexChanged.connect(self._other_kind)
        self.branch.currentIndexChanged.connect(self._other_branch)
        self.usual.currentIndexChanged.connect(self._other_days)
        for field in (self.first, self.last):
            field.textEdited.connect(lambda _text: self._typed())
            field.editingFinished.connect(self._said)
        self._waits = False

    def chosen_kind(self) -> Kind:
        """Which report."""
        return self._kinds[max(0, self.kind.currentIndex())]

    def chosen_branch(self) -> UUID:
        """Of which branch."""
        value = self.branch.value()
        if not isinstance(value, UUID):
            raise TypeError(value)
        return value

    def period(self) -> Period:
        """Of which days.

        Raises:
            DomainError: what was typed is no day, or the last comes before the first.
        """
        typed = self.first.text().strip()
        first = parse_day(typed, field="first") if typed else None
        last = parse_day(self.last.text(), field="last")
        if first is not None and last < first:
            raise DomainError(tr("The last day comes before the first."), tr("Correct it."), field="last")
        return Period(first, last)

    def show_kind(self, name: str) -> None:
        """Choose another report."""
        self.kind.set_value(name)

    def new_day(self) -> None:
        """Where it has become another day meanwhile, today is that one."""
        today = self._of_today(self.chosen_branch())
        if today != self._day:
            self._day = today
            self._offer(self.usual.value())

    def _other_kind(self) -> None:
        if self.chosen_kind().of_all_days:
            self._offer("all")
        elif self.usual.value() == "all":
            self._offer("today")
        self.changed.emit()

    def _other_branch(self) -> None:
        self.new_day()
        self.changed.emit()

    def _other_days(self) -> None:
        if self.usual.value() != OTHER:
            self._choose_days()
            self.changed.emit()

    def _typed(self) -> None:
        self._waits = True
        self.usual.blockSignals(True)
        self.usual.set_value(OTHER)
        self.usual.blockSignals(False)
        self.usual.update()

    def _said(self) -> None:
        """What was typed counts once the field is left, or with Enter."""
        if self._waits:
            self._waits = False
            self.changed.emit()

    def _offered(self) -> tuple[tuple[object, str], ...]:
        return (*((one.name, one.words) for one in usual(self._day)), (OTHER, tr("Other days")))

    def _offer(self, chosen: object) -> None:
        self.usual.blockSignals(True)
        self.usual.set_choices(self._offered())
        self.usual.set_value(chosen)
        self.usual.blockSignals(False)
        self._choose_days()
        self.usual.update()

    def _choose_days(self) -> None:
        name = self.usual.value()
        found = next((one.period for one in usual(self._day) if one.name == name), None)
        if found is not None:
            self.first.setText("" if found.first is None else moments.day(found.first))
            self.last.setText(moments.day(found.last))
