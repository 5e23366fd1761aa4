"""One seed, from an empty clinic to the last quiet."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from medidesk.sync import keys, seals
from tests.faults.harness import plan as plans
from tests.faults.harness.faults import FAULTS, ViolationError
from tests.faults.harness.plan import Plan, Size
from tests.faults.harness.shift import SEALS
from tests.faults.harness.work import WORKS
from tests.faults.harness.world import World
from tests.support.database import BEFORE, CHEAP_KIB, TEMPLATE, Template, new_clinic

TAIL = 60
SHORT = Size()


@dataclass
class Tally:
    """What a run was.

    Attributes:
        plan: what was to happen.
        operations: how many things people were told something about.
        faults: how often each fault began.
        violation: what did not hold; empty when all did.
        done: what happened, in order.
    """

    plan: Plan
    operations: int = 0
    faults: "Counter[str]" = field(default_factory=Counter)
    violation: str = ""
    done: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        seed = self.plan.seed
        if not self.violation:
            return f"seed {seed}: {self.operations} operations, {self.faults.total()} faults, all is well"
        return "\n".join(
            [
                f"seed {seed}: replay it with: python -m tests.faults.soak --seed {seed} {self.plan.size}",
                *(f"  {step}" for step in self.done[-TAIL:]),
                self.violation,
            ]
        )


def draw(seed: int, size: Size = SHORT) -> Plan:
    """The plan of a seed, with all the work and all the faults there are."""
    return plans.draw(
        seed,
        {one.name: one.weight for one in WORKS.values()},
        {one.name: one.weight for one in FAULTS.values()},
        size,
    )


def carry_out(plan: Plan, template: Template, folder: Path) -> Tally:
    """Carry out a plan in a clinic of its own. What does not hold is in the tally."""
    tally = Tally(plan)
    with (
        mock.patch.object(keys, "ARGON2_MEMORY_KIB", CHEAP_KIB),
        mock.patch.multiple(seals, **SEALS),
        new_clinic(template, BEFORE if plan.outdated else TEMPLATE) as clinic,
        World(clinic, folder, plan) as world,
    ):
        try:
            world.run()
        except ViolationError as violation:
            tally.violation = str(violation)
        except Exception as error:
            logging.getLogger(__name__).exception("the harness itself failed")
            tally.violation = f"the harness itself failed: {type(error).__name__}: {error}"
        finally:
            tally.operations, tally.faults, tally.done = world.operations, world.faults, world.done
    return tally
