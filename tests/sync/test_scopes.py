"""A station holds the last days of a table whose scope says so: by first sync, pull, check and the turn of days."""

import datetime as dt
from pathlib import Path
from uuid import UUID

import pytest

from medidesk.models.base import LastDays
from medidesk.models.types import new_id
from medidesk.repositories import patients
from medidesk.station import Queued
from medidesk.sync.codec import codecs
from medidesk.sync.holdings import Holdings
from medidesk.sync.replica import Replica
from medidesk.sync.scopes import Share, file_columns, oldest, partial_tables
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.scoped import (
    DAYS,
    condition,
    days_pass,
    ended,
    held,
    on_loop,
    only_recent_conditions,
    patient,
)
from tests.support.stations import OpenStation, go_offline, go_online, quiet, server_rows
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def recent(monkeypatch: pytest.MonkeyPatch) -> None:
    only_recent_conditions(monkeypatch)


@pytest.fixture
def one(clinic: Clinic) -> UUID:
    """A patient with a condition that goes on, one that ended lately and one that ended long ago."""
    found = patient(clinic, "Sow")
    for text, days_ago in (("goes on", None), ("lately", 10), ("long ago", DAYS + 10)):
        condition(clinic, found, text, days_ago)
    return found


def test_a_first_sync_brings_what_lies_in_the_scope(
    clinic: Clinic, one: UUID, open_station: OpenStation
) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    assert held(doctor) == {"goes on", "lately"}
    assert not doctor.holds_whole(one)
    assert doctor.read(patients.count) == 1


def test_a_pull_brings_and_takes_rows_as_they_enter_and_leave_the_scope(
    clinic: Clinic, one: UUID, open_station: OpenStation
) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    condition(clinic, one, "new and old", DAYS + 1)
    condition(clinic, one, "the first day", DAYS)
    with clinic.admin() as admin:
        admin.execute("update condition set ended_on = %s where text = 'goes on'", (ended(DAYS + 30),))
        admin.execute("update condition set ended_on = null where text = 'long ago'")
    quiet(doctor)
    assert held(doctor) == {"lately", "long ago", "the first day"}


def test_a_check_holds_a_station_to_its_scope(clinic: Clinic, one: UUID, open_station: OpenStation) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    doctor.check()
    wait_until(lambda: doctor.sync.checked is not None)
    assert doctor.sync.checked is not None
    assert doctor.sync.checked.mended == 0, "rows beyond the scope are no difference"
    on_loop(
        doctor, "update condition set ended_on = '2001-01-01', version = version + 1 where text = 'lately'"
    )
    on_loop(doctor, "delete from condition where text = 'goes on'")
    doctor.check()
    quiet(doctor)
    assert held(doctor) == {"goes on", "lately"}


def test_what_ages_out_leaves_when_the_day_turns(
    clinic: Clinic, one: UUID, open_station: OpenStation
) -> None:
    condition(clinic, one, "ages", DAYS + 3)
    condition(clinic, one, "the first day", DAYS)
    doctor = open_station("anjali")
    quiet(doctor)
    days_pass(doctor, 5)
    doctor.check()
    wait_until(lambda: doctor.sync.checked is not None)
    quiet(doctor)
    assert held(doctor) == {"goes on", "lately", "the first day"}


def test_rows_that_age_under_waiting_work_stay_until_it_is_done(
    clinic: Clinic, one: UUID, open_station: OpenStation, proxy: Proxy
) -> None:
    ages = condition(clinic, one, "ages", 10)
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    quiet(doctor)
    go_offline(doctor, proxy)
    outcome = doctor.run(patients.edit_condition, ages, {"text": "ages, in my words"})
    assert isinstance(outcome, Queued)
    engine = doctor._engine
    later = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=DAYS)
    left = engine.call(lambda: engine.holdings.turn(later)).result(5)
    assert left == {"condition": {row[0] for row in server_rows(clinic, LATELY)}}
    assert held(doctor) == {"goes on", "ages, in my words"}
    go_online(doctor, proxy)
    quiet(doctor)
    assert server_rows(clinic, "select text from condition where id = %s", ages) == [("ages, in my words",)]
    wait_until(lambda: held(doctor) == {"goes on", "lately", "ages, in my words"})


LATELY = "select id from condition where text = 'lately'"


def test_another_scope_in_a_new_version_is_filled_in(
    clinic: Clinic, one: UUID, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    doctor.close()
    only_recent_conditions(monkeypatch, LastDays("ended_on", 2 * DAYS))
    again = open_station("anjali")
    wait_until(lambda: held(again) == {"goes on", "lately", "long ago"})
    again.close()
    only_recent_conditions(monkeypatch, LastDays("ended_on", 5))
    narrow = open_station("anjali")
    wait_until(lambda: held(narrow) == {"goes on"})


def test_a_server_whose_clock_ran_ahead_takes_no_rows_for_good(
    clinic: Clinic, one: UUID, open_station: OpenStation
) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    engine, later = doctor._engine, dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2 * DAYS)
    engine.call(lambda: engine.holdings.turn(later)).result(5)
    wait_until(lambda: held(doctor) == {"goes on", "lately"})
    quiet(doctor)
    assert held(doctor) == {"goes on", "lately"}


def test_both_engines_mean_the_same_rows(clinic: Clinic, tmp_path: Path) -> None:
    """What a share lets through at the server is what it would not let go of here."""
    one, another = patient(clinic, "One"), patient(clinic, "Another")
    for days_ago in (None, 0, DAYS - 1, DAYS, DAYS + 1, 3 * DAYS):
        for whose in (one, another):
            condition(clinic, whose, f"{days_ago}", days_ago)
    codec = codecs()["condition"]
    replica = Replica(tmp_path / "replica.db", bytes(range(32)))
    with clinic.admin() as admin:
        every = admin.execute(f"select {codec.wire} from condition".encode(), binary=True).fetchall()
        replica.apply({"condition": [codec.received(row) for row in every]}, {}, lambda: None)
        for pins in ((), (one,), (new_id(), another)):
            share = Share(ended(0), pins)
            where, parameters = share.condition(codec)
            kept = admin.execute(f"select id from condition where {where}".encode(), parameters).fetchall()
            query, values = share.aged(codec)
            aged = {UUID(bytes=row[0]) for row in replica.writer.execute(query, values).fetchall()}
            assert aged == {UUID(bytes=row[0]) for row in every} - {row[0] for row in kept}
    replica.close()


def test_what_is_declared() -> None:
    assert [codec.name for codec in partial_tables()] == ["condition"]
    assert file_columns(codecs()["patient"]) == ("id", "merged_into_id")
    assert file_columns(codecs()["patient_merge"]) == ("kept_id", "merged_id")
    assert file_columns(codecs()["staff"]) == ()
    instant = oldest(codecs()["patient"], LastDays("updated_at", 1), dt.date(2026, 11, 20))
    assert instant == dt.datetime(2026, 11, 19, tzinfo=dt.UTC)
    assert oldest(codecs()["condition"], LastDays("ended_on", 10**6), dt.date(2026, 1, 1)) == dt.date.min


def test_a_replica_without_a_horizon_lets_nothing_go(tmp_path: Path) -> None:
    replica = Replica(tmp_path / "replica.db", bytes(range(32)))
    share = Holdings(replica).share()
    assert share.condition(codecs()["condition"]) == ("true", [])
    assert replica.writer.execute(share.aged(codecs()["condition"])[0]).fetchall() == []
    replica.close()
