"""Who opened whose file: the server is told once, in their name, also after an outage."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from medidesk.repositories import patients
from medidesk.station import Refused, Station
from medidesk.sync.opened_files import AGAIN_SECONDS
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, go_offline, go_online, quiet, server_rows
from tests.support.waiting import wait_until


def registered(station: Station, name: str = "Sow") -> UUID:
    made = station.run(patients.register, {"family_name": name}, patience=20)
    assert not isinstance(made, Refused)
    quiet(station)
    one: UUID = made.row.id
    return one


def logged(clinic: Clinic) -> list[tuple[Any, ...]]:
    return server_rows(clinic, "select login, patient_id, station from access_log order by opened_at")


def kept(station: Station, login: str) -> int:
    asked = station._engine.call(lambda: station._engine.outbox.opened.of(login))
    return len(asked.result(10))


def test_an_opening_is_told_once_however_often_a_file_is_looked_at(
    clinic: Clinic, open_station: OpenStation
) -> None:
    station = open_station("sofia", name="Reception 1")
    one, other = registered(station), registered(station, "Diop")
    for who in (one, one, other, one):
        station.opened(who)
    wait_until(lambda: len(logged(clinic)) == 2)
    quiet(station)
    assert logged(clinic) == [("sofia", one, "Reception 1"), ("sofia", other, "Reception 1")]
    assert kept(station, "sofia") == 0
    noted = station._engine.follower.openings._noted
    noted[one] -= AGAIN_SECONDS  # some minutes later
    station.opened(one)
    wait_until(lambda: len(logged(clinic)) == 3)


def test_what_is_opened_during_an_outage_is_told_after_it_with_its_time(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server), name="Reception 1")
    one = registered(station)
    quiet(station)
    go_offline(station, proxy)
    station.opened(one)
    wait_until(lambda: kept(station, "sofia") == 1)
    opened = dt.datetime.now(dt.UTC)
    station.close()
    proxy.mend()
    again = open_station("sofia", server=proxy.through(clinic.server), name="Reception 1")
    wait_until(lambda: len(logged(clinic)) == 1)
    quiet(again)
    ((at, told),) = server_rows(clinic, "select opened_at, at from access_log")
    assert abs(at - opened) < dt.timedelta(seconds=5)
    assert at < told


def test_an_answer_that_was_lost_makes_no_second_entry(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = open_station("sofia")
    one = registered(station)
    quiet(station)
    openings = station._engine.outbox.opened
    forget, told = openings.told, []

    def told_again(rows: list[dict[str, str]]) -> None:
        told.append(rows)
        if len(told) > 1:
            forget(rows)

    monkeypatch.setattr(openings, "told", told_again)
    station.opened(one)
    wait_until(lambda: len(told) > 1)
    assert len(logged(clinic)) == 1


def test_a_colleague_at_the_same_pc_tells_of_their_own_alone(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    reception = open_station("sofia", server=proxy.through(clinic.server), name="Shared")
    one = registered(reception)
    quiet(reception)
    go_offline(reception, proxy)
    reception.opened(one)
    wait_until(lambda: kept(reception, "sofia") == 1)
    reception.close()
    proxy.mend()
    doctor = open_station("anjali", server=proxy.through(clinic.server), name="Shared")
    quiet(doctor)
    doctor.opened(one)
    wait_until(lambda: logged(clinic) == [("anjali", one, "Shared")])
    assert kept(doctor, "sofia") == 1
    doctor.close()
    open_station("sofia", server=proxy.through(clinic.server), name="Shared")
    wait_until(lambda: {row[0] for row in logged(clinic)} == {"anjali", "sofia"})


def test_a_server_of_an_older_version_is_told_once_it_has_been_updated(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    admin = clinic.admin()
    admin.execute("update server_identity set schema_version = 2")
    admin.execute("alter function log_openings(jsonb, text) rename to not_there_yet")
    station = open_station("sofia", server=proxy.through(clinic.server))
    one = registered(station)
    station.opened(one)
    quiet(station)
    assert station.sync.state == "live"
    assert kept(station, "sofia") == 1
    go_offline(station, proxy)
    admin.execute("alter function not_there_yet(jsonb, text) rename to log_openings")
    admin.execute("update server_identity set schema_version = 3")
    go_online(station, proxy)
    wait_until(lambda: len(logged(clinic)) == 1)
