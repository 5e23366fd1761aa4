"""What somebody who takes money tries over a raw connection, to keep some of it or to hide that."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.server.test_billing import At, Desk, at, refuses
from tests.support.database import Clinic
from tests.support.raw_rows import insert

__all__ = ["at"]
TOLD = "set medidesk.told = 'true'"


@pytest.fixture
def desk(at: At) -> Desk:
    return at("sofia")


def insurer(clinic: Clinic, service: UUID, price: str) -> tuple[UUID, UUID]:
    """An insurer whose price list has this service at that price; it and the list."""
    admin, of = clinic.admin(), {"org_id": clinic.org_id}
    prices = insert(admin, "price_list", of | {"name": "Insured"})
    found = insert(admin, "insurer", of | {"name": "Care", "price_list_id": prices})
    row = of | {"service_id": service, "price_list_id": prices, "amount": price, "valid_from": "2020-01-01"}
    insert(admin, "service_price", row)
    return found, prices


def insured(clinic: Clinic, patient: UUID, by: UUID, **more: Any) -> UUID:
    row = {"org_id": clinic.org_id, "patient_id": patient, "insurer_id": by, "policy_no": "1"}
    return insert(clinic.admin(), "insurance_policy", row | more)


def limit(clinic: Clinic, amount: str) -> None:
    insert(clinic.admin(), "setting", {"org_id": clinic.org_id, "name": "refund_limit", "value": amount})


def told(desk: Desk) -> Iterator[None]:
    desk.sql.execute("set medidesk.told = ''")
    yield
    desk.sql.execute(TOLD.encode())
    yield


def test_what_is_no_number_is_no_money(desk: Desk) -> None:
    for _ in told(desk):
        for amount in ("NaN", "0.001"):
            with refuses("no amount of money"):
                desk.payment(amount=amount)
            with refuses("no amount of money"):
                desk.drawer(amount)
            with refuses("no amount of money"):
                desk.insert("invoice", patient_id=desk.patient, total=amount)
        with refuses("no amount of money"):
            desk.payment(way="cash", session_id=desk.drawer(), tendered="NaN")


def test_a_price_list_is_that_of_the_patients_insurer(desk: Desk, clinic: Clinic) -> None:
    by, prices = insurer(clinic, desk.service, "3")
    for _ in told(desk):
        with refuses("not of their insurer"):
            desk.charge(price_list_id=prices, unit_price=3)
    with refuses("has never cost that"):
        desk.charge(unit_price=3)
    policy = insured(clinic, desk.patient, by)
    desk.sql.execute("set medidesk.told = ''")
    desk.charge(price_list_id=prices, unit_price=3)
    clinic.admin().execute("update insurance_policy set valid_until = '2020-01-01' where id = %s", [policy])
    with refuses("not of their insurer"):
        desk.charge(price_list_id=prices, unit_price=3)
    # Whoever was without the server could not know.
    desk.sql.execute(TOLD.encode())
    desk.charge(price_list_id=prices, unit_price=3)


def test_what_a_station_knew_of_prices_and_taxes_holds_and_nothing_else(desk: Desk, clinic: Clinic) -> None:
    admin = clinic.admin()
    admin.execute("update service set tax_percent = 23 where id = %s", [desk.service])
    admin.execute("update service_price set amount = 31 where service_id = %s", [desk.service])
    desk.sql.execute(TOLD.encode())
    desk.charge()  # at the price of this morning, before it was mended, and without the tax
    desk.charge(unit_price=31, tax_percent=23)
    with refuses("has never cost that"):
        desk.charge(unit_price=31, tax_percent=5)


def test_a_line_bills_as_much_as_was_charged_once(desk: Desk) -> None:
    charge, bill = desk.charge(quantity=3), desk.insert("invoice", patient_id=desk.patient)
    desk.sql.execute("update charge set quantity = 2 where id = %s", [charge])
    desk.sql.execute(TOLD.encode())
    with refuses("does not say what was charged"):
        desk.line(bill, charge, quantity="0.1", net=3, total=3)
    desk.line(bill, charge, quantity=3, net=90, total=90)


def test_the_insurers_part_is_that_of_the_patients_own_policy(desk: Desk, clinic: Clinic) -> None:
    by, _ = insurer(clinic, desk.service, "30")
    other = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Other"})
    theirs = insured(clinic, other, by)
    for _ in told(desk):
        with refuses("no insurance of theirs"):
            desk.insert("invoice", patient_id=desk.patient, policy_id=theirs)
    own = insured(clinic, desk.patient, by, copay_percent=50)
    bill = desk.insert("invoice", patient_id=desk.patient, policy_id=own)
    with refuses("does not say what was charged"):
        desk.line(bill, desk.charge(), covered=30)
    desk.line(bill, desk.charge(), covered=15)
    with refuses("insurance stays as it is"):
        desk.sql.execute("update invoice set policy_id = null where id = %s", [bill])


def test_nothing_is_hidden_by_deleting_it(desk: Desk, clinic: Clinic) -> None:
    limit(clinic, "100")
    charge, taken, drawer = desk.charge(), desk.payment(), desk.drawer()
    refund = {"payment_id": taken, "amount": 5, "reason": "Mistake"}
    gone: dict[str, Any] = {"deleted_at": "now"}
    deeds: tuple[Callable[[], UUID], ...] = (
        lambda: desk.charge(**gone),
        lambda: desk.payment(**gone),
        lambda: desk.insert("refund", **refund | gone),
        lambda: desk.insert("refund", state="paid", paid_at="now", **refund | gone),
    )
    for made in deeds:
        with refuses("stays|counted and closed"):
            made()
    for table, row in (("charge", charge), ("payment", taken), ("cashier_session", drawer)):
        with refuses("stays|counted and closed"):
            desk.sql.execute(f"update {table} set deleted_at = now() where id = %s".encode(), [row])


def test_a_draft_that_is_discarded_holds_no_charge_back(desk: Desk) -> None:
    charge, bill = desk.charge(), desk.insert("invoice", patient_id=desk.patient)
    line = desk.line(bill, charge)
    with refuses("does not add up"):
        desk.sql.execute("update invoice set deleted_at = now() where id = %s", [bill])
    desk.sql.execute("update invoice_line set deleted_at = now() where id = %s", [line])
    with refuses("was taken off"):
        desk.sql.execute("update invoice_line set deleted_at = null where id = %s", [line])
    desk.sql.execute("update invoice set deleted_at = now() where id = %s", [bill])
    with refuses("does not add up"):
        desk.line(bill, charge)


def test_a_payment_is_for_what_was_issued(desk: Desk) -> None:
    draft = desk.insert("invoice", patient_id=desk.patient, lines=1, total=30)
    desk.line(draft, desk.charge())
    with refuses("still a draft"):
        desk.payment(invoice_id=draft)
    desk.sql.execute(TOLD.encode())
    taken = desk.payment(invoice_id=draft)
    assert desk.one("select invoice_id is null from payment where id = %s", taken)


def test_a_receipt_is_not_given_out_again(desk: Desk, at: At) -> None:
    receipt = uuid4()
    with desk.sql.transaction():
        parts = [desk.payment(receipt_id=receipt, amount=amount) for amount in (10, 20)]
    numbers = [desk.one("select receipt_no from payment where id = %s", one) for one in parts]
    assert numbers[0] == numbers[1]
    for other in (desk, at("rui")):
        with refuses("given out already"):
            other.payment(receipt_id=receipt)


def test_many_small_refunds_are_a_large_one(desk: Desk, clinic: Clinic) -> None:
    limit(clinic, "10")
    taken = desk.payment()
    refund = {"payment_id": taken, "reason": "Mistake", "state": "paid", "paid_at": "now"}
    desk.insert("refund", amount=6, **refund)
    desk.insert("refund", amount=4, **refund)
    with refuses("somebody else's approval"):
        desk.insert("refund", amount=1, **refund)


def test_two_refunds_at_one_time_are_no_more_than_was_paid(at: At, clinic: Clinic) -> None:
    limit(clinic, "1000")
    desks = [at("sofia"), at("rui")]
    taken = [desks[0].payment() for _ in range(20)]
    tills = [desk.drawer(1000) for desk in desks]

    def back(number: int) -> int:
        done = 0
        for one in taken:
            values = {"payment_id": one, "reason": "Mistake", "state": "paid", "paid_at": "now"}
            with suppress(psycopg.DatabaseError):
                desks[number].insert("refund", amount=20, session_id=tills[number], **values)
                done += 1
        return done

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(back, range(2))) == len(taken)


def test_no_refund_leaves_a_drawer_that_was_counted(desk: Desk, clinic: Clinic) -> None:
    limit(clinic, "1000")
    own = desk.drawer(50)
    taken = desk.payment(way="cash", session_id=own)
    closing = "update cashier_session set closed_at = now(), counted = 80, expected = 80 where id = %s"
    desk.sql.execute(closing.encode(), [own])
    desk.sql.execute(TOLD.encode())
    values = {"payment_id": taken, "reason": "Mistake", "state": "paid", "paid_at": "now"}
    with refuses("counted and closed"):
        desk.insert("refund", amount=20, session_id=own, **values)
    born = {"cashier_id": clinic.account("sofia"), "drawer": "Front desk", "opened_at": "now"}
    closed = {"opening_float": 0, "closed_at": "now", "counted": 0, "expected": 0}
    with refuses("opened before it is counted"):
        desk.insert("cashier_session", **born, **closed)


def test_credit_notes_bit_by_bit_take_back_just_what_was_billed(at: At, clinic: Clinic) -> None:
    admin = clinic.admin()
    base = at("rui")
    by, prices = insurer(clinic, base.service, "0.05")
    own = insured(clinic, base.patient, by, copay_percent=50)
    with base.sql.transaction():
        head = {"state": "issued", "issued_at": "now", "lines": 1, "total": "0.05", "covered": "0.02"}
        bill = base.insert("invoice", patient_id=base.patient, policy_id=own, **head)
        charge = base.charge(price_list_id=prices, unit_price="0.05")
        line = base.line(bill, charge, unit_price="0.05", net="0.05", total="0.05", covered="0.02")

    def credit(covered: str, **more: Any) -> None:
        with base.sql.transaction():
            head = {"kind": "credit_note", "credits_id": bill, "reason": "Mistake", "state": "issued"}
            amounts = {"issued_at": "now", "lines": 1, "total": "0.01", "covered": covered}
            note = base.insert("invoice", patient_id=base.patient, **head, **amounts)
            values = {
                "invoice_id": note,
                "credits_line_id": line,
                "position": 1,
                "text": "Back",
                "quantity": 1,
            }
            sums = {"unit_price": "0.01", "net": "0.01", "total": "0.01", "covered": covered}
            base.insert("invoice_line", **values | sums | more)

    with refuses("does not add up"):
        credit("0.01")
    with refuses("does not add up"):
        credit("0.00", unit_price=0, net=0, tax="0.01")
    with refuses("does not add up"):
        credit("0.00", tax_percent=23)
    for covered in ("0.00", "0.01", "0.00", "0.01", "0.00"):
        credit(covered)
    assert admin.execute("select invoice_due(%s)", [bill]).fetchone() == (Decimal(0),)
    with refuses("more than what was billed"):
        credit("0.00")


def test_a_discount_is_given_in_the_branch_of_its_charge(at: At, clinic: Clinic) -> None:
    admin = clinic.admin()
    manager = at("olive")
    elsewhere = insert(admin, "organisation", {
        "id": uuid4(), "org_id": clinic.org_id, "parent_id": clinic.org_id, "kind": "branch", "name": "Hill",
    })  # fmt: skip
    charge = at("sofia").charge()
    with refuses("in another branch"):
        manager.insert("discount", org_id=elsewhere, charge_id=charge, amount=30, reason="Friend")
    with refuses("no amount of money"):
        manager.insert("discount", charge_id=charge, amount="NaN", reason="Friend")


def test_a_drawer_that_two_took_over_without_the_server_has_a_place(at: At) -> None:
    first, second = at("sofia"), at("rui")
    before = first.drawer(5)
    closing = "update cashier_session set closed_at = now(), counted = 5, expected = 5 where id = %s"
    first.sql.execute(closing.encode(), [before])

    def opened(desk: Desk, place: str) -> UUID:
        me = desk.one("select current_account()")
        values = {"cashier_id": me, "drawer": place, "opened_at": "now", "opening_float": 5}
        return desk.insert("cashier_session", follows_id=before, **values)

    opened(first, "Front desk")
    with pytest.raises(psycopg.errors.UniqueViolation):
        opened(second, "Front desk")
    second.sql.execute(TOLD.encode())
    late = [opened(second, "Front desk") for _ in range(2)]
    assert [second.one("select follows_id from cashier_session where id = %s", one) for one in late] == [
        None
    ] * 2
    second.payment(way="cash", session_id=late[0])


def test_credit_that_is_not_needed_any_more_stays_where_it_is(desk: Desk) -> None:
    bill, source = desk.issued(), desk.payment(amount=40)
    desk.payment(invoice_id=bill, amount=25)
    desk.sql.execute(TOLD.encode())
    used = desk.payment(invoice_id=bill, way="credit", source_id=source)
    assert desk.one("select amount from payment where id = %s", used) == 5
