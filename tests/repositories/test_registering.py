import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.errors import DomainError
from medidesk.models.patients import (
    Allergy,
    IdentifierKind,
    NextOfKin,
    Patient,
    PatientAlert,
    PatientIdentifier,
    Severity,
    Sex,
)
from medidesk.repositories import patients
from medidesk.repositories.dates import today
from medidesk.repositories.patients.checks import fields_of, tidy
from medidesk.repositories.patients.registering import CHILDREN
from tests.support.replica_clinic import ReplicaClinic

MARIA = {
    "family_name": "  García   Márquez ",
    "given_name": "María\u200e\n",
    "sex": "female",
    "born_on": "12.3.84",
    "phone": "+34 612 345 678",
    "country": "es",
}


def test_a_registration_writes_the_file_and_all_that_was_filled_in(desk: ReplicaClinic) -> None:
    captured = desk.capture(
        patients.register,
        MARIA
        | {
            "identifiers": [{"kind": "passport", "value": " ab  12 "}, {"kind": "national_id", "value": ""}],
            "next_of_kin": [
                {"name": "Luis", "relation": "", "phone": ""},
                {"name": "", "relation": "", "phone": ""},
            ],
            "allergies": [{"substance": "Penicillin", "severity": "severe"}],
            "alerts": ["Falls risk"],
        },
    )
    assert [row.model for row in captured.rows] == [
        Patient,
        PatientIdentifier,
        NextOfKin,
        PatientAlert,
        Allergy,
    ]
    assert all(row.inserts for row in captured.rows)
    head, identifier, _, alert, allergy = (row.values for row in captured.rows)
    assert (head["family_name"], head["given_name"]) == ("García Márquez", "María")
    assert (head["sex"], head["born_on"], head["country"]) == (Sex.FEMALE, dt.date(1984, 3, 12), "ES")
    assert head["org_id"] == desk.org_id
    assert head["provisional_no"] == "R2-0001"
    assert "file_no" not in head
    assert (identifier["kind"], identifier["value"]) == (IdentifierKind.PASSPORT, "AB 12")
    assert allergy["severity"] is Severity.SEVERE
    assert alert["text"] == "Falls risk"
    assert captured.title == "María García Márquez registered"
    assert captured.line == "Provisional file R2-0001"
    assert captured.relied == ()


def test_reception_registers_without_touching_clinical_tables(desk: ReplicaClinic) -> None:
    captured = desk.capture(patients.register, MARIA | {"allergies": [], "conditions": []})
    assert {row.model for row in captured.rows} == {Patient}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"family_name": " ", "given_name": "\t"}, "family_name"),
        ({"family_name": "x" * 101}, "family_name"),
        ({"born_on": "31.2.1984"}, "born_on"),
        ({"born_on": dt.date(1849, 12, 31)}, "born_on"),
        ({"born_on": today() + dt.timedelta(days=1)}, "born_on"),
        ({"died_on": dt.date(1984, 3, 11)}, "died_on"),
        ({"phone": "none"}, "phone"),
        ({"phone_other": "12"}, "phone_other"),
        ({"email": "maria at home"}, "email"),
        ({"country": "Spain"}, "country"),
        ({"sex": "f"}, "sex"),
        ({"blood_group": "C+"}, "blood_group"),
        ({"next_of_kin": [{"name": "", "phone": "+34 611 111 111"}]}, "next_of_kin"),
        ({"allergies": [{"substance": "", "reaction": "rash"}]}, "allergies"),
        ({"identifiers": [{"kind": "provisional", "value": "R2-0001"}]}, "identifiers"),
        ({"identifiers": [{"kind": "passport", "value": "1" * 101}]}, "identifiers"),
    ],
)
def test_what_must_be_mended_is_said_beside_its_field(
    desk: ReplicaClinic, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        desk.capture(patients.register, MARIA | wrong)
    assert refused.value.field == field
    assert refused.value.sentence
    assert refused.value.next_step


def test_one_name_is_enough(desk: ReplicaClinic) -> None:
    captured = desk.capture(patients.register, {"given_name": "Suharto"})
    assert captured.rows[0].values["family_name"] == ""
    assert captured.title == "Suharto registered"


@pytest.mark.parametrize(
    "wrong",
    [{"fist_name": "x"}, {"file_no": "26-00001"}, {"id": "1"}, {"family_name": 7}, {"merged_into_id": None}],
)
def test_a_field_that_there_is_none_of_is_our_bug(desk: ReplicaClinic, wrong: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        desk.capture(patients.register, MARIA | wrong)


def test_a_number_of_another_file_is_refused_by_the_name_of_that_file(desk: ReplicaClinic) -> None:
    other = desk.patient("Okafor", "Ada")
    desk.put(PatientIdentifier, {"patient_id": other, "kind": IdentifierKind.NATIONAL_ID, "value": "AB 1"})
    with pytest.raises(DomainError, match=r"Ada Okafor \(26-00001\)") as refused:
        desk.capture(patients.register, MARIA | {"identifiers": [{"kind": "national_id", "value": "ab  1"}]})
    assert refused.value.field == "identifiers"
    # The same digits of another kind, or from another issuer, name somebody else.
    desk.capture(patients.register, MARIA | {"identifiers": [{"kind": "passport", "value": "ab 1"}]})


def test_an_edit_carries_the_changed_fields_and_what_belongs_with_them(desk: ReplicaClinic) -> None:
    ada = desk.patient("Okafor", "Ada", phone="555 1234", city="Lagos", address="1 Broad St")
    captured = desk.capture(
        patients.edit,
        ada,
        {"phone": "555 9999", "city": " Abuja", "address": "1 Broad St", "given_name": "Ada "},
    )
    (row,) = captured.rows
    assert row.values == {"phone": "555 9999", "city": "Abuja"}
    assert row.base == {
        "phone": "555 1234", "city": "Lagos", "address": "1 Broad St", "postal_code": "", "country": "",
    }  # fmt: skip
    assert row.version == 1
    assert captured.relied == ()
    assert captured.title == "Ada Okafor: phone, city changed"
    assert captured.line == "Phone: 555 9999 · City: Abuja"


def test_an_edit_that_changes_nothing_writes_nothing(desk: ReplicaClinic) -> None:
    ada = desk.patient("Okafor", "Ada", phone="555 1234")
    assert desk.capture(patients.edit, ada, {"phone": " 555  1234"}).rows == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"family_name": "", "given_name": ""}, "family_name"), ({"died_on": dt.date(1979, 1, 1)}, "died_on")],
)
def test_an_edit_is_judged_with_what_stays(
    desk: ReplicaClinic, changes: dict[str, object], field: str
) -> None:
    ada = desk.patient("Okafor", "Ada", born_on=dt.date(1980, 1, 1))
    with pytest.raises(DomainError) as refused:
        desk.capture(patients.edit, ada, changes)
    assert refused.value.field == field


def test_a_merged_file_is_not_edited_but_names_the_one_that_was_kept(desk: ReplicaClinic) -> None:
    kept = desk.patient("Okafor", "Ada")
    merged = desk.patient("Okafor", "A.", merged_into_id=kept)
    with pytest.raises(DomainError, match=r"Ada Okafor \(26-00001\)"):
        desk.capture(patients.edit, merged, {"phone": "555 1234"})


@given(st.text())
def test_tidying_twice_changes_nothing_and_leaves_no_control_characters(text: str) -> None:
    for lines in (False, True):
        tidied = tidy(text, lines=lines)
        assert tidy(tidied, lines=lines) == tidied
        assert tidied == tidied.strip()
        assert "  " not in tidied
        assert "\0" not in tidied
        assert lines or "\n" not in tidied
        tidied.encode()


def test_every_field_that_can_be_filled_in_has_a_name_for_people() -> None:
    named = set(CHILDREN) | fields_of(Patient)
    for model in CHILDREN.values():
        named |= fields_of(model)
    assert named <= patients.FIELD_LABELS.keys()
