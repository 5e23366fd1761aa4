"""A server that comes back without some of its history is found out at the first connect; nothing is mixed up."""

from uuid import UUID

import psycopg
import pytest

from medidesk.repositories import patients
from medidesk.server import replay
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.restores import Backups, clinic, cold_copy, dumped, pristine, restored_elsewhere
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

__all__ = ["clinic", "cold_copy", "pristine"]


def register(station: Station, family_name: str, **more: object) -> UUID:
    outcome = station.run(patients.register, {"family_name": family_name, **more})
    assert isinstance(outcome, (Saved, Queued))
    found: UUID = outcome.row.id
    return found


def paused(clinic: Clinic) -> bool:
    return server_rows(clinic, "select sending_paused from server_identity") == [(True,)]


def back(*stations: Station) -> None:
    """Wait until each has met the server that came back, and shows what it has."""
    for station in stations:
        station.retry_now()
        wait_until(lambda station=station: station.sync.state == "live")  # type: ignore[misc]


def test_a_cold_copy_put_back_stops_sending_for_everybody_and_replicas_show_what_it_has(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    reception, ward = open_station("sofia"), open_station("joseph")
    kept = register(reception, "Kept")
    quiet(reception, ward)
    backup = cold_copy()
    quiet(reception, ward)
    register(reception, "Lost")
    reception.run(patients.edit, kept, {"phone": "555 0100"})
    quiet(reception, ward)
    backup.put_back()
    back(reception, ward)
    wait_until(lambda: "came back without the last changes" in reception.sync.notice)
    wait_until(lambda: "came back without the last changes" in ward.sync.notice)
    assert paused(clinic)
    for station in (reception, ward):
        assert station.sync.paused
        assert [row.id for row in station.read(patients.search, "kept")] == [kept]
        assert station.read(patients.search, "lost") == []
        assert_replica_equals_server(station, clinic)
    # Entering goes on, and waits.
    assert isinstance(reception.run(patients.register, {"family_name": "Meanwhile"}), Queued)
    assert reception.sync.waiting == 1
    assert server_rows(clinic, "select family_name from patient") == [("Kept",)]


def test_what_the_lost_history_wrote_gives_way_to_other_contents_in_the_same_version(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups, proxy: Proxy
) -> None:
    reception = open_station("sofia", server=proxy.through(clinic.server))
    one = register(reception, "Same")
    quiet(reception)
    backup = cold_copy()
    quiet(reception)
    reception.run(patients.edit, one, {"phone": "555 0199"})
    quiet(reception)
    proxy.cut()
    backup.put_back()
    with clinic.connect("anjali") as other:
        other.execute("update patient set phone = '555 0100' where id = %s", (one,))
    assert server_rows(clinic, "select phone, version from patient") == [("555 0100", 2)]
    row = reception.read(patients.by_id, one)
    assert row is not None
    assert row.phone == "555 0199", "screens keep what they had"
    proxy.mend()
    back(reception)
    wait_until(lambda: paused(clinic))
    assert_replica_equals_server(reception, clinic)


def test_a_copy_that_lacks_nothing_stops_nobody(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    reception = open_station("sofia")
    register(reception, "Kept")
    quiet(reception)
    backup = cold_copy()
    backup.put_back()
    back(reception)
    assert isinstance(reception.run(patients.register, {"family_name": "Next"}), Saved)
    quiet(reception)
    assert not paused(clinic)
    assert reception.sync.notice == ""
    assert_replica_equals_server(reception, clinic)


def test_a_loss_that_nobody_here_entered_is_found_by_the_feed(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    ward = open_station("joseph")
    quiet(ward)
    backup = cold_copy()
    quiet(ward)
    with clinic.connect("sofia") as other:
        other.execute(
            "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Lost')",
            (clinic.org_id,),
        )
    wait_until(lambda: ward.read(patients.search, "lost"))
    backup.put_back()
    back(ward)
    wait_until(lambda: paused(clinic))
    assert ward.read(patients.search, "lost") == []
    assert_replica_equals_server(ward, clinic)


def test_who_signs_in_after_the_restore_finds_out_what_a_colleague_here_lost(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    with open_station("sofia", name="Shared") as sofia:
        quiet(sofia)
    backup = cold_copy()
    with open_station("sofia", name="Shared") as sofia:
        quiet(sofia)
        register(sofia, "Lost")
        quiet(sofia)
    backup.put_back()
    joseph = open_station("joseph", name="Shared")
    back(joseph)
    wait_until(lambda: "came back without the last changes" in joseph.sync.notice)
    assert paused(clinic)
    assert isinstance(joseph.run(patients.register, {"family_name": "Meanwhile"}), Queued)
    assert server_rows(clinic, "select count(*) from patient") == [(0,)]


@pytest.mark.parametrize("loses", [False, True])
def test_recovery_to_a_point_in_time_is_a_new_timeline_of_the_same_history_or_of_a_shorter_one(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups, loses: bool
) -> None:
    reception = open_station("sofia")
    quiet(reception)
    backup = cold_copy()
    quiet(reception)
    register(reception, "Logged")
    quiet(reception)
    admin = clinic.admin()
    admin.execute("select pg_create_restore_point('here')")
    if loses:
        register(reception, "Lost")
        quiet(reception)
    admin.execute("select pg_switch_wal()")
    clinic.close()
    backup.recover("here")
    assert server_rows(clinic, "select (hello()->>'timeline')::int > 1") == [(True,)]
    back(reception)
    if loses:
        wait_until(lambda: paused(clinic))
        assert reception.read(patients.search, "lost") == []
    else:
        assert isinstance(reception.run(patients.register, {"family_name": "Next"}), Saved)
        quiet(reception)
        assert not paused(clinic)
    assert_replica_equals_server(reception, clinic)


def test_a_dump_restored_into_another_cluster_serves_in_a_new_epoch(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    reception = open_station("sofia", server=proxy.through(clinic.server))
    one = register(reception, "Same")
    quiet(reception)
    dump, roles = dumped(clinic)
    reception.run(patients.edit, one, {"phone": "555 0199"})
    register(reception, "Lost")
    quiet(reception)
    with restored_elsewhere(clinic, dump, roles) as restored:
        proxy.lead_to(restored.server)
        reception.retry_now()
        wait_until(lambda: "not released yet" in reception.sync.note)
        assert isinstance(reception.run(patients.register, {"family_name": "Meanwhile"}), Queued)
        with pytest.raises(psycopg.Error) as refused:
            restored.connect("sofia").execute("select current_epoch()")
        assert refused.value.sqlstate == "MD010"
        ingrid = restored.connect("ingrid")
        begun = replay.new_epoch(ingrid)
        assert begun > 1
        with restored.connect("anjali") as other:
            other.execute("update patient set phone = '555 0100' where id = %s", (one,))
        back(reception)
        wait_until(lambda: paused(restored))
        assert [row.id for row in reception.read(patients.search, "same")] == [one]
        assert reception.read(patients.search, "lost") == []
        row = reception.read(patients.by_id, one)
        assert row is not None
        assert row.phone == "555 0100"
        assert reception.sync.waiting == 1
        trail = server_rows(
            restored, "select login, changes->'epoch' from audit_log where tbl = 'server_identity'"
        )
        assert trail == [("ingrid", [1, begun])]
        reception.close()
