"""Shows how synchronisation stands: the pill, the rail's badge, the banner with its countdown.

The banner also says when the person's roles have changed, since pages are made for those they had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from medidesk.ui import moments
from medidesk.ui.kit.banner import Banner
from medidesk.ui.kit.pill import SyncPill
from medidesk.ui.page import Desk
from medidesk.ui.shell.rail import RailItem
from medidesk.ui.shell.sync_words import banner_words, pill_words
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed, SyncState

_ROLES = frozenset({"user_account", "user_role", "role", "role_level"})


class SyncDisplay(QObject):
    """Follows the Station of a desk.

    Args:
        desk: whose station; its toasts tell that the server is back.
        pill: in the top bar.
        item: the rail's entry of changes.
        banner: under the tabs.
        parent: the shell.

    Signals:
        roles_asked(): the person wants to work with the roles they have now.
    """

    roles_asked = Signal()

    def __init__(self, desk: Desk, pill: SyncPill, item: RailItem, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._pill, self._item, self._banner = desk, pill, item, banner
        self._was_offline = self._other_roles = False
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._show_banner)
        desk.bridge.sync_changed.connect(self.show_state)
        desk.bridge.changed.connect(self._look_at_roles)
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
            self._show_roles()
            return
        first = station.sync.state == "first_sync"
        self._banner.set_tone("info" if first else "warning", "refresh-cw" if first else "cloud-off")
        link = tr("Try now") if station.sync.state == "offline" else None
        self._banner.show_message(words.title, words.line, link, station.retry_now, words.quiet)

    def _look_at_roles(self, news: Changed | Any) -> None:
        if news.everything or _ROLES & set(news.tables):
            self._other_roles = True
            self._show_banner()

    def _show_roles(self) -> None:
        # Asked again at each showing: a replica that is being filled lacks roles for a while.
        self._other_roles = self._other_roles and self._desk.station.rights.changed()
        if not self._other_roles:
            self._banner.hide()
            return
        self._banner.set_tone("info", "circle-user")
        self._banner.show_message(
            tr("Your roles have changed."),
            tr("The pages open anew as they are now. What you have typed is kept."),
            tr("Open the pages anew"),
            self.roles_asked.emit,
        )
