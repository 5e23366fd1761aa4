"""From what a verb did to the operation that is kept and sent."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID, uuid4

from medidesk.repositories.unit_of_work import Captured, CapturedRow
from medidesk.repositories.verbs import Kind
from medidesk.sync.codec import SQLITE, TableCodec, codecs
from medidesk.sync.operation import Operation, Relied, Write
from medidesk.sync.outbox import Outbox


@dataclass(frozen=True)
class Author:
    """Who makes operations, and where.

    Attributes:
        login: the author.
        station, station_name: the PC.
    """

    login: str
    station: UUID
    station_name: str


def operation(
    captured: Captured,
    verb: str,
    kind: Kind,
    author: Author,
    outbox: Outbox,
    clock_offset: dt.timedelta,
    supersedes: UUID | None = None,
) -> Operation:
    """The operation of one run of a verb.

    Args:
        captured: what it did.
        verb, kind: the verb's name and kind.
        author: who ran it, and where.
        outbox: to resolve rows that earlier work, not yet sent, has left.
        clock_offset: the server's time less this PC's.
        supersedes: the operation that this one replaces.
    """
    clock = dt.datetime.now(dt.UTC)
    return Operation(
        id=uuid4(),
        verb=verb,
        kind=kind,
        author=author.login,
        station=author.station,
        station_name=author.station_name,
        made_at=clock + clock_offset,
        clock=clock,
        title=captured.title,
        line=captured.line,
        writes=tuple(_write(row, outbox) for row in captured.rows),
        relied=tuple(
            _relied(model.__tablename__, row_id, version, outbox)
            for model, row_id, version in captured.relied
        ),
        references=tuple(dict.fromkeys(pair for row in captured.rows for pair in _references(row))),
        supersedes=supersedes,
    )


def _write(row: CapturedRow, outbox: Outbox) -> Write:
    codec = codecs()[row.model.__tablename__]
    return Write(
        table=codec.name,
        id=row.id,
        inserts=row.inserts,
        values=_json(codec, row.values),
        base={} if row.inserts else _json(codec, _groups_written(row)),
        version=row.version,
        left_by=None if row.inserts else outbox.last_writer(codec.name, row.id),
    )


def _groups_written(row: CapturedRow) -> dict[str, object]:
    """The base of the groups that really changed: a field set back to what it was needs none."""
    rules, names = row.model.__rules__, tuple(row.base)
    needed = {other for name in row.values for other in rules.merge.group_of(name, names)}
    return {name: value for name, value in row.base.items() if name in needed}


def _json(codec: TableCodec, values: dict[str, object]) -> dict[str, object]:
    kinds = codec.by_name
    return {
        name: kinds[name].to_json(kinds[name].process_bind_param(value, SQLITE))
        for name, value in values.items()
    }


def _relied(table: str, row_id: UUID, version: int, outbox: Outbox) -> Relied:
    left_by = outbox.last_writer(table, row_id)
    return Relied(table, row_id, None if left_by is not None else version, left_by)


def _references(row: CapturedRow) -> list[tuple[str, UUID]]:
    found = []
    for column, table in codecs()[row.model.__tablename__].references.items():
        value = row.values.get(column)
        if isinstance(value, UUID):
            found.append((table, value))
    return found
