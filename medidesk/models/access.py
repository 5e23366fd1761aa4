"""Who may sign in, and which roles they hold in which organisation."""

import enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import ATOMIC, Row, Rules, Visibility
from medidesk.models.types import Id, Text, Word
from medidesk.permissions import Need

ACCESS = Rules(area="access", visibility=Visibility.NETWORK, merge=ATOMIC, first=11)


class AccountState(enum.StrEnum):
    """An account is requested, approved, suspended; it is never deleted."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUSPENDED = "suspended"


class UserAccount(Row):
    """A PostgreSQL login and the member of staff it belongs to."""

    __rules__ = ACCESS

    login: Mapped[str] = mapped_column(Text(63), unique=True)
    staff_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("staff.id"), index=True)
    state: Mapped[AccountState] = mapped_column(Word(AccountState), server_default="requested")

    __table_args__ = (
        # Also a PostgreSQL role name, an URL part and a file name on the station: keep it plain.
        sa.CheckConstraint("login ~ '^[a-z][a-z0-9_.-]{1,62}$'", name="login_plain"),
    )


class Role(Row):
    """A role that can be held, with its name for people: of `medidesk.permissions`, or a clinic's own.

    A clinic's own role can be held in the organisation that it belongs to (`org_id`), and below.
    """

    __rules__ = ACCESS

    name: Mapped[str] = mapped_column(Text(40), unique=True)
    label: Mapped[str] = mapped_column(Text(80))


class RoleLevel(Row):
    """How far a clinic's own role goes in one area; areas without a row are out of its sight."""

    __rules__ = ACCESS

    role: Mapped[str] = mapped_column(Text(40), sa.ForeignKey("role.name"))
    area: Mapped[str] = mapped_column(Text(40))
    level: Mapped[Need] = mapped_column(Word(Need))

    __table_args__ = (
        sa.Index(
            "role_level_once", "role", "area", unique=True, postgresql_where=sa.text("deleted_at is null")
        ),
    )


class UserRole(Row):
    """A person holds a role in an organisation and everything below it (`org_id`)."""

    __rules__ = ACCESS

    user_account_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("user_account.id"), index=True)
    role: Mapped[str] = mapped_column(Text(40), sa.ForeignKey("role.name"))

    __table_args__ = (
        sa.Index(
            "user_role_held_once",
            "user_account_id",
            "role",
            "org_id",
            unique=True,
            postgresql_where=sa.text("deleted_at is null"),
        ),
    )
