"""Claims by age, and claims line by line: what is due stands in its bucket, and words stay words in a file."""

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from medidesk.models.billing import Way
from medidesk.models.claims import ClaimState, InsuranceClaim
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.repositories import claims, reports
from medidesk.repositories.reports import Period, Report
from tests.support.bills import NOON, Books, Line
from tests.support.replica_clinic import ReplicaClinic

NOW = dt.datetime.now(dt.UTC)
ALL = Period(None, NOW.date() + dt.timedelta(days=1))
DAY = dt.timedelta(days=1)


class Insured:
    """The books of a branch with insured bills."""

    def __init__(self, desk: ReplicaClinic) -> None:
        self.desk, self.books = desk, Books.of(desk)

    def bill(self, insurer: str, price: str = "100", at: dt.datetime = NOON, **more: Any) -> UUID:
        """A bill of somebody new, of which this insurer pays four fifths."""
        found = self.desk.put(Insurer, {"name": insurer, "payer_code": f"P-{insurer}"})
        patient = self.desk.patient("Okafor", "Amara", born_on=dt.date(1984, 3, 12))
        policy = {
            "patient_id": patient,
            "insurer_id": found[0],
            "policy_no": "=1+1",
            "copay_percent": Decimal(20),
        }
        (policy_id,) = self.desk.put(InsurancePolicy, policy)
        line = Line("Consultation", price, copay="20", service=self.books.service("C01"))
        return self.books.invoice(patient, line, at=at, policy_id=policy_id, **more)

    def claim(self, bill: UUID, **went_on: Any) -> UUID:
        """A claim of it, that went on so."""
        made = self.desk.run(claims.draft, bill, "AU-7")
        assert made is not None
        with self.desk.work() as work:
            row = work.get(InsuranceClaim, made)
            for name, value in went_on.items():
                setattr(row, name, value)
            captured = work.captured()
        self.desk.keep(captured)
        return made

    def sent(self, bill: UUID, days: int) -> UUID:
        """One that was submitted so many days ago."""
        return self.claim(bill, state=ClaimState.SUBMITTED, submitted_at=NOW - days * DAY)


@pytest.fixture
def insured(desk: ReplicaClinic) -> Insured:
    return Insured(desk)


def by_age(desk: ReplicaClinic, period: Period = ALL) -> Report:
    return desk.read(reports.made, "claims_by_age", desk.org_id, period)


def test_what_insurers_owe_stands_in_the_bucket_of_its_age(desk: ReplicaClinic, insured: Insured) -> None:
    insured.bill("Seguros", "50")  # nobody has been asked
    insured.claim(insured.bill("Seguros", "25"))
    for days in (0, 31, 61, 91):
        insured.sent(insured.bill("Seguros"), days)
    insured.sent(insured.bill("Mutual", "10"), 200)
    whole, each = by_age(desk).tables
    eighty = Decimal(80)
    assert whole.rows == (
        ("Mutual", 1, None, None, None, None, Decimal(8), Decimal(8)),
        ("Seguros", 6, Decimal(60), eighty, eighty, eighty, eighty, Decimal(380)),
    )
    assert whole.totals == ("Total", 7, Decimal(60), eighty, eighty, eighty, Decimal(88), Decimal(388))
    assert [row[0] for row in each.rows] == ["Mutual", *["Seguros"] * 6]
    assert each.totals is not None
    assert each.totals[-1] == Decimal(388)
    ages = desk.read(claims.ageing, desk.org_id, NOW.date())
    assert sum(row.whole for row in ages) == Decimal(388), "as on the screen"


def test_what_is_paid_ended_or_of_other_days_is_left_out(desk: ReplicaClinic, insured: Insured) -> None:
    bill = insured.bill("Seguros")
    insured.sent(bill, 3)
    row = desk.read(claims.live_of, bill)
    assert row is not None
    insured.books.receipt(row.patient_id, bill, (Way.INSURER, "70"))
    ended = {"state": ClaimState.RECONCILED, "ended_at": NOW, "to_patient": Decimal(80)}
    insured.claim(insured.bill("Mutual"), submitted_at=NOW, **ended)
    whole, each = by_age(desk).tables
    assert [row[-1] for row in whole.rows] == [Decimal(10)]
    assert len(each.rows) == 1
    assert by_age(desk, Period(NOW.date(), NOW.date())).tables[0].rows == ()


def test_claims_line_by_line_as_csv(desk: ReplicaClinic, insured: Insured) -> None:
    partly = insured.sent(insured.bill("Seguros", note="Odd"), 3)
    (line,) = desk.read(claims.lines, partly)
    desk.run(claims.answer, partly, {line.id: "70"}, {line.id: "@over the limit"}, "X-1")
    draft = insured.claim(insured.bill("Mutual", "12.50"))
    table = desk.read(reports.claim_lines, [draft, partly, UUID(int=1)])
    found = list(csv.reader(io.StringIO(reports.csv_of_table(table, "EUR").decode("utf-8-sig"))))
    assert found[0] == [
        "Claim", "Insurer", "Payer code", "Policy", "Authorisation", "File", "Patient", "Born", "Invoice",
        "Invoiced", "Service date", "Code", "Service", "Quantity", "Unit price", "Total", "Claimed", "Accepted",
        "Refusal", "Stage", "Submitted", "Insurer's reference", "Currency",
    ]  # fmt: skip
    (of_mutual, of_seguros) = found[1:]
    assert of_mutual[1:6] == ["Mutual", "P-Mutual", "'=1+1", "AU-7", "26-00002"], "no formula"
    assert of_mutual[13:22] == ["1", "12.50", "12.50", "10.00", "", "", "Draft", "", ""]
    assert of_seguros[6:13] == [
        "Amara Okafor", "1984-03-12", "I26-00001", "2026-03-02", "2026-03-02", "C01", "Consultation",
    ]  # fmt: skip
    submitted = (NOW - 3 * DAY).date().isoformat()
    assert of_seguros[13:] == [
        "1", "100.00", "100.00", "80.00", "70.00", "'@over the limit", "Partly", submitted, "X-1", "EUR",
    ]  # fmt: skip
