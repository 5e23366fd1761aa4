"""How long somebody may sign in at a PC whose server is away.

An account that was suspended at the server must not open this PC for ever because it never hears of it. When this
account last reached the server is kept in its own encrypted replica; the latest time that this PC has ever
shown is kept in the outbox, so that setting the clock back gains nobody a day. The server's word sets both.
"""

import datetime as dt
import time

from medidesk.errors import SignInRefused
from medidesk.models.types import EPOCH, MICROSECOND
from medidesk.sync.outbox import Outbox
from medidesk.sync.replica import Replica
from medidesk.words import tr

OFFLINE_DAYS = 30

_CONTACT = "contact"
_LATEST = "latest_seen"
_KEPT_EVERY = dt.timedelta(minutes=30)


class Contact:
    """When one account last reached the server, and the latest time of this PC."""

    def __init__(self, replica: Replica, outbox: Outbox) -> None:
        self._replica = replica
        self._outbox = outbox
        self._latest = self._kept = EPOCH + outbox.counter(_LATEST) * MICROSECOND
        self._counted = _ticks()

    def reached(self, moment: dt.datetime) -> None:
        """The server has accepted this account, at this moment of its own clock."""
        self._replica.set_state(_CONTACT, moment.isoformat())
        self._latest, self._counted = moment, _ticks()
        self._keep()

    def goes_on(self, moment: dt.datetime) -> None:
        """The server still accepts this account: kept now and then, since this is told with every pull."""
        if moment - self._kept >= _KEPT_EVERY:
            self.reached(moment)

    def time_passes(self) -> None:
        """Time goes on here whatever the clock of this PC is set to: kept now and then."""
        if self.latest() - self._kept >= _KEPT_EVERY:
            self._keep()

    def latest(self) -> dt.datetime:
        """The latest time this PC has ever seen."""
        counted = _ticks()
        passed = dt.timedelta(seconds=counted - self._counted)
        self._latest, self._counted = max(self._latest + passed, _now()), counted
        return self._latest

    def check(self, user: str) -> None:
        """Refuse a sign-in without the server that comes too long after the last contact.

        Raises:
            SignInRefused: it does.
        """
        latest = self.latest()
        self._keep()
        kept = self._replica.state(_CONTACT)
        contact = EPOCH if kept is None else dt.datetime.fromisoformat(kept)
        if latest - contact > dt.timedelta(days=OFFLINE_DAYS):
            raise SignInRefused(
                tr(
                    "“{user}” has not reached the server from this PC for more than {days} days.",
                    user=user,
                    days=OFFLINE_DAYS,
                ),
                tr(
                    "Sign in while the server is there; what waits here is kept. "
                    "If this PC's clock is wrong, set it right first."
                ),
            )

    def _keep(self) -> None:
        self._outbox.keep_counter(_LATEST, (self._latest - EPOCH) // MICROSECOND)
        self._kept = self._latest


def _now() -> dt.datetime:
    """What this PC's clock shows."""
    return dt.datetime.now(dt.UTC)


def _ticks() -> float:
    """Seconds, by a clock that nobody can set."""
    return time.monotonic()
