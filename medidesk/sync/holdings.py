"""What one replica holds of the tables that it does not hold whole: the last days, and pinned files.

Opening a patient's file pins it: all of it comes in the background and stays for some days, kept current like the
rest. Pins lie in the replica, so they outlive a restart, and go with it.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from medidesk.log import event
from medidesk.models.replica_type import Storage
from medidesk.models.types import EPOCH
from medidesk.sync.connection import ServerConnection, deadline
from medidesk.sync.feed import BEGIN, LOAD_SECONDS, readable
from medidesk.sync.replica import ChangedRows, Replica, replicated
from medidesk.sync.scopes import Share, declared, file_columns, partial_tables

log = logging.getLogger(__name__)

PIN_DAYS = 14
FILES_AT_ONCE = 20

_CREATE = (
    "create table if not exists pin (patient blob primary key, until integer, fetched integer) without rowid"
)
# A file that was merged into a pinned one is shown in it.
_PARTS = """
with recursive part (id, until) as (
  select patient, until from pin
  union select p.id, part.until from patient p join part on p.merged_into_id = part.id
)
insert into pin select id, max(until), 0 from part where id not in (select patient from pin) group by id
"""


class Holdings:
    """The horizon and the pins of one replica. On the loop's thread, but for `holds_whole`.

    Attributes:
        horizon: the day from which scopes count back; None before the first sync.
    """

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._fetched: frozenset[UUID] = frozenset()
        replica.writer.execute(_CREATE)
        kept = replica.state("horizon")
        self.horizon = None if kept is None else dt.date.fromisoformat(kept)
        self._remember()

    def share(self) -> Share:
        """What is to be held now."""
        if not partial_tables():
            return Share()
        self._replica.writer.execute(_PARTS)
        pins = self._replica.writer.execute("select patient from pin").fetchall()
        return Share(self.horizon, tuple(UUID(bytes=row[0]) for row in pins), self._replica.overlay.rows())

    # Scopes

    def scopes_differ(self) -> bool:
        """Whether the replica was filled under other scopes than are declared now."""
        return self._replica.state("scopes") != declared()

    def scopes_hold(self) -> None:
        """What is held is what is declared."""
        self._replica.set_state("scopes", declared())

    def first_share(self, now: dt.datetime | None) -> Share:
        """What a first sync brings: the horizon is the server's day, unless an earlier part has set one."""
        if self.horizon is None and now is not None:
            self._move(now.date())
        self.scopes_hold()
        return self.share()

    def turn(self, today: dt.date) -> ChangedRows:
        """Move the horizon to a day of the server's, and let go of what has aged out of its scope.

        Rows with waiting work stay, and so do pinned files whose days are not over.

        Returns:
            The rows that left.
        """
        if self.horizon is not None and today < self.horizon:
            # The server's clock was wrong: rows that were let go of have to come back.
            self._replica.set_state("scopes", None)
        self._move(today)
        self._replica.writer.execute("delete from pin where until < ?", (_day(today),))
        self._remember()
        share = self.share()
        aged: ChangedRows = {}
        for codec in partial_tables():
            query, parameters = share.aged(codec)
            ids = self._replica.writer.execute(query, parameters).fetchall()
            aged[codec.name] = {UUID(bytes=row[0]) for row in ids}
        left = self._replica.apply({}, aged, lambda: None)
        event(log, "aged", rows=sum(len(ids) for ids in left.values()))
        return left

    def _move(self, day: dt.date) -> None:
        self._replica.set_state("horizon", day.isoformat())
        self.horizon = day

    # Pins

    def pin(self, patient: UUID) -> bool:
        """Hold this patient's whole file for some days from the horizon on. Says whether it must be fetched."""
        if self.horizon is None or not partial_tables():
            return False
        until = _day(self.horizon) + PIN_DAYS
        self._replica.writer.execute(
            "insert into pin (patient, until, fetched) values (?, ?, 0) "
            "on conflict (patient) do update set until = excluded.until",
            (patient.bytes, until),
        )
        return patient not in self._fetched

    async def fetch_pinned(self, connection: ServerConnection) -> ChangedRows:
        """Bring the files that are pinned and not whole here yet; what changes in them comes with the pulls.

        Returns:
            The rows that came.

        Raises:
            psycopg.Error: the connection was lost; files that came stay.
        """
        came: ChangedRows = {}
        while wanted := self._unfetched():
            rows = await fetch_files(connection, wanted)
            changed = self._replica.apply(rows, {}, partial(self._mark_fetched, wanted))
            self._remember()
            for table, ids in changed.items():
                came.setdefault(table, set()).update(ids)
            self.share()  # a file that was merged into one of these may have come: it is wanted as well
        return came

    def _unfetched(self) -> list[UUID]:
        if not partial_tables():
            return []
        rows = self._replica.writer.execute(
            "select patient from pin where not fetched limit ?", (FILES_AT_ONCE,)
        ).fetchall()
        return [UUID(bytes=row[0]) for row in rows]

    def _mark_fetched(self, patients: Iterable[UUID]) -> None:
        self._replica.writer.executemany(
            "update pin set fetched = 1 where patient = ?", [(one.bytes,) for one in patients]
        )

    def holds_whole(self, patient: UUID) -> bool:
        """Whether all of a patient's file is here. From any thread."""
        return patient in self._fetched or not partial_tables()

    def _remember(self) -> None:
        rows = self._replica.writer.execute("select patient from pin where fetched").fetchall()
        self._fetched = frozenset(UUID(bytes=row[0]) for row in rows)


async def fetch_files(
    connection: ServerConnection, patients: list[UUID]
) -> dict[str, list[tuple[Storage, ...]]]:
    """All rows of these patients' files, of every table that a station holds, in one snapshot.

    Raises:
        psycopg.Error: the connection was lost.
    """
    rows: dict[str, list[tuple[Storage, ...]]] = {}
    async with deadline(connection, LOAD_SECONDS):
        await connection.execute(BEGIN)
        tables = await readable(connection)
        for codec in replicated():
            columns = file_columns(codec)
            if codec.name not in tables or not columns:
                continue
            whose = " or ".join(f"{column} = any(%s)" for column in columns)
            found = await connection.execute(
                f"select {codec.wire} from {codec.name} where {whose}", [patients] * len(columns), binary=True
            )
            rows[codec.name] = [codec.received(row) for row in await found.fetchall()]
        await connection.execute("commit")
    return rows


def _day(date: dt.date) -> int:
    return (date - EPOCH.date()).days
