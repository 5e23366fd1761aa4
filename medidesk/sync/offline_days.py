"""How long somebody may sign in at a PC whose server is away.

An account that was suspended at the server must not open this PC for ever because it never hears of it. When this
account last reached the server is kept in its own encrypted replica; the latest time that this PC has ever
shown is kept in the outbox, so that setting the clock back gains nobody a day. The server's word sets both.

How many days is a setting of the clinic's, as the replica has it from the server: what waits here to be sent does
not count, and nothing makes it more than the setting's bounds.
"""

import datetime as dt
import re
import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.errors import SignInRefused
from medidesk.models.base import table_of
from medidesk.models.settings import OFFLINE_DAYS, Setting, SettingName
from medidesk.models.types import EPOCH, MICROSECOND
from medidesk.repositories import people, settings
from medidesk.sync.outbox import Outbox
from medidesk.sync.replica import Replica
from medidesk.words import counted, tr

_NUMBER = re.compile("[0-9]{1,4}")
# As the server has them: beneath waiting work, its own rows are kept beside.
_setting = table_of(Setting).c
_AS_THE_SERVER_SAYS = sa.text(
    "select org_id, value from setting where name = :name and deleted_at is null "
    "and id not in (select id from overlaid where tbl = 'setting') "
    "union all select org_id, value from setting__server where name = :name and deleted_at is null"
).columns(_setting.org_id, sa.column("value", sa.Text))

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
        with self._replica.sessions() as session:
            days = days_allowed(session, user)
        if latest - contact > dt.timedelta(days=days):
            raise SignInRefused(
                tr(
                    "“{user}” has not reached the server from this PC for more than {days}.",
                    user=user,
                    days=counted(days, "{count} day", "{count} days"),
                ),
                tr(
                    "Sign in while the server is there; what waits here is kept. "
                    "If this PC's clock is wrong, set it right first."
                ),
            )

    def _keep(self) -> None:
        self._outbox.keep_counter(_LATEST, (self._latest - EPOCH) // MICROSECOND)
        self._kept = self._latest


def days_allowed(session: Session, user: str) -> int:
    """For how many days somebody may sign in without the server: as it is set where they belong."""
    name = SettingName.OFFLINE_DAYS
    said = {row.org_id: str(row.value) for row in session.execute(_AS_THE_SERVER_SAYS, {"name": name.value})}
    found = {org_id: int(text) for org_id, text in said.items() if _NUMBER.fullmatch(text)}
    me = people.me(session, user)
    way = [] if me is None else settings.way_up(session, me.org_id)
    return settings.nearest(name, found, way) or OFFLINE_DAYS


def _now() -> dt.datetime:
    """What this PC's clock shows."""
    return dt.datetime.now(dt.UTC)


def _ticks() -> float:
    """Seconds, by a clock that nobody can set."""
    return time.monotonic()
