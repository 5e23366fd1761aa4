"""Allergies and conditions find their patient, wherever in the files the two stand; or nobody."""

from pathlib import Path

import pytest

from medidesk.importers.report import Weight
from tests.importers.samples import (
    allergy,
    bundle,
    condition,
    entry,
    ndjson,
    only,
    patient,
    put,
    read,
    whys,
    zipped,
)

ONE = "6e2b9b54-7a33-4b39-9d2a-0a4b6e6b1c01"
HTTP = "https://a.example/fhir"


@pytest.mark.parametrize(
    ("url", "reference"),
    [
        (f"urn:uuid:{ONE}", f"urn:uuid:{ONE}"),
        (f"urn:uuid:{ONE}", f"Patient/{ONE}"),
        ("", f"urn:uuid:{ONE}"),
        (f"{HTTP}/Patient/{ONE}", f"Patient/{ONE}"),
        (f"{HTTP}/Patient/{ONE}", f"{HTTP}/Patient/{ONE}"),
        (f"{HTTP}/Patient/{ONE}", f"{HTTP}/Patient/{ONE}/_history/3"),
        ("", f"Patient/{ONE}"),
        ("", f"{HTTP}/Patient/{ONE}"),
    ],
)
@pytest.mark.parametrize("patient_first", [True, False])
def test_every_form_of_reference_in_any_order(
    tmp_path: Path, url: str, reference: str, patient_first: bool
) -> None:
    entries = [entry(patient(ONE), url), entry(allergy(reference)), entry(condition(reference))]
    content = bundle(*(entries if patient_first else reversed(entries)))
    found, report = read(put(tmp_path / "b.json", content))
    record = only(found)
    assert [one["substance"] for one in record["allergies"]] == ["Penicillin"]
    assert [one["text"] for one in record["conditions"]] == ["Asthma"]
    assert report.lines == []


def test_a_bulk_export_keeps_each_type_in_a_file_of_its_own(tmp_path: Path) -> None:
    conditions = put(
        tmp_path / "Condition.ndjson", ndjson(condition("Patient/1"), condition("Patient/2", "Gout"))
    )
    patients = put(tmp_path / "Patient.ndjson", ndjson(patient("1"), patient("2")))
    found, report = read(conditions, patients)
    assert [[c["text"] for c in one.record["conditions"]] for one in found] == [["Asthma"], ["Gout"]]
    assert report.lines == []


def test_the_same_short_id_in_two_bundles_is_two_patients(tmp_path: Path) -> None:
    members = {
        f"{name}.json": bundle(
            entry(patient("1", name=[{"family": name}]), ""), entry(condition("Patient/1", f"of {name}"), "")
        )
        for name in ("Abe", "Bea")
    }
    found, report = read(zipped(tmp_path / "z.zip", members))
    assert [(one.record["family_name"], one.record["conditions"][0]["text"]) for one in found] == [
        ("Abe", "of Abe"),
        ("Bea", "of Bea"),
    ]
    assert report.lines == []


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([allergy("Patient/unknown")], "not in these files"),
        ([allergy("")], "does not say whose"),
        ([allergy("#contained")], "does not say whose"),
        ([allergy("Patient/1") | {"patient": ["Patient/1"]}], "does not say whose"),
        ([entry(patient("1"), f"{HTTP}/Patient/1"), allergy("https://b.example/Patient/1")], "not in these files"),
        (
            [
                entry(patient("1"), f"{HTTP}/Patient/1"),
                entry(patient("1"), "https://b.example/Patient/1"),
                allergy("Patient/1"),
            ],
            "several patients",
        ),
    ],
)  # fmt: skip
def test_an_allergy_is_given_to_nobody_rather_than_to_somebody_else(
    tmp_path: Path, entries: list[dict[str, object]], why: str
) -> None:
    found, report = read(put(tmp_path / "b.json", bundle(*entries)))
    assert [one.record["allergies"] for one in found] == [[] for one in found]
    assert [why in told for told in whys(report)] == [True]


def test_a_third_file_s_reference_to_a_short_id_of_two_is_given_to_none(tmp_path: Path) -> None:
    paths = [
        put(tmp_path / "a.json", bundle(entry(patient("1"), ""))),
        put(tmp_path / "b.json", bundle(entry(patient("1"), ""))),
        put(tmp_path / "c.json", bundle(entry(allergy("Patient/1"), ""))),
    ]
    found, report = read(*paths)
    assert [one.record["allergies"] for one in found] == [[], []]
    assert "several patients" in whys(report)[0]


@pytest.mark.parametrize("in_one_file", [True, False])
def test_what_is_said_of_a_replaced_record_is_said_of_the_one_in_its_place(
    tmp_path: Path, in_one_file: bool
) -> None:
    def replaced(own: str, by: str) -> dict[str, object]:
        return patient(own, link=[{"type": "replaced-by", "other": {"reference": f"Patient/{by}"}}])

    resources = [
        allergy("Patient/1"), allergy("Patient/2", "Latex"), allergy("Patient/3", "Nuts"),
        allergy("Patient/4", "Dust"),
        replaced("1", by="2"), replaced("2", by="3"), patient("3"),
        replaced("4", by="5"), replaced("5", by="4"),
    ]  # fmt: skip
    several = [resources] if in_one_file else [[one] for one in resources]
    paths = [
        put(tmp_path / f"{n}.json", bundle(*(entry(one, "") for one in some)))
        for n, some in enumerate(several)
    ]
    found, report = read(*paths)
    record = only(found)
    assert sorted(one["substance"] for one in record["allergies"]) == ["Latex", "Nuts", "Penicillin"]
    assert [why for why in whys(report) if "Skipped with it" in why] == [
        "The record is marked as no longer in use. Skipped with it: 1 allergy."
    ]


def test_a_bundle_inside_a_bundle_is_told(tmp_path: Path) -> None:
    inner = {"resourceType": "Bundle", "entry": [entry(patient("inner"))]}
    found, report = read(put(tmp_path / "b.json", bundle(entry(inner, ""), patient("1"))))
    assert only(found)["source"] == "fhir:urn:uuid:1"
    assert [(line.entry, line.why) for line in report.lines] == [
        (1, "A bundle inside a bundle is not opened. Import it as a file of its own.")
    ]


def test_what_is_skipped_with_a_patient_is_told_with_them(tmp_path: Path) -> None:
    content = bundle(patient(name=[]), allergy("urn:uuid:p1"), condition("urn:uuid:p1"))
    found, report = read(put(tmp_path / "b.json", content))
    assert found == []
    assert whys(report, Weight.SKIPPED) == [
        "The patient has no name. Skipped with it: 1 allergy, 1 condition."
    ]
    (line,) = report.lines
    assert (line.file, line.entry, line.subject) == ("b.json", 1, "Patient p1")


def test_equal_conditions_come_in_once_and_recurring_ones_each_time(tmp_path: Path) -> None:
    of = "urn:uuid:p1"
    content = bundle(
        patient(),
        condition(of, onsetDateTime="2001-01-01"),
        condition(of, onsetDateTime="2001-01-01"),
        condition(of, onsetDateTime="2009-01-01"),
    )
    assert len(only(read(put(tmp_path / "b.json", content))[0])["conditions"]) == 2
