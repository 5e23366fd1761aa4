"""Over what a sender sends: one login's connection to the server, with several operations on their way at once."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg import errors, generators, pq
from psycopg.abc import PQGen

from medidesk.sync import problems
from medidesk.sync.codec import codecs
from medidesk.sync.connection import Login, ServerConnection, connect, cut, deadline, leave
from medidesk.sync.operation import Operation
from medidesk.sync.outbox import Entry
from medidesk.sync.overlay import AnswerRows
from medidesk.sync.understood import understood

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

    from medidesk.sync.witness import Recognition

SEND_SECONDS = 20.0
STATEMENT = "take"
FENCE_MILLISECONDS = 5_000
FENCE = """
select pg_terminate_backend(pid, %(within)s::bigint) from pg_stat_activity
where datname = current_database() and usename = current_user and application_name = %(name)s and pid <> %(but)s
"""

type Answer = dict[str, Any]


class Channel:
    """A connection that is made when something is to be sent, and kept.

    It speaks libpq's pipeline mode: operations go up without waiting for answers, each followed by a sync, which
    makes it a transaction of its own. psycopg's own pipeline waits for the answer at each sync.

    Args:
        recognition: knows whether a server is the clinic's.
        login: who sends.
        station: from which station; the server's administrator sees it beside the connection.
        function: the server's function that takes an operation.

    Attributes:
        place: epoch and timeline of the server that it is connected to; None until that is known.
        meeting: which of the follower's meetings with a server was the last when this one was recognised.
        reused: what was sent last went over a connection that had been there before.
        late: the connection was broken because an answer did not come in time.
    """

    def __init__(self, recognition: "Recognition", login: Login, station: UUID, function: str) -> None:
        self.login = login
        self.place: tuple[int, int] | None = None
        self.meeting = 0
        self.reused = self.late = False
        self._recognition = recognition
        self._name = f"medidesk send {station}"
        self._function = function
        self._connection: ServerConnection | None = None
        self._beside: ServerConnection | None = None

    async def send(self, entries: Sequence[Entry]) -> None:
        """Send operations; `receive` has their answers.

        Raises:
            psycopg.Error: there is no connection, or it has ended.
        """
        if self.open and self.outdated:
            await self.leave()
        self.reused, self.late = self.open, False
        if not self.reused:
            await self._connect()
        try:
            async with self._in_time() as connection:
                await connection.wait(_push(connection.pgconn, entries))
        except BaseException:
            await self.leave()  # nobody would know which answer is whose
            raise

    async def receive(self, entries: Sequence[Entry]) -> list[Answer | psycopg.Error]:
        """What the server says to the operations that were sent; none for those after the connection has ended."""
        heard: list[Answer | psycopg.Error] = []
        try:
            for entry in entries:
                async with self._in_time() as connection:
                    heard.append(_read(await connection.wait(_pull(connection.pgconn)), entry))
        except psycopg.Error as error:
            await self.leave()
            heard.append(error)
        except BaseException:
            await self.leave()
            raise
        return heard

    async def _connect(self) -> None:
        self.place = None
        self._connection = connection = await connect(self.login, writing=True, name=self._name)
        prepare = f"prepare {STATEMENT} (jsonb, boolean) as select {self._function}($1, $2)::text"
        try:
            with understood():
                self.place = await self._recognition.vouch(connection)
            self.meeting = self._recognition.meetings
            async with self._in_time():
                await connection.execute(prepare.encode(), prepare=False)
            connection.pgconn.enter_pipeline_mode()
        except psycopg.Error:
            await self.leave()
            raise

    async def answer_before(self, operation: Operation) -> Answer | None:
        """What the server has answered to an operation that it refuses now; None where it has not applied it.

        It may have: over a connection that was lost before the answer came, or was given up, and what was on its
        way there was read later. What is still on its way there is read no more: the answer is final. The rows
        of that answer are left out: what became of them comes with the feed.

        Raises:
            psycopg.Error: it cannot be asked now.
        """
        # Of its own: on the sender's the next operations may be on their way already.
        self._beside = connection = await connect(self.login, writing=True, name="medidesk ask")
        try:
            async with deadline(connection, SEND_SECONDS):
                await self._end_given_up(connection)
                await connection.execute("begin")
                asked = await connection.execute("select op_begin(%s::jsonb)::text", (operation.payload,))
                row = await asked.fetchone()
                known = row is not None and row[0] is not None
                # An answer that is there is there at the standby as well, once this is committed.
                await connection.execute("commit" if known else "rollback")
        finally:
            await leave(connection)
        if row is None or not known:
            return None
        with understood():
            return {**_answer(row[0], operation), "rows": []}

    async def _end_given_up(self, connection: ServerConnection) -> None:
        """End at the server what this station's sender left there: a network can deliver its last bytes late."""
        own = 0 if self._connection is None else self._connection.info.backend_pid
        ended = await connection.execute(
            FENCE, {"within": FENCE_MILLISECONDS, "name": self._name, "but": own}
        )
        if not all(gone for (gone,) in await ended.fetchall()):
            raise psycopg.OperationalError("a connection that was given up has not ended yet")

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[ServerConnection]:
        if self._connection is None:
            raise psycopg.OperationalError("the connection has been left")
        began = time.monotonic()
        try:
            async with deadline(self._connection, SEND_SECONDS):
                yield self._connection
        except psycopg.Error:
            self.late = time.monotonic() >= began + SEND_SECONDS
            raise

    @property
    def open(self) -> bool:
        """Whether there is a connection that is not known to have ended."""
        return self._connection is not None and not self._connection.closed

    @property
    def outdated(self) -> bool:
        """Whether the follower has met a server since: perhaps one that was put back from a backup meanwhile."""
        return self.meeting != self._recognition.meetings

    def cut(self) -> None:
        """Break the connection, whatever it waits for."""
        for connection in (self._connection, self._beside):
            if connection is not None:
                cut(connection)

    async def leave(self) -> None:
        """Close the connection; what is sent next makes another."""
        await leave(self._connection)
        self._connection = None

    def outlives(self, error: psycopg.Error) -> bool:
        """Whether the connection is still good, and it is this operation alone that must be tried again."""
        return self.open and error.sqlstate is not None and error.sqlstate[:3] != "57P"


def _push(pgconn: "PGconn", entries: Sequence[Entry]) -> PQGen[None]:
    for entry in entries:
        told = b"true" if entry.told else b"false"
        pgconn.send_query_prepared(STATEMENT.encode(), [entry.operation.payload.encode(), told])
        pgconn.pipeline_sync()
    yield from generators.send(pgconn)


def _pull(pgconn: "PGconn") -> PQGen["PGresult"]:
    results: list[PGresult] = yield from generators.fetch_many(pgconn)
    if not results:
        raise psycopg.OperationalError("the server did not answer")
    try:
        yield from generators.fetch_many(pgconn)  # the sync
    except psycopg.OperationalError:
        # After the last words of a server that ends the connection there is none. An answer stands all the same.
        return results[0]
    return results[0]


def _read(result: "PGresult", entry: Entry) -> Answer | psycopg.Error:
    if result.status != pq.ExecStatus.TUPLES_OK:
        return errors.error_from_result(result)
    with understood():
        return _answer(result.get_value(0, 0) or b"{}", entry.operation)


def _answer(said: str | bytes, operation: Operation) -> Answer:
    """An answer with all that is needed of it, and of the form that is expected.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: it is none.
        psycopg.OperationalError: it is of another operation.
    """
    answer: Answer = json.loads(said, parse_float=Decimal)
    if answer["op_id"] != str(operation.id):
        raise psycopg.OperationalError("an answer is not of the operation that was sent")
    if answer["status"] == "held":
        problems.sentence({"sqlstate": answer["sqlstate"], "message": answer["reason"]})
    elif answer["status"] != "applied":
        raise ValueError("an answer is neither of those that there are")
    receipt = answer.get("receipt")
    if receipt is not None and (UUID(receipt["op"]) != operation.id or int(receipt["epoch"]) < 0):
        raise ValueError("a receipt is of something else")
    if not all(isinstance(name, str) for name in answer.get("merged", ())):
        raise TypeError("a part of an answer is of another form")
    if not 0 <= int(answer["xid"]) < 2**63:
        raise ValueError("there is no such transaction")
    answered_rows(answer)
    return answer


def answered_rows(answer: Answer) -> AnswerRows:
    """The rows that an answer holds."""
    rows: AnswerRows = {}
    for one in answer["rows"]:
        codec = codecs()[one["table"]]
        rows[one["table"], UUID(one["id"])] = (
            None if one["row"] is None else codec.sound(codec.whole(codec.from_json(one["row"])))
        )
    return rows
