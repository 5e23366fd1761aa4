"""Stations here may stand behind a network that fails, and are closed before it is."""

import pytest

from tests.support.proxy import Proxy, proxy
from tests.support.stations import OpenStation

__all__ = ["proxy"]


@pytest.fixture
def open_station(proxy: Proxy, open_station: OpenStation) -> OpenStation:
    """Opens real stations."""
    return open_station
