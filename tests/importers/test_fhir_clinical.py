"""What becomes of allergies and conditions."""

import datetime as dt
from typing import Any

import pytest

from medidesk.importers.fhir_clinical import AllergyFact, ConditionFact, worst_first
from medidesk.importers.fhir_clinical import allergy as read_allergy
from medidesk.importers.fhir_clinical import condition as read_condition
from medidesk.importers.fhir_values import SkipError
from medidesk.models.patients import ClinicalState, Severity
from tests.importers.samples import SNOMED, Json, allergy, condition


def coded(code: str) -> Json:
    return {"coding": [{"code": code}]}


def test_a_whole_allergy() -> None:
    resource = allergy(
        "Patient/1",
        "Peanut",
        clinicalStatus=coded("active"),
        verificationStatus=coded("confirmed"),
        criticality="low",
        recordedDate="1975-06-09T05:40:19+00:00",
        reaction=[
            {
                "manifestation": [{"text": "Hives"}, {"coding": [{"display": "Wheezing"}]}],
                "severity": "moderate",
            },
            {"manifestation": [{"text": "Hives"}], "severity": "mild"},
        ],
    )
    assert read_allergy(resource, []) == AllergyFact(
        "Peanut", "Hives, Wheezing", Severity.MODERATE, ClinicalState.ACTIVE, dt.date(1975, 6, 9),
        "91936005", SNOMED,
    )  # fmt: skip


def test_a_whole_condition() -> None:
    resource = condition(
        "Patient/1",
        clinicalStatus=coded("remission"),
        onsetDateTime="2018-08",
        abatementDateTime="2018-08-31",
    )
    assert read_condition(resource, []) == ConditionFact(
        "Asthma", ClinicalState.INACTIVE, dt.date(2018, 8, 1), dt.date(2018, 8, 31), "195967001", SNOMED
    )


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, Severity.UNKNOWN),
        ({"criticality": "high"}, Severity.SEVERE),
        ({"criticality": "low"}, Severity.MILD),
        ({"criticality": "unable-to-assess"}, Severity.UNKNOWN),
        ({"criticality": "high", "reaction": [{"severity": "mild"}]}, Severity.SEVERE),
        ({"reaction": [{"severity": "mild"}, {"severity": "severe"}]}, Severity.SEVERE),
        ({"reaction": [{"severity": "dreadful"}]}, Severity.UNKNOWN),
    ],
)
def test_the_worst_that_is_told_counts(more: Json, severity: Severity) -> None:
    assert read_allergy(allergy("Patient/1", **more), []).severity is severity


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, ClinicalState.ACTIVE),
        ({"clinicalStatus": coded("resolved")}, ClinicalState.RESOLVED),
        ({"clinicalStatus": "inactive"}, ClinicalState.INACTIVE),
        ({"clinicalStatus": coded("relapse")}, ClinicalState.ACTIVE),
        ({"abatementDateTime": "2001"}, ClinicalState.RESOLVED),
        ({"clinicalStatus": coded("active"), "verificationStatus": coded("refuted")}, ClinicalState.REFUTED),
    ],
)
def test_the_state_of_a_condition(more: Json, state: ClinicalState) -> None:
    assert read_condition(condition("Patient/1", **more), []).state is state


def test_a_refuted_allergy_comes_in_as_refuted() -> None:
    resource = allergy("Patient/1", verificationStatus=coded("refuted"))
    assert read_allergy(resource, []).state is ClinicalState.REFUTED


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"verificationStatus": coded("entered-in-error")}, "entered in error"),
        ({"modifierExtension": [{"url": "urn:never-had-it", "valueBoolean": True}]}, "modifier"),
        ({"code": coded("716186003")}, "no allergy is known"),
        ({"code": {}}, "neither in words nor in a code"),
        ({"code": {"text": "x" * 201}}, "Substance is too long: 201 letters"),
    ],
)
def test_an_allergy_that_is_none_stays_out(more: dict[str, Any], why: str) -> None:
    with pytest.raises(SkipError, match=why):
        read_allergy(allergy("Patient/1", **more), [])


def test_the_words_come_from_the_display_or_the_code_where_there_is_no_text() -> None:
    display = {"coding": [{"system": SNOMED, "code": "1", "display": "Peanut"}]}
    assert read_allergy(allergy("Patient/1", code=display), []).substance == "Peanut"
    assert read_allergy(allergy("Patient/1", code=coded("91935009")), []).substance == "91935009"
    reaction = [{"substance": {"text": "Latex"}}]
    assert read_allergy(allergy("Patient/1", code={}, reaction=reaction), []).substance == "Latex"


def test_dates_and_codes_that_cannot_stand_are_left_out_and_told() -> None:
    notes: list[str] = []
    code = {"text": "Gout", "coding": [{"system": SNOMED, "code": "9" * 41}]}
    found = read_condition(
        condition("Patient/1", code=code, onsetDateTime="2999-01-01", abatementDateTime="soon"), notes
    )
    assert found == ConditionFact("Gout", ClinicalState.ACTIVE, None, None, "", "")
    assert len(notes) == 3


def test_of_two_allergies_to_one_substance_the_worse_comes_first() -> None:
    mild = read_allergy(allergy("Patient/1", criticality="low"), [])
    severe = read_allergy(allergy("Patient/1", criticality="high"), [])
    past = read_allergy(allergy("Patient/1", criticality="high", clinicalStatus=coded("resolved")), [])
    assert worst_first([past, mild, severe]) == [severe, mild, past]
