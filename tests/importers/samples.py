"""FHIR and CSV input for the tests, and short ways to read it."""

import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from medidesk.importers.fhir import FhirReader
from medidesk.importers.found import Found
from medidesk.importers.limits import LIMITS, Limits
from medidesk.importers.report import Report, Weight
from medidesk.importers.sources import documents
from medidesk.importers.synthea_csv import SyntheaReader

type Json = dict[str, Any]

SHARED = Path(os.environ.get("MEDIDESK_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SNOMED = "http://snomed.info/sct"


def real(name: str) -> Path:
    """A file of the shared test data; the test is skipped where there is none."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared test data is not beside the project: {name}")
    return path


def patient(own: str = "p1", **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": own,
        "name": [{"use": "official", "family": "García", "given": ["Ana", "María"]}],
        "gender": "female",
        "birthDate": "1984-03-12",
    } | more


def allergy(of: str, text: str = "Penicillin", **more: Any) -> Json:
    return {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "patient": {"reference": of},
        "code": {"text": text, "coding": [{"system": SNOMED, "code": "91936005"}]},
    } | more


def condition(of: str, text: str = "Asthma", **more: Any) -> Json:
    return {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": of},
        "code": {"text": text, "coding": [{"system": SNOMED, "code": "195967001"}]},
    } | more


def entry(resource: Json, url: str | None = None) -> Json:
    full_url = url if url is not None else f"urn:uuid:{resource.get('id')}"
    return {"fullUrl": full_url, "resource": resource} if full_url else {"resource": resource}


def bundle(*entries: Any) -> bytes:
    several = [one if not isinstance(one, dict) or "resource" in one else entry(one) for one in entries]
    return json.dumps(
        {"resourceType": "Bundle", "type": "transaction", "entry": several}, ensure_ascii=False
    ).encode()


def ndjson(*resources: Json) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in resources)


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zipped(path: Path, members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def read(*paths: Path, limits: Limits = LIMITS) -> tuple[list[Found], Report]:
    """The records of FHIR files."""
    report = Report(dry_run=True)
    with ExitStack() as opened:
        return list(FhirReader(documents(paths, report, opened, limits), report, limits).records()), report


def read_csv(*paths: Path, limits: Limits = LIMITS) -> tuple[list[Found], Report]:
    """The records of CSV files."""
    report = Report(dry_run=True)
    with ExitStack() as opened:
        return list(SyntheaReader(documents(paths, report, opened, limits), report, limits).records()), report


def only(found: Iterable[Found]) -> Json:
    """The one record."""
    (one,) = found
    return one.record


def whys(report: Report, weight: Weight | None = None) -> list[str]:
    return [line.why for line in report.lines if weight in {None, line.weight}]
