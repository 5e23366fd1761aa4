from uuid import UUID

import pytest

from medidesk.errors import DomainError
from medidesk.models.patients import (
    Allergy,
    IdentifierKind,
    MergeState,
    Patient,
    PatientAlert,
    PatientIdentifier,
    PatientMerge,
)
from medidesk.repositories import patients
from medidesk.repositories.patients import PatientFile
from tests.support.replica_clinic import ReplicaClinic, names


def file_of(desk: ReplicaClinic, patient_id: UUID) -> PatientFile:
    found = desk.read(patients.file, patient_id)
    assert found is not None
    return found


def test_a_merge_moves_nothing_and_says_what_became_of_both(desk: ReplicaClinic) -> None:
    ada, ade = desk.patient("Okafor", "Ada"), desk.patient("Okafor", "Ade")
    captured = desk.capture(patients.merge, ada, ade, " same  person ")
    head, merge = captured.rows
    assert (head.model, head.id, head.values, head.base) == (
        Patient, ade, {"merged_into_id": ada}, {"merged_into_id": None},
    )  # fmt: skip
    assert (merge.model, merge.inserts) == (PatientMerge, True)
    assert (merge.values["kept_id"], merge.values["merged_id"]) == (ada, ade)
    assert (merge.values["state"], merge.values["reason"]) == (MergeState.MERGED, "same person")
    assert captured.relied == ((Patient, ada, 1),)
    assert captured.title == "Ade Okafor (26-00002) merged into Ada Okafor (26-00001)"


def test_the_kept_file_shows_what_all_merged_files_hold_and_is_found_by_their_numbers(
    desk: ReplicaClinic,
) -> None:
    ada = desk.patient("Okafor", "Ada", provisional_no="R1-0009")
    ade, addie = desk.patient("Okafor", "Ade"), desk.patient("Mensah", "Addie", has_allergy=True)
    desk.put(PatientIdentifier, {"patient_id": addie, "kind": IdentifierKind.PASSPORT, "value": "XY1"})
    desk.put(PatientAlert, {"patient_id": addie, "text": "Falls risk"})
    desk.put(Allergy, {"patient_id": ade, "substance": "Latex"})
    desk.run(patients.merge, ade, addie)
    desk.run(patients.merge, ada, ade)

    file = file_of(desk, ada)
    assert [one.value for one in file.identifiers] == ["XY1"]
    assert [one.text for one in file.alerts] == ["Falls risk"]
    assert [one.substance for one in file.allergies] == ["Latex"]
    assert file.other_numbers == ("R1-0009", "26-00002", "26-00003")
    assert {one.state for one in file.merges} == {MergeState.MERGED}
    assert len(file.merges) == 2

    for typed in ("ade", "addie", "mensah", "XY1", "26-00003", "okafor", "26-0000"):
        (found,) = desk.read(patients.search, typed)
        assert found.id == ada
        assert found.has_allergy
    assert desk.read(patients.count) == 1
    assert names(desk.read(patients.page, 0, 10)) == ["Ada Okafor"]
    assert desk.read(patients.with_alerts, [ada]) == {ada: ("Falls risk",)}
    kept = desk.read(patients.kept, addie)
    assert kept is not None
    assert kept.id == ada


def test_many_merged_files_do_not_crowd_out_what_else_is_found(desk: ReplicaClinic) -> None:
    kept, other = desk.patient("Okafor", "Kept"), desk.patient("Okafor", "Other")
    for number in range(12):
        desk.patient("Okafor", f"Twin {number}", merged_into_id=kept)
    assert {row.id for row in desk.read(patients.search, "okafor", limit=4)} == {kept, other}


def test_undoing_a_merge_gives_both_files_back(desk: ReplicaClinic) -> None:
    ada, ade = desk.patient("Okafor", "Ada"), desk.patient("Okafor", "Ade")
    desk.put(PatientAlert, {"patient_id": ade, "text": "Falls risk"})
    before = file_of(desk, ada), file_of(desk, ade)
    merge_id = desk.run(patients.merge, ada, ade)
    captured = desk.capture(patients.unmerge, merge_id)
    assert {row.model for row in captured.rows} == {Patient, PatientMerge}
    desk.keep(captured)
    for was, now in zip(before, (file_of(desk, ada), file_of(desk, ade)), strict=True):
        assert (now.alerts, now.other_numbers) == (was.alerts, was.other_numbers)
        assert now.patient.merged_into_id is None
        assert [one.state for one in now.merges] == [MergeState.UNDONE]
    assert len(desk.read(patients.search, "okafor")) == 2
    with pytest.raises(DomainError, match="not merged"):
        desk.capture(patients.unmerge, merge_id)
    assert desk.run(patients.merge, ade, ada) != merge_id


def test_files_are_not_merged_in_a_circle(desk: ReplicaClinic) -> None:
    ada, ade, addie = (desk.patient("Okafor", name) for name in ("Ada", "Ade", "Addie"))
    desk.run(patients.merge, ada, ade)
    with pytest.raises(DomainError, match="into itself"):
        desk.capture(patients.merge, ada, ada)
    for kept, merged in ((ade, ada), (ada, ade), (ade, addie), (addie, ade)):
        with pytest.raises(
            DomainError, match=r"Ade Okafor was already merged into .* Ada Okafor \(26-00001\)"
        ):
            desk.capture(patients.merge, kept, merged)


def test_data_broken_into_a_circle_still_ends(desk: ReplicaClinic) -> None:
    ada, ade = desk.patient("Okafor", "Ada"), desk.patient("Okafor", "Ade")
    desk.put(Patient, {"id": ada, "family_name": "Okafor", "merged_into_id": ade}, version=2)
    desk.put(Patient, {"id": ade, "family_name": "Okafor", "merged_into_id": ada}, version=2)
    assert desk.read(patients.search, "okafor") == []
    assert file_of(desk, ada).patient.id == ada


def test_a_proposal_is_taken_up_whichever_file_is_kept(desk: ReplicaClinic) -> None:
    ada, ade = desk.patient("Okafor", "Ada"), desk.patient("Okafor", "Ade")
    (proposal,) = desk.put(
        PatientMerge,
        {"kept_id": ada, "merged_id": ade, "state": MergeState.PROPOSED, "reason": "same passport"},
    )
    assert desk.run(patients.merge, ade, ada) == proposal
    (merge,) = file_of(desk, ade).merges
    assert (merge.kept_id, merge.merged_id, merge.state) == (ade, ada, MergeState.MERGED)
    assert merge.reason == "same passport"


def test_a_proposal_about_two_people_is_dismissed(desk: ReplicaClinic) -> None:
    ada, ade = desk.patient("Okafor", "Ada"), desk.patient("Okafor", "Ade")
    (proposal,) = desk.put(PatientMerge, {"kept_id": ada, "merged_id": ade, "state": MergeState.PROPOSED})
    captured = desk.capture(patients.dismiss_merge, proposal)
    assert [(row.id, row.values) for row in captured.rows] == [(proposal, {"state": MergeState.DISMISSED})]
    assert "two people" in captured.title
    desk.keep(captured)
    with pytest.raises(DomainError, match="decided already"):
        desk.capture(patients.dismiss_merge, proposal)
