"""Fields of an open form that somebody else changed too: picked from base, theirs and mine before it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from medidesk.ui import moments
from medidesk.ui.kit.conflict import ConflictCard
from medidesk.ui.kit.form import Form
from medidesk.words import tr

_LEAST = 120


@dataclass(frozen=True)
class Theirs:
    """What somebody else saved while the form was open.

    Attributes:
        values: the row's fields now.
        by: who it was.
        at: when, if that is known.
    """

    values: Mapping[str, object]
    by: str
    at: datetime | None = None


class BothTouched(QScrollArea):
    """Stands above the form's foot and not in its scrolled part: nobody saves past a choice they cannot see.

    As high as the picker where there is room, and in a low window scrolled by itself.

    Args:
        form: whose fields.
        padding: px before and after the card.

    Signals:
        asking(bool): something is to be picked before the form can be saved, or nothing any more.
        settled(): the choices stand in the form.
        later(): the person wants to decide later.
    """

    asking = Signal(bool)
    settled = Signal()
    later = Signal()

    def __init__(self, form: Form, padding: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = form
        self._theirs = Theirs({}, "")
        self._labels = {field.name: field.label for field in form.spec.inputs()}
        self._words = {field.name: dict(field.choices) for field in form.spec.inputs() if field.choices}
        self._card: ConflictCard | None = None
        self._face: object = None
        self._ground = QWidget()
        self._column = QVBoxLayout(self._ground)
        self._column.setContentsMargins(padding, 8, padding, 8)
        self.setWidget(self._ground)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.hide()

    def card(self) -> ConflictCard | None:
        """The picker, while there is something to pick."""
        return self._card

    def show_fields(self, title: str, names: Sequence[str], theirs: Theirs) -> None:
        """Ask for these fields; the same again changes nothing, so that choices made stay."""
        self._theirs = theirs
        base, mine = self._form.base_values(), self._form.values()
        rows = [
            (
                name,
                self._labels[name],
                self._shown(name, base[name]),
                self._shown(name, theirs.values[name]),
                self._shown(name, mine[name]),
            )
            for name in names
        ]
        if rows == self._face:
            return
        self._face = rows
        self._take_away()
        if not rows:
            return
        self._card = ConflictCard(
            title,
            tr("You and {by} changed the same. Choose for each field what is right.", by=theirs.by),
            (
                (tr("When you opened it"), ""),
                (tr("Theirs: {name}", name=theirs.by), moments.when(theirs.at) if theirs.at else ""),
                (tr("Mine"), tr("not saved yet")),
            ),
            rows,
        )
        self._card.decided.connect(self._decide)
        self._card.later.connect(self.later)
        self._card.setMaximumWidth(self._form.maximumWidth())
        self._column.addWidget(self._card)
        self.show()
        self.asking.emit(True)

    def sizeHint(self) -> QSize:
        wish = self._ground.sizeHint()
        high = self._column.heightForWidth(self.width()) if self._column.hasHeightForWidth() else 0
        return QSize(wish.width(), max(high, wish.height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, _LEAST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    def decide(self) -> None:
        """Take what is chosen now."""
        if self._card is not None:
            self._decide(self._card.choices())

    def _decide(self, choices: Mapping[str, str]) -> None:
        """Base moves on to theirs; what was chosen stands in the form and is saved with the rest."""
        sides = {"base": self._form.base_values(), "theirs": self._theirs.values}
        chosen = {name: sides[side][name] for name, side in choices.items() if side != "mine"}
        self._form.move_base({name: self._theirs.values[name] for name in choices})
        self._form.set_values(chosen)
        self._face = None
        self._take_away()
        self.settled.emit()
        self._form.focus(next(iter(choices)))

    def _take_away(self) -> None:
        card, self._card = self._card, None
        if card is not None:
            card.hide()
            card.deleteLater()
            self.asking.emit(False)
        self.hide()

    def _shown(self, name: str, value: object) -> str:
        if name in self._words:
            return self._words[name].get(value, str(value or ""))
        if isinstance(value, bool):
            return tr("Yes") if value else tr("No")
        return moments.day(value) if isinstance(value, date) else str(value or "")


def news_words(labels: Sequence[str], by: str) -> str:
    """What a form's foot says of fields that took in what somebody else saved."""
    if len(labels) == 1:
        return tr("{field} is new: changed by {name}", field=labels[0], name=by)
    return tr("{fields} are new: changed by {name}", fields=", ".join(labels), name=by)
