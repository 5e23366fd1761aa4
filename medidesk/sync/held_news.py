"""What a station hears of facts that the server holds: how many there are to decide, and what became of its own
work that needs attention, which a copy of this PC's disk may have sent since.

It is asked at each connect, whenever somebody has decided something, when the page of changes is opened, and once
an hour: over the follower's connection, after a pull. A server that does not know of it is asked nothing else.
"""

import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from medidesk.log import event
from medidesk.permissions import ADMINISTRATOR
from medidesk.sync.connection import ServerConnection, deadline

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

# The first schema of a server whose held facts can be decided.
SINCE_SCHEMA = 3
ASK_SECONDS = 10.0
EVERY_SECONDS = 3600.0


class HeldNews:
    """Of one station; on the loop's thread."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.served = False
        self._asked = True
        self._asked_at = 0.0
        self._decided = 0

    def met(self, said: Mapping[str, Any]) -> None:
        """The server is there, and this is what it says of itself."""
        self.served = int(said["schema_version"]) >= SINCE_SCHEMA
        self._asked = True
        if not self.served:
            self.engine.set_state(held=frozenset())

    def ask(self) -> None:
        """Hear the news with the next pull, which is soon."""
        self._asked = True
        self.engine.follower.ask_for_pull()

    async def follow(self, connection: ServerConnection, *, decided: bool) -> None:
        """After a pull: ask, where that is due and somebody here wants to know.

        Args:
            connection: the follower's.
            decided: the pull told that somebody has decided something.

        Raises:
            psycopg.Error: the connection was lost.
        """
        self._decided += decided
        self._asked |= decided or time.monotonic() - self._asked_at > EVERY_SECONDS
        if not self._asked:
            return
        self._asked = False
        self._asked_at = time.monotonic()
        mine = self._under_attention()
        if not mine and ADMINISTRATOR not in self.engine.user.roles:
            return
        async with deadline(connection, ASK_SECONDS):
            if self.served or await self._is_served_now(connection):
                await self._ask(connection, mine)
            else:
                self._asked = True

    async def _is_served_now(self, connection: ServerConnection) -> bool:
        """Whether the server has been upgraded since it was met."""
        query = "select to_regprocedure('held_news(uuid[])') is not null"
        row = await (await connection.execute(query)).fetchone()
        self.served = row == (True,)
        return self.served

    async def _ask(self, connection: ServerConnection, mine: list[UUID]) -> None:
        row = await (await connection.execute("select held_news(%s)", (mine,))).fetchone()
        news: dict[str, Any] = row[0] if row else {"undecided": [], "decided": {}}
        held = frozenset(UUID(one) for one in news["undecided"])
        self.engine.set_state(held=held, decisions=self._decided)
        for one, decision in news["decided"].items():
            self._settle(UUID(one), decision)

    def _under_attention(self) -> list[UUID]:
        entries = self.engine.outbox.entries("attention") if self.engine.state.attention else []
        return [entry.operation.id for entry in entries]

    def _settle(self, op_id: UUID, decision: Mapping[str, Any]) -> None:
        """An administrator has decided, or it is applied: it needs nobody's attention here any more.

        What was entered stays in the journal with its receipt, to be brought back after a restore like any other.
        """
        outbox = self.engine.outbox
        entry = outbox.entry(op_id)
        problem = entry.problem if entry is not None else None
        if not problem:
            return  # somebody here was quicker
        what = {"decided": decision["verdict"], "by": decision["by"], "reason": decision["reason"]}
        if decision["verdict"] == "enter":
            event(log, "held_fact_entered_elsewhere", operation=op_id)
            status = "held" if problem.get("held") else "applied"
            outbox.done({op_id: {"status": status, "receipt": problem.get("receipt"), **what}})
        else:
            event(log, "held_fact_discarded_elsewhere", operation=op_id)
            outbox.drop(op_id, what)
        self.engine.recount()
