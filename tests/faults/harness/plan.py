"""What happens in one run, as plain data. The same seed draws the same plan, every time and everywhere.

A step names what happens, at which desk, and a number that seeds whatever else it chooses, so that leaving steps
out changes nothing about the others: that is how a failure is cut down to what it takes.
"""

from dataclasses import dataclass, fields, replace
from itertools import cycle
from random import Random
from typing import Literal, Self

from tests.support.database import PEOPLE

WORKERS = ("sofia", "anjali", "joseph", "yusuf", "olive")
"""Those who enter something: reception, a doctor, a nurse, a pharmacist."""
KEEPER = "ingrid"
"""Who keeps the directory, at some of the desks: the only administrator, whose rights nobody changes."""

QUIET = "quiet"
MEND = "mend"
UPGRADE = "server_upgraded"
BREAKING, MENDING = 12, 8
"""How often, of a hundred steps, something breaks, and something is mended; at all others somebody works."""
DESKS = 4
OUTDATED = 0.4

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
class Size:
    """How large a run is.

    Attributes:
        rounds: how many quiets.
        length: steps before each of them.
        desks: PCs, at least three.
        breaking: how often, of a hundred steps, something breaks.
    """

    rounds: int = 2
    length: int = 45
    desks: int = DESKS
    breaking: float = BREAKING

    def __str__(self) -> str:
        """As on the command line, where it is not the usual one."""
        return " ".join(
            f"--{one.name} {getattr(self, one.name)}"
            for one in fields(self)
            if getattr(self, one.name) != one.default
        )


@dataclass(frozen=True)
class Plan:
    """One run.

    Attributes:
        seed, size: what it was drawn from.
        desks: who sits at each desk, and whether their station is a thread or a process of its own.
        steps: what happens, in order; a quiet at the end.
        outdated: the server is one migration behind, and some of the programs are.
    """

    seed: int
    size: Size
    desks: tuple[tuple[str, Means], ...]
    steps: tuple[Step, ...]
    outdated: bool

    def without(self, name: str) -> Self:
        """The same with no step of that name."""
        return replace(self, steps=tuple(step for step in self.steps if step.name != name))

    def first(self, steps: int) -> Self:
        """The same, ending after so many steps."""
        return replace(self, steps=(*self.steps[:steps], Step(QUIET)))


def draw(seed: int, works: dict[str, float], faults: dict[str, float], size: Size) -> Plan:
    """The plan of a seed.

    Args:
        seed: any number.
        works, faults: what may happen, by name, and how often of all that may.
        size: how much of it.
    """
    chance = Random(seed)  # noqa: S311 (a seed, to replay it)
    further = size.desks - 3
    logins = (*chance.sample(WORKERS[:3], 3), *(chance.choice((*WORKERS, KEEPER)) for _ in range(further)))
    means: tuple[Means, ...] = ("thread", "thread", "process", "process")
    mending = MENDING * size.breaking / BREAKING
    weights = (100 - size.breaking - mending, size.breaking, mending)
    steps = []
    drawn: set[tuple[str, int]] = set()
    for _ in range(size.rounds):
        for _ in range(size.length):
            (kind,) = chance.choices(("work", "fault", "mend"), weights)
            among = {"work": works, "fault": faults, "mend": {MEND: 1.0}}[kind]
            (name,) = chance.choices(tuple(among), tuple(among.values()))
            desk, number = chance.randrange(len(logins)), chance.randrange(10**6)
            while (name, number) in drawn:  # what is registered twice must be a mistake, and no namesake
                number += 10**6
            drawn.add((name, number))
            # The more desks, the more happens in the same time.
            steps.append(Step(name, desk, number, _pause(chance) * DESKS / size.desks))
        steps.append(Step(QUIET))
    if outdated := chance.random() < OUTDATED:
        steps[chance.randrange(size.length)] = Step(UPGRADE, chance=chance.randrange(10**6))
    return Plan(seed, size, tuple(zip(logins, cycle(means), strict=False)), tuple(steps), outdated)


def _pause(chance: Random) -> float:
    """Mostly none: people at several desks do things in the same moment."""
    return chance.choices((0.0, chance.uniform(0.0, 0.05), chance.uniform(0.1, 0.7)), (60, 30, 10))[0]


assert {*WORKERS, KEEPER} <= set(PEOPLE)
