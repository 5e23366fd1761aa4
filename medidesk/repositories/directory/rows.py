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
        specialisation, department: the names of what the ids point to; "" without one.
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
    updated_by: UUID | None
    org_name: str
    specialisation: str
    department: str
    login: str
    signs_in: bool

    @property
    def name(self) -> str:
        """As people say it, "Dr Asha Kumar"."""
        return display_name(self)


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A department or a speciality of a branch, and with how many members of staff it stands."""

    id: UUID
    org_id: UUID
    name: str
    updated_by: UUID | None
    org_name: str
    people: int


@dataclass(frozen=True, slots=True)
class SpecialityRow(NamedRow):
    """A speciality, and what a visit to somebody who practises it is charged as; None and "" for nothing."""

    visit_service_id: UUID | None
    visit_service: str


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


type DirectoryRow = StaffRow | NamedRow | OrganisationRow
