"""Restricted files that whoever is signed in has opened by saying why: their clinical content is here for a while.

The server decides, and brings and takes the rows with a comparison (`visibility_digest`). A station that the server
does not reach when the while is over lets go of them by itself, by the latest time it has ever seen: setting the
clock back keeps nothing open.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from medidesk.errors import DomainError, NotAllowed
from medidesk.log import event
from medidesk.models import synchronised
from medidesk.repositories.checks import tidy
from medidesk.sync import problems
from medidesk.sync.accounts import refusal
from medidesk.sync.asked import ask, begin, must_be_there, why
from medidesk.sync.connection import ServerConnection, connect, leave
from medidesk.sync.holdings import fetch_files
from medidesk.sync.replica import ChangedRows
from medidesk.sync.sqlcipher import FILE_ERRORS
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

_CREATE = "create table if not exists opened_restricted (patient blob primary key, until text) without rowid"
_PARTS = """
with recursive part (id) as (
  values (?)
  union select p.id from patient p join part on p.merged_into_id = part.id
) select id from part
"""


class RestrictedFiles:
    """Of one station. From any thread, but for `let_go`."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        writer = engine.replica.writer
        writer.execute(_CREATE)
        kept = writer.execute("select patient, until from opened_restricted").fetchall()
        self._until = {UUID(bytes=row[0]): dt.datetime.fromisoformat(row[1]) for row in kept}

    def open(self, patient: UUID, reason: str) -> Future[dt.datetime]:
        """Have the server show what is clinical in a restricted file, for a reason that is kept and reported.

        Returns:
            Until when; or a `DomainError`: the reason says too little, or this person may not; or a
            `MediDeskError`: the server is away.
        """
        return begin(self._engine, partial(self._open, patient, tidy(reason)))

    def close(self, patient: UUID) -> Future[None]:
        """Have it closed again before the while is over."""
        return begin(self._engine, partial(self._close, patient))

    def until(self, patient: UUID) -> dt.datetime | None:
        """Until when a file is open to this person here; None for one that is not."""
        until = self._until.get(patient)
        return until if until is not None and until > self._now() else None

    def let_go(self) -> None:
        """Take the rows of files whose while is over out of the replica; on the loop's thread.

        Raises:
            FILE_ERRORS: the replica takes nothing now.
        """
        now = max(self._now(), self._engine.contact.latest())
        for patient in [one for one, until in self._until.items() if until <= now]:
            self._forget(patient)

    async def _open(self, patient: UUID, reason: str) -> dt.datetime:
        must_be_there(self._engine)
        values = (patient, reason, self._engine.author.station_name)
        query = "select break_glass(%s, %s, %s)"
        until: dt.datetime = await ask(self._engine, query, values, writing=True, refusal=_refusal)
        await self._bring(patient)
        with self._kept_here():
            self._engine.replica.writer.execute(
                "insert or replace into opened_restricted (patient, until) values (?, ?)",
                (patient.bytes, until.isoformat()),
            )
        self._until[patient] = until
        event(log, "restricted_opened")
        return until

    async def _bring(self, patient: UUID) -> None:
        """Have its rows here before it counts as open: an empty list would read as none."""
        parts = self._parts(patient)
        connection: ServerConnection | None = None
        try:
            connection = await connect(self._engine.login, name="medidesk file")
            rows = await fetch_files(connection, parts)
        except psycopg.Error as error:
            raise await why(error, self._engine.login) from error
        finally:
            await leave(connection)
        with self._kept_here():
            came = self._engine.replica.apply(rows, {}, lambda: None)
        self._engine.tell_changed(((table, one) for table, ids in came.items() for one in ids), own=False)

    def _parts(self, patient: UUID) -> list[UUID]:
        """A file and what was merged into it."""
        found = self._engine.replica.writer.execute(_PARTS, (patient.bytes,)).fetchall()
        return [UUID(bytes=row[0]) for row in found]

    async def _close(self, patient: UUID) -> None:
        must_be_there(self._engine)
        await ask(self._engine, "select close_file(%s)", (patient,), writing=True, refusal=_refusal)
        with self._kept_here():
            self._forget(patient)

    def _forget(self, patient: UUID) -> None:
        writer = self._engine.replica.writer
        left: ChangedRows = {}
        for part in self._parts(patient):
            for table, column in _closing():
                query = f"select id from {table} where {column} = ?"
                found = writer.execute(query, (part.bytes,)).fetchall()
                left.setdefault(table, set()).update(UUID(bytes=row[0]) for row in found)
        gone = self._engine.replica.apply({}, left, lambda: None)
        writer.execute("delete from opened_restricted where patient = ?", (patient.bytes,))
        self._until.pop(patient, None)
        touched = ((table, one) for table, ids in gone.items() for one in ids)
        self._engine.tell_changed([*touched, ("patient", patient)], own=False)

    @contextmanager
    def _kept_here(self) -> Iterator[None]:
        """Say in words that this PC's copy takes nothing now."""
        try:
            yield
        except FILE_ERRORS as error:
            raise self._engine.replica.explain(error) from error

    def _now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._engine.clock_offset


def _closing() -> Iterator[tuple[str, str]]:
    """The tables whose rows are closed with a file, and the column that names it."""
    return (
        (model.__tablename__, model.__rules__.closed_with)
        for model in synchronised()
        if model.__rules__.closed_with
    )


def _refusal(error: psycopg.Error) -> DomainError:
    if error.sqlstate == problems.FORBIDDEN:
        return NotAllowed(tr("Only clinicians open a restricted file."))
    return refusal(error)
