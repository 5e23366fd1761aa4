"""Claims between desks: what the insurer pays, what they refuse, and who pays the rest."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from medidesk.errors import DomainError
from medidesk.models.billing import RefundState, Way
from medidesk.models.claims import ClaimState
from medidesk.repositories import billing, branch_clock, claims
from medidesk.repositories.billing import Standing
from medidesk.repositories.claims import ClaimRow, Stage
from medidesk.station import Queued, Refused, Saved, Station
from tests.support.billing import card, priced, shown
from tests.support.database import Clinic
from tests.support.insured import filed, insured_bill, now
from tests.support.proxy import Proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.sync.test_appointments import both_at_once

type Do = Callable[..., ClaimRow]


@pytest.fixture
def service(clinic: Clinic) -> UUID:
    return priced(clinic, "30")


@pytest.fixture
def desks(open_station: OpenStation, clinic: Clinic, proxy: Proxy, service: UUID) -> tuple[Station, Station]:
    """Reception behind a cable that can be pulled, and a manager."""
    del service  # which they have from the start
    found = open_station("sofia", server=proxy.through(clinic.server)), open_station("olive")
    quiet(*found)
    return found


@pytest.fixture
def do(desks: tuple[Station, Station]) -> Do:
    """Runs a verb at the reception; the server has it then."""

    def run(verb: Any, *args: Any, **values: Any) -> ClaimRow:
        made = desks[0].run(verb, *args, patience=20, **values)
        assert isinstance(made, Saved), made
        row: ClaimRow = made.row
        return row

    return run


def said(*values: object) -> tuple[object, ...]:
    """Amounts beside whole numbers."""
    return values


def test_a_claim_goes_its_whole_way(
    desks: tuple[Station, Station], do: Do, clinic: Clinic, service: UUID
) -> None:
    desk, other = desks
    bill = insured_bill(clinic, desk, service)
    assert said(bill.total, bill.covered, bill.due, bill.insurer_due) == (90, 72, 18, 72)
    (waiting,) = desk.read(claims.unclaimed, clinic.org_id)
    assert waiting.id == bill.id
    draft = do(claims.draft, bill.id, "A-77", "As agreed")
    assert said(draft.stage, draft.claimed, draft.authorisation) == (Stage.DRAFT, 72, "A-77")
    assert [line.claimed for line in desk.read(claims.lines, draft.id)] == [24, 48]
    assert desk.read(claims.unclaimed, clinic.org_id) == []
    sent = do(claims.submit, draft.id)
    assert said(sent.stage, sent.submitted_at is not None, sent.expected) == (Stage.SUBMITTED, True, 72)
    answered = do(claims.answer, draft.id, insurer_ref="X-1")
    assert said(answered.stage, answered.accepted, answered.insurer_ref) == (Stage.ACCEPTED, 72, "X-1")
    paid = do(claims.take, draft.id, "72", "Transfer 12")
    assert said(paid.stage, paid.paid, paid.due) == (Stage.PAID, 72, 0)
    ended = do(claims.reconcile, draft.id)
    assert said(ended.stage, ended.to_patient, ended.written_off) == (Stage.RECONCILED, 0, 0)
    assert shown(desk, bill.id).due == 18  # the patient's part was never touched
    (money,) = desk.read(billing.payments_of, bill.id)
    assert said(money.way, money.reference, (money.receipt_no or "")[:1]) == (Way.INSURER, "Transfer 12", "R")
    quiet(*desks)
    for station in desks:
        assert_replica_equals_server(station, clinic)
    assert now(other, draft.id) == now(desk, draft.id)


def test_what_the_insurer_refuses_is_the_patients_and_is_paid_at_the_desk(
    desks: tuple[Station, Station], do: Do, clinic: Clinic, service: UUID
) -> None:
    desk, _ = desks
    bill = insured_bill(clinic, desk, service)
    claim = filed(desk, bill.id)
    _, second = desk.read(claims.lines, claim.id)
    answered = do(claims.answer, claim.id, {second.id: "40"}, {second.id: "Tariff"}, "X-2", "See our letter")
    assert said(answered.stage, answered.accepted, answered.expected) == (Stage.PARTLY, 64, 64)
    assert [one.refusal for one in desk.read(claims.lines, claim.id)] == ["", "Tariff"]
    do(claims.take, claim.id, "64")
    ended = do(claims.reconcile, claim.id, "As their letter says")
    assert said(ended.to_patient, ended.due) == (8, 0)
    after = shown(desk, bill.id)
    assert said(after.moved, after.own, after.due, after.standing) == (8, 26, 26, Standing.ISSUED)
    assert isinstance(desk.run(billing.pay, bill.id, card("26"), patience=20), Saved)
    assert shown(desk, bill.id).standing is Standing.PAID
    assert server_rows(clinic, "select invoice_due(%s), insurer_due(%s)", bill.id, bill.id) == [(0, 0)]
    today = branch_clock.today(desk.read(branch_clock.zone_of, clinic.org_id))
    account = desk.read(billing.statement, bill.patient_id, clinic.org_id, today)
    assert account is not None
    assert account.balance == 0


def test_a_reconciled_claim_is_reopened_and_what_was_moved_comes_back(
    desks: tuple[Station, Station], do: Do, clinic: Clinic, service: UUID
) -> None:
    desk, _ = desks
    bill = insured_bill(clinic, desk, service)
    claim = filed(desk, bill.id)
    do(claims.reconcile, claim.id)
    assert isinstance(desk.run(billing.pay, bill.id, card("90"), patience=20), Saved)
    again = do(claims.reopen, claim.id)
    assert said(again.stage, again.due, again.to_patient) == (Stage.SUBMITTED, 72, 0)
    assert said(
        shown(desk, bill.id).standing is Standing.OVERPAID
    )  # what they paid for the insurer is their credit
    assert server_rows(clinic, "select invoice_due(%s)", bill.id) == [(-72,)]


def test_what_was_refused_is_submitted_once_more(
    desks: tuple[Station, Station], do: Do, clinic: Clinic, service: UUID
) -> None:
    desk, _ = desks
    claim = filed(desk, insured_bill(clinic, desk, service).id)
    lines = desk.read(claims.lines, claim.id)
    refused = do(
        claims.answer, claim.id, {one.id: "0" for one in lines}, {one.id: "Unknown" for one in lines}
    )
    assert said(refused.stage, refused.expected) == (Stage.REFUSED, 0)
    do(claims.change, claim.id, "A-1", "With the report")
    again = do(claims.submit, claim.id)
    assert said(again.stage, again.accepted, again.authorisation) == (Stage.SUBMITTED, None, "A-1")
    assert [one.accepted for one in desk.read(claims.lines, claim.id)] == [None, None]
    do(claims.answer, claim.id)
    with pytest.raises(DomainError, match="submitted already"):
        desk.run(claims.submit, claim.id)


def test_a_rest_is_written_off_by_whoever_gives_discounts(
    desks: tuple[Station, Station], do: Do, clinic: Clinic, service: UUID
) -> None:
    desk, manager = desks
    bill = insured_bill(clinic, desk, service)
    claim = filed(desk, bill.id)
    assert not desk.can("approvals", "add")
    quiet(*desks)
    made = manager.run(claims.write_off, claim.id, "Not worth a letter", "12", patience=20)
    assert isinstance(made, Saved), made
    assert said(made.row.to_patient, made.row.written_off, made.row.due) == (12, 60, 0)
    quiet(*desks)
    assert shown(desk, bill.id).due == 30
    other = filed(desk, insured_bill(clinic, desk, service).id)
    quiet(*desks)
    with pytest.raises(DomainError, match="The insurer left"):
        manager.run(claims.write_off, other.id, "No", "73")


def test_credit_notes_lower_what_is_claimed_and_what_is_due(
    desks: tuple[Station, Station], do: Do, clinic: Clinic, service: UUID
) -> None:
    desk, _ = desks
    bill = insured_bill(clinic, desk, service)
    draft = do(claims.draft, bill.id)
    line = desk.read(billing.lines, bill.id)[1]
    credit = desk.run(billing.credit, bill.id, "Charged twice", {line.id: "30"}, patience=20)
    assert isinstance(credit, Saved)
    assert said(now(desk, draft.id).credited, now(desk, draft.id).due) == (24, 48)
    with pytest.raises(DomainError, match="something was credited"):
        desk.run(claims.submit, draft.id)
    do(claims.withdraw, draft.id, "Credited")
    claim = filed(desk, bill.id)
    assert claim.claimed == 48
    do(claims.reconcile, claim.id)
    assert shown(desk, bill.id).moved == 48
    assert isinstance(desk.run(billing.credit, bill.id, "All of it", patience=20), Saved)
    # What was taken back is nobody's to pay, whatever the insurer has said.
    assert said(shown(desk, bill.id).moved, shown(desk, bill.id).due) == (0, 0)
    assert server_rows(clinic, "select invoice_due(%s), insurer_due(%s)", bill.id, bill.id) == [(0, 0)]


def test_two_desks_claim_one_invoice_once(
    desks: tuple[Station, Station], clinic: Clinic, service: UUID
) -> None:
    bill = insured_bill(clinic, desks[0], service)
    quiet(*desks)
    answers = both_at_once(*(partial(one.run, claims.file_claim, bill.id, patience=20) for one in desks))
    (refused,) = [one for one in answers if not isinstance(one, Saved)]
    assert isinstance(refused, Refused | DomainError)
    assert "claimed already" in str(refused.reason if isinstance(refused, Refused) else refused)
    assert server_rows(clinic, "select count(*) from insurance_claim") == [(1,)]


def test_the_insurers_money_is_noted_without_the_server_and_twice_is_too_much(
    desks: tuple[Station, Station], clinic: Clinic, proxy: Proxy, service: UUID
) -> None:
    desk, other = desks
    bill = insured_bill(clinic, desk, service)
    claim = filed(desk, bill.id)
    quiet(*desks)
    go_offline(desk, proxy)
    assert isinstance(desk.run(claims.take, claim.id, "72", patience=0.1), Queued)
    assert now(desk, claim.id).stage is Stage.PAID
    assert isinstance(other.run(claims.take, claim.id, "72", patience=20), Saved)
    go_online(desk, proxy)
    quiet(*desks)
    assert now(desk, claim.id).due == Decimal(-72)
    with pytest.raises(DomainError, match=r"paid 72\.00 EUR too much"):
        desk.run(claims.reconcile, claim.id)
    money = desk.read(billing.payments_of, bill.id)[0]
    back = other.run(billing.refund, money.id, "72", "Paid twice", patience=20)
    assert isinstance(back, Saved)
    assert back.row.state is RefundState.ASKED  # somebody else approves it, as all money that goes back
    quiet(*desks)
    for station in desks:
        assert_replica_equals_server(station, clinic)


def test_a_claim_that_is_filed_and_answered_in_one_outage_is_no_clash_with_the_servers_moment(
    desks: tuple[Station, Station], clinic: Clinic, proxy: Proxy, service: UUID
) -> None:
    desk, _ = desks
    bill = insured_bill(clinic, desk, service)
    go_offline(desk, proxy)
    filed_here = desk.run(claims.file_claim, bill.id, patience=0.1)
    assert isinstance(filed_here, Queued)
    claim = desk.read(claims.live_of, bill.id)
    assert claim is not None
    for verb, args in ((claims.answer, ()), (claims.take, ("72",)), (claims.reconcile, ())):
        assert isinstance(desk.run(verb, claim.id, *args, patience=0.1), Queued)
    go_online(desk, proxy)
    quiet(*desks)
    assert desk.attention() == []
    assert now(desk, claim.id).stage is Stage.RECONCILED
    assert_replica_equals_server(desk, clinic)


@pytest.mark.parametrize(
    ("verb", "args", "sentence"),
    [
        (claims.take, ("73",), "Of this claim 72.00 EUR is to be paid."),
        (claims.take, ("0",), "Of this claim 72.00 EUR is to be paid."),
        (claims.withdraw, (" ",), "It is not said why."),
        (claims.write_off, (" ",), "It is not said why."),
        (claims.reopen, (), "Only a claim that was reconciled is reopened."),
        (claims.change, ("", ""), "This claim is with the insurer."),
        (claims.submit, (), "This claim was submitted already."),
    ],
)
def test_what_cannot_be_is_said(
    desks: tuple[Station, Station],
    clinic: Clinic,
    service: UUID,
    verb: Any,
    args: tuple[str, ...],
    sentence: str,
) -> None:
    desk, manager = desks
    claim = filed(desk, insured_bill(clinic, desk, service).id)
    quiet(*desks)
    with pytest.raises(DomainError) as refused:
        manager.run(verb, claim.id, *args)
    assert str(refused.value).startswith(sentence)


def test_a_wholly_covered_invoice_waits_for_its_insurer(
    desks: tuple[Station, Station], do: Do, clinic: Clinic, service: UUID
) -> None:
    desk, _ = desks
    bill = insured_bill(clinic, desk, service, copay="0")
    with pytest.raises(DomainError, match="the rest is the insurer's"):
        desk.run(billing.pay, bill.id, card("90"))
    claim = filed(desk, bill.id)
    with pytest.raises(DomainError, match=f"{bill.number} is claimed already"):
        desk.run(claims.draft, bill.id)
    assert do(claims.take, claim.id, "90").stage is Stage.PAID


def test_what_insurers_owe_is_listed_by_age(
    desks: tuple[Station, Station], do: Do, clinic: Clinic, service: UUID
) -> None:
    desk, _ = desks
    first, second = insured_bill(clinic, desk, service), insured_bill(clinic, desk, service, copay="0")
    claim = filed(desk, first.id)
    with clinic.admin() as admin:
        admin.execute(
            "alter table insurance_claim disable trigger a_guard"
        )  # which puts the server's clock in place
        admin.execute(
            "update insurance_claim set submitted_at = now() - interval '45 days' where id = %s", [claim.id]
        )
        admin.execute("alter table insurance_claim enable trigger a_guard")
    quiet(*desks)
    zone = desk.read(branch_clock.zone_of, clinic.org_id)
    rows = desk.read(claims.ageing, clinic.org_id, branch_clock.today(zone))
    assert [said(row.unsent, *row.aged, row.claims) for row in rows] == [
        (90, 0, 0, 0, 0, 0),
        (0, 0, 72, 0, 0, 1),
    ]
    do(claims.take, claim.id, "72")
    do(claims.reconcile, claim.id)
    rows = desk.read(claims.ageing, clinic.org_id, branch_clock.today(zone))
    assert [row.whole for row in rows] == [90]
    assert second.id != first.id
    assert now(desk, claim.id).state is ClaimState.RECONCILED
