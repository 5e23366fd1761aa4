"""What may stand in a patient's file, beyond what holds for each of its fields (`medidesk.repositories.checks`)."""

from collections.abc import Mapping
from typing import Any

from medidesk.errors import DomainError
from medidesk.models.base import Row
from medidesk.models.patients import IdentifierKind, PatientIdentifier
from medidesk.repositories import checks
from medidesk.repositories.checks import checked_text, fields_of, label, tidy
from medidesk.words import tr

__all__ = ["check_whole", "checked", "checked_text", "fields_of", "label", "require", "tidy"]

_UPPER = frozenset(IdentifierKind) - {IdentifierKind.FOREIGN, IdentifierKind.PROVISIONAL}


def checked(model: type[Row], values: Mapping[str, Any], *, where: str | None = None) -> dict[str, Any]:
    """As `medidesk.repositories.checks.checked`; a number is written as its kind is."""
    return _as_its_kind(model, checks.checked(model, values, where=where), where)


def require(model: type[Row], values: Mapping[str, Any], *, where: str | None = None) -> dict[str, Any]:
    """As `medidesk.repositories.checks.require`; a number has a kind."""
    if model is PatientIdentifier and not values.get("kind"):
        raise DomainError(
            tr("{field} is missing.", field=label("kind")), tr("Choose one."), field=where or "kind"
        )
    return _as_its_kind(model, checks.require(model, values, where=where), where)


def check_whole(patient: Mapping[str, Any]) -> None:
    """What must hold between the fields of a patient.

    Raises:
        DomainError: no name at all, or a death before the birth.
    """
    if not patient.get("family_name") and not patient.get("given_name"):
        raise DomainError(
            tr("A name is missing."), tr("Fill in the family name or the given name."), field="family_name"
        )
    born_on, died_on = patient.get("born_on"), patient.get("died_on")
    if born_on and died_on and died_on < born_on:
        raise DomainError(
            tr("The date of death is before the birth date."), tr("Correct one of the two."), field="died_on"
        )


def _as_its_kind(model: type[Row], values: dict[str, Any], where: str | None) -> dict[str, Any]:
    if model is not PatientIdentifier:
        return values
    kind = values.get("kind")
    if kind is IdentifierKind.PROVISIONAL:
        raise DomainError(
            tr("Provisional file numbers are given by the station."),
            tr("Choose another kind of number."),
            field=where or "kind",
        )
    if kind in _UPPER and "value" in values:
        values["value"] = values["value"].upper()
    return values
