"""The forms of the directory. Lengths come from the mapped columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from medidesk.models.directory import Department, Organisation, OrganisationKind, Room, Specialisation, Staff
from medidesk.models.duty import SLOT_LEAST, SLOT_MOST, DutyException
from medidesk.repositories.directory import NamedRow, RoomRow, SpecialityRow, time_zones
from medidesk.repositories.duty.keeping import WEEKDAYS
from medidesk.ui.countries import country_choices
from medidesk.ui.directory.words import (
    Choices,
    branch_choices,
    branch_words,
    exception_choices,
    staff_choices,
    weekday_choices,
)
from medidesk.ui.kit.form import Field, FormSpec, Section
from medidesk.ui.text_field import text_field
from medidesk.words import tr


@dataclass(frozen=True)
class Places:
    """What the fields of a form choose from.

    Attributes:
        branches: ids and names of the organisations that whoever is signed in administers.
        departments, rooms: of every branch.
        specialities: that are practised here.
        people: ids and names of the staff of those branches.
        price_lists: ids and names of those that there are.
        services: ids and names of what is charged for.
    """

    branches: tuple[tuple[UUID, str], ...] = ()
    departments: tuple[NamedRow, ...] = ()
    specialities: tuple[SpecialityRow, ...] = ()
    people: tuple[tuple[UUID, str], ...] = ()
    price_lists: tuple[tuple[UUID, str], ...] = ()
    services: tuple[tuple[UUID, str], ...] = ()
    rooms: tuple[RoomRow, ...] = ()

    def departments_of(self, branch: object) -> Choices:
        """For a field: none, or one of the branch's."""
        own = ((one.id, one.name) for one in self.departments if one.org_id == branch)
        return ((None, tr("None")), *own)

    def rooms_of(self, branch: object, has: object = None) -> Choices:
        """For a field: none, or one of the branch's that is in use; also the one that somebody `has`."""
        own = (one for one in self.rooms if one.org_id == branch and (one.active or one.id == has))
        return ((None, tr("None")), *((one.id, one.name) for one in own))

    def speciality_choices(self) -> Choices:
        """For a field: none, or one of them."""
        return ((None, tr("None")), *((one.id, one.name) for one in self.specialities))


def staff(places: Places, row: Mapping[str, Any] | None, branch: UUID) -> FormSpec:
    """Somebody who works here.

    Args:
        places: what there is to choose from.
        row: the entry; None for a new one.
        branch: to which they belong, or would.
    """
    has = None if row is None else row["room_id"]
    return FormSpec(
        (
            Field("kind", tr("Works as"), "choice", required=True, choices=staff_choices()),
            text_field(Staff, "title", tr("Title"), help=tr("Dr, Prof., Sister")),
            text_field(Staff, "given_name", tr("Given name")),
            text_field(Staff, "family_name", tr("Family name"), required=True),
            Field("specialisation_id", tr("Speciality"), "choice", choices=places.speciality_choices()),
            text_field(Staff, "registration_no", tr("Registration number")),
            *branch_field(places, row),
            Field("department_id", tr("Department"), "choice", choices=places.departments_of(branch)),
            Field("room_id", tr("Usual room"), "choice", choices=places.rooms_of(branch, has)),
            text_field(Staff, "phone", tr("Phone"), kind="phone"),
            text_field(Staff, "email", tr("Email")),
        )
    )


def department(places: Places, row: Mapping[str, Any] | None, _branch_of: UUID) -> FormSpec:
    """A department."""
    name = text_field(Department, "name", tr("Name"), required=True, span=2)
    return FormSpec((name, *branch_field(places, row)))


def room(places: Places, row: Mapping[str, Any] | None, _branch_of: UUID) -> FormSpec:
    """A room. Its name is read by patients on the waiting room's board."""
    name = text_field(Room, "name", tr("Name"), required=True, span=2, help=tr("As on its door: Room 3"))
    use = Field("active", tr("In use: patients can be booked into it"), "check", span=2)
    return FormSpec((name, *branch_field(places, row), use))


def speciality(places: Places, _row: Mapping[str, Any] | None, _branch_of: UUID) -> FormSpec:
    """A speciality: the same in every branch."""
    nothing = (None, tr("Nothing: what was done is added at the desk"))
    charged = Field(
        "visit_service_id",
        tr("A visit is charged as"),
        "choice",
        choices=(nothing, *places.services),
        span=2,
        help=tr("It stands on the bill when a patient is checked in."),
    )
    return FormSpec((text_field(Specialisation, "name", tr("Name"), required=True, span=2), charged))


def organisation(places: Places, row: Mapping[str, Any] | None, _branch_of: UUID) -> FormSpec:
    """A clinic or a branch; what it belongs to stays."""
    network = OrganisationKind.NETWORK
    kinds = branch_choices() if row is None or row["kind"] != network else ((network, branch_words(network)),)
    above = Field("parent_id", tr("Belongs to"), "choice", required=True, choices=places.branches, span=2)
    zones = sorted(zone for zone in time_zones() if "/" in zone and not zone.startswith("Etc/"))
    return FormSpec(
        (
            text_field(Organisation, "name", tr("Name"), required=True, span=2),
            Field("kind", tr("Kind"), "choice", required=True, choices=kinds),
            Field("country", tr("Country"), "choice", choices=country_choices()),
            *((above,) if row is None else ()),
            Field(
                "timezone",
                tr("Time zone"),
                "choice",
                required=True,
                choices=tuple((one, one) for one in zones),
            ),
            text_field(
                Organisation, "currency", tr("Currency"), required=True, help=tr("Three letters, as EUR")
            ),
        )
    )


def duty_hours(places: Places, row: Mapping[str, Any] | None, _branch_of: UUID) -> FormSpec:
    """Hours of every week: new ones on several weekdays at once."""
    head: tuple[Field | Section, ...] = (
        Field("weekday", tr("Weekday"), "choice", required=True, choices=weekday_choices(), span=2),
    )
    if row is None:
        head = (
            Field("staff_id", tr("Who"), "choice", required=True, choices=places.people, span=2),
            *branch_field(places, row),
            Section(tr("Every week on")),
            *(Field(name, tr(name.capitalize()), "check") for name in WEEKDAYS[:-1]),
            Field(WEEKDAYS[-1], tr(WEEKDAYS[-1].capitalize()), "check", span=2),
        )
    return FormSpec(
        (
            *head,
            *_hours(required=True),
            _slot(required=True),
            Field("starts_on", tr("First day"), "date", required=True),
            Field("ends_on", tr("Last day"), "date", help=tr("Empty: it goes on")),
        )
    )


def duty_exception(places: Places, row: Mapping[str, Any] | None, _branch_of: UUID) -> FormSpec:
    """Days on which it is different."""
    closed = (None, tr("Everybody: the branch is closed"))
    person = Field("staff_id", tr("Who"), "choice", choices=(closed, *places.people), span=2)
    return FormSpec(
        (
            *((person, *branch_field(places, row)) if row is None else ()),
            Field("kind", tr("What"), "choice", required=True, choices=exception_choices(), span=2),
            Field("starts_on", tr("First day"), "date", required=True),
            Field("ends_on", tr("Last day"), "date", help=tr("Empty: one day")),
            *_hours(required=False),
            _slot(required=False),
            text_field(DutyException, "reason", tr("Reason"), span=2),
        )
    )


def _hours(*, required: bool) -> tuple[Field, Field]:
    words = "" if required else tr("Empty: the whole day")
    return (
        Field("starts", tr("From"), required=required, max_length=8, help=words or tr("As in 9 or 9:30")),
        Field("ends", tr("To"), required=required, max_length=8),
    )


def _slot(*, required: bool) -> Field:
    return Field(
        "slot_minutes",
        tr("An appointment takes"),
        "number",
        required=required,
        least=SLOT_LEAST,
        most=SLOT_MOST,
        unit=tr("min"),
        span=2,
        help="" if required else tr("For hours besides"),
    )


def branch_field(places: Places, row: Mapping[str, Any] | None) -> tuple[Field, ...]:
    """To which branch a new entry belongs, where there is a choice; it stays there."""
    if row is not None or len(places.branches) < 2:
        return ()
    return (Field("org_id", tr("Branch"), "choice", required=True, choices=places.branches, span=2),)
