"""Tables, constraints and enums of the whole product: one file a module.

Importing this package registers every table on `Base.metadata`.
"""

from medidesk.models import (
    access,
    appointments,
    billing,
    claims,
    decisions,
    directory,
    duty,
    insurance,
    patients,
    services,
    settings,
    system,
    visits,
)
from medidesk.models.base import Base, Row, synchronised

__all__ = [
    "Base", "Row", "access", "appointments", "billing", "claims", "decisions", "directory", "duty", "insurance",
    "patients", "services", "settings", "synchronised", "system", "visits",
]  # fmt: skip
