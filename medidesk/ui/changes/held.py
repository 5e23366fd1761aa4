"""Held at the server: for administrators, what people were told was saved and the server could not take."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from medidesk.errors import AlreadyDecided, MediDeskError
from medidesk.repositories import patients, people
from medidesk.repositories.labels import NOTHING
from medidesk.ui import moments
from medidesk.ui.changes.heading import Heading
from medidesk.ui.changes.reason import ReasonRow
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.label import Label, breakable, unbroken
from medidesk.ui.page import Desk
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import HeldFact


_SLOW_MS = 300
_PAUSE_MS = 30_000


class HeldCard(Panel):
    """One fact: who entered what, why it is held, and the two things that can be done.

    Args:
        fact: what is held.
        name: whoever entered it, as people say it.
        about: whose file it concerns; empty where that is not known here.
        settled: what its author has done about it meanwhile, in words.

    Signals:
        entered(): it is to be entered.
        discarded(str): it is to be given up; the reason.
    """

    entered = Signal()
    discarded = Signal(str)

    def __init__(
        self, fact: HeldFact, name: str, about: str, settled: str, parent: QWidget | None = None
    ) -> None:
        super().__init__("bg.surface", "warning.border", parent=parent)
        self.setAccessibleName(f"{fact.title}. {fact.sentence}")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 12)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.addWidget(Label(breakable(fact.title), "body", "semibold", wrap=True), 1)
        head.addWidget(Label(moments.when(fact.made_at), "meta", "regular", "text.tertiary", figures=True))
        column.addLayout(head)
        column.addWidget(self._quiet(_who(fact, name, about)))
        self._why = self._quiet(fact.sentence, "text.primary")
        column.addWidget(self._why)
        for words in _rows(fact):
            column.addWidget(self._quiet(words))
        if settled:
            column.addWidget(self._quiet(settled, "warning.text"))
        self._busy = False
        self._wait = self._quiet(tr("Asking the server…"), "text.tertiary")
        self._wait.hide()
        column.addWidget(self._wait)
        self._problem = self._quiet("", "danger.text")
        self._problem.hide()
        column.addWidget(self._problem)
        column.addSpacing(8)
        self.enter = Button(tr("Enter it for {name}", name=name), icon="check")
        self.enter.clicked.connect(self._enter)
        self.discard = Button(tr("Discard…"), kind="danger")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.enter)
        row.addWidget(self.discard)
        row.addStretch(1)
        column.addLayout(row)
        self.reason = ReasonRow(self.discard)
        self.reason.given.connect(self._discard)
        column.addWidget(self.reason)

    def arrive(self) -> None:
        """Put the focus on the first thing that can be done."""
        self.enter.setFocus()

    def show_problem(self, sentence: str) -> None:
        """It is still held, and this is why now; it can be tried again."""
        self._why.hide()
        self._problem.setText(breakable(sentence))
        self._problem.show()
        self.rest()

    def rest(self) -> None:
        """The server has answered, or was not asked: both can be pressed again."""
        self._busy = False
        self._wait.hide()

    def _enter(self) -> None:
        if self._begins():
            self.entered.emit()

    def _discard(self, reason: str) -> None:
        if self._begins():
            self.discarded.emit(reason)

    def _begins(self) -> bool:
        """Whether the server is not being asked already. No button is disabled: the focus would wander to the next
        card, and with it a second press.
        """
        if self._busy:
            return False
        self._busy = True
        self._problem.hide()
        QTimer.singleShot(_SLOW_MS, self, lambda: self._wait.setVisible(self._busy))
        return True

    def _quiet(self, words: str, colour: str = "text.secondary") -> Label:
        return Label(breakable(words), "meta", "regular", colour, wrap=True)


def _who(fact: HeldFact, name: str, about: str) -> str:
    words = (
        tr("Entered by {name} at {station}", name=unbroken(name), station=unbroken(fact.station))
        if fact.station
        else tr("Entered by {name}", name=unbroken(name))
    )
    return f"{words} · {about}" if about else words


def _rows(fact: HeldFact) -> list[str]:
    """A line for each row, and how many more there are."""
    lines = []
    for row in fact.rows:
        if row.shown:
            told = ", ".join(f"{label} {words}".strip() for label, words in row.fields if words != NOTHING)
        else:
            labels = ", ".join(label for label, _ in row.fields)
            told = tr("{fields} (the values are not shown to you)", fields=labels)
        lines.append(f"{row.label}: {told or NOTHING}")
    if fact.more:
        lines.append(counted(fact.more, "and {count} more", "and {count} more"))
    return lines


class HeldSection(QWidget):
    """The part of the page: a heading and the cards, for whoever may decide; nothing for everybody else.

    Args:
        desk: whose station.

    Signals:
        changed(): there is more or less of it now.
        came(): the cards are there, where there were none.
    """

    changed = Signal()
    came = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._cards: dict[UUID, tuple[HeldFact, HeldCard]] = {}
        self._fetching = False
        self._heard = -1
        self._failed: tuple[frozenset[UUID], int] | None = None
        self._trouble = ""
        self._moved = QElapsedTimer()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(8)
        self._heading = Heading(
            "server", "warning", tr("Held at the server"), 0, tr("You answer for what you enter")
        )
        column.addWidget(self._heading)
        self._note = Label("", "meta", "regular", "text.secondary", wrap=True)
        self._note.hide()
        column.addWidget(self._note)
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        column.addLayout(self._column)
        desk.bridge.sync_changed.connect(self.refresh)
        self.refresh()

    def count(self) -> int:
        """How many there are to decide."""
        return len(self._desk.station.sync.held)

    def cards(self) -> list[HeldCard]:
        """Those shown, oldest first."""
        return [card for _fact, card in self._cards.values()]

    def refresh(self, _news: object = None) -> None:
        """Show what is held now; asks the server where that differs from what is shown, or somebody has decided
        something: a fact's author may have typed it anew, or given it up.

        Cards can be pressed while the server is away, and say so then: disabled, each would lose the focus and the
        place in a reason at every short break of the network. Where asking has failed there is a pause before it is
        asked the same again.
        """
        sync = self._desk.station.sync
        self._heading.set_count(len(sync.held))
        away = sync.state in {"offline", "reconnecting"}
        self._say(
            tr("The server is away. What it holds can be decided once it is back.") if away else self._trouble
        )
        wanted = sync.held != self._cards.keys() or (bool(sync.held) and sync.decisions != self._heard)
        if wanted and not away and not self._fetching and (sync.held, sync.decisions) != self._failed:
            self._fetching, self._heard = True, sync.decisions
            self._desk.bridge.bring(self._desk.station.administration.held(), self._came)
        self.changed.emit()

    def _ask_again(self) -> None:
        self._failed = None
        self.refresh()

    def _say(self, words: str) -> None:
        self._note.setText(words)
        self._note.setVisible(bool(words))

    def _came(self, answer: list[HeldFact] | Exception) -> None:
        self._fetching = False
        if isinstance(answer, MediDeskError):
            sync, self._heard = self._desk.station.sync, -1
            self._failed, self._trouble = (sync.held, sync.decisions), str(answer)
            self._say(self._trouble)
            QTimer.singleShot(_PAUSE_MS, self, self._ask_again)
            return
        if isinstance(answer, Exception):
            raise answer
        first = not self._cards
        self._failed, self._trouble = None, ""
        self._show(answer)
        self.refresh()
        if first and answer:
            self.came.emit()

    def _show(self, facts: list[HeldFact]) -> None:
        """A card for each; one that is there stays as it is, with what was typed in it."""
        names = self._desk.station.read(people.names_by_login)
        was = tuple(self._cards)
        before, self._cards = self._cards, {}
        for fact in facts:
            known, card = before.pop(fact.op_id, (None, None))
            if card is not None and known != fact:
                before[fact.op_id] = (fact, card)
                card = None
            self._cards[fact.op_id] = (fact, card or self._card(fact, names.get(fact.author, fact.author)))
        focus = QApplication.focusWidget()
        moved = False
        for _fact, card in before.values():
            moved = moved or (focus is not None and card.isAncestorOf(focus))
            card.hide()
            card.deleteLater()
        if tuple(self._cards) != was:
            self._moved.start()
        for card in self.cards():
            self._column.addWidget(card)
        if moved and self.cards():
            self.cards()[0].arrive()

    def _card(self, fact: HeldFact, name: str) -> HeldCard:
        station = self._desk.station
        file = None if fact.patient_id is None else station.read(patients.by_id, fact.patient_id)
        about = "" if file is None else tr("{name}, file {number}", name=file.name, number=file.number)
        card = HeldCard(fact, name, about, self._settled(fact))
        decide, bring = station.administration, self._desk.bridge.bring
        entered = partial(self._answered, fact, tr("Entered for {name}", name=name), card)
        discarded = partial(self._answered, fact, tr("Discarded"), card)
        card.entered.connect(
            lambda: card.rest() if self._just_moved() else bring(decide.enter(fact.op_id), entered)
        )
        card.discarded.connect(lambda reason: bring(decide.discard(fact.op_id, reason), discarded))
        return card

    def _just_moved(self) -> bool:
        """Whether cards have come or gone a moment ago: a press, or the second of two, was meant for what was in
        their place.
        """
        return self._moved.isValid() and self._moved.elapsed() < QApplication.doubleClickInterval()

    def _settled(self, fact: HeldFact) -> str:
        """What people at the station where it was entered have done about it."""
        done = fact.settled
        if done is None:
            return ""
        names = self._desk.station.read(people.names)
        by = names.get(done.by, "") if done.by is not None else ""
        time = moments.when(done.at)
        if done.verdict == "discarded":
            return tr(
                "Given up at the station by {name}, {time}: {reason}", name=by, time=time, reason=done.reason
            )
        return tr("Entered anew at the station by {name}, {time}", name=by, time=time)

    def _answered(self, fact: HeldFact, title: str, card: HeldCard, answer: Exception | None) -> None:
        """What the server said to a decision."""
        if isinstance(answer, AlreadyDecided):
            self._desk.toast(answer.title, str(answer), tone="info")
        elif isinstance(answer, MediDeskError):
            if card in self.cards():
                card.show_problem(str(answer))
            return
        elif answer is not None:
            raise answer
        else:
            self._desk.toast(title, fact.title, icon="circle-check")
        self._show([one for one, _card in self._cards.values() if one.op_id != fact.op_id])
        self.changed.emit()
