"""What can go wrong: the registry. A fault begins something, and may return what ends it.

    @fault(weight=3)
    def cut(world: World, desk: Desk, chance: Random) -> End | None:
        desk.proxy.cut()
        return desk.proxy.mend

One that cannot begin now (the server is down, the desk is empty) raises `NotNowError`. A world ends what is still
going on before each quiet, the latest first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World

type End = Callable[[], object]
type Beginning = Callable[["World", "Desk", Random], End | None]


class NotNowError(Exception):
    """This cannot happen at this moment."""


class ViolationError(AssertionError):
    """Something that people rely on did not hold."""


@dataclass(frozen=True)
class Fault:
    """A kind of fault: its name, how often it is drawn, and what begins it."""

    name: str
    weight: float
    begin: Beginning


FAULTS: dict[str, Fault] = {}


def fault(weight: float) -> Callable[[Beginning], Beginning]:
    """Register a kind of fault."""

    def register(begin: Beginning) -> Beginning:
        name = begin.__name__
        assert name not in FAULTS, name
        FAULTS[name] = Fault(name, weight, begin)
        return begin

    return register
