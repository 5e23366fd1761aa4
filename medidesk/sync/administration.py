"""What administrators decide at a station for others: held facts, and work that its author can no longer send."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any
from uuid import UUID

import psycopg

from medidesk.errors import ServerTooOld, ServerUnreachable
from medidesk.log import event
from medidesk.models.decisions import Verdict
from medidesk.repositories.decisions import reason_for
from medidesk.sync import held
from medidesk.sync.asked import begin, why
from medidesk.sync.connection import ServerConnection, connect, cut, deadline, leave
from medidesk.sync.engine import Engine
from medidesk.sync.held import HeldFact
from medidesk.sync.meanings import Meaning, meaning
from medidesk.sync.release import Release, Released
from medidesk.words import tr

log = logging.getLogger(__name__)

ASK_SECONDS = 20.0


class Administration:
    """Of one station, in the name of whoever is signed in; the server knows whether they may. From any thread.

    Everything here needs the server: an answer is `ServerUnreachable` at once while it is away.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
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

    async def _release(self, author: str) -> Released:
        self._must_be_there()
        return await Release(self._engine, author).all()

    async def _list(self) -> list[HeldFact]:
        self._must_be_there()
        if not self._engine.follower.held.served:
            return []
        listed = await self._ask("select held_facts()", (), writing=False)
        facts = held.from_list(listed)
        self._engine.set_state(held=frozenset(fact.op_id for fact in facts))
        return facts

    async def _decide(self, op_id: UUID, verdict: str, reason: str) -> None:
        reason = reason_for(Verdict.DISCARDED if verdict == "discard" else Verdict.MINE, reason)
        self._must_be_there()
        if not self._engine.follower.held.served:
            raise ServerTooOld(
                tr("The clinic's server is of an older version, which cannot do this."),
                tr("It stays held until the server is updated."),
            )
        try:
            await self._ask("select decide_held(%s, %s, %s)", (op_id, verdict, reason), writing=True)
        finally:
            self._engine.follower.held.ask()
        event(log, "held_fact_entered" if verdict == "enter" else "held_fact_discarded", operation=op_id)

    def _must_be_there(self) -> None:
        if self._engine.state.state in {"offline", "reconnecting"}:
            raise ServerUnreachable(
                tr("This needs the server, which is away."), tr("Try again once it is back.")
            )

    async def _ask(self, query: str, values: Sequence[object], *, writing: bool) -> Any:
        """One question over a connection of its own.

        Raises:
            DomainError: the server refused.
            MediDeskError: it did not answer, or takes no changes now.
        """
        login = self._engine.login
        connection: ServerConnection | None = None
        try:
            connection = await connect(login, writing=writing, name="medidesk decide")
            with self._engine.asking.over(partial(cut, connection)):
                if writing:
                    await self._engine.recognition.vouch(connection)
                async with deadline(connection, ASK_SECONDS):
                    row = await (await connection.execute(query.encode(), values)).fetchone()
        except psycopg.Error as error:
            if _refuses(error, asked=connection is not None):
                raise held.refusal(error) from error
            if error.sqlstate is not None and meaning(error) is Meaning.RETRY:
                raise ServerUnreachable(
                    tr("The server is busy with this at the moment."), tr("Try again in a moment.")
                ) from error
            raise await why(error, login) from error
        finally:
            await leave(connection)
        return row[0] if row else None


def _refuses(error: psycopg.Error, *, asked: bool) -> bool:
    """Whether it is the server's word about what was asked, and not about whether it can be asked at all."""
    what = meaning(error)
    return what is Meaning.REFUSED or (asked and what is Meaning.UNKNOWN and error.sqlstate is not None)
