"""Bringing what gathers in the write-ahead logs of a station's files into the files, where nobody waits for it."""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from medidesk.sync import sqlcipher
from medidesk.sync.sqlcipher import Connection, DatabaseError

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


class Checkpoints:
    """Brings what gathers in a file's write-ahead log into the file, on whichever thread asks.

    A commit that does it by itself takes some hundred times as long as the others, while somebody waits for it.

    Args:
        writer: the file's writer.
        path, key: the file.
    """

    def __init__(self, writer: Connection, path: Path, key: bytes) -> None:
        self._writer = writer
        self._connection = sqlcipher.connect(path, key, read_only=True)
        self._written = 0

    def due(self) -> bool:
        """Whether anything was written since this last said so. On the writer's thread, between transactions."""
        before, self._written = self._written, self._writer.total_changes
        return bool(self._written != before)

    def run(self) -> None:
        """Copy what the log holds; whoever writes or reads goes on meanwhile. On any thread.

        Raises:
            DatabaseError: it could not be written. It is still in the log.
        """
        self._connection.execute("PRAGMA wal_checkpoint(passive)").fetchone()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


async def keep(files: Iterable[Checkpoints]) -> None:
    """Do it for these files every few seconds, on a thread of its own, until cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        for one in files:
            if one.due():
                try:
                    await asyncio.to_thread(one.run)
                except DatabaseError as error:
                    log.info("a checkpoint has to wait (%s)", type(error).__name__)
