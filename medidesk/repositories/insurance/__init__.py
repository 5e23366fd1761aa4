"""Insurers and policies. Callers write `insurance.policies`."""

from medidesk.repositories.insurance.queries import policies, policies_on, policy, policy_on
from medidesk.repositories.insurance.rows import PolicyRow

__all__ = ["PolicyRow", "policies", "policies_on", "policy", "policy_on"]
