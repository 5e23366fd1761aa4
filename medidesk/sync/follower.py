"""Following the change feed: one supervisor around the loop, which maps classes of errors to what is done."""

import asyncio
import contextlib
import datetime as dt
import logging
import time
from typing import TYPE_CHECKING, Any

import psycopg

from medidesk.errors import AccountSuspended, CertificateProblem, MediDeskError, SignInRefused
from medidesk.sync import feed
from medidesk.sync.backoff import Backoff
from medidesk.sync.connection import (
    Meaning,
    ServerConnection,
    connect,
    cut,
    deadline,
    explain,
    leave,
    meaning,
)
from medidesk.sync.cursor import Snapshot
from medidesk.sync.operation import Operation
from medidesk.sync.outcomes import Changed, Progress
from medidesk.sync.rebuild import rebuild
from medidesk.sync.sqlcipher import DatabaseError

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LEAST_BETWEEN_PULLS = 0.04
HELLO_SECONDS = 10.0
SLOW_SECONDS = 2.0
REFUSED_PAUSE_SECONDS = 30.0
# A password that the server no longer takes is not tried again by itself: retries would suspend the account.
WRONG_PASSWORD_PAUSE_SECONDS = 24 * 3600.0
CHANNEL = "medidesk"


class Follower:
    """Keeps the replica current while the server is there, and finds it again when it is not."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.pulls_finished = 0
        self._connection: ServerConnection | None = None
        self._pulling = False
        self._wake = asyncio.Event()
        self._try_now = asyncio.Event()
        self._stored = asyncio.Event()
        self._check = False
        self._backoff = Backoff()
        self._failures = 0
        self._settling: list[tuple[Operation, int]] = []

    def ask_for_pull(self) -> int:
        """Pull soon; returns the number of the pull that will have begun after this."""
        self._try_now.set()
        self._wake.set()
        return self.pulls_finished + (2 if self._pulling else 1)

    async def pulled_anew(self) -> None:
        """Until a pull that began after this is stored, or the server is away."""
        number = self.ask_for_pull()
        while self.pulls_finished < number and self.engine.online:
            self._stored.clear()
            await self._stored.wait()

    def retry_now(self) -> None:
        """Do not wait for the next try."""
        self._backoff.reset()
        self._try_now.set()

    def check(self) -> None:
        """Compare the whole replica with the server at the next opportunity."""
        self._check = True
        self.ask_for_pull()

    def settle(self, operation: Operation, xid: int) -> None:
        """A colleague's operation is applied: its overlay goes when this person's feed has passed it."""
        self._settling.append((operation, xid))

    def cut(self) -> None:
        """Break the connection, whatever it waits for."""
        if self._connection is not None:
            cut(self._connection)

    async def run(self) -> None:
        """Connect, follow until something breaks, and again."""
        while True:
            connection: ServerConnection | None = None
            try:
                connection = self._connection = await connect(self.engine.login, name="medidesk follow")
                await self._hello(connection)
                await self._follow(connection)
            except psycopg.Error as error:
                pause = await self._lost(error)
            except (DatabaseError, OSError) as error:
                pause = self._files(error)
            except MediDeskError as error:
                pause = self._refused(error)
            finally:
                await leave(connection)
            await self._pause(pause)

    # What broke, and what is done about it

    async def _lost(self, error: psycopg.Error) -> float:
        self._failures += 1
        explained = await asyncio.to_thread(explain, error, self.engine.login)
        if meaning(error) in {Meaning.SIGN_IN, Meaning.PAUSED}:
            return self._refused(explained)
        log.info("no connection (%s)", type(error).__name__)
        # One lost connection may be back in a moment; a second failure in a row is an outage.
        state = "reconnecting" if self._failures == 1 and self.engine.state.last_contact else "offline"
        note = str(explained) if isinstance(explained, CertificateProblem) else ""
        self.engine.set_state(state=state, note=note, progress=None)
        if state == "offline":
            self.engine.runs.server_is_away()
        return self._backoff.pause()

    def _refused(self, error: MediDeskError) -> float:
        if isinstance(error, AccountSuspended):
            self.engine.forget_sign_in()
        self.engine.set_state(state="offline", note=str(error), progress=None)
        self.engine.runs.server_is_away()
        wrong_password = isinstance(error, SignInRefused) and not isinstance(error, AccountSuspended)
        return WRONG_PASSWORD_PAUSE_SECONDS if wrong_password else REFUSED_PAUSE_SECONDS

    def _files(self, error: Exception) -> float:
        self.engine.file_trouble(error)
        self.engine.set_state(state="offline", progress=None)
        self.engine.runs.server_is_away()
        return self._backoff.pause()

    async def _pause(self, seconds: float) -> None:
        self._stored.set()
        by_itself = seconds < WRONG_PASSWORD_PAUSE_SECONDS
        due = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
        self.engine.set_state(next_try=due if by_itself else None)
        self._try_now.clear()
        with contextlib.suppress(TimeoutError):  # the pause is over
            await asyncio.wait_for(self._try_now.wait(), seconds)
        self.engine.set_state(next_try=None)

    # Following

    async def _hello(self, connection: ServerConnection) -> None:
        async with deadline(connection, HELLO_SECONDS):
            before = time.monotonic()
            row = await (await connection.execute("select hello()")).fetchone()
            took = time.monotonic() - before
            await connection.execute(f"listen {CHANNEL}")
        if row is None:
            raise psycopg.OperationalError("the server did not answer")
        said: dict[str, Any] = row[0]
        if said["account"] is None:
            raise psycopg.errors.InvalidAuthorizationSpecification("this account is suspended")
        self._met = await self.engine.recognition.meet(connection, said)
        there = dt.datetime.fromisoformat(said["now"])
        self.engine.clock_offset = there + dt.timedelta(seconds=took / 2) - dt.datetime.now(dt.UTC)
        self.engine.set_state(note="")
        self.engine.senders.signed_in()

    async def _follow(self, connection: ServerConnection) -> None:
        replica = self.engine.replica
        if replica.state("built") is None:
            self.engine.set_state(state="first_sync")
            self.engine.senders.wake()
            await feed.FirstSync(replica, self._progressed).run(connection)
            self.engine.set_state(progress=None)
            self.engine.tell(Changed(everything=True))
        if self._met.rebuild:
            await self._fill_anew(connection)
        self._check = self._check or self._met.compare
        while True:
            self._wake.clear()
            began = time.monotonic()
            await self._pull(connection)
            self.engine.recognition.met(self._met)
            await self._wait(connection, began)

    async def _fill_anew(self, connection: ServerConnection) -> None:
        """The server's history is another one: every row is compared, and what is another is replaced."""
        self.engine.set_state(state="first_sync")
        changed = await rebuild(connection, self.engine.replica, self._progressed)
        self.engine.set_state(progress=None)
        self.engine.tell_changed(((table, one) for table, ids in changed.items() for one in ids), own=False)

    def _progressed(self, table: str, done: int, total: int) -> None:
        self.engine.set_state(progress=Progress(table, done, total), last_contact=dt.datetime.now(dt.UTC))

    async def _pull(self, connection: ServerConnection) -> None:
        replica = self.engine.replica
        cursor = Snapshot.parse(replica.state("cursor") or "1:1:")
        slow = asyncio.get_running_loop().call_later(
            SLOW_SECONDS, lambda: self.engine.set_state(state="reconnecting")
        )
        began = time.monotonic()
        self._pulling = True
        try:
            pulled = await feed.pull(connection, cursor)
            self.engine.recognition.heed(pulled.head)
            if str(pulled.head.epoch) != replica.state("epoch"):
                await self._hello(connection)
                await self._fill_anew(connection)
                pulled = await feed.pull(connection, Snapshot.parse(replica.state("cursor") or "1:1:"))
            changed_sight = pulled.head.digest != replica.state("digest")
            if self._check or pulled.too_many or changed_sight:
                self._check = False
                replica.overlay.answered.clear()
                pulled, compared = await feed.reconcile(connection, replica)
                # What the server answered meanwhile is newer than what was compared; the next pull lists it.
                pulled = pulled.without(replica.overlay.answered)
                log.info("compared %d rows with the server", compared)
        finally:
            slow.cancel()
            self._pulling = False
        self._store(pulled)
        await self.engine.recognition.pulled(connection, pulled.head, pulled.witnesses)
        self.pulls_finished += 1
        self._failures = 0
        self._backoff.reset()
        self.engine.set_state(
            state="live", last_contact=dt.datetime.now(dt.UTC), latency=time.monotonic() - began
        )
        self._stored.set()
        self.engine.senders.wake()
        self.engine.notify_waiters()

    def _store(self, pulled: feed.Pulled) -> None:
        replica = self.engine.replica
        head = pulled.head

        def finish() -> None:
            if pulled.cursor is not None:
                replica.set_state("cursor", str(pulled.cursor))
                feed.keep_witnesses(replica, pulled.witnesses)
            replica.set_state("digest", head.digest)
            replica.set_state("epoch", str(head.epoch))

        if pulled.cursor is not None or replica.state("digest") != head.digest:
            changed = replica.apply(pulled.rows, pulled.gone, finish, force=pulled.whole)
            if changed:
                self.engine.tell(Changed({table: frozenset(ids) for table, ids in changed.items()}))
        for operation, xid in tuple(self._settling):
            if head.snapshot.sees(xid):
                self.engine.take_off(operation)
                self._settling.remove((operation, xid))

    async def _wait(self, connection: ServerConnection, began: float) -> None:
        """Until a notification, someone's wish, or the next poll; but pulls keep a distance."""
        if not self._wake.is_set():
            waking = asyncio.create_task(self._wake.wait())
            listening = asyncio.create_task(_notified(connection))
            try:
                await asyncio.wait({waking, listening}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waking.cancel()
                listening.cancel()
                _, heard = await asyncio.gather(waking, listening, return_exceptions=True)
            if isinstance(heard, psycopg.Error):
                raise heard
        await asyncio.sleep(max(0.0, began + LEAST_BETWEEN_PULLS - time.monotonic()))


async def _notified(connection: ServerConnection) -> None:
    """The next notification, or the time for a poll: one may get lost."""
    async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
        return
