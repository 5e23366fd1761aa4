"""What people do at a desk: the registry. A module's verbs join it with one line each, above a function that says
with which arguments the verb is run.

    @work(weight=10)
    def add_allergy(at: Station, chance: Random) -> Deed | None:
        return submit(at, chance, patients.add_allergy, some_patient(at, chance), {"substance": "Latex"})
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Protocol

from medidesk.repositories.verbs import Verb
from medidesk.station import Outcome, Station
from medidesk.sync import versions


@dataclass(frozen=True)
class Kept:
    """What somebody is typing is on the disk, up to so many letters."""

    letters: int


type Told = Callable[[Outcome | Kept | BaseException], None]


class Deed(Protocol):
    """Something that is begun at once, and whose outcome is told later."""

    def __call__(self, *, done: Told) -> None: ...


type Doing = Callable[[Station, Random], Deed | None]


@dataclass(frozen=True)
class Work:
    """A kind of work.

    Attributes:
        name: the function's.
        weight: how often it is drawn, of the sum of all.
        doing: chooses what is done, from what the station shows; None where there is nothing to do it to.
    """

    name: str
    weight: float
    doing: Doing


WORKS: dict[str, Work] = {}
_NEWEST = versions.SCHEMA_VERSION
_OLD_MODULES = frozenset({"patients", "directory", "decisions"})
"""What a program has that has not been updated (`upgrades.BEFORE`), but for rooms."""


def work(weight: float) -> Callable[[Doing], Doing]:
    """Register a kind of work."""

    def register(doing: Doing) -> Doing:
        name = doing.__name__
        assert name not in WORKS, name
        WORKS[name] = Work(name, weight, doing)
        return doing

    return register


def submit(at: Station, chance: Random, verb: Verb, *args: Any) -> Deed | None:
    """Run a verb; its author waits for the server's word for some moments, or hardly at all.

    None where an argument is: there is nothing to do it to; or where the program of this PC does not know it yet.
    """
    if None in args or not _is_known(verb):
        return None
    patience = chance.choice((0.01, 0.1, 0.5, 2.0))
    return partial(at.submit, verb, *args, patience=patience)


def _is_known(verb: Verb) -> bool:
    module, name = verb.name.split(".")
    return versions.SCHEMA_VERSION == _NEWEST or (module in _OLD_MODULES and "room" not in name)
