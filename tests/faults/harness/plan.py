"""What happens in one run, as plain data. The same seed draws the same plan, every time and everywhere.

A step names what happens, at which desk, and a number that seeds whatever else it chooses, so that leaving steps
out changes nothing about the others: that is how a failure is cut down to what it takes.
"""

from dataclasses import dataclass, replace
from random import Random
from typing import Literal, Self

from tests.support.database import PEOPLE

WORKERS = ("sofia", "anjali", "joseph", "yusuf")
"""Those who enter something: reception, a doctor, a nurse, a pharmacist."""

QUIET = "quiet"
MEND = "mend"
WORK, FAULTS, MENDING = 80, 12, 8
"""How often, of a hundred steps, somebody works, something breaks, and something is mended."""

type Means = Literal["thread", "process"]


@dataclass(frozen=True)
class Step:
    """One thing that happens.

    Attributes:
        name: of a piece of work or a fault; or "mend", "quiet".
        desk: at which desk, by number.
        chance: seeds what else it chooses.
        after: seconds since the step before.
    """

    name: str
    desk: int = 0
    chance: int = 0
    after: float = 0.0

    def __str__(self) -> str:
        return f"{self.name} at desk {self.desk} (chance {self.chance}, after {self.after:.3f} s)"


@dataclass(frozen=True)
class Plan:
    """One run.

    Attributes:
        seed: what it was drawn from.
        desks: who sits at each desk, and whether their station is a thread or a process of its own.
        steps: what happens, in order; a quiet at the end.
    """

    seed: int
    desks: tuple[tuple[str, Means], ...]
    steps: tuple[Step, ...]

    def without(self, name: str) -> Self:
        """The same with no step of that name."""
        return replace(self, steps=tuple(step for step in self.steps if step.name != name))

    def first(self, steps: int) -> Self:
        """The same, ending after so many steps."""
        return replace(self, steps=(*self.steps[:steps], Step(QUIET)))


def draw(
    seed: int, works: dict[str, float], faults: dict[str, float], *, rounds: int = 2, length: int = 45
) -> Plan:
    """The plan of a seed.

    Args:
        seed: any number.
        works, faults: what may happen, by name, and how often of all that may.
        rounds: how many quiets.
        length: steps before each of them.
    """
    chance = Random(seed)  # noqa: S311 (a seed, to replay it)
    logins = (*chance.sample(WORKERS[:3], 3), chance.choice(WORKERS))
    means: tuple[Means, ...] = ("thread", "thread", "process", "process")
    steps = []
    for _ in range(rounds):
        for _ in range(length):
            (kind,) = chance.choices(("work", "fault", "mend"), (WORK, FAULTS, MENDING))
            among = {"work": works, "fault": faults, "mend": {MEND: 1.0}}[kind]
            (name,) = chance.choices(tuple(among), tuple(among.values()))
            steps.append(Step(name, chance.randrange(len(logins)), chance.randrange(10**6), _pause(chance)))
        steps.append(Step(QUIET))
    return Plan(seed, tuple(zip(logins, means, strict=True)), tuple(steps))


def _pause(chance: Random) -> float:
    """Mostly none: people at several desks do things in the same moment."""
    return chance.choices((0.0, chance.uniform(0.0, 0.05), chance.uniform(0.1, 0.7)), (60, 30, 10))[0]


assert set(WORKERS) <= set(PEOPLE)
