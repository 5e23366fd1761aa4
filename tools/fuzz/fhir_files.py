"""FHIR bundles and NDJSON."""

import io
import json

from medidesk.importers.fhir import FhirReader
from medidesk.importers.report import Report
from medidesk.importers.sources import Document

_PATIENT = {
    "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1984-03-12",
    "name": [{"use": "official", "family": "Garcia", "given": ["Ana"]}],
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-56-3448"}],
    "telecom": [{"system": "phone", "value": "+34 612 345 678", "use": "mobile"}],
    "address": [{"line": ["Harbour Street 1"], "city": "Porto", "country": "PT"}],
    "contact": [{"name": {"text": "Rui"}, "relationship": [{"text": "brother"}]}],
}  # fmt: skip
_ALLERGY = {
    "resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": "Patient/p1"},
    "code": {"text": "Latex"}, "reaction": [{"manifestation": [{"text": "Rash"}], "severity": "mild"}],
}  # fmt: skip
_CONDITION = {
    "resourceType": "Condition", "id": "c1", "subject": {"reference": "urn:uuid:1"}, "code": {"text": "Asthma"},
    "onsetDateTime": "2009-09", "clinicalStatus": {"coding": [{"code": "active"}]},
}  # fmt: skip
_ALL = (_PATIENT, _ALLERGY, _CONDITION)
SEEDS = (
    json.dumps(
        {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": one} for one in _ALL]}
    ).encode(),
    b"\n" + b"\n".join(json.dumps(one).encode() for one in _ALL),
)


def one(data: bytes) -> None:
    """Every patient that is found has a name; every fault is a line of the report."""
    name = "x.ndjson" if data.startswith(b"\n") else "x.json"
    report = Report(dry_run=True, lines_most=1_000)
    file = Document(name, name, "", len(data), lambda: io.BytesIO(data))
    for found in FhirReader([file], report).records():
        if not (found.record["family_name"] or found.record["given_name"]):
            raise AssertionError("a patient without a name")
    list(map(str, report.lines))
