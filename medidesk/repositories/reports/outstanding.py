"""What patients still owe, by how long they have owed it."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.repositories import billing, branch_clock
from medidesk.repositories.reports.rows import Cell, Column, Figure, Period, Table, summed
from medidesk.words import tr

BUCKETS: tuple[int | None, ...] = (30, 60, 90, None)
"""The last day of each, since an invoice was issued; the last has none."""


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
        *(Column(words, Figure.MONEY) for words in bucket_words()),
        Column(tr("Due"), Figure.MONEY),
    )
    rows: list[tuple[Cell, ...]] = []
    for row in billing.outstanding(session, org_id):
        if row.issued_at is None:
            continue
        day = branch_clock.day_of(row.issued_at, zone)
        if (period.first is None or day >= period.first) and day <= period.last:
            aged = in_buckets((today - day).days, row.due)
            rows.append((row.numbered, day, row.name, row.file_no, row.phone, *aged, row.due))
    return (summed(tr("Outstanding"), columns, rows),)


def bucket_words() -> tuple[str, ...]:
    """What the buckets are called: "0–30 days"."""
    words, first = [], 0
    for last in BUCKETS:
        if last is None:
            words.append(tr("Over {days} days", days=first - 1))
        else:
            words.append(tr("{first}–{last} days", first=first, last=last))
            first = last + 1
    return tuple(words)


def in_buckets(days: int, due: Decimal) -> tuple[Decimal | None, ...]:
    """What is due, in the bucket of its age."""
    at = next(at for at, last in enumerate(BUCKETS) if last is None or days <= last)
    return tuple(due if one == at else None for one in range(len(BUCKETS)))
