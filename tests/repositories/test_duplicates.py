import datetime as dt
from typing import Any

import pytest

from medidesk.models.patients import IdentifierKind, PatientIdentifier
from medidesk.models.search import words
from medidesk.repositories import patients
from medidesk.repositories.patients.likeness import SIMILAR, likeness
from tests.support.replica_clinic import ReplicaClinic

BORN = dt.date(1984, 3, 12)


def reasons(desk: ReplicaClinic, draft: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {one.row.name: one.reasons for one in desk.read(patients.duplicates, draft)}


@pytest.mark.parametrize(
    ("held", "typed"),
    [
        ("+34 612 345 678", "612345678"),
        ("612 345 678", "0034 612345678"),
        ("06 12 34 56 78", "+33 6 12 34 56 78"),
        ("555-1234", "(212) 555 1234"),
        ("55123", "55 123"),
    ],
)
def test_the_same_phone_is_noticed_however_it_is_written(desk: ReplicaClinic, held: str, typed: str) -> None:
    desk.patient("Someone", "Else", phone_other=held)
    assert reasons(desk, {"family_name": "García", "phone": typed}) == {"Else Someone": ("same phone",)}


def test_the_same_birth_date_counts_only_with_a_name_alike(desk: ReplicaClinic) -> None:
    desk.patient("García", "María", born_on=BORN)
    desk.patient("Gomis", "Matteo", born_on=BORN)
    found = reasons(desk, {"family_name": "Garcia", "given_name": "M.", "born_on": "12.3.84"})
    assert found == {"María García": ("same birth date", "similar name")}


@pytest.mark.parametrize(
    "draft",
    [
        {"family_name": "GARCIA", "given_name": "Maria"},
        {"family_name": "Maria", "given_name": "Garcia"},
        {"family_name": "Garcia Lopez", "given_name": "Maria"},
        {"family_name": "Garzia", "given_name": "Maria"},
        {"family_name": "García", "given_name": "María", "born_on": dt.date(1984, 12, 3)},
        {"family_name": "García", "given_name": "María", "born_on": dt.date(1985, 3, 12)},
    ],
)
def test_a_similar_name_is_noticed(desk: ReplicaClinic, draft: dict[str, Any]) -> None:
    desk.patient("García", "María", born_on=BORN)
    assert reasons(desk, draft) == {"María García": ("similar name",)}


@pytest.mark.parametrize(
    "draft",
    [
        {},
        {"family_name": ""},
        {"family_name": "García"},
        {"family_name": "García", "given_name": "Ana"},
        {"family_name": "García", "given_name": "María", "born_on": dt.date(1961, 7, 30)},
        {"phone": "12"},
        {"born_on": "12.3.84"},
        {"family_name": None, "born_on": "soon", "phone": None, "identifiers": None},
        {"identifiers": [{"kind": "none such", "value": "1"}, {"kind": "passport", "value": None}]},
    ],
)
def test_nobody_is_suspected_without_a_reason(desk: ReplicaClinic, draft: dict[str, Any]) -> None:
    desk.patient("García", "María", born_on=BORN, phone="+34 612 345 678")
    assert desk.read(patients.duplicates, draft) == []


def test_the_likeliest_comes_first_and_says_all_its_reasons(desk: ReplicaClinic) -> None:
    desk.patient("García", "María")
    desk.patient("García", "María", born_on=BORN, phone="612 345 678")
    named = desk.patient("Someone", "Else")
    desk.put(PatientIdentifier, {"patient_id": named, "kind": IdentifierKind.NATIONAL_ID, "value": "AB 1"})
    draft = {
        "family_name": "Garcia", "given_name": "Maria", "born_on": BORN, "phone": "+34612345678",
        "identifiers": [{"kind": "national_id", "value": " ab 1"}],
    }  # fmt: skip
    found = desk.read(patients.duplicates, draft)
    assert [one.reasons for one in found] == [
        ("same phone", "same birth date", "similar name"),
        ("same national id",),
        ("similar name",),
    ]
    assert len(desk.read(patients.duplicates, draft, limit=1)) == 1


def test_a_merged_file_is_suspected_as_the_one_that_was_kept(desk: ReplicaClinic) -> None:
    kept = desk.patient("Somebody", "Else")
    merged = desk.patient("García", "María", phone="612 345 678", merged_into_id=kept)
    desk.put(PatientIdentifier, {"patient_id": merged, "kind": IdentifierKind.PASSPORT, "value": "P1"})
    (found,) = desk.read(patients.duplicates, {"identifiers": [{"kind": "passport", "value": "p1"}]})
    assert found.row.id == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("María García", "Garcia Maria"), ("Jon Smith", "John Smith"), ("J Smith", "John Smith"),
        ("Mohamed Ali", "Mohammed Ali"), ("Anna Maria Rossi", "Anna Rossi"), ("Nguyễn Lan", "nguyen lan"),
    ],
)  # fmt: skip
def test_names_that_may_be_one(one: str, other: str) -> None:
    assert likeness(words(one), words(other)) >= SIMILAR
    assert likeness(words(other), words(one)) == likeness(words(one), words(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Anna Rossi", "Paolo Rossi"), ("John Smith", "Smith"), ("Li Na", "Ng Wei"), ("", "Anna"), ("", "")],
)
def test_names_that_are_two(one: str, other: str) -> None:
    assert likeness(words(one), words(other)) < SIMILAR
