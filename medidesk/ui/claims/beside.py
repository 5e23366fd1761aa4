"""The panel beside a claim: one at a time, with its draft."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QApplication, QLineEdit

from medidesk.repositories import claims
from medidesk.repositories.claims import ClaimRow
from medidesk.ui.claims import panels
from medidesk.ui.claims.claim_all import ClaimAllPanel
from medidesk.ui.claims.entries import Subject
from medidesk.ui.claims.panels import BeginPanel
from medidesk.ui.claims.reading import Looked
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.panel_place import PanelPlace
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.claims.page import ClaimsPage


class Beside:
    """Of one page."""

    def __init__(self, page: ClaimsPage) -> None:
        self._page, self._desk = page, page.desk
        self._place = PanelPlace[SidePanel](page, lambda: page.row, page.place)
        self.submit = self._place.submit

    @property
    def now(self) -> SidePanel | None:
        """The panel that is open."""
        return self._place.now

    def close(self) -> None:
        """Take the panel away; what was typed is kept, and what submits bills stops."""
        if isinstance(self.now, ClaimAllPanel):
            self.now.stop()
        self._place.close()

    def begin(self) -> None:
        """Claim what is shown."""
        now = self._page.now
        if now is not None:
            panel = BeginPanel(self._desk, now)
            self._open_entry(panel, partial(self._begun, now.bill.id))

    def keep_draft(self) -> None:
        """Keep the claim that is being begun as a draft."""
        if isinstance(self.now, BeginPanel):
            self.now.keep_draft()

    def change(self) -> None:
        """Change what the claim says beside its amounts."""
        done = partial(self._page.doing.told, tr("Claim changed"))
        self._with_claim(lambda _now, claim: panels.change_panel(self._desk, claim), done)

    def answer(self) -> None:
        """Note what the insurer has answered."""
        done = self._page.doing.answered
        self._with_claim(lambda now, claim: panels.answer_panel(self._desk, now, claim), done)

    def take(self) -> None:
        """Note what the insurer has paid."""
        done = self._page.doing.taken
        self._with_claim(lambda _now, claim: panels.take_panel(self._desk, claim), done)

    def reconcile(self) -> None:
        """The rest becomes the patient's."""
        done = self._page.doing.reconciled
        self._with_claim(lambda _now, claim: panels.reconcile_panel(self._desk, claim), done)

    def write_off(self) -> None:
        """Nobody pays the rest, or some of it."""
        done = partial(self._page.doing.told, tr("Written off"))
        self._with_claim(lambda _now, claim: panels.write_off_panel(self._desk, claim), done)

    def withdraw(self) -> None:
        """Give the claim up."""
        done = partial(self._page.doing.told, tr("Withdrawn"))
        self._with_claim(lambda _now, claim: panels.withdraw_panel(self._desk, claim), done)

    def claim_all(self) -> None:
        """Claim every bill that is shown."""
        found = self._page.to_claim()
        if found:
            panel = ClaimAllPanel(self._desk, found)
            panel.ended.connect(partial(self._claimed_all, panel))
            self._open(panel)

    def take_drafts_up(self) -> None:
        """Open again what was typed and not saved: the first of what there is."""
        for draft in self._desk.station.drafts.all():
            if draft.key.startswith("claims/") and self._take_up(draft.key):
                self._page.note_draft(draft.key, True)
                return

    def _take_up(self, key: str) -> bool:
        row_id = UUID(key.rsplit("/", 1)[1])
        if key.startswith(panels.BEGIN):
            if self._desk.station.read(claims.claimable, row_id) is None:
                return False
            self._page.look_at(Subject("bill", row_id))
            self.begin()
            return True
        if self._desk.station.read(claims.claim, row_id) is None:
            return False
        self._page.look_at(Subject("claim", row_id))
        for prefix, make in (
            (panels.CHANGE, self.change),
            (panels.ANSWER, self.answer),
            (panels.TAKE, self.take),
            (panels.RECONCILE, self.reconcile),
            (panels.WRITE_OFF, self.write_off),
            (panels.WITHDRAW, self.withdraw),
        ):
            if key.startswith(prefix):
                make()
        return self.now is not None

    def _begun(self, bill_id: UUID, outcome: Any) -> None:
        row = getattr(outcome, "row", None)
        sent = isinstance(row, ClaimRow) and row.submitted_at is not None
        doing = self._page.doing
        (doing.submitted if sent else doing.drafted)(bill_id, outcome)

    def _claimed_all(self, panel: ClaimAllPanel) -> None:
        title, line = panel.words()
        self._desk.toast(title, line, tone="success" if panel.is_calm() else "warning", icon="send")
        if not panel.problems:
            self._place.close_saved(panel)
        self._page.refresh(None)

    def _with_claim(
        self, make: Callable[[Looked, ClaimRow], EntryPanel], saved: Callable[[Any], None]
    ) -> None:
        now = self._page.now
        if now is not None and now.claim is not None:
            self._open_entry(make(now, now.claim), saved)

    def _open_entry(self, panel: EntryPanel, saved: Callable[[Any], None]) -> None:
        panel.saved.connect(lambda _outcome: self._place.close_saved(panel))
        panel.saved.connect(saved)
        self._open(panel)

    def _open(self, panel: SidePanel) -> None:
        self._place.open(panel)
        field = QApplication.focusWidget()
        if isinstance(field, QLineEdit) and panel.isAncestorOf(field):
            field.selectAll()  # what stands there is replaced by what is typed
