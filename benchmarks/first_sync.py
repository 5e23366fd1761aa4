"""First sync: an empty station becomes one that holds the whole clinic, encrypted, indexed and searchable.

The floor is a script that does no more than it must: one blocking psycopg connection, `copy (select …) to
stdout` of the same columns of the same tables in the same form, `executemany` into a new encrypted file with
the same tables in one transaction for each, then the same indexes and the same FTS5 table with the same words
for each patient. It has no progress, no cursor, no resuming, no reader meanwhile.

Measured for the clinic that most is measured with, several times, and for the largest once: there a quarter of
an hour would go into repeating what takes minutes.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from benchmarks.process import program
from benchmarks.report import Figure, at_least_times
from benchmarks.timing import median, timed
from benchmarks.world import RECEPTIONIST, Clinic, World, replica_file
from medidesk.models.search import patient_text
from medidesk.sync import search_index, sqlcipher
from medidesk.sync.replica import replicated

STATION = "New station"
REPEATS = 3
GOAL = 0.5
_TEXTS = """
select p.rowid, p.family_name, p.given_name, p.born_on, p.phone, p.phone_other, p.file_no, p.provisional_no,
       (select group_concat(i.value, char(10)) from patient_identifier i
         where i.patient_id = p.id and i.deleted_at is null)
  from patient p where p.deleted_at is null order by p.rowid
"""


def measure(world: World) -> Iterator[Figure]:
    """Rows a second of all tables, and what the station needs for it."""
    for patients, repeats in ((world.scale.patients, REPEATS), (world.scale.many, 1)):
        yield from _measure(world.clinic(patients), repeats)


def _measure(clinic: Clinic, repeats: int) -> Iterator[Figure]:
    ours, bare, most, rows, size = [], [], [], 0, 0
    for _ in range(repeats):
        seconds, resident = _station(clinic)
        ours.append(seconds)
        most.append(resident)
        path, key = replica_file(clinic.home(STATION), RECEPTIONIST)
        tables, indexes, rows = _shape(path, key)
        size = path.stat().st_size
        bare.append(_bare(clinic, tables, indexes))
        clinic.forget(STATION)
    name = f"first sync, {clinic.patients:,} patients"
    yield Figure(
        f"{name}: rows a second", rows / median(ours), "rows/s", rows / median(bare), at_least_times(GOAL)
    )
    yield Figure(f"{name}: until current", median(ours), "s", median(bare))
    yield Figure(f"{name}: most memory of the station", median(most), "MiB")
    yield Figure(f"{name}: replica on the disk", size / 2**20, "MiB")


def _station(clinic: Clinic) -> tuple[float, float]:
    """Seconds from the start of the sync loop until the station is current; the most memory it held, in MiB."""
    clinic.forget(STATION)
    with program("benchmarks.newcomer", str(clinic.home(STATION)), clinic.address) as run:
        told = json.loads(run.told(starts="{")[1])
        run.process.wait(60)
    return told["seconds"], told["resident_mib"]


def _shape(path: Path, key: bytes) -> tuple[list[str], list[str], int]:
    """How to make the tables and the indexes of a replica, and how many rows it holds."""
    replica = sqlcipher.connect(path, key, read_only=True)
    names = {codec.name for codec in replicated()}
    made = replica.execute(
        "select type, tbl_name, sql from sqlite_master where sql is not null order by name"
    ).fetchall()
    rows = sum(replica.execute(f"select count(*) from {name}").fetchone()[0] for name in names)
    replica.close()
    return (
        [sql for kind, name, sql in made if kind == "table" and name in names],
        [sql for kind, name, sql in made if kind == "index" and name in names],
        rows,
    )


def _bare(clinic: Clinic, tables: list[str], indexes: list[str]) -> float:
    with TemporaryDirectory(dir=clinic.folder) as folder, clinic.writer(RECEPTIONIST) as server:
        file = sqlcipher.connect(Path(folder) / "bare.db", bytes(32))
        try:
            return timed(lambda: _load(server, file, tables, indexes))
        finally:
            file.close()


def _load(server: psycopg.Connection, file: Any, tables: list[str], indexes: list[str]) -> None:
    for statement in (*tables, search_index.CREATE):
        file.execute(statement)
    with server.transaction():
        server.execute("set transaction isolation level repeatable read, read only")
        for codec in replicated():
            if not _readable(server, codec.name):
                continue
            marks = ", ".join("?" * len(codec.columns))
            query = f"copy (select {codec.wire} from {codec.name} order by id) to stdout (format binary)"
            file.execute("begin")
            with server.cursor() as cursor, cursor.copy(query) as copy:
                copy.set_types(codec.wire_types)
                file.executemany(f"insert into {codec.name} values ({marks})", copy.rows())
            file.execute("commit")
    for statement in indexes:
        file.execute(statement)
    file.execute("begin")
    file.executemany(
        "insert into patient_search (rowid, words) values (?, ?)",
        ((row[0], patient_text(*row[1:])) for row in file.execute(_TEXTS)),
    )
    file.execute("commit")


def _readable(server: psycopg.Connection, table: str) -> bool:
    answer = server.execute("select has_table_privilege(%s, 'select')", (f"medidesk.{table}",)).fetchone()
    return answer == (True,)
