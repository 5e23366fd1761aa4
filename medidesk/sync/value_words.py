"""Values as the server writes them into JSON, in words."""

from medidesk.models.replica_type import Json
from medidesk.models.types import Id
from medidesk.repositories.labels import shown_as
from medidesk.sync.codec import SQLITE, TableCodec


def points(codec: TableCodec | None, name: str) -> bool:
    """Whether a field holds another row's id, which says nothing to people."""
    return codec is not None and isinstance(codec.by_name.get(name), Id)


def value_words(codec: TableCodec | None, name: str, value: Json) -> str:
    """A value as people read it, or as it was sent where it is none of its kind."""
    kind = None if codec is None else codec.by_name.get(name)
    if kind is None:
        return shown_as(name, value)
    try:
        return shown_as(name, kind.process_result_value(kind.from_json(value), SQLITE))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return str(value)
