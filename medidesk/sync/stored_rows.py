"""Writing a row into a replica's table, and no more of it than is different.

SQLite writes the entries of every index whose columns a statement names, whether they change or not. Among a
million rows each lies on another page, to be read, decrypted, encrypted and written for nothing.
"""

from functools import lru_cache

from medidesk.models.replica_type import Storage
from medidesk.sync.codec import TableCodec
from medidesk.sync.sqlcipher import Connection

type Changed = frozenset[str]

NOTHING: Changed = frozenset()


def put(
    connection: Connection, codec: TableCodec, row: tuple[Storage, ...], *, whatever: bool = False
) -> Changed:
    """Store a row, within the caller's transaction. The rowid stays: the search text hangs on it.

    Args:
        connection: the replica's writer.
        codec: the row's table.
        row: in the order of the table's columns.
        whatever: also where the row held is as new, or newer.

    Returns:
        The columns that are different now; all of them for a row that was not there.
    """
    held = connection.execute(f"select * from {codec.name} where id = ?", (row[0],)).fetchone()
    if held is None:
        connection.execute(codec.force, row)
        return frozenset(codec.columns)
    if not whatever and held[codec.version_at] >= row[codec.version_at]:
        return NOTHING
    places = tuple(place for place, value in enumerate(row) if value != held[place])
    if not places:
        return NOTHING
    connection.execute(_update(codec, places), (*(row[place] for place in places), row[0]))
    return frozenset(codec.columns[place] for place in places)


@lru_cache(maxsize=256)
def _update(codec: TableCodec, places: tuple[int, ...]) -> str:
    changes = ", ".join(f"{codec.columns[place]} = ?" for place in places)
    return f"update {codec.name} set {changes} where id = ?"
