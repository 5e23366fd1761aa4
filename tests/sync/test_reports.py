"""Reports of a real desk: what its replica adds up is what the server does."""

from decimal import Decimal

from medidesk.repositories import billing, branch_clock, reports
from medidesk.repositories.reports import KINDS, Period, Report
from medidesk.station import Saved
from tests.support.billing import billed, card, cash, charged, drawer, priced, registered
from tests.support.database import Clinic
from tests.support.stations import OpenStation, quiet


def test_a_replicas_reports_are_the_servers(open_station: OpenStation, clinic: Clinic) -> None:
    visit, dressing = priced(clinic, "60", tax="23"), priced(clinic, "7.5", name="Dressing")
    sofia, rui = open_station("sofia"), open_station("rui")
    quiet(sofia, rui)
    okafor, silva = registered(sofia, "Okafor"), registered(sofia, "Silva")
    till = drawer(sofia)
    charges = [charged(sofia, okafor, visit), charged(sofia, okafor, dressing, "3")]
    settled = sofia.run(
        billing.settle, okafor, [one.id for one in charges], cash("50", "60"), till, patience=20
    )
    assert isinstance(settled, Saved)
    quiet(sofia, rui)
    owed = billed(rui, silva, charged(rui, silva, visit))
    assert isinstance(rui.run(billing.pay, owed.id, card("20"), patience=20), Saved)
    assert isinstance(rui.run(billing.credit, settled.row.id, "Charged by mistake", patience=20), Saved)
    quiet(sofia, rui)
    assert isinstance(sofia.run(billing.close_drawer, till, "149", patience=20), Saved)
    quiet(sofia, rui)
    today = branch_clock.today(sofia.read(branch_clock.zone_of, clinic.org_id))
    for kind in KINDS:
        for period in (Period(today, today), Period(None, today)):
            here = [one.read(reports.made, kind.name, clinic.org_id, period) for one in (sofia, rui)]
            there = sofia.ask(reports.made, kind.name, clinic.org_id, period)
            assert [one.tables for one in here] == [there.tables] * 2
            assert_money(there)


def assert_money(report: Report) -> None:
    """What is known of the sums."""
    totals = {table.title: table.totals for table in report.tables}
    if report.kind == "takings":
        taken = totals["Takings"]
        assert taken is not None
        assert taken[2:] == (Decimal(50), Decimal(20), Decimal(70), Decimal(0), Decimal(70))
    if report.kind == "outstanding":
        due = totals["Outstanding"]
        assert due is not None
        assert due[-1] == Decimal("53.80")
    if report.kind == "day_sheet":
        drawers = totals["Drawers"]
        assert drawers is not None
        assert drawers[-1] == Decimal(-1)
