"""Down: the pulls that keep a replica current; the first sync has a file of its own.

Every pull is one repeatable-read, read-only transaction, closed before the replica is written: no replica
transaction spans a network wait. Rows are selected as the user, under row-level security: one that is listed
and not returned has been deleted or has moved out of sight, and leaves the replica.
"""

import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import psycopg

from medidesk.models.decisions import Decision
from medidesk.models.replica_type import Storage
from medidesk.sync.codec import TableCodec, codecs
from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.cursor import Snapshot
from medidesk.sync.replica import ChangedRows, Replica, replicated
from medidesk.sync.scopes import Share

PULL_SECONDS = 15.0
LOAD_SECONDS = 60.0  # for each part of a long copy, not for the whole
LIST_MOST = 10_000
BELOW_THE_FLOOR = "MD020"

BEGIN = "begin isolation level repeatable read, read only"
_HEAD = "select digest, snapshot, epoch, greatest_xid, sending_paused, replay, oldest_client from pull_head()"
_HEAD_COLUMNS = 7
# Head and list in one: each statement is a message and a packet of its own. Without news one row of the head alone.
_NEWS = """
select digest, snapshot, epoch, greatest_xid, sending_paused, replay, oldest_client, tbl, row_id, xid::text
  from pull_head() left join feed_since(%s::pg_snapshot) on true
"""
_WITNESSES = "select witnesses(%s::text[]::xid8[])"
WITNESSES_MOST = 20

type Paper = dict[str, Any]


class FeedCutError(Exception):
    """The feed no longer reaches back to this station's cursor: every row must be compared."""


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
        decided: somebody has decided about refused or held work.
    """

    head: Head
    rows: dict[str, list[tuple[Storage, ...]]]
    gone: ChangedRows
    cursor: Snapshot | None
    too_many: bool = False
    whole: bool = False
    witnesses: tuple[Paper, ...] = ()
    decided: bool = False

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
    digest, snapshot, epoch, greatest, paused, replay, oldest = row
    if not (
        isinstance(digest, str)
        and isinstance(epoch, int)
        and isinstance(paused, bool)
        and isinstance(replay, UUID | None)
        and isinstance(oldest, int)
    ):
        raise TypeError("the server says where it is in another form")
    greatest = None if greatest is None else int(greatest)
    return Head(digest, Snapshot.parse(snapshot), epoch, greatest, paused, replay, oldest)


async def begin(connection: ServerConnection) -> tuple[Head, tuple[Paper, ...]]:
    """Begin a transaction that sees one state of the server; its head, and the witnesses of that state."""
    async with deadline(connection, PULL_SECONDS):
        await connection.execute(BEGIN)
        head = _head(await (await connection.execute(_HEAD)).fetchone())
        found = await connection.execute(
            _WITNESSES, (latest([] if head.greatest is None else [head.greatest]),)
        )
        row = await found.fetchone()
    return head, checked_papers(row[0]) if row else ()


def checked_papers(said: Any) -> tuple[Paper, ...]:
    """Witnesses as the server tells them: they are kept, and shown to it at each connect.

    Raises:
        ValueError, TypeError, LookupError: they are of another form.
    """
    for paper in said:
        UUID(paper["server"]), UUID(paper["nonce"])
        for name, kind, most in (("epoch", int, 2**31), ("seq", int, 2**63), ("xid", str, 2**63)):
            if not isinstance(paper[name], kind) or not 0 <= int(paper[name]) < most:
                raise ValueError(name)
    return tuple(said)


def latest(xids: Collection[int]) -> list[str]:
    """The transactions whose witnesses are asked for."""
    return [str(xid) for xid in sorted(set(xids), reverse=True)[:WITNESSES_MOST]]


def keep_witnesses(replica: Replica, papers: Collection[Paper]) -> None:
    """Store the witnesses of the last pull that brought something, within the caller's transaction."""
    if papers:
        replica.set_state("witnesses", json.dumps(list(papers)))


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
    head = _head(news[0][:_HEAD_COLUMNS] if news else None)
    changes = [row[_HEAD_COLUMNS:] for row in news if row[_HEAD_COLUMNS] is not None]
    wanted: dict[str, list[UUID]] = {}
    known = codecs()
    for table, row_id, _ in changes:
        if table in known:
            wanted.setdefault(table, []).append(row_id)
    too_many = len(changes) > LIST_MOST
    selects = {}
    shown = [int(xid) for _, _, xid in changes]
    witnesses = None
    async with _round_trip(connection):
        if shown:
            witnesses = await connection.execute(_WITNESSES, (latest(shown),))
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
    papers = await witnesses.fetchone() if witnesses is not None else None
    return Pulled(
        head,
        rows,
        gone,
        advance(cursor, head, shown),
        too_many,
        witnesses=checked_papers(papers[0]) if papers else (),
        decided=Decision.__tablename__ in wanted,
    )


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


async def versions_seen(connection: ServerConnection, codec: TableCodec, share: Share) -> dict[bytes, int]:
    """The id and version of every row of a table that the user sees and the station is to hold."""
    held, parameters = share.condition(codec)
    async with deadline(connection, LOAD_SECONDS):
        if codec.name not in await readable(connection):
            return {}
        query = f"select uuid_send(id), version from {codec.name} where {held}"
        return dict(await (await connection.execute(query, parameters, binary=True)).fetchall())
