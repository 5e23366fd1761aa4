"""Many rows at once: COPY past the row triggers, whose work is then done by statements.

One file at a time a million patients would ask for their number a million times in one transaction. Only a
superuser can load like this, and only into a demo or a benchmark.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg import sql

from medidesk.demo.names import DISTRICTS, ORIGINS, STREETS, Origin
from medidesk.demo.patients import Invented, digits
from medidesk.models import Row, synchronised
from medidesk.models.base import SERVER_COLUMNS, table_of
from medidesk.models.types import new_id


def load_patients(connection: psycopg.Connection, people: Sequence[Invented], org: UUID) -> None:
    """Load invented patients with all that hangs on them, in one transaction.

    File numbers run on from what the clinic has, by the year in which each file was opened.
    """
    with connection.transaction():
        _without_triggers(connection)
        numbers = _Numbers(connection)
        for table, rows in _by_table(people, org, numbers).items():
            _copy(connection, table, rows)
            _audit(connection, table, rows[0]["id"], rows[-1]["id"])
        numbers.keep()


def _by_table(people: Sequence[Invented], org: UUID, numbers: "_Numbers") -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {"patient": []}
    for one in people:
        patient = new_id()
        opened = dt.datetime.combine(one.since, dt.time(9), tzinfo=dt.UTC)
        stamps = {"org_id": org, "created_at": opened, "updated_at": opened}
        row = {"id": patient, "file_no": numbers.next(one.since.year), **one.patient, **stamps}
        tables["patient"].append(row)
        for table, parts in one.parts.items():
            tables.setdefault(table, []).extend(
                {"id": new_id(), "patient_id": patient, **part, **stamps} for part in parts
            )
    return tables


def bulk_patients(connection: psycopg.Connection, count: int, org: UUID, *, seed: int = 1) -> None:
    """Load `count` patients with names, birth dates, telephones and addresses; a quarter have a national id.

    Names are as unevenly common as people's are, so that searches meet frequent and rare ones. The same seed
    gives the same people. Loads 100,000 in seconds and 1,000,000 in about a minute.

    Args:
        connection: a superuser's that may write.
        count: how many.
        org: the organisation they belong to.
        seed: of the chance that invents them.
    """
    chance = random.Random(seed)  # noqa: S311 - invented people, no secret
    year = dt.datetime.now(dt.UTC).year
    patients = ("id", "org_id", "file_no", "family_name", "given_name", "sex", "born_on", "phone", "address",
                "postal_code", "city", "country", "language")  # fmt: skip
    identifiers = ("id", "org_id", "patient_id", "kind", "system", "value")
    first = new_id()
    ids = [new_id() for _ in range(count)]
    with connection.transaction():
        _without_triggers(connection)
        numbers = _Numbers(connection)
        people = zip(ids, itertools.islice(_plain_people(chance), count), strict=True)
        _copy_lines(
            connection,
            "patient",
            patients,
            (f"{one}\t{org}\t{numbers.next(year)}\t{person}\n" for one, person in people),
        )
        _copy_lines(
            connection,
            "patient_identifier",
            identifiers,
            (
                f"{new_id()}\t{org}\t{one}\tnational_id\tPT-{seed}\t{number:09}\n"
                for number, one in enumerate(ids[::4])
            ),
        )
        last = new_id()
        for table in ("patient", "patient_identifier"):
            _audit(connection, table, first, last)
        numbers.keep()
    connection.execute("analyze")


def _plain_people(chance: random.Random) -> Iterator[str]:
    """Patients without end, as the columns that `bulk_patients` copies, in COPY's text form."""
    streams = [_people_of(chance, origin) for origin in ORIGINS]
    while True:
        yield from map(next, chance.choices(streams, k=1000))


def _people_of(chance: random.Random, origin: Origin) -> Iterator[str]:
    day_zero = dt.date(1930, 1, 1).toordinal()
    days = [dt.date.fromordinal(day_zero + day).isoformat() for day in range(95 * 365)]
    given = [(name, sex) for sex, names in (("female", origin.women), ("male", origin.men)) for name in names]
    # Half of all people share the few common names; the other half's are rare, as everywhere.
    rare = [f"{family}{ending}" for family in origin.families for ending in _ENDINGS]
    homes = [
        f"{house} {street}\t{code}\t{district}\tPT\t{origin.language}"
        for house in range(1, 60)
        for street in STREETS
        for district, code in DISTRICTS
    ]
    while True:
        phones = [digits(chance, origin.phone[:-7]) for _ in range(50)]
        for family, other, (name, sex), second, born, phone, number, home in zip(
            chance.choices(origin.families, k=1000),
            chance.choices(rare, k=1000),
            chance.choices(given, k=1000),
            chance.choices(given, k=1000),
            chance.choices(days, k=1000),
            chance.choices(phones, k=1000),
            chance.choices(range(100_000, 999_999), k=1000),
            chance.choices(homes, k=1000),
            strict=True,
        ):
            surname = family if number % 2 else other
            names = name if number % 3 else f"{name} {second[0]}"
            yield f"{surname}\t{names}\t{sex}\t{born}\t{phone}{number}\t{home}"


_ENDINGS = tuple(
    first + second
    for first in ("", "ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "wa", "xi", "ze")
    for second in ("dan", "gar", "lin", "mir", "nor", "pol", "ros", "sen", "tov", "vik", "wen", "yan", "zar")
)


class _Numbers:
    """File numbers, by year, as `number_patient` gives them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        known = connection.execute("select name, last from number_series where name like 'patient-%'")
        self._last: dict[str, int] = dict(known.fetchall())

    def next(self, year: int) -> str:
        short = f"{year % 100:02}"
        number = self._last[f"patient-{short}"] = self._last.get(f"patient-{short}", 0) + 1
        return f"{short}-{number:05}"

    def keep(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "insert into number_series (name, last) values (%s, %s) "
                "on conflict (name) do update set last = excluded.last",
                list(self._last.items()),
            )


def _without_triggers(connection: psycopg.Connection) -> None:
    connection.execute("lock table patient in share row exclusive mode")
    connection.execute("set local session_replication_role = replica")


def _copy(connection: psycopg.Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    defaults = {name: default for name, default in _defaults(table).items() if name in columns}
    with (
        connection.cursor() as cursor,
        cursor.copy(_copy_statement(table, columns)) as copy,
    ):
        for row in rows:
            copy.write_row([row.get(name, defaults.get(name)) for name in columns])


def _copy_lines(
    connection: psycopg.Connection, table: str, columns: Sequence[str], lines: Iterable[str]
) -> None:
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table, columns)) as copy:
        for block in itertools.batched(lines, 2000):
            copy.write("".join(block))


def _copy_statement(table: str, columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)


def _model(table: str) -> type[Row]:
    return next(model for model in synchronised() if model.__tablename__ == table)


def _defaults(table: str) -> dict[str, Any]:
    """What stands in a column of a row that does not name it: COPY itself would put NULL."""
    found = {column.name: column.default for column in table_of(_model(table)).columns}
    return {name: default.arg for name, default in found.items() if isinstance(default, sa.ColumnDefault)}


def _audit(connection: psycopg.Connection, table: str, first: UUID, last: UUID) -> None:
    """What `audit_insert` does, for the rows loaded with ids from `first` to `last`."""
    left_out = sorted(SERVER_COLUMNS | _model(table).__rules__.unaudited)
    connection.execute(
        sql.SQL(
            "insert into audit_log (epoch, tbl, row_id, org_id, action, changes) "
            "select current_epoch(), {name}, t.id, t.org_id, 'insert', "
            "jsonb_strip_nulls(to_jsonb(t) - {left_out}::text[]) "
            "from {table} t where t.id between {first} and {last} order by t.id"
        ).format(
            name=sql.Literal(table),
            table=sql.Identifier(table),
            left_out=sql.Literal(left_out),
            first=sql.Literal(first),
            last=sql.Literal(last),
        )
    )
    connection.execute("select pg_notify('medidesk', '')")
