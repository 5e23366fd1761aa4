"""The samples of these tests are what FHIR says, so that the tests do not agree with the importer alone."""

import json

import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.importers.samples import Json, allergy, bundle, condition, patient

REACTION = {"manifestation": [{"text": "Hives"}], "severity": "severe"}
ACTIVE = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
}
CONTACT = {"name": {"family": "García"}, "relationship": [{"text": "Brother"}]}


@pytest.mark.parametrize(
    "resource",
    [
        patient(contact=[CONTACT], telecom=[{"system": "phone", "value": "555 1000", "use": "mobile"}]),
        patient(birthDate="1984", deceasedDateTime="2019-05-01T23:30:00-05:00"),
        patient(communication=[{"language": {"coding": [{"code": "es"}]}, "preferred": True}]),
        allergy("Patient/1", criticality="high", reaction=[REACTION], recordedDate="1975-06-09"),
        condition(
            "Patient/1", clinicalStatus=ACTIVE, onsetDateTime="2018-08", abatementDateTime="2018-08-31"
        ),
        json.loads(bundle(patient(), allergy("urn:uuid:p1"))) | {"type": "collection"},
    ],
    ids=lambda one: one["resourceType"],
)
def test_the_samples_are_fhir(resource: Json) -> None:
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
