"""Patients out of Synthea's `patients.csv`, with the allergies and conditions of the files beside it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from medidesk.errors import DomainError
from medidesk.importers.csv_rows import CsvRow, csv_rows
from medidesk.importers.fhir_clinical import (
    NO_KNOWN_ALLERGY,
    AllergyFact,
    ConditionFact,
    make_allergy,
    make_condition,
    severity,
    worst_first,
)
from medidesk.importers.fhir_values import Notes, PartialDate, SkipError, partial_date, shown, take
from medidesk.importers.found import Found
from medidesk.importers.limits import LIMITS, Limits
from medidesk.importers.report import Report, Weight, with_them
from medidesk.importers.sources import READ_ERRORS, DamagedError, Document, Tick, called, unreadable
from medidesk.models.patients import ClinicalState, IdentifierKind, Patient, PatientIdentifier, Sex
from medidesk.repositories.patients import checks
from medidesk.words import tr

PATIENTS, ALLERGIES, CONDITIONS = "patients", "allergies", "conditions"

# The same systems as in Synthea's FHIR bundles: whoever is in both is one patient.
_SYNTHEA = "https://github.com/synthetichealth/synthea"
_NUMBERS = (
    ("SSN", IdentifierKind.NATIONAL_ID, "http://hl7.org/fhir/sid/us-ssn"),
    ("DRIVERS", IdentifierKind.DRIVING_LICENCE, "urn:oid:2.16.840.1.113883.4.3.25"),
    (
        "PASSPORT",
        IdentifierKind.PASSPORT,
        "http://standardhealthrecord.org/fhir/StructureDefinition/passportNumber",
    ),
)
_SNOMED = "http://snomed.info/sct"
_SYSTEMS = {
    "": _SNOMED,
    "SNOMED-CT": _SNOMED,
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
_SEX = {"M": Sex.MALE, "F": Sex.FEMALE, "": Sex.UNKNOWN}
_NEEDED = {
    PATIENTS: ("ID", "BIRTHDATE", "FIRST", "LAST"),
    ALLERGIES: ("PATIENT", "DESCRIPTION"),
    CONDITIONS: ("PATIENT", "DESCRIPTION"),
}

type Cells = Mapping[str, str]


def is_csv(document: Document) -> bool:
    """Whether a document is one of Synthea's that are read, or any other CSV, by its name."""
    return document.file.lower().endswith(".csv")


class SyntheaReader:
    """Reads CSV files: first the allergies and conditions, then the patients, one by one."""

    def __init__(
        self, documents: list[Document], report: Report, limits: Limits = LIMITS, tick: Tick = lambda _: None
    ) -> None:
        self._report = report
        self._limits = limits
        self._tick = tick
        self._documents = [(kind, one) for one in documents if (kind := self._kind(one))]
        self._allergies: dict[str, list[AllergyFact]] = {}
        self._conditions: dict[str, list[ConditionFact]] = {}
        if documents and not any(kind == PATIENTS for kind, _ in self._documents):
            why = tr("There is no patients.csv.")
            report.say(Weight.FILE, called(Path(documents[0].group)), None, "", why)

    def _kind(self, document: Document) -> str:
        stem = PurePath(document.file).stem.lower()
        if stem in {ALLERGIES, CONDITIONS}:
            return stem
        # A file that was named is of patients, whatever it is called; a zip or folder may hold anything.
        if stem == PATIENTS or not document.member:
            return PATIENTS
        self._report.aside.append(document.file)
        return ""

    @property
    def size(self) -> int:
        """Bytes that will be read."""
        return sum(document.size for _, document in self._documents)

    def records(self) -> Iterator[Found]:
        """The patients."""
        for kind, document in self._documents:
            if kind != PATIENTS:
                self._collect(kind, document)
        for kind, document in self._documents:
            if kind == PATIENTS:
                for row in self._rows(kind, document):
                    yield from self._patient(document, row)
        self._left_over()

    def _rows(self, kind: str, document: Document) -> Iterator[CsvRow]:
        self._report.files += 1
        try:
            with document.open() as file:
                for row in csv_rows(file, self._limits, self._tick):
                    if row.why:
                        self._report.say(Weight.SKIPPED, document.name, row.number, "", row.why)
                        continue
                    missing = [name for name in _NEEDED[kind] if name not in row.cells]
                    if missing:
                        why = tr("It has no column {name}.", name=", ".join(missing))
                        self._report.say(Weight.FILE, document.name, None, "", why)
                        return
                    yield row
        except DamagedError as damage:
            self._report.say(Weight.FILE, document.name, None, "", str(damage))
        except READ_ERRORS as error:
            self._report.say(Weight.FILE, document.name, None, "", unreadable(error))

    # Allergies and conditions

    def _collect(self, kind: str, document: Document) -> None:
        for row in self._rows(kind, document):
            notes: Notes = []
            patient = row.cells["PATIENT"].strip()
            subject = tr("of patient {id}", id=shown(patient))
            try:
                if kind == ALLERGIES:
                    self._allergies.setdefault(patient, []).append(_allergy(row.cells, notes))
                else:
                    self._conditions.setdefault(patient, []).append(_condition(row.cells, notes))
            except SkipError as skip:
                self._report.say(Weight.SKIPPED, document.name, row.number, subject, str(skip))
                continue
            self._notes(document, row, subject, notes)

    def _left_over(self) -> None:
        for kind, some in ((ALLERGIES, self._allergies), (CONDITIONS, self._conditions)):
            for patient, facts in some.items():
                why = tr("{count} of a patient who is not in these files.", count=len(facts))
                self._report.say(Weight.SKIPPED, f"{kind}.csv", None, shown(patient), why)

    # Patients

    def _patient(self, document: Document, row: CsvRow) -> Iterator[Found]:
        notes: Notes = []
        own = row.cells["ID"].strip()
        subject = tr("Patient {id}", id=shown(own)).strip()
        allergies = dict.fromkeys(self._allergies.pop(own, []))
        conditions = dict.fromkeys(self._conditions.pop(own, []))
        try:
            record = _record(own, row.cells, notes)
        except SkipError as skip:
            why = " ".join((str(skip), *notes, *with_them(len(allergies), len(conditions))))
            self._report.say(Weight.SKIPPED, document.name, row.number, subject, why)
            return
        record["allergies"] = [fact._asdict() for fact in worst_first(list(allergies))]
        record["conditions"] = [fact._asdict() for fact in conditions]
        self._notes(document, row, subject, notes)
        yield Found(record, document.name, row.number, subject)

    def _notes(self, document: Document, row: CsvRow, subject: str, notes: Notes) -> None:
        for note in dict.fromkeys(notes):
            self._report.say(Weight.LEFT_OUT, document.name, row.number, subject, note)


def _record(own: str, cells: Cells, notes: Notes) -> dict[str, Any]:
    """The record of a row of patients.csv.

    Raises:
        SkipError: no id, no name, or an impossible birth date.
    """
    if not own:
        raise SkipError(tr("The row has no Id, without which a second import would bring the patient twice."))
    given = " ".join(part for part in (cells["FIRST"].strip(), cells.get("MIDDLE", "").strip()) if part)
    if not checks.tidy(given) and not checks.tidy(cells["LAST"]):
        raise SkipError(tr("The patient has no name."))
    born = _date(cells["BIRTHDATE"])
    wanted: dict[str, Any] = {
        "family_name": cells["LAST"],
        "given_name": given,
        "sex": _sex(cells.get("GENDER", ""), notes),
    }
    if born is not None:
        wanted |= {"born_on": born.day, "born_estimated": not born.exact}
    try:
        record = checks.checked(Patient, wanted)
        record["identifiers"] = [
            checks.require(
                PatientIdentifier, {"kind": IdentifierKind.FOREIGN, "system": _SYNTHEA, "value": own}
            )
        ]
    except DomainError as error:
        raise SkipError(error.sentence) from error
    _death(cells, record, notes)
    place = ", ".join(part for name in ("CITY", "STATE") if (part := cells.get(name, "").strip()))
    for name, value in (
        ("address", cells.get("ADDRESS", "")),
        ("city", place),
        ("postal_code", cells.get("ZIP", "")),
    ):
        if value.strip():
            take(record, Patient, name, value, notes)
    for column, kind, system in _NUMBERS:
        if value := cells.get(column, "").strip():
            try:
                one = checks.require(PatientIdentifier, {"kind": kind, "system": system, "value": value})
            except DomainError as error:
                notes.append(tr("A number left out. {why}", why=error.sentence))
            else:
                record["identifiers"].append(one)
    record["source"] = f"{_SYNTHEA}|{own}"
    return record


def _death(cells: Cells, record: dict[str, Any], notes: Notes) -> None:
    died = _noted_date(cells, "DEATHDATE", notes)
    born: dt.date | None = record.get("born_on")
    if died is None:
        return
    if not died.exact:
        record["desk_note"] = tr("Deceased in {when}; the day is not known.", when=cells["DEATHDATE"].strip())
    elif born is not None and died.day < born:
        notes.append(tr("Date of death left out: it is before the birth date."))
    else:
        take(record, Patient, "died_on", died.day, notes)


def _sex(text: str, notes: Notes) -> Sex:
    letter = text.strip().upper()
    if letter not in _SEX:
        notes.append(tr("The gender “{value}” is not M or F: kept as unknown.", value=shown(text)))
    return _SEX.get(letter, Sex.UNKNOWN)


def _allergy(cells: Cells, notes: Notes) -> AllergyFact:
    if cells.get("CODE", "") in NO_KNOWN_ALLERGY:
        raise SkipError(tr("It says that no allergy is known, which is not an allergy."))
    reactions = [cells.get(f"DESCRIPTION{number}", "").strip() for number in (1, 2)]
    told = [cells.get(f"SEVERITY{number}", "").strip().lower() for number in (1, 2)]
    return make_allergy(
        cells["DESCRIPTION"],
        ", ".join(filter(None, reactions)),
        severity(told),
        ClinicalState.RESOLVED if cells.get("STOP", "").strip() else ClinicalState.ACTIVE,
        _noted_date(cells, "START", notes),
        _coded(cells),
        notes,
    )


def _condition(cells: Cells, notes: Notes) -> ConditionFact:
    ended = _noted_date(cells, "STOP", notes)
    stopped = bool(cells.get("STOP", "").strip())
    return make_condition(
        cells["DESCRIPTION"],
        ClinicalState.RESOLVED if stopped else ClinicalState.ACTIVE,
        _noted_date(cells, "START", notes),
        ended,
        _coded(cells),
        notes,
    )


def _coded(cells: Cells) -> list[tuple[str, str]]:
    code = cells.get("CODE", "").strip()
    system = cells.get("SYSTEM", "").strip()
    return [(_SYSTEMS.get(system.upper(), system), code)] if code else []


def _date(text: str) -> PartialDate | None:
    """A birth date.

    Raises:
        SkipError: it is none.
    """
    if not text.strip():
        return None
    try:
        return partial_date(text)
    except ValueError:
        raise SkipError(tr("The birth date “{value}” is not a date.", value=shown(text))) from None


def _noted_date(cells: Cells, name: str, notes: Notes) -> PartialDate | None:
    text = cells.get(name, "")
    if not text.strip():
        return None
    try:
        return partial_date(text)
    except ValueError:
        notes.append(tr("“{name}”: “{value}” is not a date.", name=name, value=shown(text)))
        return None
