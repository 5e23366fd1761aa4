"""The sheet of a day: what came in and went out, what was billed and credited, and how the drawers stood."""

import datetime as dt
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.billing import InvoiceKind
from medidesk.repositories import billing, branch_clock, people
from medidesk.repositories.billing import InvoiceRow
from medidesk.repositories.labels import shown
from medidesk.repositories.reports import moneys
from medidesk.repositories.reports.rows import Column, Figure, Period, Table, summed
from medidesk.repositories.reports.takings import by_way, way_columns, ways_of
from medidesk.words import tr


def day_sheet(session: Session, org_id: UUID, period: Period) -> tuple[Table, ...]:
    """Takings by cashier and way, refunds, invoices, credit notes, drawers with their differences."""
    zone = branch_clock.zone_of(session, org_id)
    first = moneys.BEGINNING if period.first is None else period.first
    bills = list(reversed(billing.of_days(session, org_id, first, period.last)))
    return (
        _takings(session, org_id, period),
        _refunds(session, org_id, (first, period.last), zone),
        _issued(tr("Invoices"), [one for one in bills if one.kind is InvoiceKind.INVOICE], zone),
        _issued(tr("Credit notes"), [one for one in bills if one.kind is InvoiceKind.CREDIT_NOTE], zone),
        _drawers(session, org_id, (first, period.last), zone),
    )


def _takings(session: Session, org_id: UUID, period: Period) -> Table:
    found = list(moneys.taken(session, org_id, period))
    ways = ways_of(found)
    by: dict[str, list[moneys.Taken]] = {}
    for one in found:
        by.setdefault(one.who, []).append(one)
    rows = ((who, *by_way(by[who], ways)) for who in sorted(by))
    return summed(tr("Takings"), (Column(tr("Cashier")), *way_columns(ways)), rows)


def _refunds(session: Session, org_id: UUID, days: tuple[dt.date, dt.date], zone: dt.tzinfo) -> Table:
    columns = (
        Column(tr("Given back at"), Figure.MOMENT),
        Column(tr("Number")),
        Column(tr("Patient")),
        Column(tr("File")),
        Column(tr("Way")),
        Column(tr("Reason")),
        Column(tr("Amount"), Figure.MONEY),
    )
    rows = (
        (
            _here(row.paid_at, zone),
            row.number or "",
            row.name,
            row.file_no,
            shown(row.way),
            row.reason,
            row.amount,
        )
        for row in reversed(billing.returned(session, org_id, *days))
    )
    return summed(tr("Refunds"), columns, rows)


def _issued(title: str, bills: list[InvoiceRow], zone: dt.tzinfo) -> Table:
    columns = (
        Column(tr("Issued at"), Figure.MOMENT),
        Column(tr("Number")),
        Column(tr("Patient")),
        Column(tr("File")),
        Column(tr("Insurer's part"), Figure.MONEY),
        Column(tr("Patient's part"), Figure.MONEY),
        Column(tr("Total"), Figure.MONEY),
    )
    rows = (
        (
            _here(row.issued_at, zone), row.numbered, row.name, row.file_no, row.covered,
            row.total - row.covered, row.total,
        )
        for row in bills
    )  # fmt: skip
    return summed(title, columns, rows)


def _drawers(session: Session, org_id: UUID, days: tuple[dt.date, dt.date], zone: dt.tzinfo) -> Table:
    names = people.names(session)
    columns = (
        Column(tr("Cashier")),
        Column(tr("Drawer")),
        Column(tr("Opened"), Figure.MOMENT),
        Column(tr("Closed"), Figure.MOMENT),
        Column(tr("Should hold"), Figure.MONEY),
        Column(tr("Counted"), Figure.MONEY),
        Column(tr("Difference"), Figure.MONEY),
    )
    rows = (
        (
            names.get(row.cashier_id, ""), row.drawer, _here(row.opened_at, zone), _here(row.closed_at, zone),
            row.holds, row.counted, row.difference,
        )
        for row in reversed(billing.drawers(session, org_id, *days))
    )  # fmt: skip
    return summed(tr("Drawers"), columns, rows)


def _here(moment: dt.datetime | None, zone: dt.tzinfo) -> dt.datetime | None:
    return None if moment is None else moment.astimezone(zone)
