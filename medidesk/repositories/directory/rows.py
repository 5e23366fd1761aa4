"""Rows of the directory, as pages show them."""

from dataclasses import dataclass
from uuid import UUID

from medidesk.models.directory import OrganisationKind, StaffKind
from medidesk.repositories.people import display_name


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody who works here.

    Attributes:
        org_id, org_name: the branch they belong to.
        specialisation, department, room: the names of what the ids point to; "" without one.
        login: their account's; "" without one.
        signs_in: whether that account can sign in.
        updated_by: the account that changed the row last.
    """

    id: UUID
    org_id: UUID
    kind: StaffKind
    title: str
    family_name: str
    given_name: str
    registration_no: str
    specialisation_id: UUID | None
    department_id: UUID | None
    phone: str
    email: str
    room_id: UUID | None
    updated_by: UUID | None
    org_name: str
    specialisation: str
    department: str
    room: str
    login: str
    signs_in: bool

    @property
    def name(self) -> str:
        """As people say it, "Dr Asha Kumar"."""
        return display_name(self)


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A department of a branch, and with how many members of staff it stands."""

    id: UUID
    org_id: UUID
    name: str
    updated_by: UUID | None
    org_name: str
    people: int


@dataclass(frozen=True, slots=True)
class SpecialityRow:
    """A speciality, and with how many members of staff it stands.

    Attributes:
        visit_service_id, visit_service: what a visit to one of them is charged as; None and "" for nothing.
    """

    id: UUID
    org_id: UUID
    name: str
    visit_service_id: UUID | None
    updated_by: UUID | None
    org_name: str
    people: int
    visit_service: str


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room of a branch, whether it is in use, and of how many members of staff it is the usual one."""

    id: UUID
    org_id: UUID
    name: str
    active: bool
    updated_by: UUID | None
    org_name: str
    people: int


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A network, a clinic or a branch; `parent_name` is "" for the root."""

    id: UUID
    org_id: UUID
    parent_id: UUID | None
    kind: OrganisationKind
    name: str
    timezone: str
    currency: str
    country: str
    updated_by: UUID | None
    parent_name: str


type DirectoryRow = StaffRow | NamedRow | RoomRow | OrganisationRow
