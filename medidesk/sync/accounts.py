"""Accounts as an administrator sees and decides about them, at a station; and how a colleague asks for one.

The server's functions decide who may (`server/schema/accounts.sql`, `passwords.sql`). Passwords leave the station
as SCRAM verifiers only.
"""

import asyncio
import base64
import datetime as dt
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from medidesk import passwords
from medidesk.errors import DomainError, NotAllowed, ServerTooOld
from medidesk.log import event
from medidesk.models.directory import StaffKind
from medidesk.server.accounts import EMPLOYED_AS
from medidesk.server.scram import scram_verifier
from medidesk.sync import problems
from medidesk.sync.asked import ask, begin, must_be_there
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

NO_SUCH_FUNCTION = "42883"


@dataclass(frozen=True)
class Newcomer:
    """Somebody who is to have an account.

    Attributes:
        login: the user name.
        family_name, given_name: as on a badge; the second may be empty.
        role: one of `permissions.ROLES`.
        org_id: the branch in which it is held.
    """

    login: str
    family_name: str
    given_name: str
    role: str
    org_id: UUID


@dataclass(frozen=True)
class Session:
    """One PC, or program, at which somebody is connected to the server.

    Attributes:
        address: the PC's; empty for the server itself.
        programs: what the connections call themselves.
        since, active_at: when the oldest began, and when the last one did something.
    """

    address: str
    programs: tuple[str, ...]
    since: dt.datetime
    active_at: dt.datetime


@dataclass(frozen=True)
class Request:
    """An account that somebody has asked for: in which role and branch, by whose login, and when."""

    role: str
    org_id: UUID
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class AccountSeen:
    """What only administrators see of an account; the rest stands in `user_account`, `user_role` and `staff`.

    Attributes:
        login: whose.
        must_change_password: the one it has was set by an administrator, and is good for choosing another.
        password_set_at: when it was last set; None if that is not known.
        sessions: where this person is connected now.
        request: what was asked for, while nobody has decided.
    """

    login: str
    must_change_password: bool
    password_set_at: dt.datetime | None
    sessions: tuple[Session, ...] = field(default=())
    request: Request | None = None


class Accounts:
    """Of one station, in the name of whoever is signed in. From any thread.

    Each answer may be a `DomainError` (the server's refusal), or a `MediDeskError`: the server is away.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def seen(self) -> "Future[dict[str, AccountSeen]]":
        """What there is to know of the accounts that this person administers, by login."""
        return begin(self._engine, self._seen)

    def add(self, who: Newcomer) -> Future[str]:
        """Let somebody in at once; returns the first password, to be handed over and changed within seven days."""
        return begin(self._engine, partial(self._add, who))

    def request(self, who: Newcomer, password: str) -> Future[None]:
        """Ask for an account, with the password that its person has typed; an administrator decides."""
        return begin(self._engine, partial(self._request, who, password))

    def decide(self, login: str, role: str | None) -> Future[None]:
        """Let in whoever was asked for, in this role; or decline, without one."""
        return self._do("account_decided", "select decide_request(%s, %s)", login, role)

    def suspend(self, login: str) -> Future[None]:
        """End somebody's sessions, and let them in no more."""
        return self._do("account_suspended", "select suspend_account(%s)", login)

    def let_in_again(self, login: str) -> Future[None]:
        """Take a suspension back; the roles are those held before."""
        return self._do("account_let_in_again", "select let_in_again(%s)", login)

    def give_role(self, login: str, role: str, org_id: UUID) -> Future[None]:
        """Give somebody a role in a branch and everything below it."""
        return self._do("role_given", "select give_role(%s, %s, %s)", login, role, org_id)

    def take_role(self, login: str, role: str, org_id: UUID) -> Future[None]:
        """End a role in a branch."""
        return self._do("role_taken", "select take_role(%s, %s, %s)", login, role, org_id)

    def reset_password(self, login: str) -> Future[str]:
        """Set a new password for somebody who has forgotten theirs; returned like that of `add`.

        Their sessions end. What waits on PCs in their name is sent once they have signed in there again.
        """
        return begin(self._engine, partial(self._reset, login))

    def sign_out(self, login: str) -> Future[None]:
        """End somebody's sessions: their stations ask for the password again."""
        return self._do("signed_out_by_administrator", "select sign_out(%s)", login)

    async def _seen(self) -> dict[str, AccountSeen]:
        must_be_there(self._engine)
        listed = await self._ask("select accounts_seen()", writing=False)
        return {one["login"]: _account(one) for one in listed}

    async def _add(self, who: Newcomer) -> str:
        must_be_there(self._engine)
        password = passwords.temporary()
        await self._ask("select add_account(%s, %s, %s, %s, %s, %s, %s)", *await _newcomer(who, password))
        event(log, "account_added")
        return password

    async def _request(self, who: Newcomer, password: str) -> None:
        must_be_there(self._engine)
        about = (who.login, who.family_name, who.given_name)
        await asyncio.to_thread(passwords.check, password, about)
        await self._ask("select request_account(%s, %s, %s, %s, %s, %s, %s)", *await _newcomer(who, password))
        event(log, "account_requested")

    async def _reset(self, login: str) -> str:
        must_be_there(self._engine)
        password = passwords.temporary()
        known = await self._ask("select scram_parameters_of(%s)", login, writing=False)
        verifier = await asyncio.to_thread(new_verifier, password, known)
        await self._ask("select reset_password(%s, %s)", login, verifier)
        event(log, "password_reset")
        return password

    def _do(self, what: str, query: str, *values: object) -> Future[None]:
        async def do() -> None:
            must_be_there(self._engine)
            await self._ask(query, *values)
            event(log, what)

        return begin(self._engine, do)

    async def _ask(self, query: str, *values: object, writing: bool = True) -> Any:
        return await ask(self._engine, query, values, writing=writing, refusal=refusal)


def new_verifier(password: str, known: Mapping[str, Any] | None) -> str:
    """The verifier of a login's new password: under salt and iterations of the old one, where there is one.

    So a password that is set to what it was gives the same keys, and stations that hold them can still send.
    """
    if known is None:
        return scram_verifier(password)
    return scram_verifier(password, salt=base64.b64decode(known["salt"]), iterations=int(known["iterations"]))


def refusal(error: psycopg.Error) -> DomainError:
    """What the server has against it, in words."""
    said = str(error.diag.message_primary or "")
    if error.sqlstate == NO_SUCH_FUNCTION:
        old = ServerTooOld(tr("The clinic's server is of an older version, which cannot do this."))
        return DomainError(old.sentence, tr("It can once the server has been updated."))
    if error.sqlstate == problems.FORBIDDEN:
        return NotAllowed(
            tr("Only an administrator of every branch in which this person has a role can do this.")
        )
    if error.sqlstate == problems.RULE:
        return DomainError(f"{said[:1].upper()}{said[1:]}.")
    return DomainError(problems.sentence(problems.from_error(error)))


async def _newcomer(who: Newcomer, password: str) -> tuple[object, ...]:
    verifier = await asyncio.to_thread(scram_verifier, password)
    kind = EMPLOYED_AS.get(who.role, StaffKind.OTHER)
    return who.login, verifier, kind, who.family_name, who.given_name, who.role, who.org_id


def _account(said: Mapping[str, Any]) -> AccountSeen:
    by_address: dict[str, list[Mapping[str, Any]]] = {}
    for one in said["sessions"]:
        by_address.setdefault(one["address"] or "", []).append(one)
    asked = said["request"]
    return AccountSeen(
        login=said["login"],
        must_change_password=said["must_change_password"],
        password_set_at=_time(said["password_set_at"]),
        sessions=tuple(_session(address, found) for address, found in by_address.items()),
        request=None
        if asked is None
        else Request(asked["role"], UUID(asked["org"]), asked["by"], dt.datetime.fromisoformat(asked["at"])),
    )


def _session(address: str, found: list[Mapping[str, Any]]) -> Session:
    return Session(
        address,
        tuple(sorted({str(one["program"]) for one in found})),
        min(dt.datetime.fromisoformat(one["since"]) for one in found),
        max(dt.datetime.fromisoformat(one["active_at"] or one["since"]) for one in found),
    )


def _time(said: str | None) -> dt.datetime | None:
    return None if said is None else dt.datetime.fromisoformat(said)
