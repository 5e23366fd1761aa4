"""Following the change feed: one supervisor around the loop, which maps classes of errors to what is done."""

import asyncio
import contextlib
import datetime as dt
import logging
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from medidesk.errors import (
    AccountSuspended,
    AnswerNotUnderstood,
    CertificateProblem,
    DiskFull,
    MediDeskError,
    NotServing,
    SignedOut,
    SignInRefused,
)
from medidesk.log import event
from medidesk.sync import feed, waking
from medidesk.sync.backoff import Backoff
from medidesk.sync.checks import Checks
from medidesk.sync.connection import ServerConnection, connect, cut, deadline, leave
from medidesk.sync.cursor import Snapshot
from medidesk.sync.explained import explain, in_doubt
from medidesk.sync.first_sync import FirstSync
from medidesk.sync.held_news import HeldNews
from medidesk.sync.meanings import Meaning, meaning
from medidesk.sync.opened_files import OpeningNews
from medidesk.sync.outcomes import Changed, Progress
from medidesk.sync.rebuild import rebuild
from medidesk.sync.reconcile import Compared, reconcile
from medidesk.sync.replica import ChangedRows
from medidesk.sync.scopes import Share
from medidesk.sync.sqlcipher import FILE_ERRORS
from medidesk.sync.understood import understood

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

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
        self.checks = Checks(engine.replica, engine.author.station)
        self.held = HeldNews(engine)
        self.openings = OpeningNews(engine)
        self._backoff = Backoff()
        self._failures = 0

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
        self.checks.ask()
        self.ask_for_pull()

    def has_shown(self, xid: int) -> bool:
        """Whether what the replica holds is no older than what a transaction of the server left."""
        return self._cursor().sees(xid)

    def cut(self) -> None:
        """Break the connection, whatever it waits for."""
        if self._connection is not None:
            cut(self._connection)

    async def run(self) -> None:
        """Connect, follow until something breaks, and again."""
        while True:
            connection: ServerConnection | None = None
            try:
                self.engine.restricted.let_go()
                connection = self._connection = await connect(self.engine.login, name="medidesk follow")
                with understood():
                    await self._hello(connection)
                    await self._follow(connection)
            except psycopg.Error as error:
                pause = await self._lost(error)
            except FILE_ERRORS as error:
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
        event(log, "not_connected", error=error, failures=self._failures)
        # One lost connection may be back in a moment; a second failure in a row is an outage.
        state = "reconnecting" if self._failures == 1 and self.engine.state.last_contact else "offline"
        told = in_doubt(error) or explained
        said = isinstance(told, CertificateProblem | NotServing | AnswerNotUnderstood)
        note = str(told) if told is not explained or said else ""
        self.engine.set_state(state=state, note=note, progress=None)
        if state == "offline":
            self.engine.runs.server_is_away()
        return self._backoff.pause()

    def _refused(self, error: MediDeskError) -> float:
        if isinstance(error, AccountSuspended):
            self.engine.forget_sign_in(self.engine.user.login)
        out = isinstance(error, SignedOut)
        self.engine.set_state(state="offline", note=str(error), progress=None, signed_out=out)
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
        if self.engine.was_signed_out(said):
            raise SignedOut
        self._met = await self.engine.recognition.meet(connection, said)
        there = dt.datetime.fromisoformat(said["now"]) + dt.timedelta(seconds=took / 2)
        self.engine.clock_offset = there - dt.datetime.now(dt.UTC)
        self.engine.clock.heard(there)
        self.engine.contact.reached(there)
        self.engine.set_state(note="")
        self.checks.came_back()
        self.engine.met(said)
        self.engine.senders.signed_in()

    async def _follow(self, connection: ServerConnection) -> None:
        if self.engine.replica.state("built") is None:
            self.engine.set_state(state="first_sync")
            self.engine.senders.wake()
            share = self.engine.holdings.first_share(self.engine.clock.now())
            first = FirstSync(self.engine.replica, share, self._progressed, self._table_came)
            await first.run(connection)
            self.engine.set_state(progress=None)
            self._table_came()
        if self._met.rebuild:
            await self._fill_anew(connection)
        if self._met.compare:
            self.checks.ask()
        self._check_scopes()
        connection.add_notify_handler(lambda _: self._wake.set())
        while True:
            waking.heard(connection)  # whatever it is about, this pull brings it
            self._wake.clear()
            began = time.monotonic()
            await self._pull(connection)
            self.engine.recognition.met(self._met)
            await self._hold(connection)
            await waking.wait(connection, self._wake)
            # What a commit of our own has notified of comes with its answer as well, and sooner.
            await self.engine.senders.answered(LEAST_BETWEEN_PULLS)
            await asyncio.sleep(max(0.0, began + LEAST_BETWEEN_PULLS - time.monotonic()))

    async def _fill_anew(self, connection: ServerConnection) -> None:
        """The server's history is another one: every row is compared, and what is another is replaced."""
        self.engine.set_state(state="first_sync")
        share = self.engine.holdings.share()
        # What was acknowledged until now the server has, or has lost: no pull of this history may ever pass it.
        acknowledged = self.engine.laid_over.settling
        changed = await rebuild(connection, self.engine.replica, share, self._progressed)
        self.engine.laid_over.settled(acknowledged)
        self.engine.set_state(progress=None)
        self.engine.tell_changed(((table, one) for table, ids in changed.items() for one in ids), own=False)

    def _progressed(self, table: str, done: int, total: int) -> None:
        self.engine.set_state(progress=Progress(table, done, total), last_contact=dt.datetime.now(dt.UTC))

    def _table_came(self) -> None:
        self.engine.tell(Changed(everything=True))

    async def _pull(self, connection: ServerConnection) -> None:
        slow = asyncio.get_running_loop().call_later(
            SLOW_SECONDS, lambda: self.engine.set_state(state="reconnecting")
        )
        began = time.monotonic()
        self._pulling = True
        try:
            share = self.engine.holdings.share()
            pulled = await self._news(connection, share)
            if whole := pulled is None:
                slow.cancel()  # comparing everything may take its time
                pulled, _ = await self._compare(connection, share)
            self._store(pulled)
            if self.checks.is_due() and not whole:
                slow.cancel()
                await self._check(connection, share)
        finally:
            slow.cancel()
            self._pulling = False
        with contextlib.suppress(DiskFull):  # it has been said
            self.engine.laid_over.catch_up()
        self.engine.status.pulled(pulled)
        await self.engine.recognition.pulled(connection, pulled.head, pulled.witnesses)
        await self.held.follow(connection, decided=pulled.decided)
        await self.openings.follow(connection)
        await self.engine.station_news.follow(connection)
        self.pulls_finished += 1
        self._failures = 0
        self._backoff.reset()
        self.engine.set_state(
            state="live", last_contact=dt.datetime.now(dt.UTC), latency=time.monotonic() - began
        )
        self._stored.set()
        if self.engine.state.waiting:
            self.engine.senders.wake()
        self.engine.notify_waiters()

    async def _news(self, connection: ServerConnection, share: Share) -> feed.Pulled | None:
        """What the feed lists; None where the list is not enough, and everything must be compared."""
        state = self.engine.replica.state
        pulled: feed.Pulled | None = None
        try:
            pulled = await feed.pull(connection, self._cursor(), share)
            self.engine.recognition.heed(pulled.head)
        except feed.FeedCutError:
            event(log, "feed_cut")
        if pulled is None or str(pulled.head.epoch) != state("epoch"):
            # Of another epoch equal ids and versions mean nothing: the floor it may have met is another's too.
            await self._hello(connection)
            if not self._met.rebuild:
                return None
            await self._fill_anew(connection)
            pulled = await feed.pull(connection, self._cursor(), share)
        return None if pulled.too_many or pulled.head.digest != state("digest") else pulled

    def _cursor(self) -> Snapshot:
        return Snapshot.parse(self.engine.replica.state("cursor") or "1:1:")

    def opened(self, patient: UUID) -> None:
        """Get this patient's whole file, and keep it for some days; the server is told who opened it."""
        news = self.openings.note(patient)
        if self.engine.holdings.pin(patient) or news:
            self.ask_for_pull()

    async def _hold(self, connection: ServerConnection) -> None:
        """Pinned files come, and once a day what has aged out of its scope leaves."""
        holdings, now = self.engine.holdings, self.engine.clock.now()
        self._tell(await holdings.fetch_pinned(connection))
        if now is not None and now.date() != holdings.horizon:
            self._tell(holdings.turn(now.date()))
            self._check_scopes()

    def _check_scopes(self) -> None:
        if self.engine.holdings.scopes_differ():
            self.checks.ask()

    def _tell(self, changed: ChangedRows) -> None:
        if changed:
            self.engine.tell(Changed({table: frozenset(ids) for table, ids in changed.items()}))

    async def _compare(
        self, connection: ServerConnection, share: Share, since: Snapshot | None = None
    ) -> tuple[feed.Pulled, Compared]:
        overlay = self.engine.replica.overlay
        overlay.answered.clear()
        pulled, compared = await reconcile(connection, self.engine.replica, share, since)
        return pulled.without(overlay.answered_after(pulled.head.snapshot)), compared

    async def _check(self, connection: ServerConnection, share: Share) -> None:
        """Compare everything, mend what differs and tell what it came to."""
        pulled, compared = await self._compare(connection, share, self._cursor())
        changed = self._store(pulled)
        self.engine.holdings.scopes_hold()
        self.engine.set_state(checked=self.checks.finished(compared, changed))

    def _store(self, pulled: feed.Pulled) -> ChangedRows:
        replica = self.engine.replica
        head = pulled.head
        seen_by = replica.state("digest"), replica.state("epoch")

        def finish() -> None:
            if pulled.cursor is not None:
                replica.set_state("cursor", str(pulled.cursor))
                feed.keep_witnesses(replica, pulled.witnesses)
            if seen_by != (head.digest, str(head.epoch)):
                replica.set_state("digest", head.digest)
                replica.set_state("epoch", str(head.epoch))

        changed: ChangedRows = {}
        if pulled.cursor is not None or seen_by[0] != head.digest:
            changed = replica.apply(pulled.rows, pulled.gone, finish, force=pulled.whole)
            self._tell(changed)
        self.engine.laid_over.passed(head.snapshot)
        return changed
