"""The audit trail, or who opened which file, as CSV, oldest first, for auditors and courts."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from medidesk.errors import MediDeskError
from medidesk.server import archive_file
from medidesk.server.private_files import create_private, world_errors
from medidesk.words import tr


@dataclass(frozen=True)
class Trail:
    """What is written.

    Attributes:
        columns: the heads.
        rows: the query of its rows from one moment until before another.
        kind: what it is in an archive.
        places: where a line of an archive holds each column.
    """

    columns: tuple[str, ...]
    rows: LiteralString
    kind: str
    places: tuple[int, ...]


CHANGES = Trail(
    (
        "number", "at", "login", "answers_for_it", "station", "address", "table", "row", "action", "changes",
        "operation",
    ),
    """
select a.seq, to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), a.login, a.attested_by, a.station,
       a.address, a.tbl, a.row_id, a.action, a.changes::text, a.op_id
  from medidesk.audit_log a
 where a.at >= coalesce(%s, '-infinity'::timestamptz) and a.at < coalesce(%s, 'infinity'::timestamptz)
 order by a.at, a.seq
""",
    "row",
    (2, 13, 9, 14, 11, 10, 4, 5, 7, 8, 12),
)  # fmt: skip
OPENINGS = Trail(
    ("number", "told_at", "opened_at", "login", "station", "patient", "reason"),
    """
select o.seq, to_char(o.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       to_char(o.opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), o.login, o.station,
       o.patient_id, o.reason
  from medidesk.access_log o
 where o.at >= coalesce(%s, '-infinity'::timestamptz) and o.at < coalesce(%s, 'infinity'::timestamptz)
 order by o.at, o.seq
""",
    "opening",
    (0, 1, 2, 3, 4, 5, 6),
)
# A spreadsheet takes what begins so for a formula, and runs it.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def export(
    connection: psycopg.Connection,
    path: Path,
    since: datetime | None = None,
    until: datetime | None = None,
    trail: Trail = CHANGES,
) -> int:
    """Write it; rows pass through one at a time, however many they are.

    Args:
        connection: a superuser's: audit rows are nobody's to read.
        path: a file that is not there yet; nobody else may read it.
        since, until: from when on, and before when; in UTC where they say nothing else.
        trail: what.

    Returns:
        How many rows were written.

    Raises:
        MediDeskError: there is such a file already, or no such folder.
        DiskFull, ServerProblem: it cannot be written.
    """
    with connection.cursor() as cursor:
        return _write(path, trail, cursor.stream(trail.rows, (_aware(since), _aware(until))))


def export_archives(
    archives: Sequence[Path],
    path: Path,
    since: datetime | None = None,
    until: datetime | None = None,
    trail: Trail = CHANGES,
) -> int:
    """The same of what has left the database, out of its files, in their order; no server is asked.

    Raises:
        MediDeskError: as `export`; or one of these is no archive.
        DiskFull, ServerProblem: it cannot be written.
    """
    for archive in archives:
        found = archive_file.contents(archive)
        if found is None or not found.whole:  # forged rows would be told as the others are
            raise archive_file.damaged(archive)
    return _write(path, trail, _archived(archives, _aware(since), _aware(until), trail))


def _archived(
    archives: Iterable[Path], since: datetime | None, until: datetime | None, trail: Trail
) -> Iterator[list[str | None]]:
    at = trail.columns.index("at" if "at" in trail.columns else "told_at")
    times = {place for place, name in enumerate(trail.columns) if name.endswith("at")}
    for archive in archives:
        try:
            for kind, text in archive_file.lines(archive):
                if kind != trail.kind:
                    continue
                found = archive_file.parts(text)
                row = [_said(found[place]) for place in trail.places]
                moment = datetime.fromisoformat(f"{row[at]}+00:00")
                if (since is None or moment >= since) and (until is None or moment < until):
                    yield [f"{value}Z" if place in times else value for place, value in enumerate(row)]
        except (ValueError, IndexError) as error:
            raise archive_file.damaged(archive) from error


def _said(value: str) -> str | None:
    """A value of an archive as the database tells it: a text without its quotes, anything else as it stands."""
    said = json.loads(value) if value.startswith(('"', "n")) else value
    return None if said is None else str(said)


def _write(path: Path, trail: Trail, rows: Iterable[Sequence[Any]]) -> int:
    try:
        descriptor = create_private(path)
    except FileExistsError as error:
        raise MediDeskError(
            tr("{path} is there already.", path=path), tr("Name a file that is not there yet.")
        ) from error
    except FileNotFoundError as error:
        raise MediDeskError(
            tr("There is no folder {folder}.", folder=path.parent), tr("Make it first.")
        ) from error
    written = 0
    with world_errors(path), os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(trail.columns)
        for row in rows:
            table.writerow([_cell(value) for value in row])
            written += 1
    return written


def _aware(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
