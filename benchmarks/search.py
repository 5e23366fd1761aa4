"""Search: a key is pressed, and the rows are there (painting them is measured with the windows).

The floor runs the very same FTS expression in bare sqlcipher3 on the same file and fetches the same columns as
tuples. What the program adds to it: reading the text, SQLAlchemy, Python values, frozen rows, merged files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import cycle, islice
from typing import Any

from benchmarks.report import Figure, at_most, at_most_times
from benchmarks.timing import MILLISECONDS, Beside, in_turns, median, no_collection, percentile, timed
from benchmarks.world import RECEPTIONIST, Clinic, World, replica_file
from medidesk.repositories import patients
from medidesk.repositories.patients.finding import search_expression
from medidesk.station import Station
from medidesk.sync import sqlcipher

STATION = "Reception 1"
FOUND_MOST = 50
GOAL_MS = 16.0
GOAL_TIMES = 3.0
_COLUMNS = ", ".join(f"p.{field.name}" for field in fields(patients.PatientRow))
_FLOOR = (
    f"select {_COLUMNS} from patient_search s join patient p on p.rowid = s.rowid "
    "where s.patient_search match ? and p.deleted_at is null order by s.rowid desc limit ?"
)


def measure(world: World) -> Iterator[Figure]:
    """The figures at the usual size and at the largest."""
    for size in (world.scale.patients, world.scale.many):
        yield from _at(world.clinic(size), world.scale.samples)


def _at(clinic: Clinic, samples: int) -> Iterator[Figure]:
    clinic.filled(RECEPTIONIST, STATION)
    path, key = replica_file(clinic.home(STATION), RECEPTIONIST)
    bare = sqlcipher.connect(path, key, read_only=True)
    with clinic.open(RECEPTIONIST, STATION) as station:
        for kind, terms in _terms(bare).items():
            beside = _measure(station, bare, list(islice(cycle(terms), samples)))
            name = f"search, {clinic.patients:,} patients, {kind}"
            p50, p99 = median(beside.values) * MILLISECONDS, percentile(beside.values, 0.99) * MILLISECONDS
            floor50 = median(beside.floors) * MILLISECONDS
            floor99 = percentile(beside.floors, 0.99) * MILLISECONDS
            yield Figure(f"{name}: p50", p50, "ms", floor50)
            yield Figure(f"{name}: p99", p99, "ms", floor99, at_most(GOAL_MS))
            yield Figure(f"{name}: p99 to bare query", p99, "ms", floor99, at_most_times(GOAL_TIMES))
    bare.close()


def _measure(station: Station, bare: Any, texts: Sequence[str]) -> Beside:
    def ours(text: str) -> float:
        return timed(lambda: station.read(patients.search, text, limit=FOUND_MOST))

    def theirs(text: str) -> float:
        expression = search_expression(text)
        return timed(lambda: bare.execute(_FLOOR, (expression, FOUND_MOST)).fetchall())

    with no_collection():
        return in_turns(texts, ours, theirs, warm_up=20)


def _terms(bare: Any) -> dict[str, list[str]]:
    """What people type, from what is there."""
    common = bare.execute(
        "select family_name from patient group by 1 order by count(*) desc limit 10"
    ).fetchall()
    given = bare.execute(
        "select given_name from patient group by 1 order by count(*) desc limit 10"
    ).fetchall()
    every = bare.execute("select count(*) from patient").fetchone()[0]
    # Each is one person's: a file number, as it is written on a card.
    single = bare.execute(
        "select file_no from patient where rowid % ? = 1 limit 100", (max(1, every // 100),)
    ).fetchall()
    return {
        "frequent name": [row[0] for row in common],
        "two frequent names": [f"{one[0]} {other[0]}" for one, other in zip(given, common, strict=True)],
        "rare (a file number)": [row[0] for row in single],
        "absent": ["zzyzx", "qqqq", "xkcdzz wvut"],
        "two letters": ["li", "ng", "ma", "an", "fe", "ok", "al", "zo"],
    }
