"""Rows that were found whole, as a table reads them."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID


class HasId(Protocol):
    """Whatever a table shows a row of."""

    @property
    def id(self) -> UUID:
        """Which row it is."""
        ...


class FoundRows[R: HasId]:
    """A `ListSource` over a list that is held here; a filter leaves some of it out."""

    def __init__(self, found: Sequence[R] = ()) -> None:
        self._found = list(found)

    def replace(self, found: Sequence[R]) -> None:
        """Hold something else from now on."""
        self._found = list(found)

    def count(self) -> int:
        """How many were found."""
        return len(self._found)

    def rows(self, offset: int, limit: int) -> list[R]:
        """A page of them, in the order they were found in."""
        return self._found[offset : offset + limit]

    def by_ids(self, ids: Collection[UUID]) -> dict[UUID, R]:
        """Those among them."""
        return {row.id: row for row in self._found if row.id in ids}

    def place(self, row: R) -> None:
        """Only the search knows; reading what it found again costs nothing."""
