"""The station's outbox: what was entered here and is not yet at the server, in a file of its own.

It belongs to the PC, not to a person, and outlives every replica. Each commit reaches the disk before anyone
is told that something is saved. An operation's payload never changes; work that is run again or decided gets a
new id that names the old one.

States of an operation:

    waiting    to be sent
    attention  refused, or in conflict: a person decides
    done       applied; kept as a journal for some days, with the server's answer as receipt
    dropped    refused while its author was there and told, or replaced, or discarded with a reason
"""

import datetime as dt
import json
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from medidesk.models.types import EPOCH, MICROSECOND
from medidesk.sync import sqlcipher
from medidesk.sync.checkpoints import Checkpoints
from medidesk.sync.journal import Journal
from medidesk.sync.kept_drafts import KeptDrafts
from medidesk.sync.opened_files import OpenedFiles
from medidesk.sync.operation import Operation
from medidesk.sync.outbox_tables import SCHEMA, SENDABLE

JOURNAL_DAYS = 8
UNSYNCED_SECONDS = 0.25


@dataclass(frozen=True)
class Entry:
    """An operation in the outbox.

    Attributes:
        operation: what it is.
        told: its author was told "saved on this PC".
        tries: how often sending failed for an unknown reason.
        problem: for one under attention, what the server said (see `medidesk.sync.problems`).
    """

    operation: Operation
    told: bool
    tries: int = 0
    problem: dict[str, Any] | None = None


class Outbox:
    """The outbox file. Writing is the sync loop's alone; reading is open to every thread.

    Raises:
        StationFilesProblem: wrong key, or a damaged file. It is never replaced by an empty one.
        DiskFull: no room.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._connection = sqlcipher.connect(path, key, durable=True)
        try:
            with sqlcipher.explained(path):
                for statement in SCHEMA.split(";\n"):
                    if statement.strip():
                        self._connection.execute(statement)
            self._reader = sqlcipher.connect(path, key, read_only=True)
            self.checkpoints = Checkpoints(self._connection, path, key)
        except BaseException:
            self._connection.close()
            raise
        self._reading = threading.Lock()
        self.journal = Journal(self._connection)
        self.drafts = KeptDrafts(self._connection, self._reader, self._reading)
        self.opened = OpenedFiles(self._connection)
        self._sync_due = 0.0

    def close(self) -> None:
        """Close the file."""
        with self._reading:
            self._reader.close()
        self.checkpoints.close()
        self._connection.close()

    def is_damaged(self) -> bool:
        """Whether a page of the file is not what was written; reads all of it."""
        return sqlcipher.has_damaged_pages(self._connection)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with sqlcipher.transaction(self._connection):
            yield

    # Operations

    def add(
        self,
        operation: Operation,
        *,
        told: bool,
        counters: Mapping[str, int] | None = None,
        keys: tuple[str, str] | None = None,
    ) -> None:
        """Keep an operation. When this returns it is on the disk.

        Args:
            operation: what is kept.
            told: its author is told "saved on this PC".
            counters: how far the station's own series of numbers are.
            keys: what signs its author in (SCRAM keys, never the password), so that it can be sent while somebody
                else is signed in.
        """
        with self._transaction():
            added = self._connection.execute(
                "insert into operation (id, author, payload, told) values (?, ?, ?, ?)",
                (str(operation.id), operation.author, operation.payload, int(told)),
            )
            rows = {(table, one.bytes, 1) for table, one in operation.rows}
            rows |= {(row.table, row.id.bytes, 0) for row in operation.relied}
            rows |= {(table, one.bytes, 0) for table, one in operation.references}
            self._connection.executemany(
                "insert into operation_row (seq, tbl, id, writes) values (?, ?, ?, ?)",
                [(added.lastrowid, *row) for row in sorted(rows)],
            )
            self._connection.executemany(
                "insert or replace into counter (name, last) values (?, ?)", list((counters or {}).items())
            )
            if keys is not None:
                self._keep_sender(operation.author, keys)
            if operation.supersedes is not None:
                self._end(operation.supersedes, "dropped", answer={"replaced_by": str(operation.id)})

    def tell(self, operation_id: UUID) -> bool:
        """Remember that the author was told "saved on this PC". False when it is no longer waiting."""
        changed = self._connection.execute(
            "update operation set told = 1 where id = ? and state = 'waiting'", (str(operation_id),)
        )
        return bool(changed.rowcount == 1)

    def done(self, answers: Mapping[UUID, dict[str, Any]], *, more: bool = False) -> None:
        """The server has applied these; its answers are kept as receipts. Where `more` follow at once, the disk is
        waited for a few times a second: what a power cut takes of them is asked for again.
        """
        soon = more and time.monotonic() < self._sync_due
        with sqlcipher.unsynced(self._connection) if soon else nullcontext(), self._transaction():
            for operation_id, answer in answers.items():
                self._end(operation_id, "done", answer=answer)
        if not soon:
            self._sync_due = time.monotonic() + UNSYNCED_SECONDS

    def refused(self, operation_id: UUID, problem: dict[str, Any], *, ask: bool) -> None:
        """The server refused it: put it under attention, or drop it where its author has just been told."""
        with self._transaction():
            self._end(operation_id, "attention" if ask else "dropped", problem=problem)

    def drop(self, operation_id: UUID, why: dict[str, Any]) -> None:
        """A person discarded it, saying why."""
        with self._transaction():
            self._end(operation_id, "dropped", answer=why)

    def tried(self, operation_id: UUID) -> int:
        """Count a failure of an unknown kind. Returns how many there were."""
        row = self._connection.execute(
            "update operation set tries = tries + 1 where id = ? returning tries", (str(operation_id),)
        ).fetchone()
        return int(row[0]) if row else 0

    def _end(
        self,
        operation_id: UUID,
        state: str,
        *,
        answer: dict[str, Any] | None = None,
        problem: dict[str, Any] | None = None,
    ) -> None:
        """It no longer waits. What signs its author in goes with the last of their waiting work, and in the same
        commit: each commit is a wait for the disk.
        """
        self._connection.execute(
            "update operation set state = ?, answer = coalesce(?, answer), problem = coalesce(?, problem), "
            "ended_at = ? where id = ?",
            (state, answer and _dump(answer), problem and _dump(problem), _now(), str(operation_id)),
        )
        self._connection.execute(
            "delete from sender where author = (select author from operation where id = ?) and not exists "
            "(select 1 from operation o where o.state = 'waiting' and o.author = sender.author)",
            (str(operation_id),),
        )

    def prune(self) -> None:
        """Let go of the journal's oldest days."""
        before = _now() - int(dt.timedelta(days=JOURNAL_DAYS) / MICROSECOND)
        with self._transaction():
            self._connection.execute(
                "delete from operation_row where seq in "
                "(select seq from operation where state in ('done', 'dropped') and ended_at < ?)",
                (before,),
            )
            self._connection.execute(
                "delete from operation where state in ('done', 'dropped') and ended_at < ?", (before,)
            )

    def sendable(self, author: str, besides: Collection[UUID] = (), *, most: int = 1) -> list[Entry]:
        """The first operations of this author that wait for nothing but the server, and not for each other.

        Args:
            author: the login.
            besides: operations to pass over for now.
            most: how many at the most.
        """
        passed = json.dumps([str(one) for one in besides])
        rows = self._connection.execute(SENDABLE, (author, passed, most)).fetchall()
        return [Entry(Operation.from_payload(row[0]), bool(row[1]), row[2]) for row in rows]

    def authors(self) -> list[str]:
        """Those whose work waits."""
        return [
            row[0]
            for row in self._connection.execute(
                "select distinct author from operation where state = 'waiting' order by author"
            )
        ]

    def last_writer(self, table: str, row_id: UUID) -> UUID | None:
        """The latest waiting operation that writes a row: "as left by operation X"."""
        row = self._connection.execute(
            "select o.id from operation_row r join operation o on o.seq = r.seq "
            "where r.tbl = ? and r.id = ? and r.writes and o.state = 'waiting' order by o.seq desc limit 1",
            (table, row_id.bytes),
        ).fetchone()
        return None if row is None else UUID(row[0])

    def counts(self) -> tuple[int, int]:
        """How many wait, and how many need attention."""
        rows = dict(
            self._connection.execute(
                "select state, count(*) from operation where state in ('waiting', 'attention') group by state"
            ).fetchall()
        )
        return rows.get("waiting", 0), rows.get("attention", 0)

    # Reading, from any thread

    def entries(self, state: str) -> list[Entry]:
        """The operations in a state, oldest first."""
        with self._reading:
            rows = self._reader.execute(
                "select payload, told, tries, problem from operation where state = ? order by seq", (state,)
            ).fetchall()
        return [_entry(row) for row in rows]

    def entry(self, operation_id: UUID) -> Entry | None:
        """One operation that waits or is under attention."""
        with self._reading:
            row = self._reader.execute(
                "select payload, told, tries, problem from operation "
                "where id = ? and state in ('waiting', 'attention')",
                (str(operation_id),),
            ).fetchone()
        return None if row is None else _entry(row)

    # What is needed to send an author's work after a restart

    def _keep_sender(self, author: str, keys: tuple[str, str]) -> None:
        client, server = keys
        self._connection.execute(
            "insert or replace into sender (author, sealed) values (?, ?)",
            (author, _dump({"client": client, "server": server})),
        )

    def renew_sender(self, author: str, keys: tuple[str, str]) -> None:
        """The author has signed in, perhaps with another password: their waiting work is sent with these keys."""
        with sqlcipher.explained(self.path), self._transaction():
            if author in self.authors():
                self._keep_sender(author, keys)

    def sender(self, author: str) -> tuple[str, str] | None:
        """The keys that sign an author in, if work of theirs waits."""
        row = self._connection.execute("select sealed from sender where author = ?", (author,)).fetchone()
        if row is None:
            return None
        keys = json.loads(row[0])
        return keys["client"], keys["server"]

    def keep_scram(self, author: str, salt: str, iterations: int) -> None:
        """Remember what the server tells whoever begins to sign in: with it and the password the keys can be
        derived while the server is away.
        """
        with sqlcipher.explained(self.path):
            self._connection.execute(
                "insert or replace into scram (author, salt, iterations) values (?, ?, ?)",
                (author, salt, iterations),
            )

    def scram(self, author: str) -> tuple[str, int] | None:
        """Salt and iterations of an author's keys, as of their last sign-in with the server."""
        row = self._connection.execute(
            "select salt, iterations from scram where author = ?", (author,)
        ).fetchone()
        return None if row is None else (row[0], int(row[1]))

    def counter(self, name: str) -> int:
        """The last number of a series of this station's own that an operation has used."""
        row = self._connection.execute("select last from counter where name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def keep_counter(self, name: str, last: int) -> None:
        """How far a series of this station's own is, where no operation carries it."""
        self._connection.execute("insert or replace into counter (name, last) values (?, ?)", (name, last))

    def oldest_waiting(self) -> dt.datetime | None:
        """When the oldest operation that waits was made; None while nothing waits."""
        with self._reading:
            row = self._reader.execute(
                "select json_extract(payload, '$.clock') from operation "
                "where state = 'waiting' order by seq limit 1"
            ).fetchone()
        return None if row is None else dt.datetime.fromisoformat(row[0])


def _entry(row: tuple[Any, ...]) -> Entry:
    problem = json.loads(row[3]) if row[3] else None
    return Entry(Operation.from_payload(row[0]), bool(row[1]), row[2], problem)


def _dump(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)


def _now() -> int:
    return (dt.datetime.now(dt.UTC) - EPOCH) // MICROSECOND
