"""The people who work here: whose name stands beside a change, and who is signed in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.access import AccountState, Role, RoleLevel, UserAccount, UserRole
from medidesk.models.base import table_of
from medidesk.models.directory import Organisation, Specialisation, Staff
from medidesk.permissions import ROLES, Levels, Right, is_own, levels_of, rights_of

_account, _staff, _org = table_of(UserAccount), table_of(Staff), table_of(Organisation)
_held, _role, _level = table_of(UserRole), table_of(Role), table_of(RoleLevel)
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
_LEVELS = sa.select(_level.c.role, _level.c.area, _level.c.level).where(_level.c.deleted_at.is_(None))


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in.

    Attributes:
        login, display_name: the account's name, and the person's as people say it.
        account_id, staff_id: their rows.
        org_id, org_name: the organisation that what they make belongs to.
        roles: the roles they hold anywhere; `role_label` is their speciality, or what the first is called.
        rights: what these roles include (`medidesk.permissions`).
    """

    login: str
    display_name: str
    account_id: UUID
    staff_id: UUID
    org_id: UUID
    org_name: str
    roles: tuple[str, ...]
    rights: frozenset[Right]
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
        rights=rights(session, held),
        role_label=row.speciality or next((label or role for role, label in held.items()), ""),
    )


def rights(session: Session, roles: Iterable[str]) -> frozenset[Right]:
    """What any of these roles includes."""
    named = frozenset(roles)
    own = levels(session) if any(map(is_own, named)) else {}  # an older server has none, nor a table of them
    return frozenset().union(*(rights_of(role, own.get(role)) for role in named))


def levels(session: Session) -> dict[str, Levels]:
    """How far each of the clinic's own roles goes, by its name."""
    found: dict[str, dict[str, str]] = {}
    for role, area, level in session.execute(_LEVELS):
        found.setdefault(role, {})[area] = level
    return {role: levels_of(said) for role, said in found.items()}


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
_HOLDERS = sa.func.count(sa.distinct(_held.c.user_account_id))
_EVERY_ROLE = (
    sa.select(
        _role.c.id, _role.c.name, _role.c.label, _role.c.org_id, _org.c.name.label("org_name"), _HOLDERS
    )
    .select_from(
        _role.outerjoin(_org, _org.c.id == _role.c.org_id).outerjoin(
            _held, sa.and_(_held.c.role == _role.c.name, _held.c.deleted_at.is_(None))
        )
    )
    .where(_role.c.deleted_at.is_(None))
    .group_by(_role.c.id, _role.c.name, _role.c.label, _role.c.org_id, _org.c.name)
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


def shut_out(session: Session) -> list[str]:
    """The logins of accounts that nobody may sign in with: suspended ones, and those that were declined."""
    over = sa.or_(_account.c.state == AccountState.SUSPENDED, _account.c.deleted_at.is_not(None))
    return list(session.scalars(sa.select(_account.c.login).where(over)))


def branches(session: Session) -> list[tuple[UUID, str]]:
    """The organisations in which a role can be held: the whole network first, then by name."""
    return [(row.id, row.name) for row in session.execute(_BRANCHES)]


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role that can be held.

    Attributes:
        id, name: of its row, and as rights know it.
        label: what people call it.
        org_id, org_name: the branch that a clinic's own role belongs to: it can be held there and below.
        holders: how many people hold it.
        levels: how far it goes where it is the clinic's own; None for one of the matrix.
    """

    id: UUID
    name: str
    label: str
    org_id: UUID
    org_name: str
    holders: int
    levels: Levels | None


def roles(session: Session) -> list[RoleRow]:
    """Every role: those of the matrix in its order, then the clinic's own by what people call them."""
    own, order = levels(session), tuple(ROLES)
    found = [
        RoleRow(
            row.id, row.name, row.label, row.org_id, row.org_name or "", row[-1],
            own.get(row.name, {}) if is_own(row.name) else None,
        )
        for row in session.execute(_EVERY_ROLE)
    ]  # fmt: skip
    known = [row for row in found if row.levels is not None or row.name in order]
    return sorted(
        known,
        key=lambda row: (
            len(order) if row.levels is not None else order.index(row.name),
            row.label.casefold(),
        ),
    )
