"""The paper of a claim, what it says and how it looks; and bills of which the insurer refused a part."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from medidesk.models.billing import Way
from medidesk.models.claims import ClaimState, InsuranceClaim
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.repositories import billing, claims
from medidesk.ui import bill_papers, claim_papers
from medidesk.ui.printing.document import Document, Paper
from tests.support.bills import NOON, Books, Line, many
from tests.support.replica_clinic import ReplicaClinic
from tests.ui.printing.golden import assert_looks_like
from tests.ui.printing.test_bills import words

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass
class Case:
    """A station's folder and its books, and an insured patient."""

    home: Path
    desk: ReplicaClinic
    books: Books
    sofia: UUID
    patient: UUID
    policy: UUID

    @property
    def station(self) -> Any:
        """What a paper asks of a station: its folder, for a clinic's own templates."""
        return cast("Any", self)

    def bill(self, *lines: Line, **more: Any) -> UUID:
        """An invoice that their insurer pays a part of."""
        some = lines or (
            Line("Consultation, cardiology", "60", copay="20", service=self.books.service("C02")),
            Line("Dressing", "12.50", "3", copay="20"),
        )
        return self.books.invoice(
            self.patient, *some, policy_id=self.policy, created_by=self.sofia, id=UUID(int=26), **more
        )

    def claimed(self, bill: UUID, **more: Any) -> UUID:
        """A claim of it, as it is made; then as `more` says that it went on."""
        made = self.desk.run(claims.draft, bill, "AU-2210", "Please quote our number.")
        assert made is not None
        sent = {"state": ClaimState.SUBMITTED, "submitted_at": NOON + HOUR}
        with self.desk.work() as work:
            row = work.get(InsuranceClaim, made)
            for name, value in (sent | more).items():
                setattr(row, name, value)
            captured = work.captured()
        self.desk.keep(captured)
        return made

    def paper(self, made: UUID) -> Document:
        """Its paper."""
        found = self.desk.read(claims.claim_paper, made)
        assert found is not None
        return claim_papers.claim(self.station, found)

    def refused(self, bill: UUID, to_patient: str) -> UUID:
        """A claim that was reconciled: the patient pays this much after all."""
        ended = {"state": ClaimState.RECONCILED, "ended_at": NOON + DAY, "to_patient": Decimal(to_patient)}
        noted = {"answered_at": NOON + DAY, "accepted": Decimal(40)}
        return self.claimed(bill, **ended, **noted)


@pytest.fixture
def case(desk: ReplicaClinic, tmp_path: Path, qapp: QApplication) -> Case:
    books = Books.of(desk)
    patient = desk.patient("Okafor", "Amara", born_on=dt.date(1984, 3, 12))
    (insurer,) = desk.put(Insurer, {"name": "Seguros Atlântico", "payer_code": "SA-004"})
    policy = {
        "patient_id": patient,
        "insurer_id": insurer,
        "policy_no": "AT-99812-7",
        "copay_percent": Decimal(20),
    }
    (policy_id,) = desk.put(InsurancePolicy, policy)
    return Case(tmp_path, desk, books, books.person("Sofia", "Marchetti"), patient, policy_id)


@pytest.fixture
def from_right(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_a_claim_says_of_whom_for_whom_and_how_much(case: Case) -> None:
    paper = case.paper(case.claimed(case.bill()))
    assert paper.title == "Claim I26-00001"
    said = words(paper)
    for part in (
        "Quay Health Harbour Street Clinic Claim I26-00001", "To the insurer Seguros Atlântico Payer code SA-004",
        "Amara Okafor File 26-00001 · born 12 Mar 1984", "Policy AT-99812-7 Authorisation AU-2210",
        "Submitted 2 Mar 2026 13:00 Invoiced 2 Mar 2026",
        "2 Mar 2026 C02 Consultation, cardiology 1 60.00 48.00", "2 Mar 2026 Dressing 3 37.50 30.00",
        "Total of these services 97.50 EUR Claimed 78.00 EUR", "Please quote our number.",
    ):  # fmt: skip
        assert part in said
    assert list(paper.pictures) == ["bars"]


def test_a_draft_says_so(case: Case) -> None:
    made = case.claimed(case.bill(), state=ClaimState.DRAFT, submitted_at=None)
    assert "Draft of a claim I26-00001" in words(case.paper(made))
    assert "Submitted —" in words(case.paper(made))


def test_a_long_claim_goes_on_and_nothing_of_it_is_cut_off(case: Case) -> None:
    lines = [Line(one.text, one.price, copay="0") for one in many(60)]
    paper = case.paper(case.claimed(case.bill(*lines)))
    assert paper.paper is Paper.A4
    assert paper.pages == 3
    assert "Dressing 60" in words(paper)


def test_what_an_insurer_did_not_pay_stands_on_the_bill_and_on_the_statement(case: Case) -> None:
    bill = case.bill()
    paid = case.books.receipt(case.patient, bill, (Way.CARD, "19.50"), at=NOON, created_by=case.sofia)
    case.refused(bill, "38")
    found = case.desk.read(billing.bill_paper, bill)
    assert found is not None
    said = words(bill_papers.invoice(case.station, found, copy=False))
    assert "Patient's part 19.50 EUR 3 Mar 2026 Not paid by the insurer 38.00" in said
    assert "Still due 38.00 EUR" in said
    before = case.desk.read(billing.receipt_paper, paid)
    assert before is not None
    for on in bill_papers.RECEIPT_PAPERS:
        assert "Not paid by" not in words(bill_papers.receipt(case.station, before, on, copy=False)), (
            "not known then"
        )
    later = case.books.receipt(case.patient, bill, (Way.CARD, "38"), at=NOON + 2 * DAY, created_by=case.sofia)
    after = case.desk.read(billing.receipt_paper, later)
    assert after is not None
    for on in bill_papers.RECEIPT_PAPERS:
        said = words(bill_papers.receipt(case.station, after, on, copy=False))
        assert "Not paid by the insurer 38.00" in said
        assert "Still due 0.00 EUR" in said
    account = case.desk.read(billing.statement, case.patient, case.desk.org_id, dt.date(2026, 1, 1))
    assert account is not None
    assert "3 Mar 2026 Not paid by the insurer" in words(bill_papers.statement(case.station, account))
    assert account.balance == 0


@pytest.mark.parametrize("side", ["left", "right"])
def test_papers_look_as_they_did(case: Case, side: str, request: pytest.FixtureRequest) -> None:
    if side == "right":
        request.getfixturevalue("from_right")
    bill = case.bill()
    made = case.refused(bill, "38")
    assert_looks_like(case.paper(made).picture(), f"claim-from-{side}")
    found = case.desk.read(billing.bill_paper, bill)
    assert found is not None
    assert_looks_like(
        bill_papers.invoice(case.station, found, copy=False).picture(), f"invoice-refused-from-{side}"
    )
