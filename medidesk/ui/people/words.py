"""What is said of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.models.access import AccountState
from medidesk.repositories.people import AccountRow, HeldRole
from medidesk.ui.kit.chip import ChipLook
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.sync.accounts import AccountSeen

type Seen = Mapping[str, AccountSeen]


def state_chip(row: AccountRow, seen: AccountSeen | None) -> ChipLook:
    """Where an account stands."""
    if row.state is AccountState.REQUESTED:
        return ChipLook(tr("Asked for"), "info", "user-plus")
    if row.state is AccountState.SUSPENDED:
        return ChipLook(tr("Suspended"), "danger", "user-x")
    if seen is not None and seen.must_change_password:
        return ChipLook(tr("First password"), "warning", "key-round")
    return ChipLook(tr("Can sign in"), "success", "user-check")


def roles_words(roles: Sequence[HeldRole], own: UUID | None) -> str:
    """The roles somebody holds, each with its branch where that is not the reader's own."""
    return ", ".join(role_words(one, own) for one in roles)


def role_words(role: HeldRole, own: UUID | None) -> str:
    """A role, with its branch where that is not the reader's own."""
    if role.org_id == own:
        return role.label
    return tr("{role} at {branch}", role=role.label, branch=role.org_name)


def signed_in_words(seen: AccountSeen | None) -> str:
    """Where somebody is signed in now."""
    if seen is None or not seen.sessions:
        return ""
    return counted(len(seen.sessions), "at {count} computer", "at {count} computers")
