"""The declared forms of this module. Lengths come from the mapped columns and are not said twice."""

from __future__ import annotations

from typing import Literal

from medidesk.models.insurance import InsurancePolicy
from medidesk.models.patients import (
    Allergy,
    Condition,
    NextOfKin,
    Patient,
    PatientAlert,
    PatientIdentifier,
)
from medidesk.ui.countries import country_choices
from medidesk.ui.kit.form import Field, FormSpec, Section
from medidesk.ui.patients.insured import Insured
from medidesk.ui.patients.words import (
    blood_choices,
    kind_choices,
    language_choices,
    severity_choices,
    sex_choices,
    state_choices,
)
from medidesk.ui.text_field import text_field
from medidesk.words import tr


def _who() -> tuple[Field | Section, ...]:
    return (
        text_field(Patient, "family_name", tr("Family name"), required=True),
        text_field(Patient, "given_name", tr("Given name")),
        Field("born_on", tr("Born"), "date", help=tr("12.3.84, 12/03/1984 or 12 Mar 1984")),
        Field("sex", tr("Sex"), "choice", choices=sex_choices()),
    )


def _estimate(span: Literal[1, 2]) -> Field:
    return Field("born_estimated", tr("Birth date is an estimate"), "check", span=span)


def _reach() -> tuple[Field | Section, ...]:
    return (
        Section(tr("Contact")),
        text_field(Patient, "phone", tr("Phone"), kind="phone"),
        text_field(Patient, "phone_other", tr("Other phone"), kind="phone"),
        text_field(Patient, "email", tr("Email")),
        Field("language", tr("Language"), "choice", choices=language_choices()),
        text_field(Patient, "address", tr("Address"), span=2),
        text_field(Patient, "postal_code", tr("Postal code")),
        text_field(Patient, "city", tr("City")),
        Field("country", tr("Country"), "choice", choices=country_choices()),
        Field("blood_group", tr("Blood group"), "choice", choices=blood_choices()),
    )


def _note() -> Field:
    return text_field(Patient, "desk_note", tr("Note for the desk"), kind="multiline", span=2)


def registration() -> FormSpec:
    """A new patient: who, how to reach them, one number, one person to call."""
    return FormSpec(
        (
            *_who(),
            _estimate(2),
            *_reach(),
            Section(tr("Number and next of kin")),
            Field("identifier_kind", tr("Kind of number"), "choice", choices=kind_choices()),
            text_field(PatientIdentifier, "identifier_value", tr("Number"), column="value"),
            text_field(NextOfKin, "kin_name", tr("Next of kin"), column="name"),
            text_field(NextOfKin, "kin_relation", tr("Relation"), column="relation"),
            text_field(NextOfKin, "kin_phone", tr("Their phone"), column="phone", kind="phone"),
            _note(),
        )
    )


def details() -> FormSpec:
    """Everything a patient's own row holds."""
    return FormSpec(
        (
            *_who(),
            _estimate(1),
            Field("died_on", tr("Died"), "date"),
            *_reach(),
            _note(),
        )
    )


def identifier() -> FormSpec:
    """A number that names the patient."""
    return FormSpec(
        (
            Field("kind", tr("Kind"), "choice", choices=kind_choices(), span=2),
            text_field(PatientIdentifier, "value", tr("Number"), required=True, span=2),
            text_field(PatientIdentifier, "system", tr("Issued by"), span=2),
        )
    )


def next_of_kin() -> FormSpec:
    """Whom to call."""
    return FormSpec(
        (
            text_field(NextOfKin, "name", tr("Name"), required=True, span=2),
            text_field(NextOfKin, "relation", tr("Relation")),
            text_field(NextOfKin, "phone", tr("Phone"), kind="phone"),
        )
    )


def alert() -> FormSpec:
    """What everyone who meets the patient must see."""
    return FormSpec(
        (
            text_field(
                PatientAlert, "text", tr("Alert"), required=True, span=2, help=tr("Seen by everyone, at once")
            ),
            Field("ends_on", tr("Until"), "date", span=2, help=tr("Empty: until somebody ends it")),
        )
    )


def allergy() -> FormSpec:
    """A substance the patient must not get."""
    return FormSpec(
        (
            text_field(Allergy, "substance", tr("Substance"), required=True, span=2),
            text_field(Allergy, "reaction", tr("Reaction"), span=2),
            Field("severity", tr("Severity"), "choice", choices=severity_choices()),
            Field("state", tr("State"), "choice", choices=state_choices()),
            Field("noted_on", tr("Noted on"), "date", span=2),
        )
    )


def condition() -> FormSpec:
    """A problem on the list."""
    return FormSpec(
        (
            text_field(Condition, "text", tr("Problem"), required=True, span=2),
            text_field(Condition, "code", tr("Code")),
            Field("state", tr("State"), "choice", choices=state_choices()),
            Field("onset_on", tr("Since"), "date"),
            Field("ended_on", tr("Until"), "date"),
        )
    )


def policy(insured: Insured) -> FormSpec:
    """Who insures the patient."""
    return FormSpec(
        (
            Field("insurer_id", tr("Insurer"), "choice", required=True, choices=insured.insurers(), span=2),
            text_field(InsurancePolicy, "policy_no", tr("Policy number"), required=True, span=2),
            Field("valid_from", tr("From"), "date", help=tr("Empty: always")),
            Field("valid_until", tr("Until"), "date", help=tr("Empty: it goes on")),
            text_field(InsurancePolicy, "holder", tr("Holder"), help=tr("Empty: the patient")),
            Field("copay", tr("Co-pay"), max_length=8, help=tr("In per cent")),
            Section(insured.today_words(), insured.rule_lines()),
        )
    )


def eligibility() -> FormSpec:
    """What the insurer said, asked today whether a policy holds."""
    return FormSpec(
        (
            text_field(
                InsurancePolicy,
                "eligibility_note",
                tr("What they said"),
                kind="multiline",
                required=True,
                span=2,
                help=tr("As in: covered until June"),
            ),
        )
    )
