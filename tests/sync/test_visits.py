"""Arrivals between desks: what happened without the server is kept, and nobody stands in the queue twice."""

import datetime as dt
import time
from uuid import UUID

from medidesk.models.visits import VisitState
from medidesk.repositories import appointments, branch_clock, visits
from medidesk.station import Queued, Refused, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until
from tests.sync.test_appointments import both_at_once, doctor, registered

__all__ = ["doctor"]

TICKETS = "select ticket, provisional_no is not null, state from visit order by arrived_at, ticket"


def queue(station: Station) -> list[visits.VisitRow]:
    return station.read(visits.waiting, station.user.org_id)


def booked_now(station: Station, patient: UUID, doctor: UUID) -> UUID:
    zone = station.read(branch_clock.zone_of, station.user.org_id)
    starts = branch_clock.instant(branch_clock.today(zone), 23 * 60 + 30, zone)
    values = {"patient_id": patient, "staff_id": doctor, "starts_at": starts, "minutes": 15}
    made = station.run(appointments.book, values | {"outside_hours": True}, patience=20)
    assert isinstance(made, Saved)
    found = made.row.id
    assert isinstance(found, UUID)
    return found


def test_a_ticket_has_the_servers_number_where_it_is_there_and_the_pcs_own_where_it_is_not(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    away, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("joseph")
    first, second = registered(away, "First"), registered(away, "Second")
    quiet(away, other)
    made = away.run(visits.check_in, {"patient_id": first}, patience=20)
    assert isinstance(made, Saved)
    assert made.row.ticket_no == "W-01"
    go_offline(away, proxy)
    kept = away.run(visits.check_in, {"patient_id": second}, patience=0.1)
    assert isinstance(kept, Queued)
    printed = queue(away)[1].ticket_no
    assert printed.startswith("P-")
    go_online(away, proxy)
    quiet(away, other)
    assert server_rows(clinic, TICKETS) == [("W-01", False, "waiting"), ("W-02", True, "waiting")]
    for station in (away, other):
        assert [row.ticket_no for row in queue(station)] == ["W-01", printed]
        assert_replica_equals_server(station, clinic)


def test_a_patient_checked_in_by_two_desks_waits_once(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, doctor: UUID
) -> None:
    away, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("joseph")
    appointment = booked_now(other, registered(other, "Okafor"), doctor)
    quiet(away, other)
    go_offline(away, proxy)
    assert isinstance(away.run(visits.check_in, {"appointment_id": appointment}, patience=0.1), Queued)
    assert isinstance(other.run(visits.check_in, {"appointment_id": appointment}, patience=20), Saved)
    go_online(away, proxy)
    quiet(away, other)
    assert away.attention() == []
    for station in (away, other):
        assert [row.name for row in queue(station)] == ["Okafor"]
        zone = station.read(branch_clock.zone_of, station.user.org_id)
        day = station.read(visits.of_day, station.user.org_id, branch_clock.today(zone))
        assert [row.state for row in day] == [VisitState.WAITING, VisitState.LEFT]
        assert_replica_equals_server(station, clinic)


def test_of_two_desks_that_check_one_patient_in_at_once_one_does(
    clinic: Clinic, open_station: OpenStation, doctor: UUID
) -> None:
    desks = open_station("sofia"), open_station("joseph")
    appointment = booked_now(desks[0], registered(desks[0], "Okafor"), doctor)
    quiet(*desks)
    told = both_at_once(*(
        lambda desk=desk: desk.run(visits.check_in, {"appointment_id": appointment}, patience=20)
        for desk in desks
    ))  # fmt: skip
    assert sum(isinstance(one, Saved) for one in told) == 1, told
    for one in told:
        if isinstance(one, Refused):
            assert one.reason == "Another desk has checked this patient in meanwhile."
    quiet(*desks)
    assert server_rows(clinic, "select count(*) from visit") == [(1,)]


def test_a_step_that_two_say_at_once_is_decided_by_a_person(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    away, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("anjali")
    made = away.run(visits.check_in, {"patient_id": registered(away, "Okafor")}, patience=20)
    assert isinstance(made, Saved)
    quiet(away, other)
    go_offline(away, proxy)
    away.run(visits.leave, made.row.id, "could not wait", patience=0.1)
    assert isinstance(other.run(visits.enter_room, made.row.id, patience=20), Saved)
    go_online(away, proxy)
    quiet(away, other)
    (entry,) = away.attention()
    assert entry.title == "Okafor: left without having been seen"
    assert {field.label for field in entry.fields} >= {"State"}
    assert [
        row.state for row in other.read(visits.of_day, other.user.org_id, dt.datetime.now(dt.UTC).date())
    ] == [VisitState.IN_ROOM]


def test_an_arrival_waits_where_the_server_is_older_than_the_program(
    clinic: Clinic, open_station: OpenStation
) -> None:
    station = open_station("sofia")
    patient = registered(station, "Okafor")
    quiet(station)
    admin = clinic.admin()
    admin.execute("alter table visit rename to not_there_yet")
    station._engine.server_is_older = True  # as a server without that table would have said of itself
    assert isinstance(station.run(visits.check_in, {"patient_id": patient}, patience=0.5), Queued)
    time.sleep(5)  # longer than anything is tried that nobody understands
    assert (station.sync.waiting, station.attention()) == (1, [])
    admin.execute("alter table not_there_yet rename to visit")
    station.retry_now()
    wait_until(lambda: station.sync.waiting == 0, 40)
    assert server_rows(clinic, "select count(*) from visit") == [(1,)]
