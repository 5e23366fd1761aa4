"""What a station holds of each table: what lies within the scope declared beside the model, what is pinned, and
what has waiting work.

A scope of some days counts back from the replica's *horizon*, a day that moves on once a day, so that station and
server mean the same rows whatever the time. Rows do not come into a scope by themselves: time only takes them out.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from medidesk.models.base import LastDays
from medidesk.models.replica_type import Storage
from medidesk.models.types import Day
from medidesk.sync.codec import TableCodec, codecs


def declared() -> str:
    """Every table's scope, as text: a replica that was filled under another one is compared anew."""
    return ";".join(f"{codec.name}={codec.model.__rules__.scope}" for codec in codecs().values())


def partial_tables() -> list[TableCodec]:
    """The tables of which a station holds the last days only."""
    return [codec for codec in codecs().values() if isinstance(codec.model.__rules__.scope, LastDays)]


def file_columns(codec: TableCodec) -> tuple[str, ...]:
    """The columns that say whose file a row lies in; none for a table that is about no patient."""
    if codec.name == "patient":
        return ("id", "merged_into_id")
    return tuple(column for column, table in codec.references.items() if table == "patient")


@dataclass(frozen=True)
class Share:
    """A station's share of the tables at one moment.

    Attributes:
        horizon: the day from which scopes count back; without one nothing has aged.
        pins: patients whose whole files are held.
        kept: rows with waiting work, by table: they stay, whatever their age.
    """

    horizon: dt.date | None = None
    pins: tuple[UUID, ...] = ()
    kept: Mapping[str, frozenset[UUID]] = field(default_factory=dict)

    def condition(self, codec: TableCodec) -> tuple[str, list[Any]]:
        """The PostgreSQL condition of a row being held, and its parameters; "true" for a table held whole."""
        scope = codec.model.__rules__.scope
        if not isinstance(scope, LastDays) or self.horizon is None:
            return "true", []
        parts = [f"{scope.column} is null", f"{scope.column} >= %s"]
        parameters: list[Any] = [oldest(codec, scope, self.horizon)]
        for column in file_columns(codec) if self.pins else ():
            parts.append(f"{column} = any(%s)")
            parameters.append(list(self.pins))
        if kept := self.kept.get(codec.name):
            parts.append("id = any(%s)")
            parameters.append(list(kept))
        return f"({' or '.join(parts)})", parameters

    def aged(self, codec: TableCodec) -> tuple[str, list[Storage]]:
        """The replica's query for ids of rows that it holds and that have aged out of their scope."""
        scope = codec.model.__rules__.scope
        if not isinstance(scope, LastDays) or self.horizon is None:
            return f"select id from {codec.name} where false", []
        first = codec.by_name[scope.column].store(oldest(codec, scope, self.horizon))
        parts, parameters = [f"{scope.column} < ?"], [first]
        for column in file_columns(codec) if self.pins else ():
            marks = ", ".join("?" * len(self.pins))
            parts.append(f"coalesce({column} not in ({marks}), 1)")  # of no patient: not pinned
            parameters += [one.bytes for one in self.pins]
        parts.append("id not in (select id from overlaid where tbl = ?)")
        parameters.append(codec.name)
        return f"select id from {codec.name} where {' and '.join(parts)}", parameters


def oldest(codec: TableCodec, scope: LastDays, horizon: dt.date) -> dt.date | dt.datetime:
    """The first day, or the first moment, that still lies within a scope."""
    first = horizon - dt.timedelta(days=min(scope.days, (horizon - dt.date.min).days))
    if isinstance(codec.by_name[scope.column], Day):
        return first
    return dt.datetime.combine(first, dt.time(), tzinfo=dt.UTC)
