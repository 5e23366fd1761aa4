"""Whose files were opened here: kept until the server has been told, also through an outage and a restart.

A record that is opened again within some minutes by the same person is one opening. What is kept holds ids and
times alone; it is told in the name of whoever opened the file, while they are signed in.
"""

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from medidesk.log import event
from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.sqlcipher import FILE_ERRORS, Connection

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

AGAIN_SECONDS = 600.0
TELL_SECONDS = 10.0
TOLD_AT_ONCE = 500


class OpenedFiles:
    """Those that the server has not been told of, in the outbox's file. On the loop's thread.

    Args:
        connection: the outbox's own.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, author: str, patient: UUID, at: dt.datetime) -> None:
        """Keep that somebody opened a file."""
        self._connection.execute(
            "insert into opened_file (id, author, patient, at) values (?, ?, ?, ?)",
            (str(uuid4()), author, str(patient), at.isoformat()),
        )

    def of(self, author: str) -> list[dict[str, str]]:
        """The oldest of somebody's, as the server takes them."""
        rows = self._connection.execute(
            "select id, patient, at from opened_file where author = ? order by at limit ?",
            (author, TOLD_AT_ONCE),
        ).fetchall()
        return [{"id": row[0], "patient": row[1], "at": row[2]} for row in rows]

    def told(self, openings: list[dict[str, str]]) -> None:
        """The server knows of these."""
        self._connection.executemany(
            "delete from opened_file where id = ?", [(one["id"],) for one in openings]
        )


class OpeningNews:
    """Tells the server of them, with a pull. Of one station; on the loop's thread."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self._noted: dict[UUID, float] = {}
        self._waits = True

    def note(self, patient: UUID) -> bool:
        """Whoever is signed in has opened this file; returns whether there is something to tell."""
        now = time.monotonic()
        if now - self._noted.get(patient, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return False
        self._noted[patient] = now
        self._waits = True
        at = dt.datetime.now(dt.UTC) + self.engine.clock_offset
        try:
            self.engine.outbox.opened.add(self.engine.author.login, patient, at)
        except FILE_ERRORS as error:
            # Whoever reads a file is not kept from it by a disk that is full.
            event(log, "opening_not_kept", logging.WARNING, error=error)
        return True

    async def follow(self, connection: ServerConnection) -> None:
        """After a pull: tell a server that takes them.

        Args:
            connection: the follower's.

        Raises:
            psycopg.Error: the connection was lost; they are told again, and noted once.
        """
        if not self._waits or not self.engine.follower.held.served:
            return
        try:
            await self._tell(connection)
        except FILE_ERRORS as error:  # what is kept there is told at the next sign-in
            event(log, "openings_not_told", logging.WARNING, error=error)
        self._waits = False

    async def _tell(self, connection: ServerConnection) -> None:
        opened, author = self.engine.outbox.opened, self.engine.author
        while openings := opened.of(author.login):
            async with deadline(connection, TELL_SECONDS), connection.transaction():
                await connection.execute("set transaction read write")
                await connection.execute(
                    "select log_openings(%s, %s)", (Jsonb(openings), author.station_name)
                )
            opened.told(openings)
