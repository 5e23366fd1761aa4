"""Whether the audit trail is as it was sealed: every row, in the database and in the archives, and every seal."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg

from medidesk.server import archive_file, archive_list, seals
from medidesk.server.archive_list import Archive
from medidesk.server.seals import Kept, Sealed
from medidesk.words import counted, tr

_OLDEST: LiteralString = """
select min(a.at) from medidesk.audit_log a where a.epoch = %s and a.xid >= %s::xid8 and a.xid < %s::xid8
"""
_UNSEALED: LiteralString = """
select count(*), min(a.at) from medidesk.audit_log a
 where not exists (select from medidesk.audit_seal s
                    where s.epoch = a.epoch and a.xid >= s.from_xid and a.xid < s.upto)
"""


_LONGEST = timedelta(days=2)
"""Longer than any transaction goes on, and than a clock is set back."""


@dataclass(frozen=True)
class Fault:
    """Something about a seal that is not as it was.

    Attributes:
        number: the seal's.
        sealed_at: when it was made.
        kind: "rows" (audit rows were changed, added or removed, in the database or in its archive), "chain" (the
            seal itself, or one before it, was), "kept" (the seal is not the one that was kept elsewhere) or "file"
            (its archive is another file than was written, and its changes are as they were).
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
        archived: seals whose rows lie in archives that were looked at.
        unseen: seals whose rows lie in archives that were not.
        unseen_files: what these are called.
        backdated: seals with changes of a time long before the seal before them.
        faults: what is not as it was, oldest seal first.
    """

    seals: int
    rows: int
    last: datetime | None
    unsealed: int
    unsealed_since: datetime | None
    kept: int
    archived: int
    unseen: int
    unseen_files: tuple[str, ...]
    backdated: tuple[int, ...]
    faults: tuple[Fault, ...]


def verify(
    connection: psycopg.Connection,
    kept: Iterable[Kept] = (),
    files: Collection[Path] = (),
    folder: Path | None = None,
) -> Verified:
    """Check every seal against the rows that it covers, the seal before it, and what was kept elsewhere.

    Args:
        connection: a superuser's: audit rows are nobody's to read.
        kept: seals from stations and backups.
        files: archives in which rows lie that are not in the database any more.
        folder: where those that are not among `files` are looked for.

    Raises:
        MediDeskError: one of the files is no archive of this server's.
    """
    with connection.transaction():
        # One state of everything: what is sealed meanwhile is not missing here.
        connection.execute("set transaction isolation level repeatable read, read only")
        # Functions and operators of ours, of PostgreSQL's names, would be taken before its own.
        connection.execute("set local search_path = pg_catalog")
        sealed = seals.every(connection)
        unsealed = connection.execute(_UNSEALED).fetchone()
        written = archive_list.known(connection)
        looked_at = archive_list.paths(connection, written, files, folder)
        gone = {number for one in written for number in range(one.first, one.last + 1)}
        faults = list(_broken(connection, sealed, gone))
        backdated = tuple(_backdated(connection, sealed))
        for one, path in looked_at.items():
            faults += _broken_file(connection, one, path, sealed)
    known = {one.number: one.own.hex() for one in sealed}
    compared = list(kept)
    faults += [
        Fault(one.number, one.sealed_at, "kept") for one in compared if known.get(one.number) != one.hash
    ]
    unseen = [one for one in written if one not in looked_at]
    return Verified(
        seals=len(sealed),
        rows=sum(one.rows for one in sealed),
        last=sealed[-1].sealed_at if sealed else None,
        unsealed=0 if unsealed is None else int(unsealed[0]),
        unsealed_since=None if unsealed is None else unsealed[1],
        kept=len(compared),
        archived=sum(one.seals for one in looked_at),
        unseen=sum(one.seals for one in unseen),
        unseen_files=tuple(one.file for one in unseen),
        backdated=backdated,
        faults=tuple(sorted(set(faults), key=lambda fault: (fault.number, fault.kind))),
    )


def _broken(
    connection: psycopg.Connection, sealed: Iterable[Sealed], gone: Collection[int]
) -> Iterator[Fault]:
    before: Sealed | None = None
    for one in sealed:
        if not one.follows(before):
            yield Fault(one.number, one.sealed_at.isoformat(), "chain")
        # Under a seal that was archived there is nothing any more but what is kept for ever.
        well = not _others(connection, one) if one.number in gone else seals.fits(connection, one)
        if not well:
            yield Fault(one.number, one.sealed_at.isoformat(), "rows")
        before = one


def _backdated(connection: psycopg.Connection, sealed: Iterable[Sealed]) -> Iterator[int]:
    """What was written after a seal cannot be of a time before it, but for what took long."""
    before: Sealed | None = None
    for one in sealed:
        row = connection.execute(_OLDEST, (one.epoch, one.start, one.upto)).fetchone()
        oldest = None if row is None else row[0]
        follows = before is not None and before.epoch == one.epoch
        if before is not None and follows and oldest is not None and oldest < before.sealed_at - _LONGEST:
            yield one.number
        before = one


def _others(connection: psycopg.Connection, seal: Sealed) -> bool:
    return any(archive_file.table_of(row) != archive_file.KEPT for row in seals.rows(connection, seal))


def _broken_file(
    connection: psycopg.Connection, written: Archive, path: Path, sealed: Iterable[Sealed]
) -> Iterator[Fault]:
    found = archive_file.contents(path)
    of_it = [one for one in sealed if written.first <= one.number <= written.last]
    broken = False
    for one in of_it:
        held = None if found is None else found.seals.get(one.number)
        stays = [] if found is None else found.kept.get(one.number, [])
        if (
            held is None
            or (held.rows, held.digest) != (one.rows, one.digest)
            or stays != list(seals.rows(connection, one))
        ):
            broken = True
            yield Fault(one.number, one.sealed_at.isoformat(), "rows")
    if not broken and of_it and (found is None or not found.consistent):
        broken = True
        yield Fault(of_it[0].number, of_it[0].sealed_at.isoformat(), "rows")
    if not broken and of_it and archive_file.sha256(path) != written.sha256:
        yield Fault(of_it[0].number, of_it[0].sealed_at.isoformat(), "file")


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
    if found.archived:
        yield counted(
            found.archived,
            "The changes under {count} seal lie in archives that were looked at.",
            "The changes under {count} seals lie in archives that were looked at.",
        )
    if found.unseen:
        yield (
            counted(
                found.unseen,
                "The changes under {count} seal lie in archives that were not looked at (--archive FILE):",
                "The changes under {count} seals lie in archives that were not looked at (--archive FILE):",
            )
            + f" {', '.join(found.unseen_files)}."
        )
    for number in found.backdated:
        yield tr(
            "Seal {number}: changes under it bear a time long before the seal before it. "
            "Either the server's clock was set back, or they were made up before they were sealed.",
            number=number,
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
    elif found.unseen:
        yield tr("What was looked at of the audit trail is as it was sealed.")
    elif found.seals:
        yield tr("The audit trail is as it was sealed.")


KINDS: Mapping[str, str] = {
    "rows": "changes under it were altered, added or removed",
    "chain": "the seal itself, or the one before it, was altered or removed",
    "file": "the archive that it lies in is another file than was written; its changes are as they were sealed",
    "kept": "another one was kept elsewhere. After a restore that may be so; otherwise the past was rewritten",
}
