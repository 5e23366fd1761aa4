"""An operation: what one verb wrote, from what, relying on what. Its JSON is sent and never changes."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from medidesk.models.replica_type import Json
from medidesk.repositories.verbs import Kind
from medidesk.sync.versions import SCHEMA_VERSION


@dataclass(frozen=True, eq=False)
class Write:
    """One row that an operation inserts or changes.

    Attributes:
        table: its table.
        id: its id.
        inserts: the row is new; otherwise it is changed.
        values: the new values, as JSON.
        base: for a change, the values that belong with the changed fields as its author knew them.
        version: for a change, the server's version its author knew (0 when it was not yet sent).
        left_by: the earlier operation, not sent by then, that left the row as its author knew it.
    """

    table: str
    id: UUID
    inserts: bool
    values: Mapping[str, Json]
    base: Mapping[str, Json]
    version: int
    left_by: UUID | None = None

    def as_json(self) -> dict[str, Json]:
        """As `apply_operation` reads it."""
        if self.inserts:
            return {"op": "insert", "table": self.table, "id": str(self.id), "values": dict(self.values)}
        return {
            "op": "update",
            "table": self.table,
            "id": str(self.id),
            "values": dict(self.values),
            "base": dict(self.base),
            "version": self.version,
            "left_by": None if self.left_by is None else str(self.left_by),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """The reverse of `as_json`."""
        left_by = data.get("left_by")
        return cls(
            table=data["table"],
            id=UUID(data["id"]),
            inserts=data["op"] == "insert",
            values=data["values"],
            base=data.get("base", {}),
            version=data.get("version", 0),
            left_by=UUID(left_by) if left_by else None,
        )


@dataclass(frozen=True, eq=False)
class Relied:
    """A row that a verb relied on: in a version of the server's, or as an earlier operation left it."""

    table: str
    id: UUID
    version: int | None
    left_by: UUID | None = None

    def as_json(self) -> dict[str, Json]:
        """As `apply_operation` reads it."""
        return {
            "table": self.table,
            "id": str(self.id),
            "version": self.version,
            "left_by": None if self.left_by is None else str(self.left_by),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """The reverse of `as_json`."""
        left_by = data["left_by"]
        return cls(data["table"], UUID(data["id"]), data["version"], UUID(left_by) if left_by else None)


@dataclass(frozen=True, eq=False)
class Operation:
    """What one verb did.

    Attributes:
        id: random; the ledger applies each id once.
        verb: its name, "patients.register".
        kind: fact or claim.
        author: the login that made it and sends it.
        station: the station's id; `station_name` is its name, for the audit.
        made_at: the server's time when it was made, as well as the station knows it.
        clock: the station's own clock at that moment, uncorrected.
        title, line: what it did, in words for the list of waiting changes.
        writes, relied: rows it writes and rows it relied on.
        references: rows that its inserts point to.
        supersedes: the operation that this one replaces, after a person decided.
        reason: why a person decided so.
    """

    id: UUID
    verb: str
    kind: Kind
    author: str
    station: UUID
    station_name: str
    made_at: dt.datetime
    clock: dt.datetime
    title: str
    line: str
    writes: tuple[Write, ...]
    relied: tuple[Relied, ...] = ()
    references: tuple[tuple[str, UUID], ...] = ()
    schema_version: int = SCHEMA_VERSION
    supersedes: UUID | None = None
    reason: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Operation) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    @cached_property
    def payload(self) -> str:
        """The JSON that is stored and sent."""
        return json.dumps(
            {
                "id": str(self.id),
                "verb": self.verb,
                "kind": self.kind.value,
                "author": self.author,
                "station": str(self.station),
                "station_name": self.station_name,
                "made_at": self.made_at.isoformat(),
                "clock": self.clock.isoformat(),
                "title": self.title,
                "line": self.line,
                "schema": self.schema_version,
                "supersedes": None if self.supersedes is None else str(self.supersedes),
                "reason": self.reason,
                "writes": [write.as_json() for write in self.writes],
                "relied": [row.as_json() for row in self.relied],
                "references": [[table, str(one)] for table, one in self.references],
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_payload(cls, payload: str) -> Self:
        """The reverse of `payload`."""
        data: dict[str, Any] = json.loads(payload)
        supersedes = data["supersedes"]
        return cls(
            id=UUID(data["id"]),
            verb=data["verb"],
            kind=Kind(data["kind"]),
            author=data["author"],
            station=UUID(data["station"]),
            station_name=data["station_name"],
            made_at=dt.datetime.fromisoformat(data["made_at"]),
            clock=dt.datetime.fromisoformat(data["clock"]),
            title=data["title"],
            line=data["line"],
            writes=tuple(Write.from_json(one) for one in data["writes"]),
            relied=tuple(Relied.from_json(one) for one in data["relied"]),
            references=tuple((table, UUID(one)) for table, one in data["references"]),
            schema_version=data["schema"],
            supersedes=UUID(supersedes) if supersedes else None,
            reason=data["reason"],
        )

    @property
    def rows(self) -> tuple[tuple[str, UUID], ...]:
        """The rows it writes."""
        return tuple((write.table, write.id) for write in self.writes)
