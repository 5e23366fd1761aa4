"""What a station tells the server of itself: that it is in contact, and how much waits there.

An administrator sees it at the page of the server, so that nobody takes a PC away on which work waits. It is told
with a pull, when the figures change and every few minutes besides; an older server is told nothing.
"""

import time
from typing import TYPE_CHECKING

from medidesk.sync.connection import ServerConnection, deadline

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

LEAST_SECONDS = 20.0
"""A queue that empties is told once, not operation by operation."""
EVERY_SECONDS = 300.0
TELL_SECONDS = 10.0


class StationNews:
    """Of one station; on the loop's thread."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self._told: tuple[int, int] | None = None
        self._told_at = -EVERY_SECONDS

    async def follow(self, connection: ServerConnection) -> None:
        """After a pull: tell it, where that is due.

        Args:
            connection: the follower's.

        Raises:
            psycopg.Error: the connection was lost; it is told again.
        """
        state, since = self.engine.state, time.monotonic() - self._told_at
        figures = (state.waiting, state.attention)
        due = since >= (LEAST_SECONDS if figures != self._told else EVERY_SECONDS)
        if not due or not self.engine.follower.held.served:
            return
        async with deadline(connection, TELL_SECONDS), connection.transaction():
            await connection.execute("set transaction read write")
            await connection.execute(
                "select station_tells(%s, %s, %s)", (self.engine.author.station, *figures)
            )
        self._told, self._told_at = figures, time.monotonic()
