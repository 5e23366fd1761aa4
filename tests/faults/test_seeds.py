"""A budget of seeds. `python -m tests.faults.soak` carries out as many as there is time for, and replays one.

MEDIDESK_FAULT_SEED moves the budget to other seeds.
"""

import os
from pathlib import Path

import pytest

from tests.faults.harness.run import carry_out, draw
from tests.support.database import Template

FIRST = int(os.environ.get("MEDIDESK_FAULT_SEED", "1"))
SEEDS = 8


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
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
