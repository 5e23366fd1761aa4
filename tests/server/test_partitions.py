"""The audit trail's partitions: made before each month, never in anybody's way, dropped when they are empty."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from medidesk.server import archive, audit_check, partitions, seals
from tests.support.archives import archived
from tests.support.conformance import faults
from tests.support.database import PEOPLE, Clinic
from tests.support.operations import one, patient


@pytest.fixture
def admin(clinic: Clinic) -> Iterator[psycopg.Connection]:
    """Whoever administers the server."""
    with clinic.admin() as connection:
        yield connection


def month(ahead: int) -> dt.datetime:
    """The first day of a month, counted from this one."""
    now = dt.datetime.now(dt.UTC)
    months = now.year * 12 + now.month - 1 + ahead
    return dt.datetime(months // 12, months % 12 + 1, 1, tzinfo=dt.UTC)


def name(ahead: int) -> str:
    return f"audit_log_{month(ahead):%Y_%m}"


def made_by_hand(admin: psycopg.Connection, ahead: int) -> str:
    """A partition of a month that is over, as it was made in its time."""
    admin.execute(
        sql.SQL("create table {} partition of audit_log for values from ({}) to ({})").format(
            sql.Identifier(name(ahead)), sql.Literal(month(ahead)), sql.Literal(month(ahead + 1))
        )
    )
    admin.execute(sql.SQL("alter table {} owner to medidesk_owner").format(sql.Identifier(name(ahead))))
    return name(ahead)


def without_rows(admin: psycopg.Connection) -> None:
    """As in a new clinic: nothing of this month lies in the default partition."""
    admin.execute("update audit_log set at = at - interval '3 years'")


def held(admin: psycopg.Connection) -> dict[str, int]:
    """How many rows each partition holds."""
    return dict(
        admin.execute("select tableoid::regclass::text, count(*) from audit_log group by 1").fetchall()
    )


def test_sealing_makes_this_month_and_the_next_two_and_rows_go_there(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    without_rows(admin)
    assert seals.seal(admin) == 1
    assert partitions.months(admin) == [name(0), name(1), name(2)]
    patient(clinic)
    assert held(admin)[name(0)] == 1
    assert (seals.seal(admin), partitions.make(admin)) == (1, 0)
    assert audit_check.verify(admin).faults == ()
    bounds = one(admin, "select pg_get_expr(relpartbound, oid) from pg_class where relname = %s", name(0))
    assert bounds == (
        f"FOR VALUES FROM ('{month(0):%Y-%m-%d} 00:00:00+00') TO ('{month(1):%Y-%m-%d} 00:00:00+00')"
    )


def test_an_administrators_station_makes_them_in_whatever_zone_it_is(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    without_rows(admin)
    with clinic.connect("ingrid") as ingrid:
        ingrid.execute("set timezone = 'Pacific/Auckland'")
        assert one(ingrid, "select seal_audit()") == 1
    admin.execute("set timezone = 'UTC'")
    starts = one(admin, "select pg_get_expr(relpartbound, oid) from pg_class where relname = %s", name(1))
    assert f"'{month(1):%Y-%m-%d} 00:00:00+00'" in starts


def test_this_month_stays_in_the_default_where_it_began_there(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    patient(clinic)
    seals.seal(admin)
    assert partitions.months(admin) == [name(1), name(2)]
    patient(clinic)
    assert set(held(admin)) == {"audit_log_default"}


def test_what_cannot_be_made_keeps_nobody_from_sealing_or_writing(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    without_rows(admin)
    reader = clinic.admin(autocommit=False)
    reader.execute("select count(*) from audit_log")  # as a backup that takes long
    assert seals.seal(admin) == 1
    assert partitions.months(admin) == []
    patient(clinic)
    assert held(admin)["audit_log_default"] > 1
    reader.rollback()
    assert partitions.make(admin) == 2, "this month began in the default meanwhile"
    # A clock that was ahead: the month that it wrote to stays where it is.
    admin.execute(sql.SQL("drop table {}").format(sql.Identifier(name(2))))
    admin.execute("update audit_log set at = %s where seq = (select max(seq) from audit_log)", (month(2),))
    patient(clinic)
    assert partitions.make(admin) == 0
    assert partitions.months(admin) == [name(1)]


def test_nobody_holds_anything_of_a_partition(clinic: Clinic, admin: psycopg.Connection) -> None:
    without_rows(admin)
    assert partitions.make(admin) == 3
    assert faults(admin) == []
    for login in PEOPLE:
        with clinic.connect(login) as connection:
            for refused in (
                f"select from {name(0)}",
                f"delete from {name(0)}",
                "select make_audit_partitions()",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(refused.encode())


def test_a_new_month_makes_no_station_compare_its_rows(clinic: Clinic, admin: psycopg.Connection) -> None:
    without_rows(admin)
    sofia = clinic.connect("sofia")
    before = one(sofia, "select visibility_digest()")
    assert partitions.make(admin) == 3
    assert one(sofia, "select visibility_digest()") == before


def test_the_feed_is_the_same_over_partitions(clinic: Clinic, admin: psycopg.Connection) -> None:
    without_rows(admin)
    doctor = clinic.connect("anjali")
    cursor = one(doctor, "select pg_current_snapshot()::text")
    first = patient(clinic)
    partitions.make(admin)
    admin.execute("update audit_log set at = %s where row_id = %s", (month(1), first))
    second = patient(clinic)
    assert set(held(admin)) == {"audit_log_default", name(1)}
    found = doctor.execute("select row_id from feed_since(%s::pg_snapshot)", (cursor,)).fetchall()
    assert {row for (row,) in found} == {first, second}


def test_months_that_left_are_dropped_and_those_that_hold_something_are_not(
    clinic: Clinic, admin: psycopg.Connection, tmp_path: Path
) -> None:
    old, older, recent = made_by_hand(admin, -14), made_by_hand(admin, -15), made_by_hand(admin, -3)
    admin.execute("update audit_log set at = %s", (month(-14),))
    seals.seal(admin)
    patient(clinic)
    admin.execute("update audit_log set at = %s where at > %s", (month(-3), month(-13)))
    done = archived(admin, tmp_path)
    assert done.dropped == (older, old)
    assert partitions.months(admin) == [recent, name(0), name(1), name(2)]
    assert set(held(admin)) == {recent}


def test_a_month_that_somebody_may_still_look_for_is_dropped_the_next_time(
    clinic: Clinic, admin: psycopg.Connection, tmp_path: Path
) -> None:
    old = made_by_hand(admin, -14)
    admin.execute("update audit_log set at = %s", (month(-14),))
    seals.seal(admin)
    # It began before, and has read nothing of the trail yet: it would find the feed without a floor, and no rows.
    pulling = clinic.connect("sofia", autocommit=False)
    pulling.execute("set transaction isolation level repeatable read")
    pulling.execute("select 1")
    assert archived(admin, tmp_path).dropped == ()
    assert old in partitions.months(admin)
    assert pulling.execute("select count(*) > 0 from feed_since('1:1:')").fetchone() == (True,)
    pulling.rollback()
    assert partitions.drop_empty(admin, dt.datetime.now(dt.UTC)) == [old]


def test_a_reader_is_not_waited_for(clinic: Clinic, admin: psycopg.Connection, tmp_path: Path) -> None:
    old = made_by_hand(admin, -14)
    admin.execute("update audit_log set at = %s", (month(-14),))
    seals.seal(admin)
    assert archive.usual_day(dt.datetime.now(dt.UTC)) > month(-14)
    reader = clinic.admin(autocommit=False)
    reader.execute("select count(*) from audit_log")
    assert archived(admin, tmp_path).archive.seals == 1
    assert old in partitions.months(admin)
    reader.rollback()
    assert archive.archive(admin, tmp_path, archive.usual_day(dt.datetime.now(dt.UTC))) is None
    assert old not in partitions.months(admin), "the next run drops it, though nothing leaves"
