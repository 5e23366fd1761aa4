"""When a server counts as broken by its crowd, and how much a further station costs."""

import pytest

from benchmarks.backends import slope
from benchmarks.crowd import Step


def step(
    sightings: tuple[float, ...] = (0.1, 0.2),
    missing: int = 0,
    late: float = 0.0,
    errors: tuple[str, ...] = (),
) -> Step:
    return Step(10, sightings, (0.01,), 100, missing, late, errors, 50, 40, 10, {}, 0.0)


def test_a_server_holds_while_nearly_all_is_seen_within_a_second() -> None:
    assert step().holds
    assert not step(sightings=(0.1, 1.2)).holds
    assert step(sightings=(0.1, 1.2)).behind == ""


@pytest.mark.parametrize(
    "worse",
    [
        step(missing=3),
        step(late=4.0),
        step(sightings=(0.1, 6.0)),
        step(errors=("send: LockNotAvailable 55P03",)),
    ],
    ids=["missing", "sent late", "seen late", "refused"],
)
def test_a_server_that_loses_or_refuses_something_has_fallen_behind(worse: Step) -> None:
    assert worse.behind
    assert not worse.holds


def test_the_cost_of_a_station_is_what_each_further_one_adds() -> None:
    assert slope([20, 100, 200], [50, 130, 230]) == pytest.approx(1.0)
