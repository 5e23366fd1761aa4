"""The audit trail played back: it must give every row as it is, and each operation's effect just once."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Self

import psycopg
from psycopg import sql

from medidesk.models.base import synchronised
from medidesk.models.types import Exact
from medidesk.sync.codec import codecs

type Place = tuple[str, str]
type Json = Mapping[str, Any]

STAMPS = {"version", "created_at", "created_by", "updated_at", "updated_by"}
# Set by the server whatever an operation says, or written differently by it.
OWN = {"file_no", "provisional_no", "has_allergy", "disputed"}


@dataclass
class Entry:
    """One row of the trail."""

    place: Place
    action: str
    changes: Json
    op_id: str | None
    brought_back: bool


@dataclass
class Trail:
    """The trail, and the rows that it must account for.

    Attributes:
        entries: in the order in which they were written.
        rows: what is there, by table and id, with the stamps.
    """

    entries: list[Entry]
    rows: dict[Place, dict[str, Any]]
    _played: dict[Place, dict[str, Any]] = field(default_factory=dict)
    _updates: "Counter[Place]" = field(default_factory=Counter)
    _effects: "Counter[tuple[str, str, str, str]]" = field(default_factory=Counter)

    @classmethod
    def read(cls, server: psycopg.Connection) -> Self:
        """All of it, in one snapshot."""
        rows: dict[Place, dict[str, Any]] = {}
        with server.transaction():
            server.execute("set transaction isolation level repeatable read")
            entries = [
                Entry((tbl, str(row_id)), action, changes, None if op_id is None else str(op_id), attested)
                for tbl, row_id, action, changes, op_id, attested in server.execute(
                    "select tbl, row_id, action, changes, op_id, attested_by is not null "
                    "from audit_log where tbl = any(%s) order by seq",
                    ([model.__tablename__ for model in synchronised()],),
                ).fetchall()
            ]
            there = server.execute(
                "select relname from pg_class where relnamespace = 'medidesk'::regnamespace"
            )
            # A server that has not been upgraded yet lacks the tables of the last version.
            for name in {row[0] for row in there.fetchall()} & {one.__tablename__ for one in synchronised()}:
                query = sql.SQL("select id::text, to_jsonb(t) from {} t").format(sql.Identifier(name))
                for row_id, row in server.execute(query).fetchall():
                    rows[name, row_id] = row
        return cls(entries, rows)

    def violations(self, applied: Mapping[str, Json]) -> Iterator[str]:
        """What does not fit.

        Args:
            applied: the payloads of the operations that the ledger calls applied.
        """
        for entry in self.entries:
            write = _write(applied.get(entry.op_id or ""), entry)
            if write is not None:
                yield from self._silently_overwritten(entry, write)
            yield from self._play(entry)
            if write is not None:
                yield from self._not_as_wanted(entry, write)
        yield from self._rows_as_played()
        yield from self._effects_once(applied)

    def _play(self, entry: Entry) -> Iterator[str]:
        table, row_id = entry.place
        self._effects[entry.op_id or "", entry.action, table, row_id] += 1
        match entry.action:
            case "insert":
                if entry.place in self._played:
                    yield f"{entry.place} was inserted twice"
                self._played[entry.place] = dict(entry.changes)
            case "delete":
                self._played.pop(entry.place, None)
            case _:
                self._updates[entry.place] += 1
                row = self._played.setdefault(entry.place, {})
                for name, change in entry.changes.items():
                    if not isinstance(change, list):
                        continue  # too large to be kept twice
                    if row.get(name) != change[0]:
                        yield f"{entry.place} {name} was {row.get(name)!r}, and the trail says {change[0]!r}"
                    row[name] = change[1]

    def _silently_overwritten(self, entry: Entry, write: Json) -> Iterator[str]:
        if entry.brought_back:
            return  # what was changed by hand since the backup is lost, and with it what was known of it
        if write["op"] == "insert" or self._effects[entry.op_id or "", entry.action, *entry.place]:
            return
        row = self._played.get(entry.place, {})
        left_out = _unaudited(entry.place[0])
        for name, base in write["base"].items():
            mine = write["values"].get(name, base)
            known = {_exact(entry, name, base), _exact(entry, name, mine)}
            if name not in left_out and not _timed(name) and _exact(entry, name, row.get(name)) not in known:
                yield f"{entry.op_id} wrote {name} over {row.get(name)!r} and had known {base!r}"

    def _not_as_wanted(self, entry: Entry, write: Json) -> Iterator[str]:
        if self._effects[entry.op_id or "", entry.action, *entry.place] > 1:
            return  # a trigger's further work on it
        row = self._played.get(entry.place, {})
        for name, value in write["values"].items():
            if name in OWN or _timed(name) or name not in row:
                continue
            if _exact(entry, name, row[name]) != _exact(entry, name, value):
                yield f"{entry.op_id} wanted {name} {value!r} and it became {row[name]!r}"

    def _rows_as_played(self) -> Iterator[str]:
        for place in self.rows.keys() ^ self._played.keys():
            yield f"{place} is {'there' if place in self.rows else 'gone'}, and the trail says otherwise"
        for place, row in self.rows.items():
            left_out = STAMPS | _unaudited(place[0])
            there = {name: value for name, value in row.items() if value is not None and name not in left_out}
            played = {
                name: value
                for name, value in self._played.get(place, {}).items()
                if value is not None and name not in left_out
            }
            if there != played:
                yield f"{place} is {there}, and the trail gives {played}"
            if row["version"] != 1 + self._updates[place]:
                yield f"{place} has version {row['version']} after {self._updates[place]} updates"

    def _effects_once(self, applied: Mapping[str, Json]) -> Iterator[str]:
        names: defaultdict[str, list[str]] = defaultdict(list)
        for entry in self.entries:
            if entry.place[0] == "patient" and entry.action == "insert":
                names[entry.changes.get("family_name", "")].append(entry.place[1])
        for name, ids in names.items():
            if len(ids) > 1:
                yield f"{name} has {len(ids)} files"
        for op_id, payload in applied.items():
            for write in payload["writes"]:
                times = self._effects[op_id, write["op"], write["table"], write["id"]]
                # A trigger may change a row once more that an operation has changed.
                if times < 1 or (write["op"] == "insert" and times > 1):
                    yield f"{payload['verb']} ({op_id}) had {times} effects on {write['table']} {write['id']}"


@lru_cache
def _unaudited(table: str) -> frozenset[str]:
    """Columns whose contents the trail leaves out."""
    return next(model.__rules__.unaudited for model in synchronised() if model.__tablename__ == table)


def _exact(entry: Entry, name: str, value: Any) -> Any:
    """An exact number, which operations write as text and the trail as a number; anything else as it is."""
    kind = codecs()[entry.place[0]].by_name[name]
    return Decimal(str(value)) if isinstance(kind, Exact) and value is not None else value


def _timed(name: str) -> bool:
    """Times are written in one form by a station and in another by the server."""
    return name.endswith("_at")


def _write(payload: Json | None, entry: Entry) -> Json | None:
    if payload is None:
        return None
    return next(
        (
            write
            for write in payload["writes"]
            if (write["table"], write["id"]) == entry.place and write["op"] == entry.action
        ),
        None,
    )
