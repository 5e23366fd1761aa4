import datetime as dt
from typing import Any

import pytest

from medidesk.errors import DomainError
from medidesk.models.patients import Allergy, Condition, NextOfKin, Patient, PatientIdentifier
from medidesk.repositories import patients
from tests.support.replica_clinic import ReplicaClinic

RECORD: dict[str, Any] = {
    "source": "https://example.org/fhir|42",
    "family_name": "Okafor",
    "given_name": "Ada",
    "born_on": dt.date(1980, 1, 1),
    "identifiers": [{"kind": "foreign", "system": "urn:x", "value": "42"}],
    "next_of_kin": [{"name": "Luis", "phone": "555 1234"}],
    "allergies": [{"substance": "Latex", "code": "111088007", "code_system": "snomed"}],
    "conditions": [{"text": "Asthma", "onset_on": dt.date(2001, 5, 1)}, {"text": "Asthma", "onset_on": None}],
}


def test_a_record_becomes_a_file_with_all_it_holds(desk: ReplicaClinic) -> None:
    assert desk.read(patients.imported, RECORD["source"]) is None
    captured = desk.capture(patients.import_patient, RECORD)
    assert [row.model for row in captured.rows] == [
        Patient, PatientIdentifier, NextOfKin, Allergy, Condition, Condition,
    ]  # fmt: skip
    assert captured.title == "Ada Okafor imported"
    desk.keep(captured)
    assert desk.read(patients.imported, RECORD["source"]) == captured.rows[0].id


def test_the_same_record_again_changes_nothing_in_whatever_order(desk: ReplicaClinic) -> None:
    first = desk.capture(patients.import_patient, RECORD)
    desk.keep(first)
    turned = {name: value[::-1] if isinstance(value, list) else value for name, value in RECORD.items()}
    with desk.work() as work:
        assert patients.import_patient(work, turned) is None
        assert work.captured().rows == ()


def test_two_stations_give_a_record_the_same_ids(desk: ReplicaClinic) -> None:
    ids = [{row.id for row in desk.capture(patients.import_patient, RECORD).rows} for _ in range(2)]
    assert ids[0] == ids[1]


def test_what_people_wrote_since_is_never_overwritten(desk: ReplicaClinic) -> None:
    ada = desk.run(patients.import_patient, RECORD)
    assert ada is not None
    desk.run(patients.edit, ada, {"given_name": "Adaeze"})
    file = desk.read(patients.file, ada)
    assert file is not None
    desk.run(patients.remove_allergy, file.allergies[0].id)
    more = RECORD | {"given_name": "Ade", "identifiers": [{"kind": "passport", "value": "p1"}]}
    captured = desk.capture(patients.import_patient, more)
    assert [row.values.get("value") for row in captured.rows] == ["P1"]
    desk.keep(captured)
    after = desk.read(patients.file, ada)
    assert after is not None
    assert after.patient.given_name == "Adaeze"
    assert len(after.identifiers) == 2
    assert after.allergies == ()


def test_more_of_a_merged_file_goes_to_the_one_that_was_kept(desk: ReplicaClinic) -> None:
    kept = desk.patient("Okafor", "Adaeze")
    ada = desk.run(patients.import_patient, RECORD)
    desk.run(patients.merge, kept, ada)
    assert desk.read(patients.imported, RECORD["source"]) == kept
    assert desk.run(patients.import_patient, RECORD) is None
    more = RECORD | {"identifiers": [{"kind": "passport", "value": "p1"}]}
    assert desk.capture(patients.import_patient, more).rows[0].values["patient_id"] == kept


def test_a_removed_file_is_not_brought_back(desk: ReplicaClinic) -> None:
    ada = desk.run(patients.import_patient, RECORD)
    removed = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    desk.put(Patient, {"id": ada, "family_name": "Okafor", "deleted_at": removed}, version=5)
    assert desk.run(patients.import_patient, RECORD) is None


@pytest.mark.parametrize(
    "wrong", [{"family_name": "", "given_name": ""}, {"born_on": dt.date(2999, 1, 1)}, {"phone": "unknown"}]
)
def test_a_record_that_cannot_be_kept_says_why(desk: ReplicaClinic, wrong: dict[str, Any]) -> None:
    with pytest.raises(DomainError):
        desk.capture(patients.import_patient, RECORD | wrong)


def test_a_number_of_somebody_else_is_said_and_nothing_is_written(desk: ReplicaClinic) -> None:
    other = desk.patient("Mensah", "Efua")
    desk.put(PatientIdentifier, {"patient_id": other, "kind": "foreign", "system": "urn:x", "value": "42"})
    with desk.work() as work:
        with pytest.raises(DomainError, match="Efua Mensah"):
            patients.import_patient(work, RECORD)
        assert work.captured().rows == ()
