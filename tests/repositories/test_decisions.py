"""What is typed about a decision is kept as every text is: what no file can hold is left out."""

import pytest

from medidesk.errors import DomainError
from medidesk.repositories.decisions import Verdict, reason_for


def test_half_a_letter_in_a_reason_is_left_out() -> None:
    assert reason_for(Verdict.DISCARDED, " entered\ud800 \0 twice\n") == "entered twice"


@pytest.mark.parametrize("reason", ["", "  ", "\ud800", "\0\n"])
def test_a_reason_of_nothing_is_none(reason: str) -> None:
    with pytest.raises(DomainError, match="Say in a few words why"):
        reason_for(Verdict.DISCARDED, reason)
