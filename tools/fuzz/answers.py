"""What a server answers: to operations, and as rows, witnesses and its own place in history."""

import contextlib
import datetime as dt
import json
from typing import Any
from uuid import UUID

import psycopg

from medidesk.models.patients import Patient
from medidesk.repositories.verbs import Kind
from medidesk.sync import channel, feed
from medidesk.sync.codec import codecs
from medidesk.sync.course import place
from medidesk.sync.operation import Operation
from medidesk.sync.understood import NotUnderstood, understood

_ID = UUID("018f0000-0000-7000-8000-000000000001")
_NOW = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
_OPERATION = Operation(_ID, "patients.register", Kind.FACT, "sofia", _ID, "PC", _NOW, _NOW, "", "", ())
_CODEC = codecs()[Patient.__tablename__]
_ROW: dict[str, Any] = {
    name: {"bytes": str(_ID), "int": 1}.get(kind.kept_as.__name__, "2026-11-27")
    for name, kind in zip(_CODEC.columns, _CODEC.types, strict=True)
} | {name: _NOW.isoformat() for name in _CODEC.columns if name.endswith("_at")}
_ANSWER: dict[str, Any] = {
    "op_id": str(_ID), "status": "applied", "xid": "7", "merged": ["city"],
    "receipt": {"op": str(_ID), "epoch": 1, "server": str(_ID)},
    "rows": [{"table": "patient", "id": str(_ID), "row": _ROW}, {"table": "patient", "id": str(_ID), "row": None}],
}  # fmt: skip
_PAPER = {"of": "feed", "server": str(_ID), "epoch": 1, "xid": "7", "seq": 3, "nonce": str(_ID), "hmac": "00"}
SEEDS = (
    json.dumps(_ANSWER).encode(),
    json.dumps(_ANSWER | {"status": "held", "sqlstate": "MD001", "reason": "words"}).encode(),
    json.dumps([_PAPER]).encode(),
    json.dumps({"epoch": 1, "timeline": 1}).encode(),
)


def one(data: bytes) -> None:
    """It is understood whole, or not at all; rows that are taken can be read, and made into JSON again."""
    with contextlib.suppress(psycopg.OperationalError), understood():
        answer = channel._answer(data, _OPERATION)  # noqa: SLF001 (what a sender reads with)
        for (table, _), row in channel.answered_rows(answer).items():
            if row is not None:
                _read_again(table, row)
    with contextlib.suppress(NotUnderstood), understood():
        json.dumps(feed.checked_papers(json.loads(data)))
    with contextlib.suppress(NotUnderstood), understood():
        place(json.loads(data))


def _read_again(table: str, row: tuple[Any, ...]) -> None:
    codec = codecs()[table]
    stored = dict(zip(codec.columns, row, strict=True))
    try:
        json.dumps(codec.to_json(stored))
    except Exception as error:
        raise SystemError("a row was taken that cannot be read") from error
