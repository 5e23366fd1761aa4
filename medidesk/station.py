"""The headless application: sign in, read, run verbs, follow the server. Windows, commands, tests and other
programs use it alike; it knows no widgets.

    with Station.open(server, user, password, home=path) as station:
        station.wait_current(timeout=10)
        rows = station.read(patients.search, "garc", limit=20)
        outcome = station.run(patients.register, {"family_name": "García"})
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.errors import NotAllowed, ServerUnreachable
from medidesk.permissions import can
from medidesk.repositories.people import Me as SignedIn
from medidesk.repositories.verbs import Verb
from medidesk.sync.administration import Administration
from medidesk.sync.capture import Author
from medidesk.sync.connection import Login
from medidesk.sync.drafts import Drafts
from medidesk.sync.engine import Engine
from medidesk.sync.held import HeldFact
from medidesk.sync.keys import Keys
from medidesk.sync.loop_thread import ThreadFactory, plain_thread
from medidesk.sync.outcomes import (
    Attention,
    Changed,
    Checked,
    Outcome,
    Queued,
    Refused,
    Saved,
    SyncState,
    Waiting,
)
from medidesk.sync.profiles import KnownPerson, StationProfile, new_station_name
from medidesk.sync.release import Released
from medidesk.sync.rights import Rights
from medidesk.sync.server_queries import ServerQueries
from medidesk.sync.sign_in import SignIn, files_trouble, sign_in, who_signed_in
from medidesk.sync.sqlcipher import FILE_ERRORS
from medidesk.sync.station_lock import StationLock
from medidesk.sync.status import Figures
from medidesk.sync.unsent import Unsent
from medidesk.words import tr

__all__ = [
    "Administration", "Attention", "Changed", "Checked", "Figures", "HeldFact", "Outcome", "Queued", "Refused",
    "Released", "Saved", "SignedIn", "Station", "SyncState", "Waiting",
]  # fmt: skip

type Done = Callable[[Outcome | BaseException], None]


class Station(AbstractContextManager["Station"]):
    """One PC, with one person signed in. Made by `Station.open`."""

    def __init__(
        self,
        lock: StationLock,
        profile: StationProfile,
        signed: SignIn,
        user: SignedIn,
        server: ServerQueries,
        thread: ThreadFactory,
    ) -> None:
        self._lock = lock
        self.profile = profile
        self._engine = Engine(
            login=signed.login,
            replica=signed.replica,
            outbox=signed.outbox,
            author=Author(user.login, profile.station_id, profile.name),
            code=profile.code,
            user=user,
            thread_factory=thread,
            state=SyncState(note=signed.note, last_contact=profile.last_contact),
            forget_sign_in=Keys(profile.home, profile.station_id).remove_envelope,
            home=profile.home,
            signed_in_at=signed.at,
        )
        if signed.hello is not None:
            self._engine.clock_offset = signed.hello.offset
        self.drafts = Drafts(self._engine)
        self.administration = Administration(self._engine)
        self.rights, self.restricted = Rights(self._engine), self._engine.restricted
        self._unsent = Unsent(self._engine)
        self._server = server
        self._closed = threading.Event()

    @classmethod
    def open(
        cls,
        server: str,
        user: str,
        password: str,
        *,
        home: Path,
        name: str | None = None,
        thread: ThreadFactory | None = None,
    ) -> Self:
        """Sign in and begin to follow the server. Blocks for the network and for Argon2.

        Args:
            server: the server's libpq URL, or "" (or the clinic's name) for the one this station has joined.
            user, password: who signs in.
            home: the station's folder.
            name: what people call this PC; kept from then on.
            thread: how the sync loop's thread is made; the desktop program gives a QThread.

        Raises:
            StationInUse: another MediDesk has this folder open.
            MediDeskError: nobody can be signed in; see `medidesk.sync.sign_in`.
        """
        with ExitStack() as undo:
            lock = StationLock(home)
            undo.callback(lock.release)
            profile = StationProfile.load(home)
            profile.name = name or profile.name or new_station_name()
            profile.server = profile.resolve(server)
            signed = sign_in(profile, Login(profile.server, user.strip().lower(), password))
            undo.callback(signed.close)
            queries = ServerQueries(signed.login)
            undo.callback(queries.close)
            who = who_signed_in(signed, queries)
            profile.clinic = who.org_name
            profile.signed_in(KnownPerson(who.login, who.display_name, who.role_label))
            profile.save()
            try:
                station = cls(lock, profile, signed, who, queries, thread or plain_thread)
                station._engine.start()
            except (sa.exc.DatabaseError, *FILE_ERRORS) as error:
                raise files_trouble(error, signed.replica, signed.outbox) from error
            undo.pop_all()
            return station

    def close(self) -> None:
        """Stop following and sending, and close the files. What waits stays in the outbox."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._engine.stop()
        self.profile.last_contact = self.sync.last_contact or self.profile.last_contact
        self.profile.waiting = self.sync.waiting
        try:
            self.profile.save()
        finally:
            self._server.close()
            self._engine.replica.close()
            self._engine.outbox.close()
            self._lock.release()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """What people call this PC."""
        return self.profile.name

    @property
    def user(self) -> SignedIn:
        """Who is signed in, with the rights that the windows are built for."""
        return self._engine.user

    @property
    def home(self) -> Path:
        """The station's folder."""
        return self.profile.home

    def unlocks(self, password: str) -> bool:
        """Whether this is the password of whoever is signed in. Blocks for Argon2; needs no server."""
        return Keys(self.home, self.profile.station_id).open_envelope(self.user.login, password) is not None

    def can(self, area: str, needs: str) -> bool:
        """Whether this person's roles include a need in an area (`medidesk.permissions`)."""
        return can(self.user.rights, area, needs)

    def allows(self, verb: Verb) -> bool:
        """Whether this person may run a verb."""
        return verb.allowed(self.user.rights)

    # Reading

    def read[**P, T](
        self, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A repository's query on the replica, on the calling thread; well under a frame.

        Raises:
            StationFilesProblem: the replica is damaged.
        """
        try:
            with self._engine.replica.sessions() as session:
                return query(session, *args, **kwargs)
        except (sa.exc.DatabaseError, *FILE_ERRORS) as error:
            raise self._engine.replica.explain(error) from error

    def ask[**P, T](
        self, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same query on the server, for what a replica does not hold. Blocks: for background use.

        Raises:
            ServerUnreachable: the server is away.
        """
        return self._server.ask(query, *args, **kwargs)

    def opened(self, patient_id: UUID) -> None:
        """Somebody opened a patient's file: all of it is held here for some days, and the server notes who did."""
        self._engine.call(partial(self._engine.follower.opened, patient_id))

    def holds_whole(self, patient_id: UUID) -> bool:
        """Whether all of a patient's file is here, or only what lies within the scopes of its tables."""
        return self._engine.holdings.holds_whole(patient_id)

    # Verbs

    def run(
        self, verb: Verb, *args: Any, patience: float = 5.0, resolves: UUID | None = None, **kwargs: Any
    ) -> Outcome:
        """Run a verb and wait for the server's word. Never on a thread that paints.

        Args:
            verb: a verb of a repository; `args` and `kwargs` are its own.
            patience: seconds after which a change that the server has not confirmed counts as saved here.
            resolves: an operation under attention that this one stands for, typed anew.

        Returns:
            `Saved`, `Queued` (it will be sent by itself) or `Refused`.

        Raises:
            NotAllowed: this person's roles do not include it.
            DomainError: something must be mended first.
            DiskFull: it could not be kept.
        """
        return self._begin(verb, args, kwargs, patience, resolves).result()

    def submit(
        self,
        verb: Verb,
        *args: Any,
        done: Done | None = None,
        patience: float = 5.0,
        resolves: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Like `run`, but returns at once; `done` gets the outcome or the exception, on the sync thread."""
        try:
            future = self._begin(verb, args, kwargs, patience, resolves)
        except NotAllowed as error:
            if done is not None:
                done(error)
            return
        if done is not None:
            future.add_done_callback(partial(_hand_over, done))

    def _begin(
        self,
        verb: Verb,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        patience: float,
        resolves: UUID | None,
    ) -> Future[Outcome]:
        if not self.allows(verb):
            refusal = tr("Your roles do not include this.")
            raise NotAllowed(refusal, tr("Ask an administrator if they should."))
        about = None if resolves is None else partial(self._unsent.to_resolve, resolves)
        return self._engine.runs.begin(verb, args, kwargs, patience, about)

    # Synchronisation

    @property
    def sync(self) -> SyncState:
        """The state of synchronisation."""
        return self._engine.state

    def figures(self) -> Figures:
        """How synchronisation does: what waits, how current this station is, how soon it hears of changes."""
        return self._engine.status.figures()

    def on_changed(self, callback: Callable[[Changed], None]) -> Callable[[], None]:
        """Be told what changed, on the sync thread; returns what ends it."""
        return self._engine.on_changed(callback)

    def on_sync(self, callback: Callable[[SyncState], None]) -> Callable[[], None]:
        """Be told the state of synchronisation, on the sync thread; returns what ends it."""
        return self._engine.on_sync(callback)

    def wait_current(self, timeout: float = 10.0) -> None:
        """Wait until the replica holds what the server had, and nothing waits to be sent.

        Raises:
            ServerUnreachable: not within `timeout` seconds.
        """
        if not self._engine.wait_current(timeout):
            raise ServerUnreachable(
                tr("This station could not catch up within {seconds} seconds.", seconds=f"{timeout:g}"),
                self.sync.note or self.sync.notice or tr("Check the network, then try again."),
            )

    def pending(self, table: str) -> frozenset[UUID]:
        """The rows of a table over which waiting work lies."""
        return self._engine.pending.get(table, frozenset())

    def waiting(self) -> list[Waiting]:
        """What waits to be sent, oldest first; everyone's at this PC, as far as this person may see it."""
        return self._unsent.waiting()

    def attention(self) -> list[Attention]:
        """What needs a person, oldest first; everyone's at this PC, as far as this person may see it."""
        return self._unsent.attention()

    def decide(self, op_id: UUID, choices: Mapping[str, str], *, done: Done | None = None) -> None:
        """Carry out choices about a conflict, as a new operation: for each field "base", "theirs" or "mine".

        `done` gets `Queued` (it is on its way) or a `DomainError`.
        """
        self._on_loop(partial(self._unsent.decide, op_id, choices), done)

    def discard(self, op_id: UUID, reason: str, *, done: Done | None = None) -> None:
        """Give up what stands under attention, saying why; as an operation, like `decide`."""
        self._on_loop(partial(self._unsent.discard, op_id, reason), done)

    def _on_loop(self, function: Callable[[], Outcome], done: Done | None) -> None:
        future = self._engine.call(function)
        if done is not None:
            future.add_done_callback(partial(_hand_over, done))

    def retry_now(self) -> None:
        """Do not wait for the next try to reach the server."""
        self._engine.call(self._engine.follower.retry_now)

    def check(self) -> None:
        """Compare everything this station holds with the server, and mend what differs."""
        self._engine.call(self._engine.follower.check)


def _hand_over(done: Done, future: Future[Outcome]) -> None:
    done(future.exception() or future.result())
