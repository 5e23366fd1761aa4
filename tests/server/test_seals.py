"""The audit trail cannot be rewritten unnoticed: not by who administers the server, not with its own functions."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from medidesk.server import audit_check, replay, seals
from medidesk.server.audit_check import Verified
from medidesk.server.seals import Kept
from tests.support.database import PEOPLE, Clinic
from tests.support.operations import one, patient


@pytest.fixture
def admin(clinic: Clinic) -> Iterator[psycopg.Connection]:
    """Whoever administers the server, and may do anything there."""
    with clinic.admin() as connection:
        yield connection


def kinds(found: Verified) -> list[tuple[int, str]]:
    return [(fault.number, fault.kind) for fault in found.faults]


def kept(connection: psycopg.Connection) -> list[Kept]:
    """As a station gets them."""
    return [Kept.from_json(said) for said in one(connection, "select audit_seals(0)")]


def sealed_days(clinic: Clinic, admin: psycopg.Connection, days: int) -> list[Kept]:
    """Seals with something of a patient's under each; these as stations keep them."""
    for _ in range(days):
        patient(clinic)
        assert seals.seal(admin) == 1
    return kept(clinic.connect("sofia"))


def test_what_nobody_touched_is_as_it_was_sealed(clinic: Clinic, admin: psycopg.Connection) -> None:
    known = sealed_days(clinic, admin, 3)
    assert [one.number for one in known] == [1, 2, 3]
    patient(clinic)
    found = audit_check.verify(admin, known)
    assert (found.seals, found.kept, found.unsealed, found.faults) == (3, 3, 1, ())
    assert found.rows == one(admin, "select count(*) from audit_log") - 1
    assert seals.seal(admin) == 1
    assert seals.seal(admin) == 0, "nothing is new"
    assert "The audit trail is as it was sealed." in list(audit_check.lines(audit_check.verify(admin)))


@pytest.mark.parametrize("rewriting", [
    "update audit_log set login = 'rui' where seq = %(seq)s",
    "update audit_log set changes = changes || '{\"phone\": \"1\"}' where seq = %(seq)s",
    "update audit_log set at = at - interval '1 hour' where seq = %(seq)s",
    "update audit_log set attested_by = 'rui' where seq = %(seq)s",
    "delete from audit_log where seq = %(seq)s",
    (
        "insert into audit_log (epoch, xid, tbl, row_id, action, changes) "
        "select epoch, xid, tbl, row_id, action, changes from audit_log where seq = %(seq)s"
    ),
])  # fmt: skip
def test_a_rewritten_row_is_found_under_its_seal(
    clinic: Clinic, admin: psycopg.Connection, rewriting: str
) -> None:
    sealed_days(clinic, admin, 3)
    middle = one(
        admin,
        "select seq from audit_log a join audit_seal s on s.number = 2 and a.xid >= s.from_xid and a.xid < s.upto "
        "where a.epoch = s.epoch",
    )
    admin.execute(rewriting.encode(), {"seq": middle})
    assert kinds(audit_check.verify(admin)) == [(2, "rows")]


@pytest.mark.parametrize("mending", [
    "update audit_seal set sealed_at = sealed_at - interval '1 day' where number = 2",
    "update audit_seal set digest = sha256(digest) where number = 2",
    "update audit_seal set hash = sha256(hash) where number = 2",
    "update audit_seal set previous = sha256(previous) where number = 2",
    "delete from audit_seal where number = 2",
    "update audit_seal set number = number + 10 where number > 1",
])  # fmt: skip
def test_a_seal_that_was_mended_to_fit_breaks_the_chain(
    clinic: Clinic, admin: psycopg.Connection, mending: str
) -> None:
    sealed_days(clinic, admin, 3)
    admin.execute(mending.encode())
    assert "chain" in {kind for _, kind in kinds(audit_check.verify(admin))}


def test_a_past_that_was_sealed_anew_differs_from_what_stations_kept(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    known = sealed_days(clinic, admin, 3)
    admin.execute("update audit_log set login = 'rui' where login = 'sofia'")
    admin.execute("delete from audit_seal where number > 1")
    assert seals.seal(admin) == 1
    assert kinds(audit_check.verify(admin)) in ([], [(1, "rows")])
    assert {(2, "kept"), (3, "kept")} <= set(kinds(audit_check.verify(admin, known)))


def test_the_digest_is_made_without_the_servers_functions(clinic: Clinic, admin: psycopg.Connection) -> None:
    sealed_days(clinic, admin, 1)
    admin.execute("update audit_log set login = 'rui'")
    admin.execute(
        "create or replace function sealed_words(a audit_log) returns text language sql as $$ select 'well' $$"
    )
    assert kinds(audit_check.verify(admin)) == [(1, "rows")]


def test_a_transaction_that_runs_is_sealed_when_it_has_ended(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    who = patient(clinic)
    with clinic.connect("sofia", autocommit=False) as slow:
        slow.execute("update patient set phone = '1' where id = %s", (who,))
        later = patient(clinic)
        assert seals.seal(admin) == 1
        covered = audit_check.verify(admin)
        assert covered.unsealed == 1, "what began after it waits as well"
        slow.commit()
    assert later != who
    assert seals.seal(admin) == 1
    found = audit_check.verify(admin)
    assert (found.unsealed, found.faults) == (0, ())


def test_an_epoch_is_sealed_to_its_end_when_the_next_begins(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    patient(clinic)
    replay.new_epoch(clinic.connect("ingrid"))
    assert audit_check.verify(admin).unsealed == 1, "that it began is a change of the new one"
    patient(clinic)
    assert seals.seal(admin) == 1
    assert (audit_check.verify(admin).unsealed, audit_check.verify(admin).faults) == (0, ())
    assert admin.execute("select count(distinct epoch) from audit_seal").fetchone() == (2,)


def test_rows_of_another_cluster_are_sealed_though_their_transactions_lie_ahead(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    patient(clinic)
    admin.execute("update audit_log set xid = '4000000000'::xid8")
    admin.execute("update server_identity set system_identifier = 1")  # a dump, restored into this cluster
    replay.new_epoch(clinic.connect("ingrid"))
    assert audit_check.verify(admin).unsealed == 1
    assert audit_check.verify(admin).faults == ()


@pytest.mark.parametrize("login", sorted(set(PEOPLE) - {"ingrid"}))
def test_stations_seal_once_a_day(clinic: Clinic, login: str) -> None:
    connection = clinic.connect(login)
    patient(clinic)
    assert one(connection, "select seal_audit()") == 1
    patient(clinic)
    assert one(connection, "select seal_audit()") == 0
    clinic.admin().execute("update audit_seal set sealed_at = sealed_at - interval '1 day'")
    assert one(connection, "select seal_audit()") == 1


def test_whoever_is_suspended_seals_nothing_and_is_told_nothing(clinic: Clinic) -> None:
    sofia, admin = clinic.connect("sofia"), clinic.admin()
    patient(clinic)
    seals.seal(admin)
    admin.execute("update user_account set state = 'suspended' where login = 'sofia'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        sofia.execute("select seal_audit()")
    assert one(sofia, "select audit_seals(0)") == []


def test_stations_that_seal_at_once_make_one_seal(clinic: Clinic, admin: psycopg.Connection) -> None:
    patient(clinic)
    made: list[int] = []
    together = threading.Barrier(4)

    def seal() -> None:
        with clinic.admin() as own:
            together.wait()
            made.append(seals.seal(own))

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 1
    assert audit_check.verify(admin).faults == ()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seals": [1]}', '{"seals": [{"number": "x"}]}'])
def test_what_is_no_file_of_seals_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        seals.read(text)


def test_functions_of_ours_do_not_speak_for_postgresqls_own(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    known = sealed_days(clinic, admin, 1)
    seq = one(admin, "select max(seq) from audit_log where tbl = 'patient'")
    words = one(admin, "select sealed_words(a) from audit_log a where seq = %s", seq)
    types = "integer, text, bigint, uuid, text, uuid, uuid, text, jsonb, text, text, text, uuid, text, text"
    admin.execute(
        f"create function medidesk.jsonb_build_array({types}) returns jsonb language plpgsql as $f$ begin "
        f"return case when $3 = {seq} then '{words}'::jsonb else "
        "pg_catalog.jsonb_build_array($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15) end; end $f$".encode()
    )
    admin.execute("update audit_log set login = 'rui' where seq = %s", (seq,))
    assert kinds(audit_check.verify(admin, known)) == [(1, "rows")]


def test_changes_of_a_time_long_before_the_seal_before_them_are_named(
    clinic: Clinic, admin: psycopg.Connection
) -> None:
    sealed_days(clinic, admin, 1)
    admin.execute(
        "insert into audit_log (epoch, tbl, row_id, action, changes, login, at) "
        "select epoch, tbl, row_id, 'update', changes, 'anjali', now() - interval '400 days' "
        "from audit_log where tbl = 'patient' limit 1"
    )
    assert seals.seal(admin) == 1
    found = audit_check.verify(admin)
    assert found.backdated == (2,)
    assert any("long before the seal before it" in line for line in audit_check.lines(found))
