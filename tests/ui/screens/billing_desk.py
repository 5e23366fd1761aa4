"""A cashier's desk: a clinic that charges for visits, and what a person's hands do at its windows."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt

from medidesk.models.types import new_id
from medidesk.repositories import billing, visits
from medidesk.repositories.billing import ChargeRow, InvoiceRow, Part
from medidesk.ui.billing.page import CashierPage, open_cashier
from tests.support.database import Clinic
from tests.ui.screens.conftest import Hands

SINCE = dt.date(2026, 1, 1)


def add_service(clinic: Clinic, code: str, name: str, price: str, *, tax: str = "0") -> UUID:
    """A service with a price, as an administrator would have added it."""
    service = new_id()
    with clinic.admin() as admin:
        admin.execute(
            "insert into service (id, org_id, code, name, kind, tax_percent) values (%s, %s, %s, %s, 'other', %s)",
            (service, clinic.org_id, code, name, Decimal(tax)),
        )
        admin.execute(
            "insert into service_price (id, org_id, service_id, amount, valid_from) values (%s, %s, %s, %s, %s)",
            (new_id(), clinic.org_id, service, Decimal(price), SINCE),
        )
    return service


def add_doctor(clinic: Clinic, service: UUID) -> UUID:
    """A doctor whose speciality charges a visit as this."""
    speciality, staff = new_id(), new_id()
    with clinic.admin() as admin:
        admin.execute(
            "insert into specialisation (id, org_id, name, visit_service_id) values (%s, %s, %s, %s)",
            (speciality, clinic.org_id, "Dermatology", service),
        )
        admin.execute(
            "insert into staff (id, org_id, kind, title, family_name, specialisation_id) "
            "values (%s, %s, 'doctor', 'Dr', 'Diallo', %s)",
            (staff, clinic.org_id, speciality),
        )
    return staff


def cashier(desk: Hands) -> CashierPage:
    """The cashier's page, in front."""
    page = open_cashier(desk.shell)
    desk.sit_down()
    return page


def arrived(desk: Hands, name: str, doctor: UUID) -> UUID:
    """Somebody who is checked in with this doctor; returns the patient."""
    patient = desk.register({"family_name": name})
    outcome = desk.station.run(visits.check_in, {"patient_id": patient, "staff_id": doctor}, patience=20)
    assert getattr(outcome, "row", None) is not None, outcome
    return patient


def charged(desk: Hands, patient: UUID, service: UUID, quantity: str = "1") -> ChargeRow:
    """A service on a patient's bill."""
    values = {"patient_id": patient, "service_id": service, "quantity": quantity}
    outcome = desk.station.run(billing.charge, values, patience=20)
    row = getattr(outcome, "row", None)
    assert isinstance(row, ChargeRow), outcome
    return row


def opened_drawer(desk: Hands, opening_float: str = "100") -> UUID:
    """This desk's drawer, open."""
    user = desk.station.user
    outcome = desk.station.run(
        billing.open_drawer, user.account_id, desk.station.name, opening_float, patience=20
    )
    row: Any = getattr(outcome, "row", None)
    assert row is not None, outcome
    row_id: UUID = row.id
    return row_id


def invoiced(desk: Hands, patient: UUID, *charges: ChargeRow, parts: tuple[Part, ...] = ()) -> InvoiceRow:
    """An invoice of these charges, paid in these ways or not at all."""
    ids = [charge.id for charge in charges]
    if parts:
        drawer = desk.station.read(
            billing.open_at, desk.station.user.account_id, desk.station.user.org_id, desk.station.name
        )
        outcome = desk.station.run(
            billing.settle, patient, ids, parts, None if drawer is None else drawer.id, patience=20
        )
    else:
        outcome = desk.station.run(billing.bill, patient, ids, patience=20)
    row = getattr(outcome, "row", None)
    assert isinstance(row, InvoiceRow), outcome
    return row


def count_keys(desk: Hands, *keys: Qt.Key) -> int:
    """Press them, and say how many they were."""
    for key in keys:
        desk.press(key)
    return len(keys)


def shows(page: CashierPage, name: str, due: str) -> bool:
    """Whether the bill or an invoice of this patient is shown, with this to pay."""
    bill = page.bill
    head = bill.invoice.head.line if bill.shows("invoice") else bill.charges.head.title
    return bill.subject is not None and name in head.text() and page.pay.to_pay.figure.text() == due
