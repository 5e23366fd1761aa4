"""Roles of a clinic's own, as an administrator makes them at a station. The server decides who may."""

import logging
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from medidesk.errors import DomainError, NotAllowed
from medidesk.log import event
from medidesk.permissions import Levels
from medidesk.repositories.checks import tidy
from medidesk.sync import problems
from medidesk.sync.accounts import refusal
from medidesk.sync.asked import ask, begin, must_be_there
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)


class Roles:
    """Of one station, in the name of whoever is signed in. From any thread.

    Each answer may be a `DomainError` (the server's refusal), or a `MediDeskError`: the server is away.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def define(self, name: str | None, label: str, levels: Levels, org_id: UUID) -> Future[str]:
        """Make a role, or change what one is called and how far it goes, for all who hold it; returns its name.

        Args:
            name: the role's; None makes a new one.
            label: what people call it.
            levels: how far it goes in each area.
            org_id: the branch that a new one belongs to: it can be given there and below.
        """
        said = Jsonb({area: str(need) for area, need in levels.items()})
        query = "select define_role(%s, %s, %s, %s)"
        return begin(self._engine, partial(self._do, "role_defined", query, name, tidy(label), said, org_id))

    def retire(self, name: str) -> Future[None]:
        """End a role that nobody holds any more."""
        return begin(self._engine, partial(self._do, "role_retired", "select retire_role(%s)", name))

    async def _do(self, what: str, query: str, *values: object) -> Any:
        must_be_there(self._engine)
        answer = await ask(self._engine, query, values, writing=True, refusal=_refusal)
        event(log, what)
        return answer


def _refusal(error: psycopg.Error) -> DomainError:
    if error.sqlstate == problems.FORBIDDEN:
        return NotAllowed(tr("Only an administrator of the branch that this role belongs to can do this."))
    return refusal(error)
