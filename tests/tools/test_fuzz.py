"""The fuzzer's targets take their own seeds, and parts of them; the fuzzer itself runs with `make fuzz`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.fuzz import TARGETS, target


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_whole_and_spoilt(name: str) -> None:
    tried = target(name)
    assert tried.seeds
    for seed in tried.seeds:
        tried.one(seed)

    @given(seed=st.sampled_from(tried.seeds), at=st.integers(0, 400), noise=st.binary(max_size=6))
    def spoilt(seed: bytes, at: int, noise: bytes) -> None:
        tried.one(seed[:at] + noise + seed[at + len(noise) :])
        tried.one(seed[:at])

    spoilt()
