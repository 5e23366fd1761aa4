"""The audit trail's seals: made by the server each day, and kept elsewhere.

Each seal is a digest of the audit rows between two transaction ids of one epoch, and of the seal before it. Who
administers the server can rewrite rows and seals alike, but not the seals that stations and backups have kept: a
rewritten past has another chain.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple, Self

import psycopg

# As `sealed_words` in schema/seals.sql.
_ROWS: LiteralString = """
select jsonb_build_array(a.epoch, a.xid::text, a.seq, a.nonce, a.tbl, a.row_id, a.org_id, a.action, a.changes,
                         a.login, a.address, a.station, a.op_id,
                         to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), a.attested_by)::text
  from medidesk.audit_log a
 where a.epoch = %s and a.xid >= %s::xid8 and a.xid < %s::xid8
 order by a.xid, a.seq
"""
_SEALS: LiteralString = """
select number, epoch, from_xid::text, upto::text, rows, digest, previous, hash, sealed_at,
       jsonb_build_array(number, epoch, from_xid::text, upto::text, rows, encode(digest, 'hex'),
                         to_char(sealed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS'))::text
  from medidesk.audit_seal order by number
"""


class Sealed(NamedTuple):
    """A seal as the server has it.

    Attributes:
        number, epoch: which.
        start, upto: the transaction ids that it covers, from one until before the other.
        rows, digest: how many rows it covers, and their digest.
        previous, own: the hash of the seal before it, and its own.
        sealed_at: when.
        words: what its hash is made of, with the one before it.
    """

    number: int
    epoch: int
    start: str
    upto: str
    rows: int
    digest: bytes
    previous: bytes
    own: bytes
    sealed_at: datetime
    words: str

    def follows(self, before: "Sealed | None") -> bool:
        """Whether it is the next one after a seal, or the first one, and is itself as it was made."""
        previous, number = (b"", 0) if before is None else (before.own, before.number)
        made = hashlib.sha256(previous + self.words.encode()).digest()
        return self.number == number + 1 and self.previous == previous and made == self.own


@dataclass(frozen=True, order=True)
class Kept:
    """A seal as a station or a backup has kept it.

    Attributes:
        number, epoch: which.
        hash: in hexadecimal digits.
        sealed_at: when, ISO 8601.
    """

    number: int
    epoch: int
    hash: str
    sealed_at: str

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """As `audit_seals` and the files tell it.

        Raises:
            ValueError: it is no seal.
        """
        try:
            return cls(int(said["number"]), int(said["epoch"]), str(said["hash"]), str(said["sealed_at"]))
        except (KeyError, TypeError) as error:
            raise ValueError("no seal") from error


def file_of(server: str, seals: Iterable[Kept]) -> str:
    """What is written into a file of seals; `server` is the id of the server that made them."""
    return json.dumps({"server": server, "seals": [asdict(one) for one in sorted(seals)]}, indent=1) + "\n"


def read(text: str) -> frozenset[Kept]:
    """The seals of such a file.

    Raises:
        ValueError: it is no such file.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or not isinstance(found.get("seals"), list):
        raise ValueError("no list of seals")  # noqa: TRY004 (of a file, not of an argument)
    return frozenset(Kept.from_json(one) for one in found["seals"])


def seal(connection: psycopg.Connection) -> int:
    """Seal what has been committed since the last seal; returns how many seals that took.

    Args:
        connection: one that may write (`migrate.connect`), a superuser's or an administrator's.
    """
    row = connection.execute("select medidesk.seal_audit()").fetchone()
    return 0 if row is None else int(row[0])


def every(connection: psycopg.Connection) -> list[Sealed]:
    """Every seal there is, the oldest first; over a superuser's connection."""
    return [Sealed(*one) for one in connection.execute(_SEALS).fetchall()]


def known(connection: psycopg.Connection) -> list[Kept]:
    """The same, to be kept elsewhere."""
    return [
        Kept(one.number, one.epoch, one.own.hex(), one.sealed_at.isoformat()) for one in every(connection)
    ]


def rows(connection: psycopg.Connection, of: Sealed) -> Iterator[str]:
    """The rows under a seal as they are sealed; they pass through one at a time, however many they are."""
    with connection.cursor() as cursor:
        for (words,) in cursor.stream(_ROWS, (of.epoch, of.start, of.upto)):
            yield words


def fits(connection: psycopg.Connection, seal: Sealed) -> bool:
    """Whether the rows that are there are the ones it was made of.

    The digest is made again on this side, of words that nothing but PostgreSQL's own functions make; ours could
    have been changed with the rows.
    """
    total, count = hashlib.sha256(), 0
    for words in rows(connection, seal):
        total.update(hashlib.sha256(words.encode()).digest())
        count += 1
    return (count, total.digest()) == (seal.rows, seal.digest)
