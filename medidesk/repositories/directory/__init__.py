"""The directory: branches, departments, specialities and staff. Callers write `directory.staff`."""

from medidesk.repositories.directory.keeping import (
    add_department,
    add_organisation,
    add_specialisation,
    add_staff,
    edit_department,
    edit_organisation,
    edit_specialisation,
    edit_staff,
    remove_department,
    remove_specialisation,
    remove_staff,
    time_zones,
)
from medidesk.repositories.directory.queries import (
    administered,
    department,
    departments,
    member,
    organisation,
    organisations,
    specialisation,
    specialisations,
    staff,
)
from medidesk.repositories.directory.rows import (
    DirectoryRow,
    NamedRow,
    OrganisationRow,
    SpecialityRow,
    StaffRow,
)

__all__ = [
    "DirectoryRow", "NamedRow", "OrganisationRow", "SpecialityRow", "StaffRow", "add_department",
    "add_organisation", "add_specialisation", "add_staff", "administered", "department", "departments",
    "edit_department", "edit_organisation", "edit_specialisation", "edit_staff", "member", "organisation",
    "organisations", "remove_department", "remove_specialisation", "remove_staff", "specialisation",
    "specialisations", "staff", "time_zones",
]  # fmt: skip
