"""Changes of this station: needs attention, waiting to be sent, last contact, check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.repositories import people
from medidesk.ui import moments
from medidesk.ui.changes.figures import checked_words, figures_words
from medidesk.ui.changes.heading import Heading
from medidesk.ui.changes.held import HeldCard, HeldSection
from medidesk.ui.changes.refused import RefusedCard
from medidesk.ui.changes.waiting import WaitingCard
from medidesk.ui.kit.button import Button, IconButton
from medidesk.ui.kit.conflict import ConflictCard
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.keys import KeyRegistry
from medidesk.ui.kit.label import Label, unbroken
from medidesk.ui.kit.paint import hairline
from medidesk.ui.kit.theme import theme
from medidesk.ui.page import Desk, Module
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention, Released, Waiting

_PADDING = 24


class ChangesPanel(QWidget):
    """The panel at the trailing side.

    Args:
        desk: whose station.
        modules: they open what an entry is about.

    Signals:
        close_asked(): the cross, or Escape.
    """

    close_asked = Signal()

    def __init__(self, desk: Desk, modules: Sequence[Module], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._modules = desk, modules
        self._put_off: set[Any] = set()
        self._cards: dict[Any, tuple[Attention, QWidget]] = {}
        self._waiting_cards: dict[str, WaitingCard] = {}
        desk.station.administration.look()
        self._held = HeldSection(desk) if desk.station.rights.administers else None
        self._shown: Any = None
        self.keys = KeyRegistry(self, "ChangesPanel")
        self.keys.list_only("Left, Right", tr("Base, theirs, mine"), when=self._decides)
        self.keys.bind("Ctrl+Return", tr("Keep choices"), self._keep, when=self._decides)
        self.keys.bind("Ctrl+Enter", tr("Keep choices"), self._keep, when=self._decides, hint=False)
        self.keys.bind("Escape", tr("Close"), self.close_asked.emit)
        self.keys.bind("Alt+C", tr("Check this station"), self._check)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(_PADDING, 8, _PADDING, _PADDING)
        self._column.setSpacing(8)
        self._scroll.setWidget(body)
        column.addWidget(self._scroll, 1)
        desk.bridge.sync_changed.connect(self.refresh)
        desk.bridge.changed.connect(self.refresh)
        if self._held is not None:
            self._held.changed.connect(self.refresh)
            self._held.came.connect(self._held_came)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        self.setAccessibleName(tr("Changes of this station"))
        self.refresh()

    def arrive(self) -> None:
        """Put the focus on the first thing to decide."""
        for card in [*self._in_order(), *(self._held.cards() if self._held is not None else ())]:
            if isinstance(card, ConflictCard):
                card.keep.setFocus()
                return
            if isinstance(card, RefusedCard | HeldCard):
                card.arrive()
                return
        self._check_button.setFocus()

    def _focus_moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        """What has the focus is in sight, as soon as what was opened around it has its place."""
        if now is not None and self._scroll.isAncestorOf(now):
            QTimer.singleShot(0, now, lambda: self._scroll.ensureWidgetVisible(now, 0, _PADDING))

    def refresh(self, _news: object = None) -> None:
        """Show what waits and what needs attention now.

        Cards that are there stay as they are, with what was picked and typed in them.
        """
        station = self._desk.station
        sync = station.sync
        contact = unbroken(
            tr("last contact {time}", time=moments.clock(sync.last_contact, seconds=True))
            if sync.last_contact
            else tr("no contact yet")
        )
        self._line.setText(
            tr(
                "{station} · {contact} · {person}",
                station=station.name,
                contact=contact,
                person=unbroken(tr("signed in: {name}", name=station.user.display_name)),
            )
        )
        self._figures.setText(f"{checked_words(sync.checked)}\n{figures_words(station.figures())}")
        attention, waiting = station.attention(), station.waiting()
        held = self._held.count() if self._held is not None else 0
        if (attention, waiting, held, self._put_off) == self._shown:
            return
        self._shown = attention, waiting, held, set(self._put_off)
        self._keep_cards(sorted(attention, key=lambda one: one.op_id in self._put_off))
        self._show_parts(len(attention), waiting)
        self.keys.look_again()

    def _keep_cards(self, entries: Sequence[Attention]) -> None:
        """A card for each of these, in this order; the focus goes on to the next when its own card goes."""
        before, self._cards = self._cards, {}
        for entry in entries:
            known, card = before.pop(entry.op_id, (None, None))
            if card is not None and known != entry:
                before[entry.op_id] = (entry, card)
                card = None
            self._cards[entry.op_id] = (entry, card or self._card(entry))
        focus = QApplication.focusWidget()
        moved = False
        for _entry, card in before.values():
            moved = moved or (focus is not None and card.isAncestorOf(focus))
            card.hide()
            card.deleteLater()
        if moved and self.isVisible():
            self.arrive()

    def _show_parts(self, attention: int, waiting: Sequence[Waiting]) -> None:
        """Headings, cards and lines from top to bottom."""
        cards, waiting_cards = self._in_order(), self._keep_waiting(waiting)
        kept = [*cards, *waiting_cards, *([self._held] if self._held is not None else [])]
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget not in kept:
                widget.hide()
                widget.deleteLater()
        if attention:
            self._column.addWidget(Heading("triangle-alert", "danger", tr("Needs attention"), attention))
            for card in cards:
                self._column.addWidget(card)
            self._column.addSpacing(16)
        held = self._held is not None and self._held.count() > 0
        if self._held is not None:
            self._column.addWidget(self._held)
            self._held.setVisible(held)
        if waiting:
            note = tr("Kept on this station, encrypted")
            words = tr("Waiting to be sent")
            self._column.addWidget(Heading("cloud-upload", "warning", words, len(waiting), note))
            for waiting_card in waiting_cards:
                self._column.addWidget(waiting_card)
        if attention or waiting or held:
            self._column.addStretch(1)
            return
        nothing = EmptyState(
            "circle-check",
            tr("Nothing waits on this station"),
            tr("Every change made here is on the server."),
        )
        self._column.addWidget(nothing, 1)

    def _keep_waiting(self, entries: Sequence[Waiting]) -> list[WaitingCard]:
        """One card for what waits; for an administrator one more for each colleague, who may need releasing."""
        by_author: dict[str, list[Waiting]] = {}
        for entry in entries:
            others = self._held is not None and entry.author != self._desk.station.user.login
            by_author.setdefault(entry.author if others else "", []).append(entry)
        names = self._desk.station.read(people.names_by_login) if by_author.keys() - {""} else {}
        before, self._waiting_cards = self._waiting_cards, {}
        for author in sorted(by_author):
            card = before.get(author) or WaitingCard(names.get(author, author) if author else "")
            if author not in before:
                card.release_asked.connect(partial(self._release, author))
            card.show_entries(by_author[author])
            self._waiting_cards[author] = card
        return list(self._waiting_cards.values())

    def _release(self, author: str) -> None:
        released = self._desk.station.administration.release(author)
        self._desk.bridge.bring(released, partial(self._released, author))

    def _released(self, author: str, answer: Released | Exception) -> None:
        card = self._waiting_cards.get(author)
        if card is not None and card.foot is not None:
            card.foot.rest()
        if isinstance(answer, MediDeskError):
            self._desk.toast(tr("Not released"), str(answer), tone="danger")
        elif isinstance(answer, Exception):
            raise answer
        else:
            words = tr(
                "{taken} taken, {attention} need attention", taken=answer.taken, attention=answer.attention
            )
            if answer.closed:
                words = tr(
                    "{words}. {closed} change entries that are closed to you: an administrator who may read "
                    "them can release those.",
                    words=words,
                    closed=answer.closed,
                )
            self._desk.toast(tr("Released"), words, icon="circle-check")
        self.refresh()
        focus = QApplication.focusWidget()
        if self.isVisible() and (focus is None or not self.isAncestorOf(focus)):
            self.arrive()

    def _in_order(self) -> list[QWidget]:
        return [card for _entry, card in self._cards.values()]

    def _decides(self) -> bool:
        return any(isinstance(card, ConflictCard) for card in self._in_order())

    def _keep(self) -> None:
        """Keep the choices of the card that has the focus, or of the first."""
        focus = QApplication.focusWidget()
        conflicts = [card for card in self._in_order() if isinstance(card, ConflictCard)]
        inside = [card for card in conflicts if focus is not None and card.isAncestorOf(focus)]
        (inside or conflicts)[0].decide()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), look.colour("bg.subtle"))
        line = hairline(painter)
        x = self.width() - line if self.isRightToLeft() else 0
        painter.fillRect(QRectF(x, 0, line, self.height()), look.colour("border.default"))

    def _head(self) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(_PADDING, 14, 16, 10)
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(tr("Changes of this station"), "section", "semibold"))
        self._line = Label("", "meta", "regular", "text.secondary", wrap=True)
        words.addWidget(self._line)
        self._figures = Label("", "meta", "regular", "text.tertiary", wrap=True)
        words.addWidget(self._figures)
        row.addLayout(words, 1)
        self._check_button = Button(tr("Check this station"), icon="refresh-cw", key="Alt+C")
        self._check_button.clicked.connect(self._check)
        cross = IconButton("x", tr("Close"))
        cross.clicked.connect(self.close_asked)
        row.addWidget(self._check_button)
        row.addWidget(cross)
        return head

    def _card(self, entry: Attention) -> QWidget:
        if entry.reason == "conflict" and entry.fields:
            return self._conflict(entry)
        card = RefusedCard(entry, self._edit_word(entry))
        card.edit_asked.connect(lambda: self._take_up(entry))
        card.discarded.connect(lambda why: self._desk.station.discard(entry.op_id, why, done=self._told()))
        return card

    def _conflict(self, entry: Attention) -> ConflictCard:
        names = self._desk.station.read(people.names)
        by = names.get(entry.theirs_by, "") if entry.theirs_by is not None else ""
        theirs_at = moments.when(entry.theirs_at) if entry.theirs_at else ""
        merged = (
            tr("{fields}: merged, nobody touched the same field", fields=", ".join(entry.merged))
            if entry.merged
            else ""
        )
        card = ConflictCard(
            entry.title,
            entry.sentence,
            (
                (tr("When you opened it"), tr("before both changes")),
                (tr("Theirs: {name}", name=by) if by else tr("Theirs"), theirs_at),
                (tr("Mine"), f"{self._desk.station.name}, {moments.when(entry.made_at)}"),
            ),
            [(field.name, field.label, field.base, field.theirs, field.mine) for field in entry.fields],
            merged,
            trailing=moments.when(entry.made_at),
            other=self._edit_word(entry),
        )
        card.other_asked.connect(lambda: self._take_up(entry))
        card.decided.connect(
            lambda choices: self._desk.station.decide(entry.op_id, choices, done=self._told())
        )
        card.later.connect(lambda: self._later(entry))
        return card

    def _edit_word(self, entry: Attention) -> str:
        """The word for opening what an entry is about; empty where no module knows it."""
        if any(module.can_edit(self._desk, entry) for module in self._modules):
            return tr("Edit…")
        return tr("Open file") if entry.row_id is not None and entry.reason != "held" else ""

    def _take_up(self, entry: Attention) -> None:
        if any(module.take_up(self._desk, entry) for module in self._modules):
            self.close_asked.emit()
        else:
            self._desk.toast(
                tr("This is not here any more"), tr("Discard the change, saying why."), tone="warning"
            )

    def _held_came(self) -> None:
        """There was nothing to decide when the page was opened, and now there is."""
        if self._check_button.hasFocus():
            self.arrive()

    def _later(self, entry: Attention) -> None:
        self._put_off.add(entry.op_id)
        self.close_asked.emit()

    def _told(self) -> Callable[[Any], None]:
        """Brings the Station's answer from the sync thread to this panel."""
        return lambda answer: self._desk.bridge.post(self._answered, answer)

    def _answered(self, answer: object) -> None:
        if isinstance(answer, Exception):
            self._desk.toast(tr("Not done"), str(answer), tone="danger")
        self.refresh()

    def _check(self) -> None:
        self._desk.station.check()
        self._desk.toast(
            tr("Checking this station"), tr("Its rows are compared with the server's."), tone="info"
        )
