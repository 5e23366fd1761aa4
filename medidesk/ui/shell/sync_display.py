"""Shows how synchronisation stands: the pill, the rail's badge, the banner with its countdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from medidesk.ui import moments
from medidesk.ui.kit.banner import Banner
from medidesk.ui.kit.pill import SyncPill
from medidesk.ui.page import Desk
from medidesk.ui.shell.rail import RailItem
from medidesk.ui.shell.sync_words import banner_words, pill_words
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import SyncState


class SyncDisplay(QObject):
    """Follows the Station of a desk.

    Args:
        desk: whose station; its toasts tell that the server is back.
        pill: in the top bar.
        item: the rail's entry of changes.
        banner: under the tabs.
        parent: the shell.
    """

    def __init__(self, desk: Desk, pill: SyncPill, item: RailItem, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._pill, self._item, self._banner = desk, pill, item, banner
        self._was_offline = False
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._show_banner)
        desk.bridge.sync_changed.connect(self.show_state)
        self.show_state(desk.station.sync)

    def rest(self) -> None:
        """Count no more seconds."""
        self._countdown.stop()

    def show_state(self, state: SyncState | Any) -> None:
        """Show this state, and once everything was sent after an outage, say so."""
        self._pill.show_state(*pill_words(state))
        self._item.set_badge(state.waiting + state.attention + len(state.held))
        if state.state == "offline":
            self._was_offline = True
            self._countdown.start()
        else:
            self._countdown.stop()
            if self._was_offline and state.state == "live" and not state.waiting:
                self._was_offline = False
                self._desk.toast(tr("The server is back"), tr("Everything was sent."), icon="circle-check")
        self._show_banner()

    def _show_banner(self) -> None:
        station = self._desk.station
        words = banner_words(station.sync, moments.now())
        if words is None:
            self._banner.hide()
            return
        first = station.sync.state == "first_sync"
        self._banner.set_tone("info" if first else "warning", "refresh-cw" if first else "cloud-off")
        link = tr("Try now") if station.sync.state == "offline" else None
        self._banner.show_message(words.title, words.line, link, station.retry_now, words.quiet)
