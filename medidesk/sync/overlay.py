"""Waiting work laid over the server's rows.

Derived from the outbox alone, by one path, at open and after each change: the row that people see is the server's
row with the waiting operations applied in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from medidesk.models.base import Scope
from medidesk.models.replica_type import Storage
from medidesk.sync.codec import StoredRow, TableCodec, codecs, defaults
from medidesk.sync.cursor import Snapshot
from medidesk.sync.operation import Operation, Write
from medidesk.sync.sqlcipher import Connection
from medidesk.sync.stored_rows import NOTHING, Changed, put

type Touched = dict[tuple[str, UUID], Changed]
"""Rows that waiting work was laid over or taken off, with the columns that people see changed by it."""

type AnswerRows = dict[tuple[str, UUID], tuple[Storage, ...] | None]
"""The rows of an answer in storage form; None for one its author cannot see."""


@dataclass
class Overlay:
    """The waiting operations by the rows they write.

    Attributes:
        writer: the replica's writer connection; its caller holds the transaction.
        answered: rows that the server's answers have brought, since whoever compares has emptied it, and the
            transaction that each answer is of; None where it is not known.
    """

    writer: Connection
    answered: dict[tuple[str, UUID], int | None] = field(default_factory=dict)
    _by_row: dict[tuple[str, bytes], tuple[Operation, ...]] = field(default_factory=dict)
    _before: dict[tuple[str, bytes], tuple[Operation, ...]] = field(default_factory=dict)
    _ids: dict[str, set[UUID]] = field(default_factory=dict)

    def begun(self) -> None:
        """The caller's transaction has begun."""
        self._before.clear()

    def rolled_back(self) -> None:
        """The caller's transaction was rolled back (a full disk): what is remembered goes back with it."""
        for row, waiting in self._before.items():
            self._remember(row, waiting)
        self._before.clear()

    def _remember(self, row: tuple[str, bytes], waiting: tuple[Operation, ...]) -> None:
        before = self._by_row.get(row, ())
        self._before.setdefault(row, before)
        if waiting:
            self._by_row[row] = waiting
        else:
            self._by_row.pop(row, None)
        if bool(waiting) != bool(before):
            table, key = row
            ids = self._ids.setdefault(table, set())
            (ids.add if waiting else ids.discard)(UUID(bytes=key))

    def answered_after(self, snapshot: Snapshot) -> set[tuple[str, UUID]]:
        """Rows that answers have brought from after a snapshot; what the feed lists next has them again."""
        return {row for row, xid in self.answered.items() if xid is None or not snapshot.sees(xid)}

    def covers(self, table: str, key: Storage) -> bool:
        """Whether waiting work lies over this row."""
        return (table, key) in self._by_row

    def rows(self) -> dict[str, frozenset[UUID]]:
        """The rows with waiting work, by table. From any thread."""
        # Tuple and frozenset copy in one step each, whatever the loop's thread does meanwhile.
        return {table: frozenset(ids) for table, ids in tuple(self._ids.items()) if ids}

    def reset(self, operations: Sequence[Operation]) -> Touched:
        """Derive all overlays anew: take what a crash left apart, then lay the waiting work over it."""
        for row in tuple(self._by_row):
            self._remember(row, ())
        touched: Touched = {}
        for table, key in self.writer.execute("select tbl, id from overlaid").fetchall():
            touched[table, UUID(bytes=key)] = self._derive(codecs()[table], key)
        for operation in operations:
            for row_id, columns in self.add(operation).items():
                touched[row_id] = touched.get(row_id, NOTHING) | columns
        return touched

    def add(self, operation: Operation) -> Touched:
        """Lay one more operation over the rows it writes. Returns these rows."""
        touched: Touched = {}
        for write in operation.writes:
            codec = codecs()[write.table]
            key = write.id.bytes
            waiting = self._by_row.get((write.table, key), ())
            if not waiting:
                self.writer.execute(
                    f"insert or replace into {codec.name}__server select * from {codec.name} where id = ?",
                    (key,),
                )
                self.writer.execute(
                    "insert or ignore into overlaid (tbl, id) values (?, ?)", (codec.name, key)
                )
            if operation not in waiting:
                self._remember((write.table, key), (*waiting, operation))
            touched[write.table, write.id] = self._derive(codec, key)
        return touched

    def remove(
        self,
        operation: Operation,
        answer: AnswerRows,
        xid: int | None = None,
    ) -> Touched:
        """Take an operation off the rows it wrote; `answer` holds these as transaction `xid` left them."""
        touched: Touched = {}
        for write in operation.writes:
            codec, key = codecs()[write.table], write.id.bytes
            waiting = self._by_row.get((write.table, key))
            if waiting is None:
                continue
            row = answer.get((write.table, write.id))
            # Of what is not replicated nothing is kept: no feed would tell that it has changed.
            if row is not None and codec.model.__rules__.scope is not Scope.NONE:
                self._keep_server_row(codec, row)
                self.answered[write.table, write.id] = xid
            self._remember((write.table, key), tuple(one for one in waiting if one.id != operation.id))
            touched[write.table, write.id] = self._derive(codec, key)
        return touched

    def server_says(self, codec: TableCodec, row: tuple[Storage, ...], *, force: bool = False) -> Changed:
        """A newer row of the server's under waiting work. Returns the columns that people see changed by it."""
        if not self._keep_server_row(codec, row, force=force):
            return NOTHING
        return self._derive(codec, row[0])

    def server_forgot(self, codec: TableCodec, key: bytes) -> Changed:
        """The server no longer shows a row that has waiting work. Returns the columns changed by it."""
        self.writer.execute(f"delete from {codec.name}__server where id = ?", (key,))
        return self._derive(codec, key)

    def _keep_server_row(self, codec: TableCodec, row: tuple[Storage, ...], *, force: bool = False) -> bool:
        held = self.writer.execute(
            f"select version from {codec.name}__server where id = ?", (row[0],)
        ).fetchone()
        if held is not None and held[0] >= row[codec.version_at] and not force:
            return False
        self.writer.execute(f"delete from {codec.name}__server where id = ?", (row[0],))
        marks = ", ".join("?" * len(codec.columns))
        self.writer.execute(f"insert into {codec.name}__server values ({marks})", row)
        return True

    def _derive(self, codec: TableCodec, key: Storage) -> Changed:
        """Write the row that people see: the server's with the waiting work, or neither. Returns what changed."""
        held = self.writer.execute(f"select * from {codec.name}__server where id = ?", (key,)).fetchone()
        row: StoredRow | None = None if held is None else dict(zip(codec.columns, held, strict=True))
        waiting = self._by_row.get((codec.name, key), ()) if isinstance(key, bytes) else ()
        for operation in waiting:
            for write in operation.writes:
                if write.table == codec.name and write.id.bytes == key:
                    row = _applied(codec, row, write, operation)
        if row is not None:
            changed = put(self.writer, codec, codec.whole(row), whatever=True)
        else:
            if codec.name == "patient":
                self.writer.execute(
                    "delete from patient_search where rowid = (select rowid from patient where id = ?)",
                    (key,),
                )
            deleted = self.writer.execute(f"delete from {codec.name} where id = ?", (key,))
            changed = frozenset(codec.columns) if deleted.rowcount > 0 else NOTHING
        if not waiting:
            self.writer.execute(f"delete from {codec.name}__server where id = ?", (key,))
            self.writer.execute("delete from overlaid where tbl = ? and id = ?", (codec.name, key))
        return changed


def _applied(
    codec: TableCodec, row: StoredRow | None, write: Write, operation: Operation
) -> StoredRow | None:
    """One write on a row; an update of a row that is not there changes nothing."""
    if write.inserts:
        made = codec.by_name["created_at"].store(operation.made_at)
        fresh = {**defaults()[codec.name], "version": 0, "created_at": made, "updated_at": made}
        row = {**fresh, **(row or {})}
    elif row is None:
        return None
    return {**row, **codec.from_json(write.values)}
