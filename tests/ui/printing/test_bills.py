"""Papers of money: what they say, how they look beside a stored picture, and that nothing of them is cut off."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from medidesk.models.billing import CashierSession, Way
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.repositories import billing, reports
from medidesk.repositories.reports import Period
from medidesk.ui import bill_papers
from medidesk.ui.printing.document import Document, Paper
from medidesk.ui.reports.page import on_sheets
from tests.support.bills import NOON, Books, Line, many
from tests.support.replica_clinic import ReplicaClinic
from tests.ui.printing.golden import assert_looks_like, columns_of_ink, lines_of_ink, say_the_same

HOUR = dt.timedelta(hours=1)
NOW = rf"\d+ \w+ {dt.datetime.now(dt.UTC).year} \d\d:\d\d(?=</|<)"
NEW_YEAR = dt.date(2026, 1, 1)


@dataclass
class Case:
    """A station's folder and its books, with one patient's account."""

    home: Path
    desk: ReplicaClinic
    books: Books
    sofia: UUID
    patient: UUID

    @property
    def station(self) -> Any:
        """What a paper asks of a station: its folder, for a clinic's own templates."""
        return cast("Any", self)

    def invoice(self, made: UUID, *, copy: bool = False) -> Document:
        """An invoice's paper."""
        paper = self.desk.read(billing.bill_paper, made)
        assert paper is not None
        return bill_papers.invoice(self.station, paper, copy=copy)

    def receipt(self, made: UUID, on: Paper = Paper.ROLL_80, *, copy: bool = False) -> Document:
        """A receipt's paper."""
        paper = self.desk.read(billing.receipt_paper, made)
        assert paper is not None
        return bill_papers.receipt(self.station, paper, on, copy=copy)

    def statement(self, since: dt.date = NEW_YEAR) -> billing.Statement:
        """The patient's account."""
        found = self.desk.read(billing.statement, self.patient, self.desk.org_id, since)
        assert found is not None
        return found

    def insured(self) -> tuple[UUID, UUID]:
        """An insured invoice with discount and two rates of tax, and what was taken for it in cash."""
        (insurer,) = self.desk.put(Insurer, {"name": "Seguros Atlântico"})
        policy = {"patient_id": self.patient, "insurer_id": insurer, "policy_no": "AT-99812-7"}
        (policy_id,) = self.desk.put(InsurancePolicy, policy)
        made = self.books.invoice(
            self.patient,
            Line("Consultation, cardiology", "60", copay="20"),
            Line("Electrocardiogram under stress", "1234.50", "2", "34.50", "23", "20"),
            Line("Dressing", "12.50", "3", tax="6", copay="20"),
            created_by=self.sofia, policy_id=policy_id, note="Payable within 30 days.", id=UUID(int=26),
        )  # fmt: skip
        till = self.books.drawer(self.sofia)
        taken = {"session_id": till, "created_by": self.sofia, "tendered": Decimal(120)}
        return made, self.books.receipt(self.patient, made, (Way.CASH, "100"), at=NOON + HOUR, **taken)


@pytest.fixture
def case(desk: ReplicaClinic, tmp_path: Path, qapp: QApplication) -> Case:
    books = Books.of(desk)
    patient = desk.patient("Okafor", "Amara", born_on=dt.date(1984, 3, 12))
    return Case(tmp_path, desk, books, books.person("Sofia", "Marchetti"), patient)


@pytest.fixture
def from_right(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def words(document: Document) -> str:
    """What stands on a paper, without how it looks."""
    bare = re.sub(r"<[^>]+>", " ", document.html).replace("&#x27;", "'")
    return " ".join(bare.replace("\N{NO-BREAK SPACE}", " ").split())


def test_an_invoice_says_who_what_and_how_much(case: Case) -> None:
    made, _receipt = case.insured()
    paper = case.invoice(made)
    assert paper.title == "Invoice I26-00001"
    said = words(paper)
    for part in (
        "Quay Health Harbour Street Clinic", "Amara Okafor", "File 26-00001", "12 Mar 1984", "2 Mar 2026 12:00",
        "Issued by Sofia Marchetti", "Electrocardiogram under stress 2 1,234.50 34.50 23 % 2,434.50",
        "Before tax 2,532.00", "Tax 23 % on 2,434.50 559.94", "Tax 6 % on 37.50 2.25", "Total 3,094.19 EUR",
        "Seguros Atlântico, policy AT-99812-7 −2,475.35", "Patient's part 618.84 EUR",
        "2 Mar 2026 Cash R26-00001 −100.00", "Still due 518.84 EUR", "Payable within 30 days.",
    ):  # fmt: skip
        assert part in said
    assert "Copy" not in said
    assert "Copy" in words(case.invoice(made, copy=True))


def test_what_was_taken_back_stands_between_total_and_due(case: Case) -> None:
    made, receipt = case.insured()
    line = Line("Dressing", "12.50", "3", tax="6", copay="20")
    note = case.books.invoice(case.patient, line, credits_id=made, at=NOON + 3 * HOUR, created_by=case.sofia)
    (payment,) = case.desk.read(billing.receipt, receipt)
    case.books.refund(payment.id, "20", at=NOON + 4 * HOUR)
    said = words(case.invoice(made))
    assert "Credit note C26-00001 −7.95" in said
    assert "Given back, Cash F26-00001 20.00" in said
    assert "Still due 530.89 EUR" in said
    paper = case.invoice(note)
    assert paper.title == "Credit note C26-00001"
    assert "Takes back of invoice I26-00001 : Charged by mistake" in words(paper)
    assert "Still due" not in words(paper)


@pytest.mark.parametrize("on", bill_papers.RECEIPT_PAPERS)
def test_a_receipt_says_what_was_handed_over_and_given_back(case: Case, on: Paper) -> None:
    _made, receipt = case.insured()
    paper = case.receipt(receipt, on)
    assert paper.paper is on
    said = words(paper)
    for part in (
        "Receipt R26-00001", "Invoice I26-00001", "Total 3,094.19 EUR", "Patient's part 618.84 EUR",
        "Cash 100.00 Paid 100.00 EUR", "Cash handed over 120.00 Change 20.00", "Still due 518.84 EUR",
        "Taken by Sofia Marchetti", "2 Mar 2026 13:00",
    ):  # fmt: skip
        assert part in said


def test_a_receipt_stays_as_it_was_whatever_came_later(case: Case) -> None:
    made, receipt = case.insured()
    before = words(case.receipt(receipt))
    later = case.books.receipt(
        case.patient, made, (Way.CARD, "50"), at=NOON + 2 * HOUR, created_by=case.sofia
    )
    line = Line("Dressing", "12.50", "3", tax="6", copay="20")
    case.books.invoice(case.patient, line, credits_id=made, at=NOON + 3 * HOUR)
    (payment,) = case.desk.read(billing.receipt, receipt)
    case.books.refund(payment.id, "20", at=NOON + 4 * HOUR)
    assert words(case.receipt(receipt)) == before
    assert "Still due 468.84 EUR" in words(case.receipt(later))


def test_a_receipt_of_several_ways_and_one_of_a_deposit(case: Case) -> None:
    made = case.books.invoice(case.patient, Line(), created_by=case.sofia)
    till = case.books.drawer(case.sofia)
    parts = ((Way.CASH, "10"), (Way.CARD, "20"))
    receipt = case.books.receipt(case.patient, made, *parts, session_id=till, created_by=case.sofia)
    assert "Card 20.00 Cash 10.00 Paid 30.00 EUR Still due 0.00 EUR" in words(case.receipt(receipt))
    deposit = case.books.receipt(case.patient, None, (Way.CARD, "50"), created_by=case.sofia)
    said = words(case.receipt(deposit))
    assert "Deposit: it stays to the patient's credit." in said
    assert "Still due" not in said
    assert case.receipt(deposit).pictures == {}


def test_a_number_given_without_the_server_is_told_as_provisional(case: Case) -> None:
    alone = case.books.invoice(case.patient, Line(), number=None, provisional_no="P-ABC-001")
    said = words(case.invoice(alone))
    assert "Invoice P-ABC-001 This number is provisional: it was given without the server." in said
    both = case.books.invoice(case.patient, Line(), provisional_no="P-ABC-002")
    assert "Invoice I26-00002 Printed before with the provisional number P-ABC-002" in words(
        case.invoice(both)
    )
    receipt = case.books.receipt(
        case.patient, both, (Way.CARD, "30"), receipt_no=None, provisional_no="P-ABC-003"
    )
    assert "Receipt P-ABC-003 This number is provisional" in words(case.receipt(receipt))


def test_the_code_of_an_invoice_finds_it_and_so_does_its_number(case: Case) -> None:
    made, _receipt = case.insured()
    for text in (str(made), str(made).upper(), "i26-00001"):
        assert [row.id for row in case.desk.read(billing.by_number, text)] == [made]
    assert case.desk.read(billing.by_number, str(case.patient)) == []
    assert case.desk.read(billing.by_number, "x" * 36) == []


def test_a_statement_runs_on_from_what_was_brought_forward(case: Case) -> None:
    made, receipt = case.insured()
    (payment,) = case.desk.read(billing.receipt, receipt)
    later = NOON + dt.timedelta(days=10)
    case.books.receipt(case.patient, None, (Way.CARD, "50"), at=later)
    case.books.refund(payment.id, "20", at=later + HOUR)
    whole = case.statement()
    assert [(one.kind.value, one.amount, one.balance) for one in whole.lines] == [
        ("invoice", Decimal("618.84"), Decimal("618.84")),
        ("payment", Decimal(-100), Decimal("518.84")),
        ("payment", Decimal(-50), Decimal("468.84")),
        ("refund", Decimal(20), Decimal("488.84")),
    ]
    late = case.statement(dt.date(2026, 3, 12))
    assert (late.brought, len(late.lines), late.balance) == (Decimal("518.84"), 2, whole.balance)
    row = case.desk.read(billing.invoice, made)
    assert row is not None
    assert whole.balance == row.due - 50, "what is due, less the deposit"
    said = words(bill_papers.statement(case.station, late))
    assert "Brought forward 518.84" in said
    assert "Payment, Card R26-00002 50.00 468.84" in said
    assert "To be paid 488.84 EUR" in said


def test_the_close_of_a_drawer_says_what_came_in_and_what_differs(case: Case) -> None:
    till = case.books.drawer(case.sofia)
    cash = case.books.receipt(case.patient, None, (Way.CASH, "100"), session_id=till)
    case.books.receipt(case.patient, None, (Way.CARD, "40"), session_id=till)
    (payment,) = case.desk.read(billing.receipt, cash)
    case.books.refund(payment.id, "20", session_id=till)
    paper = case.desk.read(billing.drawer_paper, till)
    assert paper is not None
    said = words(bill_papers.drawer(case.station, paper, copy=True))
    assert "Drawer, still open" in said
    assert "Copy" not in said, "one that is open is no document yet"
    closed = {"closed_at": NOON + 8 * HOUR, "counted": Decimal(178), "expected": Decimal(180), "id": till}
    opened = {
        "cashier_id": case.sofia,
        "drawer": "Reception 2",
        "opened_at": NOON,
        "opening_float": Decimal(100),
    }
    case.desk.put(CashierSession, opened | closed, version=2)
    paper = case.desk.read(billing.drawer_paper, till)
    assert paper is not None
    said = words(bill_papers.drawer(case.station, paper, copy=True))
    for part in (
        "Close of a drawer Copy", "Cash 100.00 20.00 80.00", "Card 40.00 0.00 40.00", "Cash at the opening 100.00",
        "Cash given back −20.00", "Should be in it 180.00 EUR", "Counted 178.00 EUR", "Difference −2.00 EUR",
        "Cashier: Sofia Marchetti", "Counted again by",
    ):  # fmt: skip
        assert part in said


def test_sixty_lines_go_on_under_the_same_head(case: Case) -> None:
    made = case.books.invoice(case.patient, *many(60), created_by=case.sofia)
    paper = case.invoice(made)
    assert paper.pages == 2
    assert len(re.findall(rb"/Type /Page\n", paper.pdf())) == 2
    first, last = (lines_of_ink(paper.picture(page)) for page in range(2))
    assert any(say_the_same(last[0], line) for line in first), "the head of the columns stands there again"
    assert last[-1], "the number of the sheet"
    assert "Dressing 60 1 12.50 23 % 12.50" in words(paper)


@pytest.mark.parametrize("family_name", ["Okafor", "Featherstonehaugh-" * 8, "W" * 120, "سارة الخطيب " * 6])
def test_nothing_is_cut_off(case: Case, family_name: str) -> None:
    case.patient = case.desk.patient(family_name[:120], "Amara")
    line = Line("Reconstruction" * 8, "123456789.99", "9999.999", tax="23")
    made = case.books.invoice(case.patient, line, created_by=case.sofia)
    receipt = case.books.receipt(case.patient, made, (Way.CARD, "123456789.99"), reference="4" * 60)
    papers = (
        case.invoice(made), case.receipt(receipt), case.receipt(receipt, Paper.A4),
        bill_papers.statement(case.station, case.statement()),
    )  # fmt: skip
    for paper in papers:
        for page in range(paper.pages):
            assert_within_margins(paper, paper.picture(page))


def assert_within_margins(paper: Document, image: QImage) -> None:
    first, last = columns_of_ink(image)
    assert first >= paper.paper.margin - 2
    assert last <= image.width() - paper.paper.margin + 2


def test_figures_end_at_one_place(case: Case) -> None:
    short = case.invoice(case.books.invoice(case.patient, Line("Dressing", "1")))
    long = case.invoice(case.books.invoice(case.patient, Line("Dressing", "123456.78")))
    assert columns_of_ink(short.picture())[1] == columns_of_ink(long.picture())[1]


@pytest.mark.parametrize("currency", ["JPY", "KWD", "EUR"])
def test_amounts_have_the_decimals_of_their_currency(
    desk: ReplicaClinic, tmp_path: Path, currency: str
) -> None:
    books = Books.of(desk, currency)
    case = Case(tmp_path, desk, books, books.person("Sofia", "Marchetti"), desk.patient("Okafor"))
    made = books.invoice(case.patient, Line(price="1500"))
    shown = {"JPY": "1,500 JPY", "KWD": "1,500.000 KWD", "EUR": "1,500.00 EUR"}[currency]
    assert f"Total {shown}" in words(case.invoice(made))


@pytest.mark.parametrize("side", ["left", "right"])
def test_papers_look_as_they_did(case: Case, side: str, request: pytest.FixtureRequest) -> None:
    if side == "right":
        request.getfixturevalue("from_right")
    made, receipt = case.insured()
    account = bill_papers.statement(case.station, case.statement())
    till = case.books.drawer(case.sofia, closed_at=NOON + HOUR, counted=Decimal(99), expected=Decimal(100))
    close = case.desk.read(billing.drawer_paper, till)
    assert close is not None
    day = Period(NOON.date(), NOON.date())
    sheet = case.desk.read(reports.made, "day_sheet", case.desk.org_id, day)
    for name, paper in {
        "invoice": case.invoice(made, copy=True),
        "receipt": case.receipt(receipt, Paper.A4),
        "receipt-80": case.receipt(receipt),
        "statement": account,
        "drawer": bill_papers.drawer(case.station, close, copy=False),
        "report": on_sheets(replace(sheet, made_at=NOON), case.home),
    }.items():
        # When it was printed is another moment each time.
        still = replace(paper, html=re.sub(NOW, "28 Nov 2026 10:00", paper.html))
        assert_looks_like(still.picture(), f"{name}-from-{side}")


def test_another_amount_or_a_line_too_many_is_noticed(case: Case) -> None:
    made, receipt = case.insured()
    case.books.receipt(case.patient, made, (Way.CARD, "50"), at=NOON + 2 * HOUR)
    with pytest.raises(AssertionError, match=r"look different|another length"):
        assert_looks_like(case.invoice(made, copy=True).picture(), "invoice-from-left")
    with pytest.raises(AssertionError, match=r"look different|another length"):
        assert_looks_like(case.receipt(receipt, copy=True).picture(), "receipt-80-from-left")
