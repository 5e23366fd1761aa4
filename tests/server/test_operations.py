"""`apply_operation`: exactly once, judged by its author's rights, merged or refused as the rules say."""

import json
import threading
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.support.database import Clinic
from tests.support.operations import Json, added, changed, one, operation, patient, relied, send
from tests.support.roles import becomes
from tests.support.waiting import wait_until


def detail(error: psycopg.Error) -> Any:
    return json.loads(error.diag.message_detail or "null")


def refused(
    connection: psycopg.Connection, payload: Json, state: str, *, told: bool = False
) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as raised:
        send(connection, payload, told=told)
    assert raised.value.sqlstate == state, raised.value
    return raised.value


# Exactly once


def test_an_operation_answers_with_its_rows_as_they_are_now(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia")
    row = added("patient", clinic.org_id, family_name="Okafor")
    answer = send(sofia, operation("sofia", row))
    assert answer["status"] == "applied"
    assert (answer["merged"], answer["moved"], answer["epoch"]) == ([], [], 1)
    (written,) = answer["rows"]
    assert (written["table"], written["id"], written["version"]) == ("patient", row["id"], 1)
    assert written["row"]["file_no"]
    assert written["row"]["created_by"] == str(clinic.account("sofia"))
    assert answer["history"] == one(clinic.admin(), "select max(seq) from audit_log")


def test_sent_again_it_is_not_applied_again(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name="Once"), kind="fact")
    first = send(clinic.connect("sofia"), payload)
    for told in (False, True):
        assert send(clinic.connect("sofia"), payload, told=told) == {**first, "repeated": True}
    assert one(clinic.admin(), "select count(*) from patient") == 1
    assert one(clinic.admin(), "select count(*) from audit_log where tbl = 'patient'") == 1


@pytest.mark.parametrize("told", [False, True])
def test_what_was_applied_is_not_refused_for_rights_that_ended_since(clinic: Clinic, told: bool) -> None:
    """Seed 130009 of ten desks: the answer is lost, and when it is asked for again the author may read nothing."""
    allergy = added("allergy", clinic.org_id, patient_id=patient(clinic), substance="Latex")
    payload = operation("joseph", allergy, kind="fact")
    first = send(clinic.connect("joseph"), payload)
    becomes(clinic, "joseph", "cashier", instead_of="nurse")
    again = send(clinic.connect("joseph"), payload, told=told)
    unseen = [{**row, "row": None, "version": None} for row in first["rows"]]
    assert again == {**first, "rows": unseen, "repeated": True}


def test_what_was_rolled_back_was_not_applied(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name="Twice"))
    sofia = clinic.connect("sofia", autocommit=False)
    send(sofia, payload)
    sofia.rollback()
    assert "repeated" not in send(sofia, payload)
    sofia.commit()
    assert one(clinic.admin(), "select count(*) from patient") == 1


def test_two_connections_with_one_operation_have_one_effect(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name="Once"))
    first, second, watcher = (
        clinic.connect("sofia", autocommit=False),
        clinic.connect("sofia"),
        clinic.admin(),
    )
    send(first, payload)
    answers: list[Json] = []
    thread = threading.Thread(target=lambda: answers.append(send(second, payload)))
    thread.start()
    wait_until(lambda: one(watcher, "select count(*) from pg_locks where not granted"))
    first.commit()
    thread.join(timeout=20)
    assert answers[0]["repeated"]
    assert one(watcher, "select count(*) from patient") == 1


def test_an_id_belongs_to_its_author_and_to_its_content(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name="Mine"))
    send(clinic.connect("sofia"), payload)
    refused(clinic.connect("anjali"), payload, "MD004")
    refused(clinic.connect("anjali"), {**payload, "author": "anjali"}, "MD004")
    other = operation(
        "sofia", added("patient", clinic.org_id, family_name="Other"), op_id=UUID(payload["id"])
    )
    refused(clinic.connect("sofia"), other, "MD004")
    assert one(clinic.admin(), "select count(*) from patient") == 1


def test_a_refused_operation_leaves_nothing_and_may_be_mended(clinic: Clinic) -> None:
    sofia, good = clinic.connect("sofia"), added("patient", clinic.org_id, family_name="Good")
    bad = added("patient", clinic.org_id, family_name="")
    refused(sofia, operation("sofia", good, bad), "23514")
    assert one(clinic.admin(), "select count(*) from applied_operation") == 0
    assert send(sofia, operation("sofia", good))["status"] == "applied"


# Conflicts


def test_independent_fields_merge(clinic: Clinic) -> None:
    who, sofia, anjali = patient(clinic), clinic.connect("sofia"), clinic.connect("anjali")
    assert (
        send(anjali, operation("anjali", changed("patient", who, 1, base={"phone": ""}, phone="1")))["merged"]
        == []
    )
    answer = send(
        sofia, operation("sofia", changed("patient", who, 1, base={"email": ""}, email="a@b.example"))
    )
    assert answer["merged"] == ["phone"]
    row = answer["rows"][0]["row"]
    assert (row["phone"], row["email"], row["version"]) == ("1", "a@b.example", 3)


def test_the_same_field_is_a_conflict_that_names_all_three_values(clinic: Clinic) -> None:
    who, sofia, anjali = patient(clinic), clinic.connect("sofia"), clinic.connect("anjali")
    send(anjali, operation("anjali", changed("patient", who, 1, base={"phone": ""}, phone="theirs")))
    told = detail(
        refused(
            sofia, operation("sofia", changed("patient", who, 1, base={"phone": ""}, phone="mine")), "MD001"
        )
    )
    assert told["fields"] == {"phone": {"base": "", "theirs": "theirs", "mine": "mine"}}
    assert (told["table"], told["id"], told["version"]) == ("patient", str(who), 2)
    assert told["by"] == str(clinic.account("anjali"))
    assert told["at"]


def test_fields_that_belong_together_conflict_together(clinic: Clinic) -> None:
    who, sofia, anjali = patient(clinic), clinic.connect("sofia"), clinic.connect("anjali")
    names = {"family_name": "Okafor", "given_name": "Amara"}
    send(anjali, operation("anjali", changed("patient", who, 1, base=names, given_name="Amarachi")))
    told = detail(
        refused(sofia, operation("sofia", changed("patient", who, 1, base=names, family_name="Eze")), "MD001")
    )
    assert told["fields"] == {"given_name": {"base": "Amara", "theirs": "Amarachi", "mine": "Amara"}}


def test_both_wrote_the_same_is_no_conflict(clinic: Clinic) -> None:
    who = patient(clinic)
    for login in ("sofia", "anjali"):
        payload = operation(login, changed("patient", who, 1, base={"phone": ""}, phone="same"))
        assert send(clinic.connect(login), payload)["status"] == "applied"


def test_values_are_compared_as_the_table_has_them(clinic: Clinic) -> None:
    who = patient(clinic, died_on="2026-01-02")
    base = {"died_on": "20260102"}
    payload = operation("sofia", changed("patient", who, 1, base=base, died_on="2026-01-03"))
    assert send(clinic.connect("sofia"), payload)["rows"][0]["row"]["died_on"] == "2026-01-03"


def test_a_row_that_is_gone_or_out_of_sight_is_said_to_be(clinic: Clinic) -> None:
    missing = uuid4()
    payload = operation("sofia", changed("patient", missing, 1, base={"phone": ""}, phone="1"))
    assert detail(refused(clinic.connect("sofia"), payload, "MD003"))["id"] == str(missing)
    who = patient(clinic)
    allergy = added("allergy", clinic.org_id, patient_id=who, substance="Latex")
    send(clinic.connect("anjali"), operation("anjali", allergy))
    unseen = operation(
        "sofia", changed("allergy", UUID(allergy["id"]), 1, base={"reaction": ""}, reaction="x")
    )
    refused(clinic.connect("sofia"), unseen, "42501")


# Rows relied on


def test_a_claim_is_refused_when_a_row_it_relied_on_has_moved(clinic: Clinic) -> None:
    who, sofia = patient(clinic), clinic.connect("sofia")
    kin = added("next_of_kin", clinic.org_id, patient_id=who, name="Chidi")
    send(
        clinic.connect("anjali"),
        operation("anjali", changed("patient", who, 1, base={"phone": ""}, phone="1")),
    )
    told = detail(refused(sofia, operation("sofia", kin, relied_on=[relied("patient", who, 1)]), "MD002"))
    assert (told[0]["id"], told[0]["version"], told[0]["gone"]) == (str(who), 2, False)
    assert send(sofia, operation("sofia", kin, relied_on=[relied("patient", who, 2)]))["moved"] == []


def test_a_fact_that_relied_on_a_moved_row_is_flagged_and_kept(clinic: Clinic) -> None:
    who = patient(clinic)
    kin = added("next_of_kin", clinic.org_id, patient_id=who, name="Chidi")
    send(
        clinic.connect("anjali"),
        operation("anjali", changed("patient", who, 1, base={"phone": ""}, phone="1")),
    )
    answer = send(
        clinic.connect("sofia"), operation("sofia", kin, kind="fact", relied_on=[relied("patient", who, 1)])
    )
    assert answer["status"] == "applied"
    assert answer["moved"][0]["id"] == str(who)


def test_as_left_by_an_earlier_operation(clinic: Clinic) -> None:
    who, sofia = patient(clinic), clinic.connect("sofia")
    first = operation("sofia", changed("patient", who, 1, base={"phone": ""}, phone="1"))
    send(sofia, first)
    left = relied("patient", who, left_by=UUID(first["id"]))

    def kin() -> Json:
        return added("next_of_kin", clinic.org_id, patient_id=who, name="Chidi")

    assert send(sofia, operation("sofia", kin(), relied_on=[left]))["moved"] == []
    send(
        clinic.connect("anjali"),
        operation("anjali", changed("patient", who, 2, base={"email": ""}, email="x")),
    )
    refused(sofia, operation("sofia", kin(), relied_on=[left]), "MD002")
    # What a PC has done itself is news to nobody there, whoever of its people did it.
    assert send(clinic.connect("anjali"), operation("anjali", kin(), relied_on=[left]))["moved"] == []


# Facts


def test_a_told_fact_is_never_refused(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name=""), kind="fact")
    refused(clinic.connect("sofia"), payload, "23514")
    answer = send(clinic.connect("sofia"), payload, told=True)
    assert (answer["status"], answer["sqlstate"], answer["rows"]) == ("held", "23514", [])
    held = one(clinic.admin(), "select author, payload->>'id', sqlstate, reason from held_fact")
    assert held == ("sofia", payload["id"], "23514", answer["reason"])
    assert send(clinic.connect("sofia"), payload, told=True)["repeated"]
    assert one(clinic.admin(), "select count(*) from held_fact") == 1


@pytest.mark.parametrize("told", [False, True])
def test_a_claim_is_refused_whatever_was_said(clinic: Clinic, told: bool) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name=""))
    refused(clinic.connect("sofia"), payload, "23514", told=told)


def test_a_told_fact_without_the_right_to_it_is_held_and_nothing_else_is_done(clinic: Clinic) -> None:
    who = patient(clinic)
    kin = added("next_of_kin", clinic.org_id, patient_id=who, name="Chidi")
    allergy = added("allergy", clinic.org_id, patient_id=who, substance="Latex")
    answer = send(clinic.connect("sofia"), operation("sofia", kin, allergy, kind="fact"), told=True)
    assert (answer["status"], answer["sqlstate"]) == ("held", "42501")
    assert one(clinic.admin(), "select count(*) from next_of_kin") == 0
    assert one(clinic.admin(), "select count(*) from allergy") == 0


def test_a_told_fact_in_conflict_is_held(clinic: Clinic) -> None:
    who = patient(clinic)
    send(
        clinic.connect("anjali"),
        operation("anjali", changed("patient", who, 1, base={"phone": ""}, phone="theirs")),
    )
    mine = operation("sofia", changed("patient", who, 1, base={"phone": ""}, phone="mine"), kind="fact")
    assert send(clinic.connect("sofia"), mine, told=True)["sqlstate"] == "MD001"
    assert one(clinic.admin(), "select phone from patient") == "theirs"


def test_nobody_holds_a_fact_of_another_or_of_nothing(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name="X"))
    send(clinic.connect("sofia"), payload)
    for login, op in (("anjali", payload), ("sofia", payload), ("sofia", operation("sofia"))):
        clinic.connect(login).execute("select hold_fact(%s::jsonb, '23514', 'because')", (json.dumps(op),))
    assert one(clinic.admin(), "select count(*) from held_fact") == 0


# Numbers and identifiers


def test_two_registrations_at_once_get_two_numbers(clinic: Clinic) -> None:
    connections = [clinic.connect(login) for login in ("sofia", "anjali", "joseph")]
    barrier, numbers = threading.Barrier(3), list[str]()

    def register(connection: psycopg.Connection) -> None:
        for _ in range(20):
            barrier.wait(timeout=20)
            row = added("patient", clinic.org_id, family_name="Race")
            answer = send(connection, operation(connection.info.user, row, kind="fact"))
            numbers.append(answer["rows"][0]["row"]["file_no"])

    threads = [threading.Thread(target=register, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(number.split("-")[1] for number in numbers) == [f"{number:05}" for number in range(1, 61)]


@pytest.mark.parametrize("told", [False, True])
def test_a_provisional_number_is_kept_only_where_somebody_was_told_it(clinic: Clinic, told: bool) -> None:
    row = added("patient", clinic.org_id, family_name="Outage", provisional_no="P-ABC-17")
    answer = send(clinic.connect("sofia"), operation("sofia", row, kind="fact"), told=told)
    given = answer["rows"][0]["row"]
    assert given["file_no"]
    assert given["provisional_no"] == ("P-ABC-17" if told else None)
    found = clinic.admin().execute("select kind, value from patient_identifier").fetchall()
    assert found == ([("provisional", "P-ABC-17")] if told else [])


def test_file_numbers_are_the_servers(clinic: Clinic) -> None:
    sofia, row = clinic.connect("sofia"), added("patient", clinic.org_id, family_name="X", file_no="26-99999")
    refused(sofia, operation("sofia", row), "42501")
    who = patient(clinic)
    number = one(clinic.admin(), "select file_no from patient")
    forged = changed("patient", who, 1, base={"file_no": number}, file_no="26-99999")
    refused(sofia, operation("sofia", forged), "42501")
    clinic.admin().execute("update patient set file_no = 'forged', provisional_no = 'forged'")
    assert one(clinic.admin(), "select file_no, provisional_no from patient") == (number, None)


def identified(clinic: Clinic, name: str, value: str) -> tuple[Json, Json]:
    row = added("patient", clinic.org_id, family_name=name)
    number = added("patient_identifier", clinic.org_id, patient_id=row["id"], kind="national_id", value=value)
    return row, number


def test_an_identifier_of_another_file_is_refused_while_one_can_ask(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia")
    send(sofia, operation("sofia", *identified(clinic, "First", "123"), kind="fact"))
    refused(sofia, operation("sofia", *identified(clinic, "Second", "123"), kind="fact"), "23505")
    assert one(clinic.admin(), "select count(*) from patient") == 1


def test_a_told_identifier_of_another_file_is_disputed_and_a_merge_proposed(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia")
    first, second = identified(clinic, "First", "123"), identified(clinic, "Second", "123")
    send(sofia, operation("sofia", *first, kind="fact"))
    answer = send(sofia, operation("sofia", *second, kind="fact"), told=True)
    assert answer["status"] == "applied"
    assert answer["rows"][1]["row"]["disputed"]
    merge = one(clinic.admin(), "select kept_id, merged_id, state, reason from patient_merge")
    assert merge == (UUID(first[0]["id"]), UUID(second[0]["id"]), "proposed", "same national id 123")
    third = identified(clinic, "Third", "123")
    send(sofia, operation("sofia", *third, kind="fact"), told=True)
    assert one(clinic.admin(), "select count(*) from patient_merge") == 2


def test_two_told_registrations_of_one_identifier_at_once_meet(clinic: Clinic) -> None:
    first, second = clinic.connect("sofia", autocommit=False), clinic.connect("joseph")
    watcher = clinic.admin()
    send(first, operation("sofia", *identified(clinic, "First", "9"), kind="fact"), told=True)
    payload = operation("joseph", *identified(clinic, "Second", "9"), kind="fact")
    answers: list[Json] = []
    thread = threading.Thread(target=lambda: answers.append(send(second, payload, told=True)))
    thread.start()
    wait_until(lambda: one(watcher, "select count(*) from pg_locks where not granted"))
    first.commit()
    thread.join(timeout=20)
    assert answers[0]["status"] == "applied"
    assert one(watcher, "select count(*) from patient_merge where state = 'proposed'") == 1


def test_allergies_are_flagged_for_those_who_may_not_read_them(clinic: Clinic) -> None:
    who, anjali, sofia = patient(clinic), clinic.connect("anjali"), clinic.connect("sofia")
    allergy = added("allergy", clinic.org_id, patient_id=who, substance="Latex")
    send(anjali, operation("anjali", allergy))
    assert one(sofia, "select has_allergy from patient")
    refute = changed("allergy", UUID(allergy["id"]), 1, base={"state": "active"}, state="refuted")
    send(anjali, operation("anjali", refute))
    assert not one(sofia, "select has_allergy from patient")


# What cannot be forged


@pytest.mark.parametrize("column", ["created_by", "updated_by", "created_at", "updated_at", "version"])
def test_stamps_are_the_servers(clinic: Clinic, column: str) -> None:
    value: Any = {"version": 7}.get(column, str(uuid4()) if column.endswith("by") else "2001-01-01T00:00:00Z")
    sofia = clinic.connect("sofia")
    row = added("patient", clinic.org_id, **{"family_name": "X", column: value})
    refused(sofia, operation("sofia", row), "42501")
    forged = {**changed("patient", patient(clinic), 1, base={}), "values": {column: value}}
    refused(sofia, operation("sofia", forged), "42501")
    before = one(clinic.admin(), f"select {column} from patient")
    clinic.admin().execute(f"update patient set {column} = %s".encode(), (value,))
    after = one(clinic.admin(), f"select {column} from patient")
    assert str(after) != str(value)
    assert after == before or column in {"version", "updated_at", "updated_by"}


def test_the_trail_names_who_where_and_which_operation(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name="Seen"))
    send(clinic.connect("sofia"), payload)
    trail = one(
        clinic.admin(),
        "select login, station, op_id::text, action, changes->>'family_name', address from audit_log "
        "where tbl = 'patient'",
    )
    assert trail == ("sofia", "Reception 2", payload["id"], "insert", "Seen", "127.0.0.1")


def test_the_trail_keeps_old_and_new_and_leaves_bytes_out(clinic: Clinic) -> None:
    who, sofia = patient(clinic), clinic.connect("sofia")
    send(sofia, operation("sofia", changed("patient", who, 1, base={"phone": ""}, phone="555")))
    newest = "select changes from audit_log where tbl = %s order by seq desc limit 1"
    assert one(clinic.admin(), newest, "patient") == {"phone": ["", "555"]}
    photo = added(
        "patient_photo", clinic.org_id, patient_id=who, media_type="image/png", content="\\x89504e47"
    )
    send(sofia, operation("sofia", photo))
    assert "content" not in one(clinic.admin(), newest, "patient_photo")
    base = {"content": "\\x89504e47", "media_type": "image/png"}
    send(
        sofia,
        operation("sofia", changed("patient_photo", UUID(photo["id"]), 1, base=base, content="\\x8950")),
    )
    assert one(clinic.admin(), newest, "patient_photo") == {"content": "changed"}


def test_an_answer_cannot_be_forged(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name="X"))
    answer = send(clinic.connect("sofia"), payload)
    for login in ("sofia", "anjali"):
        with pytest.raises(psycopg.Error):
            clinic.connect(login).execute("select op_end(%s, '{}')", (payload["id"],))
    assert send(clinic.connect("sofia"), payload) == {**answer, "repeated": True}


@pytest.mark.parametrize(
    "table", ["audit_log", "applied_operation", "pg_authid", "nonsense", "patient; drop"]
)
def test_only_synchronised_tables_are_written(clinic: Clinic, table: str) -> None:
    for write in (added(table, clinic.org_id), changed(table, uuid4(), 1, base={}, tbl="x")):
        with pytest.raises(psycopg.Error) as raised:
            send(clinic.connect("ingrid"), operation("ingrid", write))
        assert raised.value.sqlstate in {"42501", "42P01", "42703"}


@pytest.mark.parametrize("thing", ["temp table patient (id uuid)", "table medidesk.x (id uuid)", "schema x"])
def test_people_make_nothing_that_could_stand_in_for_ours(clinic: Clinic, thing: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        clinic.connect("ingrid").execute(f"create {thing}".encode())


# Which server this is


def test_another_cluster_applies_and_feeds_nothing(clinic: Clinic) -> None:
    clinic.admin().execute("update server_identity set system_identifier = 1")
    sofia = clinic.connect("sofia")
    refused(sofia, operation("sofia", added("patient", clinic.org_id, family_name="X")), "MD010")
    for call in ("select hello()", "select * from pull_head()", "select * from feed_since('1:1:')"):
        with pytest.raises(psycopg.Error) as raised:
            sofia.execute(call.encode())
        assert raised.value.sqlstate == "MD010"


def test_sending_can_be_paused(clinic: Clinic) -> None:
    payload = operation("sofia", added("patient", clinic.org_id, family_name="X"))
    admin, sofia = clinic.admin(), clinic.connect("sofia")
    admin.execute("update server_identity set sending_paused = true")
    refused(sofia, payload, "MD011")
    admin.execute("update server_identity set sending_paused = false")
    assert send(sofia, payload)["status"] == "applied"


def test_nothing_is_written_by_default(clinic: Clinic) -> None:
    with (
        psycopg.connect(clinic.url("sofia")) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("update patient set phone = ''")


def test_an_answer_given_again_waits_for_the_standby_like_the_first(clinic: Clinic) -> None:
    """Only what commits something waits for synchronous replication, which the first may have been cut off from."""
    payload = operation("sofia", added("patient", clinic.org_id, family_name="Once"), kind="fact")
    send(clinic.connect("sofia"), payload)
    for _ in range(3):
        with clinic.connect("sofia") as sofia, sofia.transaction():
            sofia.execute("set transaction read write")
            assert one(sofia, "select op_begin(%s)", Jsonb(payload))["repeated"]
            assert one(sofia, "select pg_current_xact_id_if_assigned()") is not None
