r"""Column types that mean the same on PostgreSQL and in a station's SQLite replica.

| type        | Python    | PostgreSQL    | SQLite storage              | JSON of an operation  |
|-------------|-----------|---------------|-----------------------------|-----------------------|
| `Id`        | UUID      | uuid          | BLOB, 16 bytes              | "018f…" with dashes   |
| `Instant`   | datetime  | timestamptz   | INTEGER, µs since 1970 UTC  | ISO 8601, UTC         |
| `Day`       | date      | date          | TEXT, ISO 8601              | ISO 8601              |
| `Exact`     | Decimal   | numeric(p, s) | INTEGER, scaled by 10**s    | decimal string        |
| `Word`      | StrEnum   | text + CHECK  | TEXT                        | string                |
| `Text`      | str       | varchar(n)    | TEXT                        | string                |
| `Flag`      | bool      | boolean       | INTEGER 0/1                 | true/false            |
| `Whole`     | int       | integer       | INTEGER                     | number                |
| `Document`  | dict      | jsonb         | TEXT, sorted keys           | object                |
| `Bytes`     | bytes     | bytea         | BLOB                        | "\x…" (PostgreSQL hex) |

Each type also knows its *wire*: the SELECT expression with which PostgreSQL hands over a value that can go
into SQLite as it is, and the PostgreSQL type of that expression in a binary COPY.
"""

import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Any, override
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from uuid_utils.compat import uuid7

from medidesk.models.replica_type import Json, ReplicaType, Storage

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
FIRST_INSTANT, LAST_INSTANT = (
    (moment - EPOCH) // MICROSECOND
    for moment in (dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
)


def new_id() -> UUID:
    """A UUIDv7 made here: an offline station needs no server to name a row."""
    return uuid7()


class Id(ReplicaType):
    """A UUID."""

    impl = sa.Uuid
    postgres = sa.Uuid()
    sqlite = sa.LargeBinary(16)
    wire_type = "bytea"
    kept_as = bytes

    @override
    def store(self, value: Any) -> Storage:
        return value.bytes if isinstance(value, UUID) else UUID(str(value)).bytes

    @override
    def load(self, value: Any) -> Any:
        return UUID(bytes=value)

    @override
    def fits(self, stored: Any) -> bool:
        return len(stored) == 16

    @override
    def to_json(self, stored: Storage) -> Json:
        return None if stored is None else str(UUID(bytes=stored))  # type: ignore[arg-type]

    @override
    def from_json(self, value: Json) -> Storage:
        return None if value is None else UUID(value).bytes

    @override
    def wire(self, name: str) -> str:
        return f"uuid_send({name})"


class Instant(ReplicaType):
    """A point in time, always with a zone in Python and UTC in storage."""

    impl = sa.DateTime
    postgres = sa.DateTime(timezone=True)
    sqlite = sa.BigInteger()
    wire_type = "int8"
    kept_as = int

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """Refuses a naive datetime: whose clock it was would be a guess."""
        if value is not None and value.tzinfo is None:
            msg = "a datetime without a time zone cannot be stored"
            raise ValueError(msg)
        return super().process_bind_param(value, dialect)

    @override
    def store(self, value: Any) -> Storage:
        return int((value - EPOCH) // MICROSECOND)

    @override
    def load(self, value: Any) -> Any:
        return EPOCH + dt.timedelta(microseconds=value)

    @override
    def fits(self, stored: Any) -> bool:
        return bool(FIRST_INSTANT <= stored <= LAST_INSTANT)

    @override
    def to_json(self, stored: Storage) -> Json:
        return None if stored is None else self.load(stored).isoformat()

    @override
    def from_json(self, value: Json) -> Storage:
        return None if value is None else self.store(dt.datetime.fromisoformat(value))

    @override
    def check(self, column: str) -> str:
        return f"{column} between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'"

    @override
    def wire(self, name: str) -> str:
        return f"(extract(epoch from {name}) * 1000000)::int8"


class Day(ReplicaType):
    """A calendar date without a time zone."""

    impl = sa.Date
    postgres = sa.Date()
    sqlite = sa.Text()

    @override
    def store(self, value: Any) -> Storage:
        return str(value.isoformat())

    @override
    def load(self, value: Any) -> Any:
        return dt.date.fromisoformat(value)

    @override
    def fits(self, stored: Any) -> bool:
        try:
            dt.date.fromisoformat(stored)
        except ValueError:
            return False
        return True

    @override
    def check(self, column: str) -> str:
        return f"{column} between '0001-01-01' and '9999-12-31'"

    @override
    def wire(self, name: str) -> str:
        return f"to_char({name}, 'YYYY-MM-DD')"


class Exact(ReplicaType):
    """An exact number with a fixed scale: money, or a quantity. A float never touches it."""

    impl = sa.Numeric
    sqlite = sa.BigInteger()
    wire_type = "int8"
    kept_as = int

    def __init__(self, scale: int, precision: int = 18) -> None:
        super().__init__()
        self.scale = scale
        self.precision = precision

    @override
    def postgres_type(self) -> Any:
        return sa.Numeric(self.precision, self.scale)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """Refuses floats, and digits that the scale would silently drop."""
        if value is not None:
            if isinstance(value, float):
                msg = "a float cannot be stored as an exact number"
                raise TypeError(msg)
            self.store(value)
        return super().process_bind_param(value, dialect)

    @override
    def store(self, value: Any) -> Storage:
        scaled = Decimal(value).scaleb(self.scale)
        if scaled != scaled.to_integral_value():
            msg = f"{value} has more than {self.scale} decimals"
            raise ValueError(msg)
        return int(scaled)

    @override
    def load(self, value: Any) -> Any:
        return Decimal(value).scaleb(-self.scale)

    @override
    def to_json(self, stored: Storage) -> Json:
        return None if stored is None else str(self.load(stored))

    @override
    def from_json(self, value: Json) -> Storage:
        return None if value is None else self.store(Decimal(str(value)))

    @override
    def check(self, column: str) -> str:
        return f"{column} <> 'NaN'"

    @override
    def wire(self, name: str) -> str:
        return f"({name} * {10**self.scale})::int8"


class Word(ReplicaType):
    """One word of an enumeration, kept as text with a CHECK on PostgreSQL."""

    impl = sa.Text
    postgres = sa.Text()
    sqlite = sa.Text()

    def __init__(self, words: type[enum.StrEnum]) -> None:
        super().__init__()
        self.words = words
        self._members = {
            word.value: word for word in words
        }  # several times as quick as asking the enumeration

    @override
    def store(self, value: Any) -> Storage:
        return str(self.words(value).value)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002 (SQLAlchemy's signature)
        """The word as text; a word outside the enumeration is refused."""
        return None if value is None else self.store(value)

    @override
    def load(self, value: Any) -> Any:
        return self._members[value]

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002 (as above)
        """The member, on either engine."""
        return None if value is None else self._members[value]

    @override
    def check(self, column: str) -> str:
        return f"{column} in ({', '.join(repr(word.value) for word in self.words)})"


class Text(ReplicaType):
    """Text with a greatest length."""

    impl = sa.String
    sqlite = sa.Text()

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length

    @override
    def postgres_type(self) -> Any:
        return sa.String(self.length)

    @override
    def wire(self, name: str) -> str:
        return f"{name}::text"


class Flag(ReplicaType):
    """Yes or no."""

    impl = sa.Boolean
    postgres = sa.Boolean()
    sqlite = sa.Integer()
    wire_type = "int4"
    kept_as = int

    @override
    def store(self, value: Any) -> Storage:
        return int(bool(value))

    @override
    def load(self, value: Any) -> Any:
        return bool(value)

    @override
    def to_json(self, stored: Storage) -> Json:
        return None if stored is None else bool(stored)

    @override
    def from_json(self, value: Json) -> Storage:
        return None if value is None else int(value)

    @override
    def wire(self, name: str) -> str:
        return f"{name}::int4"


class Whole(ReplicaType):
    """A whole number."""

    impl = sa.Integer
    postgres = sa.Integer()
    sqlite = sa.Integer()
    wire_type = "int4"
    kept_as = int


class Document(ReplicaType):
    """A JSON document; stored with sorted keys, so that equal documents are equal text."""

    impl = sa.JSON
    postgres = postgresql.JSONB()
    sqlite = sa.Text()

    @override
    def store(self, value: Any) -> Storage:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @override
    def load(self, value: Any) -> Any:
        return json.loads(value)

    @override
    def to_json(self, stored: Storage) -> Json:
        return None if stored is None else json.loads(str(stored))

    @override
    def from_json(self, value: Json) -> Storage:
        return None if value is None else self.store(value)

    @override
    def wire(self, name: str) -> str:
        return f"{name}::text"


class Bytes(ReplicaType):
    """Raw bytes, such as a photo."""

    impl = sa.LargeBinary
    postgres = sa.LargeBinary()
    sqlite = sa.LargeBinary()
    wire_type = "bytea"
    kept_as = bytes

    @override
    def to_json(self, stored: Storage) -> Json:
        return None if stored is None else "\\x" + bytes(stored).hex()  # type: ignore[arg-type]

    @override
    def from_json(self, value: Json) -> Storage:
        return None if value is None else bytes.fromhex(value.removeprefix("\\x"))
