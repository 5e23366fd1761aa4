"""What the patients table reads from: all files by name, or what a search found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.repositories import patients
from medidesk.repositories.patients import PatientRow

if TYPE_CHECKING:
    from medidesk.station import Station


@dataclass(frozen=True)
class Listed:
    """A row of the list: the patient, and the alerts everyone must see."""

    patient: PatientRow
    alerts: tuple[str, ...]

    @property
    def id(self) -> UUID:
        """The patient's id."""
        return self.patient.id


def _listed(station: Station, rows: Sequence[PatientRow]) -> list[Listed]:
    alerts = station.read(patients.with_alerts, [row.id for row in rows]) if rows else {}
    return [Listed(row, tuple(alerts.get(row.id, ()))) for row in rows]


class EveryPatient:
    """All files of the clinic, read a page at a time."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def count(self) -> int:
        """How many files there are."""
        return int(self._station.read(patients.count))

    def rows(self, offset: int, limit: int) -> list[Listed]:
        """A page, by family name and given name."""
        return _listed(self._station, self._station.read(patients.page, offset, limit))

    def by_ids(self, ids: Collection[UUID]) -> dict[UUID, Listed]:
        """The rows of these ids that are still there."""
        return _by_ids(self._station, ids)

    def place(self, row: Listed) -> tuple[str, str, UUID | None]:
        """Its names, and whether it was merged away."""
        return row.patient.family_name, row.patient.given_name, row.patient.merged_into_id


def find(station: Station, text: str, limit: int) -> list[Listed]:
    """The patients that a text finds, best first."""
    return _listed(station, station.read(patients.search, text, limit=limit))


def _by_ids(station: Station, ids: Collection[UUID]) -> dict[UUID, Listed]:
    rows = station.read(patients.rows, list(ids))
    return {row.id: row for row in _listed(station, list(rows.values()))}
