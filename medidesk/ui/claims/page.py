"""The claims' page: what is to be claimed and what was, and the claim beside the list."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.repositories import billing, reports
from medidesk.ui import claim_words
from medidesk.ui.claims.beside import Beside
from medidesk.ui.claims.claim_view import ClaimView
from medidesk.ui.claims.doing import Doing
from medidesk.ui.claims.entries import Entry, Subject, View
from medidesk.ui.claims.list_pane import ListPane
from medidesk.ui.claims.page_acts import PageActs
from medidesk.ui.claims.page_head import PageHead
from medidesk.ui.claims.page_keys import bind_keys
from medidesk.ui.claims.reading import Looked, looked
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.page import Desk, Page
from medidesk.ui.saving import ask_for_place, save_file
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed, Station

KEY = "claims"
TABLES = frozenset(
    {"insurance_claim", "claim_line", "invoice", "invoice_line", "payment", "refund", "insurance_policy"}
    | {"insurer", "patient", "organisation", "charge"}
)
_LISTS = ((1300, 640), (1020, 460), (0, 360))
"""How wide the list is, from how wide a page on."""
_BESIDE_PANEL = 376
_BOTH_FROM, _THREE_FROM, _TWO_FROM = 1020, 1300, 860
"""From how wide on list and claim stand side by side; with a panel besides; the claim with a panel."""


class ClaimsPage(Page):
    """The page.

    Attributes:
        subject: what is shown beside the list; None for nothing.
        row: where a panel is put.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, KEY, tr("Claims"), claim_words.ICON, parent)
        self._at_claim, self._follows = False, True
        self.subject: Subject | None = None
        self.doing, self.beside = Doing(self), Beside(self)
        self.acts = PageActs(self)
        self.head = PageHead()
        self.list = ListPane(desk)
        self.claim = ClaimView(self.acts.shown)
        self._lay_out()
        self._connect()
        bind_keys(self)
        self.refresh(None)
        chain_tabs(self)
        self.beside.take_drafts_up()

    def arrive(self) -> None:
        """The panel or the claim where one is at work, else the list."""
        if self.beside.now is not None:
            self.beside.now.arrive()
        elif self._at_claim and self.subject is not None:
            self.claim.arrive()
        else:
            self.go_to_list()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now; what is looked at stays."""
        if news is not None and not news.everything and not TABLES & set(news.tables):
            return
        self.list.refresh()
        if self._follows and not self.list.rows():
            self._show_first_view()
        if self.subject is None and self.list.current() is None:
            self.list.choose_first()
        self._renew()
        self._show_pending()

    # What is looked at

    @property
    def now(self) -> Looked | None:
        """What is shown beside the list."""
        return None if self.subject is None else self.claim.shown

    def look_at(self, subject: Subject | None) -> None:
        """Show something beside the list."""
        self.subject = subject
        self._renew()

    def show_bill(self, invoice_id: UUID) -> None:
        """Come to the front with the claim of an invoice, or with the invoice where it is to be claimed."""
        self.desk.open(KEY, lambda: self)
        self.beside.close()
        self.look_at(Subject("bill", invoice_id))
        if self.subject is not None:
            self._point_at(self.subject.id)
        self.arrive_at_claim()

    def show_claim(self, claim_id: UUID) -> None:
        """Come to the front with a claim."""
        self.desk.open(KEY, lambda: self)
        self.beside.close()
        self.look_at(Subject("claim", claim_id))
        self._point_at(claim_id)
        self.arrive_at_claim()

    def arrive_at_claim(self) -> None:
        """Put the focus into the claim."""
        self._at_claim = True
        self.place()
        if self.isVisible() and self.beside.now is None:
            self.claim.arrive()

    def go_to_list(self) -> None:
        """Back to the list and its search."""
        self._at_claim = False
        self.place()
        self.list.arrive()

    def seek(self) -> None:
        """Search in the list."""
        self._at_claim = False
        self.place()
        self.list.seek()

    def step_back(self) -> None:
        """Out of a panel, then back to the list."""
        if self.beside.now is not None:
            self.beside.close()
        else:
            self.go_to_list()

    def go_on_from(self, done: UUID, claim_id: UUID) -> None:
        """Something of the list was dealt with: the next one there is shown, or else what became of it.

        Args:
            done: the bill or the claim that it was.
            claim_id: what it is now.
        """
        rows = [entry.id for entry in self.list.rows()]
        at = rows.index(done) if done in rows else 0
        self.list.refresh()
        left = [entry for entry in self.list.rows() if entry.id not in {done, claim_id}]
        if left and self.list.view in {View.TO_CLAIM, View.DRAFTS}:
            entry = left[min(at, len(left) - 1)]
            self.look_at(entry.subject)
            self.list.point_at(entry.id)
            self.go_to_list()
        else:
            self.look_at(Subject("claim", claim_id))
            self.arrive_at_claim()

    # What can be done

    def to_claim(self) -> list[Entry]:
        """The bills that are shown and can be claimed."""
        return [entry for entry in self.list.rows() if entry.claim is None]

    def may_claim_all(self) -> bool:
        """Whether bills are shown that whoever is signed in can claim."""
        return (
            self.desk.station.can("billing", "add") and not self.list.shows_ages() and bool(self.to_claim())
        )

    def shows_claim(self) -> bool:
        """Whether a claim is shown, and no bill."""
        return self.now is not None and self.now.claim is not None

    def shows_something(self) -> bool:
        """Whether a claim or a bill is shown."""
        return self.subject is not None

    def has_claims(self) -> bool:
        """Whether the list shows claims that can be saved."""
        return not self.list.shows_ages() and any(entry.claim is not None for entry in self.list.rows())

    def ask_where(self) -> None:
        """Ask for a file's name, and write the claims that are shown there."""
        if self.has_claims():
            ask_for_place(self, tr("Save the claims"), tr("Text with commas"), "claims.csv", self.save)

    def save(self, path: Path) -> None:
        """Write the claims that are shown, line by line, as CSV."""
        station = self.desk.station
        shown = [entry.id for entry in self.list.rows() if entry.claim is not None]
        self.desk.bridge.background(
            partial(_write, station, shown, path), partial(self._saved, path), self._not_saved
        )

    def _saved(self, path: Path, _nothing: object) -> None:
        self.desk.toast(tr("Saved: {name}", name=path.name), str(path.parent), icon="download")

    def _not_saved(self, problem: Exception) -> None:
        self.desk.toast(tr("Not saved"), str(problem), tone="danger")

    def _chosen(self, entry: Entry | None) -> None:
        if entry is not None:
            self.look_at(entry.subject)

    def _opened(self, entry: Entry | None) -> None:
        if entry is not None:
            self._chosen(entry)
            self.arrive_at_claim()

    def _viewed(self) -> None:
        """Another filter is shown: what was looked at belongs to another one."""
        self._follows = False
        self.beside.close()
        if self.list.current() is None:
            self.look_at(None)
        self.go_to_list()

    def _renew(self) -> None:
        now = None if self.subject is None else looked(self.desk, self.subject)
        self.subject = None if now is None else now.subject
        if now is None:
            self._stack.setCurrentWidget(self._nobody)
        else:
            self.claim.show_looked(now)
            self._stack.setCurrentWidget(self.claim)
        self.head.show_state(can_claim=self.may_claim_all(), can_save=self.has_claims())
        self.place()
        self.keys.look_again()

    def _point_at(self, entry_id: UUID) -> None:
        """Show the filter under which it stands, and choose it there."""
        for view, found in self.list.found.items():
            if any(entry.id == entry_id for entry in found) and view is not self.list.view:
                shown = self.subject
                self.list.show_view(view)
                self.look_at(shown)
        self.list.point_at(entry_id)

    def _show_first_view(self) -> None:
        """Until somebody has chosen a filter: what is to be claimed, else what was answered, else what is out."""
        for view in (View.TO_CLAIM, View.ANSWERED, View.DRAFTS, View.SENT):
            if self.list.found[view]:
                self.list.show_view(view, by_hand=False)
                return

    def _show_pending(self, _state: object = None) -> None:
        pending = self.desk.station.pending
        self.list.table.set_pending(pending("insurance_claim"))
        self.claim.payments.set_pending(pending("payment"))

    # The frame

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()

    def place(self) -> None:
        """In a narrow window the list, the claim and a panel take turns; ages take the whole page."""
        width, panel = self.width(), self.beside.now is not None
        ages = self.list.shows_ages() and not panel and not self._at_claim
        both = not ages and width >= (_THREE_FROM if panel else _BOTH_FROM)
        at_claim = self._at_claim or panel
        self.list.setVisible(ages or both or not at_claim)
        self._right.setVisible(not ages and (both or at_claim))
        self._stack.setVisible(not panel or width >= _TWO_FROM)
        self.list.setMinimumWidth(0)
        self.list.setMaximumWidth(16_777_215)
        if both:
            wide = next(size for least, size in _LISTS if width >= least)
            self.list.setFixedWidth(_BESIDE_PANEL if panel else wide)

    def _connect(self) -> None:
        self.list.chosen.connect(self._chosen)
        self.list.opened.connect(self._opened)
        self.list.viewed.connect(self._viewed)
        self.claim.gone_on.connect(self.acts.do_next)
        self.head.claim_all_asked.connect(self.beside.claim_all)
        self.head.save_asked.connect(self.ask_where)
        self.desk.bridge.sync_changed.connect(self._show_pending)

    def _lay_out(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        choose = tr("Choose a claim in the list, or type a name: F2.")
        self._nobody = EmptyState(claim_words.ICON, tr("No claim is chosen"), choose)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self.claim)
        self._right = QWidget()
        self.row = QHBoxLayout(self._right)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(0)
        self.row.addWidget(self._stack, 1)
        both = QHBoxLayout()
        both.setContentsMargins(1, 0, 0, 0)
        both.setSpacing(0)
        both.addWidget(self.list)
        both.addWidget(self._right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addLayout(both, 1)


def open_claims(desk: Desk, *, front: bool = True, view: View | None = None) -> ClaimsPage:
    """The claims' page, wherever it is asked for."""
    page = desk.open(KEY, lambda: ClaimsPage(desk), front=front)
    if not isinstance(page, ClaimsPage):
        raise TypeError(page.key)
    if view is not None:
        page.list.show_view(view)
    return page


def _write(station: Station, claim_ids: list[UUID], path: Path) -> None:
    table = station.read(reports.claim_lines, claim_ids)
    currency = station.read(billing.currency_of, station.user.org_id)
    save_file(path, reports.csv_of_table(table, currency))
