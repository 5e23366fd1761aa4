"""Bills: what lines come to, what is open, and what is refused while it is typed."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.models.billing import Charge, InvoiceState, Way
from medidesk.models.directory import Organisation, OrganisationKind, Specialisation, Staff, StaffKind
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.models.money import MINOR_UNITS, decimals
from medidesk.models.patients import Patient
from medidesk.models.services import PriceList, Service, ServiceKind, ServicePrice
from medidesk.models.types import new_id
from medidesk.repositories import billing, visits
from medidesk.repositories.billing import InvoiceRow, Part, Standing
from medidesk.repositories.billing.sums import LineSums, added, line_sums, part
from tests.support.replica_clinic import ReplicaClinic, refused

AMOUNTS = st.decimals(0, 100_000, places=4)
QUANTITIES = st.decimals("0.001", 1000, places=3)
PERCENT = st.decimals(0, 100, places=2)
CURRENCIES = st.sampled_from(["EUR", "KWD", "JPY"])


@pytest.fixture
def service(desk: ReplicaClinic) -> UUID:
    place = {"kind": OrganisationKind.CLINIC, "name": "Quay", "timezone": "Europe/Lisbon", "currency": "EUR"}
    desk.put(Organisation, {"id": desk.org_id, "org_id": desk.org_id} | place)
    return priced(desk, "30")


def priced(desk: ReplicaClinic, amount: str, name: str = "Consultation", tax: str = "0") -> UUID:
    made = desk.put(
        Service,
        {"code": name[:5], "name": name, "kind": ServiceKind.CONSULTATION, "tax_percent": Decimal(tax)},
    )[0]
    desk.put(
        ServicePrice,
        {"service_id": made, "amount": Decimal(amount), "valid_from": dt.date(2020, 1, 1)},
    )
    return made


def charged(desk: ReplicaClinic, patient: UUID, service: UUID, quantity: str = "") -> UUID:
    made = desk.run(billing.charge, {"patient_id": patient, "service_id": service, "quantity": quantity})
    assert made is not None
    return made


def shown(desk: ReplicaClinic, invoice_id: UUID | None) -> InvoiceRow:
    assert invoice_id is not None
    row = desk.read(billing.invoice, invoice_id)
    assert row is not None
    return row


def card(amount: str) -> list[Part]:
    return [Part(Way.CARD, amount)]


# What lines come to


@given(QUANTITIES, AMOUNTS, PERCENT, st.none() | PERCENT, CURRENCIES)
def test_a_line_is_never_negative_and_adds_up(
    quantity: Decimal, price: Decimal, tax: Decimal, copay: Decimal | None, currency: str
) -> None:
    line = line_sums(quantity, price, currency, tax_percent=tax, copay_percent=copay)
    coin = Decimal(1).scaleb(-decimals(currency))
    assert line.total == line.net + line.tax
    assert line.own + line.covered == line.total
    assert min(line.net, line.tax, line.covered, line.own) >= 0
    assert all(amount % coin == 0 for amount in (line.net, line.tax, line.total, line.covered))
    assert abs(line.net - quantity * price) <= coin / 2


@given(st.lists(st.tuples(AMOUNTS, PERCENT), min_size=1, max_size=20), CURRENCIES)
def test_a_bill_is_what_its_lines_say(lines: list[tuple[Decimal, Decimal]], currency: str) -> None:
    every = [line_sums(Decimal(1), price, currency, tax_percent=tax) for price, tax in lines]
    whole = added(every)
    assert whole.total == sum(one.total for one in every) == whole.net + whole.tax


@given(
    AMOUNTS.filter(lambda one: one >= 1),
    PERCENT,
    PERCENT,
    st.lists(st.integers(1, 100), min_size=1, max_size=6),
)
def test_parts_that_are_taken_back_come_to_the_whole(
    price: Decimal, tax: Decimal, copay: Decimal, shares: list[int]
) -> None:
    whole = left = line_sums(Decimal(1), price, "EUR", tax_percent=tax, copay_percent=copay)
    for share in shares:
        wanted = (left.total * share / 100).quantize(Decimal("0.01"))
        if not 0 < wanted < left.total:
            continue
        piece = part(whole, wanted, "EUR")
        assert piece.total == wanted == piece.net + piece.tax
        left = LineSums(
            left.net - piece.net, left.tax - piece.tax, left.total - wanted, left.covered - piece.covered
        )
    assert left.total == left.net + left.tax
    assert left.total >= 0


def test_every_currency_has_its_own_coin() -> None:
    third = Decimal(10) / 3
    assert line_sums(Decimal(1), third.quantize(Decimal("0.0001")), "JPY").total == 3
    assert line_sums(Decimal(1), third.quantize(Decimal("0.0001")), "KWD").total == Decimal("3.333")
    assert set(MINOR_UNITS.values()) == {0, 3}


# Charges


def test_who_checks_in_is_charged_what_the_speciality_says(desk: ReplicaClinic, service: UUID) -> None:
    of = desk.put(Specialisation, {"name": "Cardiology", "visit_service_id": service})[0]
    doctor = desk.put(Staff, {"kind": StaffKind.DOCTOR, "family_name": "Kumar", "specialisation_id": of})[0]
    patient = desk.patient("Okafor")
    visit = desk.run(visits.check_in, {"patient_id": patient, "staff_id": doctor})
    (row,) = desk.read(billing.open_charges, patient, desk.org_id)
    assert (row.text, row.sums().total, row.visit_id) == ("Consultation", Decimal(30), visit)
    # Who leaves without having been seen owes nothing, and who is called back owes it again.
    desk.run(visits.leave, visit, "could not wait")
    assert desk.read(billing.open_charges, patient, desk.org_id) == []
    desk.run(visits.take_back, visit)
    assert len(desk.read(billing.open_charges, patient, desk.org_id)) == 1


def test_who_came_to_whoever_is_free_is_charged_when_somebody_sees_them(
    desk: ReplicaClinic, service: UUID
) -> None:
    of = desk.put(Specialisation, {"name": "Cardiology", "visit_service_id": service})[0]
    doctor = desk.put(Staff, {"kind": StaffKind.DOCTOR, "family_name": "Kumar", "specialisation_id": of})[0]
    patient = desk.patient("Okafor")
    visit = desk.run(visits.check_in, {"patient_id": patient})
    assert desk.read(billing.open_charges, patient, desk.org_id) == []
    desk.run(visits.enter_room, visit, doctor)
    assert len(desk.read(billing.open_charges, patient, desk.org_id)) == 1


def test_an_insured_patient_is_charged_by_the_insurers_list_and_pays_their_part(
    desk: ReplicaClinic, service: UUID
) -> None:
    agreed = desk.put(PriceList, {"name": "Agreed"})[0]
    desk.put(
        ServicePrice,
        {
            "service_id": service,
            "price_list_id": agreed,
            "amount": Decimal(20),
            "valid_from": dt.date(2020, 1, 1),
        },
    )
    insurer = desk.put(Insurer, {"name": "Mutual", "price_list_id": agreed})[0]
    patient = desk.patient("Okafor")
    desk.put(
        InsurancePolicy,
        {"patient_id": patient, "insurer_id": insurer, "policy_no": "1", "copay_percent": Decimal(25)},
    )
    row = shown(desk, desk.run(billing.bill, patient, [charged(desk, patient, service)]))
    assert (row.total, row.covered, row.due) == (Decimal(20), Decimal(15), Decimal(5))


@pytest.mark.parametrize("typed", ["0", "-1", "x", "1000000"])
def test_a_quantity_that_is_none_is_refused(desk: ReplicaClinic, service: UUID, typed: str) -> None:
    values = {"patient_id": desk.patient("Okafor"), "service_id": service, "quantity": typed}
    assert refused(desk, billing.charge, values).field == "quantity"


def test_a_service_without_a_price_is_not_charged(desk: ReplicaClinic, service: UUID) -> None:
    del service
    free = desk.put(Service, {"code": "X", "name": "Talk", "kind": ServiceKind.OTHER})[0]
    told = refused(desk, billing.charge, {"patient_id": desk.patient("Okafor"), "service_id": free})
    assert told.sentence == "Talk has no price here."


def test_a_discount_is_an_amount_or_a_part_and_has_a_reason(desk: ReplicaClinic, service: UUID) -> None:
    patient = desk.patient("Okafor")
    charge = charged(desk, patient, service)
    assert refused(desk, billing.discount, charge, "31", "Hardship").field == "taken_off"
    assert refused(desk, billing.discount, charge, "5", " ").field == "reason"
    desk.run(billing.discount, charge, "10 %", "Hardship")
    desk.run(billing.discount, charge, "12", "Hardship")
    (row,) = desk.read(billing.open_charges, patient, desk.org_id)
    assert (row.discount, row.sums().total) == (Decimal(12), Decimal(18))
    told = refused(desk, billing.change_quantity, charge, "0.2")
    assert told.next_step == "Take the discount off first."
    desk.run(billing.take_discount_off, charge)
    (row,) = desk.read(billing.open_charges, patient, desk.org_id)
    assert row.sums().total == Decimal(30)


def test_what_is_on_an_invoice_is_neither_changed_nor_withdrawn_nor_billed_again(
    desk: ReplicaClinic, service: UUID
) -> None:
    patient = desk.patient("Okafor")
    charge = charged(desk, patient, service)
    draft = desk.run(billing.draft, patient, [charge])
    for verb, arguments in (
        (billing.change_quantity, (charge, "2")),
        (billing.withdraw, (charge, "Mistake")),
        (billing.discount, (charge, "1", "Hardship")),
        (billing.bill, (patient, [charge])),
    ):
        assert "on an invoice" in refused(desk, verb, *arguments).sentence
    desk.run(billing.discard, draft)
    desk.run(billing.withdraw, charge, "Mistake")
    assert desk.read(billing.open_charges, patient, desk.org_id) == []


def test_the_list_of_bills_says_of_each_what_the_bill_says(desk: ReplicaClinic, service: UUID) -> None:
    insurer = desk.put(Insurer, {"name": "Mutual"})[0]
    insured, merged, plain = (desk.patient(name) for name in ("Okafor", "Okafor", "Haddad"))
    policy = {"insurer_id": insurer, "policy_no": "1", "copay_percent": Decimal(25)}
    desk.put(InsurancePolicy, policy | {"patient_id": merged})
    for patient in (merged, insured, plain):
        charged(desk, patient, service)
    visit = desk.run(visits.check_in, {"patient_id": merged})
    assert visit is not None
    desk.put(Patient, {"id": merged, "family_name": "Okafor", "merged_into_id": insured}, version=2)
    found = {bill.id: bill for bill in desk.read(billing.bills, desk.org_id)}
    assert found == {one: desk.read(billing.bill_of, one, desk.org_id) for one in (insured, plain)}
    assert (len(found[insured].charges), found[insured].sums().own) == (2, Decimal(15))
    assert (bool(found[insured].ticket), found[plain].ticket) == (True, "")


# Invoices and money


def test_a_draft_is_changed_issued_and_paid_in_parts(desk: ReplicaClinic, service: UUID) -> None:
    patient = desk.patient("Okafor")
    one, two = charged(desk, patient, service), charged(desk, patient, service, "2")
    draft = desk.run(billing.draft, patient, [one])
    assert shown(desk, draft).standing is Standing.DRAFT
    assert "still a draft" in refused(desk, billing.pay, draft, card("30")).sentence
    desk.run(billing.change_draft, draft, [one, two], "For the employer")
    assert shown(desk, draft).total == Decimal(90)
    desk.run(billing.issue, draft)
    assert shown(desk, draft).state is InvoiceState.ISSUED
    assert "stays as it is" in refused(desk, billing.change_draft, draft, [one], "").sentence
    desk.run(billing.pay, draft, card("40"))
    assert (shown(desk, draft).standing, shown(desk, draft).due) == (Standing.PART_PAID, Decimal(50))
    assert refused(desk, billing.pay, draft, card("50.01")).sentence == "Only 50.00 EUR is due."
    desk.run(billing.pay, draft, [Part(Way.CARD, "20"), Part(Way.MOBILE, "30"), Part(Way.TRANSFER, "")])
    assert shown(desk, draft).standing is Standing.PAID
    assert "paid already" in refused(desk, billing.pay, draft, card("1")).sentence
    first, second, _ = desk.read(billing.payments_of, shown(desk, draft).id)
    assert first.receipt_id == second.receipt_id


def test_a_credit_note_is_not_paid(desk: ReplicaClinic, service: UUID) -> None:
    patient = desk.patient("Okafor")
    bill = desk.run(billing.bill, patient, [charged(desk, patient, service)])
    note = desk.run(billing.credit, bill, "Mistake")
    assert refused(desk, billing.pay, note, card("30")).sentence == "A credit note is not paid."


def test_cash_takes_an_open_drawer_and_enough_of_it(desk: ReplicaClinic, service: UUID) -> None:
    patient, cashier = desk.patient("Okafor"), new_id()
    bill = desk.run(billing.bill, patient, [charged(desk, patient, service)])
    assert "no open drawer" in refused(desk, billing.pay, bill, [Part(Way.CASH, "30")]).sentence
    till = desk.run(billing.open_drawer, cashier, "Front", "10")
    assert "open already" in refused(desk, billing.open_drawer, cashier, "Front", "10").sentence
    short = [Part(Way.CASH, "30", "20")]
    assert refused(desk, billing.pay, bill, short, till).field == "tendered"
    desk.run(billing.pay, bill, [Part(Way.CASH, "30", "50")], till)
    assert till is not None
    held = desk.read(billing.drawer, till)
    assert held is not None
    assert held.holds == Decimal(40)


def test_a_bill_holds_charges_of_one_patient(desk: ReplicaClinic, service: UUID) -> None:
    one, other = desk.patient("Okafor"), desk.patient("Haddad")
    charges = [charged(desk, patient, service) for patient in (one, other)]
    assert "belongs on another bill" in refused(desk, billing.bill, one, charges).sentence
    assert "nothing to bill" in refused(desk, billing.bill, one, []).sentence


def test_a_charge_carries_what_the_server_needs(desk: ReplicaClinic, service: UUID) -> None:
    values = {"patient_id": desk.patient("Okafor"), "service_id": service, "quantity": "1,5"}
    (row,) = desk.capture(billing.charge, values).rows
    assert row.model is Charge
    assert (row.values["quantity"], row.values["unit_price"]) == (Decimal("1.5"), Decimal(30))
