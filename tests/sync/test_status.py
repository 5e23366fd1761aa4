"""A station tells how it does, to a file and in a log, and in neither of them whose data it holds."""

import datetime as dt
import json
import logging

import pytest
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.repositories import patients
from medidesk.station import Queued, Saved, Station
from medidesk.sync import status_file
from medidesk.sync.status import Figures
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.station_process import run_station
from tests.support.stations import OpenStation, go_offline, go_online, quiet
from tests.support.waiting import wait_until

NAME = "Quetzalcoatl"


def told(station: Station) -> dict[str, object]:
    return status_file.read(station.home)


def status(station: Station) -> dict[str, object]:
    words = ["station", "status", "--json", "--home", str(station.home)]
    found: dict[str, object] = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).output)
    return found


def test_the_figures_of_an_open_station_are_told_to_others(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    station.check()
    wait_until(lambda: told(station).get("checked"))
    go_offline(station, proxy)
    assert isinstance(station.run(patients.register, {"family_name": NAME}), Queued)
    wait_until(lambda: told(station).get("waiting") == 1 and told(station).get("state") == "offline")
    found = status(station)
    assert found["open"] is True
    assert found["attention"] == 0
    assert found["outbox_bytes"] == station.figures().outbox_bytes
    assert 0 <= float(str(found["oldest_waiting_age_seconds"])) < 600
    assert 0 < float(str(found["cursor_age_seconds"])) < 600
    checked = found["checked"]
    assert isinstance(checked, dict)
    assert (checked["rows"] > 10, checked["mended"]) == (True, 0)
    station.close()
    found = status(station)
    assert (found["open"], found["state"], found["waiting"]) == (False, "closed", 1)
    assert found["oldest_waiting_at"] is not None
    assert NAME not in (station.home / status_file.NAME).read_text(encoding="utf-8")
    assert (station.home / status_file.NAME).stat().st_mode & 0o077 == 0


def test_it_tells_how_soon_changes_of_others_arrive(clinic: Clinic, open_station: OpenStation) -> None:
    desk, doctor = open_station("sofia"), open_station("anjali")
    quiet(desk, doctor)
    before = desk.figures()
    for number in range(5):
        assert isinstance(doctor.run(patients.register, {"family_name": f"{NAME}{number}"}), Saved)
    quiet(desk, doctor)
    figures = desk.figures()
    assert figures.pulls_measured > before.pulls_measured
    assert figures.arrives_after_ms is not None
    assert 0 <= figures.arrives_after_ms < 60_000
    assert figures.cursor_at is not None
    assert before.cursor_at is not None
    assert figures.cursor_at > before.cursor_at


def test_a_killed_stations_figures_are_those_it_told_last(clinic: Clinic, tmp_path: object) -> None:
    home = tmp_path / "home"  # type: ignore[operator]
    person = clinic.people["sofia"]
    options = {"server": clinic.server, "login": "sofia", "password": person.password, "home": home}
    ended = run_station(**options, register=["One", "Two"], die_at="between outbox and replica", die_after=1)
    assert ended.returncode == -9
    words = ["station", "status", "--json", "--home", str(home)]
    found = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).output)
    assert found["open"] is False
    assert found["state"] in {"live", "first_sync", "reconnecting"}


def test_a_file_that_is_no_figures_counts_as_none(open_station: OpenStation) -> None:
    station = open_station("sofia")
    quiet(station)
    station.close()
    for content in ("", "[1]", "{", '"x"'):
        (station.home / status_file.NAME).write_text(content, encoding="utf-8")
        found = status(station)
        assert found["state"] is None
        assert found["waiting"] == 0


def test_figures_that_cannot_be_written_stop_nothing(open_station: OpenStation) -> None:
    station = open_station("sofia")
    quiet(station)
    (station.home / status_file.NAME).unlink(missing_ok=True)
    (station.home / status_file.NAME).mkdir()
    assert isinstance(station.run(patients.register, {"family_name": NAME}), Saved)
    quiet(station)
    station.close()


def test_the_log_of_a_busy_day_names_no_patient(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk, doctor = open_station("sofia", server=proxy.through(clinic.server)), open_station("anjali")
    registered = desk.run(patients.register, {"family_name": NAME, "phone": "555 010 2030"})
    assert isinstance(registered, Saved)
    quiet(desk, doctor)
    go_offline(desk, proxy)
    desk.run(patients.edit, registered.row.id, {"phone": "555 010 2031"})
    doctor.run(patients.edit, registered.row.id, {"phone": "555 010 2032"})
    desk.run(
        patients.register, {"family_name": NAME, "identifiers": [{"kind": "passport", "value": "XK12345"}]}
    )
    go_online(desk, proxy)
    wait_until(lambda: desk.sync.attention == 1)
    desk.check()
    wait_until(lambda: desk.sync.checked is not None)
    for held in (NAME, "555 010", "XK12345"):
        assert held not in caplog.text
    assert "checked rows=" in caplog.text


def test_times_are_told_in_a_form_that_programs_read() -> None:
    moment = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
    figures = Figures("live", moment, 0, 0, None, 1, moment, moment, None, None, 0, moment)
    found = figures.as_json()
    assert found["cursor_at"] == "2026-11-20T08:00:00+00:00"
    assert json.loads(json.dumps(found)) == found
