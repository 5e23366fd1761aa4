"""What administrators do at a station: decide about held facts, release work, see to accounts and the server."""

import logging
from concurrent.futures import Future
from functools import partial
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from medidesk.errors import ServerTooOld
from medidesk.log import event
from medidesk.models.decisions import Verdict
from medidesk.repositories.decisions import reason_for
from medidesk.server.health_said import Said
from medidesk.sync import held, trail
from medidesk.sync.accounts import Accounts
from medidesk.sync.asked import ask, begin, must_be_there
from medidesk.sync.engine import Engine
from medidesk.sync.held import HeldFact
from medidesk.sync.release import Release, Released
from medidesk.sync.roles import Roles
from medidesk.sync.trail import TrailEntry, TrailPage, Wanted
from medidesk.words import tr

log = logging.getLogger(__name__)


class Administration:
    """Of one station, in the name of whoever is signed in; the server knows whether they may. From any thread.

    Everything here needs the server: an answer is `ServerUnreachable` at once while it is away.

    Attributes:
        accounts: who may sign in, in which roles.
        roles: those of the clinic's own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.accounts = Accounts(engine)
        self.roles = Roles(engine)
        self._releasing: dict[str, Future[Released]] = {}

    def look(self) -> None:
        """Hear soon what there is to decide, and what was decided of this station's own held facts."""
        self._engine.call(self._engine.follower.held.ask)

    def held(self) -> Future[list[HeldFact]]:
        """The facts that the server holds and that this person may decide, oldest first.

        Empty where the server is of an older version, which lets nobody decide.
        """
        return begin(self._engine, self._list)

    def enter(self, op_id: UUID) -> Future[None]:
        """Have a held fact entered in its author's name; this person answers for it.

        Returns:
            Nothing; or a `DomainError`: it still cannot be taken and stays held, or somebody has decided already.
        """
        return begin(self._engine, partial(self._decide, op_id, "enter", ""))

    def discard(self, op_id: UUID, reason: str) -> Future[None]:
        """Give a held fact up, saying why; like `enter`. The server keeps it as it was sent."""
        return begin(self._engine, partial(self._decide, op_id, "discard", reason))

    def release(self, author: str) -> Future[Released]:
        """Have the server take the waiting work of somebody who can no longer sign in.

        Returns:
            What became of it; or `NotAllowed`: the server releases nothing of theirs. Asked again before it has
            ended, it is the same.
        """
        running = self._releasing.get(author)
        if running is None or running.done():
            running = self._releasing[author] = begin(self._engine, partial(self._release, author))
        return running

    def health(self) -> Future[Said]:
        """What the server says of itself; `ServerTooOld` where it is of an older version."""
        return begin(self._engine, self._health)

    def trail(self, wanted: Wanted, after: TrailEntry | None = None) -> Future[TrailPage]:
        """A page of the audit trail, of the branches that this person administers.

        Args:
            wanted: which changes.
            after: the last entry of the page before; the newest page without it.
        """
        return begin(self._engine, partial(self._trail, wanted, after))

    async def _health(self) -> Said:
        self._must_serve(tr("It can once it has been updated."))
        return Said.from_json(await self._ask("select server_health()"))

    async def _trail(self, wanted: Wanted, after: TrailEntry | None) -> TrailPage:
        self._must_serve(tr("It can once it has been updated."))
        return trail.from_json(await self._ask("select audit_trail(%s)", Jsonb(wanted.to_json(after))))

    def _must_serve(self, otherwise: str) -> None:
        """Return if the server is there, and of a version that answers administrators.

        Raises:
            ServerUnreachable: it is away.
            ServerTooOld: it is older.
        """
        must_be_there(self._engine)
        if not self._engine.follower.held.served:
            raise ServerTooOld(
                tr("The clinic's server is of an older version, which cannot do this."),
                otherwise,
            )

    async def _release(self, author: str) -> Released:
        must_be_there(self._engine)
        return await Release(self._engine, author).all()

    async def _list(self) -> list[HeldFact]:
        must_be_there(self._engine)
        if not self._engine.follower.held.served:
            return []
        listed = await self._ask("select held_facts()")
        facts = held.from_list(listed)
        self._engine.set_state(held=frozenset(fact.op_id for fact in facts))
        return facts

    async def _decide(self, op_id: UUID, verdict: str, reason: str) -> None:
        reason = reason_for(Verdict.DISCARDED if verdict == "discard" else Verdict.MINE, reason)
        self._must_serve(tr("It stays held until the server is updated."))
        try:
            await self._ask("select decide_held(%s, %s, %s)", op_id, verdict, reason, writing=True)
        finally:
            self._engine.follower.held.ask()
        event(log, "held_fact_entered" if verdict == "enter" else "held_fact_discarded", operation=op_id)

    async def _ask(self, query: str, *values: object, writing: bool = False) -> Any:
        return await ask(self._engine, query, values, writing=writing, refusal=held.refusal)
