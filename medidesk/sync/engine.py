"""The sync engine: one loop on one thread, the only writer of the replica and the outbox.

The loop never waits while it holds a replica transaction, and never waits for the network in the path of a verb:
following the feed and sending are tasks of their own, each with its own connection and deadlines.
"""

import asyncio
import datetime as dt
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from medidesk.errors import MediDeskError
from medidesk.log import event
from medidesk.repositories.people import Me
from medidesk.sync import checkpoints, lookout, seals, sqlcipher, versions
from medidesk.sync.asked import Asking
from medidesk.sync.capture import Author
from medidesk.sync.clock import ServerClock
from medidesk.sync.connection import Login
from medidesk.sync.follower import Follower
from medidesk.sync.holdings import Holdings
from medidesk.sync.laid_over import LaidOver
from medidesk.sync.loop_thread import ThreadFactory, plain_thread
from medidesk.sync.offline_days import Contact
from medidesk.sync.outbox import Outbox
from medidesk.sync.outcomes import Changed, SyncState
from medidesk.sync.replica import ChangedRows, Replica
from medidesk.sync.restricted_files import RestrictedFiles
from medidesk.sync.senders import Senders
from medidesk.sync.shut_out import ShutOut
from medidesk.sync.sign_in import files_trouble
from medidesk.sync.station_news import StationNews
from medidesk.sync.status import Status
from medidesk.sync.verb_runs import VerbRuns
from medidesk.sync.witness import Recognition

log = logging.getLogger(__name__)

AFTER_A_BUG_SECONDS = 2.0
CANCEL_SECONDS = 0.5
CUT_SECONDS = 0.01


@dataclass
class Engine:
    """Keeps one person's replica current and the station's outbox moving.

    Its parts live on the loop's thread: `follower` (down), `senders` (up), `runs` (verbs) and `laid_over` (what
    waits). The methods that other threads may call say so.

    Attributes:
        login: how this person signs in; also how their work is sent.
        replica, outbox: the station's files.
        author: who makes operations here.
        user: who is signed in, with the rights they have now; new rows belong to their organisation.
        home: the station's folder.
        signed_in_at: when, by the server's clock where it is known.
        server_is_older: than this program, as it last said of itself.
        forget_sign_in: ends offline sign-in here for somebody whose account the server has suspended.
    """

    login: Login
    replica: Replica
    outbox: Outbox
    author: Author
    code: str
    user: Me
    home: Path
    thread_factory: ThreadFactory = plain_thread
    clock_offset: dt.timedelta = dt.timedelta(0)
    state: SyncState = field(default_factory=SyncState)
    signed_in_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    server_is_older: bool = False
    forget_sign_in: Callable[[str], None] = lambda _login: None

    def __post_init__(self) -> None:
        self._listeners: list[Callable[[Changed], None]] = []
        self._sync_listeners: list[Callable[[SyncState], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._asked: set[Future[Any]] = set()
        self._ended = False
        self._trouble = ""
        self._caught_up = threading.Condition()
        self.clock = ServerClock()
        self.contact = Contact(self.replica, self.outbox)
        self.status = Status(self, self.home)
        self.station_news = StationNews(self)
        self.holdings = Holdings(self.replica)
        self.restricted = RestrictedFiles(self)
        self.laid_over = LaidOver(self)
        self.follower = Follower(self)
        self.senders = Senders(self)
        self.asking = Asking()
        self.runs = VerbRuns(self)
        waiting, attention = self.outbox.counts()
        self.state = replace(
            self.state, server_name=self.login.where(), waiting=waiting, attention=attention, since=now(),
            checked=self.follower.checks.last(),
        )  # fmt: skip
        self.recognition = Recognition(self)
        self.on_changed(ShutOut(self).heard)

    # From any thread

    def was_signed_out(self, said: Mapping[str, Any]) -> bool:
        """Whether an administrator has ended this person's sessions since, as the server's `hello` says."""
        at = said.get("signed_out_at")
        return at is not None and dt.datetime.fromisoformat(at) > self.signed_in_at

    def met(self, said: Mapping[str, Any]) -> None:
        """The follower has met a server, and this is what it says of itself."""
        self.server_is_older = versions.is_older(said)
        self.follower.held.met(said)

    def start(self) -> None:
        """Derive the overlays and begin to follow and to send."""
        self.outbox.prune()
        self.laid_over.derive()
        self._thread = self.thread_factory(self._run)
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """End all tasks and the thread. What waits stays in the outbox."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self.status.write(replace(self.status.figures(), state="closed"))

    def call[T](self, function: Callable[[], T]) -> Future[T]:
        """Run a short function on the loop's thread."""
        future: Future[T] = Future()
        self._asked.add(future)
        future.add_done_callback(self._asked.discard)

        def run() -> None:
            if self._ended or not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 (handed to whoever waits)
                future.set_exception(error)

        try:
            if self._loop is None or self._ended:
                raise _closed()
            self._loop.call_soon_threadsafe(run)
        except RuntimeError as error:  # closed, perhaps in this very moment
            if not future.done():
                future.set_exception(error)
        return future

    def on_changed(self, callback: Callable[[Changed], None]) -> Callable[[], None]:
        """Be told what changed, on the loop's thread. Returns what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def on_sync(self, callback: Callable[[SyncState], None]) -> Callable[[], None]:
        """Be told the state of synchronisation, on the loop's thread. Returns what ends it."""
        self._sync_listeners.append(callback)
        return lambda: self._sync_listeners.remove(callback)

    def wait_current(self, timeout: float) -> bool:
        """Wait until the replica has all that the server had when this was called, and nothing waits."""
        asked = self.call(self.follower.ask_for_pull)
        try:
            number = asked.result(timeout)
        except TimeoutError:
            return False  # the loop itself is busy
        with self._caught_up:
            return self._caught_up.wait_for(
                lambda: self.follower.pulls_finished >= number and self.state.waiting == 0, timeout
            )

    # On the loop's thread

    def _run(self) -> None:
        asyncio.run(self._main())
        for future in tuple(self._asked):
            if not future.done():
                future.set_exception(_closed())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._started.set()
        files = self.outbox.checkpoints, self.replica.checkpoints
        tasks = [
            asyncio.create_task(self._supervised("follow", self.follower.run)),
            asyncio.create_task(self._supervised("send", self.senders.run)),
            asyncio.create_task(self._supervised("checkpoint", partial(checkpoints.keep, files))),
            asyncio.create_task(self._supervised("status", self.status.run)),
            asyncio.create_task(self._supervised("look out", partial(lookout.run, self))),
            asyncio.create_task(self._supervised("seal", partial(seals.run, self))),
        ]
        await self._stopping.wait()
        self._ended = True
        # A cancelled query would ask the server to cancel it and wait for that, on a network that may be gone.
        self.follower.cut()
        self.senders.cut()
        self.asking.cut()
        await asyncio.sleep(CUT_SECONDS)  # whoever waited for an answer learns that there is none
        # Again and again: a connection that is busy cancelling its query swallows a cancellation.
        while running := [task for task in (*tasks, *self.asking.tasks) if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=CANCEL_SECONDS)
        self.runs.abandon()
        self.recognition.rest()

    async def _supervised(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run a task for ever: a bug of ours goes to the log, and the task begins anew."""
        while True:
            try:
                await run()
            except Exception:
                log.exception("the %s task failed and begins anew", name)
            await asyncio.sleep(AFTER_A_BUG_SECONDS)

    def file_trouble(self, error: Exception) -> None:
        """The replica could not be written, or the outbox not be read: say so. What was kept there is safe."""
        self._say_trouble(error, files_trouble(error, self.replica, self.outbox))

    def outbox_trouble(self, error: Exception) -> MediDeskError:
        """The outbox could not be written: say so; returns it as a sentence."""
        explained = sqlcipher.explain(error, self.outbox.path)
        self._say_trouble(error, explained)
        return explained

    def _say_trouble(self, error: Exception, explained: MediDeskError) -> None:
        event(log, "file_trouble", logging.ERROR, error=error)
        self._trouble = str(explained)
        self.set_state(note=self._trouble)

    def files_well(self) -> None:
        """A file of this station was written: what was said of one that could not be is no longer so."""
        if self._trouble and self.state.note == self._trouble:
            self.set_state(note="")
        self._trouble = ""

    def tell_changed(self, touched: Iterable[tuple[str, UUID]], *, own: bool) -> None:
        """Tell listeners about these rows."""
        tables: ChangedRows = {}
        for table, row_id in touched:
            tables.setdefault(table, set()).add(row_id)
        if tables:
            self.tell(Changed({table: frozenset(ids) for table, ids in tables.items()}, own=own))

    def tell(self, changed: Changed) -> None:
        """Tell listeners that data is different now."""
        for listener in tuple(self._listeners):
            try:
                listener(changed)
            except Exception:
                log.exception("a listener failed")

    def set_state(self, **changes: Any) -> None:
        """Change the state of synchronisation, and tell whoever listens when it is another."""
        if "state" in changes and changes["state"] != self.state.state:
            changes.setdefault("since", now())
        fresh = replace(self.state, **changes)
        if fresh == self.state:
            return
        if fresh.state != self.state.state:
            event(log, fresh.state, waiting=fresh.waiting, attention=fresh.attention)
        self.state = fresh
        for listener in tuple(self._sync_listeners):
            try:
                listener(fresh)
            except Exception:
                log.exception("a listener failed")

    def recount(self) -> None:
        """Count anew what waits and what needs attention."""
        waiting, attention = self.outbox.counts()
        self.set_state(waiting=waiting, attention=attention)
        self.notify_waiters()

    def notify_waiters(self) -> None:
        """Wake whoever waits for the replica to be current."""
        with self._caught_up:
            self._caught_up.notify_all()

    @property
    def pending(self) -> dict[str, frozenset[UUID]]:
        """The rows over which waiting work lies, by table. From any thread."""
        return self.replica.overlay.rows()

    @property
    def online(self) -> bool:
        """Whether the server was there a moment ago, and took changes."""
        return self.state.state in {"live", "first_sync"} and not self.state.paused


def _closed() -> RuntimeError:
    return RuntimeError("this station is closed")


def now() -> dt.datetime:
    """This PC's clock."""
    return dt.datetime.now(dt.UTC)
