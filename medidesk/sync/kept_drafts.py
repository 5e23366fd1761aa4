"""What people are typing at this PC, in the outbox's file."""

import datetime as dt
import json
import threading
from typing import Any

from medidesk.models.types import EPOCH, MICROSECOND
from medidesk.sync.sqlcipher import Connection


class KeptDrafts:
    """Everybody's drafts.

    Args:
        connection: the outbox's own, the loop's thread alone.
        reader: another of its connections, and what is held while it reads: open to every thread.
        reading: see `reader`.
    """

    def __init__(self, connection: Connection, reader: Connection, reading: threading.Lock) -> None:
        self._connection, self._reader, self._reading = connection, reader, reading

    def keep(self, author: str, key: str, fields: dict[str, Any]) -> None:
        """Keep what someone is typing."""
        typed = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), default=str)
        self._connection.execute(
            "insert or replace into draft (author, key, fields, kept_at) values (?, ?, ?, ?)",
            (author, key, typed, (dt.datetime.now(dt.UTC) - EPOCH) // MICROSECOND),
        )

    def drop(self, author: str, key: str) -> None:
        """A draft has been saved, or thrown away by its author."""
        self._connection.execute("delete from draft where author = ? and key = ?", (author, key))

    def of(self, author: str) -> list[tuple[str, dict[str, Any], dt.datetime]]:
        """Someone's drafts: key, fields, and when each was last kept; newest first."""
        with self._reading:
            rows = self._reader.execute(
                "select key, fields, kept_at from draft where author = ? order by kept_at desc", (author,)
            ).fetchall()
        return [(key, json.loads(fields), EPOCH + kept_at * MICROSECOND) for key, fields, kept_at in rows]
