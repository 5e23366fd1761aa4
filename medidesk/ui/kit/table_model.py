"""Rows of a table, read a page at a time from a source that may hold a hundred thousand."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.theme import Weight

AnyIndex = QModelIndex | QPersistentModelIndex

PAGE = 200
_PAGES_KEPT = 12
_IN_SIGHT = 2

ROW_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Column:
    """One column of a declared table.

    Attributes:
        title: the head.
        read: the words of a row; "" is shown as "—".
        width: in px at plain text size; what is left over goes to columns that `grow`.
        align: "start" or "end" (amounts).
        weight: of the words.
        kind: "text", "figures" (digits of one width), "person" (avatar before a name) or "chips".
        secondary: a second, quieter line below the words.
        chips: what follows the words; the whole cell when `kind` is "chips".
        icon: an icon and its colour token before the words, or None.
        tone: the colour token of the words.
        strong: whether this row's words are semibold.
        photo: the encoded picture of a person.
        grow: this column's share of the room left over.
        leaves: which column goes first where there is no room for all: 1 before 2; 0 stays.
    """

    title: str
    read: Callable[[Any], str]
    width: int = 120
    align: Literal["start", "end"] = "start"
    weight: Weight = "regular"
    kind: Literal["text", "figures", "person", "chips"] = "text"
    secondary: Callable[[Any], str] | None = None
    chips: Callable[[Any], Sequence[ChipLook]] | None = None
    icon: Callable[[Any], tuple[str, str] | None] | None = None
    tone: Callable[[Any], str] | None = None
    strong: Callable[[Any], bool] | None = None
    photo: Callable[[Any], bytes | None] | None = None
    grow: int = 0
    leaves: int = 0

    def spoken(self, row: Any) -> str:
        """The cell in words: its text, second line and chips."""
        parts = [self.read(row)]
        if self.secondary is not None:
            parts.append(self.secondary(row))
        if self.chips is not None:
            parts.extend(chip.spoken for chip in self.chips(row))
        return ", ".join(part for part in parts if part)


class ListSource(Protocol):
    """What a table reads from. Rows are frozen dataclasses with an `id: UUID`."""

    def count(self) -> int:
        """How many rows there are."""
        ...

    def rows(self, offset: int, limit: int) -> Sequence[Any]:
        """At most `limit` rows from `offset` on, in order."""
        ...

    def by_ids(self, ids: Collection[UUID]) -> Mapping[UUID, Any]:
        """The rows of these ids that are still there."""
        ...

    def place(self, row: Any) -> Any:
        """What decides whether and where a row stands in the list; None when only reading it again can tell."""
        ...


class EmptySource:
    """A source without rows."""

    def count(self) -> int:
        return 0

    def rows(self, offset: int, limit: int) -> list[Any]:
        return []

    def by_ids(self, ids: Collection[UUID]) -> dict[UUID, Any]:
        return {}

    def place(self, row: Any) -> None:
        return None


class TableModel(QAbstractTableModel):
    """The rows of a `ListSource` as Qt sees them; holds only the pages that were looked at.

    Signals:
        rows_changed(list[UUID]): these rows show something else than before, in place.
    """

    rows_changed = Signal(list)

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._source: ListSource = EmptySource()
        self._count = 0
        self._pages: OrderedDict[int, list[Any]] = OrderedDict()
        self.pending: frozenset[UUID] = frozenset()
        self.pending_words = ""

    def set_source(self, source: ListSource) -> None:
        """Show another list from its beginning."""
        self.beginResetModel()
        self._source = source
        self._pages.clear()
        self._count = source.count()
        self.endResetModel()

    def refresh(self, changed_ids: Iterable[UUID] | None = None) -> None:
        """Show what the source holds now.

        When the order stays, only rows that differ are announced. When rows came, went or moved, the
        model resets; the table puts choice and scroll position back by row id.

        Args:
            changed_ids: rows known to have changed; None if that is not known.
        """
        if changed_ids is not None:
            changed_ids = frozenset(changed_ids)
            if self._refreshed_in_place(changed_ids):
                return
        count = self._source.count()
        fresh = {page: list(self._source.rows(page * PAGE, PAGE)) for page in list(self._pages)[-_IN_SIGHT:]}
        in_place = count == self._count and all(
            [row.id for row in rows] == [row.id for row in self._pages[page]] for page, rows in fresh.items()
        )
        if not in_place:
            self.beginResetModel()
            self._count = count
            self._pages = OrderedDict(fresh)
            self.endResetModel()
            return
        known = frozenset(changed_ids or ())
        before, self._pages = self._pages, OrderedDict(fresh)
        changed: list[UUID] = []
        for page, rows in fresh.items():
            for at, row in enumerate(rows):
                if row != before[page][at] or row.id in known:
                    self._announce(page * PAGE + at)
                    changed.append(row.id)
        if changed:
            self.rows_changed.emit(changed)

    def _refreshed_in_place(self, ids: frozenset[UUID]) -> bool:
        """Show these rows anew where all of them are shown and none has moved; says whether that was so.

        Counting a long list and reading its pages again costs tens of milliseconds, one row a fraction of one.
        """
        held = {row.id: (page, at) for page, rows in self._pages.items() for at, row in enumerate(rows)}
        if not ids or not ids <= held.keys():
            return False
        fresh = self._source.by_ids(ids)
        for row_id in ids:
            page, at = held[row_id]
            now = fresh.get(row_id)
            stands = None if now is None else self._source.place(now)
            if stands is None or stands != self._source.place(self._pages[page][at]):
                return False
        for row_id in ids:
            page, at = held[row_id]
            self._pages[page][at] = fresh[row_id]
            self._announce(page * PAGE + at)
        self.rows_changed.emit(list(ids))
        return True

    def set_pending(self, ids: Iterable[UUID]) -> None:
        """Mark the rows that wait to be sent."""
        before, self.pending = self.pending, frozenset(ids)
        for row_id in before ^ self.pending:
            at = self.place_of(row_id)
            if at is not None:
                self._announce(at)

    def row_at(self, at: int) -> Any:
        """The row at place `at`, read from the source if need be; None past the end."""
        if not 0 <= at < self._count:
            return None
        number, place = divmod(at, PAGE)
        page = self._pages.get(number)
        if page is None:
            page = list(self._source.rows(number * PAGE, PAGE))
            self._pages[number] = page
            while len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(number)
        return page[place] if place < len(page) else None

    def place_of(self, row_id: UUID | None) -> int | None:
        """Where a row stands among the pages read so far, or None."""
        for number, page in self._pages.items():
            for at, row in enumerate(page):
                if row.id == row_id:
                    return number * PAGE + at
        return None

    def still_there(self, row_id: UUID) -> Any:
        """The row of this id wherever it stands in the list, or None."""
        return self._source.by_ids([row_id]).get(row_id)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def columnCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, ROW_ROLE}:
            return None
        row = self.row_at(index.row())
        if row is None or role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[index.column()].read(row)
        return self.spoken_row(row) if index.column() == 0 else self.columns[index.column()].spoken(row)

    def spoken_row(self, row: Any) -> str:
        """A whole row in words, each cell after its head, as a screen reader says it."""
        cells = [self.columns[0].spoken(row)]
        for column in self.columns[1:]:
            words = column.spoken(row)
            if words:
                cells.append(f"{column.title} {words}")
        if row.id in self.pending and self.pending_words:
            cells.append(self.pending_words)
        return "; ".join(cells)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role in {
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
        }:
            return self.columns[section].title
        return None

    def _announce(self, at: int) -> None:
        self.dataChanged.emit(self.index(at, 0), self.index(at, len(self.columns) - 1))
