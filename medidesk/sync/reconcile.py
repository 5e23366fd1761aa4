"""Comparing everything a station holds with the server, and fetching only what differs.

Rows are put into buckets by the last bits of their ids, which are random in a UUIDv7. Station and server each take
the digest of a bucket: md5 over the ids and versions in it, in the order of the ids. Where digests agree, the rows
do; buckets that differ are parted once more where they hold many rows, and only then compared row by row.

Compared is the server's row, not the overlay that people see: where work waits, the one kept beside it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any
from uuid import UUID

from medidesk.models.replica_type import Storage
from medidesk.sync.codec import TableCodec
from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.cursor import Snapshot
from medidesk.sync.feed import (
    LOAD_SECONDS,
    Pulled,
    begin,
    readable,
    select_rows,
)
from medidesk.sync.replica import ROWS_A_TRANSACTION, ChangedRows, Replica, replicated
from medidesk.sync.scopes import Share

_LIST = "select tbl, row_id, xid::text from feed_since(%s::pg_snapshot)"

# 256 digests a table, of about 400 rows each in a table of 100,000; sixteen times as many where much differs.
COARSE_BITS = 8
FINE_BITS = 12
# Buckets that differ are parted once more when they hold more rows than this between them.
PARTED_OVER = 2_000

_ID_BYTES = 16
_RECORD_BYTES = _ID_BYTES + 4
_VERSIONS = 2**32
_ROWS_A_PAGE = 2_000

# The version of the server's own row: the one kept beside an overlay, or a row that is not the station's alone (0).
_HELD = """
select id, version from {table}__server where id > ?1
union all
select id, version from {table} where id > ?1 and version > 0 and id not in (select id from {table}__server)
order by id limit ?2
"""

type Buckets = dict[int, bytearray]
type Versions = dict[bytes, int]


@dataclass(frozen=True)
class Compared:
    """How a comparison went.

    Attributes:
        rows: how many the server shows, all of them compared, by digest or one by one.
        singly: how many of them were compared one by one.
        news: rows written since the cursor: that they differ means nothing.
    """

    rows: int
    singly: int
    news: frozenset[tuple[str, UUID]] = frozenset()


async def reconcile(
    connection: ServerConnection, replica: Replica, share: Share, since: Snapshot | None = None
) -> tuple[Pulled, Compared]:
    """Compare every row of this station's share with the server's, in one snapshot.

    Args:
        connection: of the person whose replica it is.
        replica: whose rows are compared; nothing is written to it.
        share: what of each table it is to hold.
        since: list what was written since this cursor.

    Returns:
        What differs, as a pull that holds whatever the replica has; and how the comparison went.
    """
    head, witnesses = await begin(connection)
    async with deadline(connection, LOAD_SECONDS):
        listed = None if since is None else await connection.execute(_LIST, (str(since),))
        tables = await readable(connection)
        news = (
            frozenset() if listed is None else frozenset((row[0], row[1]) for row in await listed.fetchall())
        )
    rows: dict[str, list[tuple[Storage, ...]]] = {}
    gone: ChangedRows = {}
    total = singly = 0
    for codec in replicated():
        held = await _held(replica, codec)
        table = _Table(connection, codec, share)
        theirs, ours = await table.differing(held) if codec.name in tables else ({}, _versions(held))
        total, singly = total + table.rows, singly + len(theirs)
        wanted = [UUID(bytes=key) for key, version in theirs.items() if ours.get(key) != version]
        if wanted:
            rows[codec.name] = await table.fetch(wanted)
        if missing := {UUID(bytes=key) for key in ours if key not in theirs}:
            gone[codec.name] = missing
    await connection.execute("commit")
    pulled = Pulled(head, rows, gone, head.cursor, whole=True, witnesses=witnesses)
    return pulled, Compared(total, singly, news)


@dataclass
class _Table:
    """One table at the server, as this person sees it and as far as this station holds it."""

    connection: ServerConnection
    codec: TableCodec
    share: Share
    rows: int = 0

    async def differing(self, held: Buckets) -> tuple[Versions, Versions]:
        """The versions, at the server and here, of the rows in buckets that differ."""
        digests = await self._digests(COARSE_BITS)
        self.rows = sum(count for _, count in digests.values())
        bits, buckets = COARSE_BITS, _differing(held, digests)
        if sum(digests[one][1] for one in buckets if one in digests) > PARTED_OVER:
            digests = await self._digests(FINE_BITS, within=buckets)
            held = _parted({one: held[one] for one in buckets if one in held}, FINE_BITS)
            bits, buckets = FINE_BITS, _differing(held, digests)
        if not buckets:
            return {}, {}
        ours = _versions({one: held[one] for one in buckets if one in held})
        found = await self._select("uuid_send(id), version", bits, buckets)
        return dict(found), ours

    async def _digests(self, bits: int, within: list[int] | None = None) -> dict[int, tuple[bytes, int]]:
        """The digest of each bucket and how many rows it holds; of all buckets, or of those within coarser ones."""
        what = (
            f"{_bucket(bits)} as bucket, "
            "decode(md5(string_agg(uuid_send(id) || int4send(version), '' order by id)), 'hex'), count(*)"
        )
        found = await self._select(what, COARSE_BITS, within, "group by bucket")
        return {bucket: (digest, count) for bucket, digest, count in found}

    async def _select(self, what: str, bits: int, buckets: list[int] | None, more: str = "") -> list[Any]:
        held, parameters = self.share.condition(self.codec)
        if buckets is not None:
            held, parameters = f"{held} and {_bucket(bits)} = any(%s)", [*parameters, buckets]
        query = f"select {what} from {self.codec.name} where {held} {more}"
        async with deadline(self.connection, LOAD_SECONDS):
            found = await self.connection.execute(query, parameters, binary=True)
            return await found.fetchall()

    async def fetch(self, ids: list[UUID]) -> list[tuple[Storage, ...]]:
        """These rows, in storage form."""
        rows: list[tuple[Storage, ...]] = []
        for start in range(0, len(ids), ROWS_A_TRANSACTION):
            async with deadline(self.connection, LOAD_SECONDS):
                some = ids[start : start + ROWS_A_TRANSACTION]
                found = await self.connection.execute(select_rows(self.codec), (some,), binary=True)
                rows += [self.codec.received(row) for row in await found.fetchall()]
            await asyncio.sleep(0)
        return rows


def _bucket(bits: int) -> str:
    """A row's bucket on PostgreSQL; `_bucket_of` is the same here. A fine bucket lies within one coarse one."""
    return f"((get_byte(uuid_send(id), 14) << 8 | get_byte(uuid_send(id), 15)) & {(1 << bits) - 1})"


def _bucket_of(key: bytes, bits: int) -> int:
    return (key[14] << 8 | key[15]) & ((1 << bits) - 1)


async def _held(replica: Replica, codec: TableCodec) -> Buckets:
    """Ids and versions here, in the order of ids, by coarse bucket: twenty bytes a row."""
    buckets: Buckets = {}
    async for rows in _pages(replica, codec):
        for key, version in rows:
            # A version that no server gives (damage is what this looks for) fits in as well, and differs.
            record = key + (version % _VERSIONS).to_bytes(_RECORD_BYTES - _ID_BYTES)
            buckets.setdefault(_bucket_of(key, COARSE_BITS), bytearray()).extend(record)
    return buckets


async def _pages(replica: Replica, codec: TableCodec) -> AsyncIterator[list[tuple[bytes, int]]]:
    """The rows held, some at a time, so that verbs and answers get their turn between them."""
    query, last = _HELD.format(table=codec.name), b""
    while rows := replica.writer.execute(query, (last, _ROWS_A_PAGE)).fetchall():
        yield rows
        last = rows[-1][0]
        await asyncio.sleep(0)


def _parted(coarse: Buckets, bits: int) -> Buckets:
    fine: Buckets = {}
    for records in coarse.values():
        for at in range(0, len(records), _RECORD_BYTES):
            record = bytes(records[at : at + _RECORD_BYTES])
            fine.setdefault(_bucket_of(record, bits), bytearray()).extend(record)
    return fine


def _differing(held: Buckets, theirs: Mapping[int, tuple[bytes, int]]) -> list[int]:
    """The buckets whose digests are not the same on both sides."""
    return [
        bucket
        for bucket in held.keys() | theirs.keys()
        if bucket not in held
        or bucket not in theirs
        or md5(held[bucket], usedforsecurity=False).digest() != theirs[bucket][0]
    ]


def _versions(held: Buckets) -> Versions:
    return {
        bytes(records[at : at + _ID_BYTES]): int.from_bytes(records[at + _ID_BYTES : at + _RECORD_BYTES])
        for records in held.values()
        for at in range(0, len(records), _RECORD_BYTES)
    }
