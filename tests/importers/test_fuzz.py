"""Whatever stands in a file: every entry is imported or named in the report, and nothing is raised."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.importers import Report, Weight, import_files
from tests.importers.samples import allergy, condition, ndjson, patient, put, read_csv
from tests.importers.test_synthea_csv import ANA, HEADER

FREELY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = st.sampled_from(
    ["", " ", "García", "1984-03-12", "2999", "0000-00-00", "Patient/1", "urn:uuid:1", "#", "female", "official",
     "phone", "replaced-by", "entered-in-error", "999-56-3448", "a@b.example", "x" * 400, "\x00\x1b[31m\ud800",
     "=1+1", "2020-01-01T" + "9" * 80]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
NAMES = st.sampled_from(
    ["resourceType", "id", "name", "family", "given", "text", "use", "period", "end", "start", "telecom", "system",
     "value", "address", "line", "city", "country", "identifier", "type", "coding", "code", "display", "contact",
     "relationship", "organization", "communication", "language", "reaction", "manifestation", "severity",
     "substance", "reference", "link", "meta", "source"]
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
ELEMENTS = {
    "patient": ["id", "name", "gender", "birthDate", "identifier", "telecom", "address", "communication",
                "contact", "deceasedDateTime", "deceasedBoolean", "active", "link", "meta"],
    "allergy": ["id", "patient", "code", "reaction", "criticality", "clinicalStatus", "verificationStatus",
                "recordedDate", "onsetDateTime"],
    "condition": ["id", "subject", "code", "clinicalStatus", "verificationStatus", "onsetDateTime",
                  "onsetPeriod", "abatementDateTime", "abatementPeriod"],
}  # fmt: skip


def spoilt(kind: str, whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A resource with some of its elements replaced by anything."""
    changes = st.dictionaries(st.sampled_from(ELEMENTS[kind]), ANYTHING, max_size=4)
    return changes.map(lambda some: whole | some)


RESOURCES = st.one_of(
    spoilt("patient", patient("1")),
    spoilt("patient", patient("2")),
    spoilt("allergy", allergy("Patient/1")),
    spoilt("condition", condition("Patient/1")),
)
ENTRIES = st.lists(st.fixed_dictionaries({"resource": RESOURCES}, optional={"fullUrl": ANYTHING}) | ANYTHING,
                   max_size=6)  # fmt: skip


def accounted(report: Report) -> int:
    """Entries of which the report knows what became of them; conditions and allergies of patients counted by
    their own entries where they were skipped alone.
    """
    return report.patients + report.other.total() + report.count(Weight.SKIPPED)


@FREELY
@given(ENTRIES)
def test_any_bundle(tmp_path: Path, entries: list[Any]) -> None:
    path = put(tmp_path / "b.json", json.dumps({"resourceType": "Bundle", "entry": entries}).encode())
    report = import_files(None, [path], dry_run=True)
    clinical = sum(
        isinstance(one, dict)
        and isinstance(one.get("resource"), dict)
        and one["resource"].get("resourceType") in {"AllergyIntolerance", "Condition"}
        for one in entries
    )
    assert accounted(report) + clinical >= len(entries)
    assert report.stopped == ""
    list(map(str, report.lines))


@FREELY
@given(st.lists(RESOURCES, max_size=6))
def test_any_ndjson_twice_gives_the_same(tmp_path: Path, resources: list[dict[str, Any]]) -> None:
    path = put(tmp_path / "r.ndjson", ndjson(*resources) or b"\n")
    assert import_files(None, [path], dry_run=True) == import_files(None, [path], dry_run=True)


@FREELY
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    for name in ("x.json", "x.ndjson", "x.csv"):
        report = import_files(None, [put(tmp_path / name, content)], dry_run=True)
        assert report.patients == 0


CELLS = st.lists(
    WORDS.filter(lambda word: "\ud800" not in word) | st.text("\"',;\n\r\x00aé", max_size=6), max_size=17
)


@FREELY
@given(st.lists(CELLS, max_size=5))
def test_any_rows(tmp_path: Path, rows: list[list[str]]) -> None:
    text = "\n".join([HEADER, *(",".join(cells) for cells in rows)])
    found, report = read_csv(put(tmp_path / "patients.csv", text.encode()))
    assert not found or all(one.record["family_name"] or one.record["given_name"] for one in found)
    assert report.read_to_the_end


BESIDE = {
    "allergies.csv": "START,STOP,PATIENT,CODE,SYSTEM,DESCRIPTION,REACTION1,DESCRIPTION1,SEVERITY1",
    "conditions.csv": "START,STOP,PATIENT,CODE,DESCRIPTION",
}


@FREELY
@given(allergies=st.lists(CELLS, max_size=5), conditions=st.lists(CELLS, max_size=5))
def test_any_rows_of_what_lies_beside_patients(
    tmp_path: Path, allergies: list[list[str]], conditions: list[list[str]]
) -> None:
    for (name, header), rows in zip(BESIDE.items(), (allergies, conditions), strict=True):
        text = "\n".join([header, *(",".join(["one", *cells][:9]) for cells in rows)])
        put(tmp_path / name, text.encode())
    report = import_files(None, [put(tmp_path / "patients.csv", f"{HEADER}\n{ANA}\n".encode())], dry_run=True)
    assert report.patients == 1
    assert report.stopped == ""
    list(map(str, report.lines))
