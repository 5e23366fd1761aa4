"""Organisations, departments, rooms and the people who work in them."""

import enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import INDEPENDENT, SINCE_SCHEMA, Row, Rules, Visibility
from medidesk.models.types import Flag, Id, Text, Word

DIRECTORY = Rules(area="directory", visibility=Visibility.NETWORK, merge=INDEPENDENT, first=10)


class OrganisationKind(enum.StrEnum):
    """A place in the tree: a network holds hospitals and clinics, which hold branches."""

    NETWORK = "network"
    HOSPITAL = "hospital"
    CLINIC = "clinic"
    BRANCH = "branch"


class StaffKind(enum.StrEnum):
    """What a member of staff is employed as."""

    DOCTOR = "doctor"
    NURSE = "nurse"
    PHARMACIST = "pharmacist"
    RECEPTION = "reception"
    CASHIER = "cashier"
    TECHNICIAN = "technician"
    MANAGER = "manager"
    DRIVER = "driver"
    OTHER = "other"


class Organisation(Row):
    """A network, hospital, clinic or branch. The root of a tree belongs to itself."""

    # Whoever could hang a branch elsewhere in the tree would reach what lies there.
    __rules__ = Rules(
        area="directory",
        visibility=Visibility.NETWORK,
        merge=INDEPENDENT,
        fixed=frozenset({"parent_id"}),
        first=1,
    )

    parent_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("organisation.id"), index=True)
    kind: Mapped[OrganisationKind] = mapped_column(Word(OrganisationKind))
    name: Mapped[str] = mapped_column(Text(120))
    timezone: Mapped[str] = mapped_column(Text(60), server_default="UTC", default="UTC")
    currency: Mapped[str] = mapped_column(Text(3), server_default="EUR", default="EUR")
    country: Mapped[str] = mapped_column(Text(2), server_default="", default="")

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name_given"),
        sa.CheckConstraint("parent_id is distinct from id", name="not_its_own_parent"),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso4217"),
    )


class Department(Row):
    """A department of an organisation."""

    __rules__ = DIRECTORY

    name: Mapped[str] = mapped_column(Text(120))

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name_given"),
        sa.Index(
            "department_name_key",
            "org_id",
            "name",
            unique=True,
            postgresql_where=sa.text("deleted_at is null"),
        ),
    )


class Specialisation(Row):
    """A medical speciality, such as cardiology.

    Attributes:
        visit_service_id: what a visit to somebody of this speciality is charged as.
    """

    __rules__ = DIRECTORY

    name: Mapped[str] = mapped_column(Text(120))
    visit_service_id: Mapped[UUID | None] = mapped_column(
        Id, sa.ForeignKey("service.id"), sort_order=96, info={SINCE_SCHEMA: 3}
    )

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name_given"),
        sa.Index(
            "specialisation_name_key",
            "org_id",
            "name",
            unique=True,
            postgresql_where=sa.text("deleted_at is null"),
        ),
    )


class Room(Row):
    """A room of a branch in which patients are seen; one that is not in use is given to nobody."""

    __rules__ = DIRECTORY

    name: Mapped[str] = mapped_column(Text(60))
    active: Mapped[bool] = mapped_column(Flag, server_default=sa.true(), default=True)

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name_given"),
        sa.Index(
            "room_name_key",
            "org_id",
            "name",
            unique=True,
            postgresql_where=sa.text("deleted_at is null"),
        ),
    )


class Staff(Row):
    """A person who works here, with or without an account of their own."""

    __rules__ = DIRECTORY

    kind: Mapped[StaffKind] = mapped_column(Word(StaffKind))
    title: Mapped[str] = mapped_column(Text(20), server_default="", default="")
    family_name: Mapped[str] = mapped_column(Text(100))
    given_name: Mapped[str] = mapped_column(Text(100), server_default="", default="")
    registration_no: Mapped[str] = mapped_column(Text(40), server_default="", default="")
    specialisation_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("specialisation.id"))
    department_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("department.id"))
    phone: Mapped[str] = mapped_column(Text(40), server_default="", default="")
    email: Mapped[str] = mapped_column(Text(254), server_default="", default="")
    # Where they usually see patients. Added to a table that there was: behind its other columns.
    room_id: Mapped[UUID | None] = mapped_column(
        Id, sa.ForeignKey("room.id"), sort_order=96, info={SINCE_SCHEMA: 3}
    )

    __table_args__ = (sa.CheckConstraint("family_name <> ''", name="family_name_given"),)
