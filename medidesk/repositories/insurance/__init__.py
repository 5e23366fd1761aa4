"""Insurers, and which patients they insure. Callers write `insurance.policies`."""

from medidesk.repositories.insurance.insuring import (
    add_policy,
    edit_policy,
    note_eligibility,
    remove_policy,
)
from medidesk.repositories.insurance.keeping import add_insurer, edit_insurer, remove_insurer
from medidesk.repositories.insurance.queries import (
    insurer,
    insurers,
    paying,
    policies,
    policies_on,
    policy,
    policy_on,
)
from medidesk.repositories.insurance.rows import InsurerRow, PolicyRow

__all__ = [
    "InsurerRow", "PolicyRow", "add_insurer", "add_policy", "edit_insurer", "edit_policy", "insurer", "insurers",
    "note_eligibility", "paying", "policies", "policies_on", "policy", "policy_on", "remove_insurer",
    "remove_policy",
]  # fmt: skip
