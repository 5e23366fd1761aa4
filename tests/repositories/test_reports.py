"""Reports: their sums are those of the rows they are made of, on a replica and on the server alike."""

import csv
import datetime as dt
import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.billing import Way
from medidesk.models.directory import Staff, StaffKind
from medidesk.models.visits import Visit, VisitKind, VisitState
from medidesk.repositories import billing, branch_clock, reports
from medidesk.repositories.ages import in_buckets
from medidesk.repositories.reports import Figure, Period, Report, Table
from medidesk.repositories.reports.csv_file import safe
from tests.support.bills import NOON, Books, Line
from tests.support.replica_clinic import ReplicaClinic

ZONE = branch_clock.zone_named("Europe/Lisbon")
DAY, NEXT = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
MARCH = Period(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
HOUR = dt.timedelta(hours=1)


def made(desk: ReplicaClinic, name: str, period: Period = MARCH) -> Report:
    return desk.read(reports.made, name, desk.org_id, period)


def only(report: Report) -> Table:
    (table,) = report.tables
    return table


def column(table: Table, title: str) -> list[Any]:
    """A column's cells without the total."""
    at = [one.title for one in table.columns].index(title)
    return [row[at] for row in table.rows]


def total(table: Table, title: str) -> Any:
    assert table.totals is not None
    return table.totals[[one.title for one in table.columns].index(title)]


@pytest.fixture
def books(desk: ReplicaClinic) -> Books:
    return Books.of(desk)


@pytest.fixture
def patient(desk: ReplicaClinic) -> UUID:
    return desk.patient("Okafor", "Amara", phone="+351 912 555 018")


def test_a_day_sheet_has_all_that_happened_with_its_sums(
    desk: ReplicaClinic, books: Books, patient: UUID
) -> None:
    sofia, rui = books.person("Sofia", "Marchetti"), books.person("Rui", "Tavares")
    till = books.drawer(sofia, closed_at=NOON + 8 * HOUR, counted=Decimal(128), expected=Decimal(130))
    bill = books.invoice(patient, Line(price="60"), created_by=sofia)
    taken = books.receipt(patient, bill, (Way.CASH, "40"), session_id=till, created_by=sofia)
    books.receipt(patient, bill, (Way.CARD, "20"), created_by=rui)
    books.receipt(patient, bill, (Way.CARD, "7"), created_by=rui, at=NOON + dt.timedelta(days=1))
    books.invoice(patient, Line(price="60"), credits_id=bill)
    (payment,) = desk.read(billing.receipt, taken)
    books.refund(payment.id, "10", session_id=till)
    takings, refunds, invoices, notes, drawers = made(desk, "day_sheet", Period(DAY, DAY)).tables
    assert takings.rows == (
        ("Rui Tavares", Decimal(0), Decimal(20), Decimal(20), Decimal(0), Decimal(20)),
        ("Sofia Marchetti", Decimal(40), Decimal(0), Decimal(40), Decimal(10), Decimal(30)),
    )
    assert [one.title for one in takings.columns] == [
        "Cashier",
        "Cash",
        "Card",
        "Taken",
        "Given back",
        "Left",
    ]
    assert takings.totals == ("Total", Decimal(40), Decimal(20), Decimal(60), Decimal(10), Decimal(50))
    assert column(refunds, "Amount") == [Decimal(10)]
    assert column(invoices, "Number") == ["I26-00001"]
    assert (total(invoices, "Total"), total(notes, "Total")) == (Decimal(60), Decimal(60))
    assert column(drawers, "Difference") == [Decimal(-2)]
    assert column(drawers, "Opened") == [NOON.astimezone(ZONE)]


def test_takings_are_by_the_day_of_the_branchs_clock(
    desk: ReplicaClinic, books: Books, patient: UUID
) -> None:
    rui = books.person("Rui", "Tavares")
    summer = dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC)  # half past midnight in Lisbon
    books.receipt(patient, None, (Way.CARD, "20"), at=summer, created_by=rui)
    table = only(made(desk, "takings", Period(dt.date(2026, 7, 1), dt.date(2026, 7, 3))))
    assert column(table, "Day") == [dt.date(2026, 7, 2)]
    assert only(made(desk, "takings", Period(dt.date(2026, 7, 1), dt.date(2026, 7, 1)))).rows == ()


def test_credit_that_is_used_is_no_money_taken(desk: ReplicaClinic, books: Books, patient: UUID) -> None:
    deposit = books.receipt(patient, None, (Way.CARD, "50"))
    (payment,) = desk.read(billing.receipt, deposit)
    bill = books.invoice(patient, Line())
    books.receipt(patient, bill, (Way.CREDIT, "30"), source_id=payment.id)
    assert total(only(made(desk, "takings")), "Taken") == Decimal(50)
    assert only(made(desk, "outstanding")).rows == ()


@pytest.mark.parametrize(
    ("days", "at"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (4000, 3)]
)
def test_what_is_owed_stands_in_the_bucket_of_its_age(days: int, at: int) -> None:
    found = in_buckets(days, Decimal(30))
    assert [one for one, due in enumerate(found) if due is not None] == [at]


def test_outstanding_is_what_is_due_and_not_what_was_billed(
    desk: ReplicaClinic, books: Books, patient: UUID
) -> None:
    today = branch_clock.today(ZONE)

    def ago(days: int) -> dt.datetime:
        return branch_clock.instant(today - dt.timedelta(days=days), 12 * 60, ZONE)

    old = books.invoice(patient, Line(price="100", copay="20"), at=ago(91))
    books.receipt(patient, old, (Way.CARD, "5"), (Way.INSURER, "80"))
    paid = books.invoice(patient, Line(price="10"), at=ago(40))
    books.receipt(patient, paid, (Way.CARD, "10"))
    books.invoice(patient, Line(price="30"), at=ago(0))
    table = only(made(desk, "outstanding", Period(None, today)))
    assert [one.title for one in table.columns][5:] == [
        "0–30 days", "31–60 days", "61–90 days", "Over 90 days", "Due",
    ]  # fmt: skip
    assert [row[5:] for row in table.rows] == [
        (None, None, None, Decimal(15), Decimal(15)),
        (Decimal(30), None, None, None, Decimal(30)),
    ]
    assert (total(table, "Over 90 days"), total(table, "Due")) == (Decimal(15), Decimal(45))
    assert column(table, "Phone") == ["+351 912 555 018"] * 2
    late = only(made(desk, "outstanding", Period(today, today)))
    assert column(late, "Due") == [Decimal(30)]


def test_revenue_is_by_service_and_less_what_was_taken_back(
    desk: ReplicaClinic, books: Books, patient: UUID
) -> None:
    visit, dressing = books.service("Consultation"), books.service("Dressing")
    bill = books.invoice(
        patient,
        Line(price="60", tax="23", service=visit),
        Line("Dressing", "10", service=dressing),
        Line("Dressing", "10", "2", service=dressing, copay="50"),
    )
    books.invoice(patient, Line("Dressing", "10", service=dressing), credits_id=bill, at=NOON + 24 * HOUR)
    table = only(made(desk, "revenue"))
    assert table.rows == (
        (DAY, "Consultation", "CONSULTA", Decimal(60), Decimal("13.80"), Decimal("73.80"), Decimal(0)),
        (DAY, "Dressing", "DRESSING", Decimal(30), Decimal(0), Decimal(30), Decimal(10)),
        (NEXT, "Dressing", "DRESSING", Decimal(-10), Decimal(0), Decimal(-10), Decimal(0)),
    )
    assert total(table, "Total") == Decimal("93.80")


def test_appointments_by_doctor_count_who_came_and_who_did_not(desk: ReplicaClinic, books: Books) -> None:
    kumar, diallo = (
        desk.put(Staff, {"kind": StaffKind.DOCTOR, "title": "Dr", "family_name": name})[0]
        for name in ("Kumar", "Diallo")
    )
    states = [AppointmentState.BOOKED] * 3 + [AppointmentState.NO_SHOW, AppointmentState.CANCELLED]
    for at, (doctor, state) in enumerate(
        [(kumar, state) for state in (*states, AppointmentState.PARKED)] + [(diallo, AppointmentState.BOOKED)]
    ):
        starts = NOON + at * HOUR
        whose = {"patient_id": desk.patient(f"Patient {at}"), "staff_id": doctor, "state": state}
        reason = {"cancel_reason": "travels"} if state is AppointmentState.CANCELLED else {}
        times = {"starts_at": starts, "ends_at": starts + HOUR}
        (made_,) = desk.put(Appointment, whose | times | reason)
        if doctor == kumar and at < 2:
            visit = {"patient_id": whose["patient_id"], "appointment_id": made_, "arrived_at": starts}
            desk.put(Visit, visit | {"kind": VisitKind.OUTPATIENT, "state": VisitState.COMPLETED})
    table = only(made(desk, "attendance"))
    assert table.rows == (
        ("Dr Diallo", 1, 0, 0, 0, None),
        ("Dr Kumar", 5, 2, 1, 1, Decimal("66.7")),
    )
    assert table.totals == ("Total", 6, 2, 1, 1, Decimal("66.7"))


AMOUNTS = st.decimals(min_value="0.01", max_value="9999.99", places=2)
FIRST = dt.datetime(2026, 2, 26, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 36 * 24 * 60).map(lambda minutes: FIRST + dt.timedelta(minutes=minutes))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from([Way.CASH, Way.CARD, Way.TRANSFER]), AMOUNTS, MOMENTS, st.booleans()),
        max_size=8,
    )
)
def test_every_report_adds_up_to_the_money_that_there_is(
    tmp_path: Path, found: list[tuple[Way, Decimal, dt.datetime, bool]]
) -> None:
    desk = ReplicaClinic.at(tmp_path / f"{uuid4().hex}.db")
    try:
        books, patient = Books.of(desk), desk.patient("Okafor")
        cashiers = [books.person("Sofia", "Marchetti"), books.person("Rui", "Tavares")]
        till = books.drawer(cashiers[0])
        for at, (way, amount, moment, is_given_back) in enumerate(found):
            bill = books.invoice(patient, Line(price=str(amount * 2), tax="23"), at=moment)
            who = {"session_id": till if way is Way.CASH else None, "created_by": cashiers[at % 2]}
            receipt = books.receipt(patient, bill, (way, str(amount)), at=moment, **who)
            if is_given_back:
                (payment,) = desk.read(billing.receipt, receipt)
                books.refund(payment.id, str(amount), at=moment, created_by=cashiers[1])
        inside = [one for one in found if branch_clock.day_of(one[2], ZONE).month == DAY.month]
        whole = sum((one[1] for one in inside), Decimal(0))
        back = sum((one[1] for one in inside if one[3]), Decimal(0))
        for table in (only(made(desk, "takings")), made(desk, "day_sheet").tables[0]):
            assert sum(column(table, "Taken"), Decimal(0)) == whole
            assert sum(column(table, "Given back"), Decimal(0)) == back
            assert sum(column(table, "Left"), Decimal(0)) == whole - back
        revenue = sum(column(only(made(desk, "revenue")), "Total"), Decimal(0))
        issued = sum(column(made(desk, "day_sheet").tables[2], "Total"), Decimal(0))
        assert revenue == issued
        everything = Period(None, branch_clock.today(ZONE))
        due = sum(column(only(made(desk, "outstanding", everything)), "Due"), Decimal(0))
        statement = desk.read(billing.statement, patient, desk.org_id, dt.date(2000, 1, 1))
        assert statement is not None
        assert statement.balance == due
    finally:
        desk.close()


# Files

HOSTILE = ["=1+1", "+351 912", "-2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']


def a_report(words: Iterable[str] = ("Okafor",)) -> Report:
    columns = (
        reports.Column("Name"), reports.Column("Amount", Figure.MONEY), reports.Column("Day", Figure.DAY),
        reports.Column("At", Figure.MOMENT), reports.Column("Rate", Figure.PERCENT),
        reports.Column("Count", Figure.COUNT),
    )  # fmt: skip
    rows = tuple((one, Decimal("-1234.5"), DAY, NOON, Decimal("66.7"), 3) for one in words)
    totals = ("Total", Decimal("-1234.5"), None, None, None, 3)
    table = Table("What: is [there]", columns, rows, totals)
    return Report("sample", "Sample", "Quay", "EUR", MARCH, NOON, (table, Table("None", columns, ())))


def test_a_csv_is_what_spreadsheets_expect_and_no_formula() -> None:
    content = reports.csv_of(a_report(HOSTILE))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Sample", "Quay", "1 Mar 2026 to 31 Mar 2026"]
    assert rows[3] == ["Name", "Amount", "Day", "At", "Rate", "Count"]
    assert rows[4] == ["'=1+1", "-1234.50", "2026-03-02", "2026-03-02 12:00", "66.7", "3"]
    assert [row[0] for row in rows[4:11]] == [f"'{one}" for one in HOSTILE]
    assert rows[11] == ["Total", "-1234.50", "", "", "", "3"]
    assert b"\r\n" in content


@given(st.text(max_size=40))
def test_no_words_become_a_formula(words: str) -> None:
    said = safe(words)
    assert said in {words, f"'{words}"}
    assert said[:1] not in {"=", "+", "-", "@", "\t", "\r"}


def test_a_workbook_has_numbers_as_numbers_and_words_as_words() -> None:
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(reports.xlsx_of(a_report(HOSTILE)))) as book:
        assert [name for name in book.namelist() if "worksheets/sheet" in name] == [
            "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml",
        ]  # fmt: skip
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - what we have just written
        strings = ET.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314 - likewise
        assert not any("hyperlink" in name for name in book.namelist())
    shared = ["".join(one.itertext()) for one in strings]
    cells = {one.attrib["r"]: one for one in sheet.iter(f"{space}c")}
    assert not list(sheet.iter(f"{space}f")), "no formula"
    assert shared[int(cells["A4"].find(f"{space}v").text)] == "=1+1"  # type: ignore[union-attr,arg-type]  # it is there
    assert cells["B4"].attrib.get("t", "n") == "n"
    assert cells["B4"].find(f"{space}v").text == "-1234.5"  # type: ignore[union-attr]  # it is there
    assert len(cells) == 1 + 6 + 7 * 6 + 3
