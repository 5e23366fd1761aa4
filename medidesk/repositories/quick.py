"""Reads that run at every key and after every pull, without what SQLAlchemy does each time it executes.

The statement is the one that the server is asked, compiled once; rows of a replica are decoded by their own types.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from medidesk.models.replica_type import ReplicaType
from medidesk.models.types import Day, Flag, Id, Instant, Word

_REPLICA = sqlite.dialect()
_REMEMBERED = 16_384

type Decode = Callable[[Any], Any]


def driver(session: Session) -> Any | None:
    """The driver's own connection to a replica, within the session's transaction; None on the server."""
    connection = session.connection()
    return connection.connection.driver_connection if connection.dialect.name == _REPLICA.name else None


class Decoder:
    """Makes stored rows Python values, remembering those that come again and again.

    Args:
        columns: what the rows begin with; what follows is left as it is.
    """

    def __init__(self, columns: Iterable[sa.ColumnElement[Any]]) -> None:
        found = ((place, _decode(column.type)) for place, column in enumerate(columns))
        self._decode = [(place, decode) for place, decode in found if decode is not None]

    def row(self, stored: Sequence[Any]) -> list[Any]:
        """One row."""
        values = list(stored)
        for place, decode in self._decode:
            if values[place] is not None:
                values[place] = decode(values[place])
        return values


def _decode(kind: sa.types.TypeEngine[Any]) -> Decode | None:
    if isinstance(kind, Word):
        return {word.value: word for word in kind.words}.__getitem__
    if isinstance(kind, Id | Instant | Day | Flag):
        return lru_cache(maxsize=_REMEMBERED)(kind.load)
    if isinstance(kind, ReplicaType) and type(kind).load is not ReplicaType.load:
        return kind.load
    return None


class ByIds:
    """A select of rows by their ids.

    Args:
        statement: with `ids`, an expanding parameter, and no other.
    """

    def __init__(self, statement: sa.Select[Any]) -> None:
        self._statement = statement
        self._decoder = Decoder(statement.selected_columns)
        self._text = cache(self._compiled)

    def _compiled(self, count: int) -> str:
        expanded = self._statement.params(ids=[UUID(int=0)] * count)
        return str(expanded.compile(dialect=_REPLICA, compile_kwargs={"render_postcompile": True}))

    def __call__(self, session: Session, ids: Collection[UUID]) -> Iterable[Sequence[Any]]:
        """The rows of these ids that are there."""
        replica = driver(session)
        if replica is None:
            return session.execute(self._statement, {"ids": list(ids)})
        found = replica.execute(self._text(len(ids)), [one.bytes for one in ids])
        return [self._decoder.row(row) for row in found]
