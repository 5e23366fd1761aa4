"""The directory: branches, departments, specialities, rooms and staff. Callers write `directory.staff`."""

from medidesk.repositories.directory.keeping import (
    add_organisation,
    add_staff,
    edit_organisation,
    edit_staff,
    remove_staff,
    time_zones,
)
from medidesk.repositories.directory.named import (
    add_department,
    add_room,
    add_specialisation,
    edit_department,
    edit_room,
    edit_specialisation,
    remove_department,
    remove_room,
    remove_specialisation,
)
from medidesk.repositories.directory.queries import (
    administered,
    department,
    departments,
    member,
    organisation,
    organisations,
    reached,
    room,
    rooms,
    specialisation,
    specialisations,
    staff,
)
from medidesk.repositories.directory.rows import (
    DirectoryRow,
    NamedRow,
    OrganisationRow,
    RoomRow,
    SpecialityRow,
    StaffRow,
)

__all__ = [
    "DirectoryRow", "NamedRow", "OrganisationRow", "RoomRow", "SpecialityRow", "StaffRow", "add_department",
    "add_organisation", "add_room", "add_specialisation", "add_staff", "administered", "department",
    "departments", "edit_department", "edit_organisation", "edit_room", "edit_specialisation", "edit_staff",
    "member", "organisation", "organisations", "reached", "remove_department", "remove_room",
    "remove_specialisation", "remove_staff", "room", "rooms", "specialisation", "specialisations", "staff",
    "time_zones",
]  # fmt: skip
