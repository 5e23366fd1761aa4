"""Which form, values and verbs belong to each kind of entry in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from medidesk.models.patients import ClinicalState, IdentifierKind, Severity
from medidesk.repositories import insurance, patients
from medidesk.repositories.patients import PatientFile
from medidesk.repositories.verbs import Verb
from medidesk.ui.kit.form import Form, FormSpec
from medidesk.ui.patients import forms
from medidesk.ui.patients.insured import Insured
from medidesk.words import tr


class Also(NamedTuple):
    """A button in the panel of an entry that leads to another form over it."""

    kind: str
    words: str
    icon: str
    key: str


@dataclass(frozen=True)
class EntryKind:
    """One kind of entry.

    Attributes:
        spec: its form.
        empty: what a new one holds.
        entries: those of a file.
        new_title: over the panel of a new one.
        change_title: over the panel of one that is there.
        add: the verb that adds one; it gets the patient and `arguments` of the form's values. None where a form is
            only of what is there.
        edit: the verb that changes one; it gets the entry and `changing` of what was changed. None where it is
            removed and added instead.
        remove_word: the button's word.
        remove: the verb that ends or removes one; None where its form does neither.
        removed: what the toast says.
        about: under the title of one that is there.
        follows: fills in what follows from a field that was changed, told its name.
        beside: short fields stand beside each other.
        also: see `Also`.
    """

    spec: Callable[[], FormSpec]
    empty: Callable[[], Mapping[str, object]]
    entries: Callable[[PatientFile], tuple[Any, ...]]
    new_title: str
    change_title: str
    add: Verb | None
    edit: Verb | None
    remove_word: str = ""
    remove: Verb | None = None
    removed: str = ""
    arguments: Callable[[Mapping[str, Any]], tuple[Any, ...]] = lambda values: (dict(values),)
    changing: Callable[[Mapping[str, Any]], tuple[Any, ...]] = lambda changes: (dict(changes),)
    about: Callable[[Any], str] = lambda _entry: ""
    follows: Callable[[Form, str], None] | None = None
    beside: bool = False
    also: Also | None = None

    def find(self, file: PatientFile, entry_id: UUID) -> Any:
        """An entry of a file, or None when it is gone."""
        return next((one for one in self.entries(file) if one.id == entry_id), None)

    def values_of(self, file: PatientFile, entry_id: UUID) -> dict[str, object] | None:
        """What an entry's form shows, or None when it is gone."""
        entry = self.find(file, entry_id)
        if entry is None:
            return None
        return {field.name: getattr(entry, field.name) for field in self.spec().inputs()}


def kinds(insured: Insured) -> dict[str, EntryKind]:
    """Every kind, by the name that cards use.

    Args:
        insured: who insures the patient.
    """
    return {
        "allergy": EntryKind(
            forms.allergy,
            lambda: {"severity": Severity.UNKNOWN, "state": ClinicalState.ACTIVE},
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
            lambda: {"state": ClinicalState.ACTIVE},
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
            lambda: {"kind": IdentifierKind.NATIONAL_ID},
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
            dict,
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
            dict,
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
        "policy": EntryKind(
            lambda: forms.policy(insured),
            insured.empty,
            lambda _file: insured.policies,
            tr("New insurance"),
            tr("Insurance"),
            insurance.add_policy,
            insurance.edit_policy,
            tr("Remove"),
            insurance.remove_policy,
            tr("Insurance removed"),
            follows=insured.follow,
            beside=True,
            also=Also("eligibility", tr("Note what the insurer said"), "clipboard-check", "Alt+K"),
        ),
        "eligibility": EntryKind(
            forms.eligibility,
            dict,
            lambda _file: insured.asked,
            "",
            tr("The insurer was asked today"),
            None,
            insurance.note_eligibility,
            changing=lambda changes: (changes["eligibility_note"],),
            about=lambda entry: str(entry.about),
        ),
    }
