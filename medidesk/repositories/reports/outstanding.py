"""What patients still owe, by how long they have owed it."""

from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.repositories import ages, billing, branch_clock
from medidesk.repositories.reports.rows import Cell, Column, Figure, Period, Table, summed
from medidesk.words import tr


def outstanding(session: Session, org_id: UUID, period: Period) -> tuple[Table, ...]:
    """What is owed now of the invoices that were issued on some days, the oldest first."""
    zone = branch_clock.zone_of(session, org_id)
    today = branch_clock.today(zone)
    columns = (
        Column(tr("Number")),
        Column(tr("Issued"), Figure.DAY),
        Column(tr("Patient")),
        Column(tr("File")),
        Column(tr("Phone")),
        *(Column(words, Figure.MONEY) for words in ages.words()),
        Column(tr("Due"), Figure.MONEY),
    )
    rows: list[tuple[Cell, ...]] = []
    for row in billing.outstanding(session, org_id):
        if row.issued_at is None:
            continue
        day = branch_clock.day_of(row.issued_at, zone)
        if (period.first is None or day >= period.first) and day <= period.last:
            aged = ages.in_buckets((today - day).days, row.due)
            rows.append((row.numbered, day, row.name, row.file_no, row.phone, *aged, row.due))
    return (summed(tr("Outstanding"), columns, rows),)
