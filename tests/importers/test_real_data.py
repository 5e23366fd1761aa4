"""The real exports: every patient, allergy and condition in them arrives, and everything else is counted."""

import csv
import io
import json
import zipfile
from collections import Counter

import pytest

from medidesk.importers import import_files
from tests.importers.samples import read, read_csv, real


@pytest.mark.long
def test_every_patient_of_the_fhir_bundles() -> None:
    path = real("synthea-fhir-r4/bundles.zip")
    kinds: Counter[str] = Counter()
    names = set()
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            for one in json.loads(archive.read(member))["entry"]:
                kinds[one["resource"]["resourceType"]] += 1
                if one["resource"]["resourceType"] == "Patient":
                    names.add(one["resource"]["name"][0]["family"])
    found, report = read(path)
    assert len(found) == kinds.pop("Patient") == 64
    assert {one.record["family_name"] for one in found} == names
    assert sum(len(one.record["allergies"]) for one in found) == kinds.pop("AllergyIntolerance") == 21
    assert sum(len(one.record["conditions"]) for one in found) == kinds.pop("Condition") == 505
    assert len({one.record["source"] for one in found}) == 64
    assert report.other == kinds
    assert report.lines == []


def test_every_patient_of_the_csv_export() -> None:
    path = real("synthea-csv/csv.zip")
    with zipfile.ZipFile(path) as archive:

        def rows(name: str) -> list[dict[str, str]]:
            return list(csv.DictReader(io.StringIO(archive.read(name).decode())))

        people, allergies, conditions = rows("patients.csv"), rows("allergies.csv"), rows("conditions.csv")
    found, report = read_csv(path)
    assert [one.record["family_name"] for one in found] == [one["LAST"] for one in people]
    assert [str(one.record["born_on"]) for one in found] == [one["BIRTHDATE"] for one in people]
    assert sum(len(one.record["allergies"]) for one in found) == len(allergies)
    assert sum(len(one.record["conditions"]) for one in found) == len(conditions)
    assert report.lines == []


def test_both_in_one_import() -> None:
    report = import_files(
        None, [real("synthea-fhir-r4/bundles.zip"), real("synthea-csv/csv.zip")], dry_run=True
    )
    assert (report.added, report.allergies, report.conditions) == (64 + 27, 21 + 40, 505 + 438)
    assert report.lines == []
