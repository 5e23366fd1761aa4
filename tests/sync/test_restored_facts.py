"""A fact that could only be held, and a restore to when its author might still write it: it comes back once."""

from uuid import UUID

import pytest

from medidesk.repositories import patients
from medidesk.server import replay
from medidesk.station import Queued, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.replays import brought_back, register, replayed
from tests.support.restores import Backups, clinic, cold_copy, pristine
from tests.support.roles import becomes
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until

__all__ = ["clinic", "cold_copy", "pristine"]


@pytest.fixture
def held(clinic: Clinic, open_station: OpenStation, cold_copy: Backups, proxy: Proxy) -> tuple[Station, UUID]:
    """A doctor's allergy is held, for she is a cashier by now; the server is put back to when she was a doctor."""
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    quiet(doctor)
    patient = register(doctor, "Sow")
    quiet(doctor)
    backup = cold_copy()
    quiet(doctor)
    go_offline(doctor, proxy)
    assert isinstance(doctor.run(patients.add_allergy, patient, {"substance": "Latex"}), Queued)
    becomes(clinic, "anjali", "cashier", instead_of="doctor")
    go_online(doctor, proxy)
    wait_until(lambda: doctor.sync.waiting == 0)
    assert [entry.reason for entry in doctor.attention()] == ["held"]
    quiet(doctor)
    proxy.cut()
    backup.put_back()
    proxy.mend()
    doctor.retry_now()
    wait_until(lambda: doctor.sync.paused)
    return doctor, patient


def test_what_was_held_and_is_entered_by_a_replay_is_settled_at_its_authors(
    clinic: Clinic, held: tuple[Station, UUID]
) -> None:
    """Seeds 20004 and 30005 of ten desks."""
    doctor, _ = held
    report = replayed(clinic, doctor)
    assert brought_back(report) == {(doctor.name, "patients.add_allergy"): 1}
    wait_until(lambda: doctor.sync.attention == 0)
    assert server_rows(clinic, "select substance from allergy") == [("Latex",)]
    assert server_rows(clinic, "select count(*) from held_fact") == [(0,)]
    assert_replica_equals_server(doctor, clinic)


def test_what_its_author_types_anew_while_a_replay_has_it_is_not_entered_twice(
    clinic: Clinic, held: tuple[Station, UUID]
) -> None:
    """Seed 220043 of ten desks: handed in, given up for what stands in its place, brought back, and then sent."""
    doctor, patient = held
    (entry,) = doctor.attention()
    ingrid = clinic.connect("ingrid")
    replay.open_replay(ingrid)
    wait_until(lambda: [one["complete"] for one in replay.status(ingrid).stations] == [True])
    again = doctor.run(
        patients.add_allergy, patient, {"substance": "Latex", "severity": "severe"}, resolves=entry.op_id
    )
    assert isinstance(again, Queued)
    assert doctor.attention() == []
    assert brought_back(replay.close_replay(ingrid)) == {(doctor.name, "patients.add_allergy"): 1}
    quiet(doctor)
    (stands,) = doctor.attention()
    assert stands.op_id == again.op_id
    assert "ingrid has entered this already, for anjali." in stands.sentence
    assert server_rows(clinic, "select substance, severity from allergy") == [("Latex", "unknown")]
    assert server_rows(clinic, "select op_id, reason from held_fact") == [
        (again.op_id, "ingrid has entered this already, for anjali.")
    ]
    assert_replica_equals_server(doctor, clinic)
