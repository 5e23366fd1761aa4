"""What a station says of itself: how much waits there, for whoever administers the clinic."""

from uuid import uuid4

import psycopg
import pytest

from medidesk.repositories import patients
from medidesk.station import Queued, Saved
from medidesk.sync import station_news
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, go_offline, go_online, quiet, server_rows
from tests.support.waiting import wait_until

SAID = "select waiting, attention from station where name = %s"


def test_what_waits_there_is_told_and_that_nothing_waits_any_more(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_news, "LEAST_SECONDS", 0.1)
    station = open_station("sofia", name="Front desk", server=proxy.through(clinic.server))
    quiet(station)
    made = station.run(patients.register, {"family_name": "Sow"}, patience=20)
    assert isinstance(made, Saved)
    go_offline(station, proxy)
    assert isinstance(station.run(patients.edit, made.row.id, {"phone": "555 0001"}, patience=0.1), Queued)
    # Somebody else changes the same field: what comes back needs a person.
    clinic.admin().execute("update patient set phone = '555 0002'")
    go_online(station, proxy)
    wait_until(lambda: server_rows(clinic, SAID, "Front desk") == [(0, 1)])
    (entry,) = station.attention()
    station.discard(entry.op_id, "It was typed twice")
    wait_until(lambda: server_rows(clinic, SAID, "Front desk") == [(0, 0)])


def test_it_is_in_contact_while_it_is_there(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_news, "EVERY_SECONDS", 0.3)
    open_station("sofia", name="Front desk")
    seen = "select last_seen_at from station where name = 'Front desk'"
    first = server_rows(clinic, seen)
    wait_until(lambda: server_rows(clinic, seen) > first)


def test_a_note_is_taken_from_people_alone_and_within_bounds(clinic: Clinic) -> None:
    one = uuid4()
    clinic.admin().execute("insert into station (id, name, code) values (%s, 'Front desk', 'AAA')", (one,))
    with clinic.connect("rui") as connection:
        connection.execute("set session characteristics as transaction read write")
        connection.commit()
        connection.execute("select station_tells(%s, %s, %s)", (one, 2**31 - 1, -5))
        connection.commit()
        assert server_rows(clinic, SAID, "Front desk") == [(1_000_000, 0)]
        connection.execute("select station_tells(%s, 3, 1)", (uuid4(),))  # nobody's: nothing happens
        connection.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update station set waiting = 0")
    assert server_rows(clinic, "select count(*) from station") == [(1,)]
