"""What a verb is: a short function that does one thing people would say in one sentence.

It is declared with the right it needs and with what it is, a fact or a claim; `Station.run` checks the right,
runs it in a unit of work, and sends what it did as one operation.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Concatenate, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.permissions import Need, Right
from medidesk.permissions import can as matrix_can
from medidesk.repositories.unit_of_work import Work


class Kind(StrEnum):
    """Whether an operation can still be refused after people were told that it is saved.

    A fact has happened in the room and cannot. A claim wants something that only one can have, or changes
    what others may have changed meanwhile.
    """

    FACT = "fact"
    CLAIM = "claim"


class Shows(Protocol):
    """The query that shows what a verb returned the id of."""

    def __call__(self, session: Session, row_id: UUID, /) -> Any:
        """The row, or None."""


@dataclass(frozen=True)
class Verb:
    """A verb as `Station.run` takes it.

    Attributes:
        name: module and function, "patients.register"; the file within a package is left out.
        area, needs: the right it takes (`medidesk.permissions`).
        kind: fact or claim.
        shows: the query that shows what it returned the id of.
        function: the function itself; its first argument is the `Work`.
    """

    name: str
    area: str
    needs: Need
    kind: Kind
    shows: Shows | None
    function: Callable[..., UUID | None]

    def __call__(self, work: Work, *args: Any, **kwargs: Any) -> UUID | None:
        """Run it in a unit of work, as part of another verb or of a test."""
        return self.function(work, *args, **kwargs)

    def allowed(self, rights: Iterable[Right]) -> bool:
        """Whether these rights include what it needs."""
        return matrix_can(rights, self.area, self.needs)


VERBS: dict[str, Verb] = {}
"""Every verb of every module by its name; the conformance tests and the fault harness go through it."""


def verb[**P](
    area: str, needs: Need, kind: Kind, *, shows: Shows | None = None
) -> Callable[[Callable[Concatenate[Work, P], UUID | None]], Verb]:
    """Declare a verb."""

    def declare(function: Callable[Concatenate[Work, P], UUID | None]) -> Verb:
        declared = Verb(
            f"{_module(function.__module__)}.{function.__name__}", area, needs, kind, shows, function
        )
        declared.__dict__["__doc__"] = function.__doc__
        if declared.name in VERBS:
            msg = f"{declared.name} is declared twice"
            raise ValueError(msg)
        VERBS[declared.name] = declared
        return declared

    return declare


def _module(path: str) -> str:
    """The module of the product that a verb belongs to, also where it is a package of several files."""
    return path.removeprefix("medidesk.repositories.").split(".")[0]
