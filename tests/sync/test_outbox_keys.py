"""The server's half of a station's outbox key: only what this PC has sealed counts, whoever gave something else."""

from pathlib import Path

import pytest

from medidesk.errors import StationFilesProblem
from medidesk.repositories import patients
from medidesk.station import Saved
from tests.support.database import Clinic
from tests.support.stations import quiet, server_rows
from tests.sync.conftest import OpenHere

GARBAGE = "select join_station(id, 'elsewhere', 'ZZZ', %s, '') from unnest(%s) id"


@pytest.fixture
def filled(here: OpenHere, home: Path) -> Path:
    """The home of a station at which one person has worked."""
    with here("sofia") as station:
        quiet(station)
    return home


def lose(clinic: Clinic) -> list[object]:
    """As a backup of before the station was set up has it; returns the station's id."""
    with clinic.admin() as admin:
        stations = [row[0] for row in admin.execute("delete from station returning id").fetchall()]
        admin.execute("delete from station_key")
    return stations


def test_a_station_gives_its_key_again_where_another_lies_in_its_place(
    filled: Path, here: OpenHere, clinic: Clinic
) -> None:
    stations = lose(clinic)
    clinic.connect("rui").execute(GARBAGE.encode(), (b"garbage", stations))
    # Of those who have never been here nobody can do anything; what waits here is opened by the old key alone.
    with pytest.raises(StationFilesProblem, match="somebody sign in who has done so here before"):
        here("anjali")
    with here("sofia") as sofia:
        quiet(sofia)
    given = "select login from station_key order by given_at"
    assert server_rows(clinic, given) == [("rui",), ("sofia",)]
    with here("anjali") as anjali:
        quiet(anjali)
        assert isinstance(anjali.run(patients.register, {"family_name": "Sow"}), Saved)
    assert server_rows(clinic, given) == [("rui",), ("sofia",)], "it is given once"


def test_a_new_station_passes_over_what_was_given_in_its_name(
    here: OpenHere, home: Path, clinic: Clinic, filled: Path
) -> None:
    stations = lose(clinic)
    clinic.connect("rui").execute(GARBAGE.encode(), (b"x" * 60, stations))
    for left in (*home.glob("outbox.db*"), *home.glob("keys/sofia.json")):
        left.unlink()
    with here("anjali") as anjali:
        quiet(anjali)
    with here("sofia") as sofia:
        quiet(sofia)
    assert server_rows(clinic, "select count(*) from station_key") == [(2,)]
