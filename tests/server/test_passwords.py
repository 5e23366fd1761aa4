"""Accounts asked for, roles given and taken, passwords set and reset, sessions ended: at the database itself."""

import threading
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from medidesk.server import accounts
from medidesk.server.accounts import scram_verifier
from medidesk.sync.accounts import new_verifier
from tests.support.database import Clinic
from tests.support.stations import server_rows

REQUEST = "select request_account(%s, %s, %s, %s, %s, %s, %s)"
ADD = "select add_account(%s, %s, %s, %s, %s, %s, %s)"


def newcomer(clinic: Clinic, login: str = "novice") -> tuple[object, ...]:
    return login, scram_verifier("first"), "nurse", "Vice", "No", "nurse", clinic.org_id


def value(connection: psycopg.Connection, query: str, *values: object) -> Any:
    row = connection.execute(query.encode(), values or None).fetchone()
    return None if row is None else row[0]


def verifier_for(clinic: Clinic, login: str, password: str) -> str:
    return new_verifier(password, value(clinic.admin(), "select scram_parameters(%s)", login))


def notes(clinic: Clinic) -> list[Any]:
    """What the audit trail says of passwords and sessions: by whom, of whom, what."""
    return server_rows(
        clinic,
        "select l.login, a.login, l.changes from audit_log l join user_account a on a.id = l.row_id "
        "where l.tbl = 'account_sign_in' order by l.seq",
    )


def test_who_was_asked_for_comes_in_once_an_administrator_approves(clinic: Clinic) -> None:
    account = value(clinic.connect("sofia"), REQUEST, *newcomer(clinic))
    assert isinstance(account, UUID)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        clinic.connect("novice", password="first")
    ingrid = clinic.connect("ingrid")
    (seen,) = [one for one in value(ingrid, "select accounts_seen()") if one["request"]]
    assert (seen["login"], seen["request"]["role"], seen["request"]["by"]) == ("novice", "nurse", "sofia")
    value(ingrid, "select decide_request('novice', 'receptionist')")
    novice = clinic.connect("novice", password="first")
    said = value(novice, "select hello()")
    assert said["account"] == str(account)
    assert not said["must_change_password"]
    assert server_rows(clinic, "select role from user_role where user_account_id = %s", account) == [
        ("receptionist",)
    ]
    with pytest.raises(psycopg.Error, match="has decided about novice already"):
        value(ingrid, "select decide_request('novice', 'nurse')")


def test_what_is_declined_may_be_asked_for_again(clinic: Clinic) -> None:
    sofia, ingrid = clinic.connect("sofia"), clinic.connect("ingrid")
    first = value(sofia, REQUEST, *newcomer(clinic))
    with pytest.raises(psycopg.Error, match="the name novice is taken"):
        value(sofia, REQUEST, *newcomer(clinic))
    value(ingrid, "select decide_request('novice', null)")
    assert server_rows(clinic, "select deleted_at is null from user_account where login = 'novice'") == [
        (False,)
    ]
    assert value(sofia, REQUEST, *newcomer(clinic)) == first
    value(ingrid, "select decide_request('novice', 'nurse')")
    assert value(clinic.connect("novice", password="first"), "select hello()")["account"] == str(first)


@pytest.mark.parametrize(
    ("at", "instead", "sentence"),
    [
        (0, "sofia", "the name sofia is taken"),
        (0, "medidesk_owner", "lower-case letters"),
        (1, "in the clear", "SCRAM verifier only"),
        (1, None, "with a name and a password"),
        (3, "  ", "with a name and a password"),
        (5, "owner", "there is no role"),
        (6, uuid4(), "colleagues of this branch"),
    ],
)
def test_what_cannot_be_asked_for(clinic: Clinic, at: int, instead: object, sentence: str) -> None:
    wanted = list(newcomer(clinic))
    wanted[at] = instead
    with pytest.raises(psycopg.Error, match=sentence) as refused:
        value(clinic.connect("sofia"), REQUEST, *wanted)
    assert refused.value.sqlstate in {"MD005", "42501"}
    assert server_rows(clinic, "select count(*) from account_request") == [(0,)]


def test_nobody_asks_for_accounts_without_end(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia")
    for number in range(20):
        value(sofia, REQUEST, *newcomer(clinic, f"novice{number}"))
    with pytest.raises(psycopg.Error, match="20 accounts"):
        value(sofia, REQUEST, *newcomer(clinic, "onemore"))


def test_a_first_password_is_good_for_choosing_another(clinic: Clinic) -> None:
    value(clinic.connect("ingrid"), ADD, *newcomer(clinic))
    novice = clinic.connect("novice", password="first")
    assert value(novice, "select hello()")["must_change_password"]
    with pytest.raises(psycopg.Error, match="must be chosen first") as refused:
        value(novice, "select join_station(%s, 'PC', 'ABC', null, '1')", uuid4())
    assert refused.value.sqlstate == "MD015"
    with pytest.raises(psycopg.Error, match="the same as the old one"):
        value(novice, "select set_password(%s)", verifier_for(clinic, "novice", "first"))
    value(novice, "select set_password(%s)", verifier_for(clinic, "novice", "second"))
    again = clinic.connect("novice", password="second")
    assert not value(again, "select hello()")["must_change_password"]
    value(again, "select join_station(%s, 'PC', 'ABC', null, '1')", uuid4())
    assert notes(clinic) == [
        ("ingrid", "novice", {"password": "set by an administrator"}),
        ("novice", "novice", {"password": "changed"}),
    ]


def test_a_password_that_an_administrator_set_ends_by_itself(clinic: Clinic) -> None:
    value(
        clinic.connect("ingrid"), "select reset_password('sofia', %s)", verifier_for(clinic, "sofia", "new")
    )
    days = "select round(extract(epoch from rolvaliduntil - now()) / 86400) from pg_roles where rolname = 'sofia'"
    assert server_rows(clinic, days) == [(7,)]
    clinic.admin().execute("alter role sofia valid until 'yesterday'")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        clinic.connect("sofia", password="new")


def test_a_reset_ends_sessions_and_the_old_password(clinic: Clinic) -> None:
    sofia, ingrid = clinic.connect("sofia"), clinic.connect("ingrid")
    known = value(ingrid, "select scram_parameters_of('sofia')")
    value(ingrid, "select reset_password('sofia', %s)", new_verifier("quite another", known))
    with pytest.raises(psycopg.OperationalError):
        sofia.execute("select 1")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        clinic.connect("sofia")
    said = value(clinic.connect("sofia", password="quite another"), "select hello()")
    assert said["must_change_password"]
    assert said["signed_out_at"]


def test_a_new_password_keeps_the_salt(clinic: Clinic) -> None:
    for login, query in (
        ("sofia", "select set_password(%s)"),
        ("ingrid", "select reset_password('sofia', %s)"),
    ):
        with pytest.raises(psycopg.Error, match="keeps salt and iterations"):
            value(clinic.connect(login), query, scram_verifier("another"))
        with pytest.raises(psycopg.Error, match="SCRAM verifier only"):
            value(clinic.connect(login), query, "in the clear")


def test_nobody_resets_their_own_password(clinic: Clinic) -> None:
    with pytest.raises(psycopg.Error, match="change your own password"):
        value(
            clinic.connect("ingrid"),
            "select reset_password('ingrid', %s)",
            verifier_for(clinic, "ingrid", "x"),
        )


def test_signing_out_ends_the_sessions_of_one_person(clinic: Clinic) -> None:
    sofia, rui, ingrid = clinic.connect("sofia"), clinic.connect("rui"), clinic.connect("ingrid")
    seen = {one["login"]: one for one in value(ingrid, "select accounts_seen()")}
    assert [one["address"] for one in seen["sofia"]["sessions"]] == ["127.0.0.1"]
    value(ingrid, "select sign_out('sofia')")
    with pytest.raises(psycopg.OperationalError):
        sofia.execute("select 1")
    rui.execute("select 1")
    assert value(clinic.connect("sofia"), "select hello()")["signed_out_at"]
    assert notes(clinic) == [("ingrid", "sofia", {"signed_out": True})]


def test_roles_are_given_and_taken(clinic: Clinic) -> None:
    ingrid, sofia = clinic.connect("ingrid"), clinic.connect("sofia")
    count = "select count(*) from allergy"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sofia.execute(count)
    value(ingrid, "select give_role('sofia', 'nurse', %s)", clinic.org_id)
    value(clinic.admin(), "select give_role('sofia', 'nurse', %s)", clinic.network_id)
    sofia.execute(count)
    value(clinic.admin(), "select take_role('sofia', 'nurse', %s)", clinic.network_id)
    sofia.execute(count)
    value(ingrid, "select take_role('sofia', 'nurse', %s)", clinic.org_id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sofia.execute(count)
    with pytest.raises(psycopg.Error, match="does not hold this role there"):
        value(ingrid, "select take_role('sofia', 'nurse', %s)", clinic.org_id)


@pytest.mark.parametrize(
    "call",
    [
        "select suspend_account('ingrid')",
        "select take_role('ingrid', 'administrator', (select org_id from user_account where login = 'ingrid'))",
    ],
)
def test_the_last_administrator_stays(clinic: Clinic, call: str) -> None:
    with pytest.raises(psycopg.Error, match="nobody else administers this branch"):
        value(clinic.connect("ingrid"), call)
    value(clinic.connect("ingrid"), "select hello()")
    value(clinic.connect("ingrid"), "select give_role('sofia', 'administrator', %s)", clinic.org_id)
    clinic.connect("sofia").execute(call.encode())


def test_two_administrators_who_suspend_each_other_do_not_both_go(clinic: Clinic) -> None:
    value(clinic.connect("ingrid"), "select give_role('sofia', 'administrator', %s)", clinic.org_id)
    ready, failures = threading.Barrier(2), []

    def suspend(who: str, whom: str) -> None:
        with clinic.connect(who, autocommit=False) as connection:
            ready.wait()
            try:
                connection.execute("select suspend_account(%s)", (whom,))
                connection.commit()
            except psycopg.Error as error:
                failures.append(error)
                connection.close()

    threads = [
        threading.Thread(target=suspend, args=pair) for pair in (("ingrid", "sofia"), ("sofia", "ingrid"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = server_rows(
        clinic,
        "select count(distinct a.id) from user_account a join user_role r on r.user_account_id = a.id "
        "where r.role = 'administrator' and a.state = 'approved'",
    )
    assert left == [(1,)]
    assert failures


def test_a_suspension_is_taken_back_with_the_roles_of_before(clinic: Clinic) -> None:
    ingrid = clinic.connect("ingrid")
    value(ingrid, "select suspend_account('anjali')")
    with pytest.raises(psycopg.Error, match="is not approved"):
        value(ingrid, "select suspend_account('anjali')")
    for query in ("give_role('anjali', 'nurse', %s)", "reset_password('anjali', %s)"):
        with pytest.raises(psycopg.Error, match="is not approved"):
            value(ingrid, f"select {query}", clinic.org_id if "role" in query else scram_verifier("x"))
    value(ingrid, "select let_in_again('anjali')")
    clinic.connect("anjali").execute("select count(*) from allergy")
    with pytest.raises(psycopg.Error, match="is not suspended"):
        value(ingrid, "select let_in_again('anjali')")


@pytest.mark.parametrize("login", ["sofia", "anjali", "olive"])
def test_only_administrators_decide_about_accounts(clinic: Clinic, login: str) -> None:
    connection = clinic.connect(login)
    for call in (
        "accounts_seen()",
        "decide_request('rui', 'nurse')",
        "let_in_again('rui')",
        f"give_role('{login}', 'administrator', '{clinic.org_id}')",
        f"take_role('rui', 'cashier', '{clinic.org_id}')",
        "reset_password('ingrid', 'x')",
        "scram_parameters_of('ingrid')",
        "sign_out('ingrid')",
        "add_account('a1', 'x', 'nurse', 'A', 'B', 'nurse', null)",
        "note_account(gen_random_uuid(), '{}')",
        "passes_soon(gen_random_uuid(), 'ingrid')",
        "hold_role(gen_random_uuid(), 'sofia', 'administrator', null)",
        "scram_parameters('ingrid')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"select {call}".encode())


def test_an_administrator_of_one_branch_sees_and_decides_about_its_accounts_alone(clinic: Clinic) -> None:
    admin = clinic.admin()
    other = value(
        admin,
        "insert into organisation (id, org_id, parent_id, kind, name) "
        "values (gen_random_uuid(), %(network)s, %(network)s, 'clinic', 'Hill Road') returning id".replace(
            "%(network)s", f"'{clinic.network_id}'"
        ),
    )
    accounts.add_person(admin, "hill", "x", role="administrator", family_name="Hill", org=other)
    hill = clinic.connect("hill", password="x")
    assert [one["login"] for one in value(hill, "select accounts_seen()")] == ["hill"]
    for call in (
        "sign_out('anjali')",
        "scram_parameters_of('anjali')",
        f"give_role('hill', 'administrator', '{clinic.org_id}')",
        f"give_role('anjali', 'nurse', '{other}')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="administrator of this branch"):
            hill.execute(f"select {call}".encode())
