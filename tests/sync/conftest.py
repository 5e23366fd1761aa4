"""Stations here may stand behind a network that fails, and are closed before it is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from medidesk.station import Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy, proxy
from tests.support.stations import OpenStation

__all__ = ["proxy"]

type OpenHere = Callable[..., Station]


@pytest.fixture
def open_station(proxy: Proxy, open_station: OpenStation) -> OpenStation:
    """Opens real stations."""
    return open_station


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of one PC."""
    return tmp_path / "home"


@pytest.fixture
def here(open_station: OpenStation, clinic: Clinic, proxy: Proxy, home: Path) -> OpenHere:
    """Opens that PC, behind the network."""

    def opened(login: str = "sofia", **options: object) -> Station:
        return open_station(login, home=home, server=proxy.through(clinic.server), **options)

    return opened
