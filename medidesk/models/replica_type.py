"""The base of our column types: a Python form, a replica storage form and a JSON form (see `models.types`)."""

from collections.abc import Callable
from typing import Any, ClassVar

import sqlalchemy as sa

type Storage = str | int | bytes | None
type Json = Any


class ReplicaType(sa.types.TypeDecorator[Any]):
    """A type with a Python form, a replica storage form and a JSON form.

    `process_bind_param` and `process_result_value` serve SQLAlchemy on both engines; `from_json` and
    `to_json` turn the JSON of an operation or of a server's answer into replica storage and back.
    """

    postgres: ClassVar[Any] = sa.Text
    sqlite: ClassVar[Any] = sa.Text
    wire_type: ClassVar[str] = "text"
    kept_as: ClassVar[type] = str

    def __init_subclass__(cls, **options: Any) -> None:
        # SQLAlchemy looks for it in the class itself, not in its bases.
        cls.cache_ok = True
        super().__init_subclass__(**options)

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The engine's own type."""
        chosen = self.sqlite if dialect.name == "sqlite" else self.postgres_type()
        return dialect.type_descriptor(chosen)

    def postgres_type(self) -> Any:
        """The PostgreSQL type, with length or precision where it has one."""
        return self.postgres

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """Python to the engine's form."""
        return self.store(value) if dialect.name == "sqlite" and value is not None else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """The engine's form to Python."""
        return self.load(value) if dialect.name == "sqlite" and value is not None else value

    def result_processor(self, dialect: sa.Dialect, coltype: Any) -> Callable[[Any], Any] | None:
        """What SQLAlchemy calls for each value read; nothing on a replica that stores the Python form itself."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        if type(self).load is ReplicaType.load:
            return None  # most columns: half of the time of a page of patients went into handing text back
        load = self.load
        return lambda value: None if value is None else load(value)

    def store(self, value: Any) -> Storage:
        """Python to replica storage (never called with None)."""
        stored: Storage = value
        return stored

    def load(self, value: Any) -> Any:
        """Replica storage to Python (never called with None)."""
        return value

    def to_json(self, stored: Storage) -> Json:
        """Replica storage to the JSON of an operation."""
        return stored

    def from_json(self, value: Json) -> Storage:
        """The JSON of an operation, or of `to_jsonb(row)`, to replica storage."""
        stored: Storage = value
        return stored

    def fits(self, stored: Any) -> bool:  # noqa: ARG002 (most ask for no more than `kept_as`)
        """Whether a value of the class `kept_as` is one that can be read again (never called with None)."""
        return True

    def check(self, column: str) -> str:  # noqa: ARG002 (most need none)
        """The CHECK that keeps from PostgreSQL's column what a station could not hold; empty where all fits.

        A single such value would end every station's pull, or be unreadable at each.
        """
        return ""

    def wire(self, name: str) -> str:
        """The PostgreSQL expression for column `name` in replica storage form."""
        return name
