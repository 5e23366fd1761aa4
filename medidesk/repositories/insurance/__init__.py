"""Insurers and policies. Callers write `insurance.policies`."""

from medidesk.repositories.insurance.queries import policies, policy, policy_on
from medidesk.repositories.insurance.rows import PolicyRow

__all__ = ["PolicyRow", "policies", "policy", "policy_on"]
