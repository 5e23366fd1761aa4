from collections.abc import Callable
from typing import Any

import pytest

from medidesk.errors import SignInRefused


def test_stations_of_a_test_are_real(open_station: Callable[..., Any]) -> None:
    station = open_station("sofia", name="Reception 2")
    station.wait_current()
    assert station.name == "Reception 2"
    assert station.user.display_name == "Sofia Marchetti"
    with pytest.raises(SignInRefused):
        open_station("anjali", password="wrong")
