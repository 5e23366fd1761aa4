"""The eighteenth complaint needs a server that is put back from a backup, and so a cluster of its own."""

from medidesk.repositories import patients
from medidesk.server import replay
from medidesk.station import Queued, Saved
from tests.support.database import Clinic
from tests.support.restores import Backups, clinic, cold_copy, pristine
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

__all__ = ["clinic", "cold_copy", "pristine"]


def test_18_a_restored_backup_leaves_stations_and_server_with_the_same_work_and_none_of_it_lost(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    reception, doctor = open_station("sofia"), open_station("anjali")
    quiet(reception, doctor)
    backup = cold_copy()
    quiet(reception, doctor)
    given = {}
    for station, name in ((reception, "Sow"), (doctor, "Okafor"), (reception, "García")):
        outcome = station.run(patients.register, {"family_name": name})
        assert isinstance(outcome, Saved)
        given[name] = outcome.row.file_no
    quiet(reception, doctor)
    backup.put_back()
    for station in (reception, doctor):
        station.retry_now()
        wait_until(lambda station=station: station.sync.paused)  # type: ignore[misc]
        assert_replica_equals_server(station, clinic)  # nobody is shown what the server does not have
    assert isinstance(reception.run(patients.register, {"family_name": "Ndlovu"}), Queued)
    ingrid = clinic.connect("ingrid")
    replay.open_replay(ingrid)
    wait_until(lambda: replay.status(ingrid).missing == ())
    assert replay.close_replay(ingrid).total("applied") == len(given)
    quiet(reception, doctor)
    numbers = dict(server_rows(clinic, "select family_name, file_no from patient"))
    assert numbers == {**given, "Ndlovu": numbers["Ndlovu"]}
    assert numbers["Ndlovu"] not in given.values()
    for station in (reception, doctor):
        assert_replica_equals_server(station, clinic)
