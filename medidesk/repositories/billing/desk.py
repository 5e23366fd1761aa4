"""What a cashier's list reads: who is to be billed, the bill that would be made, and receipts."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.access import AccountState
from medidesk.models.base import table_of
from medidesk.models.billing import Way
from medidesk.models.visits import Visit, VisitState
from medidesk.permissions import Need, can
from medidesk.repositories import branch_clock, insurance, people
from medidesk.repositories.billing import queries
from medidesk.repositories.billing.rows import ChargeRow, PaymentRow
from medidesk.repositories.billing.sums import ZERO, LineSums, added
from medidesk.repositories.insurance import PolicyRow
from medidesk.repositories.patients.joined import kept_id, with_kept_file
from medidesk.repositories.settings import way_up

_visit = table_of(Visit)
_HERE = (VisitState.WAITING, VisitState.IN_ROOM)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a patient has not been billed for in a branch.

    Attributes:
        id: the patient's.
        charges: as they gathered.
        policy: of the insurer that pays its part today.
        currency: of the branch.
        ticket: of who is here today; "" otherwise.
    """

    id: UUID
    charges: tuple[ChargeRow, ...]
    policy: PolicyRow | None
    currency: str
    ticket: str = ""

    def sums_of(self, charge: ChargeRow) -> LineSums:
        """What a charge comes to for this patient."""
        return charge.sums(None if self.policy is None else self.policy.copay_percent)

    def sums(self, of: Iterable[ChargeRow] | None = None) -> LineSums:
        """What these charges come to; all of them unless told."""
        return added(self.sums_of(charge) for charge in (self.charges if of is None else of))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was taken at one time for one thing.

    Attributes:
        id: of the receipt.
        payments: its parts, one for each way.
    """

    id: UUID
    payments: tuple[PaymentRow, ...]

    @property
    def first(self) -> PaymentRow:
        """What all parts have alike: patient, invoice, number and time stand here."""
        return self.payments[0]

    @property
    def amount(self) -> Decimal:
        """The whole of it."""
        return sum((one.amount for one in self.payments), ZERO)

    @property
    def ways(self) -> tuple[Way, ...]:
        """How it was paid."""
        return tuple(dict.fromkeys(one.way for one in self.payments))


def bill_of(session: Session, patient_id: UUID, org_id: UUID) -> Bill:
    """What is not billed to a patient yet; without charges where there is nothing."""
    charges = queries.open_charges(session, patient_id, org_id)
    return _bills(session, org_id, {patient_id: charges})[0]


def bills(session: Session, org_id: UUID) -> list[Bill]:
    """Who is to be billed in a branch: those who are here first, then those of whom the latest was done last."""
    of: dict[UUID, list[ChargeRow]] = {}
    for charge in queries.unbilled(session, org_id):
        of.setdefault(charge.file_id, []).append(charge)
    found = _bills(session, org_id, of)
    found.sort(key=lambda bill: bill.charges[-1].charged_at, reverse=True)
    return sorted(found, key=lambda bill: not bill.ticket)


def receipts(payments: Iterable[PaymentRow]) -> list[Receipt]:
    """Payments put together by their receipts, in the order in which they come; insurers have none."""
    own = (row for row in payments if row.way is not Way.INSURER)
    return [Receipt(receipt_id, tuple(rows)) for receipt_id, rows in groupby(own, lambda row: row.receipt_id)]


def approvers(session: Session, org_id: UUID, but: UUID) -> list[str]:
    """Who may decide about a refund in a branch, by name, but for one account."""
    above = set(way_up(session, org_id))
    return [
        one.name
        for one in people.accounts(session)
        if one.id != but
        and one.state is AccountState.APPROVED
        and any(
            held.org_id in above and can(people.rights(session, (held.role,)), "approvals", Need.ADD)
            for held in one.roles
        )
    ]


def _bills(session: Session, org_id: UUID, of: Mapping[UUID, Sequence[ChargeRow]]) -> list[Bill]:
    """The charges of each patient with what else their bill says."""
    today = branch_clock.today(branch_clock.zone_of(session, org_id))
    tickets, currency = _tickets(session, org_id, today), queries.currency_of(session, org_id)
    policies = insurance.policies_on(session, of, today)
    return [
        Bill(patient_id, tuple(charges), policies.get(patient_id), currency, tickets.get(patient_id, ""))
        for patient_id, charges in of.items()
    ]


def _tickets(session: Session, org_id: UUID, today: dt.date) -> dict[UUID, str]:
    """The tickets of those who are here today, by patient."""
    starts, _ = queries.span(session, org_id, today, today)
    here = (
        sa.select(kept_id(_visit), _visit.c.provisional_no, _visit.c.ticket)
        .select_from(with_kept_file(_visit))
        .where(
            _visit.c.org_id == org_id, _visit.c.arrived_at >= starts, _visit.c.state.in_(_HERE),
            _visit.c.deleted_at.is_(None),
        )
    )  # fmt: skip
    return {
        patient_id: provisional or ticket or "—" for patient_id, provisional, ticket in session.execute(here)
    }
