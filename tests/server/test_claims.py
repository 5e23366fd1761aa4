"""Claims over raw connections: what no window offers, the database refuses."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.server.test_billing import Desk, refuses
from tests.support.billing import priced
from tests.support.database import Clinic
from tests.support.insured import insure, insurer
from tests.support.raw_rows import insert


class Insured(Desk):
    """Somebody at psql, and an invoice of 60 that an insurer pays but for a fifth."""

    def __init__(self, clinic: Clinic, login: str, patient: UUID, service: UUID, of: UUID) -> None:
        super().__init__(clinic, login, patient, service)
        self.insurer, self.admin = of, clinic.admin()
        policy = self.one("select id from insurance_policy where patient_id = %s", patient)
        with self.sql.transaction():
            self.bill = self.insert(
                "invoice", patient_id=patient, policy_id=policy, state="issued", issued_at="now", lines=2,
                total=60, covered=48,
            )  # fmt: skip
            self.lines = [self.line(self.bill, self.charge(), covered=24) for _ in range(2)]

    def claim(self, *, claimed: Any = 48, each: Any = 24, state: str = "submitted", **more: Any) -> UUID:
        values: dict[str, Any] = {"patient_id": self.patient, "invoice_id": self.bill}
        values |= {
            "insurer_id": self.insurer,
            "policy_no": "P-1234",
            "lines": 2,
            "claimed": claimed,
            "state": state,
        }
        with self.sql.transaction():
            made = self.insert("insurance_claim", **values | {"submitted_at": "now"} | more)
            for position, line in enumerate(self.lines):
                of: dict[str, Any] = {"claim_id": made, "invoice_line_id": line, "position": position}
                self.insert("claim_line", **of, claimed=each)
        return made

    def set(self, claim: UUID, what: str) -> None:
        self.sql.execute(f"update insurance_claim set {what} where id = %s".encode(), [claim])

    def due(self) -> Any:
        """Of the patient."""
        return self.admin.execute("select invoice_due(%s)", [self.bill]).fetchall()[0][0]

    def answered(self, claim: UUID, *accepted: int) -> None:
        with self.sql.transaction():
            for line, amount in zip(self.lines, accepted, strict=True):
                self.sql.execute(
                    "update claim_line set accepted = %s where claim_id = %s and invoice_line_id = %s",
                    [amount, claim, line],
                )
            self.set(claim, f"state = 'answered', answered_at = 'now', accepted = {sum(accepted)}")


@pytest.fixture
def desk(clinic: Clinic) -> Insured:
    service, of = priced(clinic, "30"), insurer(clinic)
    patient = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Okafor"})
    insure(clinic, patient, of)
    return Insured(clinic, "sofia", patient, service, of)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ({"claimed": 60, "each": 30}, "has changed meanwhile"),
        ({"claimed": 24, "each": 12}, "has changed meanwhile"),
        ({"claimed": 48, "each": 30}, "not what the insurer covers"),
        ({"claimed": "NaN"}, "no amount of money"),
        ({"lines": 1}, "does not add up"),
        ({"policy_no": "P-1"}, "insured otherwise"),
        ({"state": "reconciled", "ended_at": "now"}, "submitted before it is answered"),
        ({"deleted_at": "now"}, "A claim stays"),
    ],
)
def test_a_claim_is_of_what_the_insurer_covers(desk: Insured, claim: dict[str, Any], sentence: str) -> None:
    with refuses(sentence):
        desk.claim(**claim)


def test_an_invoice_is_claimed_once_and_a_draft_of_an_invoice_never(desk: Insured) -> None:
    desk.claim()
    with pytest.raises(psycopg.errors.UniqueViolation, match="insurance_claim_live_once"):
        desk.claim()
    draft = desk.insert("invoice", patient_id=desk.patient)
    with refuses("that was issued is claimed"):
        desk.claim(invoice_id=draft)


def test_nothing_is_slipped_in_or_out_of_a_claim(desk: Insured) -> None:
    claim = desk.claim()
    line = desk.one("select id from claim_line where claim_id = %s limit 1", claim)
    for change in (
        "claimed = 1", "lines = 1", "invoice_id = gen_random_uuid()", "insurer_id = gen_random_uuid()",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.set(claim, change)
    with refuses("does not add up"):
        desk.sql.execute("update claim_line set accepted = 5 where id = %s", [line])
    with refuses("A claim stays"):
        desk.sql.execute("update claim_line set deleted_at = now() where id = %s", [line])
    with pytest.raises(psycopg.errors.CheckViolation):
        desk.answered(claim, 24, 25)
    desk.answered(claim, 24, 20)
    assert desk.one("select accepted from insurance_claim where id = %s", claim) == 44


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("state = 'reconciled', ended_at = 'now', to_patient = 20", "the insurer has left 48.00 EUR"),
        ("state = 'reconciled', ended_at = 'now', to_patient = 49", "the insurer has left 48.00 EUR"),
        (
            "state = 'reconciled', ended_at = 'now', written_off = 48, end_note = 'Friend'",
            "written off by whoever may give discounts",
        ),
        ("state = 'draft'", "has come further meanwhile"),
    ],
)
def test_what_is_left_is_shared_out_whole_and_written_off_with_the_right(
    desk: Insured, change: str, sentence: str
) -> None:
    claim = desk.claim()
    with refuses(sentence):
        desk.set(claim, change)


def test_a_claim_that_is_done_with_is_reopened_before_it_is_shared_out_anew(desk: Insured) -> None:
    claim = desk.claim()
    desk.answered(claim, 24, 20)
    desk.set(claim, "state = 'reconciled', ended_at = 'now', to_patient = 48")
    assert desk.due() == 60
    with refuses("is done with"):
        desk.set(claim, "to_patient = 0")
    with refuses("is done with"):
        desk.sql.execute("update claim_line set accepted = 0 where claim_id = %s", [claim])
    desk.set(claim, "state = 'answered', ended_at = null, to_patient = 0")
    assert desk.due() == 12


def test_an_insurer_pays_what_was_claimed_of_them_and_no_more(desk: Insured) -> None:
    theirs = {"invoice_id": desk.bill, "way": "insurer"}
    with refuses("was claimed of them first"):
        desk.payment(**theirs, amount=48)
    claim = desk.claim()
    desk.payment(**theirs, amount=40)
    with refuses("only 8.00 EUR is left"):
        desk.payment(**theirs, amount=9)
    with refuses("has paid something"):
        desk.set(claim, "state = 'withdrawn', ended_at = 'now', end_note = 'No'")
    desk.payment(**theirs, amount=8)
    with refuses("has been paid already"):
        desk.payment(**theirs, amount=1)
    assert desk.due() == 12  # the patient's part is untouched
    desk.payment(invoice_id=desk.bill, amount=12)
    with pytest.raises(psycopg.errors.CheckViolation, match="insurer_for_an_invoice"):
        desk.payment(way="insurer", amount=1)


def test_moments_of_a_claim_are_the_servers(desk: Insured) -> None:
    claim = desk.claim(submitted_at="2001-01-01")
    recent = "select {} > now() - interval '1 minute' from insurance_claim where id = %s"
    assert desk.one(recent.format("submitted_at"), claim)
    desk.set(claim, "state = 'withdrawn', ended_at = '2001-01-01', end_note = 'Wrong insurer'")
    assert desk.one(recent.format("ended_at"), claim)
    assert desk.claim() != claim  # it can be claimed anew


def test_whoever_takes_no_money_claims_nothing(desk: Insured, clinic: Clinic) -> None:
    desk.claim()
    nurse = clinic.connect("joseph")
    for query in ("select * from insurance_claim", "select * from claim_line"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            nurse.execute(query.encode())
    values = {"claim_id": uuid4(), "invoice_line_id": uuid4(), "position": 1, "claimed": 1}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        insert(nurse, "claim_line", {"org_id": clinic.org_id} | values)
