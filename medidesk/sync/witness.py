"""Is it still the same server, with all of its history? Asked at each connect, before anything is pulled or sent.

A station keeps papers that tell it: the *witnesses* of its last pull that brought something (audit rows, signed by
the server once they were committed) and the operations that the server acknowledged. A server that lacks one has
come back from an older backup. The station's own judgement needs no signature; stopping everybody does.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from medidesk.errors import MediDeskError, ProgramTooOld
from medidesk.log import event
from medidesk.sync import hosts, journal, versions
from medidesk.sync.connection import ServerConnection, deadline, leave
from medidesk.sync.course import place
from medidesk.sync.feed import Head, Paper
from medidesk.sync.sqlcipher import FILE_ERRORS, from_json
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

ASK_SECONDS = 10.0
KEEP_SECONDS = 60.0


class NotRecognised(psycopg.OperationalError):
    """A sender met a server that it may not send to: as if that were paused, until the follower has seen to it."""

    sqlstate = "MD010"


@dataclass(frozen=True)
class Missing:
    """What a server does not know any more.

    Attributes:
        operations: acknowledged operations of this station.
        papers: witnesses.
        unsettled: some of it was lost since a replay was last closed, so that nothing may be sent.
    """

    operations: frozenset[UUID] = frozenset()
    papers: tuple[Paper, ...] = ()
    unsettled: bool = False


@dataclass(frozen=True)
class Met:
    """What a station must do before it follows the server that it has met.

    Attributes:
        rebuild: its rows may be of a history that the server does not have.
        compare: a new timeline of the same history.
        said: what the server said of itself.
        lost: operations that this replica is rebuilt without.
    """

    rebuild: bool
    compare: bool
    said: Mapping[str, Any]
    lost: frozenset[UUID]


class Recognition:
    """Recognises the server for one station; on the loop's thread.

    Attributes:
        place: epoch and timeline of the server that the follower has met.
        meetings: how many servers the follower has met; one that comes back from a backup may be at the same place.
    """

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self._journal = engine.outbox.journal
        self._server_id = ""
        self._missing = Missing()
        self._versions_differ = ""
        self._papers: tuple[Paper, ...] = ()
        self._kept_at = 0.0
        self._met: Met | None = None
        self.place = (0, 0)
        self.meetings = 0
        self._prove(self._own_papers() or self._kept_papers())
        if int(self._journal.recall("oldest_client") or 0) > versions.SCHEMA_VERSION:
            self._too_old()

    async def meet(self, connection: ServerConnection, said: Mapping[str, Any]) -> Met:
        """Recognise the server that the follower has connected to.

        Args:
            connection: the follower's.
            said: what the server said of itself.

        Raises:
            MediDeskError: another clinic's server, or one of a version that does not fit, with a sentence.
            psycopg.Error: another has replaced it meanwhile, or the connection was lost.
        """
        self._check_versions(said)
        self._check_server(said)
        # Before it is asked what it lacks: what another acknowledges from now on, nobody would ask for.
        self.place = place(said)
        self.meetings += 1
        self.engine.senders.stay_at(self.place)
        replica = self.engine.replica
        own = self._own_papers()
        self._missing = missing = await self._ask(connection, said, own)
        if missing.unsettled:
            lost = {"operations": len(missing.operations), "witnesses": len(missing.papers)}
            event(log, "server_lost_history", logging.WARNING, **lost)
            await self._pause_everybody(connection, missing.papers)
        without = frozenset(UUID(one) for one in json.loads(replica.state("rebuilt_without") or "[]"))
        filled = replica.state("cursor") is not None
        another = replica.state("epoch") != str(said["epoch"])
        of_its_own = any(paper in own for paper in missing.papers)
        rebuild = filled and (another or of_its_own or not missing.operations <= without)
        if rebuild and (of_its_own or not missing.operations <= without):
            self._remember_accounts()
        known = replica.state("timeline")
        return Met(
            rebuild=rebuild,
            compare=filled and not rebuild and known not in {None, str(said["timeline"])},
            said=said,
            lost=missing.operations,
        )

    def met(self, found: Met) -> None:
        """The replica is of the server's history now.

        Raises:
            psycopg.OperationalError: a sender has met a newer server meanwhile.
        """
        if self._met is found:
            return
        self._check_course(found.said)
        self._met = found
        self.engine.login.course.reached(found.said)
        self._prove(self._own_papers())
        self.engine.replica.set_state("timeline", str(found.said["timeline"]))
        self.engine.replica.set_state("rebuilt_without", json.dumps([str(one) for one in found.lost]))

    async def vouch(self, connection: ServerConnection) -> tuple[int, int]:
        """Recognise the server that a sender has connected to; its connection is closed where that fails.

        Returns:
            Its epoch and timeline.

        Raises:
            NotRecognised: nothing may be sent to it now.
            psycopg.Error: the connection was lost, or the follower has met a newer server meanwhile.
        """
        try:
            async with deadline(connection, ASK_SECONDS):
                row = await (await connection.execute("select hello()")).fetchone()
            said = row[0] if row else {}
            self._check_versions(said)
            self._check_server(said)
            missing = await self._ask(connection, said, [])
            self._check_not_left(said)
        except MediDeskError as error:
            await leave(connection)
            raise NotRecognised(type(error).__name__) from error
        except BaseException:
            await leave(connection)
            raise
        if self._met is not None and place(said) > self.place:
            self._newer(said)
        if missing.unsettled:
            await leave(connection)
            if not missing.operations <= self._missing.operations:
                self.engine.follower.cut()  # it has not noticed yet
            raise NotRecognised("the server has lost some of its history")
        return place(said)

    def heed(self, head: Head) -> None:
        """Act on what each pull begins with.

        Raises:
            ProgramTooOld: the server was updated under this program.
        """
        if head.oldest_client > versions.SCHEMA_VERSION:
            raise self._too_old()
        note = self._note(head)
        if note != self.engine.state.notice or head.sending_paused != self.engine.state.paused:
            self.engine.set_state(notice=note, paused=head.sending_paused)

    async def pulled(self, connection: ServerConnection, head: Head, papers: tuple[Paper, ...]) -> None:
        """After a pull is stored: keep its witnesses for the PC, and hand in the journal to an open replay."""
        self._papers = papers or self._papers
        self._prove(papers)
        if self._papers and time.monotonic() - self._kept_at > KEEP_SECONDS:
            self.rest()
        if head.replay is not None and self._journal.recall("handed_in") != str(head.replay):
            author = self.engine.author
            taken = await journal.hand_in(
                connection, self._journal, self._server_id, author.station, author.station_name
            )
            event(log, "journal_handed_in", operations=taken, replay=head.replay)
            self._journal.remember("handed_in", str(head.replay))
            self._journal.remember("accounts", "[]")

    def rest(self) -> None:
        """Keep the latest witnesses for whoever signs in at this PC next; the replica has its own."""
        if not self._papers:
            return
        try:
            self._journal.remember("witnesses", json.dumps(self._papers))
        except FILE_ERRORS:  # a full disk: they are kept with a later pull
            event(log, "witnesses_not_kept", logging.WARNING)
            return
        self._papers = ()
        self._kept_at = time.monotonic()

    # Parts of recognising

    def _check_course(self, said: Mapping[str, Any]) -> None:
        """While this one was asked, another task may have met the one that has taken its place."""
        if self.engine.login.course.has_passed(said):
            raise hosts.FormerPrimary("another server has taken the place of this one")

    def _check_not_left(self, said: Mapping[str, Any]) -> None:
        self._check_course(said)
        if place(said) < self.place:
            raise hosts.FormerPrimary("the follower is at a newer server")

    def _newer(self, said: Mapping[str, Any]) -> None:
        """A sender has found the server that has replaced the one that is followed: all of this PC go there."""
        event(log, "server_replaced", logging.WARNING, epoch=place(said)[0], timeline=place(said)[1])
        self.engine.login.course.reached(said)
        self.engine.follower.cut()
        self.engine.senders.stay_at(place(said))

    def _check_versions(self, said: Mapping[str, Any]) -> None:
        if int(said["oldest_client"]) > versions.SCHEMA_VERSION:
            raise self._too_old()
        self._versions_differ = versions.check(said)
        if self.engine.state.read_only:
            self._journal.remember("oldest_client", str(said["oldest_client"]))
            self.engine.set_state(read_only=False, notice="")

    def _too_old(self) -> ProgramTooOld:
        """From now on, and after a restart, nothing is entered here until the program is a newer one."""
        error = versions.too_old()
        if not self.engine.state.read_only:
            self._journal.remember("oldest_client", str(versions.SCHEMA_VERSION + 1))
            self.engine.set_state(read_only=True, notice=str(error))
        return error

    def _check_server(self, said: Mapping[str, Any]) -> None:
        """Work that waits was made for one clinic's server, and is sent to no other."""
        known, found = self._journal.recall("server_id"), str(UUID(said["server_id"]))
        if known not in {None, found} and self.engine.outbox.counts() != (0, 0):
            raise MediDeskError(
                tr("Another clinic's server answers at {where}.", where=self.engine.login.where()),
                tr(
                    "What waits on this PC was entered for the server it had before, and is kept for that one."
                ),
                title=tr("Another server"),
            )
        self._check_course(said)
        if known != found:
            self._journal.remember("server_id", found)
        self._server_id = found

    async def _ask(self, connection: ServerConnection, said: Mapping[str, Any], own: list[Paper]) -> Missing:
        """What the server does not know of the replica's own witnesses, and of what this PC remembers."""
        acknowledged = {one.op_id: one.epoch for one in self._journal.latest(said["server_id"])}
        papers = own + [one for one in self._kept_papers() if one not in own]
        papers = [one for one in papers if one["server"] == said["server_id"]]
        async with deadline(connection, ASK_SECONDS):
            result = await connection.execute(
                "select history_missing(%s::uuid[], %s)", (list(acknowledged), Jsonb(papers))
            )
            row = await result.fetchone()
        answer = row[0] if row else {"operations": [], "witnesses": []}
        operations = frozenset(UUID(one) for one in answer["operations"])
        lost = tuple(answer["witnesses"])
        settled = int(said["settled_epoch"])
        unsettled = any(acknowledged[one] >= settled for one in operations) or any(
            paper["epoch"] >= settled for paper in lost
        )
        return Missing(operations, lost, unsettled)

    def _own_papers(self) -> list[Paper]:
        """The witnesses of the replica."""
        papers: list[Paper] = from_json(self.engine.replica.state("witnesses") or "[]")
        return papers

    def _kept_papers(self) -> list[Paper]:
        """The witnesses that this PC keeps for whoever signs in next."""
        papers: list[Paper] = from_json(self._journal.recall("witnesses") or "[]")
        return papers

    def _prove(self, papers: Sequence[Paper]) -> None:
        """The last of them is the newest: a former primary cannot know it."""
        if papers:
            self.engine.login.course.proof = papers[-1]

    async def _pause_everybody(self, connection: ServerConnection, papers: tuple[Paper, ...]) -> None:
        """Numbers on paper would be given again: nobody sends until an administrator has seen to it."""
        for paper in papers[:1]:
            async with deadline(connection, ASK_SECONDS), connection.transaction():
                await connection.execute("set transaction read write")
                await connection.execute("select pause_sending(%s)", (Jsonb(paper),))

    def _remember_accounts(self) -> None:
        """The accounts and roles known here, before the replica forgets them: they are nobody's operations."""
        rows = self.engine.replica.writer.execute(
            "select distinct a.login, r.role, a.state from user_account a "
            "join user_role r on r.user_account_id = a.id "
            "where a.deleted_at is null and r.deleted_at is null order by 1, 2"
        ).fetchall()
        known = {
            (one["login"], one["role"]): one for one in from_json(self._journal.recall("accounts") or "[]")
        }
        known |= {
            (login, role): {"login": login, "role": role, "state": state} for login, role, state in rows
        }
        self._journal.remember("accounts", json.dumps(list(known.values())))

    def _note(self, head: Head) -> str:
        if head.replay is not None:
            return tr(
                "The stations are handing the server what it lost. Changes are sent when an administrator has "
                "closed the replay."
            )
        if head.sending_paused or self._missing.unsettled:
            return tr(
                "The server came back without the last changes. An administrator must bring them back: "
                "medidesk server replay open"
            )
        if self._missing.operations:
            return tr(
                "Some changes from this PC were not brought back when the server was restored. "
                "An administrator can open another replay: medidesk server replay open"
            )
        return self._versions_differ
