"""The indexes of a replica: the models' own, none of them unique, and one for counting files."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex

from medidesk.models import Base
from medidesk.sync.codec import codecs

_LISTED = "merged_into_id is null and deleted_at is null"
# SQLite takes any index that an equality fits: for the list's "merged into nothing" it took the one on
# merged_into_id, which holds every file, and sorted 100,000 of them for a page (145 ms; 1 ms like this).
_PARTIAL = {
    "patient_by_name": _LISTED,
    "patient_merged_into_id_idx": "merged_into_id is not null",
    "patient_restricted": "restricted",
}
# The narrowest index of the files that are listed, so that counting them, as each list does, reads a fifth of the
# pages of `patient_by_name`: what is read is decrypted, and kept in memory.
_COUNTED = f"CREATE INDEX IF NOT EXISTS patient_counted ON patient (has_allergy) WHERE {_LISTED}"


@cache
def indexes() -> tuple[tuple[str, str], ...]:
    """Each as its table and statement. To compile them takes longer than to make them in an empty replica."""
    return tuple(_compiled())


def _compiled() -> Iterator[tuple[str, str]]:
    dialect = sqlite.dialect()
    for table in Base.metadata.sorted_tables:
        if table.name not in codecs():
            continue
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            text = str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect))
            text = text.replace("CREATE UNIQUE INDEX", "CREATE INDEX")
            where = f" WHERE {_PARTIAL[index.name]}" if index.name in _PARTIAL else ""
            yield table.name, f"{text}{where}"
    yield "patient", _COUNTED
