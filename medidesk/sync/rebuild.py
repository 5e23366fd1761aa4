"""Filling a replica anew in place, where its rows may come from a history that the server no longer has.

Such rows can have the ids and the versions of the server's and other contents, so each is compared whole. Screens
keep what they had until the server's row takes its place.
"""

import asyncio
from collections.abc import Callable
from itertools import batched
from typing import cast
from uuid import UUID

from medidesk.models.replica_type import Storage
from medidesk.sync import feed
from medidesk.sync.codec import TableCodec
from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.replica import ROWS_A_TRANSACTION, ChangedRows, Replica, replicated
from medidesk.sync.scopes import Share

type Rows = list[tuple[Storage, ...]]


async def rebuild(
    connection: ServerConnection,
    replica: Replica,
    share: Share,
    progress: Callable[[str, int, int], None],
) -> ChangedRows:
    """Make a replica what its user sees on the server, whatever it held.

    Args:
        connection: the follower's.
        replica: the replica; work that waits stays laid over it.
        share: what of each table it is to hold.
        progress: called with table, rows done and rows there are.

    Returns:
        The rows that were another, by table.

    Raises:
        psycopg.Error: the connection was lost; it is begun again with the next one.
    """
    changed: ChangedRows = {}
    gone: ChangedRows = {}
    # What the server answers meanwhile may be newer than what this transaction sees.
    replica.overlay.answered.clear()
    head, witnesses = await feed.begin(connection)
    for codec in replicated():
        theirs = await feed.versions_seen(connection, codec, share)
        gone[codec.name] = {UUID(bytes=key) for key in replica.ids(codec.name) - theirs.keys()}
        done = 0
        for keys in batched(sorted(theirs), ROWS_A_TRANSACTION):
            async with deadline(connection, feed.LOAD_SECONDS):
                found = await connection.execute(
                    feed.select_rows(codec), ([UUID(bytes=key) for key in keys],), binary=True
                )
                rows = [codec.received(row) for row in await found.fetchall()]
            answered = replica.overlay.answered_after(head.snapshot)
            other = _other(replica, codec, rows, answered)
            _add(changed, replica.apply({codec.name: other}, {}, _nothing, force=True))
            done += len(keys)
            progress(codec.name, done, len(theirs))
            await asyncio.sleep(0)  # verbs and waiting work get their turn
    await connection.execute("commit")
    answered = replica.overlay.answered_after(head.snapshot)
    left = {table: {one for one in ids if (table, one) not in answered} for table, ids in gone.items()}

    def finish() -> None:
        replica.set_state("cursor", str(head.cursor))
        replica.set_state("digest", head.digest)
        replica.set_state("epoch", str(head.epoch))
        feed.keep_witnesses(replica, witnesses)

    _add(changed, replica.apply({}, left, finish, force=True))
    return changed


def _other(replica: Replica, codec: TableCodec, rows: Rows, answered: set[tuple[str, UUID]]) -> Rows:
    """Of the server's rows those that the replica does not hold just so, and that no later answer has brought."""
    held = replica.rows(codec, [cast("bytes", row[0]) for row in rows])
    return [
        row
        for row in rows
        if held.get(row[0]) != row and (codec.name, UUID(bytes=cast("bytes", row[0]))) not in answered
    ]


def _add(changed: ChangedRows, more: ChangedRows) -> None:
    for table, ids in more.items():
        changed.setdefault(table, set()).update(ids)


def _nothing() -> None:
    """The cursor is stored with the last part alone."""
