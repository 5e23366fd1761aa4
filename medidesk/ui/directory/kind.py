"""What one kind of entry in the directory is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from medidesk.repositories.verbs import Verb
from medidesk.ui.directory.forms import Places
from medidesk.ui.kit.form import FormSpec
from medidesk.ui.kit.table import Column

if TYPE_CHECKING:
    from medidesk.station import Attention

type Run = tuple[Verb, tuple[Any, ...]]
"""A verb, and what it is run with."""


@dataclass(frozen=True)
class Kind:
    """One kind of entry.

    Attributes:
        name: in drafts' keys.
        table: the table that holds them.
        label: what they are called together.
        icon: a Lucide name.
        new_title: over the panel of a new one, and on the button.
        rows, one: the queries of all of them, and of one by its id.
        columns: of the list.
        searched: the words of a row that a search finds.
        spec: its form, by what there is to choose from, the entry's own values (none for a new one) and its branch.
        empty: what a new one holds.
        add, edit, remove: the verbs; an entry that nobody removes has no third.
        removed: what the toast says.
        remove_label: on the button of the third.
    """

    name: str
    table: str
    label: str
    icon: str
    new_title: str
    rows: Callable[..., list[Any]]
    one: Callable[..., Any]
    columns: tuple[Column, ...]
    searched: Callable[[Any], str]
    spec: Callable[[Places, Mapping[str, Any] | None, UUID], FormSpec]
    empty: Mapping[str, object]
    add: Verb
    edit: Verb
    remove: Verb | None = None
    removed: str = ""
    remove_label: str = ""

    def adding(self, values: dict[str, Any]) -> Run:
        """What adds an entry with these values."""
        return self.add, (values,)

    def changing(self, row: Any, changes: dict[str, Any]) -> Run:
        """What changes an entry. Only what this person changed: the rest is perhaps somebody else's by now."""
        return self.edit, (row.id, changes)

    def removing(self, row: Any) -> Run | None:
        """What removes an entry, where it can be removed."""
        return None if self.remove is None else (self.remove, (row.id,))

    def holds(self, table: str) -> bool:
        """Whether what is in a table is entered in this form."""
        return table == self.table

    def is_about(self, row: Any, attention: Attention) -> bool:
        """Whether refused work is about this entry."""
        return attention.row_id is not None and self.row_of(row) == attention.row_id

    def row_of(self, row: Any) -> UUID | None:
        """The row of the table behind an entry."""
        return row.id  # type: ignore[no-any-return]
