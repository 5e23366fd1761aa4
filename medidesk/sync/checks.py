"""When a station compares itself with the server by itself, and what the last comparison came to.

Once a day, in a quiet minute of the night that differs from station to station, or, when it was off or the server
away at that minute, soon after both are there again.
"""

import datetime as dt
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from medidesk.log import event
from medidesk.sync.outcomes import Checked
from medidesk.sync.reconcile import Compared
from medidesk.sync.replica import ChangedRows, Replica

log = logging.getLogger(__name__)

QUIET_FROM = dt.time(1)
QUIET_MINUTES = 240
# Two hundred stations are switched on within a few minutes of the morning.
AFTER_COMING_BACK_SECONDS = 900


def next_check(last: dt.datetime | None, station: UUID, came_back: dt.datetime) -> dt.datetime:
    """When the next comparison is due.

    Args:
        last: when everything was last compared, or filled; None where nobody knows.
        station: its id spreads stations over the quiet hours.
        came_back: when this station last reached its server; its zone says when it is night here.
    """
    share = int.from_bytes(station.bytes[-4:]) / 2**32
    if last is not None and last <= came_back:
        quiet = _quiet_minute(last.astimezone(came_back.tzinfo), share)
        if quiet > came_back:
            return quiet
    return came_back + dt.timedelta(seconds=share * AFTER_COMING_BACK_SECONDS)


def _quiet_minute(after: dt.datetime, share: float) -> dt.datetime:
    """The station's first quiet minute after a moment."""
    begins = dt.datetime.combine(after.date(), QUIET_FROM, tzinfo=after.tzinfo)
    minute = begins + dt.timedelta(minutes=int(share * QUIET_MINUTES))
    return minute if minute > after else minute + dt.timedelta(days=1)


class Checks:
    """The comparisons of one station; on the loop's thread."""

    def __init__(self, replica: Replica, station: UUID) -> None:
        self._replica = replica
        self._station = station
        self._asked = False
        self._due: dt.datetime | None = None

    def last(self) -> Checked | None:
        """The last comparison; None before the first."""
        kept = self._replica.state("checked")
        if kept is None:
            return None
        found = json.loads(kept)
        return Checked(dt.datetime.fromisoformat(found["at"]), found["rows"], found["mended"])

    def ask(self) -> None:
        """Compare at the next opportunity."""
        self._asked = True

    def came_back(self) -> None:
        """The server is there. A line that is lost every few minutes puts nothing off."""
        now = _here()
        due = next_check(self._last_whole(), self._station, now)
        self._due = min(self._due, due) if self._due is not None and self._due > now else due

    def is_due(self) -> bool:
        """Whether it is time to compare."""
        return self._asked or (self._due is not None and _here() >= self._due)

    def finished(self, compared: Compared, changed: ChangedRows) -> Checked:
        """Keep how a comparison went. What was written while it ran is no difference that was mended."""
        mended = sum((table, row_id) not in compared.news for table, ids in changed.items() for row_id in ids)
        checked = Checked(dt.datetime.now(dt.UTC), compared.rows, mended)
        kept = {"at": checked.at.isoformat(), "rows": checked.rows, "mended": checked.mended}
        self._replica.set_state("checked", json.dumps(kept))
        self._asked, self._due = False, None
        self.came_back()
        event(log, "checked", rows=compared.rows, singly=compared.singly, mended=mended)
        return checked

    def _last_whole(self) -> dt.datetime | None:
        """When this replica was last known to be whole: compared, or filled."""
        moments: Sequence[dt.datetime] = () if (last := self.last()) is None else (last.at,)
        with suppress(ValueError):  # a replica that was filled before it kept the time
            moments = (*moments, dt.datetime.fromisoformat(self._replica.state("built") or ""))
        return max(moments, default=None)


def _here() -> dt.datetime:
    return dt.datetime.now().astimezone()
