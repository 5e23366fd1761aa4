"""What insurers still have to settle, by how long ago it was claimed."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.claims import ClaimState
from medidesk.repositories import ages, branch_clock, claims
from medidesk.repositories.billing import InvoiceRow
from medidesk.repositories.reports.rows import Cell, Column, Figure, Period, Table, summed
from medidesk.words import tr


@dataclass(frozen=True, slots=True)
class _Owed:
    """What an insurer has to settle of one bill.

    Attributes:
        day: when it was submitted; when the bill was issued where nobody has been asked yet.
    """

    insurer: str
    bill: InvoiceRow
    day: dt.date
    is_sent: bool
    due: Decimal

    def aged(self, today: dt.date) -> tuple[Decimal | None, ...]:
        """Not sent, then the buckets, then all."""
        if not self.is_sent:
            return (self.due, *([None] * len(ages.BUCKETS)), self.due)
        return (None, *ages.in_buckets((today - self.day).days, self.due), self.due)


def claims_by_age(session: Session, org_id: UUID, period: Period) -> tuple[Table, ...]:
    """What is due of what was submitted on some days, or issued on them and not submitted; by insurer, by claim."""
    zone = branch_clock.zone_of(session, org_id)
    today = branch_clock.today(zone)
    found = [
        one
        for one in _owed(session, org_id, zone)
        if (period.first is None or one.day >= period.first) and one.day <= period.last
    ]
    found.sort(key=lambda one: (one.insurer.casefold(), one.day, one.bill.numbered))
    return (_by_insurer(found, today), _by_claim(found, today))


def _owed(session: Session, org_id: UUID, zone: dt.tzinfo) -> Iterator[_Owed]:
    for row in claims.of_branch(session, org_id):
        if row.due <= 0:
            continue
        is_sent = row.state is not ClaimState.DRAFT and row.submitted_at is not None
        since = row.submitted_at if is_sent else row.bill.issued_at
        day = branch_clock.day_of(since or row.created_at, zone)
        yield _Owed(row.insurer, row.bill, day, is_sent, row.due)
    for one in claims.to_claim(session, org_id):
        if one.bill.issued_at is not None and one.bill.insurer_due > 0:
            day = branch_clock.day_of(one.bill.issued_at, zone)
            yield _Owed(one.insurer, one.bill, day, is_sent=False, due=one.bill.insurer_due)


def _by_insurer(found: list[_Owed], today: dt.date) -> Table:
    of: dict[str, list[_Owed]] = {}
    for one in found:
        of.setdefault(one.insurer, []).append(one)
    rows: list[tuple[Cell, ...]] = []
    for insurer, some in of.items():
        whole = zip(*(one.aged(today) for one in some), strict=True)
        rows.append((insurer, len(some), *(_added(amounts) for amounts in whole)))
    columns = (Column(tr("Insurer")), Column(tr("Claims"), Figure.COUNT), *_aged())
    return summed(tr("By insurer"), columns, rows)


def _by_claim(found: list[_Owed], today: dt.date) -> Table:
    columns = (
        Column(tr("Insurer")),
        Column(tr("Number")),
        Column(tr("Since"), Figure.DAY),
        Column(tr("Patient")),
        Column(tr("File")),
        *_aged(),
    )
    rows = (
        (one.insurer, one.bill.numbered, one.day, one.bill.name, one.bill.file_no, *one.aged(today))
        for one in found
    )
    return summed(tr("By claim"), columns, rows)


def _aged() -> tuple[Column, ...]:
    heads = (tr("Not sent"), *ages.words(), tr("Due"))
    return tuple(Column(words, Figure.MONEY) for words in heads)


def _added(amounts: tuple[Decimal | None, ...]) -> Decimal | None:
    there = [amount for amount in amounts if amount is not None]
    return sum(there, Decimal(0)) if there else None
