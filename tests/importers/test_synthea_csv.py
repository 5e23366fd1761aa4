"""What becomes of Synthea's CSV files, whole and broken."""

import datetime as dt
from pathlib import Path

import pytest

from medidesk.importers import Weight, import_files
from medidesk.importers.limits import Limits
from medidesk.models.patients import ClinicalState, IdentifierKind, Severity, Sex
from tests.importers.samples import SNOMED, Json, only, put, read_csv, whys, zipped

SSN = "http://hl7.org/fhir/sid/us-ssn"
HEADER = "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,MIDDLE,LAST,GENDER,ADDRESS,CITY,STATE,ZIP"
ANA = (
    "one,1984-03-12,,999-17-5017,S99994942,X79835501X,Ms.,Ana,María,García,F,784 Stamm Lock,Mashpee,MA,02155"
)
ALLERGIES = """START,STOP,PATIENT,ENCOUNTER,CODE,SYSTEM,DESCRIPTION,TYPE,CATEGORY,REACTION1,DESCRIPTION1,SEVERITY1,\
REACTION2,DESCRIPTION2,SEVERITY2
2009-09-27,,one,e,111088007,SNOMED-CT,Latex (substance),allergy,environment,1,Itching,MODERATE,2,Rash,MILD
2009-09-27,2011-01-01,one,e,29046,RxNorm,Lisinopril,allergy,medication,,,,,,
2009-09-27,,one,e,716186003,,No known allergy,,,,,,,,
2009-09-27,,gone,e,1,,Dust,,,,,,,,
"""
CONDITIONS = """START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION
2023-01-27,2023-02-09,one,e,195662009,Acute viral pharyngitis (disorder)
1975-01-05,,one,e,53741008,Coronary Heart Disease
"""


def table(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows, "")).encode()


def row(own: str, **cells: str) -> str:
    values = dict(zip(HEADER.split(","), ANA.split(","), strict=True)) | {"Id": own, "SSN": ""} | cells
    return ",".join(values.values())


def test_a_whole_patient_with_what_lies_beside(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "csv.zip",
        {"out/patients.csv": table(ANA), "out/allergies.csv": ALLERGIES.encode(),
         "out/conditions.csv": CONDITIONS.encode(), "out/claims.csv": b"x"},
    )  # fmt: skip
    found, report = read_csv(path)
    synthea = "https://github.com/synthetichealth/synthea"
    assert only(found) == {
        "family_name": "García",
        "given_name": "Ana María",
        "sex": Sex.FEMALE,
        "born_on": dt.date(1984, 3, 12),
        "born_estimated": False,
        "address": "784 Stamm Lock",
        "city": "Mashpee, MA",
        "postal_code": "02155",
        "identifiers": [
            {"kind": IdentifierKind.FOREIGN, "system": synthea, "value": "one"},
            {"kind": IdentifierKind.NATIONAL_ID, "system": SSN, "value": "999-17-5017"},
            {"kind": IdentifierKind.DRIVING_LICENCE, "system": "urn:oid:2.16.840.1.113883.4.3.25",
             "value": "S99994942"},
            {"kind": IdentifierKind.PASSPORT,
             "system": "http://standardhealthrecord.org/fhir/StructureDefinition/passportNumber",
             "value": "X79835501X"},
        ],
        "allergies": [
            {"substance": "Latex (substance)", "reaction": "Itching, Rash", "severity": Severity.MODERATE,
             "state": ClinicalState.ACTIVE, "noted_on": dt.date(2009, 9, 27), "code": "111088007",
             "code_system": SNOMED},
            {"substance": "Lisinopril", "reaction": "", "severity": Severity.UNKNOWN,
             "state": ClinicalState.RESOLVED, "noted_on": dt.date(2009, 9, 27), "code": "29046",
             "code_system": "http://www.nlm.nih.gov/research/umls/rxnorm"},
        ],
        "conditions": [
            {"text": "Acute viral pharyngitis (disorder)", "state": ClinicalState.RESOLVED,
             "onset_on": dt.date(2023, 1, 27), "ended_on": dt.date(2023, 2, 9), "code": "195662009",
             "code_system": SNOMED},
            {"text": "Coronary Heart Disease", "state": ClinicalState.ACTIVE,
             "onset_on": dt.date(1975, 1, 5), "ended_on": None, "code": "53741008", "code_system": SNOMED},
        ],
        "source": f"{synthea}|one",
    }  # fmt: skip
    assert report.aside == ["claims.csv"]
    assert [(line.entry, line.subject) for line in report.lines] == [(4, "of patient one"), (None, "gone")]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"FIRST": "", "MIDDLE": " ", "LAST": ""}, "no name"),
        ({"BIRTHDATE": "2999-01-01"}, "in the future"),
        ({"BIRTHDATE": "12/03/1984"}, "“12/03/1984” is not a date"),
        ({"LAST": "x" * 101}, "Family name is too long"),
        ({"Id": ""}, "no Id"),
    ],
)
def test_who_cannot_be_imported_gets_a_line_and_the_rest_goes_in(
    tmp_path: Path, cells: dict[str, str], why: str
) -> None:
    path = put(tmp_path / "patients.csv", table(row("bad", **cells), row("good")))
    report = import_files(None, [path], dry_run=True)
    assert report.added == 1
    (line,) = report.lines
    assert (line.weight, line.entry) == (Weight.SKIPPED, 2)
    assert why in line.why


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"GENDER": "X"}, "“X” is not M or F"),
        ({"SSN": "9" * 101}, "A number left out"),
        ({"ZIP": "9" * 21}, "Postal code left out"),
        ({"DEATHDATE": "1950-01-01"}, "before the birth date"),
        ({"DEATHDATE": "soon"}, "“soon” is not a date"),
    ],
)
def test_a_value_that_cannot_be_kept_is_left_out_and_told(
    tmp_path: Path, cells: dict[str, str], note: str
) -> None:
    found, report = read_csv(put(tmp_path / "patients.csv", table(row("one", **cells))))
    assert only(found)["family_name"] == "García"
    assert [note in why for why in whys(report, Weight.LEFT_OUT)] == [True]


BAD_ROWS = [
    (b"two,cells", "2 cells"),
    (row("x", FIRST='"Ana').encode(), "quotes"),
    (row("x").encode().replace("í".encode(), b"\xed"), "not UTF-8"),
    (row("x", FIRST="z" * 9000).encode(), "larger than"),
]


@pytest.mark.parametrize(("bad", "why"), BAD_ROWS)
def test_a_broken_row_costs_itself_only(tmp_path: Path, bad: bytes, why: str) -> None:
    lines = table(row("1"), "BAD", row("2"), row("3", LAST='"of two\nlines"')).replace(b"BAD", bad)
    found, report = read_csv(put(tmp_path / "p.csv", lines), limits=Limits(entry_bytes=8000))
    assert [one.record["source"][-1] for one in found] == ["1", "2", "3"]
    assert found[-1].record["family_name"] == "of two lines"
    assert [(line.entry, why in line.why) for line in report.lines] == [(3, True)]


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b",", b";"),
        lambda text: text.replace(HEADER.encode(), HEADER.lower().encode()),
        lambda text: text.rstrip(b"\n"),
        lambda text: text.replace(b"\n", b"\n\n"),
    ],
)
def test_every_way_of_writing_one_table(tmp_path: Path, rewrite: object) -> None:
    assert callable(rewrite)
    found, report = read_csv(put(tmp_path / "p.csv", rewrite(table(ANA))))
    assert only(found)["given_name"] == "Ana María"
    assert report.lines == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\n1,2\n", "no column ID, BIRTHDATE, FIRST, LAST"),
        (b"\xff\xfd,b\n1,2\n", "not UTF-8"),
        (b"", "empty"),
        (table(ANA).replace(b"\n", b"\r"), "does not name the columns"),
        (b'Id,"FIRST' + table(ANA), "does not name the columns"),
        (table(ANA).replace(b"ZIP", b"Last"), "names the column LAST twice"),
    ],
)
def test_a_table_of_something_else_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    report = import_files(None, [put(tmp_path / "x.csv", content)], dry_run=True)
    assert why in whys(report, Weight.FILE)[0]


def test_a_folder_and_the_files_beside_a_patients_csv_are_found(tmp_path: Path) -> None:
    put(tmp_path / "patients.csv", table(ANA))
    put(tmp_path / "conditions.csv", CONDITIONS.encode())
    for path in (tmp_path, tmp_path / "patients.csv"):
        report = import_files(None, [path], kind="csv", dry_run=True)
        assert (report.added, report.conditions) == (1, 2)


def test_a_zip_without_patients_is_told(tmp_path: Path) -> None:
    report = import_files(None, [zipped(tmp_path / "z.zip", {"claims.csv": b"x"})], kind="csv", dry_run=True)
    assert whys(report) == ["There is no patients.csv."]


def test_the_same_number_of_two_patients_stays_with_the_first(tmp_path: Path) -> None:
    same: Json = {"SSN": "999-17-5017", "DRIVERS": "", "PASSPORT": ""}
    report = import_files(
        None, [put(tmp_path / "p.csv", table(row("1", **same), row("2", **same)))], dry_run=True
    )
    assert report.added == 2
    (line,) = report.lines
    assert (line.weight, line.entry) == (Weight.LEFT_OUT, 3)
    assert "999-17-5017 is an earlier patient's" in line.why
