"""The replica's search text of patients: an FTS5 table beside the rows, kept by whoever writes them.

Unranked and capped: ranking a frequent term among a million patients costs tens of milliseconds, and a
person types on anyway. `prefix='1 2 3'` makes two-letter names ("Li", "Ng") as quick as long ones.
"""

from collections.abc import Iterable, Iterator
from itertools import batched
from uuid import UUID

from medidesk.models.search import patient_text
from medidesk.sync.sqlcipher import Connection, transaction

CREATE = (
    "create virtual table if not exists patient_search using fts5 "
    "(words, tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3', columnsize = 0, detail = 'none')"
)

# A number that leaves a replica no longer says whose it was: this connection notes it, within the transaction that
# takes the number away.
NOTE_LEAVING = (
    "create temp table left_number (patient_id blob primary key) without rowid",
    """create temp trigger number_leaves after delete on main.patient_identifier
    begin insert or ignore into left_number values (old.patient_id); end""",
)

_ROWS = """
select p.rowid, p.family_name, p.given_name, p.born_on, p.phone, p.phone_other, p.file_no, p.provisional_no,
       (select group_concat(i.value, char(10)) from patient_identifier i
         where i.patient_id = p.id and i.deleted_at is null)
  from patient p
"""
# The columns whose values are searched, or decide whether a row is found at all.
_SEARCHED = {
    "patient": frozenset(
        {
            "family_name", "given_name", "born_on", "phone", "phone_other", "file_no", "provisional_no",
            "deleted_at",
        }
    ),
    "patient_identifier": frozenset({"patient_id", "value", "deleted_at"}),
}  # fmt: skip
TABLES = frozenset(_SEARCHED)
BATCH = 500
BUILD_BATCH = 5_000
MERGE_PAGES = 8


def concerns(table: str, columns: frozenset[str]) -> bool:
    """Whether a change of these columns may change what somebody is found by."""
    return table in _SEARCHED and not _SEARCHED[table].isdisjoint(columns)


def patients_of(changed: dict[str, set[UUID]], connection: Connection) -> set[UUID]:
    """The patients whose search text follows from rows that changed, or that are gone."""
    found = set(changed.get("patient", ()))
    found.update(UUID(bytes=row[0]) for row in connection.execute("select patient_id from left_number"))
    connection.execute("delete from left_number")
    for some in batched(changed.get("patient_identifier", ()), BATCH):
        marks = ", ".join("?" * len(some))
        found.update(
            UUID(bytes=row[0])
            for row in connection.execute(
                f"select patient_id from patient_identifier where id in ({marks})",
                [one.bytes for one in some],
            )
        )
    return found


def reindex(connection: Connection, patients: Iterable[UUID]) -> None:
    """Write the search text of these patients anew, within the caller's transaction."""
    for some in batched(patients, BATCH):
        marks = ", ".join("?" * len(some))
        ids = [one.bytes for one in some]
        rows = connection.execute(f"{_ROWS} where p.id in ({marks}) and p.deleted_at is null", ids).fetchall()
        texts = {row[0]: patient_text(*row[1:]) for row in rows}
        if len(texts) < len(ids):
            deleted = f"select rowid from patient where id in ({marks}) and deleted_at is not null"
            connection.execute(f"delete from patient_search where rowid in ({deleted})", ids)
        marks = ", ".join("?" * len(texts))
        held = dict(
            connection.execute(
                f"select rowid, words from patient_search where rowid in ({marks})", list(texts)
            ).fetchall()
        )
        # Most changes touch nothing that is searched: leaving the index alone is three times as quick.
        other = [(rowid, text) for rowid, text in texts.items() if held.get(rowid) != text]
        connection.executemany(
            "delete from patient_search where rowid = ?", [(rowid,) for rowid, _ in other if rowid in held]
        )
        connection.executemany("insert into patient_search (rowid, words) values (?, ?)", other)


def forget(connection: Connection, ids: Iterable[bytes]) -> None:
    """Drop the search text of patients whose rows are about to leave the replica."""
    for one in ids:
        connection.execute(
            "delete from patient_search where rowid = (select rowid from patient where id = ?)", (one,)
        )


def build(connection: Connection) -> Iterator[int]:
    """Make the whole index after a first sync, in batches between which other work gets its turn.

    Args:
        connection: the replica's writer, outside a transaction.

    Yields:
        How many patients are done.
    """
    connection.execute("delete from patient_search")
    last, done = -1, 0
    while True:
        rows = connection.execute(
            f"{_ROWS} where p.rowid > ? and p.deleted_at is null order by p.rowid limit {BUILD_BATCH}",
            (last,),
        ).fetchall()
        if not rows:
            merge_when_told(connection)
            return
        with transaction(connection):
            # Work that was laid over a row between two batches has written its text already.
            connection.executemany("delete from patient_search where rowid = ?", [row[:1] for row in rows])
            connection.executemany(
                "insert into patient_search (rowid, words) values (?, ?)",
                [(row[0], patient_text(*row[1:])) for row in rows],
            )
        last, done = rows[-1][0], done + len(rows)
        yield done


def merge_when_told(connection: Connection) -> None:
    """No commit merges by itself any more: that is hundreds of pages at once, 40 ms among a million patients."""
    connection.execute("insert into patient_search (patient_search, rank) values ('automerge', 0)")


def merge(connection: Connection) -> bool:
    """Merge a little of what the last changes have left, or searching would grow slower; some 2 ms.

    Args:
        connection: the replica's writer, outside a transaction.

    Returns:
        Whether there may be more to merge.
    """
    before = connection.total_changes
    connection.execute(
        "insert into patient_search (patient_search, rank) values ('merge', ?)", (MERGE_PAGES,)
    )
    return bool(connection.total_changes - before > 1)
