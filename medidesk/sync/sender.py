"""Up: sending what waits, each operation over its author's own login, and acting on what the server says."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from medidesk.log import event
from medidesk.repositories.verbs import Kind
from medidesk.sync import hosts, problems
from medidesk.sync.backoff import Backoff
from medidesk.sync.channel import Answer, Channel, answered_rows
from medidesk.sync.connection import Login
from medidesk.sync.explained import not_understood
from medidesk.sync.meanings import NO_PLACE, Meaning, meaning
from medidesk.sync.operation import Operation
from medidesk.sync.outbox import Entry
from medidesk.sync.sqlcipher import FILE_ERRORS
from medidesk.sync.understood import NotUnderstood

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

TOGETHER_MOST = 8
TOGETHER_CHARACTERS = 64_000
TRIES_MOST = 3
PAUSED_SECONDS = 5.0
IDLE_SECONDS = 60.0
LOCKED_SECONDS = 1.0
AFTER_A_BUG_SECONDS = 10.0
NOT_YET_SECONDS = 15.0


class Sender:
    """Sends one author's operations: a few together where several may go, else one after the other."""

    function = "apply_operation"

    def __init__(self, engine: "Engine", author: str, login: Login) -> None:
        self.engine = engine
        self.author = author
        self.channel = Channel(engine.recognition, login, engine.author.station, self.function)
        self.woken = asyncio.Event()
        self.ended = False
        self._backoff = Backoff()
        self._resting: dict[UUID, float] = {}
        self._paused = False
        self._said = ""
        self._began_at = 0
        self._ahead: list[Entry] | None = None

    async def run(self) -> None:
        """Send whenever there is something, until cancelled or until the author cannot sign in."""
        try:
            while True:
                self.woken.clear()
                try:
                    entries = self._next()
                except FILE_ERRORS as error:  # nothing can be sent from a file that cannot be read
                    self.engine.file_trouble(error)
                    await self._pause()
                    continue
                if not entries:
                    await self._rest()
                elif not await self._try(entries):
                    return
        finally:
            self.ended = True
            await self.channel.leave()

    def _next(self) -> list[Entry]:
        """The operations that have been sent already, or else the first that may be."""
        return self._ahead if self._ahead is not None else self._first_few()

    def _first_few(self, besides: frozenset[UUID] = frozenset()) -> list[Entry]:
        """What may go together: nothing of it waits for anything but the server. A large one goes alone."""
        few = self.engine.outbox.sendable(self.author, self._still_resting() | besides, most=TOGETHER_MOST)
        sizes = accumulate(len(entry.operation.payload) for entry in few)
        fitting = sum(size <= TOGETHER_CHARACTERS for size in sizes)
        return few[: max(1, fitting)]

    async def _heard(self, entries: list[Entry]) -> list[Answer | psycopg.Error]:
        """The server's answers to operations, which may have been sent already."""
        if self._ahead is not entries:
            await self.channel.send(entries)
        self._ahead = None
        return await self.channel.receive(entries)

    async def _send_ahead(self, answered: Sequence[Entry]) -> None:
        """Let the server work on the next operations while these answers are dealt with here.

        The next ones wait for nothing that the answered ones wrote, which count as waiting until then. Where a
        crash comes in between, all are sent again, which changes nothing.
        """
        if not self.channel.open or self.engine.state.waiting <= len(answered):
            return
        entries = self._first_few(frozenset(entry.operation.id for entry in answered))
        if entries:
            with contextlib.suppress(psycopg.Error):  # it is met again, where it is dealt with
                await self.channel.send(entries)
                self._ahead = entries

    async def _try(self, entries: list[Entry]) -> bool:
        """Send a few operations, whatever happens. False when this author cannot sign in."""
        may_go_on = True
        try:
            may_go_on = await self._send(entries)
        except FILE_ERRORS as error:
            # The answers could not be kept (a full disk): they are asked for again, which changes nothing.
            self.engine.file_trouble(error)
            await self._pause()
        if self._paused:
            self._paused = False
            await asyncio.sleep(PAUSED_SECONDS)
        return may_go_on

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
                await self._forget_connection()

    async def _forget_connection(self) -> None:
        self._ahead = None
        await self.channel.leave()

    async def _send(self, entries: list[Entry]) -> bool:
        """Send a few operations and act on the answers. False when this author cannot sign in."""
        self._began_at = self.engine.recognition.meetings
        try:
            with self.engine.senders.asking(entries):
                heard = await self._heard(entries)
                asked_at = self.channel.meeting
                await self._send_ahead(entries)
                self._check_still_met(asked_at)
                # Those behind an answer that never came have none: they are sent again.
                answered = tuple(zip(entries, heard, strict=False))
                self._taken([(entry, one) for entry, one in answered if not isinstance(one, psycopg.Error)])
        except psycopg.Error as error:
            return await self._failed(entries[0], error)
        may_go_on = True
        for entry, one in answered:
            if isinstance(one, psycopg.Error):
                with self._bug_apart(entry.operation):
                    may_go_on = await self._failed(entry, one)
        return may_go_on

    def _check_still_met(self, meeting: int) -> None:
        """Return if the server that has answered is the one that the follower is at.

        It may have been left meanwhile, or have lost what it took in a restore: the one of now must have it, and is
        asked again, which changes nothing.

        Raises:
            psycopg.OperationalError: the follower has met a server since.
        """
        if meeting != self.engine.recognition.meetings:
            raise hosts.FormerPrimary("answered before the follower met the server of now")

    def _taken(self, taken: Sequence[tuple[Entry, Answer]]) -> None:
        if not taken:
            return
        self._backoff.reset()
        self._say("")
        try:
            self._acknowledged(taken)
        except FILE_ERRORS:
            raise
        except Exception:
            log.exception("answers could not be dealt with together")
            for one in taken:
                with self._bug_apart(one[0].operation):
                    self._acknowledged([one])

    @contextlib.contextmanager
    def _bug_apart(self, operation: Operation) -> Iterator[None]:
        """A bug of ours over one operation holds up that one, and no other work."""
        try:
            yield
        except FILE_ERRORS:
            raise
        except Exception:
            log.exception("operation %s could not be dealt with", operation.id)
            self._resting[operation.id] = time.monotonic() + AFTER_A_BUG_SECONDS

    def _acknowledged(self, taken: Sequence[tuple[Entry, Answer]]) -> None:
        """The replica first, then the outbox: a crash between the two sends them again, which changes nothing."""
        engine = self.engine
        known = [(entry.operation, answer) for entry, answer in taken if not self._told_meanwhile(entry)]
        own = [one for one in known if one[0].author == engine.author.login]
        if own:
            engine.laid_over.remove_all(
                [(operation, answered_rows(answer), int(answer["xid"])) for operation, answer in own]
            )
        for operation, answer in known:
            if operation.author != engine.author.login:
                engine.laid_over.settle(operation, int(answer["xid"]))
            engine.runs.acknowledged(operation, tuple(answer.get("merged", ())))
        for operation, answer in known:
            if answer["status"] == "held":
                engine.outbox.refused(operation.id, held(answer), ask=True)
        if done := {operation.id: answer for operation, answer in known if answer["status"] != "held"}:
            engine.outbox.done(done, more=self._ahead is not None)
        engine.recount()

    async def _failed(self, entry: Entry, error: psycopg.Error) -> bool:
        operation = entry.operation
        what = meaning(error)
        event(log, "not_taken", operation=operation.id, meaning=what, error=error)
        if what is Meaning.REFUSED:
            await self._once_final(entry, what, lambda: self._refused(entry, error))
        elif what is Meaning.SIGN_IN:
            if self.author == self.engine.author.login:  # else nobody here waits for it
                self.engine.runs.server_is_away()
            if self._began_at == self.engine.recognition.meetings:
                # One refusal stops this sender, so that retries suspend nobody.
                return False
            # The follower has been let in since: the account was approved again meanwhile.
            await self._pause()
        elif what is Meaning.PAUSED:
            self.engine.runs.server_is_away()
            self._paused = True
        elif error.sqlstate in NO_PLACE and self.engine.server_is_older:
            # What this program keeps and the server does not yet waits until it is updated.
            self._resting[operation.id] = time.monotonic() + NOT_YET_SECONDS
        elif what is Meaning.UNKNOWN and self.engine.outbox.tried(operation.id) >= TRIES_MOST:
            problem = problems.from_error(error)
            await self._once_final(entry, what, lambda: self._put_before_a_person(operation, problem))
        elif self.channel.outlives(error):
            self._resting[operation.id] = time.monotonic() + LOCKED_SECONDS
        else:
            lost, late = self.channel.reused, self.channel.late
            await self._forget_connection()
            if not lost:  # one that lay idle may have ended with a server that is back: try a new one first
                self.engine.runs.server_is_away()
                await self._pause()
            if late or isinstance(error, NotUnderstood):  # it may be this one alone: others go first
                self._resting[operation.id] = time.monotonic() + LOCKED_SECONDS
            if isinstance(error, NotUnderstood):
                self._say(str(not_understood(self.channel.login)))
        return True

    def _say(self, note: str) -> None:
        """Say what is wrong with the server's answers; nothing takes back what was said of them."""
        if note or (self._said and self.engine.state.note == self._said):
            self.engine.set_state(note=note)
        self._said = note

    async def _once_final(self, entry: Entry, what: Meaning, then: Callable[[], None]) -> None:
        """A refusal is final only where the operation was not applied before, and the answer lost."""
        meeting = self.engine.recognition.meetings
        try:
            known = await self.channel.answer_before(entry.operation)
            self._check_still_met(meeting)
        except psycopg.Error as trouble:
            if meaning(trouble) not in {Meaning.REFUSED, what}:
                await self._forget_connection()
                await self._pause()
                return
            known = None
        if known is None:
            then()
        else:
            event(log, "taken_before", operation=entry.operation.id)
            self._acknowledged([(entry, known)])

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


def held(answer: Answer) -> problems.Problem:
    """A fact that the server keeps whole until somebody decides."""
    return {
        "sqlstate": answer["sqlstate"],
        "message": answer["reason"],
        "held": True,
        "receipt": answer.get("receipt"),
    }
