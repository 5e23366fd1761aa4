"""A station's encrypted copy of what its user may see, with the waiting work laid over it.

The models' tables and indexes without their unique, foreign-key and exclusion constraints: the server's word is
final, and a row's parent may be outside this user's sight. For a row with waiting work the server's own row
is kept beside the overlay, in a table named `<table>__server`; what people read is the overlay.

One thread writes (the sync loop's); any thread may read through `sessions`.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session, sessionmaker

from medidesk.errors import MediDeskError, StationFilesProblem
from medidesk.models.base import Scope, table_of
from medidesk.models.replica_type import Storage
from medidesk.sync import search_index, sqlcipher, stored_rows
from medidesk.sync.checkpoints import Checkpoints
from medidesk.sync.codec import TableCodec, codecs
from medidesk.sync.overlay import Overlay
from medidesk.sync.replica_indexes import indexes
from medidesk.words import tr

ROWS_A_TRANSACTION = 1_000
DAMAGED_MARK = "-damaged"
IDS_A_STATEMENT = 500
_READERS_KEPT = 4
"""Connections that stay open for the next read; more threads at a time open more."""

type ChangedRows = dict[str, set[UUID]]


class Replica:
    """The replica of one user on one server.

    Args:
        path: its file.
        key: its 32-byte key.

    Attributes:
        of_another_version: it was made by a program with other tables, and cannot be used.

    Raises:
        StationFilesProblem: wrong key, or a damaged file.
        DiskFull: no room.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key
        self.writer = sqlcipher.connect(path, key)
        self.overlay = Overlay(self.writer)
        try:
            with sqlcipher.explained(path):
                self._make_tables()
        except BaseException:
            self.writer.close()
            raise
        self.checkpoints = Checkpoints(self.writer, path, key, partial(search_index.merge, self.writer))
        # Not the pool that SQLAlchemy takes for SQLite without a file's name: where more threads read than it has
        # places for, that one closes connections which others are reading through.
        self._read_engine = self._engine(
            lambda: sqlcipher.connect(path, key, read_only=True),
            poolclass=sa.pool.QueuePool,
            pool_size=_READERS_KEPT,
            max_overflow=-1,
            pool_use_lifo=True,
        )
        self.sessions = sessionmaker(self._read_engine, expire_on_commit=False, autoflush=False)
        self._write_engine = self._engine(lambda: self.writer, poolclass=sa.pool.StaticPool)

    @staticmethod
    def _engine(creator: Callable[[], Any], **options: Any) -> sa.Engine:
        engine = sa.create_engine(
            "sqlite+pysqlite://", module=sqlcipher.DRIVER, creator=creator, hide_parameters=True, **options
        )

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            # The driver's own: through SQLAlchemy it would take as long as all else that begins a read.
            driver: Any = connection.connection.driver_connection
            driver.execute("BEGIN")

        return engine

    def close(self) -> None:
        """Close every connection. The file stays."""
        self._read_engine.dispose()
        self._write_engine.dispose()
        self.checkpoints.close()
        self.writer.close()

    # Damage

    @property
    def found_damaged(self) -> bool:
        """Whether a page of the file could not be read. It is made anew at the next sign-in with the server."""
        return self._damaged.exists()

    def mark_damaged(self) -> None:
        """Remember that a page of the file could not be read."""
        with contextlib.suppress(OSError):  # a full disk: it will be found again
            self._damaged.touch()

    @property
    def _damaged(self) -> Path:
        return self.path.with_name(self.path.name + DAMAGED_MARK)

    # Schema

    def _make_tables(self) -> None:
        made_by = schema_fingerprint()
        with self.transaction():
            self.writer.execute("create table if not exists sync_state (key text primary key, value text)")
            known = self.state("schema")
            self.of_another_version = known not in {None, made_by}
            if self.of_another_version:
                return
            self.set_state("schema", made_by)
            self.writer.execute("create table if not exists synced (tbl text primary key)")
            self.writer.execute(
                "create table if not exists overlaid (tbl text, id blob, primary key (tbl, id)) without rowid"
            )
            for codec in codecs().values():
                columns = _columns(codec)
                self.writer.execute(f"create table if not exists {codec.name} ({columns})")
                self.writer.execute(f"create table if not exists {codec.name}__server ({columns})")
            self.writer.execute(search_index.CREATE)
            for statement in search_index.NOTE_LEAVING:
                self.writer.execute(statement)

    def make_indexes(self, *tables: str) -> None:
        """The models' indexes of these tables, or of all, none of them unique, and one for counting files.

        Made once the tables' rows are there.
        """
        for table, statement in indexes():
            if not tables or table in tables:
                self.writer.execute(statement)

    def drop_indexes(self) -> None:
        """Take the indexes away for the length of a first sync: loading is several times quicker."""
        for (name,) in self.writer.execute(
            "select name from sqlite_master where type = 'index' and sql is not null"
        ).fetchall():
            self.writer.execute(f"drop index {name}")

    # State

    def state(self, key: str) -> str | None:
        """A remembered value, such as the cursor."""
        row = self.writer.execute("select value from sync_state where key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def set_state(self, key: str, value: str | None) -> None:
        """Remember a value, within the caller's transaction where there is one."""
        self.writer.execute("insert or replace into sync_state (key, value) values (?, ?)", (key, value))

    def synced_tables(self) -> set[str]:
        """Tables whose first sync is complete."""
        return {row[0] for row in self.writer.execute("select tbl from synced")}

    def mark_synced(self, table: str) -> None:
        """A table's first sync is complete."""
        self.writer.execute("insert or replace into synced (tbl) values (?)", (table,))

    # Writing what the server says

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction; rolled back whole when anything fails."""
        with sqlcipher.transaction(self.writer):
            self.overlay.begun()
            try:
                yield
                self.writer.execute("commit")
            except BaseException:
                self.overlay.rolled_back()
                raise

    def load(self, codec: TableCodec, rows: Sequence[tuple[Storage, ...]]) -> None:
        """Rows of a first sync, in one transaction, without search text."""
        with self.transaction():
            plain = [row for row in rows if not self.overlay.covers(codec.name, row[0])]
            self.writer.executemany(codec.force, plain)
            for row in rows:
                if self.overlay.covers(codec.name, row[0]):
                    self.overlay.server_says(codec, row)

    def apply(
        self,
        rows: dict[str, list[tuple[Storage, ...]]],
        gone: ChangedRows,
        finish: Callable[[], None],
        *,
        force: bool = False,
    ) -> ChangedRows:
        """Rows as the server has them, and ids that left this user's sight, in bounded transactions.

        Args:
            rows: by table, in column order.
            gone: by table, ids that the server no longer shows.
            finish: called within the last transaction, to store the cursor.
            force: also take rows older than those held; only where the cursor goes back with them.

        Returns:
            What changed for those who read, by table. Rows not newer than those held are no change.
        """
        changed: ChangedRows = {}
        work: list[tuple[TableCodec, tuple[Storage, ...] | bytes]] = []
        for table, some in rows.items():
            work += [(codecs()[table], row) for row in some]
        for table, ids in gone.items():
            work += [(codecs()[table], one.bytes) for one in ids]
        parts = list(batched(work, ROWS_A_TRANSACTION)) or [()]
        for number, part in enumerate(parts):
            part_changed: ChangedRows = {}
            with self.transaction():
                reworded = self._apply_part(part, part_changed, force=force)
                search_index.reindex(self.writer, search_index.patients_of(reworded, self.writer))
                if number == len(parts) - 1:
                    finish()
            for table, ids in part_changed.items():
                changed.setdefault(table, set()).update(ids)
        return changed

    def _apply_part(
        self,
        part: Iterable[tuple[TableCodec, tuple[Storage, ...] | bytes]],
        changed: ChangedRows,
        *,
        force: bool,
    ) -> ChangedRows:
        """Adds to `changed`; returns the rows of these whose search text may be another."""
        reworded: ChangedRows = {}
        for codec, item in part:
            if isinstance(item, bytes):
                key, touched = item, self._remove(codec, item)
            else:
                key, touched = _key(item), self._store(codec, item, force=force)
            if touched:
                changed.setdefault(codec.name, set()).add(UUID(bytes=key))
            if search_index.concerns(codec.name, touched):
                reworded.setdefault(codec.name, set()).add(UUID(bytes=key))
        return reworded

    def _store(self, codec: TableCodec, row: tuple[Storage, ...], *, force: bool) -> stored_rows.Changed:
        if self.overlay.covers(codec.name, row[0]):
            return self.overlay.server_says(codec, row, force=force)
        return stored_rows.put(self.writer, codec, row, whatever=force)

    def _remove(self, codec: TableCodec, key: bytes) -> stored_rows.Changed:
        if self.overlay.covers(codec.name, key):
            return self.overlay.server_forgot(codec, key)
        if codec.name == "patient":
            search_index.forget(self.writer, [key])
        deleted = self.writer.execute(f"delete from {codec.name} where id = ?", (key,))
        return frozenset(codec.columns) if deleted.rowcount > 0 else stored_rows.NOTHING

    def ids(self, table: str) -> set[bytes]:
        """The ids of the server's rows held, overlays looked through."""
        found = self.writer.execute(
            f"select id from {table}__server union select id from {table} where version > 0"
        )
        return {row[0] for row in found}

    def rows(self, codec: TableCodec, keys: Sequence[bytes]) -> dict[Storage, tuple[Storage, ...]]:
        """The server's rows held under these ids, overlays looked through."""
        marks = ", ".join("?" * len(keys))
        found = self.writer.execute(
            f"select * from {codec.name}__server where id in ({marks}) union all "
            f"select * from {codec.name} where version > 0 and id in ({marks}) "
            f"and id not in (select id from {codec.name}__server)",
            [*keys, *keys],
        )
        return {row[0]: tuple(row) for row in found}

    def explain(self, error: Exception) -> MediDeskError:
        """What is wrong with a file of this station. A damaged replica is marked, to be made anew."""
        if not sqlcipher.is_damaged(error):
            # SQLAlchemy's own words quote the statement.
            return sqlcipher.explain(getattr(error, "orig", None) or error, self.path)
        self.mark_damaged()
        return StationFilesProblem(
            tr("The copy of the clinic's data on this PC is damaged."),
            tr("Sign out, and sign in again while the server is there: it is then filled anew."),
        )

    # Reading and running verbs

    def writing_session(self) -> Session:
        """A session on the writer, for running a verb. Its work is captured and then rolled back."""
        return Session(self._write_engine, expire_on_commit=False, autoflush=True)


_SQLITE_DIALECT = sqlite.dialect()


def _key(row: tuple[Storage, ...]) -> bytes:
    """The id of a stored row: always its first column."""
    key = row[0]
    assert isinstance(key, bytes)  # noqa: S101 (the id column is a BLOB by construction)
    return key


def _columns(codec: TableCodec) -> str:
    return ", ".join(
        f"{column.name} {column.type.compile(dialect=_SQLITE_DIALECT)}"
        + (" primary key not null" if column.name == "id" else "")
        for column in table_of(codec.model).columns
    )


def schema_fingerprint() -> str:
    """What a replica of this program looks like: one that was made with another has to be filled anew."""
    tables = [f"{codec.name} ({_columns(codec)})" for codec in codecs().values()]
    made = [statement for _, statement in indexes()]
    return hashlib.sha256("\n".join([*tables, *made, search_index.CREATE]).encode()).hexdigest()


def replicated() -> list[TableCodec]:
    """The tables of which a station holds rows, in the order of the first sync."""
    return [codec for codec in codecs().values() if codec.model.__rules__.scope is not Scope.NONE]
