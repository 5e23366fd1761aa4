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


def claimed(clinic: Clinic, patient: UUID, service: UUID) -> UUID:
    """A claim that was submitted, of an invoice of 30 that nobody at a station has made."""
    admin, of = clinic.admin(), {"org_id": clinic.org_id}
    payer = insurer(clinic)
    policy = insure(clinic, patient, payer, "0")
    what = {"text": "Consultation", "quantity": 1, "unit_price": 30}
    charge = of | what | {"patient_id": patient, "service_id": service, "charged_at": "now"}
    bill = of | {"patient_id": patient, "policy_id": policy, "state": "issued", "issued_at": "now"}
    sums = {"net": 30, "total": 30, "covered": 30}
    with admin.transaction():
        own = {"charge_id": insert(admin, "charge", charge), "position": 1}
        own["invoice_id"] = insert(admin, "invoice", bill | {"lines": 1, "total": 30, "covered": 30})
        line = insert(admin, "invoice_line", of | what | sums | own)
        claim = of | {"patient_id": patient, "invoice_id": own["invoice_id"], "insurer_id": payer, "lines": 1}
        claim |= {"policy_no": "P-1234", "claimed": 30, "state": "submitted", "submitted_at": "now"}
        made = insert(admin, "insurance_claim", claim)
        insert(
            admin,
            "claim_line",
            of | {"claim_id": made, "invoice_line_id": line, "position": 1, "claimed": 30},
        )
    return made


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
