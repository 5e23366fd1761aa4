"""A file is merged at one station while another, on line or off, goes on writing into it."""

from typing import Any
from uuid import UUID

import pytest

from medidesk.models.patients import MergeState
from medidesk.repositories import patients
from medidesk.repositories.patients import PatientRow
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, assert_replica_equals_server, go_offline, go_online, quiet

type Pair = tuple[Station, Station]


@pytest.fixture
def pair(clinic: Clinic, open_station: OpenStation, proxy: Proxy) -> Pair:
    """A reception behind a network that can fail, and a doctor."""
    made = open_station("sofia", server=proxy.through(clinic.server)), open_station("anjali")
    quiet(*made)
    return made


def new_patient(pair: Pair, name: str) -> UUID:
    outcome = pair[1].run(patients.register, {"family_name": name, "phone": "555 0001"})
    assert isinstance(outcome, Saved)
    row: PatientRow = outcome.row
    quiet(*pair)
    return row.id


def while_offline(pair: Pair, proxy: Proxy, mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> None:
    """The reception does one thing off line; meanwhile the doctor does another on line."""
    reception, doctor = pair
    go_offline(reception, proxy)
    assert isinstance(reception.run(*mine), Queued)
    assert isinstance(doctor.run(*theirs), Saved)
    go_online(reception, proxy)
    quiet(*pair)


def test_an_edit_made_off_line_is_not_lost_in_a_file_that_was_merged_meanwhile(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    kept, merged = new_patient(pair, "Sow"), new_patient(pair, "Sowe")
    while_offline(
        pair, proxy, (patients.edit, merged, {"phone": "555 0002"}), (patients.merge, kept, merged, "twice")
    )
    (entry,) = pair[0].attention()
    assert entry.reason == "refused"
    assert "merged into another one" in entry.sentence
    row = pair[0].read(patients.by_id, merged)
    assert row is not None
    assert (row.phone, row.merged_into_id) == ("555 0001", kept)
    assert_replica_equals_server(pair[0], clinic)


def test_one_file_merged_into_two_at_once_is_merged_into_the_first(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    one, other, merged = new_patient(pair, "Sow"), new_patient(pair, "Sowe"), new_patient(pair, "Soe")
    while_offline(
        pair, proxy, (patients.merge, one, merged, "twice"), (patients.merge, other, merged, "twice")
    )
    (entry,) = pair[0].attention()
    assert (entry.reason, entry.fields) == ("refused", ())
    row = pair[0].read(patients.by_id, merged)
    assert row is not None
    assert row.merged_into_id == other
    assert_replica_equals_server(pair[0], clinic)


def test_two_files_merged_into_each_other_are_both_still_there(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    one, other = new_patient(pair, "Sow"), new_patient(pair, "Sowe")
    while_offline(pair, proxy, (patients.merge, one, other, ""), (patients.merge, other, one, ""))
    assert [entry.reason for entry in pair[0].attention()] == ["refused"]
    for station in pair:
        assert station.read(patients.count) == 1
        assert station.read(patients.kept, one) == station.read(patients.by_id, other)
    assert_replica_equals_server(pair[0], clinic)


def test_a_proposal_about_a_file_that_was_merged_since_is_taken_up_with_the_kept_one(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    reception, doctor = pair
    first, kept = new_patient(pair, "Sow"), new_patient(pair, "Sowe")
    passport = {"kind": "passport", "value": "P1"}
    draft = {"family_name": "Late", "identifiers": [passport]}
    while_offline(pair, proxy, (patients.register, draft), (patients.add_identifier, first, passport))
    (late,) = reception.read(patients.search, "late")
    assert isinstance(doctor.run(patients.merge, kept, first, ""), Saved)
    assert isinstance(doctor.run(patients.merge, kept, late.id, ""), Saved)
    quiet(*pair)
    file = reception.read(patients.file, kept)
    assert file is not None
    states = {frozenset((one.kept_id, one.merged_id)): one.state for one in file.merges}
    assert states == {
        frozenset((kept, first)): MergeState.MERGED,
        frozenset((kept, late.id)): MergeState.MERGED,
    }
    assert_replica_equals_server(reception, clinic)
