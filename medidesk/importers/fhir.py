"""Patients out of FHIR files, each with all that is said about them anywhere in the files.

The files are read twice. A bundle may name an allergy before its patient, and a bulk export keeps patients,
allergies and conditions in files of their own; so the first reading collects allergies and conditions by patient,
as compact tuples in memory (temporary files must not hold patient data), and the second makes one record
of each patient. Memory grows with the allergies and conditions (some 200 bytes each) and the patients' names
in the files' references (some 150), not with the files: observations, claims and the like pass by.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from medidesk.importers.fhir_clinical import AllergyFact, Fact, allergy, condition, worst_first
from medidesk.importers.fhir_patient import patient_record, replaced_by
from medidesk.importers.fhir_values import Json, Notes, SkipError, shown, string
from medidesk.importers.found import Found
from medidesk.importers.json_stream import Entry, entries
from medidesk.importers.limits import LIMITS, Limits
from medidesk.importers.report import Report, Weight, with_them
from medidesk.importers.sources import READ_ERRORS, DamagedError, Document, Tick, unreadable
from medidesk.words import tr

_SUFFIXES = (".json", ".ndjson", ".jsonl")
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,60}", re.ASCII)
_READERS: dict[str, Callable[[Json, Notes], Fact]] = {"AllergyIntolerance": allergy, "Condition": condition}
_SUBJECTS = {"AllergyIntolerance": "patient", "Condition": "subject"}
_VERSION = re.compile(r"/_history/[^/]*$")
_SEVERAL = ""  # in place of a patient: a reference that more than one answers to


@dataclass(frozen=True, slots=True)
class _Loose:
    """A fact whose patient is not in its own document."""

    file: str
    entry: int
    subject: str
    names: tuple[str, ...]
    fact: Fact


class FhirReader:
    """Reads documents; see the module."""

    def __init__(
        self, documents: list[Document], report: Report, limits: Limits = LIMITS, tick: Tick = lambda _: None
    ) -> None:
        self._documents = list(self._json_only(documents, report))
        self._report = report
        self._limits = limits
        self._tick = tick
        self._facts: dict[str, list[Fact]] = {}
        self._kept: dict[str, str] = {}  # who was replaced, and by whom

    @staticmethod
    def _json_only(documents: list[Document], report: Report) -> Iterator[Document]:
        for document in documents:
            # A file that was named is tried whatever it is called; of a zip, what is FHIR by its name.
            if document.file.lower().endswith(_SUFFIXES) or not document.member:
                yield document
            else:
                report.aside.append(document.name)

    @property
    def size(self) -> int:
        """Bytes that both readings go through."""
        return 2 * sum(document.size for document in self._documents)

    def records(self) -> Iterator[Found]:
        """The patients."""
        self._collect()
        for index, document in enumerate(self._documents):
            for entry in self._entries(document, first=False):
                if entry.resource["resourceType"] == "Patient":
                    yield from self._patient(index, document, entry)

    def _entries(self, document: Document, *, first: bool) -> Iterator[Entry]:
        """The readable entries; the first reading reports the others."""
        try:
            with document.open() as file:
                for entry in entries(file, document.file, self._limits, self._tick):
                    if isinstance(entry, Entry):
                        yield entry
                    elif first:
                        self._report.say(Weight.SKIPPED, document.name, entry.number, "", entry.why)
        except DamagedError as damage:
            if first:
                self._report.say(Weight.FILE, document.name, None, "", str(damage))
        except READ_ERRORS as error:
            if first:
                self._report.say(Weight.FILE, document.name, None, "", unreadable(error))

    # First reading

    def _collect(self) -> None:
        everywhere: dict[str, str] = {}
        loose: list[_Loose] = []
        later: dict[str, tuple[str, ...]] = {}
        for index, document in enumerate(self._documents):
            self._report.files += 1
            here: dict[str, str] = {}
            facts: list[_Loose] = []
            replaced: dict[str, tuple[str, ...]] = {}
            for entry in self._entries(document, first=True):
                kind = entry.resource["resourceType"]
                if kind == "Patient":
                    _add_names(here, entry, index)
                    if names := _in_its_place(entry):
                        replaced[_owner(entry, index)] = names
                elif kind in _READERS:
                    facts += (
                        one for one in self._fact(document, entry) if not self._settle_at_once(one, here)
                    )
                elif kind == "Bundle":
                    why = tr("A bundle inside a bundle is not opened. Import it as a file of its own.")
                    self._report.say(Weight.SKIPPED, document.name, entry.number, "", why)
                elif _TYPE.fullmatch(kind):
                    self._report.passed_over(kind)
                else:
                    why = tr("“{kind}” is no FHIR resource.", kind=shown(kind))
                    self._report.say(Weight.SKIPPED, document.name, entry.number, "", why)
            loose += [one for one in facts if not self._settle(one, here)]
            later |= self._replace(replaced, here)
            for name, owner in here.items():
                known = everywhere.setdefault(name, owner)
                if known != owner and not _is_global(name):
                    everywhere[name] = _SEVERAL
        for one in loose:
            if not self._settle(one, everywhere):
                several = any(name in everywhere for name in one.names)
                why = _ambiguous() if several else tr("Its patient is not in these files.")
                self._report.say(Weight.SKIPPED, one.file, one.entry, one.subject, why)
        self._replace(later, everywhere)
        self._hand_on()

    def _fact(self, document: Document, entry: Entry) -> Iterator[_Loose]:
        kind = entry.resource["resourceType"]
        notes: Notes = []
        subject = _subject(entry)
        try:
            fact = _READERS[kind](entry.resource, notes)
            names = _references(entry, _SUBJECTS[kind], notes)
        except SkipError as skip:
            self._report.say(Weight.SKIPPED, document.name, entry.number, subject, str(skip))
            return
        self._notes(document, entry, subject, notes)
        yield _Loose(document.name, entry.number, subject, names, fact)

    def _settle_at_once(self, one: _Loose, here: dict[str, str]) -> bool:
        """Settle a fact whose patient came before it under a name that no other can have."""
        name = one.names[0]
        return _is_global(name) and name in here and self._settle(one, here)

    def _settle(self, one: _Loose, owners: dict[str, str]) -> bool:
        """Put a fact to its patient, if its reference names exactly one."""
        owner = next((owners[name] for name in one.names if name in owners), _SEVERAL)
        if owner == _SEVERAL:
            return False
        self._facts.setdefault(owner, []).append(one.fact)
        return True

    def _replace(
        self, replaced: dict[str, tuple[str, ...]], owners: dict[str, str]
    ) -> dict[str, tuple[str, ...]]:
        """Note who stands in whose place; returns those whose successor is not known here."""
        unknown = {}
        for owner, names in replaced.items():
            kept = next((owners[name] for name in names if name in owners), _SEVERAL)
            if kept == _SEVERAL:
                unknown[owner] = names
            else:
                self._kept[owner] = kept
        return unknown

    def _hand_on(self) -> None:
        """What is said of a record that was replaced is said of the one in its place."""
        for owner in self._kept:
            kept, seen = owner, set()
            while kept in self._kept and kept not in seen:
                seen.add(kept)
                kept = self._kept[kept]
            if owner in self._facts and kept not in seen:
                self._facts.setdefault(kept, []).extend(self._facts.pop(owner))

    # Second reading

    def _patient(self, index: int, document: Document, entry: Entry) -> Iterator[Found]:
        notes: Notes = []
        subject = _subject(entry)
        facts = dict.fromkeys(self._facts.pop(_owner(entry, index), ()))
        allergies = [fact for fact in facts if isinstance(fact, AllergyFact)]
        conditions = [fact for fact in facts if not isinstance(fact, AllergyFact)]
        try:
            record = patient_record(entry.resource, entry.full_url, notes)
        except SkipError as skip:
            why = " ".join((str(skip), *dict.fromkeys(notes), *with_them(len(allergies), len(conditions))))
            self._report.say(Weight.SKIPPED, document.name, entry.number, subject, why)
            return
        record["allergies"] = [fact._asdict() for fact in worst_first(allergies)]
        record["conditions"] = [fact._asdict() for fact in conditions]
        self._notes(document, entry, subject, notes)
        yield Found(record, document.name, entry.number, subject)

    def _notes(self, document: Document, entry: Entry, subject: str, notes: Notes) -> None:
        for note in dict.fromkeys(notes):
            self._report.say(Weight.LEFT_OUT, document.name, entry.number, subject, note)


def _ambiguous() -> str:
    return tr("Its reference names several patients of these files, so it was given to none.")


def _subject(entry: Entry) -> str:
    own = entry.resource.get("id")
    return f"{entry.resource['resourceType']} {shown(own) if isinstance(own, str) else ''}".strip()


# References: which patient an allergy is about


def _is_global(name: str) -> bool:
    """Whether a name means the same patient in every file."""
    return name.startswith(("urn:", "http:", "https:"))


def _owner(entry: Entry, index: int) -> str:
    """A patient's place in `_facts`: told apart by document, since two may both have a Patient/1."""
    own = entry.resource.get("id")
    return f"{index}|{entry.full_url or (own if isinstance(own, str) else '') or f'#{entry.number}'}"


def _add_names(names: dict[str, str], entry: Entry, index: int) -> None:
    """Note what references may call a patient."""
    owner = _owner(entry, index)
    own = entry.resource.get("id")
    called = [entry.full_url] if entry.full_url else []
    if isinstance(own, str) and own:
        called.append(f"Patient/{own}")
        if not entry.full_url:  # a bulk export: addresses of its server mean this one
            called.append(f"*/Patient/{own}")
    for name in called:
        if names.setdefault(name, owner) != owner:
            names[name] = _SEVERAL


def _references(entry: Entry, element: str, notes: Notes) -> tuple[str, ...]:
    """What the patient of an allergy or condition may be called, the most certain first.

    Raises:
        SkipError: it names no patient, or one that cannot be looked up.
    """
    names = _called_in(entry, entry.resource.get(element), notes)
    if not names:
        raise SkipError(tr("It does not say whose it is."))
    return names


def _in_its_place(entry: Entry) -> tuple[str, ...]:
    """What the record that replaces this patient's may be called; empty if none does."""
    notes: Notes = []
    links = (_called_in(entry, link.get("other"), notes) for link in replaced_by(entry.resource, notes))
    return next(filter(None, links), ())


def _called_in(entry: Entry, target: object, notes: Notes) -> tuple[str, ...]:
    """What a Reference in an entry may call a patient; empty if it names none that can be looked up."""
    name = string(target, "reference", notes).strip() if isinstance(target, dict) else ""
    name = _VERSION.sub("", name)
    if not name or name.startswith("#"):
        return ()
    own = re.split(r"[/:]", name)[-1]
    if name.startswith("urn:"):
        return name, f"Patient/{own}"
    if _is_global(name):
        return name, f"*/Patient/{own}"
    base, marker, _ = entry.full_url.rpartition(f"{entry.resource['resourceType']}/")
    return (f"{base}{name}", name) if marker and _is_global(base) else (name,)
