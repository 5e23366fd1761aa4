"""The numbers beside the rail's items: how much waits in each module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from medidesk.ui.bridge import Bridge
from medidesk.ui.page import Module
from medidesk.ui.shell.rail import RailItem

if TYPE_CHECKING:
    from medidesk.station import Changed


class Badges:
    """Of one shell; each is counted anew when one of its tables changes."""

    def __init__(self, bridge: Bridge, modules: Sequence[Module], items: Mapping[str, RailItem]) -> None:
        self._station = bridge.station
        self._counted = [(module, items[module.name]) for module in modules if module.badge is not None]
        bridge.changed.connect(self._heard)
        self._heard(None)

    def _heard(self, news: Changed | None) -> None:
        for module, item in self._counted:
            if module.badge is not None and (
                news is None or news.everything or module.badge_of & set(news.tables)
            ):
                item.set_badge(module.badge(self._station))
