"""Insured patients for tests: an insurer with a policy at the server, and bills that it pays a part of."""

from uuid import UUID

from medidesk.models.claims import ClaimState
from medidesk.repositories import claims
from medidesk.repositories.billing import InvoiceRow
from medidesk.repositories.claims import ClaimRow
from medidesk.station import Saved, Station
from tests.support.billing import billed, charged, registered
from tests.support.database import Clinic
from tests.support.raw_rows import insert


def insurer(clinic: Clinic, name: str = "Solidarity") -> UUID:
    """An insurer of the clinic."""
    return insert(clinic.admin(), "insurer", {"org_id": clinic.org_id, "name": name, "payer_code": "S-01"})


def insure(clinic: Clinic, patient: UUID, of: UUID, copay: str = "20") -> UUID:
    """A policy of theirs without an end."""
    values = {"patient_id": patient, "insurer_id": of, "policy_no": "P-1234", "copay_percent": copay}
    return insert(clinic.admin(), "insurance_policy", {"org_id": clinic.org_id} | values)


def insured_bill(
    clinic: Clinic,
    desk: Station,
    service: UUID,
    *,
    copay: str = "20",
    quantities: tuple[str, ...] = ("1", "2"),
) -> InvoiceRow:
    """An invoice of a new patient, of which an insurer pays what the co-pay leaves."""
    patient = registered(desk, "Okafor")
    insure(clinic, patient, insurer(clinic, f"Insurer {patient}"), copay)
    desk.wait_current(20)
    return billed(desk, patient, *(charged(desk, patient, service, much) for much in quantities))


def filed(desk: Station, invoice_id: UUID) -> ClaimRow:
    """The claim of an invoice, submitted."""
    made = desk.run(claims.file_claim, invoice_id, patience=20)
    assert isinstance(made, Saved), made
    row: ClaimRow = made.row
    assert row.state is ClaimState.SUBMITTED
    return row


def now(desk: Station, claim_id: UUID) -> ClaimRow:
    """A claim as the station shows it."""
    row = desk.read(claims.claim, claim_id)
    assert row is not None
    return row
