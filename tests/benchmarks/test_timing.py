"""Percentiles, and a thing measured in turns with its floor."""

import pytest

from benchmarks.timing import in_turns, median, percentile


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_a_sample_that_was_taken(share: float, expected: float) -> None:
    assert percentile([float(one) for one in range(100, 0, -1)], share) == expected


def test_the_median_of_two_is_the_lower_one() -> None:
    assert median([7.0, 3.0]) == 3.0


def test_percentiles_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


def test_thing_and_floor_take_turns_and_warm_up_is_not_counted() -> None:
    order: list[tuple[str, int]] = []

    def once(which: str, seconds: float, case: int) -> float:
        order.append((which, case))
        return seconds

    beside = in_turns(
        [1, 2, 3], lambda case: once("thing", 2.0, case), lambda case: once("floor", 1.0, case), warm_up=1
    )

    assert (beside.values, beside.floors) == ([2.0] * 3, [1.0] * 3)
    assert order == [
        ("thing", 1), ("floor", 1),
        ("floor", 1), ("thing", 1), ("thing", 2), ("floor", 2), ("floor", 3), ("thing", 3),
    ]  # fmt: skip
