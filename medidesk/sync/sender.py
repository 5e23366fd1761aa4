"""Up: sending what waits, each operation over its author's own login, and acting on what the server says."""

import asyncio
import contextlib
import json
import logging
import math
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from medidesk.log import event
from medidesk.models.replica_type import Storage
from medidesk.repositories.verbs import Kind
from medidesk.sync import hosts, problems
from medidesk.sync.backoff import Backoff
from medidesk.sync.codec import codecs
from medidesk.sync.connection import Login, ServerConnection, connect, cut, deadline, leave
from medidesk.sync.meanings import Meaning, meaning
from medidesk.sync.operation import Operation
from medidesk.sync.outbox import Entry
from medidesk.sync.sqlcipher import FILE_ERRORS

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

SEND_SECONDS = 20.0
TRIES_MOST = 3
PAUSED_SECONDS = 5.0
IDLE_SECONDS = 60.0
LOCKED_SECONDS = 1.0
AFTER_A_BUG_SECONDS = 10.0

type Answer = dict[str, Any]
type AnswerRows = dict[tuple[str, UUID], tuple[Storage, ...] | None]


class Sender:
    """Sends one author's operations, one after the other.

    Attributes:
        place: epoch and timeline of the server that it is connected to; None until that is known.
    """

    function = "apply_operation"

    def __init__(self, engine: "Engine", author: str, login: Login) -> None:
        self.engine = engine
        self.author = author
        self.login = login
        self.woken = asyncio.Event()
        self.ended = False
        self.place: tuple[int, int] | None = None
        self._connection: ServerConnection | None = None
        self._reused = False
        self._due = math.inf
        self._backoff = Backoff()
        self._resting: dict[UUID, float] = {}
        self._ahead: tuple[Entry, asyncio.Task[Answer]] | None = None

    async def run(self) -> None:
        """Send whenever there is something, until cancelled or until the author cannot sign in."""
        try:
            while True:
                self.woken.clear()
                entry = self._next()
                if entry is None:
                    await self._rest()
                elif not await self._try(entry):
                    return
        finally:
            self.ended = True
            await leave(self._connection)
            if self._ahead is not None:  # it has ended with its connection
                self._ahead[1].cancel()
                await asyncio.wait([self._ahead[1]])

    def _next(self) -> Entry | None:
        """The operation that has been sent already, or else the first that may be."""
        if self._ahead is not None:
            return self._ahead[0]
        return self.engine.outbox.next_to_send(self.author, besides=self._still_resting())

    async def _answer(self, entry: Entry) -> Answer:
        """The server's answer to an operation, which may have been asked for already."""
        if self._ahead is None or self._ahead[0] is not entry:
            return await self._apply(entry.operation, told=entry.told)
        task = self._ahead[1]
        try:
            return await task
        finally:
            self._ahead = None

    async def _send_ahead(self, answered: Operation) -> None:
        """Let the server work on the next operation while this one's answer is dealt with here.

        The next one waits for nothing that the answered one wrote, which counts as waiting until then. Where a
        crash comes in between, both are sent again, which changes nothing.
        """
        if self._ahead is not None or self.engine.state.waiting <= 1:
            return
        entry = self.engine.outbox.next_to_send(self.author, besides=self._still_resting() | {answered.id})
        if entry is not None:
            task = asyncio.create_task(self._apply(entry.operation, told=entry.told))
            self._ahead = entry, task
            await asyncio.sleep(0)  # it is on its way

    async def _try(self, entry: Entry) -> bool:
        """Send one operation, whatever happens. False when this author cannot sign in."""
        try:
            return await self._send(entry)
        except FILE_ERRORS as error:
            # The answer could not be kept (a full disk): it is asked for again, which changes nothing.
            self.engine.file_trouble(error)
            await self._pause()
        except Exception:
            # A bug of ours over one operation holds up that one, and no other work.
            log.exception("operation %s could not be dealt with", entry.operation.id)
            self._resting[entry.operation.id] = time.monotonic() + AFTER_A_BUG_SECONDS
        return True

    def cut(self) -> None:
        """Break the connection, whatever it waits for."""
        if self._connection is not None:
            cut(self._connection)

    def _still_resting(self) -> frozenset[UUID]:
        """Operations that met a locked row a moment ago: others go first."""
        now = time.monotonic()
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        return frozenset(self._resting)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self.woken.wait(), LOCKED_SECONDS if self._resting else IDLE_SECONDS)
        except TimeoutError:
            if self.author != self.engine.author.login and not self._resting:
                await leave(self._connection)
                self._connection = None

    async def _send(self, entry: Entry) -> bool:
        """Send one operation and act on the answer. False when this author cannot sign in."""
        operation = entry.operation
        try:
            with self.engine.senders.asking(operation):
                answer = await self._answer(entry)
                if self.place is not None and self.place < self.engine.recognition.place:
                    # Taken by a server that this PC has left meanwhile: the one it is at now must have it.
                    raise hosts.FormerPrimary("answered by a server that was left")
                await self._send_ahead(operation)
                if not self._told_meanwhile(entry):
                    self._acknowledged(operation, answer)
        except psycopg.Error as error:
            return await self._failed(entry, error)
        self._backoff.reset()
        return True

    async def _apply(self, operation: Operation, *, told: bool) -> Answer:
        self._reused = self._connection is not None and not self._connection.closed
        self._due = math.inf
        if self._connection is None or self._connection.closed:
            self.place = None
            self._connection = await connect(self.login, writing=True, name="medidesk send")
            self.place = await self.engine.recognition.vouch(self._connection)
        self._due = time.monotonic() + SEND_SECONDS
        async with deadline(self._connection, SEND_SECONDS):
            result = await self._connection.execute(
                f"select {self.function}(%s::jsonb, %s)::text", (operation.payload, told)
            )
            row = await result.fetchone()
        if row is None:
            raise psycopg.OperationalError("the server did not answer")
        answer: Answer = json.loads(row[0], parse_float=Decimal)
        return answer

    def _acknowledged(self, operation: Operation, answer: Answer) -> None:
        """The replica first, then the outbox: a crash between the two sends it again, which changes nothing."""
        merged, xid = tuple(answer.get("merged", ())), int(answer["xid"])
        engine = self.engine
        if operation.author == engine.author.login:
            engine.laid_over.remove(operation, answered_rows(answer), xid)
        else:
            engine.follower.settle(operation, xid)
        engine.runs.acknowledged(operation, merged)
        if answer["status"] == "held":
            engine.outbox.refused(operation.id, held(answer), ask=True)
        else:
            engine.outbox.done(operation.id, answer, more=self._ahead is not None)
        engine.recount()

    async def _failed(self, entry: Entry, error: psycopg.Error) -> bool:
        operation = entry.operation
        what = meaning(error)
        event(log, "not_taken", operation=operation.id, meaning=what, error=error)
        if what is Meaning.REFUSED:
            self._refused(entry, error)
        elif what is Meaning.SIGN_IN:
            # One refusal stops this sender, so that retries suspend nobody.
            self.engine.runs.server_is_away()
            return False
        elif what is Meaning.PAUSED:
            self.engine.runs.server_is_away()
            await asyncio.sleep(PAUSED_SECONDS)
        elif what is Meaning.UNKNOWN and self.engine.outbox.tried(operation.id) >= TRIES_MOST:
            self._put_before_a_person(operation, problems.from_error(error))
        elif self._stays(error):
            self._resting[operation.id] = time.monotonic() + LOCKED_SECONDS
        else:
            lost, late = self._reused, time.monotonic() >= self._due
            await leave(self._connection)
            self._connection = None
            if not lost:  # one that lay idle may have ended with a server that is back: try a new one first
                self.engine.runs.server_is_away()
                await self._pause()
            if late:  # it may be this one alone that takes too long: others go first
                self._resting[operation.id] = time.monotonic() + LOCKED_SECONDS
        return True

    def _stays(self, error: psycopg.Error) -> bool:
        """Whether the connection is still good, and it is this operation alone that must be tried again."""
        state = error.sqlstate
        return bool(self._connection and not self._connection.closed and state and state[:3] != "57P")

    async def _pause(self) -> None:
        self.woken.clear()
        with contextlib.suppress(TimeoutError):  # the pause is over
            await asyncio.wait_for(self.woken.wait(), self._backoff.pause())

    def _refused(self, entry: Entry, error: psycopg.Error) -> None:
        engine, operation = self.engine, entry.operation
        if self._told_meanwhile(entry):
            return
        now_told = engine.outbox.entry(operation.id)
        problem = problems.from_error(error)
        if engine.runs.can_run_again(operation, problem):
            # Kept under attention until it is replaced: a crash in between loses nothing.
            engine.outbox.refused(operation.id, problem, ask=True)
            engine.runs.run_again(operation)
            return
        if now_told is not None and now_told.told:
            self._put_before_a_person(operation, problem)
            return
        engine.outbox.refused(operation.id, problem, ask=False)
        self._taken_back(operation, problem)

    def _told_meanwhile(self, entry: Entry) -> bool:
        """Whether the author of a fact was told "saved on this PC" while it was on its way as one that may be
        refused. Then it goes again as one that holds: the server keeps what people were told, once.
        """
        if entry.told or entry.operation.kind is not Kind.FACT:
            return False
        now = self.engine.outbox.entry(entry.operation.id)
        return now is not None and now.told

    def _put_before_a_person(self, operation: Operation, problem: problems.Problem) -> None:
        self.engine.outbox.refused(operation.id, problem, ask=True)
        self._taken_back(operation, problem)

    def _taken_back(self, operation: Operation, problem: problems.Problem) -> None:
        try:
            self.engine.laid_over.remove(operation)
        except FILE_ERRORS as error:
            # The outbox knows that it no longer waits: the overlay is derived anew once the replica takes it.
            self.engine.file_trouble(error)
        self.engine.recount()
        self.engine.runs.refused(operation, problem)


def answered_rows(answer: Answer) -> AnswerRows:
    """The rows of an answer in storage form; None for one its author cannot see."""
    rows: AnswerRows = {}
    for one in answer["rows"]:
        codec = codecs()[one["table"]]
        rows[one["table"], UUID(one["id"])] = (
            None if one["row"] is None else codec.whole(codec.from_json(one["row"]))
        )
    return rows


def held(answer: Answer) -> problems.Problem:
    """A fact that the server keeps whole until somebody decides."""
    return {
        "sqlstate": answer["sqlstate"],
        "message": answer["reason"],
        "held": True,
        "receipt": answer.get("receipt"),
    }
