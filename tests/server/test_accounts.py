import psycopg
import pytest

from medidesk.server import accounts, migrate
from medidesk.server.scram import saslprep, scram_verifier
from tests.support.database import PEOPLE, Clinic, Template


def test_everybody_signs_in_with_the_password_they_were_given(clinic: Clinic) -> None:
    for login in PEOPLE:
        with clinic.connect(login) as connection:
            assert connection.info.user == login


@pytest.mark.parametrize("first", [True, False])
def test_what_one_test_does_to_the_logins_another_does_not_meet(clinic: Clinic, first: bool) -> None:
    assert first in {True, False}
    with clinic.connect("sofia") as connection:
        connection.execute("select 1")
    accounts.add_person(
        clinic.admin(), "sofia", "", role="cashier", family_name="Marchetti", org=clinic.org_id
    )
    accounts.add_person(clinic.admin(), "newcomer", "once", role="nurse", family_name="N", org=clinic.org_id)
    clinic.admin().execute("select suspend_account('sofia')")
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        clinic.connect("sofia")


def test_founding_and_adding_twice_changes_nothing(clinic: Clinic) -> None:
    def rows() -> list[tuple[object, ...]]:
        with clinic.admin() as admin:
            return admin.execute(
                "select id, version from organisation union all select id, version from staff union all "
                "select id, version from user_account union all select id, version from user_role "
                "union all select id, version from role "
                "union all select id, version from department order by id"
            ).fetchall()

    def found() -> accounts.ClinicIds:
        return accounts.found_clinic(clinic.admin(), "Harbour Street Clinic", departments=["Reception"])

    before = rows()
    assert found() == found()
    account = accounts.add_person(
        clinic.admin(), "sofia", "another", role="receptionist", family_name="M", org=clinic.org_id
    )
    assert account == clinic.account("sofia")
    assert rows() == before
    with clinic.connect("sofia") as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_only_an_administrator_makes_accounts(clinic: Clinic) -> None:
    for login in PEOPLE:
        connection = clinic.connect(login)
        if login == "ingrid":
            accounts.add_person(connection, "novice", "x", role="nurse", family_name="N", org=clinic.org_id)
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                accounts.add_person(
                    connection, "novice2", "x", role="nurse", family_name="N", org=clinic.org_id
                )


def test_an_administrator_of_one_branch_has_no_say_in_another(clinic: Clinic) -> None:
    admin = clinic.admin()
    other = admin.execute(
        "insert into organisation (id, org_id, parent_id, kind, name) "
        "values (gen_random_uuid(), %(network)s, %(network)s, 'clinic', 'Hill Road') returning id",
        {"network": clinic.network_id},
    ).fetchone()
    assert other is not None
    accounts.add_person(admin, "hill", "x", role="administrator", family_name="Hill", org=other[0])
    for call in (
        f"select approve_account('anjali', '{scram_verifier('mine')}', null, 'doctor', '{other[0]}')",
        f"select approve_account('hill', null, null, 'administrator', '{clinic.org_id}')",
        f"select approve_account('hill', null, null, 'administrator', '{clinic.network_id}')",
        "select suspend_account('anjali')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="administrator of this branch"):
            clinic.connect("hill", password="x").execute(call.encode())


@pytest.mark.parametrize(
    ("login", "role", "verifier", "sentence"),
    [
        ("Upper", "nurse", scram_verifier("x"), "lower-case letters"),
        ("medidesk_owner", "nurse", scram_verifier("x"), "lower-case letters"),
        ("pg_monitor", "nurse", scram_verifier("x"), "lower-case letters"),
        ("a", "nurse", scram_verifier("x"), "lower-case letters"),
        ("plain", "nurse", "secret in the clear", "SCRAM verifier only"),
        ("plain", "owner", scram_verifier("x"), "there is no role"),
        ("plain", "nurse", None, "needs a password"),
    ],
)
def test_what_no_account_can_be(
    clinic: Clinic, login: str, role: str, verifier: str | None, sentence: str
) -> None:
    with pytest.raises(psycopg.Error, match=sentence) as refused:
        clinic.connect("ingrid").execute(
            "select approve_account(%s, %s, (select min(id::text)::uuid from staff), %s, %s)",
            (login, verifier, role, clinic.org_id),
        )
    assert refused.value.sqlstate == "MD005"


def test_a_name_that_another_program_on_the_server_uses_is_not_taken_over(clinic: Clinic) -> None:
    admin = clinic.admin()
    admin.execute("create role elsewhere login password 'x'")
    with pytest.raises(psycopg.Error, match="is taken on this server"):
        accounts.add_person(admin, "elsewhere", "y", role="nurse", family_name="N", org=clinic.org_id)


def test_suspending_ends_sessions(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia")
    clinic.connect("ingrid").execute("select suspend_account('sofia')")
    with pytest.raises(psycopg.OperationalError):
        sofia.execute("select 1")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "ﬁ ligature Ⅸ",
        "soft\u00adhyphen",
        "no\u00a0break",
        "کلمه عبور",
        "שלום123",
        "\u0007bell",
        "é́",
    ],
)
def test_a_verifier_opens_the_door_that_libpq_knocks_at(clinic_template: Template, password: str) -> None:
    with migrate.connect(clinic_template.superuser) as admin:
        admin.execute(f"create role knocks login password '{scram_verifier(password)}'".encode())
        try:
            url = clinic_template.cluster.url("postgres", "knocks", password)
            with psycopg.connect(url) as connection:
                assert connection.info.user == "knocks"
        finally:
            admin.execute("drop role knocks")


def test_one_password_typed_in_two_ways_is_one() -> None:
    assert saslprep("e\u0301t\u00e9") == saslprep("\u00e9te\u0301") == "\u00e9t\u00e9"


def test_rfc_7677_test_vector() -> None:
    import base64

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    assert scram_verifier("pencil", salt=salt) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
