"""One row in its four forms: on the wire, in the replica, in an operation's JSON, in Python."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import ColumnDefault
from sqlalchemy.dialects.postgresql import dialect

from medidesk.models.base import SINCE_SCHEMA, Row, replica_type, synchronised, table_of
from medidesk.models.replica_type import Json, ReplicaType, Storage
from medidesk.models.types import Document

type StoredRow = dict[str, Storage]


@dataclass(frozen=True, eq=False)
class TableCodec:
    """Everything needed to carry rows of one table between its forms.

    Attributes:
        model: the mapped class.
        name: the table.
        columns: column names in the order of the table; wire rows and stored tuples follow it.
        types: the column types in the same order.
    """

    model: type[Row]
    name: str
    columns: tuple[str, ...]
    types: tuple[ReplicaType, ...]

    @cached_property
    def later(self) -> frozenset[str]:
        """Columns that came to the table after others: a server of an older schema lacks them, and sends none."""
        columns = table_of(self.model).columns
        return frozenset(column.name for column in columns if SINCE_SCHEMA in column.info)

    @cached_property
    def by_name(self) -> Mapping[str, ReplicaType]:
        """The type of each column."""
        return dict(zip(self.columns, self.types, strict=True))

    @cached_property
    def version_at(self) -> int:
        """The place of the version in a wire row."""
        return self.columns.index("version")

    @cached_property
    def updated_at(self) -> int:
        """The place of the time of the last change, in a wire row."""
        return self.columns.index("updated_at")

    @cached_property
    def wire(self) -> str:
        """The select list with which PostgreSQL hands over rows in replica storage form."""
        return ", ".join(
            f"{kind.wire(self._said(name, kind))} as {name}"
            for name, kind in zip(self.columns, self.types, strict=True)
        )

    def _said(self, name: str, kind: ReplicaType) -> str:
        """A column as a server has it; null from one that lacks it."""
        if name not in self.later:
            return name
        meant = kind.postgres_type().compile(dialect=dialect())  # type: ignore[no-untyped-call]
        return f"(to_jsonb({self.name})->>'{name}')::{meant}"

    @cached_property
    def wire_types(self) -> tuple[str, ...]:
        """PostgreSQL types of the select list, for a binary COPY."""
        return tuple(kind.wire_type for kind in self.types)

    @cached_property
    def documents(self) -> tuple[int, ...]:
        """Places of JSON documents, whose text PostgreSQL orders differently."""
        return tuple(place for place, kind in enumerate(self.types) if isinstance(kind, Document))

    @cached_property
    def references(self) -> Mapping[str, str]:
        """Foreign keys: column → the table it points to."""
        table = table_of(self.model)
        return {
            column.name: next(iter(column.foreign_keys)).column.table.name
            for column in table.columns
            if column.foreign_keys
        }

    @cached_property
    def _shapes(self) -> set[tuple[type, ...]]:
        """Classes of the values of a row that have been found right; there are few."""
        return set()

    @cached_property
    def _particular(self) -> tuple[tuple[int, Callable[[Any], bool]], ...]:
        """Places of values that can be wrong although they are of the right class."""
        return tuple(
            (place, kind.fits)
            for place, kind in enumerate(self.types)
            if type(kind).fits is not ReplicaType.fits
        )

    def received(self, row: Sequence[Any]) -> tuple[Storage, ...]:
        """A wire row as the replica stores it.

        Raises:
            ValueError: it is no row of this table.
        """
        if not self.documents:
            return self.sound(tuple(row))
        stored = list(row)
        for place in self.documents:
            kind = self.types[place]
            stored[place] = kind.from_json(kind.to_json(stored[place]))
        return self.sound(tuple(stored))

    def sound(self, row: tuple[Storage, ...]) -> tuple[Storage, ...]:
        """A row that can be read again once it is stored: a replica keeps whatever it is given.

        Raises:
            ValueError: a value of it is none that its column holds.
        """
        shape = tuple(map(type, row))
        if shape not in self._shapes:
            self._check(shape)
            self._shapes.add(shape)
        for place, fits in self._particular:
            value = row[place]
            if value is not None and not fits(value):
                raise ValueError(f"{self.name}.{self.columns[place]} holds what cannot be read")
        return row

    def _check(self, shape: tuple[type, ...]) -> None:
        columns = table_of(self.model).columns
        for name, kind, found in zip(self.columns, self.types, shape, strict=True):
            if found is not kind.kept_as and not (found is type(None) and columns[name].nullable):
                raise ValueError(f"{self.name}.{name} holds a value of another kind")

    def from_json(self, fields: Mapping[str, Json]) -> StoredRow:
        """The fields of an operation, or of a server's answer, as the replica stores them."""
        return {
            name: self.by_name[name].from_json(value)
            for name, value in fields.items()
            if name in self.by_name
        }

    def to_json(self, fields: Mapping[str, Storage], names: Iterable[str] | None = None) -> dict[str, Json]:
        """Stored fields as the JSON of an operation."""
        wanted = fields.keys() if names is None else names
        return {name: self.by_name[name].to_json(fields[name]) for name in wanted}

    def to_python(self, name: str, stored: Storage) -> Any:
        """One stored value as Python."""
        kind = self.by_name[name]
        return kind.process_result_value(stored, SQLITE)

    def whole(self, fields: Mapping[str, Storage]) -> tuple[Storage, ...]:
        """Stored fields as a tuple in column order."""
        return tuple(fields.get(name) if name in self.later else fields[name] for name in self.columns)

    @cached_property
    def force(self) -> str:
        """Writes a whole row whatever the replica holds."""
        names = ", ".join(self.columns)
        marks = ", ".join("?" * len(self.columns))
        changes = ", ".join(f"{name} = excluded.{name}" for name in self.columns if name != "id")
        return f"insert into {self.name} ({names}) values ({marks}) on conflict (id) do update set {changes}"


class _Sqlite:
    """Stands for the dialect where only its name is asked."""

    name = "sqlite"


SQLITE: Any = _Sqlite()


@lru_cache(maxsize=1)
def codecs() -> Mapping[str, TableCodec]:
    """The codec of every synchronised table, in the order of the first sync."""
    found = {}
    for model in synchronised():
        columns = table_of(model).columns
        found[model.__tablename__] = TableCodec(
            model=model,
            name=model.__tablename__,
            columns=tuple(column.name for column in columns),
            types=tuple(replica_type(column) for column in columns),
        )
    return found


@lru_cache(maxsize=1)
def defaults() -> Mapping[str, StoredRow]:
    """For each table what a row holds where an operation says nothing, in storage form."""
    result: dict[str, StoredRow] = {}
    for name, codec in codecs().items():
        row: StoredRow = {}
        for column in table_of(codec.model).columns:
            given = column.default
            default = given.arg if isinstance(given, ColumnDefault) and given.is_scalar else None
            row[column.name] = codec.by_name[column.name].process_bind_param(default, SQLITE)
        result[name] = row
    return result
