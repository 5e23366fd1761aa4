"""Running verbs, and telling whoever ran one what became of it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.repositories import decisions
from medidesk.repositories.decisions import Decided, Verdict
from medidesk.repositories.unit_of_work import Captured, Work
from medidesk.repositories.verbs import Verb
from medidesk.sync import capture, problems
from medidesk.sync.operation import Operation
from medidesk.sync.outbox import Entry
from medidesk.sync.outcomes import Outcome, Queued, Refused, Saved
from medidesk.sync.sqlcipher import FILE_ERRORS, explain
from medidesk.sync.versions import too_old
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

RUNS_MOST = 3
TELL_AGAIN_SECONDS = 1.0


@dataclass
class Run:
    """One call of a verb that somebody waits for.

    Attributes:
        verb, args, kwargs: the call, to be run again on fresh rows where that may help.
        future: what its caller waits for.
        row_id: what the verb returned.
        runs: how often it was run.
        resolves: the refused work that this run stands for, typed anew.
        patience: until when the server's word is waited for; None once that is over.
    """

    verb: Verb
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    future: Future[Outcome]
    row_id: UUID | None = None
    runs: int = 0
    resolves: Decided | None = None
    patience: asyncio.TimerHandle | None = field(default=None, repr=False)


class VerbRuns:
    """The verbs in flight. All on the loop's thread, but for `begin`."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self._in_flight: dict[UUID, Run] = {}
        # A number is used up by the operation that carries it; one that was never kept may be given again.
        self._registered = engine.outbox.counter("patient")
        self._again_tasks: set[asyncio.Task[None]] = set()

    def begin(
        self,
        verb: Verb,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        patience: float,
        resolves: Callable[[], Decided] | None = None,
    ) -> Future[Outcome]:
        """Run a verb. From any thread.

        Args:
            verb, args, kwargs: the call.
            patience: seconds to wait for the server's word before the caller is told "saved on this PC".
            resolves: finds the refused work that this run stands for, on the loop's thread.

        Returns:
            The outcome; or the exception a verb raised (`DomainError`), or a file's (`DiskFull`).
        """
        run = Run(verb, args, kwargs, Future())
        started = self.engine.call(partial(self._start, run, patience, resolves))
        started.add_done_callback(partial(_pass_on, run.future))
        return run.future

    def keep(self, operation: Operation, *, told: bool) -> None:
        """Keep an operation: the outbox first, then the replica; then it is sent.

        Raises:
            ProgramTooOld: the clinic's server no longer serves this program.
            DiskFull: it could not be kept.
        """
        engine = self.engine
        if engine.state.read_only:
            raise too_old()
        try:
            keys = engine.login.keys if operation.author == engine.author.login else None
            engine.outbox.add(operation, told=told, counters={"patient": self._registered}, keys=keys)
        except FILE_ERRORS as error:
            raise explain(error, engine.outbox.path) from error
        engine.files_well()
        engine.laid_over.add(operation)
        self.engine.recount()
        self.engine.senders.wake()

    def decision(self, about: Decided, verdict: Verdict, reason: str = "") -> Operation:
        """The operation that writes a decision down, in place of the work it is about.

        Raises:
            DomainError: it lacks a reason.
        """
        run = Run(decisions.decide, (about, verdict, reason), {}, Future())
        operation = self._run(run, supersedes=about.op_id)
        if operation is None:
            raise RuntimeError("a decision was not captured")
        return replace(operation, reason=reason)

    def _start(self, run: Run, patience: float, resolves: Callable[[], Decided] | None) -> None:
        run.resolves = resolves() if resolves is not None else None
        self.engine.laid_over.catch_up()
        operation = self._run(run)
        if operation is None:
            self._resolve(run, Saved(self._row(run), None))
            return
        told = not self.engine.online
        # Work that was refused once is never dropped unseen: refused again, it stands under attention again.
        self.keep(operation, told=told or run.resolves is not None)
        if told:
            self._resolve(run, Queued(operation.id, self._row(run)))
            return
        self._in_flight[operation.id] = run
        run.patience = asyncio.get_running_loop().call_later(patience, self._out_of_patience, run)

    def _run(self, run: Run, supersedes: UUID | None = None) -> Operation | None:
        """Run the verb on the replica as it is now; None where it changed nothing."""
        engine = self.engine
        run.runs += 1
        try:
            with Work(engine.replica.writing_session(), engine.user.org_id, self._provisional) as work:
                run.row_id = run.verb(work, *run.args, **run.kwargs)
                captured: Captured = work.captured()
        except (sa.exc.DBAPIError, *FILE_ERRORS) as error:
            raise engine.replica.explain(error) from error
        if not captured.rows and run.resolves is None:
            return None
        operation = capture.operation(
            captured,
            run.verb.name,
            run.verb.kind,
            engine.author,
            engine.outbox,
            engine.clock_offset,
            supersedes,
        )
        if run.resolves is None:
            return operation
        record = self.decision(run.resolves, Verdict.EDITED)
        return record if not captured.rows else with_decision(operation, record)

    def _provisional(self) -> str:
        self._registered += 1
        return f"P-{self.engine.code}-{self._registered:03}"

    def _row(self, run: Run) -> Any:
        """What the verb's query shows now; the id where it has none."""
        if run.verb.shows is None or run.row_id is None:
            return run.row_id
        try:
            with self.engine.replica.sessions() as session:
                return run.verb.shows(session, run.row_id)
        except (sa.exc.DBAPIError, *FILE_ERRORS) as error:
            # A damaged replica takes nothing back: it is saved, and whoever waits must hear so.
            self.engine.file_trouble(error)
            return run.row_id

    def _resolve(self, run: Run, outcome: Outcome | Exception) -> None:
        if run.patience is not None:
            run.patience.cancel()
        if run.future.done():
            return
        if isinstance(outcome, Exception):
            run.future.set_exception(outcome)
        else:
            run.future.set_result(outcome)

    # What became of it

    def acknowledged(self, operation: Operation, merged: tuple[str, ...]) -> None:
        """The server has applied it."""
        run = self._in_flight.pop(operation.id, None)
        if run is not None:
            self._resolve(run, Saved(self._row(run), operation.id, merged))

    def refused(self, operation: Operation, problem: problems.Problem) -> None:
        """The server refused it."""
        run = self._in_flight.pop(operation.id, None)
        if run is not None:
            entry = problems.attention(Entry(operation, told=False, problem=problem))
            conflict = entry if entry.reason == "conflict" else None
            self._resolve(run, Refused(problems.sentence(problem), operation.id, conflict))

    def can_run_again(self, operation: Operation, problem: problems.Problem) -> bool:
        """Whether a row it relied on has moved, and somebody still waits who need not be asked."""
        run = self._in_flight.get(operation.id)
        return run is not None and problem["sqlstate"] == problems.MOVED and run.runs < RUNS_MOST

    def run_again(self, operation: Operation) -> None:
        """Run the verb again, on the fresh rows."""
        self._again_tasks.add(
            task := asyncio.get_running_loop().create_task(
                self._again(self._in_flight[operation.id], operation)
            )
        )
        task.add_done_callback(self._again_tasks.discard)

    async def _again(self, run: Run, operation: Operation) -> None:
        """Once the next pull has brought what moved."""
        await self.engine.follower.pulled_anew()
        self._in_flight.pop(operation.id, None)
        try:
            self.engine.laid_over.remove(operation)
            self._replace(run, operation)
        except Exception as error:  # noqa: BLE001 (it is whoever called the verb who must know)
            self._resolve(run, error)
        self.engine.recount()

    def _replace(self, run: Run, operation: Operation) -> None:
        outbox = self.engine.outbox
        try:
            fresh = self._run(run, supersedes=operation.id)
        except DomainError as error:
            outbox.drop(operation.id, {"run_again": type(error).__name__})
            raise
        if fresh is None:
            outbox.drop(operation.id, {"run_again": "nothing left to change"})
            self._resolve(run, Saved(self._row(run), None))
            return
        self.keep(fresh, told=False)
        self._in_flight[fresh.id] = run
        if run.patience is None or not self.engine.online:
            self._tell_saved_here(fresh.id, run)

    def _out_of_patience(self, run: Run) -> None:
        run.patience = None
        for operation_id, one in tuple(self._in_flight.items()):
            if one is run:
                self._tell_saved_here(operation_id, run)

    def server_is_away(self) -> None:
        """Tell everyone who waits that their work is saved on this PC."""
        for operation_id, run in tuple(self._in_flight.items()):
            self._tell_saved_here(operation_id, run)

    def _tell_saved_here(self, operation_id: UUID, run: Run) -> None:
        # From this moment on a fact may not be refused: that must be on the disk before it is said.
        try:
            if not self.engine.outbox.tell(operation_id):
                return
        except FILE_ERRORS as error:
            self.engine.outbox_trouble(error)
            loop = asyncio.get_running_loop()
            run.patience = loop.call_later(TELL_AGAIN_SECONDS, self._out_of_patience, run)
            return
        del self._in_flight[operation_id]
        self._resolve(run, Queued(operation_id, self._row(run)))

    def abandon(self) -> None:
        """The station closes: what is in flight is in the outbox, and is told so."""
        self.server_is_away()
        for run in self._in_flight.values():
            if not run.future.done():
                run.future.set_exception(RuntimeError(tr("This station has been closed.")))


def with_decision(operation: Operation, record: Operation) -> Operation:
    """Work that carries a decision out, together with the decision."""
    return replace(
        operation,
        writes=(*operation.writes, *record.writes),
        supersedes=operation.supersedes or record.supersedes,
        reason=operation.reason or record.reason,
    )


def _pass_on(future: Future[Outcome], started: Future[None]) -> None:
    error = started.exception()
    if error is not None and not future.done():
        future.set_exception(error)
