"""What is read leaves a trace: also where rights are taken and given back within a transaction."""

from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from medidesk.server import accounts
from medidesk.server.scram import scram_verifier
from tests.server.test_own_roles import define, holder
from tests.server.test_restricted import WHY, file, open_file, seen
from tests.support.database import Clinic
from tests.support.operations import Json, added, changed, operation
from tests.support.raw_rows import insert

__all__ = ["file"]


def writer(clinic: Clinic, login: str) -> psycopg.Connection:
    connection = clinic.connect(login, autocommit=False)
    connection.execute("set session characteristics as transaction read write")
    connection.commit()
    return connection


@pytest.mark.parametrize("undo", ["rollback", "rollback to savepoint here"])
def test_a_file_that_is_opened_is_read_once_it_is_noted(clinic: Clinic, file: UUID, undo: str) -> None:
    doctor = writer(clinic, "anjali")
    doctor.execute("savepoint here")
    open_file(doctor, file)
    assert seen(doctor) == (1, 0, 0)
    doctor.execute(undo)
    assert clinic.admin().execute("select count(*) from access_log").fetchone() == (0,)
    open_file(doctor, file)
    doctor.commit()
    assert seen(doctor) == (1, 1, 1)


def test_a_transaction_that_stays_open_does_not_keep_a_file_open(clinic: Clinic, file: UUID) -> None:
    doctor = writer(clinic, "anjali")
    open_file(doctor, file)
    doctor.commit()
    assert seen(doctor) == (1, 1, 1)  # and the transaction goes on
    clinic.admin().execute("update broken_glass set until = clock_timestamp()")
    assert seen(doctor) == (1, 0, 0)


def test_a_role_that_an_administrator_takes_counts_once_it_is_written_down(
    clinic: Clinic, file: UUID
) -> None:
    administrator = writer(clinic, "ingrid")
    administrator.execute("select give_role('ingrid', 'doctor', %s)", (clinic.org_id,))
    assert administrator.execute("select count(*) from condition").fetchone() == (0,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        administrator.execute(
            "insert into condition (id, org_id, patient_id, text) values (gen_random_uuid(), %s, %s, 'Asthma')",
            (clinic.org_id, file),
        )
    administrator.rollback()
    administrator.execute("select give_role('ingrid', 'doctor', %s)", (clinic.org_id,))
    administrator.commit()
    other = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    insert(clinic.admin(), "condition", {"org_id": clinic.org_id, "patient_id": other, "text": "Gout"})
    assert administrator.execute("select text from condition").fetchall() == [("Gout",)]


def test_an_own_role_that_is_given_more_gives_it_once_it_is_written_down(clinic: Clinic) -> None:
    other = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    insert(clinic.admin(), "condition", {"org_id": clinic.org_id, "patient_id": other, "text": "Gout"})
    administrator = writer(clinic, "ingrid")
    role = define(administrator, "Front desk", {"demographics": "read"}, clinic.org_id)
    administrator.execute("select give_role('ingrid', %s, %s)", (role, clinic.org_id))
    administrator.commit()
    more = {"demographics": "read", "clinical": "read"}
    define(administrator, "Front desk", more, clinic.org_id, role)
    assert administrator.execute("select count(*) from condition").fetchone() == (0,)
    administrator.commit()
    assert administrator.execute("select count(*) from condition").fetchone() == (1,)


def test_nobodys_login_is_taken_over_by_approving_it_again(clinic: Clinic) -> None:
    administrator = clinic.connect("ingrid")
    for login in ("anjali", "rui"):
        with pytest.raises(psycopg.Error, match="reset it instead"):
            administrator.execute(
                "select approve_account(%s, %s, staff_id, 'doctor', %s) from user_account where login = %s",
                (login, scram_verifier("taken over"), clinic.org_id, login),
            )


def test_an_account_is_of_a_member_of_staff_who_has_none(clinic: Clinic) -> None:
    administrator = clinic.connect("ingrid")
    with pytest.raises(psycopg.Error, match="has an account already"):
        administrator.execute(
            "select approve_account('newcomer', %s, staff_id, 'nurse', %s) from user_account "
            "where login = 'anjali'",
            (scram_verifier("a good password"), clinic.org_id),
        )


def test_a_password_that_was_set_by_an_administrator_is_good_for_choosing_another_alone(
    clinic: Clinic,
) -> None:
    role = define(clinic.connect("ingrid"), "Front desk", {"demographics": "read"}, clinic.org_id)
    connection = holder(clinic, role)
    insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    assert connection.execute("select count(*) from patient").fetchone() == (1,)
    clinic.admin().execute(
        "insert into account_sign_in (user_account_id, must_change_password) values (%s, true) "
        "on conflict (user_account_id) do update set must_change_password = true",
        (clinic.account("helper"),),
    )
    again = clinic.connect("helper", password="password")
    assert again.execute("select count(*) from patient").fetchone() == (0,)
    assert again.execute("select (hello()->>'must_change_password')::boolean").fetchone() == (True,)


def test_work_is_not_released_in_the_transaction_that_suspends_its_author(clinic: Clinic) -> None:
    administrator = writer(clinic, "ingrid")
    administrator.execute("select suspend_account('anjali')")
    with pytest.raises(psycopg.Error, match="release the work then") as told:
        administrator.execute(
            "select release_operation(%s, false)", (Jsonb({"author": "anjali", "id": str(UUID(int=1))}),)
        )
    assert told.value.sqlstate == "MD013"


def released(connection: psycopg.Connection, payload: Json, *, told: bool = False) -> str:
    """What an administrator hears of work that they release."""
    try:
        row = connection.execute("select release_operation(%s, %s)", (Jsonb(payload), told)).fetchone()
    except psycopg.Error as error:
        return str(error.sqlstate)
    assert row is not None
    answer: Json = row[0]
    assert [answer[name] for name in ("rows", "moved", "merged")] == [[], [], []]
    return str(answer["status"])


@pytest.mark.parametrize("kind", ["claim", "fact"])
def test_an_administrator_guesses_no_value_by_releasing_what_somebody_never_entered(
    clinic: Clinic, kind: str
) -> None:
    other = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    row = insert(
        clinic.admin(), "condition", {"org_id": clinic.org_id, "patient_id": other, "text": "Asthma"}
    )
    administrator = clinic.connect("ingrid")
    administrator.execute("select suspend_account('anjali')")
    heard = []
    for guess in ("Gout", "Asthma"):
        write = changed("condition", row, 1, base={"text": guess}, text=guess)
        heard += [released(administrator, operation("anjali", write, kind=kind), told=kind == "fact")]
    nobody = changed("condition", UUID(int=9), 1, base={"text": ""}, text="Gout")
    heard += [released(administrator, operation("anjali", nobody, kind=kind), told=kind == "fact")]
    assert heard == ["MD016", "MD016", "MD016"]
    assert clinic.admin().execute("select text, version from condition").fetchall() == [("Asthma", 1)]
    assert clinic.admin().execute("select count(*) from held_fact").fetchone() == (0,)


def test_who_may_read_what_somebody_changed_releases_it(clinic: Clinic) -> None:
    other = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    row = insert(
        clinic.admin(), "condition", {"org_id": clinic.org_id, "patient_id": other, "text": "Asthma"}
    )
    administrator = clinic.connect("ingrid")
    administrator.execute("select suspend_account('anjali')")
    clinic.admin().execute("select give_role('ingrid', 'doctor', %s)", (clinic.org_id,))
    write = changed("condition", row, 1, base={"text": "Asthma"}, text="Gout")
    assert released(administrator, operation("anjali", write)) == "applied"


def test_what_was_released_may_be_changed_by_what_is_released_after_it(clinic: Clinic) -> None:
    other = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    administrator = clinic.connect("ingrid")
    administrator.execute("select suspend_account('anjali')")
    new = added("condition", clinic.org_id, patient_id=other, text="Asthma")
    assert released(administrator, operation("anjali", new, kind="fact"), told=True) == "applied"
    row = UUID(new["id"])
    first, second = (
        operation("anjali", changed("condition", row, version, base={"text": was}, text=now))
        for version, was, now in ((1, "Asthma", "Gout"), (2, "Gout", "Gout of the left foot"))
    )
    assert released(administrator, first) == "applied"
    clinic.connect("joseph").execute("update condition set text = 'Arthritis' where id = %s", (row,))
    assert released(administrator, second) == "MD016", "somebody else has written there since"


def test_released_work_changes_nothing_in_a_file_that_is_closed_to_its_author(
    clinic: Clinic, file: UUID
) -> None:
    administrator = clinic.connect("ingrid")
    clinic.admin().execute("select give_role('ingrid', 'doctor', %s)", (clinic.org_id,))
    open_file(administrator, file)
    row, text = administrator.execute("select id, text from condition").fetchone() or (None, None)
    assert row is not None
    administrator.execute("select suspend_account('anjali')")
    write = changed("condition", row, 1, base={"text": text}, text="Nothing")
    assert released(administrator, operation("anjali", write)) == "42501"


def test_nobody_stops_the_sealing_with_a_lock_of_their_own(clinic: Clinic) -> None:
    insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    cashier = clinic.connect("rui")
    cashier.execute("select pg_advisory_lock(7326118207)")
    row = clinic.admin().execute("select seal_audit()").fetchone()
    assert row is not None
    assert row[0] > 0


def test_whoever_seals_and_stays_in_that_transaction_holds_up_nothing_else(clinic: Clinic) -> None:
    insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    cashier = writer(clinic, "rui")
    assert cashier.execute("select seal_audit() > 0").fetchone() == (True,)
    administrator = clinic.connect("ingrid")
    administrator.execute("set lock_timeout = '2s'")
    assert administrator.execute("select seal_audit()").fetchone() == (0,)
    assert administrator.execute("select new_epoch() > 1").fetchone() == (True,)


@pytest.mark.parametrize("said", ["-infinity", "4713-01-01 BC", "1999-12-31", "infinity"])
def test_the_time_that_a_pc_says_is_of_this_age(clinic: Clinic, said: str) -> None:
    patient = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Silva"})
    opening = [{"id": str(UUID(int=7)), "patient": str(patient), "at": said, "reason": ""}]
    clinic.connect("anjali").execute("select log_openings(%s, 'Ward 2')", (Jsonb(opening),))
    row = (
        clinic.admin()
        .execute("select now() - opened_at between '-1 min' and '401 days' from access_log")
        .fetchone()
    )
    assert row == (True,)
    operation = Jsonb({"made_at": said})
    row = (
        clinic.admin()
        .execute("select now() - made_at(%s) between '-2 days' and '3660 days'", (operation,))
        .fetchone()
    )
    assert row == (True,)


def test_the_feed_is_not_cut_by_an_interval_that_counts_years_short(clinic: Clinic) -> None:
    for keep in ("-12 years 4380 days", "29 days", None):
        with pytest.raises(psycopg.Error, match="at least 30 days"):
            clinic.admin().execute("select cut_feed(%s::interval)", (keep,))


@pytest.mark.parametrize("label", ["Doctor\u200b", "\u202eDoctor", "a\u0007b"])
def test_a_role_has_no_name_with_signs_that_nobody_sees(clinic: Clinic, label: str) -> None:
    with pytest.raises(psycopg.Error, match="nobody sees"):
        define(clinic.connect("ingrid"), label, {"demographics": "read"}, clinic.org_id)
    with pytest.raises(psycopg.Error, match="already"):
        define(clinic.connect("ingrid"), "Administrator\u00a0", {"demographics": "read"}, clinic.org_id)


def test_roles_that_are_gone_leave_room_for_others(clinic: Clinic) -> None:
    administrator = clinic.connect("ingrid")
    insert_role = (
        "insert into role (id, org_id, name, label, deleted_at) values (gen_random_uuid(), %s, %s, %s, now())"
    )
    for at in range(101):
        clinic.admin().execute(insert_role, (clinic.org_id, f"own_{at:012x}", f"Gone {at}"))
    assert define(administrator, "Front desk", {"demographics": "read"}, clinic.org_id)


def test_accounts_are_made_where_their_people_are(clinic: Clinic) -> None:
    """Who administers one branch makes no account of another's member of staff."""
    admin = clinic.admin()
    north = insert(admin, "organisation", {
        "org_id": clinic.network_id, "parent_id": clinic.network_id, "kind": "branch", "name": "North",
    })  # fmt: skip
    accounts.add_person(
        admin, "norma", "a good password", role="administrator", family_name="Berg", org=north
    )
    theirs = insert(admin, "staff", {"org_id": clinic.org_id, "kind": "doctor", "family_name": "Kumar"})
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        clinic.connect("norma", password="a good password").execute(
            "select approve_account('fakedoc', %s, %s, 'doctor', %s)",
            (scram_verifier("long enough"), theirs, north),
        )


def test_what_is_merged_is_freed_with_the_file_that_shows_it(clinic: Clinic, file: UUID) -> None:
    admin, doctor, nurse = clinic.admin(), clinic.connect("anjali"), clinic.connect("tomasz")
    kept = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "Sowe"})
    insert(admin, "allergy", {"org_id": clinic.org_id, "patient_id": kept, "substance": "Nuts"})
    doctor.execute("update patient set merged_into_id = %s where id = %s", (kept, file))
    open_file(doctor, kept)
    doctor.execute("update patient set restricted = false where id = %s", (kept,))
    assert seen(nurse)[1:] == (2, 1)
    admin.execute("update broken_glass set until = now()")
    assert seen(doctor)[1:] == (2, 1)


def test_what_is_merged_into_an_open_file_is_closed_until_it_is_asked_for(clinic: Clinic, file: UUID) -> None:
    admin, doctor, colleague = clinic.admin(), clinic.connect("anjali"), clinic.connect("tomasz")
    mine = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "Mine", "restricted": True})
    open_file(doctor, mine)
    doctor.execute("update patient set merged_into_id = %s where id = %s", (mine, file))
    assert seen(doctor)[1:] == (0, 0)
    open_file(doctor, mine, WHY)
    assert seen(doctor)[1:] == (1, 1)
    assert admin.execute("select count(*) from access_log").fetchone() == (2,)
    assert seen(colleague)[1:] == (0, 0)


def test_what_was_closed_by_a_merge_is_not_parted_from_it_by_who_has_not_opened_it(
    clinic: Clinic, file: UUID
) -> None:
    admin = clinic.admin()
    merged = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "Sowe"})
    insert(admin, "allergy", {"org_id": clinic.org_id, "patient_id": merged, "substance": "Nuts"})
    doctor = clinic.connect("anjali")
    doctor.execute("update patient set merged_into_id = %s where id = %s", (file, merged))
    for login in ("sofia", "anjali"):
        with pytest.raises(psycopg.Error, match="is restricted"):
            clinic.connect(login).execute("update patient set merged_into_id = null where id = %s", (merged,))
    open_file(doctor, file)
    assert doctor.execute("update patient set merged_into_id = null where id = %s", (merged,)).rowcount == 1


def test_a_restriction_is_lifted_in_the_files_own_branch(clinic: Clinic, file: UUID) -> None:
    admin = clinic.admin()
    north = insert(admin, "organisation", {
        "org_id": clinic.network_id, "parent_id": clinic.network_id, "kind": "branch", "name": "North",
    })  # fmt: skip
    accounts.add_person(admin, "norma", "a good password", role="doctor", family_name="Berg", org=north)
    doctor = clinic.connect("norma", password="a good password")
    open_file(doctor, file)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="branch"):
        doctor.execute("update patient set restricted = false where id = %s", (file,))


@pytest.mark.parametrize(
    "condition", ["text ^@ 'A'", "text = 'Asthma'", "text < 'B'", "created_at < now()", "version = 1"]
)
def test_a_query_is_answered_by_the_policies_before_anything_else_sees_a_row(
    clinic: Clinic, file: UUID, condition: str
) -> None:
    """`explain analyze` tells whether the policies were asked at all: only where a condition was true before."""
    insert(clinic.admin(), "condition", {"org_id": clinic.org_id, "patient_id": file, "text": "Zoster"})
    doctor = clinic.connect("tomasz")

    def came_to(condition: str) -> list[float]:
        query = (
            f"explain (analyze, format json, costs off, timing off) select 1 from condition where {condition}"
        )
        row = doctor.execute(query.encode()).fetchone()
        assert row is not None
        return [plan["Actual Loops"] for plan in row[0][0]["Plan"].get("Plans", [])]

    assert came_to(condition) == came_to(f"not ({condition})") == came_to("text = 'nothing like it'")
