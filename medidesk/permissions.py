"""The one matrix: who may do what.

Grants and row-level-security policies are generated from it (`medidesk.server.schema`), windows ask it
through `can`, and so does the offline check. Nothing else decides a right.

A right is a role × an area × a need. An area is a set of tables, named by each model's `Rules.area`. A role is
held in an organisation and holds for everything below it; where a table's rows are visible across the
network (`Visibility.NETWORK`), reading reaches the whole network, and so does changing unless the table's
rules say otherwise; adding stays in the subtree.
"""

import enum
from collections.abc import Iterable, Mapping


class Need(enum.StrEnum):
    """What is wanted of an area."""

    READ = "read"
    ADD = "add"
    CHANGE = "change"


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

AREAS = ("directory", "access", "demographics", "clinical", "decisions")

_R = frozenset({Need.READ})
_RA = frozenset({Need.READ, Need.ADD})
_RAC = frozenset({Need.READ, Need.ADD, Need.CHANGE})

# Everyone reads the directory and who holds which role: names stand beside every change people see. Nobody
# writes accounts and roles as rows: the functions of account administration do, for administrators. Whoever enters
# work may have to decide what becomes of it; a decision once made is never changed.
MATRIX: Mapping[str, Mapping[str, frozenset[Need]]] = {
    "administrator": {"directory": _RAC, "access": _R, "demographics": _RAC, "decisions": _RA},
    "doctor": {"directory": _R, "access": _R, "demographics": _RAC, "clinical": _RAC, "decisions": _RA},
    "nurse": {"directory": _R, "access": _R, "demographics": _RAC, "clinical": _RAC, "decisions": _RA},
    "pharmacist": {"directory": _R, "access": _R, "demographics": _R, "clinical": _RA, "decisions": _RA},
    "receptionist": {"directory": _R, "access": _R, "demographics": _RAC, "decisions": _RA},
    "cashier": {"directory": _R, "access": _R, "demographics": _R, "decisions": _RA},
    "lab_technician": {
        "directory": _R,
        "access": _R,
        "demographics": _R,
        "clinical": _R,
        "decisions": _RA,
    },
    "manager": {"directory": _R, "access": _R, "demographics": _R, "decisions": _RA},
}


def group_role(role: str) -> str:
    """The PostgreSQL group role that holds the grants of a role."""
    return f"medidesk_{role}"


def needs_of(role: str, area: str) -> frozenset[Need]:
    """What a role may do in an area; empty for a role or area that is not known."""
    return MATRIX.get(role, {}).get(area, frozenset())


def can(roles: Iterable[str], area: str, need: Need | str) -> bool:
    """Whether any of the roles includes the need in that area."""
    return any(Need(need) in needs_of(role, area) for role in roles)


def may_read(roles: Iterable[str], areas: Iterable[str] = AREAS) -> frozenset[str]:
    """The areas that any of the roles can read."""
    held = tuple(roles)
    return frozenset(area for area in areas if can(held, area, Need.READ))
