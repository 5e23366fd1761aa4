"""The unit of work of a verb: it records which rows were inserted, which fields changed, from what, to what,
and which rows the verb relied on. Nothing is committed here: the record is the operation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Concatenate, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from medidesk.errors import DomainError
from medidesk.models.base import Row, table_of, writable_columns
from medidesk.words import tr


@dataclass
class CapturedRow:
    """What a verb did to one row, in Python values.

    Attributes:
        model: its class.
        id: its id.
        inserts: the row is new.
        values: new values by column.
        base: for a change, the values of all fields that belong with the changed ones, as they were.
        version: the version it had; 0 for one not yet sent.
    """

    model: type[Row]
    id: UUID
    inserts: bool
    values: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True)
class Captured:
    """Everything one verb did.

    Attributes:
        rows: the rows it wrote, in the order it wrote them.
        relied: rows it relied on but did not write: model, id and version.
        title, line: what it did, in words.
    """

    rows: tuple[CapturedRow, ...]
    relied: tuple[tuple[type[Row], UUID, int], ...]
    title: str
    line: str


class Work:
    """One run of a verb on a session. Leaving the block rolls everything back.

    Attributes:
        session: for queries; bulk statements are refused, since they could not be captured.
        org_id: the organisation that new rows belong to.
        next_provisional: gives a file number of this station's own, for a registration without the server.
    """

    def __init__(self, session: Session, org_id: UUID, next_provisional: Callable[[], str]) -> None:
        self.session = session
        self.org_id = org_id
        self.next_provisional = next_provisional
        self._rows: dict[tuple[type[Row], UUID], CapturedRow] = {}
        self._relied: dict[tuple[type[Row], UUID], int] = {}
        self._title = ""
        self._line = ""
        event.listen(session, "before_flush", self._before_flush)
        event.listen(session, "do_orm_execute", _refuse_bulk)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        event.remove(self.session, "before_flush", self._before_flush)
        event.remove(self.session, "do_orm_execute", _refuse_bulk)
        self.session.rollback()
        self.session.close()

    def describe(self, title: str, line: str = "") -> None:
        """Say in words what the verb did, for the list of waiting changes."""
        self._title, self._line = title, line

    def add[R: Row](self, row: R) -> R:
        """A new row; it belongs to the person's organisation unless it says otherwise."""
        if row.org_id is None:
            row.org_id = self.org_id
        self.session.add(row)
        self._capture_new(row)
        return row

    def get[R: Row](self, model: type[R], row_id: UUID) -> R:
        """A row that the verb goes on from; what is written only holds if it has not moved.

        Raises:
            DomainError: it is gone.
        """
        row = self.see(model, row_id)
        self._relied.setdefault((model, row.id), row.version)
        return row

    def see[R: Row](self, model: type[R], row_id: UUID) -> R:
        """A row that is read for its words alone, such as a name for a sentence: it may move.

        Raises:
            DomainError: it is gone.
        """
        row = self.session.get(model, row_id)
        if row is None or row.deleted_at is not None:
            raise DomainError(
                tr("This entry is no longer there."),
                tr("Someone may have removed it; look at the file again."),
            )
        return row

    def read[**P, T](
        self, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A query of a repository, on this session."""
        return query(self.session, *args, **kwargs)

    def captured(self) -> Captured:
        """What the verb has done so far.

        Nothing is flushed for it: what no query of the verb's own has asked for would reach the replica only to be
        rolled back.
        """
        self._capture(self.session)
        rows = tuple(row for row in self._rows.values() if row.values)
        written = {(row.model, row.id) for row in rows}
        return Captured(
            rows=rows,
            relied=tuple((*key, version) for key, version in self._relied.items() if key not in written),
            title=self._title,
            line=self._line,
        )

    def _before_flush(self, session: Session, _: UOWTransaction, __: object) -> None:
        # A query of the verb's own is about to flush what it has written, and with that goes what was there before.
        self._capture(session)

    def _capture(self, session: Session) -> None:
        if session.deleted:
            msg = "nothing is deleted: set deleted_at"
            raise TypeError(msg)
        for row in session.new:
            self._capture_new(_row(row))
        for row in session.dirty:
            if session.is_modified(row):
                self._capture_changed(_row(row))

    def _capture_new(self, row: Row) -> None:
        for column in table_of(type(row)).columns:
            # Defaults are set now, not at the INSERT, so that the operation carries what the replica shows.
            if getattr(row, column.name) is None and isinstance(column.default, sa.ColumnDefault):
                default = column.default.arg
                setattr(row, column.name, default(None) if callable(default) else default)
        self._rows[type(row), row.id] = CapturedRow(
            type(row),
            row.id,
            inserts=True,
            values={name: getattr(row, name) for name in writable_columns(type(row))},
        )

    def _capture_changed(self, row: Row) -> None:
        state = sa.inspect(row)
        known = self._rows.setdefault(
            (type(row), row.id), CapturedRow(type(row), row.id, inserts=False, version=row.version)
        )
        sent = writable_columns(type(row))
        for name in sent:
            history = state.attrs[name].history
            if not history.has_changes():
                continue
            known.values[name] = getattr(row, name)
            if known.inserts:
                continue
            for other in row.__rules__.merge.group_of(name, sent):
                if other not in known.base:
                    known.base[other] = _before(state.attrs[other].history, getattr(row, other))
        if not known.inserts:
            # A field set back to what it was is no change.
            for name in [name for name, value in known.values.items() if value == known.base[name]]:
                del known.values[name]


def _before(history: Any, now: Any) -> Any:
    return history.deleted[0] if history.has_changes() and history.deleted else now


def _row(thing: object) -> Row:
    if not isinstance(thing, Row):
        msg = f"{thing!r} is not a synchronised row"
        raise TypeError(msg)
    return thing


def _refuse_bulk(state: ORMExecuteState) -> None:
    if state.is_update or state.is_delete or state.is_insert:
        msg = "bulk statements cannot be captured; change the rows one by one"
        raise TypeError(msg)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `after` that differ from `before`."""
    return {name: value for name, value in after.items() if name not in before or before[name] != value}
