"""Spans of time are two columns; on PostgreSQL an exclusion constraint keeps them from overlapping."""

import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from medidesk.models.base import no_overlap, span_forward
from medidesk.models.types import Id, Instant, new_id
from tests.support.database import Clinic

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def slots(clinic: Clinic) -> Iterator[tuple[sa.Engine, sa.Table]]:
    table = sa.Table(
        "slot",
        sa.MetaData(),
        sa.Column("doctor_id", Id),
        sa.Column("starts_at", Instant, nullable=False),
        sa.Column("ends_at", Instant),
        sa.Column("cancelled_at", Instant),
        span_forward(),
        no_overlap("slot_one_at_a_time", "doctor_id", where="cancelled_at is null"),
    )
    engine = sa.create_engine("postgresql+psycopg://", creator=clinic.admin, poolclass=sa.pool.StaticPool)
    with engine.begin() as connection:
        table.create(connection)
    yield engine, table
    engine.dispose()


def test_two_spans_of_one_doctor_never_overlap_but_may_touch(slots: tuple[sa.Engine, sa.Table]) -> None:
    engine, table = slots
    doctor, other = new_id(), new_id()

    def book(who: object, start: dt.datetime, **more: object) -> None:
        with engine.begin() as connection:
            values = {"doctor_id": who, "starts_at": start, "ends_at": start + HOUR, **more}
            connection.execute(table.insert(), values)

    book(doctor, NINE)
    book(doctor, NINE + HOUR)
    book(other, NINE)
    book(doctor, NINE + HOUR / 2, cancelled_at=NINE)
    with pytest.raises(sa.exc.IntegrityError) as refused:
        book(doctor, NINE + HOUR / 2)
    assert isinstance(refused.value.orig, psycopg.errors.ExclusionViolation)


def test_a_span_ends_after_it_starts(slots: tuple[sa.Engine, sa.Table]) -> None:
    engine, table = slots
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(table.insert(), {"doctor_id": new_id(), "starts_at": NINE, "ends_at": NINE})
