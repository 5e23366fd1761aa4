"""Bringing files into the clinic: one operation for each patient, and a report."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from medidesk.errors import (
    DiskFull,
    MediDeskError,
    NotAllowed,
    ServerUnreachable,
    StationFilesProblem,
)
from medidesk.importers.fhir import FhirReader
from medidesk.importers.found import Found
from medidesk.importers.limits import LIMITS, Limits
from medidesk.importers.report import Report, Weight
from medidesk.importers.sources import documents
from medidesk.importers.synthea_csv import ALLERGIES, CONDITIONS, PATIENTS, SyntheaReader, is_csv
from medidesk.models.search import fold
from medidesk.permissions import Need
from medidesk.repositories import patients
from medidesk.station import Queued, Refused, Station
from medidesk.words import tr

type FileKind = Literal["fhir", "csv"]

_TELL_EVERY = 0.1  # seconds between two calls of `progress`: faster than anyone reads
_PATIENCE = 30.0
_DIGEST = 16
_FATAL = (DiskFull, NotAllowed, ServerUnreachable, StationFilesProblem)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is.

    Attributes:
        done, total: bytes read, of those to read; both readings of a FHIR file count.
        patients: patients dealt with.
    """

    done: int
    total: int
    patients: int


class Cancelled(Protocol):
    """Such as `threading.Event`."""

    def is_set(self) -> bool:
        """Whether the import should end after the patient in hand."""


def import_files(
    station: Station | None,
    paths: Iterable[Path],
    *,
    kind: FileKind | None = None,
    progress: Callable[[ImportProgress], None] | None = None,
    dry_run: bool = False,
    cancelled: Cancelled | None = None,
    limits: Limits = LIMITS,
) -> Report:
    """Import patients from FHIR R4 files (bundle, NDJSON, zip) or Synthea's CSV (plain, zip, folder).

    Blocks for as long as it takes; not for a thread that paints. Bad input never raises: it becomes a line of the
    report, and the rest goes in.

    Args:
        station: where to; may be None in a dry run.
        paths: the files. Those named together belong together: an allergy in one may be of a patient in another.
        kind: what they are; told by their names if left out.
        progress: called now and then, on this thread.
        dry_run: read and check everything, and save nothing.
        cancelled: ends the import early; what is in stays in.
        limits: of sizes.
    """
    return _Import(station, dry_run, progress, cancelled, limits).run(list(paths), kind)


class _Import:
    def __init__(
        self,
        station: Station | None,
        dry_run: bool,
        progress: Callable[[ImportProgress], None] | None,
        cancelled: Cancelled | None,
        limits: Limits,
    ) -> None:
        self._station = None if dry_run else station
        self._progress = progress
        self._cancelled = cancelled
        self._limits = limits
        self._report = Report(dry_run=dry_run, lines_most=limits.lines)
        self._owners: dict[bytes, bytes] = {}  # whose each number of these files is, as digests
        self._done = self._total = self._patients = 0
        self._told = 0.0
        if self._station is None and not dry_run:
            msg = "an import needs a station, or is a dry run"
            raise TypeError(msg)

    def run(self, paths: list[Path], kind: FileKind | None) -> Report:
        with ExitStack() as opened:
            found = documents(_with_csv_beside(paths, kind), self._report, opened, self._limits)
            csv = [one for one in found if kind == "csv" or (kind is None and is_csv(one))]
            fhir = [one for one in found if kind == "fhir" or (kind is None and not is_csv(one))]
            readers: list[FhirReader | SyntheaReader] = []
            if fhir:
                readers.append(FhirReader(fhir, self._report, self._limits, self._tick))
            if csv:
                readers.append(SyntheaReader(csv, self._report, self._limits, self._tick))
            self._total = sum(reader.size for reader in readers)
            try:
                for reader in readers:
                    for one in reader.records():
                        self._take(one)
            except _StopError as stop:
                self._report.stopped = str(stop)
        self._tell(at_once=True)
        return self._report

    def _take(self, found: Found) -> None:
        if self._cancelled is not None and self._cancelled.is_set():
            raise _StopError(tr("The import was cancelled. What is in stays in; run it again for the rest."))
        self._drop_numbers_of_others(found)
        try:
            taken = self._fits(found) and self._save(found)
        except _FATAL as error:
            raise _StopError(tr("The import ended early. {why}", why=error)) from error
        except MediDeskError as error:
            self._skip(found, str(error))
            taken = False
        if taken:
            self._report.allergies += len(found.record["allergies"])
            self._report.conditions += len(found.record["conditions"])
        self._patients += 1
        self._tell()

    def _fits(self, found: Found) -> bool:
        """Whether a patient's rows can be one operation; the report says where not."""
        lists = ("identifiers", "next_of_kin", "allergies", "conditions")
        rows = sum(len(found.record.get(name, ())) for name in lists)
        if rows <= self._limits.rows:
            return True
        why = tr(
            "It has {count} numbers, contacts, allergies and conditions: more than the {most} that one file may.",
            count=f"{rows:,}",
            most=f"{self._limits.rows:,}",
        )
        self._skip(found, why)
        return False

    def _save(self, found: Found) -> bool:
        """Save a patient; whether they are in the clinic now."""
        if self._station is None:
            self._report.added += 1
            return True
        clinical = found.record["allergies"] or found.record["conditions"]
        if clinical and not self._station.can("clinical", Need.ADD):
            # Without them the file would say that there are none.
            self._skip(
                found,
                tr(
                    "It comes with allergies or conditions, which your roles do not include. Ask a doctor or nurse."
                ),
            )
            return False
        before = self._station.read(patients.imported, found.record["source"])
        known = None if before is None else self._station.read(patients.by_id, before)
        if known is not None and _is_someone_else(known, found.record):
            self._skip(
                found, tr("Another patient was imported under the same id: it tells too little apart.")
            )
            return False
        outcome = self._station.run(patients.import_patient, found.record, patience=_PATIENCE)
        if isinstance(outcome, Refused):
            self._skip(found, outcome.reason)
            return False
        if outcome.row is None:
            self._report.unchanged += 1
            return True
        if known is None:
            self._report.added += 1
        else:
            self._report.completed += 1
        self._report.waiting += isinstance(outcome, Queued)
        return True

    def _skip(self, found: Found, why: str) -> None:
        self._report.say(Weight.SKIPPED, found.file, found.entry, found.subject, why)

    def _drop_numbers_of_others(self, found: Found) -> None:
        """A number that an earlier patient of these files has is left out, and said: one of the two is wrong."""
        record = found.record
        own = _digest(record["source"])
        kept = []
        for one in record["identifiers"]:
            number = _digest("\n".join((one["kind"], one["system"], one["value"])))
            if self._owners.setdefault(number, own) == own:
                kept.append(one)
                continue
            why = tr(
                "The number {value} is an earlier patient's of these files and was left out: are the two one?",
                value=one["value"],
            )
            self._report.say(Weight.LEFT_OUT, found.file, found.entry, found.subject, why)
        record["identifiers"] = kept

    def _tick(self, count: int) -> None:
        self._done += count
        self._tell()
        if self._cancelled is not None and self._cancelled.is_set():
            raise _StopError(tr("The import was cancelled. What is in stays in; run it again for the rest."))

    def _tell(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if self._progress is not None and (at_once or now - self._told >= _TELL_EVERY):
            self._told = now
            self._progress(ImportProgress(self._done, self._total, self._patients))


class _StopError(Exception):
    """The import ends here; why, in a sentence."""


def _digest(text: str) -> bytes:
    """Tells texts apart in 16 bytes: a large export holds a million numbers."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=_DIGEST).digest()


def _is_someone_else(known: patients.PatientRow, record: dict[str, Any]) -> bool:
    """Whether a file found by a record's source is plainly another person's: other name and other birth date.

    Bare ids such as "Patient/1" are unique only on their own server.
    """
    own = (record.get("family_name", ""), record.get("given_name", ""))
    born = record.get("born_on")
    return (
        fold(known.family_name) != fold(own[0])
        and fold(known.given_name) != fold(own[1])
        and born is not None
        and known.born_on is not None
        and known.born_on != born
    )


def _with_csv_beside(paths: list[Path], kind: FileKind | None) -> list[Path]:
    """CSV files with those that belong to them: of a folder, and beside a `patients.csv`."""
    if kind == "fhir":
        return paths
    found: list[Path] = []
    for path in paths:
        # Not Path.is_dir: before Python 3.14 it raises where the folder may not be entered.
        folder = os.path.isdir(path)  # noqa: PTH112
        patients_file = path / f"{PATIENTS}.csv" if folder else path
        if folder and not os.path.exists(patients_file):  # noqa: PTH110
            found.append(path)
            continue
        found.append(patients_file)
        if patients_file.name.lower() == f"{PATIENTS}.csv":
            beside = [patients_file.with_name(f"{stem}.csv") for stem in (ALLERGIES, CONDITIONS)]
            found += [one for one in beside if one.exists()]
    return list(dict.fromkeys(found))
