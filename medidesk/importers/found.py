"""What every reader of files hands over."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """A patient ready to be imported, and where in the files.

    Attributes:
        record: as `patients.import_patient` takes it.
        file, entry, subject: where it stands, as a line of the report names it.
    """

    record: dict[str, Any]
    file: str
    entry: int
    subject: str
