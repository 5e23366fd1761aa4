"""Which form, values and verbs belong to each kind of entry in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from medidesk.models.patients import ClinicalState, IdentifierKind, Severity
from medidesk.repositories import patients
from medidesk.repositories.patients import PatientFile
from medidesk.repositories.verbs import Verb
from medidesk.ui.kit.form import FormSpec
from medidesk.ui.patients import forms
from medidesk.words import tr


@dataclass(frozen=True)
class EntryKind:
    """One kind of entry.

    Attributes:
        spec: its form.
        empty: what a new one holds.
        entries: those of a file.
        new_title: over the panel of a new one.
        change_title: over the panel of one that is there.
        add: the verb that adds one; it gets the patient and `arguments` of the form's values.
        edit: the verb that changes one; None where it is removed and added instead.
        remove_word: the button's word.
        remove: the verb that ends or removes one.
        removed: what the toast says.
    """

    spec: Callable[[], FormSpec]
    empty: Mapping[str, object]
    entries: Callable[[PatientFile], tuple[Any, ...]]
    new_title: str
    change_title: str
    add: Verb
    edit: Verb | None
    remove_word: str
    remove: Verb
    removed: str
    arguments: Callable[[Mapping[str, Any]], tuple[Any, ...]] = lambda values: (dict(values),)

    def find(self, file: PatientFile, entry_id: UUID) -> Any:
        """An entry of a file, or None when it is gone."""
        return next((one for one in self.entries(file) if one.id == entry_id), None)

    def values_of(self, file: PatientFile, entry_id: UUID) -> dict[str, object] | None:
        """What an entry's form shows, or None when it is gone."""
        entry = self.find(file, entry_id)
        if entry is None:
            return None
        names = {field.name for field in self.spec().inputs()}
        return {name: value for name, value in asdict(entry).items() if name in names}


def kinds() -> dict[str, EntryKind]:
    """Every kind, by the name that cards use."""
    return {
        "allergy": EntryKind(
            forms.allergy,
            {"severity": Severity.UNKNOWN, "state": ClinicalState.ACTIVE},
            lambda file: file.allergies,
            tr("New allergy"),
            tr("Allergy"),
            patients.add_allergy,
            patients.edit_allergy,
            tr("Remove"),
            patients.remove_allergy,
            tr("Allergy removed"),
        ),
        "condition": EntryKind(
            forms.condition,
            {"state": ClinicalState.ACTIVE},
            lambda file: file.conditions,
            tr("New problem"),
            tr("Problem"),
            patients.add_condition,
            patients.edit_condition,
            tr("Remove"),
            patients.remove_condition,
            tr("Problem removed"),
        ),
        "identifier": EntryKind(
            forms.identifier,
            {"kind": IdentifierKind.NATIONAL_ID},
            lambda file: file.identifiers,
            tr("New number"),
            tr("Number"),
            patients.add_identifier,
            None,
            tr("Remove"),
            patients.remove_identifier,
            tr("Number removed"),
        ),
        "kin": EntryKind(
            forms.next_of_kin,
            {},
            lambda file: file.next_of_kin,
            tr("New next of kin"),
            tr("Next of kin"),
            patients.add_next_of_kin,
            patients.edit_next_of_kin,
            tr("Remove"),
            patients.remove_next_of_kin,
            tr("Next of kin removed"),
        ),
        "alert": EntryKind(
            forms.alert,
            {},
            lambda file: file.alerts,
            tr("New alert"),
            tr("Alert"),
            patients.add_alert,
            None,
            tr("End alert"),
            patients.end_alert,
            tr("Alert ended"),
            lambda values: (values["text"], values["ends_on"]),
        ),
    }
