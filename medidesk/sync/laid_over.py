"""What waits, laid over the replica: each person sees the work that waits at this PC, as far as they may."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from medidesk.permissions import may_read
from medidesk.sync import search_index
from medidesk.sync.codec import codecs
from medidesk.sync.cursor import Snapshot
from medidesk.sync.operation import Operation
from medidesk.sync.outcomes import Changed
from medidesk.sync.overlay import AnswerRows, Touched
from medidesk.sync.replica import ChangedRows
from medidesk.sync.sqlcipher import FILE_ERRORS, is_full
from medidesk.sync.stored_rows import NOTHING

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine


class LaidOver:
    """The waiting work over one person's replica; on the loop's thread.

    Args:
        engine: the station's; its outbox has the work, its replica what is shown.
    """

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self._behind = False
        self._settling: list[tuple[Operation, int]] = []

    def derive(self) -> None:
        """Derive the overlays from the outbox: also what a crash between outbox and replica left apart."""
        operations = [entry.operation for entry in self.engine.outbox.entries("waiting")]
        with self.engine.replica.transaction():
            self._reindex(self.engine.replica.overlay.reset([self._visible(one) for one in operations]))
        self._behind = False

    def add(self, operation: Operation) -> None:
        """One more operation over the replica; committed after the outbox has it.

        Where the replica takes nothing, the operation is safe in the outbox all the same, and is shown later.
        """
        try:
            with self.engine.replica.transaction():
                touched = self.engine.replica.overlay.add(self._visible(operation))
                self._reindex(touched)
        except FILE_ERRORS as error:
            self._behind = True
            self.engine.file_trouble(error)
            return
        self.engine.tell_changed(touched, own=True)

    def catch_up(self) -> None:
        """Lay over, and take off, what the replica could not take before: nobody goes on with work that they do not
        see, or that is no longer there.

        Raises:
            DiskFull: it still takes nothing.
        """
        if not self._behind:
            return
        try:
            self.derive()
        except FILE_ERRORS as error:
            if is_full(error):
                raise self.engine.replica.explain(error) from error
            self.engine.file_trouble(error)
            return
        self.engine.tell(Changed(everything=True))

    def remove(self, operation: Operation) -> None:
        """An operation no longer waits, and the server has not taken it.

        Raises:
            FILE_ERRORS: the replica takes nothing now. It is caught up with later.
        """
        self.remove_all([(operation, {}, None)])

    def remove_all(self, answered: Sequence[tuple[Operation, AnswerRows, int | None]]) -> None:
        """Operations no longer wait; each comes with its rows as the server left them, and the transaction.

        Raises:
            FILE_ERRORS: the replica takes nothing now. It is caught up with later.
        """
        touched: Touched = {}
        try:
            with self.engine.replica.transaction():
                for operation, rows, xid in answered:
                    # What became of the rows since is here already, also that one has left this person's sight.
                    shown = xid is not None and self.engine.follower.has_shown(xid)
                    removed = self.engine.replica.overlay.remove(operation, {} if shown else rows, xid)
                    for row_id, columns in removed.items():
                        touched[row_id] = touched.get(row_id, NOTHING) | columns
                self._reindex(touched)
        except FILE_ERRORS:
            self._behind = True
            raise
        self.engine.tell_changed(touched, own=True)

    # Colleagues' work that the server has taken: its rows come with this person's own feed, not with the answer

    @property
    def settling(self) -> tuple[tuple[Operation, int], ...]:
        """What the feed has yet to bring: operations and the transactions that they were applied in."""
        return tuple(self._settling)

    def settle(self, operation: Operation, xid: int) -> None:
        """A colleague's operation is applied: its overlay goes when this person's feed has passed it."""
        self._settling.append((operation, xid))

    def passed(self, snapshot: Snapshot) -> None:
        """The replica holds everything that a snapshot of the server shows.

        Raises:
            FILE_ERRORS: the replica takes nothing now.
        """
        self.settled([one for one in self._settling if snapshot.sees(one[1])])

    def settled(self, acknowledged: Sequence[tuple[Operation, int]]) -> None:
        """The replica holds what became of these.

        Raises:
            FILE_ERRORS: the replica takes nothing now.
        """
        for one in acknowledged:
            self.remove(one[0])
            self._settling.remove(one)

    def _visible(self, operation: Operation) -> Operation:
        """Of a colleague's waiting work, as much as this person's roles let them see."""
        areas = may_read(self.engine.user.rights)
        writes = tuple(
            write for write in operation.writes if codecs()[write.table].model.__rules__.area in areas
        )
        return operation if len(writes) == len(operation.writes) else replace(operation, writes=writes)

    def _reindex(self, touched: Touched) -> None:
        reworded: ChangedRows = {}
        for (table, row_id), columns in touched.items():
            if search_index.concerns(table, columns):
                reworded.setdefault(table, set()).add(row_id)
        writer = self.engine.replica.writer
        search_index.reindex(writer, search_index.patients_of(reworded, writer))
