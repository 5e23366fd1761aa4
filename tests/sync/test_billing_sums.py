"""Whatever two desks did, one of them without the server for a while: every sum agrees."""

import random
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from medidesk.errors import DomainError
from medidesk.models.billing import InvoiceKind, Verdict, Way
from medidesk.repositories import billing
from medidesk.repositories.billing import Part
from medidesk.station import Queued, Saved, Station
from tests.support.billing import billed, card, charged, drawer, priced, registered, shown
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.raw_rows import insert
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)

STEPS = 24
ONLINE, OFFLINE = 20, 0.1


class Book:
    """Everything that can be done with one patient's money at one desk, at random."""

    def __init__(self, dice: random.Random, patient: UUID, services: list[UUID], clinic: Clinic) -> None:
        self.dice, self.patient, self.services = dice, patient, services
        self.org_id = clinic.org_id

    def step(self, station: Station, till: UUID, patience: float) -> object:
        """One of them; what the desk is told."""
        doing: Callable[..., tuple[Any, ...] | None] = self.dice.choice([
            self.charge, self.charge, self.charge, self.settle, self.settle, self.bill, self.pay, self.pay,
            self.deposit, self.credit, self.credit, self.refund, self.decide, self.pay_out, self.withdraw,
            self.quantity, self.discount,
        ])  # fmt: skip
        found = doing(station, till)
        if found is None:
            return None
        verb, *values = found
        with suppress(DomainError):
            return station.run(verb, *values, patience=patience)
        return None

    def amount(self, most: Decimal) -> str:
        share = Decimal(self.dice.choice(["0.01", "0.3", "0.5", "1", "1"]))
        return f"{max(most * share, Decimal('0.01')):.2f}"

    def parts(self, station: Station, due: Decimal) -> list[Part]:
        free = station.read(billing.credits_of, self.patient, self.org_id)
        if free and self.dice.random() < 0.5:
            one = self.dice.choice(free)
            return [Part(Way.CREDIT, self.amount(min(due, one.amount)), source_id=one.payment_id)]
        whole = self.amount(due)
        return [Part(self.dice.choice([Way.CASH, Way.CARD]), whole)]

    def charge(self, station: Station, till: UUID) -> tuple[Any, ...]:
        del station, till
        quantity = self.dice.choice(["1", "2", "0.333", "7"])
        service = self.dice.choice(self.services)
        values = {"patient_id": self.patient, "service_id": service, "quantity": quantity}
        return billing.charge, values

    def open(self, station: Station) -> list[UUID]:
        found = station.read(billing.open_charges, self.patient, self.org_id)
        return [row.id for row in self.dice.sample(found, min(len(found), self.dice.choice([1, 2])))]

    def settle(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        charges = self.open(station)
        parts = self.parts(station, Decimal(20))
        return (billing.settle, self.patient, charges, parts, till) if charges else None

    def bill(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        del till
        charges = self.open(station)
        return (billing.bill, self.patient, charges) if charges else None

    def invoice(self, station: Station) -> Any:
        found = station.read(billing.of_patient, self.patient)
        return self.dice.choice(found) if found else None

    def pay(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        row = self.invoice(station)
        return None if row is None else (billing.pay, row.id, self.parts(station, row.due), till)

    def deposit(self, station: Station, till: UUID) -> tuple[Any, ...]:
        del station
        return billing.deposit, self.patient, [Part(Way.CASH, "15")], till

    def credit(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        del till
        row = self.invoice(station)
        if row is None:
            return None
        totals = None
        if self.dice.random() < 0.6:
            totals = {
                line.id: self.amount(line.left.total)
                for line in station.read(billing.lines, row.id)
                if line.left.total > 0
            }
        return billing.credit, row.id, "Mistake", totals

    def refund(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        found = [one for one in station.read(billing.payments_of_patient, self.patient) if one.left > 0]
        if not found:
            return None
        one = self.dice.choice(found)
        return billing.refund, one.id, self.amount(one.left), "Did not come", till

    def asked(self, station: Station) -> Any:
        found = station.read(billing.refunds_open, self.org_id)
        return self.dice.choice(found) if found else None

    def decide(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        del till
        one = self.asked(station)
        return None if one is None else (billing.decide_refund, one.id, self.dice.choice(list(Verdict)))

    def pay_out(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        one = self.asked(station)
        return None if one is None else (billing.pay_out, one.id, till)

    def withdraw(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        del till
        charges = self.open(station)
        return (billing.withdraw, charges[0], "Mistake") if charges else None

    def quantity(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        del till
        charges = self.open(station)
        return (billing.change_quantity, charges[0], "3") if charges else None

    def discount(self, station: Station, till: UUID) -> tuple[Any, ...] | None:
        del till
        charges, off = self.open(station), self.dice.choice(["10 %", "0.33", "100 %"])
        return (billing.discount, charges[0], off, "Friend") if charges else None


def assert_sums_agree(station: Station, patient: UUID, clinic: Clinic) -> None:
    """What the station shows is what the server reckons; and no money is stuck where nobody can use it."""
    free: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for credit in station.read(billing.credits_of, patient, clinic.org_id):
        ((most,),) = server_rows(clinic, "select credit_of(%s)", credit.payment_id)
        assert credit.amount <= most, credit
        free[credit.payment_id] = credit.amount
    taken = station.read(billing.payments_of_patient, patient)
    for one in taken:
        query = "select payment_left(%s, true), credit_of(%s)"
        ((left, most),) = server_rows(clinic, query, one.id, one.id)
        assert left == one.left >= 0, one
        assert one.invoice_id is not None or most == free[one.id], one
    for row in station.read(billing.of_patient, patient):
        if row.kind is not InvoiceKind.INVOICE:
            continue
        assert server_rows(clinic, "select invoice_due(%s)", row.id) == [(row.due,)]
        for_it = [one for one in taken if one.invoice_id == row.id and one.way is not Way.CREDIT]
        can_go = sum((one.left for one in for_it), Decimal(0))
        assert sum((free[one.id] for one in for_it), Decimal(0)) == min(max(-row.due, Decimal(0)), can_go), (
            row
        )
        assert -row.due <= sum((one.left + one.asked for one in for_it), Decimal(0)), row
    for drawer_id, holds in server_rows(clinic, "select id, drawer_holds(id) from cashier_session"):
        held = station.read(billing.drawer, drawer_id)
        assert held is not None
        assert held.holds == holds >= 0


@pytest.mark.parametrize("seed", range(4))
def test_every_sum_agrees_whatever_was_done(
    open_station: OpenStation, clinic: Clinic, proxy: Proxy, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    insert(clinic.admin(), "setting", {"org_id": clinic.org_id, "name": "refund_limit", "value": "10"})
    services = [priced(clinic, "12.35", tax="23"), priced(clinic, "0.07", tax="6"), priced(clinic, "30")]
    away, other = open_station("olive", server=proxy.through(clinic.server)), open_station("rui")
    quiet(away, other)
    patient = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Okafor"})
    by = insert(clinic.admin(), "insurer", {"org_id": clinic.org_id, "name": "Care"})
    policy = {"patient_id": patient, "insurer_id": by, "policy_no": "1", "copay_percent": "33.33"}
    insert(clinic.admin(), "insurance_policy", {"org_id": clinic.org_id} | policy)
    quiet(away, other)
    book = Book(dice, patient, services, clinic)
    desks = [(away, drawer(away, "50")), (other, drawer(other, "50"))]
    told: list[object] = []
    for steps, offline in ((STEPS, False), (STEPS, True), (STEPS // 2, False)):
        if offline:
            go_offline(away, proxy)
        for _ in range(steps):
            station, till = dice.choice(desks)
            told.append(book.step(station, till, OFFLINE if offline and station is away else ONLINE))
        if offline:
            go_online(away, proxy)
        quiet(away, other)
        assert server_rows(clinic, "select reason from held_fact") == []
        for station in (away, other):
            assert_sums_agree(station, patient, clinic)
    assert any(isinstance(one, Saved) for one in told)
    assert any(isinstance(one, Queued) for one in told)
    for station in (away, other):
        assert_replica_equals_server(station, clinic)


def test_credit_that_paid_what_is_taken_back_is_a_credit_again(
    open_station: OpenStation, clinic: Clinic
) -> None:
    insert(clinic.admin(), "setting", {"org_id": clinic.org_id, "name": "refund_limit", "value": "100"})
    service = priced(clinic, "30")
    desk, cashier = open_station("sofia"), open_station("rui")
    quiet(desk, cashier)
    patient = registered(desk, "Okafor")
    assert isinstance(desk.run(billing.deposit, patient, card("40"), patience=ONLINE), Saved)
    (source,) = desk.read(billing.credits_of, patient, clinic.org_id)
    bill = billed(desk, patient, charged(desk, patient, service))
    part = [Part(Way.CREDIT, "30", source_id=source.payment_id)]
    assert isinstance(desk.run(billing.pay, bill.id, part, patience=ONLINE), Saved)
    for totals in ({desk.read(billing.lines, bill.id)[0].id: "12.50"}, None):
        assert isinstance(desk.run(billing.credit, bill.id, "Mistake", totals, patience=ONLINE), Saved)
    quiet(desk, cashier)
    for station in (desk, cashier):
        assert shown(station, bill.id).due == 0
        assert [row.amount for row in station.read(billing.credits_of, patient, clinic.org_id)] == [
            Decimal(40)
        ]
        assert_sums_agree(station, patient, clinic)
        assert_replica_equals_server(station, clinic)
    back = desk.run(billing.refund, source.payment_id, "40", "Did not come", patience=ONLINE)
    assert isinstance(back, Saved), back
