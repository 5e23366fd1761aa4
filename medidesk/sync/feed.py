"""Down: the first sync, and the pulls that keep a replica current.

Every pull is one repeatable-read, read-only transaction, closed before the replica is written: no replica
transaction spans a network wait. Rows are selected as the user, under row-level security: one that is listed
and not returned has been deleted or has moved out of sight, and leaves the replica.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import psycopg

from medidesk.models.replica_type import Storage
from medidesk.sync import search_index
from medidesk.sync.codec import TableCodec, codecs
from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.cursor import Snapshot
from medidesk.sync.replica import ROWS_A_TRANSACTION, ChangedRows, Replica, replicated
from medidesk.sync.scopes import Share

PULL_SECONDS = 15.0
LOAD_SECONDS = 60.0  # for each part of a long copy, not for the whole
LIST_MOST = 10_000
BELOW_THE_FLOOR = "MD020"

BEGIN = "begin isolation level repeatable read, read only"
HEAD = "select digest, snapshot, epoch, greatest_xid from pull_head()"
# Head and list in one: each statement is a message and a packet of its own. Without news one row of the head alone.
_NEWS = """
select digest, snapshot, epoch, greatest_xid, tbl, row_id, xid::text
  from pull_head() left join feed_since(%s::pg_snapshot) on true
"""


class FeedCutError(Exception):
    """The feed no longer reaches back to this station's cursor: every row must be compared."""


@dataclass(frozen=True)
class Head:
    """What a pull reads first.

    Attributes:
        digest: of everything that decides what this user sees.
        snapshot: the transaction's own.
        epoch: the server's.
        greatest: the greatest transaction id in the audit log; None when it is empty.
    """

    digest: str
    snapshot: Snapshot
    epoch: int
    greatest: int | None

    @property
    def cursor(self) -> Snapshot:
        """Where a station goes on from that holds everything of this snapshot."""
        return Snapshot(1, 1) if self.greatest is None else self.snapshot.clamped(self.greatest)


@dataclass(frozen=True)
class Pulled:
    """What one pull brought.

    Attributes:
        head: the state of the server it saw.
        rows: rows as the user sees them, by table, in storage form.
        gone: listed rows that the user does not see.
        cursor: where to go on from; None when nothing was new.
        too_many: the list was too long to fetch row by row: reconcile instead.
        whole: everything was compared, so the server's rows stand whatever was held.
    """

    head: Head
    rows: dict[str, list[tuple[Storage, ...]]]
    gone: ChangedRows
    cursor: Snapshot | None
    too_many: bool = False
    whole: bool = False

    def without(self, answered: Collection[tuple[str, UUID]]) -> "Pulled":
        """The same but for some rows, by table and id."""
        if not answered:
            return self
        return replace(
            self,
            rows={
                table: [row for row in rows if (table, UUID(bytes=cast("bytes", row[0]))) not in answered]
                for table, rows in self.rows.items()
            },
            gone={
                table: {one for one in ids if (table, one) not in answered}
                for table, ids in self.gone.items()
            },
        )


def head_of(row: tuple[Any, ...] | None) -> Head:
    """The answer of `HEAD`."""
    if row is None:
        msg = "the server did not say where it is"
        raise TypeError(msg)
    digest, snapshot, epoch, greatest = row
    return Head(digest, Snapshot.parse(snapshot), epoch, None if greatest is None else int(greatest))


async def pull(connection: ServerConnection, cursor: Snapshot, share: Share) -> Pulled:
    """One pull: what changed since the cursor, as the user sees it now, as far as this station holds it.

    Raises:
        FeedCutError: the feed has been cut since.
        psycopg.Error: the connection was lost.
    """
    async with deadline(connection, PULL_SECONDS):
        try:
            return await _pull(connection, cursor, share)
        except BaseException as error:
            if not connection.closed and connection.info.transaction_status:
                await connection.rollback()
            if getattr(error, "sqlstate", None) == BELOW_THE_FLOOR:
                raise FeedCutError from error
            raise


@asynccontextmanager
async def _round_trip(connection: ServerConnection) -> AsyncIterator[None]:
    """Statements that are sent together.

    A connection that is cut in the block (we do it ourselves when a station closes) fails the pipeline's own end as
    well. Its end is left to say so: beside an error of the block psycopg would log it, to a person's terminal.
    """
    lost: psycopg.OperationalError | None = None
    async with connection.pipeline():
        try:
            yield
        except psycopg.OperationalError as error:
            lost = error
    if lost is not None:
        raise lost


async def _pull(connection: ServerConnection, cursor: Snapshot, share: Share) -> Pulled:
    async with _round_trip(connection):
        await connection.execute(BEGIN)
        asked = await connection.execute(_NEWS, (str(cursor),))
    news = await asked.fetchall()
    head = head_of(news[0][:4] if news else None)
    changes = [row[4:] for row in news if row[4] is not None]
    wanted: dict[str, list[UUID]] = {}
    known = codecs()
    for table, row_id, _ in changes:
        if table in known:
            wanted.setdefault(table, []).append(row_id)
    too_many = len(changes) > LIST_MOST
    selects = {}
    async with _round_trip(connection):
        if not too_many:
            for codec in replicated():
                if codec.name in wanted:
                    held, parameters = share.condition(codec)
                    selects[codec.name] = await connection.execute(
                        f"{select_rows(codec)} and {held}", (wanted[codec.name], *parameters), binary=True
                    )
        await connection.execute("commit")
    rows: dict[str, list[tuple[Storage, ...]]] = {}
    gone: ChangedRows = {}
    for table, found in selects.items():
        rows[table] = [known[table].received(row) for row in await found.fetchall()]
        seen = {UUID(bytes=cast("bytes", row[0])) for row in rows[table]}
        missing = {row_id for row_id in wanted[table] if row_id not in seen}
        if missing:
            gone[table] = missing
    return Pulled(head, rows, gone, advance(cursor, head, [int(xid) for _, _, xid in changes]), too_many)


def advance(cursor: Snapshot, head: Head, shown: list[int]) -> Snapshot | None:
    """The cursor after a pull: this snapshot, clamped to what the feed has ever shown. None: nothing was new."""
    if not shown:
        return None
    return head.snapshot.clamped(max(*shown, cursor.xmax - 1))


def select_rows(codec: TableCodec) -> str:
    """Rows by id, in storage form."""
    return f"select {codec.wire} from {codec.name} where id = any(%s)"


async def readable(connection: ServerConnection) -> dict[str, int]:
    """The tables that this person may read, each with about how many rows it has."""
    tables = await connection.execute(
        "select relname, greatest(reltuples, 0)::bigint from pg_class c "
        "where relnamespace = 'medidesk'::regnamespace and relkind = 'r' and has_table_privilege(c.oid, 'select')"
    )
    return {name: int(rows) for name, rows in await tables.fetchall()}


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
        async with deadline(connection, PULL_SECONDS):
            await connection.execute(BEGIN)
            head = head_of(await (await connection.execute(HEAD)).fetchone())
            expected = await readable(connection)
        if self.replica.state("cursor") is None:
            with self.replica.transaction():
                self.replica.set_state("cursor", str(head.cursor))
                self.replica.set_state("digest", head.digest)
                self.replica.set_state("epoch", str(head.epoch))
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
