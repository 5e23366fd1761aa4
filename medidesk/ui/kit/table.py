"""The table of every list: declared columns, one delegate, keyboard first."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget

from medidesk.ui.kit.column_widths import shared_widths
from medidesk.ui.kit.found_rows import FoundRows, HasId
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.table_delegate import OUTER, RowStates, TableDelegate
from medidesk.ui.kit.table_glow import RowGlow
from medidesk.ui.kit.table_header import TableHeader
from medidesk.ui.kit.table_model import AnyIndex, Column, ListSource, TableModel
from medidesk.ui.kit.theme import tokens
from medidesk.words import tr

__all__ = ["Column", "ListSource", "Table", "TableModel"]

_DRIVING = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
_OPENING = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class Table(QTableView):
    """A list of rows read lazily from a `ListSource`.

    Args:
        columns: what to show of a row.
        row: "compact" 32, "default" 40 or "two_line" 56 px.
        name: what a screen reader calls the list.
        gutter: room in px before the first and after the last column; 16 inside a card.

    Signals:
        opened(row): Enter or a double click.
        chosen(row or None): another row is the current one, or the current one shows something new.
    """

    opened = Signal(object)
    chosen = Signal(object)

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        row: Literal["compact", "default", "two_line"] = "default",
        name: str = "",
        gutter: int = OUTER,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.rows = TableModel(columns, self)
        self.rows.pending_words = tr("Waiting to be sent")
        self._states = RowStates()
        self._driver: QWidget | None = None
        self._last_chosen: Any = None
        self._anchor: tuple[UUID | None, UUID | None, int, int] = (None, None, 0, -1)
        self._glow = RowGlow(self)
        self._glow.faded.connect(self._show_glow)
        self.setModel(self.rows)
        self._delegate = TableDelegate(self.rows, self._states, self)
        self.setItemDelegate(self._delegate)
        self._head = TableHeader(self.rows, self)
        self.setHorizontalHeader(self._head)
        self.setAccessibleName(name or tr("List"))
        self._delegate.outer = self._head.outer = gutter
        self._set_up(int(tokens["row"][row]))
        self.rows.modelAboutToBeReset.connect(self._remember)
        self.rows.modelReset.connect(self._put_back)
        self.rows.rows_changed.connect(self._rows_changed)

    def _set_up(self, row_height: int) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(row_height)
        self.verticalHeader().setDefaultSectionSize(row_height)
        self.verticalScrollBar().setSingleStep(row_height)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setProperty("halo", False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)

    def set_source(self, source: ListSource, *, choose_first: bool = False) -> None:
        """Show another list from its top; nothing is chosen, or the first row where there is one."""
        before, self._last_chosen = self._last_chosen, None
        self.rows.set_source(source)
        self._last_chosen = before
        if choose_first and self.rows.rowCount():
            self.choose_row(0)
        else:
            self._say_chosen(None)

    def show_source(self, source: ListSource) -> None:
        """Show another list (results of a longer search word) and keep the chosen row if it is in it."""
        self.rows.set_source(source)

    def show_found[R: HasId](self, source: FoundRows[R], found: Sequence[R]) -> None:
        """Show what was found now of a list that is held whole: the choice stays, else the first row is chosen."""
        first = self.current_row() is None
        source.replace(found)
        if first:
            self.set_source(source, choose_first=True)
            return
        self.refresh()
        if self.current_row() is None and found:
            self.choose_row(0)

    def refresh(self, changed_ids: Iterable[UUID] | None = None) -> None:
        """Show what the source holds now; changed rows glow once. See `TableModel.refresh`."""
        self.rows.refresh(changed_ids)
        self._check_chosen()

    def set_marks(self, words: Sequence[str]) -> None:
        """Mark these search words wherever they stand in a cell."""
        self._states.marks = tuple(word for word in words if word)
        self.viewport().update()

    def set_pending(self, ids: Iterable[UUID]) -> None:
        """Give the rows that wait to be sent their amber bar and cloud."""
        self.rows.set_pending(ids)

    def drive_from(self, field: QWidget | None) -> None:
        """Let a search field drive the list, or none: arrows move, Enter opens, while its focus stays."""
        if self._driver is not None:
            self._driver.removeEventFilter(self)
        self._driver = field
        if field is not None:
            field.installEventFilter(self)

    def current_row(self) -> Any:
        """The chosen row, or None."""
        index = self.currentIndex()
        return self.rows.row_at(index.row()) if index.isValid() else None

    def choose_row(self, at: int) -> None:
        """Choose the row at place `at` and bring it into sight."""
        self.setCurrentIndex(self.rows.index(at, self._delegate.first))

    def choose_id(self, row_id: UUID) -> bool:
        """Choose the row of this id if it is among those read; says whether it was."""
        at = self.rows.place_of(row_id)
        if at is not None:
            self.choose_row(at)
        return at is not None

    def pose(self, *, hovered: int = -1, chosen: int = -1, has_focus: bool = False) -> None:
        """Show these states whatever the mouse and the keyboard do; for pictures of the kit."""
        self._states.hovered, self._states.chosen, self._states.has_focus = hovered, chosen, has_focus
        self.viewport().update()

    # What the keyboard and the mouse do

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in _OPENING and plain:
            self._open_current()
        elif key == Qt.Key.Key_Home:
            self.choose_row(0)
        elif key == Qt.Key.Key_End:
            self.choose_row(self.rows.rowCount() - 1)
        elif key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            event.ignore()
        elif not self.currentIndex().isValid() and key in _DRIVING:
            self.choose_row(0)
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._driver:
            if event.type() in {QEvent.Type.FocusIn, QEvent.Type.FocusOut}:
                self._note_focus()
            elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                key = Qt.Key(event.key())
                plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
                if plain and key in _DRIVING | _OPENING:
                    if isinstance(watched, SearchBox):
                        # A scanner's Enter comes before what it typed has been looked for.
                        watched.search_at_once()
                    if key in _DRIVING or self.currentIndex().isValid():
                        self.keyPressEvent(event)
                        return True
        return super().eventFilter(watched, event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.indexAt(event.position().toPoint()).isValid():
            self._open_current()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.rows.rowCount():
            self.choose_row(0)
        self._note_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._note_focus()

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        self._states.chosen = current.row()
        for index in (current, previous):
            self._repaint_row(index.row())
        self._say_chosen(self.rows.row_at(current.row()) if current.isValid() else None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._share_width()
        super().resizeEvent(event)

    def _open_current(self) -> None:
        row = self.current_row()
        if row is not None:
            self.opened.emit(row)

    def _hover(self, at: int) -> None:
        before, self._states.hovered = self._states.hovered, at
        if before != at:
            self._repaint_row(before)
            self._repaint_row(at)

    def _note_focus(self) -> None:
        driven = self._driver is not None and self._driver.hasFocus()
        self._states.has_focus = self.hasFocus() or driven
        self._repaint_row(self._states.chosen)

    def _repaint_row(self, at: int) -> None:
        if at >= 0:
            top = self.rowViewportPosition(at)
            self.viewport().update(0, top, self.viewport().width(), self.rowHeight(at))

    def _say_chosen(self, row: Any) -> None:
        if row != self._last_chosen:
            self._last_chosen = row
            self.chosen.emit(row)

    # Choice and place stay while rows come and go

    def _remember(self) -> None:
        chosen = self._last_chosen.id if self._last_chosen is not None else None
        at = self.rowAt(0)
        top = self.rows.row_at(at) if at >= 0 else None
        offset = -self.rowViewportPosition(at) if at >= 0 else 0
        scroll = self.verticalScrollBar().value()
        self._anchor = (chosen, top.id if top is not None and scroll else None, offset, self._states.chosen)

    def _put_back(self) -> None:
        self._share_width()
        chosen, top, offset, was_at = self._anchor
        self._states.chosen = self._states.hovered = -1
        if top is not None:
            at = self.rows.place_of(top)
            if at is not None:
                self.verticalScrollBar().setValue(at * self.verticalHeader().defaultSectionSize() + offset)
        if chosen is None:
            return
        at = self._find(chosen, was_at)
        scroll = self.verticalScrollBar().value()
        if at is not None:
            self.choose_row(at)
            self.verticalScrollBar().setValue(scroll)
        else:
            self._say_chosen(None)

    def _check_chosen(self) -> None:
        """Follow the chosen row where it changed or moved out of sight."""
        last, current = self._last_chosen, self.current_row()
        if last is None:
            return
        if current is not None and current.id == last.id:
            self._say_chosen(current)
            return
        scroll = self.verticalScrollBar().value()
        at = self._find(last.id, self._states.chosen)
        self.setCurrentIndex(QModelIndex() if at is None else self.rows.index(at, self._delegate.first))
        self.verticalScrollBar().setValue(scroll)

    def _find(self, row_id: UUID, was_at: int) -> int | None:
        """Where a row stands now: among the pages read, or near where it was."""
        at = self.rows.place_of(row_id)
        if at is None and self.rows.still_there(row_id) is not None:
            self.rows.row_at(min(max(was_at, 0), self.rows.rowCount() - 1))
            at = self.rows.place_of(row_id)
        return at

    def _rows_changed(self, ids: list[UUID]) -> None:
        if self._last_chosen is not None and self._last_chosen.id in ids:
            self._say_chosen(self.current_row())
        self._glow.begin(ids)

    def _show_glow(self) -> None:
        self._states.glow = self._glow.strength
        self.viewport().update()

    # Columns share the width

    def _share_width(self) -> None:
        widths = shared_widths(self.rows.columns, self.viewport().width())
        for at in range(len(self.rows.columns)):
            self.setColumnHidden(at, at not in widths)
            if at in widths:
                self.setColumnWidth(at, widths[at])
        self._delegate.first = self._head.first = min(widths)
        self._delegate.last = self._head.last = max(widths)
