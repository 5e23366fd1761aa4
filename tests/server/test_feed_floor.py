"""The feed keeps at least 30 days, and a cursor from before its floor is told so instead of being skipped along."""

import datetime as dt
from uuid import UUID

import psycopg
import pytest
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.repositories import patients
from medidesk.server import local
from tests.support.cluster import folder_for_cluster
from tests.support.database import Clinic
from tests.support.proxy import Proxy, proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)

__all__ = ["proxy"]

OLD = dt.timedelta(days=31)


def register(clinic: Clinic, name: str) -> UUID:
    with clinic.admin() as admin:
        row = admin.execute(
            "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, %s) returning id",
            (clinic.org_id, name),
        ).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def grow_old(clinic: Clinic, by: dt.timedelta = OLD) -> None:
    """Everything that is in the feed was written so much earlier."""
    with clinic.admin() as admin:
        admin.execute("update audit_log set at = at - %s", (by,))


def cut(clinic: Clinic, login: str = "ingrid") -> str | None:
    with clinic.connect(login) as administrator:
        row = administrator.execute("select cut_feed()").fetchone()
    assert row is not None
    found: str | None = row[0]
    return found


def archive(clinic: Clinic) -> None:
    """What a cut allows: the rows below the floor leave the audit log."""
    with clinic.admin() as admin:
        admin.execute("delete from audit_log a using feed_floor f where f.epoch = a.epoch and a.xid <= f.xid")


def feed(connection: psycopg.Connection, cursor: str) -> list[tuple[object, ...]]:
    return connection.execute("select tbl, row_id from feed_since(%s::pg_snapshot)", (cursor,)).fetchall()


def cursor(connection: psycopg.Connection) -> str:
    row = connection.execute("select pg_current_snapshot()::text").fetchone()
    assert row is not None
    found: str = row[0]
    return found


def test_what_is_younger_than_thirty_days_stays_in_the_feed(clinic: Clinic) -> None:
    register(clinic, "Sow")
    grow_old(clinic, dt.timedelta(days=29))
    before = server_rows(clinic, "select max(xid) from audit_log")
    doctor = clinic.connect("anjali")
    old = cursor(doctor)
    newer = register(clinic, "Okafor")
    assert cut(clinic) is None
    grow_old(clinic, dt.timedelta(days=2))
    with clinic.admin() as admin:
        admin.execute("update audit_log set at = clock_timestamp() where row_id = %s", (newer,))
    assert cut(clinic) == before[0][0]
    assert feed(doctor, old) == [("patient", newer)]


def test_a_cursor_below_the_floor_is_refused(clinic: Clinic) -> None:
    doctor = clinic.connect("anjali")
    old = cursor(doctor)
    register(clinic, "Sow")
    grow_old(clinic)
    cut(clinic)
    with pytest.raises(psycopg.DatabaseError) as refused:
        feed(doctor, old)
    assert refused.value.sqlstate == "MD020"
    assert feed(doctor, cursor(doctor)) == []


def test_a_floor_never_goes_back_and_belongs_to_its_epoch(clinic: Clinic) -> None:
    doctor = clinic.connect("anjali")
    old = cursor(doctor)
    register(clinic, "Sow")
    grow_old(clinic)
    floor = cut(clinic)
    archive(clinic)
    assert cut(clinic) == floor
    with clinic.admin() as admin:
        admin.execute("update server_identity set epoch = epoch + 1")
    assert feed(doctor, old) == []


def test_a_transaction_that_still_runs_does_not_fall_below(clinic: Clinic) -> None:
    late = clinic.connect("anjali", autocommit=False)
    late.execute("update patient set phone = '1'")
    late.execute("select pg_current_xact_id()")
    doctor = clinic.connect("anjali")
    seen = cursor(doctor)
    register(clinic, "Sow")
    grow_old(clinic)
    cut(clinic)
    late.rollback()
    assert [table for table, _ in feed(doctor, seen)] == ["patient"]


@pytest.mark.parametrize(("login", "keep"), [("anjali", "30 days"), ("ingrid", "29 days")])
def test_only_administrators_cut_and_never_short_of_thirty_days(
    clinic: Clinic, login: str, keep: str
) -> None:
    with pytest.raises(psycopg.DatabaseError), clinic.connect(login) as connection:
        connection.execute("select cut_feed(%s::interval)", (keep,))


def test_a_station_that_was_away_too_long_misses_nothing(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    gone, changed = register(clinic, "Gone"), register(clinic, "Changed")
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    quiet(doctor)
    go_offline(doctor, proxy)
    entered = doctor.run(patients.register, {"family_name": "Entered meanwhile"})
    with clinic.admin() as admin:
        admin.execute("delete from patient where id = %s", (gone,))
        admin.execute("update patient set phone = '555 0100' where id = %s", (changed,))
    register(clinic, "New")
    grow_old(clinic)
    assert cut(clinic) is not None
    archive(clinic)
    go_online(doctor, proxy)
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)
    assert doctor.read(patients.count) == 3
    assert entered.op_id is not None
    with clinic.admin() as admin:
        admin.execute("update patient set phone = '555 0101' where id = %s", (changed,))
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)


def test_the_command_cuts_the_feed_of_the_clinic_on_this_computer() -> None:
    with folder_for_cluster() as home:
        home.mkdir(0o711)
        words = ["server", "cut-feed", "--home", str(home)]
        server = local.bring_up(home / "server")
        try:
            assert "older than 30 days" in CliRunner().invoke(app, words, catch_exceptions=False).output
            with server.connect() as connection:
                connection.execute(
                    "insert into audit_log (epoch, tbl, row_id, action, changes, at) values "
                    "(1, 'patient', gen_random_uuid(), 'insert', '{}', now() - interval '40 days')"
                )
            said = CliRunner().invoke(app, words, catch_exceptions=False).output
            assert "begins after transaction" in said
            assert CliRunner().invoke(app, [*words, "--days", "29"]).exit_code == 2
        finally:
            server.cluster.destroy()
