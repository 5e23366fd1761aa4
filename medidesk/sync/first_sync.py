"""Down: the first sync, which fills a replica with what its user may see."""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from medidesk.models.replica_type import Storage
from medidesk.sync import search_index
from medidesk.sync.codec import TableCodec
from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.feed import LOAD_SECONDS, PULL_SECONDS, begin, keep_witnesses, readable
from medidesk.sync.replica import ROWS_A_TRANSACTION, Replica, replicated
from medidesk.sync.scopes import Share


@dataclass
class FirstSync:
    """Fills a replica table by table from one snapshot; a cut is resumed at the next table.

    The cursor of the first part stays until all is there: what changed meanwhile comes with the next pull. A table
    gets its indexes as soon as its rows are there, and patients their search text, so that the screens are quick
    over what has come while the rest still comes.

    Attributes:
        replica: to be filled.
        share: what of each table it is to hold.
        progress: called with table, rows done and rows expected.
        arrived: called when a table is there, whole.
    """

    replica: Replica
    share: Share
    progress: Callable[[str, int, int], None]
    arrived: Callable[[], None]

    async def run(self, connection: ServerConnection) -> None:
        """Fill what is missing.

        Raises:
            psycopg.Error: the connection was lost; what has been filled stays.
        """
        done = self.replica.synced_tables()
        missing = [codec for codec in replicated() if codec.name not in done]
        if missing:
            if not done:
                self.replica.drop_indexes()
            await self._copy_tables(connection, missing)
        await self._finish(connection)

    async def _copy_tables(self, connection: ServerConnection, missing: list[TableCodec]) -> None:
        head, witnesses = await begin(connection)
        async with deadline(connection, PULL_SECONDS):
            expected = await readable(connection)
        if self.replica.state("cursor") is None:
            with self.replica.transaction():
                self.replica.set_state("cursor", str(head.cursor))
                self.replica.set_state("digest", head.digest)
                self.replica.set_state("epoch", str(head.epoch))
                keep_witnesses(self.replica, witnesses)
        for codec in missing:
            if codec.name in expected:
                await self._copy(connection, codec, expected[codec.name])
            self.replica.make_indexes(codec.name)
            self.replica.mark_synced(codec.name)
            await self._make_searchable(connection)
            self.arrived()
        await connection.execute("commit")

    async def _copy(self, connection: ServerConnection, codec: TableCodec, expected: int) -> None:
        # In the order of the primary key: random order makes inserts into a large encrypted table ten times slower.
        held, parameters = self.share.condition(codec)
        rows_held = f"select {codec.wire} from {codec.name} where {held} order by id"
        query = f"copy ({rows_held}) to stdout (format binary)"
        rows: list[tuple[Storage, ...]] = []
        loaded = 0
        async with connection.cursor() as cursor, cursor.copy(query, parameters) as copy:
            copy.set_types(codec.wire_types)
            while True:
                async with deadline(connection, LOAD_SECONDS):
                    row = await copy.read_row()
                if row is not None:
                    rows.append(codec.received(row))
                if row is None or len(rows) == ROWS_A_TRANSACTION:
                    self.replica.load(codec, rows)
                    loaded += len(rows)
                    rows = []
                    self.progress(codec.name, loaded, max(expected, loaded))
                    await asyncio.sleep(0)  # verbs and waiting work get their turn
                if row is None:
                    return

    async def _make_searchable(self, connection: ServerConnection) -> None:
        """Search text, once the rows it is made of are there."""
        replica = self.replica
        if replica.state("searchable") is not None or not replica.synced_tables() >= search_index.TABLES:
            return
        total = replica.writer.execute("select count(*) from patient").fetchone()[0]
        for done in search_index.build(replica.writer):
            self.progress("search", done, total)
            if connection.info.transaction_status:  # the server ends a transaction that says nothing for long
                async with deadline(connection, PULL_SECONDS):
                    await connection.execute("select 1")
            await asyncio.sleep(0)
        replica.set_state("searchable", "1")

    async def _finish(self, connection: ServerConnection) -> None:
        """What a part that was cut may have left undone."""
        if self.replica.state("built") is not None:
            return
        self.replica.make_indexes()
        await self._make_searchable(connection)
        self.replica.set_state("built", dt.datetime.now(dt.UTC).isoformat())
