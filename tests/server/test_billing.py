"""Money over raw connections: what no window offers, the database refuses; and numbers under a race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from medidesk.models.money import MINOR_UNITS, decimals
from tests.support.billing import priced
from tests.support.database import Clinic
from tests.support.raw_rows import insert

RACES, DESKS = 1000, 4
"""Invoices that so many connections issue at one time."""


class Desk:
    """Somebody at psql, and a patient with a charge of 30."""

    def __init__(self, clinic: Clinic, login: str, patient: UUID, service: UUID) -> None:
        self.sql, self.org = clinic.connect(login), clinic.org_id
        self.patient, self.service = patient, service

    def insert(self, table: str, **values: Any) -> UUID:
        return insert(self.sql, table, {"org_id": self.org} | values)

    def charge(self, **more: Any) -> UUID:
        values = {
            "patient_id": self.patient,
            "service_id": self.service,
            "text": "Consultation",
            "quantity": 1,
        }
        return self.insert("charge", **values | {"unit_price": 30, "charged_at": "now"} | more)

    def line(self, invoice: UUID, charge: UUID, **more: Any) -> UUID:
        values = {"invoice_id": invoice, "charge_id": charge, "position": 1, "text": "Consultation"}
        amounts = {"quantity": 1, "unit_price": 30, "net": 30, "total": 30}
        return self.insert("invoice_line", **values | amounts | more)

    def issued(self, charge: UUID | None = None) -> UUID:
        with self.sql.transaction():
            made = self.insert(
                "invoice", patient_id=self.patient, state="issued", issued_at="now", lines=1, total=30
            )
            self.line(made, charge or self.charge())
        return made

    def payment(self, **more: Any) -> UUID:
        values = {
            "patient_id": self.patient,
            "receipt_id": uuid4(),
            "way": "card",
            "amount": 30,
            "taken_at": "now",
        }
        return self.insert("payment", **values | more)

    def drawer(self, opening: int | str = 0) -> UUID:
        me = self.sql.execute("select current_account()").fetchone()
        assert me is not None
        values = {"cashier_id": me[0], "drawer": uuid4().hex, "opened_at": "now", "opening_float": opening}
        return self.insert("cashier_session", **values)

    def one(self, query: str, *values: Any) -> Any:
        row = self.sql.execute(query.encode(), values).fetchone()
        assert row is not None
        return row[0]


type At = Callable[[str], Desk]


@pytest.fixture
def at(clinic: Clinic) -> At:
    service = priced(clinic, "30")
    patient = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Okafor"})
    return lambda login: Desk(clinic, login, patient, service)


def refuses(sentence: str) -> Any:
    return pytest.raises(psycopg.DatabaseError, match=sentence)


def test_decimals_of_currencies_are_the_programs(clinic: Clinic) -> None:
    for currency in (*MINOR_UNITS, "EUR", "USD"):
        row = clinic.admin().execute("select minor_units(%s)", [currency]).fetchone()
        assert row == (decimals(currency),), currency


def test_a_charge_has_the_price_of_the_list(at: At) -> None:
    desk = at("sofia")
    with refuses("The price of Consultation has changed"):
        desk.charge(unit_price=1)
    with refuses("The tax on Consultation has changed"):
        desk.charge(tax_percent=5)
    desk.sql.execute("set medidesk.told = 'true'")
    with refuses("Consultation has never cost that"):
        desk.charge(unit_price=1)


def test_a_discount_takes_the_right_to_give_one(at: At) -> None:
    desk, charge = at("sofia"), at("sofia").charge()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.insert("discount", charge_id=charge, amount=30, reason="Friend")
    draft = desk.insert("invoice", patient_id=desk.patient)
    with refuses("has changed meanwhile"):
        desk.line(draft, charge, discount=30, net=0, total=0)
    desk.sql.execute("set medidesk.told = 'true'")
    with refuses("does not say what was charged"):
        desk.line(draft, charge, discount=30, net=0, total=0)


@pytest.mark.parametrize(
    "change",
    [
        "total = 1, covered = 0", "lines = 0", "note = 'Other'", "state = 'draft', issued_at = null",
        "deleted_at = now()", "policy_id = null, issued_at = now() - interval '1 year'",
    ],
)  # fmt: skip
def test_an_invoice_that_was_issued_stays_as_it_is(at: At, change: str) -> None:
    desk = at("rui")
    made = desk.issued()
    with refuses("stays as it is"):
        desk.sql.execute(f"update invoice set {change} where id = %s".encode(), [made])


def test_no_line_is_slipped_into_an_invoice_that_was_issued_or_out_of_it(at: At) -> None:
    desk = at("rui")
    made = desk.issued()
    with refuses("does not add up"):
        desk.line(made, desk.charge())
    with refuses("stays as it is"):
        desk.sql.execute("update invoice_line set deleted_at = now() where invoice_id = %s", [made])
    with refuses("does not add up"), desk.sql.transaction():
        empty = {"state": "issued", "issued_at": "now", "lines": 0, "total": 0}
        desk.insert("invoice", patient_id=desk.patient, **empty)


def test_nobody_gives_numbers_of_their_own(at: At) -> None:
    desk = at("rui")
    for table, column in (("invoice", "number"), ("payment", "receipt_no"), ("refund", "number")):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.sql.execute(f"insert into {table} ({column}) values ('I26-00001')".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.sql.execute(f"update {table} set {column} = 'I26-00001'".encode())


def test_an_invoice_is_paid_once(at: At) -> None:
    desk = at("rui")
    bill = desk.issued()
    with refuses(r"only 30\.00 EUR is left to pay"):
        desk.payment(invoice_id=bill, amount="30.01")
    desk.payment(invoice_id=bill)
    with refuses("has been paid already: receipt R"):
        desk.payment(invoice_id=bill)


def test_money_that_was_taken_stays(at: At) -> None:
    desk = at("rui")
    taken = desk.payment()
    with refuses("Give it back instead"):
        desk.sql.execute("update payment set deleted_at = now() where id = %s", [taken])
    for column in ("amount", "way", "taken_at", "session_id"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.sql.execute(f"update payment set {column} = null".encode())


def test_cash_goes_into_a_drawer_of_ones_own(at: At) -> None:
    desk, other = at("rui"), at("sofia")
    with refuses("payment_cash_in_a_drawer"):
        desk.payment(way="cash")
    with refuses("This drawer is somebody else's"):
        desk.payment(way="cash", session_id=other.drawer())
    own = desk.drawer()
    desk.payment(way="cash", session_id=own)
    closing = "update cashier_session set closed_at = now(), counted = 30, expected = 30 where id = %s"
    desk.sql.execute(closing, [own])
    with refuses("counted and closed"):
        desk.payment(way="cash", session_id=own)
    with refuses("counted and closed"):
        desk.sql.execute("update cashier_session set counted = 10 where id = %s", [own])


def test_a_refund_is_no_more_than_was_paid_and_no_more_than_is_in_the_drawer(at: At, clinic: Clinic) -> None:
    insert(clinic.admin(), "setting", {"org_id": clinic.org_id, "name": "refund_limit", "value": "1000"})
    desk = at("rui")
    first = desk.drawer(5)
    taken = desk.payment(way="cash", session_id=first)
    refund = {"payment_id": taken, "reason": "Mistake", "state": "paid", "paid_at": "now"}
    with refuses(r"only 30\.00 EUR is left to give back"):
        desk.insert("refund", amount=31, session_id=first, **refund)
    with refuses("Open your drawer first"):
        desk.insert("refund", amount=30, **refund)
    with refuses(r"only 0\.00 EUR in this drawer"):
        desk.insert("refund", amount=30, session_id=desk.drawer(), **refund)
    desk.insert("refund", amount=20, session_id=first, **refund)
    with refuses(r"only 10\.00 EUR is left to give back"):
        desk.insert("refund", amount=20, session_id=first, **refund)
    assert clinic.admin().execute("select drawer_holds(%s)", [first]).fetchone() == (Decimal(15),)


def test_nobody_approves_their_own_refund(at: At) -> None:
    desk, manager, other = at("rui"), at("olive"), at("sofia")
    asked = manager.insert("refund", payment_id=desk.payment(), amount=30, reason="Mistake")
    with refuses("Somebody else decides"):
        manager.insert("refund_verdict", refund_id=asked, verdict="approved")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        other.insert("refund_verdict", refund_id=asked, verdict="approved")
    with refuses("somebody else's approval"):
        desk.sql.execute("update refund set state = 'paid', paid_at = now() where id = %s", [asked])
    with refuses("has been decided on already"):
        desk.sql.execute("update refund set state = 'approved' where id = %s", [asked])
    theirs = desk.insert("refund", payment_id=desk.payment(), amount=30, reason="Mistake")
    manager.insert("refund_verdict", refund_id=theirs, verdict="approved")
    # Nor does whoever approved it hand it out.
    with refuses("somebody else's approval"):
        manager.sql.execute("update refund set state = 'paid', paid_at = now() where id = %s", [theirs])
    desk.sql.execute("update refund set state = 'paid', paid_at = now() where id = %s", [theirs])
    assert desk.one("select number from refund where id = %s", theirs).startswith("F")


def test_numbers_have_no_gaps_however_many_ask_for_one_at_one_time(at: At, clinic: Clinic) -> None:
    """A thousand invoices by four desks; every tenth is given up after it had its number."""
    desks = [at(login) for login in ("sofia", "rui", "yusuf", "olive")][:DESKS]

    def work(desk: Desk) -> None:
        for count in range(RACES // DESKS):
            with desk.sql.transaction(force_rollback=count % 10 == 9):
                desk.issued()

    with ThreadPoolExecutor(DESKS) as pool:
        list(pool.map(work, desks))
    found = [
        row[0] for row in clinic.admin().execute("select number from invoice order by number").fetchall()
    ]
    assert len(found) == RACES * 9 // 10
    assert [int(number.split("-")[1]) for number in found] == list(range(1, len(found) + 1))


def test_of_two_payments_at_one_time_one_is_taken(at: At, clinic: Clinic) -> None:
    desks = [at("sofia"), at("rui")]
    bills = [desks[0].issued() for _ in range(RACES // 10)]

    def pay(desk: Desk) -> int:
        taken = 0
        for bill in bills:
            with suppress(psycopg.DatabaseError):
                desk.payment(invoice_id=bill)
                taken += 1
        return taken

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(pay, desks)) == len(bills)
    due = clinic.admin().execute("select min(invoice_due(id)), max(invoice_due(id)) from invoice").fetchone()
    assert due == (0, 0)
