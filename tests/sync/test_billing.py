"""Money between desks: numbers without gaps, nothing settled twice, and what was taken twice is a credit."""

from decimal import Decimal
from uuid import UUID

import pytest

from medidesk.errors import DomainError
from medidesk.models.billing import RefundState, Verdict, Way
from medidesk.repositories import billing
from medidesk.repositories.billing import Part, Standing
from medidesk.station import Queued, Refused, Saved, Station
from tests.support.billing import billed, card, cash, charged, drawer, priced, registered, shown
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
from tests.sync.test_appointments import both_at_once

INVOICES = "select number, provisional_no is not null from invoice order by number"


@pytest.fixture
def service(clinic: Clinic) -> UUID:
    return priced(clinic, "30")


@pytest.fixture
def desks(open_station: OpenStation, clinic: Clinic, proxy: Proxy, service: UUID) -> tuple[Station, Station]:
    """Reception behind a cable that can be pulled, and a cashier."""
    del service  # which they have from the start
    found = open_station("sofia", server=proxy.through(clinic.server)), open_station("rui")
    quiet(*found)
    return found


def credit_of(station: Station, patient: UUID) -> list[Decimal]:
    rows = station.read(billing.credits_of, patient, station.user.org_id)
    return [row.amount for row in rows]


def test_what_was_charged_is_settled_in_one(
    desks: tuple[Station, Station], clinic: Clinic, service: UUID
) -> None:
    desk, other = desks
    patient = registered(desk, "Okafor")
    charge = charged(desk, patient, service, "2")
    till = drawer(desk)
    made = desk.run(billing.settle, patient, [charge.id], cash("60", "100"), till, patience=20)
    assert isinstance(made, Saved)
    assert (made.row.number[:1], made.row.standing, made.row.total) == ("I", Standing.PAID, Decimal(60))
    assert made.row.provisional_no is None
    (payment,) = desk.read(billing.payments_of, made.row.id)
    assert (payment.receipt_no or "")[:1] == "R"
    assert (payment.amount, payment.tendered) == (Decimal(60), Decimal(100))
    assert desk.read(billing.open_charges, patient, desk.user.org_id) == []
    held = desk.read(billing.drawer, till)
    assert held is not None
    assert held.holds == Decimal(160)
    quiet(*desks)
    assert shown(other, made.row.id).standing is Standing.PAID
    for station in desks:
        assert_replica_equals_server(station, clinic)


def test_a_number_given_without_the_server_stays_findable(
    desks: tuple[Station, Station], clinic: Clinic, proxy: Proxy, service: UUID
) -> None:
    desk, other = desks
    patient = registered(desk, "Okafor")
    charge = charged(desk, patient, service)
    go_offline(desk, proxy)
    made = desk.run(billing.settle, patient, [charge.id], card("30"), patience=0.1)
    assert isinstance(made, Queued)
    printed = made.row.numbered
    assert printed.startswith("P-")
    first = billed(other, patient, charged(other, patient, service))
    go_online(desk, proxy)
    quiet(*desks)
    for station in desks:
        (found,) = station.read(billing.by_number, printed)
        assert found.id == made.row.id
        assert found.standing is Standing.PAID
        assert_replica_equals_server(station, clinic)
    year = (first.number or "")[:4]
    assert server_rows(clinic, INVOICES) == [(f"{year}00001", False), (f"{year}00002", True)]


def test_an_invoice_is_not_paid_twice_by_two_presses_or_two_desks(
    desks: tuple[Station, Station], clinic: Clinic, service: UUID
) -> None:
    desk, other = desks
    patient = registered(desk, "Okafor")
    bill = billed(desk, patient, charged(desk, patient, service))
    quiet(*desks)
    told = both_at_once(*(
        lambda at=at: at.run(billing.pay, bill.id, card("30"), patience=20) for at in desks
    ))  # fmt: skip
    assert sum(isinstance(one, Saved) for one in told) == 1, told
    for one in told:
        if isinstance(one, Refused):
            assert one.reason.startswith(f"{bill.number} has been paid already: receipt R")
    quiet(*desks)
    with pytest.raises(DomainError, match="has been paid already"):
        other.run(billing.pay, bill.id, card("30"), patience=20)
    assert server_rows(clinic, "select count(*), sum(amount) from payment") == [(1, Decimal(30))]


def test_cash_that_was_really_taken_twice_becomes_a_credit_and_pays_the_next_bill(
    desks: tuple[Station, Station], clinic: Clinic, proxy: Proxy, service: UUID
) -> None:
    away, other = desks
    patient = registered(away, "Okafor")
    bill = billed(away, patient, charged(away, patient, service))
    tills = [drawer(station) for station in desks]
    quiet(*desks)
    go_offline(away, proxy)
    assert isinstance(away.run(billing.pay, bill.id, cash("30"), tills[0], patience=0.1), Queued)
    assert isinstance(other.run(billing.pay, bill.id, cash("30"), tills[1], patience=20), Saved)
    go_online(away, proxy)
    quiet(*desks)
    assert away.attention() == []
    for station in desks:
        assert shown(station, bill.id).standing is Standing.OVERPAID
        assert credit_of(station, patient) == [Decimal(30)]
        assert [row.id for row in station.read(billing.overpaid, station.user.org_id)] == [bill.id]
        assert_replica_equals_server(station, clinic)
    (source,) = other.read(billing.credits_of, patient, other.user.org_id)
    second = billed(other, patient, charged(other, patient, service))
    part = [Part(Way.CREDIT, "30", source_id=source.payment_id)]
    assert isinstance(other.run(billing.pay, second.id, part, patience=20), Saved)
    quiet(*desks)
    for station in desks:
        assert [shown(station, one.id).standing for one in (bill, second)] == [Standing.PAID] * 2
        assert credit_of(station, patient) == []


def test_a_credit_that_two_desks_use_is_used_once(
    desks: tuple[Station, Station], clinic: Clinic, proxy: Proxy, service: UUID
) -> None:
    away, other = desks
    patient = registered(away, "Okafor")
    quiet(*desks)
    assert isinstance(other.run(billing.deposit, patient, card("40"), patience=20), Saved)
    bills = [billed(other, patient, charged(other, patient, service)) for _ in desks]
    quiet(*desks)
    (source,) = away.read(billing.credits_of, patient, away.user.org_id)
    go_offline(away, proxy)
    for station, bill, patience in ((away, bills[0], 0.1), (other, bills[1], 20)):
        part = [Part(Way.CREDIT, "30", source_id=source.payment_id)]
        station.run(billing.pay, bill.id, part, patience=patience)
    go_online(away, proxy)
    quiet(*desks)
    for station in desks:
        assert [shown(station, one.id).due for one in bills] == [Decimal(20), Decimal(0)]
        assert credit_of(station, patient) == []
        assert_replica_equals_server(station, clinic)


def test_a_charge_that_two_desks_billed_over_an_outage_is_owed_once(
    desks: tuple[Station, Station], clinic: Clinic, proxy: Proxy, service: UUID
) -> None:
    away, other = desks
    patient = registered(away, "Okafor")
    charge = charged(away, patient, service)
    quiet(*desks)
    go_offline(away, proxy)
    told = away.run(billing.settle, patient, [charge.id], card("30"), patience=0.1)
    assert isinstance(told, Queued)
    first = other.run(billing.settle, patient, [charge.id], card("30"), patience=20)
    assert isinstance(first, Saved)
    go_online(away, proxy)
    quiet(*desks)
    for station in desks:
        assert shown(station, first.row.id).standing is Standing.PAID
        late = shown(station, told.row.id)
        assert (late.total, late.own, late.paid) == (Decimal(30), Decimal(0), Decimal(30))
        assert credit_of(station, patient) == [Decimal(30)]
        assert_replica_equals_server(station, clinic)


def test_what_was_changed_and_billed_at_two_desks_is_owed_as_the_first_billed_it(
    desks: tuple[Station, Station], clinic: Clinic, proxy: Proxy, service: UUID
) -> None:
    away, other = desks
    patient = registered(away, "Okafor")
    charge = charged(away, patient, service)
    quiet(*desks)
    go_offline(away, proxy)
    assert isinstance(away.run(billing.change_quantity, charge.id, "2", patience=0.1), Queued)
    late = away.run(billing.settle, patient, [charge.id], card("60"), patience=0.1)
    assert isinstance(late, Queued)
    assert isinstance(other.run(billing.settle, patient, [charge.id], card("30"), patience=20), Saved)
    go_online(away, proxy)
    quiet(*desks)
    assert server_rows(clinic, "select reason from held_fact") == []
    for station in desks:
        assert (shown(station, late.row.id).own, shown(station, late.row.id).paid) == (
            Decimal(0),
            Decimal(60),
        )
        assert credit_of(station, patient) == [Decimal(60)]


def test_a_bill_with_what_has_been_billed_meanwhile_is_refused(
    desks: tuple[Station, Station], service: UUID
) -> None:
    desk, _ = desks
    patient = registered(desk, "Okafor")
    charge = charged(desk, patient, service)
    quiet(*desks)
    told = both_at_once(*(
        lambda at=at: at.run(billing.bill, patient, [charge.id], patience=20) for at in desks
    ))  # fmt: skip
    assert sum(isinstance(one, Saved) for one in told) == 1, told
    assert sum(isinstance(one, Refused | DomainError) for one in told) == 1, told


def test_a_credit_note_takes_back_what_is_not_owed_and_the_rest_stays(
    desks: tuple[Station, Station], clinic: Clinic, service: UUID
) -> None:
    desk, other = desks
    patient = registered(desk, "Okafor")
    other_service = priced(clinic, "12.50", tax="23")
    quiet(*desks)
    charges = [charged(desk, patient, one) for one in (service, other_service)]
    made = desk.run(billing.settle, patient, [one.id for one in charges], card("45.38"), patience=20)
    assert isinstance(made, Saved), made
    first, second = desk.read(billing.lines, made.row.id)
    note = desk.run(billing.credit, made.row.id, "Too much", {second.id: "5.00"}, patience=20)
    assert isinstance(note, Saved), note
    assert (note.row.number[:1], note.row.total) == ("C", Decimal(5))
    assert credit_of(desk, patient) == [Decimal(5)]
    whole = desk.run(billing.credit, made.row.id, "Nothing was done", patience=20)
    assert isinstance(whole, Saved), whole
    assert shown(desk, made.row.id).own == 0
    assert credit_of(desk, patient) == [Decimal("45.38")]
    with pytest.raises(DomainError, match="credited already"):
        desk.run(billing.credit, made.row.id, "Again", patience=20)
    assert first.id != second.id
    quiet(*desks)
    # What was taken back can be billed again.
    assert {row.id for row in desk.read(billing.open_charges, patient, desk.user.org_id)} == {
        one.id for one in charges
    }
    assert_replica_equals_server(other, clinic)


def test_a_refund_above_the_limit_takes_somebody_elses_word(
    desks: tuple[Station, Station], open_station: OpenStation, clinic: Clinic, service: UUID
) -> None:
    desk, cashier = desks
    insert(clinic.admin(), "setting", {"org_id": clinic.org_id, "name": "refund_limit", "value": "10"})
    manager = open_station("olive")
    patient = registered(desk, "Okafor")
    till = drawer(cashier, "0")
    quiet(desk, cashier, manager)
    taken = cashier.run(billing.deposit, patient, cash("50"), till, patience=20)
    assert isinstance(taken, Saved), taken
    small = cashier.run(billing.refund, taken.row.id, "10", "Too much", till, patience=20)
    assert isinstance(small, Saved), small
    assert small.row.state is RefundState.PAID
    large = cashier.run(billing.refund, taken.row.id, "30", "Did not come", till, patience=20)
    assert isinstance(large, Saved), large
    assert large.row.state is RefundState.ASKED
    with pytest.raises(DomainError, match="has not been approved"):
        cashier.run(billing.pay_out, large.row.id, till, patience=20)
    with pytest.raises(DomainError, match=r"Of this payment 10.00 EUR is left"):
        cashier.run(billing.refund, taken.row.id, "11", "More", till, patience=20)
    quiet(desk, cashier, manager)
    decided = manager.run(billing.decide_refund, large.row.id, Verdict.APPROVED, patience=20)
    assert isinstance(decided, Saved), decided
    quiet(desk, cashier, manager)
    paid = cashier.run(billing.pay_out, large.row.id, till, patience=20)
    assert isinstance(paid, Saved), paid
    assert (paid.row.number or "")[:1] == "F"
    held = cashier.read(billing.drawer, till)
    assert held is not None
    assert held.holds == Decimal(10)


def test_a_drawer_is_counted_closed_and_handed_over(
    desks: tuple[Station, Station], clinic: Clinic, service: UUID
) -> None:
    desk, other = desks
    patient = registered(desk, "Okafor")
    till = drawer(desk, "50")
    bill = billed(desk, patient, charged(desk, patient, service))
    assert isinstance(desk.run(billing.pay, bill.id, cash("30"), till, patience=20), Saved)
    closed = desk.run(billing.close_drawer, till, "79.50", "Coins missing", patience=20)
    assert isinstance(closed, Saved), closed
    assert (closed.row.expected, closed.row.difference) == (Decimal(80), Decimal("-0.50"))
    with pytest.raises(DomainError, match="no open drawer"):
        desk.run(billing.deposit, patient, cash("5"), till, patience=20)
    quiet(*desks)
    last = other.read(billing.handed_over, other.user.org_id, "Front desk")
    assert last is not None
    with pytest.raises(DomainError, match=r"79\.50 EUR were counted"):
        other.run(billing.open_drawer, other.user.account_id, "Front desk", "80", last.id, patience=20)
    taken = other.run(billing.open_drawer, other.user.account_id, "Front desk", "79.50", last.id, patience=20)
    assert isinstance(taken, Saved), taken
    quiet(*desks)
    for station in desks:
        assert_replica_equals_server(station, clinic)
