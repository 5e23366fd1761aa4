"""What the queries about insurance return: frozen rows that any thread may keep."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


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

    def pays_on(self, day: dt.date) -> bool:
        """Whether it is valid on a day, of an insurer that still pays."""
        began = self.valid_from is None or self.valid_from <= day
        return self.insurer_active and began and (self.valid_until is None or day <= self.valid_until)
