"""The people who work here: whose name stands beside a change, and who is signed in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.access import AccountState, Role, UserAccount, UserRole
from medidesk.models.base import table_of
from medidesk.models.directory import Organisation, Specialisation, Staff

_account, _staff, _org = table_of(UserAccount), table_of(Staff), table_of(Organisation)
_held, _role = table_of(UserRole), table_of(Role)
_speciality = table_of(Specialisation)

_NAMES = sa.select(
    _account.c.id, _account.c.login, _staff.c.title, _staff.c.given_name, _staff.c.family_name
).select_from(_account.outerjoin(_staff, _staff.c.id == _account.c.staff_id))

_ME = (
    sa.select(
        _account.c.login, _staff.c.title, _staff.c.given_name, _staff.c.family_name,
        _account.c.id, _account.c.staff_id, _account.c.org_id, _org.c.name,
        _speciality.c.name.label("speciality"),
    )
    .select_from(
        _account.outerjoin(_staff, _staff.c.id == _account.c.staff_id).outerjoin(
            _org, _org.c.id == _account.c.org_id
        ).outerjoin(_speciality, _speciality.c.id == _staff.c.specialisation_id)
    )
    .where(_account.c.login == sa.bindparam("login"), _account.c.deleted_at.is_(None))
)  # fmt: skip

_ROLES = (
    sa.select(_held.c.role, _role.c.label)
    .select_from(_held.outerjoin(_role, _role.c.name == _held.c.role))
    .where(_held.c.user_account_id == sa.bindparam("account"), _held.c.deleted_at.is_(None))
    .order_by(_held.c.id)
)


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in.

    Attributes:
        login, display_name: the account's name, and the person's as people say it.
        account_id, staff_id: their rows.
        org_id, org_name: the organisation that what they make belongs to.
        roles: the roles they hold anywhere; `role_label` is their speciality, or what the first is called.
    """

    login: str
    display_name: str
    account_id: UUID
    staff_id: UUID
    org_id: UUID
    org_name: str
    roles: tuple[str, ...]
    role_label: str


def names(session: Session) -> dict[UUID, str]:
    """The name of each account's person, by the account's id; removed accounts too, for old changes."""
    return {row.id: display_name(row) for row in session.execute(_NAMES)}


def names_by_login(session: Session) -> dict[str, str]:
    """The same by login, which is how the server and the outbox know who made an operation."""
    return {row.login: display_name(row) for row in session.execute(_NAMES)}


def me(session: Session, login: str) -> Me | None:
    """The person with this login; None where there is none."""
    row = session.execute(_ME, {"login": login}).first()
    if row is None:
        return None
    held = {role[0]: role[1] for role in session.execute(_ROLES, {"account": row.id})}
    return Me(
        login=row.login,
        display_name=display_name(row),
        account_id=row.id,
        staff_id=row.staff_id,
        org_id=row.org_id,
        org_name=row.name or "",
        roles=tuple(held),
        role_label=row.speciality or next((label or role for role, label in held.items()), ""),
    )


def display_name(row: Any) -> str:
    """As people say it, "Dr Asha Kumar"; the login of an account whose person is out of sight."""
    parts = (row.title, row.given_name, row.family_name)
    return " ".join(part for part in parts if part) or str(row.login)


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody holds: its name and label, and the branch in which it is held."""

    role: str
    label: str
    org_id: UUID
    org_name: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """Somebody who can sign in, could, or is to.

    Attributes:
        id, login: the account's.
        name: the person's as people say it.
        state: where the account stands.
        roles: held anywhere, by label.
    """

    id: UUID
    login: str
    name: str
    state: AccountState
    roles: tuple[HeldRole, ...]


_ACCOUNTS = (
    sa.select(
        _account.c.id, _account.c.login, _account.c.state,
        _staff.c.title, _staff.c.given_name, _staff.c.family_name,
    )
    .select_from(_account.outerjoin(_staff, _staff.c.id == _account.c.staff_id))
    .where(_account.c.deleted_at.is_(None))
)  # fmt: skip
_ALL_ROLES = (
    sa.select(_held.c.user_account_id, _held.c.role, _role.c.label, _held.c.org_id, _org.c.name)
    .select_from(
        _held.outerjoin(_role, _role.c.name == _held.c.role).outerjoin(_org, _org.c.id == _held.c.org_id)
    )
    .where(_held.c.deleted_at.is_(None))
    .order_by(_role.c.label, _org.c.name)
)
_BRANCHES = (
    sa.select(_org.c.id, _org.c.name)
    .where(_org.c.deleted_at.is_(None))
    .order_by(_org.c.parent_id.is_not(None), _org.c.name)
)


def accounts(session: Session) -> list[AccountRow]:
    """Every account with its roles: those asked for first, then by name."""
    held: dict[UUID, list[HeldRole]] = {}
    for row in session.execute(_ALL_ROLES):
        role = HeldRole(row.role, row.label or row.role, row.org_id, row.name or "")
        held.setdefault(row.user_account_id, []).append(role)
    found = [
        AccountRow(row.id, row.login, display_name(row), AccountState(row.state), tuple(held.get(row.id, ())))
        for row in session.execute(_ACCOUNTS)
    ]
    return sorted(
        found, key=lambda one: (one.state is not AccountState.REQUESTED, one.name.casefold(), one.login)
    )


def branches(session: Session) -> list[tuple[UUID, str]]:
    """The organisations in which a role can be held: the whole network first, then by name."""
    return [(row.id, row.name) for row in session.execute(_BRANCHES)]
