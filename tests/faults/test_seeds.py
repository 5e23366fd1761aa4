"""A budget of seeds. `python -m tests.faults.soak` carries out as many as there is time for, and replays one.

MEDIDESK_FAULT_SEED moves the budget to other seeds.
"""

import os
from pathlib import Path

import pytest

from tests.faults.harness.faults import FAULTS
from tests.faults.harness.run import carry_out, draw
from tests.support.database import Template

FIRST = int(os.environ.get("MEDIDESK_FAULT_SEED", "1"))
SEEDS = 4
AMONG = 60


def kinds(seed: int) -> set[str | bool]:
    """Which faults its plan has, and whether the server is a migration behind."""
    plan = draw(seed)
    return {step.name for step in plan.steps if step.name in FAULTS} | {plan.outdated}


def chosen() -> list[int]:
    """Of all seeds to choose from those that have the most kinds of faults between them."""
    drawn = {seed: kinds(seed) for seed in range(FIRST, FIRST + AMONG)}
    taken: list[int] = []
    for _ in range(SEEDS):
        best = max(drawn, key=lambda seed: len(drawn[seed].union(*(drawn[one] for one in taken))))
        taken.append(best)
    return taken


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", chosen())
def test_whatever_happens_every_station_ends_equal_and_every_word_holds(
    clinic_template: Template, tmp_path: Path, seed: int
) -> None:
    tally = carry_out(draw(seed), clinic_template, tmp_path)
    assert not tally.violation, str(tally)
    assert tally.operations > 0
    assert tally.faults.total() > 0


def test_the_same_seed_draws_the_same_plan() -> None:
    assert draw(7) == draw(7)
    assert draw(7) != draw(8)
