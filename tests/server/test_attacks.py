"""Whoever sits at a station can open psql: what a person's own login can and cannot do to the clinic."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from medidesk.errors import ServerProblem
from medidesk.permissions import group_role
from medidesk.server import accounts, archive, migrate, scram
from tests.support.database import PEOPLE, Clinic
from tests.support.operations import Json, added, changed, one, operation, patient, send


def begun(login: str, connection: psycopg.Connection, payload: Json) -> None:
    """Only the ledger's half of an operation, by hand."""
    assert one(connection, "select op_begin(%s)", Jsonb(payload)) is None


def test_a_provisional_number_is_added_only_to_a_file_that_the_operation_made(clinic: Clinic) -> None:
    who = patient(clinic)
    rui = clinic.connect("rui", autocommit=False)  # a cashier, who may add nothing to a patient's file
    claimed = added("patient", clinic.org_id, row_id=who, family_name="X", provisional_no="P-FAKE-1")
    payload = operation("rui", claimed, kind="fact")
    begun("rui", rui, payload)
    rui.execute('select op_end(%s, \'{"status": "applied", "rows": [], "told": false}\')', (payload["id"],))
    rui.commit()
    rui.execute("select keep_told_numbers(%s)", (Jsonb(payload),))
    rui.commit()
    send(rui, payload, told=True)
    rui.commit()
    assert one(clinic.admin(), "select count(*) from patient_identifier") == 0


def test_the_trail_names_no_operation_but_the_one_that_wrote(clinic: Clinic) -> None:
    who = patient(clinic)
    theirs = operation("anjali", changed("patient", who, 1, base={"phone": ""}, phone="1"))
    send(clinic.connect("anjali"), theirs)
    sofia = clinic.connect("sofia")
    sofia.execute("select set_config('medidesk.operation', %s, false)", (theirs["id"],))
    sofia.execute("update patient set phone = '2' where id = %s", (who,))
    trail = one(clinic.admin(), "select login, op_id from audit_log order by seq desc limit 1")
    assert trail == ("sofia", None)


def test_what_is_held_is_what_was_sent(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia", autocommit=False)
    payload = operation("sofia", added("patient", clinic.org_id, family_name="Real"), kind="fact")
    begun("sofia", sofia, payload)
    other = {**payload, "writes": [added("patient", clinic.org_id, family_name="Other")]}
    sofia.execute("select hold_fact(%s, '42501', 'because')", (Jsonb(other),))
    sofia.commit()
    assert one(clinic.admin(), "select count(*) from held_fact") == 0


def test_an_administrator_of_one_branch_takes_over_nobody_who_reaches_beyond_it(clinic: Clinic) -> None:
    admin = clinic.admin()
    # Olive belongs to the clinic; the network makes her its administrator.
    admin.execute(
        "select approve_account('olive', null, (select staff_id from user_account where login = 'olive'), "
        "'administrator', %s)",
        (clinic.network_id,),
    )
    ingrid = clinic.connect("ingrid")
    for attack in (
        sql.SQL(
            "select approve_account('olive', {}, (select staff_id from user_account where login = 'olive'), "
            "'manager', {})"
        ).format(sql.Literal(scram.scram_verifier("taken over 42")), sql.Literal(clinic.org_id)),
        sql.SQL("select suspend_account('olive')"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ingrid.execute(attack)


def test_a_session_that_outlives_its_suspension_reads_and_writes_nothing(clinic: Clinic) -> None:
    who, sofia, admin = patient(clinic), clinic.connect("sofia"), clinic.admin()
    # As if it had been opened between the suspension and the end of the account's sessions.
    admin.execute("update user_account set state = 'suspended' where login = 'sofia'")
    assert one(sofia, "select count(*) from patient") == 0
    assert sofia.execute("update patient set phone = '1'").rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        send(sofia, operation("sofia", added("patient", clinic.org_id, family_name="X")))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sofia.execute("select join_station(gen_random_uuid(), 'x', 'XXX', null, '')")
    sofia.execute("select log_openings(%s, 'x')", (Jsonb([opening(who)]),))
    assert one(admin, "select count(*) from access_log") == 0


def opening(who: UUID, at: str = "2026-11-01T08:00:00Z", **more: str) -> dict[str, str]:
    return {"id": str(uuid4()), "patient": str(who), "at": at, **more}


def test_a_file_that_was_opened_is_logged_in_the_openers_name(clinic: Clinic) -> None:
    who, sofia, admin = patient(clinic), clinic.connect("sofia"), clinic.admin()
    mine = opening(who, reason="w" * 9999)
    theirs = opening(who, login="anjali")
    to_come = opening(who, "2999-01-01T00:00:00Z")
    for _ in range(2):  # the first answer was lost
        openings = Jsonb([mine, theirs, to_come, opening(uuid4())])
        sofia.execute("select log_openings(%s, repeat('s', 9999))", (openings,))
    logged = admin.execute(
        "select patient_id, login, length(station), length(reason), opened_at <= now() from access_log order by seq"
    ).fetchall()
    assert logged == [(who, "sofia", 80, 400, True), (who, "sofia", 80, 0, True), (who, "sofia", 80, 0, True)]


def test_a_station_joins_with_no_more_than_its_code_and_key(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia")
    for code, sealed in (("x" * 1000, None), ("'; drop", None), ("ABC", b"x" * 1000), ("ABC", b"")):
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            sofia.execute("select join_station(%s, 'PC', %s, %s, '')", (uuid4(), code, sealed))


def test_what_a_station_has_given_of_its_key_is_replaced_by_nobody(clinic: Clinic) -> None:
    station = uuid4()
    joins = "select join_station(%s, 'PC', 'ABC', %s, '')->'sealed_keys'"
    for login, key in (("sofia", b"first"), ("anjali", b"second"), ("sofia", b"first"), ("sofia", b"third")):
        clinic.connect(login).execute(joins.encode(), (station, key))
    kept = one(clinic.connect("joseph"), joins, station, None)
    assert [b64decode(key) for key in kept] == [b"first", b"second", b"third"]


def test_one_person_gives_few_keys_for_a_station(clinic: Clinic) -> None:
    station, sofia = uuid4(), clinic.connect("sofia")
    joins = "select join_station(%s, 'PC', 'ABC', %s, '')->'sealed_keys'"
    for number in range(20):
        kept = one(sofia, joins, station, bytes([number]))
    assert len(kept) == 8
    assert len(one(clinic.connect("anjali"), joins, station, b"own")) == 9


def test_rows_of_a_table_that_one_may_not_read_are_not_locked(clinic: Clinic) -> None:
    allergy = added("allergy", clinic.org_id, patient_id=patient(clinic), substance="Latex")
    send(clinic.connect("anjali"), operation("anjali", allergy))
    for table in ("allergy", "user_account; drop", "pg_authid", "audit_log", None):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            clinic.connect("sofia").execute(
                "select lock_rows(%s)", (Jsonb([{"table": table, "id": allergy["id"], "write": True}]),)
            )


@pytest.mark.parametrize("login", PEOPLE)
def test_nobody_makes_anything_that_could_stand_before_ours(clinic: Clinic, login: str) -> None:
    """A function that looks up a name finds ours: nobody has a place to put another of that name."""
    connection = clinic.connect(login)
    places = "select nspname from pg_namespace where has_schema_privilege(oid, 'create')"
    assert connection.execute(places).fetchall() == []
    for kind in ("create", "temporary"):
        assert one(connection, "select has_database_privilege(current_database(), %s)", kind) is False
    groups = connection.execute(
        "select roleid::regrole::text from pg_auth_members where member = session_user::regrole"
    ).fetchall()
    assert groups == [(group_role(PEOPLE[login].role),)]
    foreign = connection.execute(
        "select oid::regprocedure::text from pg_proc where prosecdef and pronamespace <> 'medidesk'::regnamespace "
        "and has_function_privilege(oid, 'execute')"
    ).fetchall()
    assert foreign == [], "what runs with another's rights is ours, and pinned to our schema"


def test_an_operation_is_nobody_elses(clinic: Clinic) -> None:
    sofia, anjali = clinic.connect("sofia"), clinic.connect("anjali", autocommit=False)
    theirs = operation("anjali", added("patient", clinic.org_id, family_name="Theirs"), kind="fact")
    for attack in ("op_begin(%s)", "apply_operation(%s, true)", "release_operation(%s, true)"):
        with pytest.raises(psycopg.Error) as raised:
            sofia.execute(f"select {attack}".encode(), (Jsonb(theirs),))
        assert raised.value.sqlstate in {"MD004", "MD013"}
    begun("anjali", anjali, theirs)
    anjali.commit()
    with pytest.raises(psycopg.errors.NoDataFound):
        sofia.execute('select op_end(%s, \'{"status": "applied"}\')', (theirs["id"],))
    sofia.execute("select hold_fact(%s, '42501', 'because')", (Jsonb(theirs),))
    sofia.execute("select keep_told_numbers(%s)", (Jsonb(theirs),))
    admin = clinic.admin()
    assert one(admin, "select count(*) from held_fact") == 0
    assert one(admin, "select count(*) from patient") == 0
    mine = operation("sofia", added("patient", clinic.org_id, family_name="Mine"), kind="fact")
    with pytest.raises(psycopg.Error) as raised:
        send(sofia, {**mine, "id": theirs["id"]})
    assert raised.value.sqlstate == "MD004"


BY_HAND = (
    "set role medidesk_owner",
    "set role medidesk_doctor",
    "set session authorization anjali",
    "set session_replication_role = replica",
    "select * from audit_log",
    "select * from audit_log_default",
    "select * from applied_operation",
    "select * from held_fact",
    "select * from station",
    "select * from access_log",
    "select * from number_series",
    "select * from server_identity",
    "select * from pg_authid",
    "select * from allergy",
    "select seen_row('allergy', gen_random_uuid())",
    "set row_security = off; select * from allergy",
    "select nextval('audit_seq')",
    "select number_patient()",
    "select check_administers(gen_random_uuid())",
    "select current_operation()",
    "insert into user_role (id) values (gen_random_uuid())",
    "update user_account set login = 'x'",
    "update patient set id = gen_random_uuid()",
    "update patient set org_id = gen_random_uuid()",
    "delete from patient",
    "truncate patient",
    "alter table patient disable trigger z_stamp",
    "alter table patient disable row level security",
    "drop policy receptionist_reads on patient",
    "create function medidesk.fold(text, text) returns text language sql as 'select $1'",
    "create function public.fold(text) returns text language sql as 'select $1'",
    "create function pg_temp.fold(text) returns text language sql as 'select $1'",
    "create temp table patient (id uuid)",
    "create extension dblink",
    "create role someone",
    "alter role sofia createrole",
    "alter role anjali password 'x'",
    "grant medidesk_administrator to sofia",
    "copy patient to program 'cat'",
    "copy patient to '/tmp/patients'",
    "select pg_read_file('PG_VERSION')",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user",
    "select pg_reload_conf()",
)


@pytest.mark.parametrize("login", ["sofia", "ingrid"])
def test_nobody_steps_around_the_rules_by_hand(clinic: Clinic, login: str) -> None:
    patient(clinic)
    connection, allowed = clinic.connect(login), []
    for attack in BY_HAND:
        try:
            connection.execute(attack.encode())
        except psycopg.errors.InsufficientPrivilege:
            connection.execute("reset row_security")
        else:
            allowed.append(attack)
    assert allowed == []


@pytest.mark.parametrize(
    "name", ["allergy a, patient", "pg_authid", "medidesk.patient", 'x"; drop table patient; --']
)
def test_a_name_in_an_operation_is_only_ever_a_name(clinic: Clinic, name: str) -> None:
    who, sofia = patient(clinic), clinic.connect("sofia")
    table = {**changed("patient", who, 1, base={"phone": ""}, phone="1"), "table": name}
    column = changed("patient", who, 1, base={name: ""}, **{name: "1"})
    inserted = added("patient", clinic.org_id, None, **{"family_name": "X", name: "1"})
    for write in (table, column, inserted):
        with pytest.raises(psycopg.Error) as raised:
            send(sofia, operation("sofia", write))
        assert raised.value.sqlstate in {"42501", "42P01", "42703", "42704", "42601"}, raised.value
    assert one(clinic.admin(), "select version from patient") == 1


ADVISORY = "select pg_advisory_lock(n) from generate_series(7326118200, 7326118210) n"
"""Numbers that programs before this one have locked."""


def test_whoever_takes_advisory_locks_holds_up_nobody(clinic: Clinic, tmp_path: Path) -> None:
    cluster = clinic.cluster
    superuser = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    who, latex = patient(clinic), "Latex"
    with (
        migrate.connect(cluster.url("postgres", "rui", clinic.password("rui"))) as beside,
        clinic.connect("rui") as rui,
        clinic.admin() as admin,
        clinic.connect("anjali") as anjali,
    ):
        for connection in (beside, rui):
            connection.execute(ADVISORY.encode())
        rui.execute(
            "select pg_advisory_lock(hashtextextended(x, 0)) from unnest(%s::text[]) x",
            ([f"allergies|{who}", "national_id||555"],),
        )
        for waits in (admin, anjali):
            waits.execute("set lock_timeout = '3s'")
        migrate.migrate(superuser, clinic.database)
        accounts.found_clinic(admin, "Second clinic")
        assert archive.archive(admin, tmp_path, datetime.now(UTC) - timedelta(days=400)) is None
        send(anjali, operation("anjali", added("allergy", clinic.org_id, patient_id=who, substance=latex)))
        identifier = added(
            "patient_identifier", clinic.org_id, patient_id=who, kind="national_id", value="555"
        )
        send(anjali, operation("anjali", identifier))
    assert one(clinic.admin(), "select has_allergy from patient") is True


def test_two_that_prepare_or_migrate_at_once_wait_a_while_for_each_other(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "50ms")
    cluster = clinic.cluster
    superuser = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    for database, table, told in (
        ("postgres", "pg_authid", "being prepared"),
        (clinic.database, "pg_namespace", "in use"),
    ):
        url = cluster.url(database, cluster.superuser, cluster.superuser_password)
        with migrate.connect(url, autocommit=False) as other:
            other.execute(f"lock table pg_catalog.{table} in share update exclusive mode".encode())
            with pytest.raises(ServerProblem, match=told):
                migrate.migrate(superuser, clinic.database)


@pytest.mark.parametrize("table", ["pg_authid", "pg_namespace", "turn", "audit_archive", "server_identity"])
def test_nobody_takes_the_locks_that_are_ours(clinic: Clinic, table: str) -> None:
    with clinic.connect("ingrid", autocommit=False) as connection:
        for mode in ("share update exclusive", "share", "access exclusive"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"lock table {table} in {mode} mode".encode())
            connection.rollback()


def test_nobody_makes_large_objects_which_no_policy_would_guard(clinic: Clinic) -> None:
    with clinic.connect("sofia") as connection:
        for making in ("select lo_create(0)", "select lo_from_bytea(0, 'x')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(making.encode())
