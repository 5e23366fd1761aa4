"""Stations that lost their server together do not come back together."""

import random
from collections import Counter

import pytest

from medidesk.sync.backoff import FIRST_SECONDS, MOST_SECONDS, Backoff

STATIONS = 200


def comes_back(outage: float) -> float:
    """When a station first tries again after an outage of so many seconds, counted from its end."""
    backoff, now = Backoff(), 0.0
    while now < outage:
        now += backoff.pause()
    return now - outage


@pytest.mark.parametrize("outage", [3.0, 30.0, 600.0])
def test_two_hundred_stations_come_back_spread_over_seconds(outage: float) -> None:
    random.seed(20)
    back = [comes_back(outage) for _ in range(STATIONS)]
    assert max(back) <= MOST_SECONDS
    busiest = max(Counter(int(moment / 0.1) for moment in back).values())
    assert busiest <= STATIONS * 0.15, "no tenth of a second sees more than a seventh of them"
    assert max(back) - min(back) > 1.0


def test_pauses_grow_to_a_limit_and_begin_anew_after_success() -> None:
    backoff = Backoff()
    pauses = [backoff.pause() for _ in range(20)]
    assert pauses[0] <= FIRST_SECONDS
    assert all(pause <= MOST_SECONDS for pause in pauses)
    assert min(pauses[10:]) >= MOST_SECONDS / 2
    backoff.reset()
    assert backoff.pause() <= FIRST_SECONDS
