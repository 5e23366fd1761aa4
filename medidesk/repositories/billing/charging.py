"""Charging what was done, and taking something off it. What was done is a fact; changing it is a claim."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.billing import QUANTITY_MOST, Charge, Discount
from medidesk.models.directory import Organisation, Specialisation, Staff
from medidesk.models.money import Money, decimals
from medidesk.models.services import Service
from medidesk.models.visits import Visit
from medidesk.permissions import Need
from medidesk.repositories import amounts, branch_clock, checks, insurance, services
from medidesk.repositories.billing import queries
from medidesk.repositories.billing.sums import ZERO, rounded
from medidesk.repositories.patients.registering import kept_file, name_of
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA, APPROVALS = "charges", "approvals"
ONE = Decimal(1)


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.charge)
def charge(work: Work, values: Mapping[str, Any]) -> UUID:
    """Charge a service to a patient.

    Args:
        work: the unit of work.
        values: `patient_id`; `service_id`; `quantity` as it is typed (1 unless given); `visit_id` of what it was
            done at; `org_id` where it is another branch than the author's.

    Raises:
        DomainError: the service has no price there.
    """
    patient = kept_file(work, values["patient_id"])
    service = work.see(Service, _required(values.get("service_id"), "service_id"))
    org_id = values.get("org_id") or work.org_id
    visit = None if values.get("visit_id") is None else work.see(Visit, values["visit_id"])
    amount = _quantity(values.get("quantity"))
    row = _charged(work, service, patient.id, org_id, visit, amount)
    if row is None:
        raise DomainError(
            tr("{service} has no price here.", service=service.name),
            tr("An administrator can set one under Clinic, Services."),
            field="service_id",
        )
    _describe(work, row, tr("{name}: charged", name=name_of(patient)))
    return row.id


def charge_visit(work: Work, visit: Visit) -> None:
    """Charge a visit as what the speciality of whom they come to says; nothing where that says nothing.

    That its patient left without having been seen takes it off the bill again: see `queries.open_charges`.
    """
    person = None if visit.staff_id is None else work.session.get(Staff, visit.staff_id)
    speciality = None
    if person is not None and person.specialisation_id is not None:
        speciality = work.session.get(Specialisation, person.specialisation_id)
    if speciality is None or speciality.visit_service_id is None:
        return
    service = work.session.get(Service, speciality.visit_service_id)
    if service is not None and service.deleted_at is None and service.active:
        _charged(work, service, visit.patient_id, visit.org_id, visit, ONE)


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.charge)
def change_quantity(work: Work, charge_id: UUID, quantity: str) -> UUID:
    """Change how much of it was done; what is on an invoice already is credited instead."""
    row = _not_billed(work, charge_id)
    row.quantity = _quantity(quantity)
    off = _discount_of(work, row.id)
    if off is not None and off.amount > _gross(work, row):
        raise DomainError(
            tr("The discount is more than that comes to."),
            tr("Take the discount off first."),
            field="quantity",
        )
    _describe(work, row, tr("Charge changed"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.charge)
def withdraw(work: Work, charge_id: UUID, reason: str) -> UUID:
    """Take a charge back that was made by mistake, before it is billed."""
    row = _not_billed(work, charge_id)
    row.withdrawn_reason = _given(Charge, "withdrawn_reason", reason)
    row.withdrawn_at = dt.datetime.now(dt.UTC)
    _describe(work, row, tr("Charge withdrawn"))
    return row.id


@verb(APPROVALS, Need.ADD, Kind.CLAIM, shows=queries.charge)
def discount(work: Work, charge_id: UUID, taken_off: str, reason: str) -> UUID:
    """Take something off a charge, in place of what was taken off before.

    Args:
        work: the unit of work.
        charge_id: which.
        taken_off: an amount before tax, or a part of it in per cent, as it is typed: "5.00", "10 %".
        reason: why.
    """
    row = _not_billed(work, charge_id)
    gross, currency = _gross(work, row), _currency(work, row.org_id)
    typed = taken_off.strip()
    if typed.endswith("%"):
        off = rounded(gross * amounts.parse_percent(typed, field="taken_off") / 100, currency)
    else:
        off = amounts.parse_amount(typed, currency, field="taken_off")
    if off <= 0:
        raise DomainError(
            tr("Nothing would be taken off."), tr("Type an amount or a part."), field="taken_off"
        )
    if off > gross:
        raise DomainError(
            tr("{text} costs {amount}.", text=row.text, amount=Money(gross, currency)),
            tr("Take off that much at most."),
            field="taken_off",
        )
    said = _given(Discount, "reason", reason)
    before = _discount_of(work, row.id)
    if before is not None:
        work.get(Discount, before.id).deleted_at = dt.datetime.now(dt.UTC)
    work.add(Discount(org_id=row.org_id, charge_id=row.id, amount=off, reason=said))
    work.describe(tr("Discount on {text}", text=row.text), f"{Money(off, currency)} · {said}")
    return row.id


@verb(APPROVALS, Need.CHANGE, Kind.CLAIM, shows=queries.charge)
def take_discount_off(work: Work, charge_id: UUID) -> UUID:
    """A charge is to be paid whole after all."""
    row = _not_billed(work, charge_id)
    off = _discount_of(work, row.id)
    if off is not None:
        off.deleted_at = dt.datetime.now(dt.UTC)
    _describe(work, row, tr("Discount taken back"))
    return row.id


def _charged(
    work: Work, service: Service, patient_id: UUID, org_id: UUID, visit: Visit | None, amount: Decimal
) -> Charge | None:
    """A new charge at the price of today; None where the service has none, or one in another currency."""
    now = dt.datetime.now(dt.UTC)
    day = branch_clock.day_of(now, branch_clock.zone_of(work.session, org_id))
    insured = insurance.policy_on(work.session, patient_id, day)
    list_id = None if insured is None else insured.price_list_id
    price = services.price_of(work.session, service.id, org_id, day, list_id)
    if price is None or price.currency != _currency(work, org_id):
        return None
    return work.add(
        Charge(
            org_id=org_id,
            patient_id=patient_id,
            visit_id=None if visit is None else visit.id,
            service_id=service.id,
            price_list_id=list_id,
            text=service.name,
            quantity=amount,
            unit_price=price.amount,
            tax_percent=service.tax_percent,
            charged_at=now,
        )
    )


def _not_billed(work: Work, charge_id: UUID) -> Charge:
    row = work.get(Charge, charge_id)
    if queries.is_billed(work.session, charge_id):
        raise DomainError(
            tr("{text} is on an invoice.", text=row.text), tr("Credit the invoice, or discard its draft.")
        )
    if row.withdrawn_at is not None:
        raise DomainError(tr("{text} was withdrawn.", text=row.text), tr("Charge it anew."))
    return row


def _discount_of(work: Work, charge_id: UUID) -> Discount | None:
    query = sa.select(Discount).where(Discount.charge_id == charge_id, Discount.deleted_at.is_(None))
    return work.session.scalars(query).first()


def _gross(work: Work, row: Charge) -> Decimal:
    return rounded(row.quantity * row.unit_price, _currency(work, row.org_id))


def _currency(work: Work, org_id: UUID) -> str:
    return work.see(Organisation, org_id).currency


def _quantity(typed: Any) -> Decimal:
    if typed is None or not str(typed).strip():
        return ONE
    found = amounts.parse_quantity(str(typed), field="quantity")
    if not ZERO < found <= QUANTITY_MOST:
        raise DomainError(
            tr("“{text}” is no quantity.", text=str(typed)), tr("Type how many."), field="quantity"
        )
    return found


def _given(model: type[Charge | Discount], name: str, typed: str) -> str:
    """A reason, which must be given."""
    said = checks.checked_text(model, name, typed)
    if not said:
        raise DomainError(tr("It is not said why."), tr("Give a reason."), field="reason")
    return said


def _required(found: Any, field: str) -> UUID:
    if not isinstance(found, UUID):
        raise DomainError(tr("It is not said what."), tr("Choose a service."), field=field)
    return found


def _describe(work: Work, row: Charge, title: str) -> None:
    """In the list of waiting changes: what, how much of it, and at what price."""
    currency = _currency(work, row.org_id)
    times = "" if row.quantity == ONE else f"{row.quantity.normalize():f} × "
    price = f"{row.unit_price:.{decimals(currency)}f} {currency}"
    work.describe(title, f"{row.text} · {times}{price}")
