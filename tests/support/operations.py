"""Operations as a station sends them, written by hand and sent over a raw connection."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
from psycopg.types.json import Jsonb

from tests.support.database import Clinic

type Json = dict[str, Any]

STATION = uuid4()


def added(table: str, org: UUID, row_id: UUID | None = None, **values: Any) -> Json:
    """A row that an operation inserts."""
    row_id = row_id or uuid4()
    whole = {"id": str(row_id), "org_id": str(org), **values}
    return {"op": "insert", "table": table, "id": str(row_id), "values": _json(whole)}


def changed(table: str, row_id: UUID, version: int, *, base: Mapping[str, Any], **values: Any) -> Json:
    """A row that an operation changes, from what its author knew."""
    return {
        "op": "update",
        "table": table,
        "id": str(row_id),
        "version": version,
        "base": _json(base),
        "values": _json(values),
    }


def relied(table: str, row_id: UUID, version: int | None = None, left_by: UUID | None = None) -> Json:
    """A row that an operation relied on: in a version, or as an earlier operation left it."""
    return {"table": table, "id": str(row_id), "version": version, "left_by": left_by and str(left_by)}


def operation(
    author: str,
    *writes: Json,
    kind: str = "claim",
    op_id: UUID | None = None,
    relied_on: Sequence[Json] = (),
) -> Json:
    """The whole payload."""
    return {
        "id": str(op_id or uuid4()),
        "verb": "tests.verb",
        "kind": kind,
        "author": author,
        "station": str(uuid5(STATION, author)),
        "station_name": "Reception 2",
        "made_at": "2026-11-20T10:42:00+00:00",
        "clock": "2026-11-20T10:42:00+00:00",
        "title": "Test",
        "line": "",
        "schema": 1,
        "supersedes": None,
        "reason": "",
        "writes": list(writes),
        "relied": list(relied_on),
        "references": [],
    }


def send(connection: psycopg.Connection, payload: Json, *, told: bool = False) -> Json:
    """Apply it and return the server's answer."""
    row = connection.execute("select apply_operation(%s, %s)", (Jsonb(payload), told)).fetchone()
    assert row is not None
    answer: Json = row[0]
    return answer


def _json(values: Mapping[str, Any]) -> Json:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


def one(connection: psycopg.Connection, query: str, *values: object) -> Any:
    """The one row of a query, or its one value."""
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def patient(clinic: Clinic, **values: Any) -> UUID:
    """A patient that is there already, in version 1."""
    row = added("patient", clinic.org_id, **{"family_name": "Okafor", "given_name": "Amara", **values})
    with clinic.connect("sofia") as connection:
        send(connection, operation("sofia", row))
    return UUID(row["id"])
