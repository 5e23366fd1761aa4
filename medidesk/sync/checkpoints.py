"""What a station's files need from time to time, done where nobody waits for it.

A commit that copies the write-ahead log into the file, or merges the search index, takes a hundred times as long
as the others, while somebody waits for their work to be saved.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from medidesk.log import event
from medidesk.sync import sqlcipher
from medidesk.sync.sqlcipher import FILE_ERRORS, Connection

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
STEPS_MOST = 8


class Checkpoints:
    """Brings what gathers in a file's write-ahead log into the file.

    Args:
        writer: the file's writer.
        path, key: the file.
        step: a little of what is done before, of a few milliseconds; returns whether there is more.
    """

    def __init__(
        self, writer: Connection, path: Path, key: bytes, step: Callable[[], bool] = lambda: False
    ) -> None:
        self.step = step
        self._writer = writer
        self._connection = sqlcipher.connect(path, key, read_only=True)
        self._written = 0

    def due(self) -> bool:
        """Whether anything was written since `begin`. On the writer's thread, between transactions."""
        return bool(self._writer.total_changes != self._written)

    def begin(self) -> None:
        """What was written until now is about to be copied. On the writer's thread, between transactions."""
        self._written = self._writer.total_changes

    def run(self) -> None:
        """Copy what the log holds; whoever writes or reads goes on meanwhile. On any thread.

        Raises:
            FILE_ERRORS: it could not be written. It is still in the log.
        """
        self._connection.execute("PRAGMA wal_checkpoint(passive)").fetchone()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


async def keep(files: Iterable[Checkpoints]) -> None:
    """Do it for these files every few seconds, until cancelled. Copying has a thread of its own."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        for one in files:
            if not one.due():
                continue
            try:
                for _ in range(STEPS_MOST):
                    if not one.step():
                        break
                    await asyncio.sleep(0)  # verbs get their turn
                one.begin()
                await asyncio.to_thread(one.run)
            except FILE_ERRORS as error:
                event(log, "checkpoint_waits", error=error)
