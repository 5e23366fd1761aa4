"""What a station remembers of work that the server has acknowledged, to bring it back after a restore.

Acknowledged operations stay in the outbox for `JOURNAL_DAYS`, each with the receipt that the server signed. When an
administrator opens a replay, the station hands them in by itself.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.sqlcipher import Connection, from_json

HAND_IN_SECONDS = 60.0
ENTRIES_A_PART = 200
LETTERS_A_PART = 4_000_000
LATEST_MOST = 100

# A fact that the server holds for somebody to decide is acknowledged too.
_ACKNOWLEDGED = """
select seq, payload, told, receipt from (
  select seq, payload, told, ended_at,
         json_extract(case state when 'done' then answer when 'attention' then problem end, '$.receipt') as receipt
    from operation where state in ('done', 'attention'))
 where receipt is not null and json_extract(receipt, '$.server') = ?
"""


@dataclass(frozen=True)
class Acknowledged:
    """One operation of the journal.

    Attributes:
        payload: as it was sent.
        told: its author was told "saved on this PC".
        receipt: as the server signed it.
    """

    payload: str
    told: bool
    receipt: dict[str, Any]

    @property
    def op_id(self) -> UUID:
        """The operation."""
        return UUID(self.receipt["op"])

    @property
    def epoch(self) -> int:
        """The epoch in which it was applied."""
        return int(self.receipt["epoch"])


class Journal:
    """The acknowledged part of an outbox, and what this PC remembers of the server. On the loop's thread.

    Args:
        connection: the outbox's own.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def remember(self, key: str, value: str) -> None:
        """Keep a word about the server."""
        self._connection.execute("insert or replace into remembered (key, value) values (?, ?)", (key, value))

    def recall(self, key: str) -> str | None:
        """What was kept under this word."""
        row = self._connection.execute("select value from remembered where key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def latest(self, server_id: str) -> list[Acknowledged]:
        """What a server acknowledged last, the newest first."""
        rows = self._connection.execute(
            f"{_ACKNOWLEDGED} order by ended_at desc, seq desc limit {LATEST_MOST}", (server_id,)
        ).fetchall()
        return [_acknowledged(row) for row in rows]

    def parts(self, server_id: str) -> Iterator[list[Acknowledged]]:
        """All of it, oldest first, in parts that one call carries."""
        part: list[Acknowledged] = []
        letters = 0
        rows = self._connection.execute(f"{_ACKNOWLEDGED} order by seq", (server_id,)).fetchall()
        for row in rows:
            entry = _acknowledged(row)
            if part and (len(part) == ENTRIES_A_PART or letters + len(entry.payload) > LETTERS_A_PART):
                yield part
                part, letters = [], 0
            part.append(entry)
            letters += len(entry.payload)
        yield part


def _acknowledged(row: tuple[Any, ...]) -> Acknowledged:
    _, payload, told, receipt = row
    return Acknowledged(payload, bool(told), json.loads(receipt))


async def hand_in(
    connection: ServerConnection, journal: Journal, server_id: str, station: UUID, name: str
) -> int:
    """Hand a station's journal in to the open replay; everyone's work at this PC, over one person's login.

    Args:
        connection: anybody's of this station.
        journal: the station's.
        server_id: the server; what another one acknowledged stays here.
        station, name: the station.

    Returns:
        How many operations the server took as its own.

    Raises:
        psycopg.Error: the connection was lost, or the replay has been closed meanwhile.
    """
    accounts = from_json(journal.recall("accounts") or "[]")
    taken = 0
    parts = list(journal.parts(server_id))
    for number, part in enumerate(parts):
        entries = [{"payload": one.payload, "told": one.told, "receipt": one.receipt} for one in part]
        async with deadline(connection, HAND_IN_SECONDS), connection.transaction():
            await connection.execute("set transaction read write")
            result = await connection.execute(
                "select replay_upload(%s, %s, %s, %s, %s)",
                (station, name, Jsonb(entries), Jsonb(accounts), number == len(parts) - 1),
            )
            row = await result.fetchone()
        taken += 0 if row is None else int(row[0]["accepted"])
    return taken
