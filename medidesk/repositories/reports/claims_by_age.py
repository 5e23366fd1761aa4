"""What insurers still have to settle, by how long ago it was claimed."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.repositories import ages, branch_clock, claims
from medidesk.repositories.claims import OwedRow
from medidesk.repositories.reports.rows import Cell, Column, Figure, Period, Table, summed
from medidesk.words import tr


@dataclass(frozen=True, slots=True)
class _Aged:
    """What an insurer has to settle of one bill, since it was claimed; since it was issued where it was not."""

    of: OwedRow
    day: dt.date

    def amounts(self, today: dt.date) -> tuple[Decimal | None, ...]:
        """Not sent, then the buckets, then all."""
        due = self.of.due
        if self.of.sent_at is None:
            return (due, *([None] * len(ages.BUCKETS)), due)
        return (None, *ages.in_buckets((today - self.day).days, due), due)


def claims_by_age(session: Session, org_id: UUID, period: Period) -> tuple[Table, ...]:
    """What is due of what was submitted on some days, or issued on them and not submitted; by insurer, by claim."""
    zone = branch_clock.zone_of(session, org_id)
    today = branch_clock.today(zone)
    every = (
        _Aged(one, branch_clock.day_of(one.sent_at or one.bill.issued_at or one.bill.created_at, zone))
        for one in claims.owed(session, org_id)
    )
    found = [
        one for one in every if (period.first is None or one.day >= period.first) and one.day <= period.last
    ]
    found.sort(key=lambda one: (one.of.insurer.casefold(), one.day, one.of.bill.numbered))
    return (_by_insurer(found, today), _by_claim(found, today))


def _by_insurer(found: list[_Aged], today: dt.date) -> Table:
    of: dict[str, list[_Aged]] = {}
    for one in found:
        of.setdefault(one.of.insurer, []).append(one)
    rows: list[tuple[Cell, ...]] = []
    for insurer, some in of.items():
        whole = zip(*(one.amounts(today) for one in some), strict=True)
        rows.append((insurer, len(some), *(_added(amounts) for amounts in whole)))
    columns = (Column(tr("Insurer")), Column(tr("Claims"), Figure.COUNT), *_aged())
    return summed(tr("By insurer"), columns, rows)


def _by_claim(found: list[_Aged], today: dt.date) -> Table:
    columns = (
        Column(tr("Insurer")),
        Column(tr("Number")),
        Column(tr("Since"), Figure.DAY),
        Column(tr("Patient")),
        Column(tr("File")),
        *_aged(),
    )
    rows = (
        (one.of.insurer, bill.numbered, one.day, bill.name, bill.file_no, *one.amounts(today))
        for one, bill in ((one, one.of.bill) for one in found)
    )
    return summed(tr("By claim"), columns, rows)


def _aged() -> tuple[Column, ...]:
    heads = (tr("Not sent"), *ages.words(), tr("Due"))
    return tuple(Column(words, Figure.MONEY) for words in heads)


def _added(amounts: tuple[Decimal | None, ...]) -> Decimal | None:
    there = [amount for amount in amounts if amount is not None]
    return sum(there, Decimal(0)) if there else None
