"""What an import did, and line by line what it did not do and why."""

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from medidesk.errors import ImportRefused
from medidesk.importers.limits import LIMITS
from medidesk.words import counted, tr

OTHER_TYPES_MOST = 200  # FHIR R4 has 148; a file that makes up more has them counted together
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Weight(StrEnum):
    """How much of the input a line of the report is about."""

    FILE = "file"  # a file, or the rest of one, was not read
    SKIPPED = "skipped"  # this entry was not imported
    LEFT_OUT = "left out"  # the entry is in, without this value


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was not imported.

    Attributes:
        weight: how much.
        file: the file, and for a zip its member: "export.zip: a.json".
        entry: the entry of a bundle or the line of a file, counted from 1; None for the file itself.
        subject: what it is, "Patient 17"; may be empty.
        why: a sentence.
    """

    weight: Weight
    file: str
    entry: int | None
    subject: str
    why: str

    def __str__(self) -> str:
        where = self.file if self.entry is None else f"{self.file}, {self.entry}"
        return ": ".join(part for part in (where, self.subject, self.why) if part)


@dataclass(slots=True)
class Report:
    """What one import did.

    Attributes:
        dry_run: nothing was saved; the counts say what would have been.
        files: files read (members of a zip each count).
        patients: patients brought in, now or (with more about them) earlier.
        added: patients new to the clinic. In a dry run: those who would be imported.
        completed: patients who were here already and of whom something was added.
        unchanged: patients who were here already, with everything.
        waiting: of the added and completed, those that the server has yet to confirm.
        allergies, conditions: in the records that went in.
        other: resources of types that are not imported, by type.
        aside: files of a zip that are none of those an import reads.
        lines: what was not imported and why; at most `lines_most`.
        stopped: why the import ended early, in a sentence; empty if it did not.
    """

    dry_run: bool = False
    files: int = 0
    added: int = 0
    completed: int = 0
    unchanged: int = 0
    waiting: int = 0
    allergies: int = 0
    conditions: int = 0
    other: Counter[str] = field(default_factory=Counter)
    aside: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    lines_most: int = LIMITS.lines
    stopped: str = ""
    _counts: Counter[Weight] = field(default_factory=Counter)

    @property
    def patients(self) -> int:
        """Patients of the files who are in the clinic now (in a dry run: who would be)."""
        return self.added + self.completed + self.unchanged

    @property
    def read_to_the_end(self) -> bool:
        """Whether every file could be read to its end."""
        return not self.count(Weight.FILE)

    def say(self, weight: Weight, file: str, entry: int | None, subject: str, why: str) -> None:
        """Add a line."""
        self._counts[weight] += 1
        if len(self.lines) < self.lines_most:
            self.lines.append(Line(weight, file, entry, subject, why))

    def passed_over(self, kind: str) -> None:
        """Count a resource of a type that is not imported."""
        known = kind in self.other or len(self.other) < OTHER_TYPES_MOST
        self.other[kind if known else tr("other types")] += 1

    def count(self, weight: Weight) -> int:
        """How many lines are of a weight, kept or not."""
        return self._counts[weight]

    @property
    def lines_more(self) -> int:
        """How many further lines there would have been."""
        return self._counts.total() - len(self.lines)

    def summary(self) -> Iterator[str]:
        """The counts, in sentences."""
        if self.dry_run:
            yield counted(
                self.added, "{count} patient would be imported", "{count} patients would be imported"
            )
        else:
            yield counted(self.added, "{count} patient added", "{count} patients added")
        for count, one, many in (
            (self.completed, "{count} patient completed", "{count} patients completed"),
            (self.unchanged, "{count} patient was here already", "{count} patients were here already"),
            (self.waiting, "{count} waits for the server", "{count} wait for the server"),
            (self.allergies, "{count} allergy with them", "{count} allergies with them"),
            (self.conditions, "{count} condition with them", "{count} conditions with them"),
            (self.count(Weight.SKIPPED), "{count} entry skipped", "{count} entries skipped"),
            (self.count(Weight.LEFT_OUT), "{count} value left out", "{count} values left out"),
            (
                self.count(Weight.FILE),
                "{count} file not read to its end",
                "{count} files not read to their end",
            ),
            (self.lines_more, "{count} further line not kept", "{count} further lines not kept"),
        ):
            if count:
                yield counted(count, one, many)
        if self.other:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.other.most_common())
            yield tr("Not imported, since MediDesk keeps none of these yet: {kinds}", kinds=kinds)

        if self.aside:
            yield tr("Files left aside: {files}", files=", ".join(self.aside))

    def write(self, path: Path) -> None:
        """Write the report to a file that only its owner may read: JSON if it is called so, otherwise CSV.

        Raises:
            ImportRefused: the file cannot be written.
        """
        content = self._json() if path.suffix.lower() == ".json" else self._csv()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(content)
        except OSError as error:
            raise ImportRefused(
                tr("The report {path} cannot be written: {why}.", path=path, why=error.strerror or error),
                tr("Name another file with --report."),
            ) from error

    def _json(self) -> str:
        told = {name: value for name, value in asdict(self).items() if not name.startswith("_")}
        told |= {"patients": self.patients, "lines_more": self.lines_more}
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"

    def _csv(self) -> str:
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(["what", "file", "entry", "subject", "why"])
        for line in self.lines:
            entry = "" if line.entry is None else str(line.entry)
            rows.writerow(map(_cell, (line.weight.value, line.file, entry, line.subject, line.why)))
        for sentence in [*self.summary(), *filter(None, [self.stopped])]:
            rows.writerow(["summary", "", "", "", _cell(sentence)])
        return out.getvalue()


def with_them(allergies: int, conditions: int) -> Iterator[str]:
    """A sentence about what is skipped together with a patient; none if nothing is."""
    told = []
    if allergies:
        told.append(counted(allergies, "{count} allergy", "{count} allergies"))
    if conditions:
        told.append(counted(conditions, "{count} condition", "{count} conditions"))
    if told:
        yield tr("Skipped with it: {what}.", what=", ".join(told))


def _cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
