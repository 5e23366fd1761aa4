"""Other bytes where a station's files were: an older copy, a colleague's, another clinic's, or a part."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.errors import MediDeskError, StationFilesProblem
from medidesk.repositories import patients
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.sync.conftest import OpenHere
from tests.sync.test_sign_in import replica_of, told

FEW = settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def register(station: Station, name: str) -> None:
    assert isinstance(station.run(patients.register, {"family_name": name}, patience=20), Saved)


def names(station: Station) -> list[str]:
    return sorted(row.family_name for row in station.read(patients.page, 0, 100))


def bare(path: Path) -> None:
    """Without the logs that would mend it."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def put_back(copy: Path, home: Path) -> None:
    """An older state of the whole folder of a PC, or of a part of it."""
    for path in sorted(copy.rglob("*")):
        if path.is_file():
            target = home / path.relative_to(copy)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            if target.suffix == ".db":
                bare(target)


def test_an_older_copy_of_the_data_is_brought_up_to_date(
    here: OpenHere, home: Path, tmp_path: Path, clinic: Clinic, proxy: Proxy
) -> None:
    with here() as station:
        quiet(station)
        register(station, "Early")
    shutil.copytree(home / "replicas", tmp_path / "older" / "replicas")
    with here() as station:
        quiet(station)
        gone = station.read(patients.search, "early")[0]
        register(station, "Late")
        station.run(patients.edit, gone.id, {"family_name": "Changed"}, patience=20)
        quiet(station)
    put_back(tmp_path / "older", home)
    proxy.cut()
    with here() as station:  # without the server it is what it was then, and work on it is kept
        assert names(station) == ["Early"]
        assert isinstance(station.run(patients.register, {"family_name": "Offline"}), Queued)
    proxy.mend()
    station = here()
    quiet(station)
    assert names(station) == ["Changed", "Late", "Offline"]
    assert_replica_equals_server(station, clinic)


def test_work_that_was_sent_is_not_entered_twice_by_an_older_outbox(
    here: OpenHere, home: Path, tmp_path: Path, clinic: Clinic, proxy: Proxy
) -> None:
    with here() as station:
        quiet(station)
    proxy.cut()
    with here() as station:
        assert isinstance(station.run(patients.register, {"family_name": "Once"}), Queued)
    shutil.copytree(home, tmp_path / "older")
    proxy.mend()
    with here() as station:
        quiet(station)
    put_back(tmp_path / "older", home)
    station = here()
    quiet(station)
    assert server_rows(clinic, "select family_name from patient") == [("Once",)]
    assert_replica_equals_server(station, clinic)


@pytest.mark.parametrize("away", [False, True], ids=["server there", "server away"])
def test_a_colleagues_copy_in_place_of_ones_own_shows_nothing_of_theirs(
    here: OpenHere, home: Path, clinic: Clinic, proxy: Proxy, away: bool
) -> None:
    with here("anjali") as doctor:
        quiet(doctor)
        register(doctor, "Sow")
        (patient,) = doctor.read(patients.search, "sow")
        doctor.run(patients.add_condition, patient.id, {"text": "Asthma"}, patience=20)
        quiet(doctor)
    with here("rui") as cashier:
        quiet(cashier)
    shutil.copyfile(replica_of(home, "anjali"), replica_of(home, "rui"))
    bare(replica_of(home, "rui"))
    if away:
        proxy.cut()
        with pytest.raises(StationFilesProblem) as refused:
            here("rui")
        told(refused.value)
        return
    cashier = here("rui")
    quiet(cashier)
    assert_replica_equals_server(cashier, clinic)


def test_another_clinics_copy_is_not_taken_for_this_ones(
    here: OpenHere, home: Path, clinic: Clinic, open_station: OpenStation, tmp_path: Path
) -> None:
    with here() as station:
        quiet(station)
        register(station, "Sow")
    other = tmp_path / "other"
    with open_station("sofia", home=other, name="Other") as station:
        quiet(station)
    shutil.copyfile(replica_of(other), replica_of(home))
    bare(replica_of(home))
    station = here()
    quiet(station)
    assert names(station) == ["Sow"]
    assert_replica_equals_server(station, clinic)


@pytest.mark.parametrize("which", [replica_of, lambda home: home / "outbox.db"], ids=["replica", "outbox"])
def test_a_file_that_is_cut_off_or_has_other_bytes_anywhere(
    here: OpenHere, home: Path, clinic: Clinic, proxy: Proxy, which: Callable[[Path], Path]
) -> None:
    with here() as station:
        quiet(station)
        register(station, "Sow")
    proxy.cut()
    with here() as station:
        assert isinstance(station.run(patients.register, {"family_name": "Waits"}), Queued)
    proxy.mend()
    file = which(home)
    whole = {path: path.read_bytes() for path in home.rglob("*.db")}
    size = len(whole[file])

    @FEW
    @given(
        cut=st.none() | st.integers(0, size),
        flips=st.dictionaries(st.integers(0, size - 1), st.integers(1, 255), max_size=3),
        away=st.booleans(),
    )
    def each(cut: int | None, flips: dict[int, int], away: bool) -> None:
        for path, content in whole.items():
            path.write_bytes(content)
            bare(path)
        spoilt = bytearray(whole[file])
        for at, by in flips.items():
            spoilt[at] ^= by
        file.write_bytes(bytes(spoilt[:cut]))
        (proxy.cut if away else proxy.mend)()
        try:
            with here() as station, suppress(MediDeskError):
                station.read(patients.search, "sow")
                station.read(patients.page, 0, 100)
        except MediDeskError as error:
            told(error)

    each()
    for path, content in whole.items():
        path.write_bytes(content)
        bare(path)
    proxy.mend()
    station = here()
    quiet(station)
    assert names(station) == ["Sow", "Waits"]
    assert sorted(server_rows(clinic, "select family_name from patient")) == [("Sow",), ("Waits",)]
    assert_replica_equals_server(station, clinic)
