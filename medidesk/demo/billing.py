"""Bills of the demo clinic: what today's visits cost, and what the last days were billed, paid and left to pay."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import psycopg

from medidesk.demo.services import LIST
from medidesk.models.types import new_id

_CASHIER, _DRAWER = "rui", "Cash desk"
_DAYS = 12
_BILLS_A_DAY = 3
_ALSO = ("P01", "L01", "L02", "P05", "L04")
_INSURED, _OWN_PART = 6, Decimal(20)
_OTHERS = (("Sanitas Norte", "SN-118", Decimal(10), True), ("Atlântico Seguros", "ATL", Decimal(0), False))
"""Insurers who pay by the clinic's own prices: name, payer code, usual co-pay, and whether they still pay."""
_SAID = ("covered until June", "covered, no referral needed", "covered; dental is not")
_BESIDES = 0.5
_LEFT_OVER = 5

type _Found = tuple[UUID, str, Decimal]
"""A service: id, name, and what it costs."""


@dataclass(frozen=True)
class _Sold:
    """A charge that was made: its id, and what it is billed as."""

    id: UUID
    service: _Found


def add_bills(connection: psycopg.Connection, org: UUID, seed: int = 11) -> None:
    """Charges of today's visits, and invoices with their payments of the days before.

    Args:
        connection: a superuser's that may write; services and visits are loaded.
        org: the clinic.
        seed: of the chance that says what was done and how it was paid.
    """
    chance = random.Random(seed)  # noqa: S311 - invented bills, no secret
    # Numbers are given and sums are checked by triggers; what has been is kept as it is told, as after an outage.
    connection.execute("set local session_replication_role = origin")
    connection.execute("select set_config('medidesk.told', 'true', false)")
    now = dt.datetime.now(dt.UTC)
    services = _services(connection, org)
    _insure(connection, org)
    _charge_today(connection, org, services, chance)
    patients = [
        row[0]
        for row in connection.execute(
            "select id from patient where org_id = %s and id not in (select patient_id from visit) order by id",
            (org,),
        ).fetchmany(_DAYS * _BILLS_A_DAY + _LEFT_OVER)
    ]
    first = services["C01"]
    for at in range(_LEFT_OVER):  # who went home before they were billed
        when = now - dt.timedelta(hours=20 + 3 * at)
        patient = patients.pop()
        for one in (first, *(services[code] for code in chance.sample(_ALSO, at % 3))):
            _charge(connection, org, patient, one, when)
    for days in range(_DAYS, 0, -1):
        opened = now - dt.timedelta(days=days, hours=3)
        drawer = _open(connection, org, opened)
        for at in range(_BILLS_A_DAY):
            patient = patients.pop()
            when = opened + dt.timedelta(minutes=25 + 40 * at)
            also = [services[code] for code in chance.sample(_ALSO, chance.randint(0, 2))]
            sold = [_charge(connection, org, patient, one, when) for one in (first, *also)]
            invoice = _issue(connection, org, patient, sold, when)
            due = sum((one.service[2] for one in sold), Decimal(0))
            if at == 0 or days % 3:
                _pay(connection, org, patient, invoice, due, drawer, when, "cash" if at == 1 else "card")
            elif days % 2:
                _pay(connection, org, patient, invoice, Decimal(20), drawer, when, "cash")
        _close(
            connection, drawer, opened + dt.timedelta(hours=2), short=Decimal(5) if days == 4 else Decimal(0)
        )
    connection.execute("select set_config('medidesk.told', '', false)")


def _services(connection: psycopg.Connection, org: UUID) -> dict[str, _Found]:
    """What the clinic charges for itself, by code."""
    rows = connection.execute(
        "select s.code, s.id, s.name, p.amount from service s join service_price p on p.service_id = s.id "
        "where s.org_id = %s and p.price_list_id is null",
        (org,),
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _insure(connection: psycopg.Connection, org: UUID) -> None:
    """An insurer that pays by its own list, others, and a few of today's patients who are insured there."""
    insurer = new_id()
    connection.execute(
        "insert into insurer (id, org_id, name, price_list_id, payer_code, copay_percent, phone) "
        "select %s, %s, name, id, 'HM-01', %s, '+351 555 0140' from price_list where org_id = %s and name = %s",
        (insurer, org, _OWN_PART, org, LIST),
    )
    for name, code, usual, active in _OTHERS:
        connection.execute(
            "insert into insurer (id, org_id, name, payer_code, copay_percent, active) "
            "values (%s, %s, %s, %s, %s, %s)",
            (new_id(), org, name, code, usual, active),
        )
    patients = connection.execute(
        "select distinct patient_id from visit where org_id = %s order by patient_id limit %s",
        (org, _INSURED),
    ).fetchall()
    for at, (patient,) in enumerate(patients):
        said = _SAID[at % len(_SAID)] if at % 2 == 0 else ""
        connection.execute(
            "insert into insurance_policy (id, org_id, patient_id, insurer_id, policy_no, copay_percent, "
            "valid_from, checked_on, eligibility_note) values (%s, %s, %s, %s, %s, %s, current_date - 200, "
            "case when %s <> '' then current_date - 20 end, %s)",
            (new_id(), org, patient, insurer, f"HM-{40217 + 113 * at}", _OWN_PART, said, said),
        )


def _charge_today(
    connection: psycopg.Connection, org: UUID, services: dict[str, _Found], chance: random.Random
) -> None:
    """What each visit of today is charged as, and for some of those who have been seen what was done besides."""
    visits = connection.execute(
        "select v.id, v.patient_id, v.state, v.arrived_at, s.id, s.name, insurer.price_list_id, "
        "listed_price(s.id, v.org_id, insurer.price_list_id, current_date) "
        "from visit v left join staff on staff.id = v.staff_id "
        "left join specialisation on specialisation.id = staff.specialisation_id "
        "join service s on s.id = coalesce(specialisation.visit_service_id, %s) "
        "left join insurance_policy i on i.patient_id = v.patient_id "
        "left join insurer on insurer.id = i.insurer_id "
        "where v.org_id = %s order by v.arrived_at",
        (services["C01"][0], org),
    ).fetchall()
    for visit, patient, state, arrived, service, name, price_list, amount in visits:
        _charge(connection, org, patient, (service, name, amount), arrived, visit, price_list)
        if state == "completed" and price_list is None and chance.random() < _BESIDES:
            also = services[chance.choice(_ALSO)]
            _charge(connection, org, patient, also, arrived + dt.timedelta(minutes=20), visit)


def _charge(
    connection: psycopg.Connection,
    org: UUID,
    patient: UUID,
    service: _Found,
    when: dt.datetime,
    visit: UUID | None = None,
    price_list: UUID | None = None,
) -> _Sold:
    charge, (service_id, name, amount) = new_id(), service
    connection.execute(
        "insert into charge (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, "
        "unit_price, charged_at) values (%s, %s, %s, %s, %s, %s, %s, 1, %s, %s)",
        (charge, org, patient, visit, service_id, price_list, name, amount, when),
    )
    return _Sold(charge, service)


def _issue(
    connection: psycopg.Connection, org: UUID, patient: UUID, sold: Sequence[_Sold], when: dt.datetime
) -> UUID:
    invoice, total = new_id(), sum((one.service[2] for one in sold), Decimal(0))
    connection.execute(
        "insert into invoice (id, org_id, patient_id, lines, total) values (%s, %s, %s, %s, %s)",
        (invoice, org, patient, len(sold), total),
    )
    for position, one in enumerate(sold, 1):
        _id, name, amount = one.service
        connection.execute(
            "insert into invoice_line (id, org_id, invoice_id, charge_id, position, text, quantity, unit_price, "
            "net, total) values (%s, %s, %s, %s, %s, %s, 1, %s, %s, %s)",
            (new_id(), org, invoice, one.id, position, name, amount, amount, amount),
        )
    connection.execute("update invoice set state = 'issued', issued_at = %s where id = %s", (when, invoice))
    return invoice


def _pay(
    connection: psycopg.Connection,
    org: UUID,
    patient: UUID,
    invoice: UUID,
    amount: Decimal,
    drawer: UUID,
    when: dt.datetime,
    way: str,
) -> None:
    payment = new_id()
    connection.execute(
        "insert into payment (id, org_id, patient_id, invoice_id, session_id, receipt_id, way, amount, taken_at) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (payment, org, patient, invoice, drawer, payment, way, amount, when + dt.timedelta(minutes=2)),
    )


def _open(connection: psycopg.Connection, org: UUID, when: dt.datetime) -> UUID:
    drawer = new_id()
    connection.execute(
        "insert into cashier_session (id, org_id, cashier_id, drawer, opened_at, opening_float) "
        "select %s, %s, id, %s, %s, 100 from user_account where login = %s",
        (drawer, org, _DRAWER, when, _CASHIER),
    )
    return drawer


def _close(connection: psycopg.Connection, drawer: UUID, when: dt.datetime, *, short: Decimal) -> None:
    connection.execute(
        "update cashier_session set expected = drawer_holds(id), counted = drawer_holds(id) - %s, closed_at = %s, "
        "note = %s where id = %s",
        (short, when, "A note of five was given back twice" if short else "", drawer),
    )
