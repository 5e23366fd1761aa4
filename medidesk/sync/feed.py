"""Down: the first sync, and the pulls that keep a replica current.

Every pull is one repeatable-read, read-only transaction, closed before the replica is written: no replica
transaction spans a network wait. Rows are selected as the user, under row-level security: one that is listed
and not returned has been deleted or has moved out of sight, and leaves the replica.
"""

import asyncio
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from medidesk.models.replica_type import Storage
from medidesk.sync import search_index
from medidesk.sync.codec import TableCodec, codecs
from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.cursor import Snapshot
from medidesk.sync.replica import ROWS_A_TRANSACTION, ChangedRows, Replica, replicated

PULL_SECONDS = 15.0
LOAD_SECONDS = 60.0  # for each part of a long copy, not for the whole
LIST_MOST = 10_000

_BEGIN = "begin isolation level repeatable read, read only"
_HEAD = "select digest, snapshot, epoch, greatest_xid, sending_paused, replay, oldest_client from pull_head()"
_LIST = "select tbl, row_id, xid::text from feed_since(%s::pg_snapshot)"
_WITNESSES = "select witnesses(%s::text[]::xid8[])"
WITNESSES_MOST = 20

type Paper = dict[str, Any]


@dataclass(frozen=True)
class Head:
    """What a pull reads first.

    Attributes:
        digest: of everything that decides what this user sees.
        snapshot: the transaction's own.
        epoch: the server's.
        greatest: the greatest transaction id of this epoch in the audit log; None when there is none.
        sending_paused: the server takes no operations until an administrator has acted.
        replay: the open replay, in which stations hand in their journals.
        oldest_client: the oldest schema of programs that it serves.
    """

    digest: str
    snapshot: Snapshot
    epoch: int
    greatest: int | None
    sending_paused: bool
    replay: UUID | None
    oldest_client: int

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
        witnesses: signed by the server, of the transactions that this shows (see `medidesk.sync.witness`).
    """

    head: Head
    rows: dict[str, list[tuple[Storage, ...]]]
    gone: ChangedRows
    cursor: Snapshot | None
    too_many: bool = False
    whole: bool = False
    witnesses: tuple[Paper, ...] = ()

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


def _head(row: tuple[Any, ...] | None) -> Head:
    if row is None:
        msg = "the server did not say where it is"
        raise TypeError(msg)
    digest, snapshot, epoch, greatest, *rest = row
    return Head(digest, Snapshot.parse(snapshot), epoch, None if greatest is None else int(greatest), *rest)


async def begin(connection: ServerConnection) -> tuple[Head, tuple[Paper, ...]]:
    """Begin a transaction that sees one state of the server; its head, and the witnesses of that state."""
    async with deadline(connection, PULL_SECONDS):
        await connection.execute(_BEGIN)
        head = _head(await (await connection.execute(_HEAD)).fetchone())
        found = await connection.execute(
            _WITNESSES, (latest([] if head.greatest is None else [head.greatest]),)
        )
        row = await found.fetchone()
    return head, tuple(row[0]) if row else ()


def latest(xids: Collection[int]) -> list[str]:
    """The transactions whose witnesses are asked for."""
    return [str(xid) for xid in sorted(set(xids), reverse=True)[:WITNESSES_MOST]]


def keep_witnesses(replica: Replica, papers: Collection[Paper]) -> None:
    """Store the witnesses of the last pull that brought something, within the caller's transaction."""
    if papers:
        replica.set_state("witnesses", json.dumps(list(papers)))


async def pull(connection: ServerConnection, cursor: Snapshot) -> Pulled:
    """One pull: what changed since the cursor, as the user sees it now."""
    async with deadline(connection, PULL_SECONDS):
        try:
            return await _pull(connection, cursor)
        except BaseException:
            if not connection.closed and connection.info.transaction_status:
                await connection.rollback()
            raise


async def _pull(connection: ServerConnection, cursor: Snapshot) -> Pulled:
    async with connection.pipeline():
        await connection.execute(_BEGIN)
        heads = await connection.execute(_HEAD)
        listed = await connection.execute(_LIST, (str(cursor),))
    head = _head(await heads.fetchone())
    changes = await listed.fetchall()
    wanted: dict[str, list[UUID]] = {}
    known = codecs()
    for table, row_id, _ in changes:
        if table in known:
            wanted.setdefault(table, []).append(row_id)
    too_many = len(changes) > LIST_MOST
    selects = {}
    shown = [int(xid) for _, _, xid in changes]
    witnesses = None
    async with connection.pipeline():
        if shown:
            witnesses = await connection.execute(_WITNESSES, (latest(shown),))
        if not too_many:
            for codec in replicated():
                if codec.name in wanted:
                    selects[codec.name] = await connection.execute(
                        select_rows(codec), (wanted[codec.name],), binary=True
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
    papers = await witnesses.fetchone() if witnesses is not None else None
    return Pulled(
        head,
        rows,
        gone,
        advance(cursor, head, shown),
        too_many,
        witnesses=tuple(papers[0]) if papers else (),
    )


def advance(cursor: Snapshot, head: Head, shown: list[int]) -> Snapshot | None:
    """The cursor after a pull: this snapshot, clamped to what the feed has ever shown. None: nothing was new."""
    if not shown:
        return None
    return head.snapshot.clamped(max(*shown, cursor.xmax - 1))


def select_rows(codec: TableCodec) -> str:
    """Rows by id, in storage form."""
    return f"select {codec.wire} from {codec.name} where id = any(%s)"


@dataclass
class FirstSync:
    """Fills a replica table by table from one snapshot; a cut is resumed at the next table.

    The cursor of the first part stays until all is there: what changed meanwhile comes with the next pull.

    Attributes:
        replica: to be filled.
        progress: called with table, rows done and rows expected.
    """

    replica: Replica
    progress: Callable[[str, int, int], None]

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
        await self._build()

    async def _copy_tables(self, connection: ServerConnection, missing: list[TableCodec]) -> None:
        head, witnesses = await begin(connection)
        async with deadline(connection, PULL_SECONDS):
            tables = await connection.execute(
                "select relname, greatest(reltuples, 0)::bigint from pg_class c "
                "where relnamespace = 'medidesk'::regnamespace and relkind = 'r' "
                "and has_table_privilege(c.oid, 'select')"
            )
            expected: dict[str, int] = dict(await tables.fetchall())
        if self.replica.state("cursor") is None:
            with self.replica.transaction():
                self.replica.set_state("cursor", str(head.cursor))
                self.replica.set_state("digest", head.digest)
                self.replica.set_state("epoch", str(head.epoch))
                keep_witnesses(self.replica, witnesses)
        for codec in missing:
            if codec.name in expected:
                await self._copy(connection, codec, int(expected[codec.name]))
            self.replica.mark_synced(codec.name)
        await connection.execute("commit")

    async def _copy(self, connection: ServerConnection, codec: TableCodec, expected: int) -> None:
        # In the order of the primary key: random order makes inserts into a large encrypted table ten times slower.
        query = f"copy (select {codec.wire} from {codec.name} order by id) to stdout (format binary)"
        rows: list[tuple[Storage, ...]] = []
        loaded = 0
        async with connection.cursor() as cursor, cursor.copy(query) as copy:
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

    async def _build(self) -> None:
        """Indexes and search text, once all rows are there."""
        if self.replica.state("built") is not None:
            return
        self.replica.make_indexes()
        total = self.replica.writer.execute("select count(*) from patient").fetchone()[0]
        for done in search_index.build(self.replica.writer):
            self.progress("search", done, total)
            await asyncio.sleep(0)
        self.replica.set_state("built", "1")


async def reconcile(connection: ServerConnection, replica: Replica) -> tuple[Pulled, int]:
    """Compare every replicated row with the server's and fetch only what differs.

    Returns:
        What differed, as a pull, and how many rows were compared.
    """
    rows: dict[str, list[tuple[Storage, ...]]] = {}
    gone: ChangedRows = {}
    compared = 0
    head, witnesses = await begin(connection)
    for codec in replicated():
        held = replica.versions(codec.name)
        theirs = await versions_seen(connection, codec)
        compared += len(theirs)
        differing = [UUID(bytes=key) for key, version in theirs.items() if held.get(key) != version]
        missing = {UUID(bytes=key) for key in held if key not in theirs}
        if missing:
            gone[codec.name] = missing
        for start in range(0, len(differing), ROWS_A_TRANSACTION):
            async with deadline(connection, LOAD_SECONDS):
                found = await connection.execute(
                    select_rows(codec), (differing[start : start + ROWS_A_TRANSACTION],), binary=True
                )
                rows.setdefault(codec.name, []).extend(codec.received(row) for row in await found.fetchall())
        await asyncio.sleep(0)
    await connection.execute("commit")
    return Pulled(head, rows, gone, head.cursor, whole=True, witnesses=witnesses), compared


async def versions_seen(connection: ServerConnection, codec: TableCodec) -> dict[bytes, int]:
    """The id and version of every row of a table that the user sees; none where they may not read it."""
    async with deadline(connection, LOAD_SECONDS):
        readable = await connection.execute(
            "select has_table_privilege(%s, 'select')", (f"medidesk.{codec.name}",)
        )
        if not (await readable.fetchone() or (False,))[0]:
            return {}
        versions = await connection.execute(f"select uuid_send(id), version from {codec.name}", binary=True)
        return dict(await versions.fetchall())
