"""Facts that the server holds: administrators of their author's branches decide, once, and see what they may."""

import json
import threading
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.support.database import Clinic
from tests.support.held_facts import (
    broken,
    decide,
    held,
    held_allergy,
    listed,
    now_made,
    refused,
    role_ends,
    second_administrator,
)
from tests.support.operations import added, changed, one, operation, patient, send
from tests.support.waiting import wait_until

TRAIL = "select login, attested_by from audit_log where row_id = %s order by seq"
DECISIONS = (
    "select d.author, d.op_id, d.verdict, d.reason, a.login, a.attested_by "
    "from decision d join audit_log a on a.row_id = d.id"
)


# Entering


def test_what_its_author_could_do_when_they_did_it_is_entered_in_their_name(clinic: Clinic) -> None:
    op_id, allergy = held_allergy(clinic)
    ingrid, admin = clinic.connect("ingrid"), clinic.admin()
    answer = decide(ingrid, op_id, "enter", "asked her")
    assert answer["verdict"] == "enter"
    assert one(admin, "select substance, created_by from allergy where id = %s", allergy) == (
        "Latex",
        clinic.account("anjali"),
    )
    assert admin.execute(TRAIL.encode(), (allergy,)).fetchall() == [("anjali", "ingrid")]
    ledger = (
        "select author, verb, supersedes, attested_by, result->>'status' from applied_operation "
        "where op_id = %s"
    )
    assert one(admin, ledger, answer["op"]) == ("anjali", "tests.verb", op_id, "ingrid", "applied")
    assert one(admin, "select result->>'status' from applied_operation where op_id = %s", op_id) == "held"
    assert one(admin, DECISIONS) == ("anjali", op_id, "mine", "asked her", "ingrid", None)
    kept = "select decided_by, decision->>'verdict', decision->>'op', payload->>'id' from held_fact"
    assert one(admin, kept) == ("ingrid", "enter", answer["op"], str(op_id))
    assert listed(ingrid) == []
    assert one(admin, "select count(*) from acting_for") == 0


def test_a_change_of_a_row_is_entered_too(clinic: Clinic) -> None:
    who = patient(clinic)
    payload = operation(
        "sofia", changed("patient", who, 1, base={"phone": ""}, phone="555 0100"), kind="fact"
    )
    payload = now_made(clinic, payload)
    role_ends(clinic, "sofia", "receptionist")
    op_id = held(clinic, "sofia", payload)
    decide(clinic.connect("ingrid"), op_id, "enter")
    assert one(clinic.admin(), "select phone, updated_by from patient") == (
        "555 0100",
        clinic.account("sofia"),
    )


def test_what_its_author_never_might_do_stays_held(clinic: Clinic) -> None:
    who, admin, ingrid = patient(clinic), clinic.admin(), clinic.connect("ingrid")
    own = one(admin, "select id from user_account where login = 'sofia'")
    for row in (
        added("allergy", clinic.org_id, patient_id=who, substance="Latex"),
        added("user_role", clinic.org_id, user_account_id=own, role="administrator"),
        changed("user_account", own, 1, base={"state": "approved"}, state="suspended"),
    ):
        op_id = held(clinic, "sofia", now_made(clinic, operation("sofia", row, kind="fact")))
        refused(partial(decide, ingrid, op_id, "enter"), "42501")
    assert len(listed(ingrid)) == 3
    assert one(admin, "select count(*) from allergy") == 0
    assert one(admin, "select count(*) from decision") == 0
    assert (
        one(
            admin, "select count(*) from user_role where role = 'administrator' and user_account_id = %s", own
        )
        == 0
    )


def test_what_was_made_after_the_role_had_ended_stays_held(clinic: Clinic) -> None:
    who = patient(clinic)
    role_ends(clinic, "anjali", "doctor")
    row = added("allergy", clinic.org_id, patient_id=who, substance="Latex")
    late = now_made(clinic, operation("anjali", row, kind="fact"))
    ingrid = clinic.connect("ingrid")
    op_id = held(clinic, "anjali", late)
    refused(lambda: decide(ingrid, op_id, "enter"), "42501")
    # Nor does a clock that is wrong, or was set so, reach past the moment at which the server had it.
    row = added("allergy", clinic.org_id, patient_id=who, substance="Latex")
    ahead = operation("anjali", row, kind="fact") | {"made_at": "2126-11-20T10:42:00+00:00"}
    op_id = held(clinic, "anjali", ahead)
    refused(lambda: decide(ingrid, op_id, "enter"), "42501")


def test_what_still_cannot_be_entered_says_why_without_values_and_stays_held(clinic: Clinic) -> None:
    who = patient(clinic, phone="1")
    op_id = held(
        clinic,
        "sofia",
        operation("sofia", changed("patient", who, 1, base={"phone": "0"}, phone="2"), kind="fact"),
    )
    nameless = broken(clinic)
    ingrid = clinic.connect("ingrid")
    error = refused(lambda: decide(ingrid, op_id, "enter"), "MD001")
    assert error.diag.message_detail is None
    error = refused(lambda: decide(ingrid, nameless, "enter"), "23514")
    assert (error.diag.message_detail, error.diag.constraint_name) == (None, "patient_name_given_check")
    assert [one["op_id"] for one in listed(ingrid)] == [str(op_id), str(nameless)]
    assert one(clinic.admin(), "select count(*) from decision") == 0


def test_nothing_is_entered_while_sending_is_paused(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    clinic.admin().execute("update server_identity set sending_paused = true")
    refused(lambda: decide(clinic.connect("ingrid"), op_id, "enter"), "MD011")


# Discarding


def test_discarding_needs_a_reason_and_keeps_the_fact_as_it_was_sent(clinic: Clinic) -> None:
    op_id, ingrid, admin = broken(clinic), clinic.connect("ingrid"), clinic.admin()
    refused(lambda: decide(ingrid, op_id, "discard", "  "), "MD005")
    assert decide(ingrid, op_id, "discard", " never came ") == {"verdict": "discard", "reason": "never came"}
    assert one(admin, DECISIONS) == ("sofia", op_id, "discarded", "never came", "ingrid", None)
    kept = (
        "select decided_by, decision->>'reason', payload->>'id' from held_fact where decided_at is not null"
    )
    assert one(admin, kept) == ("ingrid", "never came", str(op_id))
    assert listed(ingrid) == []
    assert one(admin, "select count(*) from patient") == 0


# Once


def test_deciding_twice_decides_once(clinic: Clinic) -> None:
    op_id, allergy = held_allergy(clinic)
    ingrid, admin = clinic.connect("ingrid"), clinic.admin()
    first = decide(ingrid, op_id, "enter")
    assert decide(ingrid, op_id, "enter") == {**first, "repeated": True}
    refused(lambda: decide(ingrid, op_id, "discard", "no"), "MD014")
    assert admin.execute(TRAIL.encode(), (allergy,)).fetchall() == [("anjali", "ingrid")]
    assert one(admin, "select count(*) from decision") == 1


def test_of_two_administrators_at_once_the_second_is_told_who_decided(clinic: Clinic) -> None:
    op_id, allergy = held_allergy(clinic)
    first, second = clinic.connect("ingrid", autocommit=False), second_administrator(clinic)
    decide(first, op_id, "enter")
    told: list[psycopg.Error] = []

    def other() -> None:
        told.append(refused(lambda: decide(second, op_id, "discard", "no"), "MD014"))

    waiting = threading.Thread(target=other)
    waiting.start()
    blocked = "select cardinality(pg_blocking_pids(%s))"
    wait_until(lambda: one(clinic.admin(), blocked, second.info.backend_pid) == 1)
    first.commit()
    waiting.join()
    detail = json.loads(told[0].diag.message_detail or "")
    assert (detail["by"], detail["verdict"]) == ("ingrid", "enter")
    assert clinic.admin().execute(TRAIL.encode(), (allergy,)).fetchall() == [("anjali", "ingrid")]
    assert one(clinic.admin(), "select count(*) from decision") == 1


def test_where_the_first_fails_the_second_decides(clinic: Clinic) -> None:
    op_id = broken(clinic)
    first, second = clinic.connect("ingrid", autocommit=False), second_administrator(clinic)
    refused(lambda: decide(first, op_id, "enter"), "23514")
    first.rollback()
    assert decide(second, op_id, "discard", "no name")["verdict"] == "discard"


# Who


@pytest.mark.parametrize("login", ["sofia", "anjali", "joseph", "yusuf", "rui", "tomasz", "olive"])
def test_nobody_else_calls_or_reads_any_of_it(clinic: Clinic, login: str) -> None:
    op_id = broken(clinic)
    person = clinic.connect(login)
    for query in (
        "select held_facts()",
        f"select decide_held('{op_id}', 'discard', 'no')",
        "select * from held_fact",
        "update held_fact set decided_at = now()",
        "delete from held_fact",
        "select held_write('{}')",
        "select held_writes('{}')",
        "select would_show('allergy', '{}')",
        "select decides('sofia')",
        "select check_decides('sofia')",
        "select check_decides_then('sofia', now())",
        "select check_not_anew(gen_random_uuid())",
        "select check_sending()",
        "select undecided()",
        "select roles_then('sofia')",
        "select acting_rights_at()",
        f"select apply_on_behalf('{json.dumps({'id': str(uuid4())})}', true, now(), true, '{{}}', now())",
        f"select apply_on_behalf('{json.dumps({'id': str(uuid4())})}', true, now(), true, '{{}}')",
    ):
        refused(partial(person.execute, query.encode()), "42501")
    assert one(person, "select held_news(%s)", [op_id]) == {"undecided": [], "decided": {}}
    assert one(clinic.admin(), "select count(*) from held_fact where decided_at is null") == 1


def test_an_administrator_decides_only_about_people_of_their_own_branches(clinic: Clinic) -> None:
    admin = clinic.admin()
    branch, elsewhere = uuid4(), uuid4()
    for org, name in ((branch, "Harbour"), (elsewhere, "Hill")):
        admin.execute(
            "insert into organisation (id, org_id, parent_id, kind, name, timezone, currency, country) "
            "select %s, %s, o.id, 'branch', %s, o.timezone, o.currency, o.country "
            "from organisation o where o.id = %s",
            (org, org, name, clinic.org_id),
        )
    own, theirs = broken(clinic), broken(clinic, "anjali")
    admin.execute(
        "update user_role set org_id = %s where user_account_id in "
        "(select id from user_account where login in ('ingrid', 'sofia'))",
        (branch,),
    )
    admin.execute("update user_account set org_id = %s where login in ('ingrid', 'sofia')", (branch,))
    ingrid = clinic.connect("ingrid")
    assert [one["op_id"] for one in listed(ingrid)] == [str(own)]
    assert one(ingrid, "select held_news('{}')->'undecided'") == [str(own)]
    refused(lambda: decide(ingrid, theirs, "discard", "no"), "42501")
    assert decide(ingrid, own, "discard", "no name")["verdict"] == "discard"


def test_a_suspended_administrator_decides_nothing(clinic: Clinic) -> None:
    op_id, ingrid = broken(clinic), clinic.connect("ingrid")
    clinic.admin().execute("update user_account set state = 'suspended' where login = 'ingrid'")
    refused(lambda: listed(ingrid), "42501")
    refused(lambda: decide(ingrid, op_id, "discard", "no"), "42501")
    assert one(ingrid, "select held_news(%s)", [op_id]) == {"undecided": [], "decided": {}}


# What is shown


def test_the_list_says_who_what_when_and_why(clinic: Clinic) -> None:
    row = added("patient", clinic.org_id, family_name="", phone="555 0100")
    payload = operation("sofia", row, kind="fact") | {
        "title": "Somebody registered",
        "line": "Phone 555 0100",
    }
    op_id = held(clinic, "sofia", payload)
    (found,) = listed(clinic.connect("ingrid"))
    assert found["op_id"] == str(op_id)
    assert (found["author"], found["station"], found["verb"]) == ("sofia", "Reception 2", "tests.verb")
    assert (found["title"], found["line"], found["sqlstate"]) == (
        "Somebody registered",
        "Phone 555 0100",
        "23514",
    )
    assert "patient_name_given_check" in found["reason"]
    assert found["settled"] is None
    (write,) = found["writes"]
    assert (write["table"], write["patient"], write["inserts"]) == ("patient", row["id"], True)
    assert write["values"]["phone"] == "555 0100"


def test_clinical_values_are_not_shown_to_whoever_may_not_read_them(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    who = one(clinic.admin(), "select id from patient")
    bad = added("allergy", clinic.org_id, patient_id=who, substance="Penicillin", noted_on="Penicillin?")
    other = held(clinic, "joseph", operation("joseph", bad, kind="fact") | {"line": "Penicillin"})
    ingrid = clinic.connect("ingrid")
    shown = json.dumps(listed(ingrid))
    assert "Latex" not in shown
    assert "Penicillin" not in shown
    first, second = listed(ingrid)
    assert (first["op_id"], second["op_id"]) == (str(op_id), str(other))
    assert (first["line"], second["reason"]) == (None, "")
    (write,) = first["writes"]
    assert (write["shown"], write["values"], write["patient"]) == (False, None, str(who))
    assert {"substance", "severity"} <= set(write["fields"])
    error = refused(lambda: decide(ingrid, other, "enter"), "22007")
    assert "Penicillin" not in str(error)
    # An administrator who is a nurse as well sees what nurses see.
    clinic.admin().execute(
        "select approve_account('ingrid', null, (select staff_id from user_account where login = 'ingrid'), "
        "'nurse', %s)",
        (clinic.org_id,),
    )
    first, _ = listed(clinic.connect("ingrid"))
    assert (first["line"], first["writes"][0]["values"]["substance"]) == ("Latex", "Latex")


def test_values_of_a_row_out_of_sight_are_not_shown(clinic: Clinic) -> None:
    """A fact may name rows of any branch, and so its author's administrator need not see what it is about."""
    admin, away = clinic.admin(), uuid4()
    admin.execute(
        "insert into organisation (id, org_id, kind, name, timezone, currency, country) "
        "select %s, %s, o.kind, 'Elsewhere', o.timezone, o.currency, o.country from organisation o where o.id = %s",
        (away, away, clinic.network_id),
    )
    held(clinic, "sofia", operation("sofia", added("patient", away, family_name="Hidden"), kind="fact"))
    assert "Hidden" not in json.dumps(listed(clinic.connect("ingrid")))


@pytest.mark.parametrize(
    "writes",
    [
        "nonsense",
        [1, "two", None, []],
        [{"table": "no_such", "op": "insert", "id": "x", "values": {"a": 1}}],
        [{"table": "patient; drop", "op": "insert", "id": "x", "values": []}],
        [{"table": "patient", "op": "update", "id": "x", "values": {"born_on": "soon"}}],
        [{"table": "patient", "op": "insert", "id": "x", "values": {"patient_id": "y", "org_id": "z"}}],
    ],
)
def test_what_was_sent_misshapen_hides_no_other_and_can_be_discarded(clinic: Clinic, writes: Any) -> None:
    payload = operation("sofia", kind="fact") | {"writes": writes}
    with clinic.admin() as admin:
        admin.execute(
            "insert into applied_operation (op_id, payload_sha, author, verb, epoch) "
            "values (%s, '', 'sofia', 'x', 1)",
            (payload["id"],),
        )
        admin.execute(
            "insert into held_fact (op_id, author, payload, sqlstate, reason) "
            "values (%s, 'sofia', %s, '22P02', '')",
            (payload["id"], Jsonb(payload)),
        )
    other = broken(clinic)
    ingrid = clinic.connect("ingrid")
    assert {one["op_id"] for one in listed(ingrid)} == {payload["id"], str(other)}
    assert decide(ingrid, UUID(payload["id"]), "discard", "nonsense")["verdict"] == "discard"


def test_a_picture_is_named_and_not_listed(clinic: Clinic) -> None:
    picture = "\\x" + "89504e47" * 500
    row = added("patient_photo", clinic.org_id, patient_id=uuid4(), media_type="image/png", content=picture)
    held(clinic, "sofia", operation("sofia", row, kind="fact") | {"title": "t" * 5000, "line": "l" * 5000})
    (found,) = listed(clinic.connect("ingrid"))
    (write,) = found["writes"]
    assert "content" in write["fields"]
    assert "content" not in write["values"]
    assert write["values"]["media_type"] == "image/png"
    assert (len(found["title"]), len(found["line"])) == (300, 500)


def test_what_became_of_it_at_its_authors_station_is_shown(clinic: Clinic) -> None:
    op_id, sofia = broken(clinic), clinic.connect("sofia")
    given_up = added(
        "decision",
        clinic.org_id,
        op_id=op_id,
        author="sofia",
        title="x",
        verdict="discarded",
        reason="typed twice",
    )
    send(sofia, operation("sofia", given_up, kind="fact"))
    (found,) = listed(clinic.connect("ingrid"))
    assert (found["settled"]["verdict"], found["settled"]["reason"]) == ("discarded", "typed twice")
    assert found["settled"]["by"] == str(clinic.account("sofia"))


def test_stations_learn_what_is_to_be_decided_and_what_was(clinic: Clinic) -> None:
    one_op, other = broken(clinic), broken(clinic)
    ingrid, sofia = clinic.connect("ingrid"), clinic.connect("sofia")
    for person in (ingrid, sofia):
        person.execute("set default_transaction_read_only = on")
    assert one(ingrid, "select held_news('{}')") == {"undecided": [str(one_op), str(other)], "decided": {}}
    decide(clinic.connect("ingrid"), one_op, "discard", "no name")
    news = one(sofia, "select held_news(%s)", [one_op, other])
    assert (news["undecided"], list(news["decided"])) == ([], [str(one_op)])
    assert news["decided"][str(one_op)]["verdict"] == "discard"
    assert one(ingrid, "select held_news('{}')->'undecided'") == [str(other)]
    assert one(clinic.admin(), "select count(*) from held_fact where decided_at is null") == 1
