"""The place beside a page for one panel at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QHBoxLayout

from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.page import Page


class PanelPlace[P: SidePanel]:
    """At the end of a page's row.

    Args:
        page: whose focus and drafts the panel shares.
        row: asked for when a panel comes or goes.
        changed: the page makes room for a panel, or takes it back.

    Attributes:
        now: the panel that is open.
    """

    def __init__(
        self, page: Page, row: Callable[[], QHBoxLayout], changed: Callable[[], None] = lambda: None
    ) -> None:
        self._page, self._row, self._changed = page, row, changed
        self.now: P | None = None

    def open(self, panel: P) -> None:
        """Show a panel in the place of what was there; it takes the focus where the page is seen."""
        self.close()
        self.now = panel
        panel.close_asked.connect(self.close)
        if isinstance(panel, EntryPanel):
            panel.draft_changed.connect(partial(self._page.note_draft, panel.draft_key))
        self._changed()
        self._row().addWidget(panel)
        chain_tabs(self._page)
        self._page.keys.look_again()
        panel.show()
        if self._page.isVisible():
            panel.arrive()

    def close(self) -> None:
        """Take the panel away, and what was typed there is kept; the page takes the focus."""
        if self.now is None:
            return
        panel, self.now = self.now, None
        self._changed()
        self._row().removeWidget(panel)
        panel.hide()
        panel.deleteLater()
        self._page.keys.look_again()
        self._page.arrive()

    def close_saved(self, panel: P) -> None:
        """Take away what was saved: perhaps another panel has been opened since, and that stays."""
        if self.now is panel:
            self.close()

    def is_open(self) -> bool:
        """Whether there is a panel."""
        return self.now is not None

    def submit(self) -> None:
        """What Ctrl+Enter does there."""
        if self.now is not None:
            self.now.submit()
