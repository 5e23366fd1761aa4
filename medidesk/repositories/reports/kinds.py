"""Which reports there are, and who may see them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.repositories.billing import issuer
from medidesk.repositories.reports.attendance import attendance
from medidesk.repositories.reports.claims_by_age import claims_by_age
from medidesk.repositories.reports.day_sheet import day_sheet
from medidesk.repositories.reports.outstanding import outstanding
from medidesk.repositories.reports.revenue import revenue
from medidesk.repositories.reports.rows import Period, Report, Table
from medidesk.repositories.reports.takings import takings
from medidesk.words import tr


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report.

    Attributes:
        name: of the program.
        label: the English words of what people call it.
        area: whoever may read it sees the report.
        tables: makes them, for a branch and some days.
        of_all_days: whether it is of everything up to today unless told, not of today.
    """

    name: str
    label: str
    area: str
    tables: Callable[[Session, UUID, Period], tuple[Table, ...]]
    of_all_days: bool = False

    @property
    def title(self) -> str:
        """What people call it, in their language."""
        return tr(self.label)


KINDS = (
    Kind("day_sheet", "Day sheet", "billing", day_sheet),
    Kind("takings", "Takings by cashier and way", "billing", takings),
    Kind("outstanding", "Outstanding", "billing", outstanding, of_all_days=True),
    Kind("claims_by_age", "Claims by age", "billing", claims_by_age, of_all_days=True),
    Kind("revenue", "Revenue by day and service", "billing", revenue),
    Kind("attendance", "Appointments by doctor", "appointments", attendance),
)


def kind_named(name: str) -> Kind:
    """The kind of this name."""
    return next(kind for kind in KINDS if kind.name == name)


def made(session: Session, name: str, org_id: UUID, period: Period) -> Report:
    """A report of a branch. The same on a replica and on the server."""
    kind, branch = kind_named(name), issuer(session, org_id)
    return Report(
        kind.name,
        kind.title,
        branch.branch,
        branch.currency,
        period,
        dt.datetime.now(dt.UTC).astimezone(branch.zone),
        kind.tables(session, org_id, period),
    )
