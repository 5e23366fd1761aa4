"""Patients: finding, registering and keeping their files. Callers write `patients.search`, `patients.register`."""

from medidesk.repositories.dates import age, parse_date
from medidesk.repositories.labels import FIELD_LABELS
from medidesk.repositories.patients.clinical import (
    add_allergy,
    add_condition,
    edit_allergy,
    edit_condition,
    remove_allergy,
    remove_condition,
    restrict,
)
from medidesk.repositories.patients.details import (
    add_alert,
    add_identifier,
    add_next_of_kin,
    edit_next_of_kin,
    end_alert,
    remove_identifier,
    remove_next_of_kin,
    set_photo,
)
from medidesk.repositories.patients.finding import search, search_terms
from medidesk.repositories.patients.importing import import_patient, imported
from medidesk.repositories.patients.likeness import Candidate, duplicates
from medidesk.repositories.patients.merging import dismiss_merge, merge, unmerge
from medidesk.repositories.patients.queries import (
    by_id,
    count,
    file,
    kept,
    merge_by_id,
    page,
    patient_of,
    photo,
    rows,
    with_alerts,
)
from medidesk.repositories.patients.registering import edit, register
from medidesk.repositories.patients.rows import (
    AlertRow,
    AllergyRow,
    ConditionRow,
    IdentifierRow,
    MergeRow,
    NextOfKinRow,
    PatientFile,
    PatientRow,
    Photo,
)

__all__ = [
    "FIELD_LABELS", "AlertRow", "AllergyRow", "Candidate", "ConditionRow", "IdentifierRow", "MergeRow",
    "NextOfKinRow", "PatientFile", "PatientRow", "Photo", "add_alert", "add_allergy", "add_condition",
    "add_identifier", "add_next_of_kin", "age", "by_id", "count", "dismiss_merge", "duplicates", "edit",
    "edit_allergy", "edit_condition", "edit_next_of_kin", "end_alert", "file", "import_patient", "imported",
    "kept", "merge", "merge_by_id", "page", "parse_date", "patient_of", "photo", "register", "remove_allergy",
    "remove_condition", "remove_identifier", "remove_next_of_kin", "restrict", "rows", "search", "search_terms",
    "set_photo", "unmerge", "with_alerts",
]  # fmt: skip
