"""The audit trail's seals: made by the server each day, and checked here row by row.

Each seal is a digest of the audit rows between two transaction ids of one epoch, and of the seal before it. Who
administers the server can rewrite rows and seals alike, but not the seals that stations and backups have kept: a
rewritten past has another chain. The digests are made again on this side, of words that nothing but PostgreSQL's
own functions make; ours could have been changed with the rows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString, Self

import psycopg

from medidesk.words import counted, tr

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
_UNSEALED: LiteralString = """
select count(*), min(a.at) from medidesk.audit_log a
 where not exists (select from medidesk.audit_seal s
                    where s.epoch = a.epoch and a.xid >= s.from_xid and a.xid < s.upto)
"""


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


@dataclass(frozen=True)
class Fault:
    """Something about a seal that is not as it was.

    Attributes:
        number: the seal's.
        sealed_at: when it was made.
        kind: "rows" (audit rows were changed, added or removed), "chain" (the seal itself, or one before it, was)
            or "kept" (the seal is not the one that was kept elsewhere).
    """

    number: int
    sealed_at: str
    kind: str


@dataclass(frozen=True)
class Verified:
    """What a check of the whole trail found.

    Attributes:
        seals, rows: how many were checked.
        last: when the last seal was made; None where there is none.
        unsealed: audit rows that no seal covers yet.
        unsealed_since: the oldest of these.
        kept: seals kept elsewhere that were compared.
        faults: what is not as it was, oldest seal first.
    """

    seals: int
    rows: int
    last: datetime | None
    unsealed: int
    unsealed_since: datetime | None
    kept: int
    faults: tuple[Fault, ...]


def seal(connection: psycopg.Connection) -> int:
    """Seal what has been committed since the last seal; returns how many seals that took.

    Args:
        connection: one that may write (`migrate.connect`), a superuser's or an administrator's.
    """
    row = connection.execute("select medidesk.seal_audit()").fetchone()
    return 0 if row is None else int(row[0])


def known(connection: psycopg.Connection) -> list[Kept]:
    """Every seal there is, to be kept elsewhere; over a superuser's connection."""
    return [
        Kept(one[0], one[1], one[7].hex(), one[8].isoformat())
        for one in connection.execute(_SEALS).fetchall()
    ]


def verify(connection: psycopg.Connection, kept: Iterable[Kept] = ()) -> Verified:
    """Check every seal against the rows that it covers, the seal before it, and what was kept elsewhere.

    Args:
        connection: a superuser's: audit rows are nobody's to read.
        kept: seals from stations and backups.
    """
    with connection.transaction():
        # One state of everything: what is sealed meanwhile is not missing here.
        connection.execute("set transaction isolation level repeatable read, read only")
        seals = connection.execute(_SEALS).fetchall()
        unsealed = connection.execute(_UNSEALED).fetchone()
        faults = list(_broken(connection, seals))
    known = {int(one[0]): one[7].hex() for one in seals}
    compared = list(kept)
    faults += [
        Fault(one.number, one.sealed_at, "kept") for one in compared if known.get(one.number) != one.hash
    ]
    return Verified(
        seals=len(seals),
        rows=sum(int(one[4]) for one in seals),
        last=seals[-1][8] if seals else None,
        unsealed=0 if unsealed is None else int(unsealed[0]),
        unsealed_since=None if unsealed is None else unsealed[1],
        kept=len(compared),
        faults=tuple(sorted(set(faults), key=lambda fault: fault.number)),
    )


def _broken(connection: psycopg.Connection, seals: Sequence[tuple[Any, ...]]) -> Iterator[Fault]:
    before, wanted = b"", 1
    for number, epoch, start, upto, rows, digest, previous, own, sealed_at, words in seals:
        whole = hashlib.sha256(before + words.encode()).digest() == own
        if number != wanted or previous != before or not whole:
            yield Fault(number, sealed_at.isoformat(), "chain")
        if (rows, digest) != _digest(connection, epoch, start, upto):
            yield Fault(number, sealed_at.isoformat(), "rows")
        before, wanted = own, number + 1


def _digest(connection: psycopg.Connection, epoch: int, start: str, upto: str) -> tuple[int, bytes]:
    """How many rows there are, and their digest; they pass through one at a time, however many they are."""
    total, count = hashlib.sha256(), 0
    with connection.cursor() as cursor:
        for (words,) in cursor.stream(_ROWS, (epoch, start, upto)):
            total.update(hashlib.sha256(words.encode()).digest())
            count += 1
    return count, total.digest()


def lines(found: Verified) -> Iterator[str]:
    """What was found, line by line, for people."""
    if found.seals:
        yield tr(
            "{changes} under {seals}, the last of {last}.",
            changes=counted(found.rows, "{count} change", "{count} changes"),
            seals=counted(found.seals, "{count} seal", "{count} seals"),
            last=f"{found.last:%d.%m.%Y %H:%M} UTC",
        )
    else:
        yield tr("Nothing has been sealed yet.")
    if found.unsealed:
        yield tr(
            "Not sealed yet: {changes} since {since}.",
            changes=counted(found.unsealed, "{count} change", "{count} changes"),
            since=f"{found.unsealed_since:%d.%m.%Y %H:%M} UTC",
        )
    if found.kept:
        yield counted(
            found.kept,
            "{count} seal that was kept elsewhere was compared.",
            "{count} seals that were kept elsewhere were compared.",
        )
    for fault in found.faults:
        yield tr(
            "Seal {number} of {sealed_at}: {what}.",
            number=fault.number,
            sealed_at=fault.sealed_at[:16].replace("T", " "),
            what=tr(KINDS[fault.kind]),
        )
    if found.faults:
        yield tr("The audit trail is not as it was sealed.")
    elif found.seals:
        yield tr("The audit trail is as it was sealed.")


KINDS: Mapping[str, str] = {
    "rows": "changes under it were altered, added or removed",
    "chain": "the seal itself, or the one before it, was altered or removed",
    "kept": "another one was kept elsewhere. After a restore that may be so; otherwise the past was rewritten",
}
