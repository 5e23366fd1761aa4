"""Synthea's CSV files: patients, and the allergies and conditions beside them."""

import io

from medidesk.importers.report import Report
from medidesk.importers.sources import Document
from medidesk.importers.synthea_csv import SyntheaReader

_PARTED = b"\x1e"  # one file from the next
_NAMES = ("patients.csv", "allergies.csv", "conditions.csv")
SEEDS = (
    (
        b"Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,FIRST,MIDDLE,LAST,GENDER,CITY,STATE\n"
        b"one,1984-03-12,2020-01-01,999-17-5017,S99994942,X79835501X,Ana,M,Garcia,F,Mashpee,MA\n"
        b'two;1900-01-01;;;;;"A;\nb";;C;M;;\n'
        b"\x1eSTART,STOP,PATIENT,CODE,SYSTEM,DESCRIPTION,REACTION1,DESCRIPTION1,SEVERITY1\n"
        b"2009-09-27,,one,111088007,SNOMED-CT,Latex,1,Itching,MODERATE\n"
        b"\x1eSTART,STOP,PATIENT,CODE,DESCRIPTION\n2023-01-27,2023-02-09,one,195662009,Asthma\n"
    ),
    b"\xef\xbb\xbfid\tbirthdate\tfirst\tlast\n1\t1.1.1\ta\tb\n",
)


def one(data: bytes) -> None:
    """Every patient that is found has a name and can be shown; every fault is a line of the report."""
    files = [
        Document(name, name, "", len(part), lambda part=part: io.BytesIO(part))  # type: ignore[misc]
        for name, part in zip(_NAMES, data.split(_PARTED), strict=False)
    ]
    report = Report(dry_run=True, lines_most=1_000)
    for found in SyntheaReader(files, report).records():
        if not (found.record["family_name"] or found.record["given_name"]):
            raise AssertionError("a patient without a name")
    for line in report.lines:
        if "\0" in str(line):
            raise AssertionError("control signs in a report")
