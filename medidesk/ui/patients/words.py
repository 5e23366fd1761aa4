"""What the fields of a patient are called, and how their values read."""

import datetime as dt

from PySide6.QtCore import QLocale

from medidesk.models.patients import BloodGroup, ClinicalState, IdentifierKind, Severity, Sex
from medidesk.repositories import patients
from medidesk.repositories.patients import PatientRow
from medidesk.ui import moments
from medidesk.words import tr

Choices = tuple[tuple[object, str], ...]


def sex_words(sex: Sex) -> str:
    """A sex in a word; empty when it is not known."""
    return {Sex.FEMALE: tr("Female"), Sex.MALE: tr("Male"), Sex.OTHER: tr("Other")}.get(sex, "")


def severity_words(severity: Severity) -> str:
    """How bad, in a word; empty when it is not known."""
    return {Severity.MILD: tr("mild"), Severity.MODERATE: tr("moderate"), Severity.SEVERE: tr("severe")}.get(
        severity, ""
    )


def state_words(state: ClinicalState) -> str:
    """Whether an allergy or problem still holds."""
    return {
        ClinicalState.ACTIVE: tr("Active"),
        ClinicalState.INACTIVE: tr("Inactive"),
        ClinicalState.RESOLVED: tr("Resolved"),
        ClinicalState.REFUTED: tr("Refuted"),
    }[state]


def kind_words(kind: IdentifierKind) -> str:
    """What kind of number this is."""
    return {
        IdentifierKind.NATIONAL_ID: tr("National id"),
        IdentifierKind.PASSPORT: tr("Passport"),
        IdentifierKind.DRIVING_LICENCE: tr("Driving licence"),
        IdentifierKind.INSURANCE: tr("Insurance"),
        IdentifierKind.PROVISIONAL: tr("Provisional file"),
        IdentifierKind.FOREIGN: tr("Number elsewhere"),
    }[kind]


def age_words(row: PatientRow) -> str:
    """The age today, or at death; empty without a birth date."""
    if row.born_on is None:
        return ""
    return patients.age(row.born_on, row.died_on or moments.today())


def who_facts(row: PatientRow) -> tuple[str, str, str]:
    """What tells two people of one name apart: "Female", "42 years", "born 12 Mar 1984"."""
    birth = (
        ""
        if row.born_on is None
        else tr("born {date}", date=moments.born(row.born_on, estimated=row.born_estimated))
    )
    return sex_words(row.sex), age_words(row), birth


def file_words(row: PatientRow) -> str:
    """The file number with its word."""
    if row.file_no is None and row.provisional_no is not None:
        return tr("Provisional file {number}", number=row.provisional_no)
    return tr("File {number}", number=row.number)


def address_words(row: PatientRow) -> str:
    """The address in one line."""
    place = " ".join(part for part in (row.postal_code, row.city) if part)
    return ", ".join(part for part in (row.address, place, country_words(row.country)) if part)


def country_words(code: str) -> str:
    """A country's name for its two letters; the letters themselves when they name none."""
    if not code:
        return ""
    territory = QLocale.codeToTerritory(code)
    return code if territory == QLocale.Country.AnyTerritory else QLocale.territoryToString(territory)


def language_words(written: str) -> str:
    """A language's name for a code such as "fr"; what else somebody wrote stays as it is."""
    language = QLocale.codeToLanguage(written) if len(written) <= 3 else QLocale.Language.AnyLanguage
    return written if language == QLocale.Language.AnyLanguage else QLocale.languageToString(language)


def joined(*parts: str) -> str:
    """The parts that say something, with dots between."""
    return " · ".join(part for part in parts if part)


def sex_choices() -> Choices:
    """For a field."""
    return (
        (Sex.UNKNOWN, tr("Not known")),
        (Sex.FEMALE, tr("Female")),
        (Sex.MALE, tr("Male")),
        (Sex.OTHER, tr("Other")),
    )


def blood_choices() -> Choices:
    """For a field."""
    return tuple((group, group.value.replace("-", "−") or tr("Not known")) for group in BloodGroup)


def kind_choices() -> Choices:
    """For a field; provisional numbers are given by the station, not typed."""
    return tuple(
        (kind, kind_words(kind)) for kind in IdentifierKind if kind is not IdentifierKind.PROVISIONAL
    )


def severity_choices() -> Choices:
    """For a field."""
    return tuple(
        (severity, severity_words(severity).capitalize() or tr("Not known")) for severity in Severity
    )


def state_choices() -> Choices:
    """For a field."""
    return tuple((state, state_words(state)) for state in ClinicalState)


def language_choices() -> Choices:
    """For a field: every language with a two-letter code, by name."""
    named = {QLocale.languageToCode(one): QLocale.languageToString(one) for one in QLocale.Language}
    two_letters = ((code, words) for code, words in named.items() if len(code) == 2)
    return (("", tr("Not known")), *sorted(two_letters, key=lambda pair: pair[1]))


def is_over(ends_on: dt.date | None) -> bool:
    """Whether an alert's last day has passed."""
    return ends_on is not None and ends_on < moments.today()
