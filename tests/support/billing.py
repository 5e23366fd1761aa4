"""Bills for tests: services with a price at the server, charges, and the ways in which they are paid."""

from uuid import UUID, uuid4

from medidesk.models.billing import Way
from medidesk.repositories import billing, patients
from medidesk.repositories.billing import ChargeRow, InvoiceRow, Part
from medidesk.station import Saved, Station
from tests.support.database import Clinic
from tests.support.raw_rows import insert


def priced(clinic: Clinic, amount: str = "30", *, tax: str = "0", name: str = "Consultation") -> UUID:
    """A service of the clinic, with its price from today on."""
    admin, of = clinic.admin(), {"org_id": clinic.org_id}
    service = insert(
        admin,
        "service",
        of | {"code": uuid4().hex[:8], "name": name, "kind": "other", "tax_percent": tax},
    )
    admin.execute(
        "insert into service_price (id, org_id, service_id, amount, valid_from) "
        "select gen_random_uuid(), id, %s, %s, (now() at time zone timezone)::date from organisation where id = %s",
        [service, amount, clinic.org_id],
    )
    return service


def registered(station: Station, name: str) -> UUID:
    """A new patient's file."""
    made = station.run(patients.register, {"family_name": name}, patience=20)
    assert isinstance(made, Saved), made
    found: UUID = made.row.id
    return found


def charged(station: Station, patient: UUID, service: UUID, quantity: str = "") -> ChargeRow:
    """A charge that the server has."""
    values = {"patient_id": patient, "service_id": service, "quantity": quantity}
    made = station.run(billing.charge, values, patience=20)
    assert isinstance(made, Saved), made
    row: ChargeRow = made.row
    return row


def billed(station: Station, patient: UUID, *charges: ChargeRow) -> InvoiceRow:
    """An invoice that the server has issued, to be paid."""
    made = station.run(billing.bill, patient, [one.id for one in charges], patience=20)
    assert isinstance(made, Saved), made
    row: InvoiceRow = made.row
    return row


def drawer(station: Station, opening: str = "100") -> UUID:
    """The drawer of whoever is signed in, opened."""
    account = station.user.account_id
    made = station.run(billing.open_drawer, account, "Front desk", opening, patience=20)
    assert isinstance(made, Saved), made
    found: UUID = made.row.id
    return found


def card(amount: str) -> list[Part]:
    """Paid by card."""
    return [Part(Way.CARD, amount)]


def cash(amount: str, tendered: str = "") -> list[Part]:
    """Paid in cash."""
    return [Part(Way.CASH, amount, tendered)]


def shown(station: Station, invoice_id: UUID) -> InvoiceRow:
    """An invoice as the station shows it."""
    row = station.read(billing.invoice, invoice_id)
    assert row is not None
    return row
