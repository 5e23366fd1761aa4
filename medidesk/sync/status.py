"""How synchronisation does, in figures: for the page of changes, and for `medidesk station status`."""

import asyncio
import datetime as dt
import logging
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from medidesk.errors import MediDeskError
from medidesk.log import event
from medidesk.models.types import EPOCH, MICROSECOND
from medidesk.sync import status_file
from medidesk.sync.codec import codecs
from medidesk.sync.outcomes import Checked

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine
    from medidesk.sync.feed import Pulled

log = logging.getLogger(__name__)

PULLS_MEASURED = 100
TOLD_EVERY_SECONDS = 10.0
# A burst of saves is told once.
TOLD_AT_MOST_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Figures:
    """How a station does.

    Attributes:
        state: "live", "reconnecting", "offline", "first_sync", or "closed".
        since: since when.
        waiting, attention: how many operations wait to be sent, or need a person.
        oldest_waiting_at: when the oldest that waits was made.
        outbox_bytes: the outbox file.
        last_contact: when the server last answered.
        cursor_at: when a pull last went through: up to then nothing is missing here.
        checked: the last comparison of everything with the server.
        arrives_after_ms: how long after it was written elsewhere a row was here: the median of the last pulls that
            brought any, by the server's clock, from the beginning of the transaction that wrote it.
        pulls_measured: of how many pulls.
        told_at: when these figures were taken.
    """

    state: str
    since: dt.datetime | None
    waiting: int
    attention: int
    oldest_waiting_at: dt.datetime | None
    outbox_bytes: int
    last_contact: dt.datetime | None
    cursor_at: dt.datetime | None
    checked: Checked | None
    arrives_after_ms: float | None
    pulls_measured: int
    told_at: dt.datetime

    def as_json(self) -> dict[str, Any]:
        """The same, times as ISO 8601 in UTC."""
        found = asdict(self)
        if self.checked is not None:
            found["checked"] = asdict(self.checked)
            found["checked"]["at"] = self.checked.at.isoformat()
        return {
            name: value.isoformat() if isinstance(value, dt.datetime) else value
            for name, value in found.items()
        }


class Status:
    """Gathers the figures, and writes them to the station's folder while it is open.

    Args:
        engine: whose figures.
        home: the station's folder.
    """

    def __init__(self, engine: "Engine", home: Path) -> None:
        self._engine = engine
        self._home = home
        self._cursor_at = engine.state.last_contact
        self._delays: deque[float] = deque(maxlen=PULLS_MEASURED)

    def pulled(self, pulled: "Pulled") -> None:
        """A pull went through, and its rows are in the replica."""
        self._cursor_at = dt.datetime.now(dt.UTC)
        there = self._engine.clock.now()
        newest = max(
            (
                cast("int", row[codecs()[table].updated_at])
                for table, rows in pulled.rows.items()
                for row in rows
            ),
            default=None,
        )
        if there is None:
            return
        self._engine.contact.goes_on(there)
        if newest is not None and not pulled.whole:
            self._delays.append(max(0.0, (there - EPOCH) / MICROSECOND - newest) / 1000)

    def figures(self) -> Figures:
        """How it does now. From any thread."""
        engine, state, delays = self._engine, self._engine.state, tuple(self._delays)
        outbox = engine.outbox.path
        return Figures(
            state=state.state,
            since=state.since,
            waiting=state.waiting,
            attention=state.attention,
            oldest_waiting_at=engine.outbox.oldest_waiting() if state.waiting else None,
            outbox_bytes=sum(
                part.stat().st_size for part in outbox.parent.glob(f"{outbox.name}*") if part.is_file()
            ),
            last_contact=state.last_contact,
            cursor_at=self._cursor_at,
            checked=state.checked,
            arrives_after_ms=round(median(delays), 1) if delays else None,
            pulls_measured=len(delays),
            told_at=dt.datetime.now(dt.UTC),
        )

    async def run(self) -> None:
        """Write the figures when they change, and now and then; keep that time passes."""
        changed = asyncio.Event()
        unsubscribe = self._engine.on_sync(lambda _: changed.set())
        try:
            while True:
                changed.clear()
                await asyncio.to_thread(self.write, self.figures())
                self._engine.contact.time_passes()
                await asyncio.sleep(TOLD_AT_MOST_EVERY_SECONDS)
                try:
                    await asyncio.wait_for(changed.wait(), TOLD_EVERY_SECONDS)
                except TimeoutError:
                    continue  # time has passed: ages are others now
        finally:
            unsubscribe()

    def write(self, figures: Figures) -> None:
        """Put the figures into the station's folder. What stands against it costs the figures only."""
        try:
            status_file.write(self._home, figures.as_json())
        except (MediDeskError, OSError) as error:
            event(log, "status_not_written", error=error)
