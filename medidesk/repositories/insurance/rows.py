"""What the queries about insurance return: frozen rows that any thread may keep."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from medidesk.repositories.amounts import percent


@dataclass(frozen=True, slots=True)
class InsurerRow:
    """Somebody who pays for patients; fields as in `models.insurance.Insurer`.

    Attributes:
        org_name: the branch it belongs to.
        price_list: the name of the list it pays by; "" for the branch's own prices.
        policies: how many patients' policies name it, of those that whoever reads may see.
    """

    id: UUID
    org_id: UUID
    name: str
    payer_code: str
    price_list_id: UUID | None
    copay_percent: Decimal
    phone: str
    email: str
    active: bool
    updated_by: UUID | None
    org_name: str
    price_list: str
    policies: int

    @property
    def copay(self) -> str:
        """The usual percentage as it is typed; empty for none."""
        return percent(self.copay_percent)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A patient's insurance; fields as in `models.insurance.InsurancePolicy`, and of the insurer."""

    id: UUID
    org_id: UUID
    patient_id: UUID
    insurer_id: UUID
    policy_no: str
    holder: str
    valid_from: dt.date | None
    valid_until: dt.date | None
    copay_percent: Decimal
    checked_on: dt.date | None
    eligibility_note: str
    version: int
    updated_by: UUID | None
    insurer: str
    price_list_id: UUID | None
    insurer_active: bool

    @property
    def copay(self) -> str:
        """The percentage as it is typed; empty for none."""
        return percent(self.copay_percent)

    def is_over(self, day: dt.date) -> bool:
        """Whether its last day has passed."""
        return self.valid_until is not None and self.valid_until < day

    def pays_on(self, day: dt.date) -> bool:
        """Whether it is valid on a day, of an insurer that still pays."""
        began = self.valid_from is None or self.valid_from <= day
        return self.insurer_active and began and not self.is_over(day)

    def meets(self, first: dt.date | None, last: dt.date | None) -> bool:
        """Whether it is valid on a day of a span; None for one without beginning or end."""
        begins = last is None or self.valid_from is None or self.valid_from <= last
        return begins and (first is None or not self.is_over(first))
