"""A station compares itself with the server once a day, by itself, and not when two hundred others do."""

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.repositories import patients
from medidesk.station import Station
from medidesk.sync import checks
from medidesk.sync.checks import Checks, next_check
from medidesk.sync.replica import Replica
from tests.support.database import Clinic
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

LISBON = ZoneInfo("Europe/Lisbon")
STATIONS = 200


def local(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=LISBON)


def test_two_hundred_stations_are_spread_over_the_quiet_hours() -> None:
    due = [next_check(local(19, 20), uuid4(), local(20, 0, 30)) for _ in range(STATIONS)]
    assert all(local(20, 1) <= moment < local(20, 5) for moment in due)
    assert max(Counter(moment.replace(minute=moment.minute // 10 * 10) for moment in due).values()) <= 30


def test_two_hundred_stations_switched_on_in_the_morning_are_spread_too() -> None:
    due = [next_check(local(18, 9), uuid4(), local(20, 8)) for _ in range(STATIONS)]
    assert all(local(20, 8) <= moment < local(20, 8, 15) for moment in due)
    assert max(Counter(moment.minute for moment in due).values()) <= 35


SECOND_OF_2026 = st.integers(0, 365 * 24 * 3600).map(
    lambda second: dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=second)
)


@given(last=st.none() | SECOND_OF_2026, station=st.uuids(), came_back=SECOND_OF_2026)
def test_it_is_due_within_a_day_of_coming_back_or_of_the_last_one(
    last: dt.datetime | None, station: UUID, came_back: dt.datetime
) -> None:
    now = came_back.astimezone(LISBON)
    due = next_check(last, station, now)
    assert due >= now
    assert due - now <= dt.timedelta(days=1, hours=1)  # an hour for the night the clocks change
    if last is None or last > now or now - last > dt.timedelta(days=1, hours=1):
        assert due - now <= dt.timedelta(seconds=checks.AFTER_COMING_BACK_SECONDS)


def test_a_line_that_is_lost_every_few_minutes_puts_no_check_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = Replica(tmp_path / "replica.db", bytes(range(32)))
    own = Checks(replica, UUID(int=2**32 - 1))
    now = local(20, 8)
    monkeypatch.setattr(checks, "_here", lambda: now)
    own.came_back()
    for _ in range(7):
        now += dt.timedelta(minutes=2)
        assert not own.is_due()
        own.came_back()
    now += dt.timedelta(minutes=2)
    assert own.is_due()
    replica.close()


def a_patient(station: Station, name: str) -> UUID:
    found: UUID = station.run(patients.register, {"family_name": name}).row.id  # type: ignore[union-attr]
    return found


def long_unchecked(station: Station) -> None:
    """As if it had been filled, and closed, days ago."""
    writer = station._engine.replica.writer

    def age() -> None:
        writer.execute("update sync_state set value = '2026-01-02T03:04:05+00:00' where key = 'built'")
        writer.execute("delete from sync_state where key = 'checked'")
        writer.execute("update patient set family_name = 'Wrong', version = version + 5")

    station._engine.call(age).result(5)


def test_a_station_that_comes_back_after_days_checks_itself_and_tells(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = open_station("anjali")
    for name in ("Sow", "Okafor"):
        a_patient(doctor, name)
    quiet(doctor)
    assert doctor.sync.checked is None
    long_unchecked(doctor)
    doctor.close()
    monkeypatch.setattr(checks, "AFTER_COMING_BACK_SECONDS", 0)
    again = open_station("anjali")
    wait_until(lambda: again.sync.checked is not None)
    quiet(again)
    assert_replica_equals_server(again, clinic)
    checked = again.sync.checked
    assert checked is not None
    assert checked.mended == 2
    assert checked.rows > 10
    again.close()
    assert open_station("anjali").sync.checked == checked


def test_what_is_written_while_it_compares_was_no_difference(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = open_station("anjali")
    a_patient(doctor, "Sow")
    quiet(doctor)
    compare = doctor._engine.follower._compare

    async def written_just_before(*args: object) -> object:
        with clinic.connect("joseph") as other:
            other.execute("update patient set phone = '555 0100'")
        return await compare(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(doctor._engine.follower, "_compare", written_just_before)
    doctor.check()
    wait_until(lambda: doctor.sync.checked is not None)
    assert doctor.sync.checked is not None
    assert doctor.sync.checked.mended == 0
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)


def test_a_check_that_is_cut_off_is_made_up_for(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = open_station("anjali")
    a_patient(doctor, "Sow")
    quiet(doctor)
    compare = doctor._engine.follower._compare
    cuts: list[int] = []

    async def cut_once(*args: object) -> object:
        if not cuts:
            cuts.append(1)
            doctor._engine.follower.cut()
        return await compare(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(doctor._engine.follower, "_compare", cut_once)
    doctor.check()
    wait_until(lambda: doctor.sync.checked is not None)
    assert cuts
    kept = doctor._engine.call(lambda: doctor._engine.replica.state("checked")).result(5)
    assert set(json.loads(kept or "{}")) == {"at", "rows", "mended"}


def test_a_check_that_takes_its_time_is_not_told_as_a_lost_line(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = open_station("anjali")
    a_patient(doctor, "Sow")
    quiet(doctor)
    monkeypatch.setattr("medidesk.sync.follower.SLOW_SECONDS", 0.2)
    states: list[str] = []
    doctor.on_sync(lambda said: states.append(said.state))
    waits = (
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' "
        "and clock_timestamp() - query_start > interval '0.6 s'"
    )
    with clinic.admin(autocommit=False) as admin:
        admin.execute("lock table allergy in access exclusive mode")
        doctor.check()
        wait_until(lambda: server_rows(clinic, waits) == [(1,)])
    wait_until(lambda: doctor.sync.checked is not None)
    assert "reconnecting" not in states
