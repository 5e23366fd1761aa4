"""The one matrix: who may do what.

Grants and row-level-security policies are generated from it (`medidesk.server.schema`), windows ask it
through `can`, and so does the offline check. Nothing else decides a right.

A right is a role × an area × a need. An area is a set of tables, named by each model's `Rules.area`. A role is
held in an organisation and holds for everything below it; where a table's rows are visible across the
network (`Visibility.NETWORK`), reading reaches the whole network, and so does changing unless the table's
rules say otherwise; adding stays in the subtree.

A clinic makes roles of its own within the matrix: how far each goes in the areas of `OWN_AREAS`, beside what
everybody may. The server gives them grants and policies of the same making (`server/schema/roles.sql`).
"""

import enum
from collections.abc import Iterable, Mapping


class Need(enum.StrEnum):
    """What is wanted of an area. Each includes those before it: who changes also adds and reads."""

    READ = "read"
    ADD = "add"
    CHANGE = "change"


type Right = tuple[str, Need]
"""A need in an area."""
type Levels = Mapping[str, Need]
"""How far a role of a clinic's own goes, by area; what is not named is out of its sight."""


ROLES: Mapping[str, str] = {
    "administrator": "Administrator",
    "doctor": "Doctor",
    "nurse": "Nurse",
    "pharmacist": "Pharmacist",
    "receptionist": "Reception",
    "cashier": "Cashier",
    "lab_technician": "Laboratory",
    "manager": "Manager",
}

ADMINISTRATOR = "administrator"
"""Accounts, roles, the audit trail and the server itself are this role's alone; no clinic's own role has them."""
OWN = "own_"
"""How the name of a clinic's own role begins."""

AREAS = (
    *("directory", "access", "demographics", "clinical", "appointments", "charges", "billing", "approvals"),
    "decisions",
)

_R = frozenset({Need.READ})
_RA = frozenset({Need.READ, Need.ADD})
_RAC = frozenset({Need.READ, Need.ADD, Need.CHANGE})

# Everyone reads the directory and who holds which role: names stand beside every change people see. Nobody
# writes accounts and roles as rows: the functions of account administration do, for administrators. Whoever enters
# work may have to decide what becomes of it; a decision once made is never changed. Who comes when and to whom is
# seen by whoever meets patients or counts them; why they come is clinical. Whoever does something that costs adds
# its charge; money is taken by those who have a drawer; a discount, or a refund above the limit, takes a manager.
_ALL = {"directory": _R, "access": _R, "decisions": _RA, "charges": _RA}
_MONEY = {"charges": _RAC, "billing": _RAC, "approvals": _R}
MATRIX: Mapping[str, Mapping[str, frozenset[Need]]] = {
    "administrator": _ALL
    | {"directory": _RAC, "demographics": _RAC, "appointments": _R, "billing": _R, "approvals": _R},
    "doctor": _ALL | {"demographics": _RAC, "clinical": _RAC, "appointments": _RAC},
    "nurse": _ALL | {"demographics": _RAC, "clinical": _RAC, "appointments": _RAC},
    "pharmacist": _ALL | _MONEY | {"demographics": _R, "clinical": _RA},
    "receptionist": _ALL | _MONEY | {"demographics": _RAC, "appointments": _RAC},
    "cashier": _ALL | _MONEY | {"demographics": _R, "appointments": _R},
    "lab_technician": _ALL | {"demographics": _R, "clinical": _R},
    "manager": _ALL | _MONEY | {"demographics": _R, "appointments": _R, "approvals": _RAC},
}


# In these a clinic's own role goes as far as the clinic likes. Accounts and roles stay with administrators.
OWN_AREAS = ("demographics", "clinical", "appointments", "billing", "approvals", "directory")
# What each of them has anyway.
EVERYBODY: Levels = {
    "directory": Need.READ,
    "access": Need.READ,
    "decisions": Need.ADD,
    "charges": Need.ADD,
}


def group_role(role: str) -> str:
    """The PostgreSQL group role that holds the grants of a role."""
    return f"medidesk_{role}"


def needs_up_to(level: Need) -> frozenset[Need]:
    """A need with those that it includes."""
    every = tuple(Need)
    return frozenset(every[: every.index(level) + 1])


def is_own(role: str) -> bool:
    """Whether a role is a clinic's own, of its name."""
    return role.startswith(OWN)


def levels_of(said: Mapping[str, str]) -> Levels:
    """The levels of a clinic's own role, in the areas that this program knows."""
    return {area: Need(level) for area, level in said.items() if area in OWN_AREAS}


def areas_of(role: str, levels: Levels | None = None) -> Mapping[str, frozenset[Need]]:
    """What a role may do, by area; nothing for a role that is not known.

    Args:
        role: its name.
        levels: how far it goes, where it is a clinic's own.
    """
    if not is_own(role):
        return MATRIX.get(role, {})
    return {area: needs_up_to(level) for area, level in {**EVERYBODY, **(levels or {})}.items()}


def rights_of(role: str, levels: Levels | None = None) -> frozenset[Right]:
    """The same as rights."""
    return frozenset((area, need) for area, needs in areas_of(role, levels).items() for need in needs)


def can(rights: Iterable[Right], area: str, need: Need | str) -> bool:
    """Whether a need in that area is among the rights."""
    return (area, Need(need)) in frozenset(rights)


def may_read(rights: Iterable[Right], areas: Iterable[str] = AREAS) -> frozenset[str]:
    """The areas that can be read with these rights."""
    return frozenset(areas) & {area for area, need in rights if need is Need.READ}
