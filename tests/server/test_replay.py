"""Replay against those who would abuse it: forged papers, others' journals, people who are no administrators."""

import hashlib
import time
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from medidesk.errors import MediDeskError, NotAllowed, ServerProblem
from medidesk.server import migrate, replay
from tests.support.database import BEFORE, PEOPLE, Clinic, Template, new_clinic
from tests.support.operations import Json, added, changed, one, operation, send

NOT_ADMINISTRATORS = sorted(login for login in PEOPLE if login != "ingrid")


def entry(payload: Json, answer: Json) -> Json:
    """An operation as its station's journal has it."""
    text = psycopg.types.json.json.dumps(payload)  # type: ignore[attr-defined]
    return {"payload": text, "receipt": answer["receipt"], "told": False}


def registered(clinic: Clinic, login: str = "sofia", **values: Any) -> tuple[Json, Json]:
    """A registration that the server has acknowledged: its payload and the answer."""
    payload = operation(
        login, added("patient", clinic.org_id, **{"family_name": "Okafor", **values}), kind="fact"
    )
    return payload, send(clinic.connect(login), payload)


def forget(clinic: Clinic, *payloads: Json) -> None:
    """As if these operations lay after the backup that the server came back from."""
    admin = clinic.admin()
    for payload in payloads:
        admin.execute("delete from applied_operation where op_id = %s", (payload["id"],))
        for write in payload["writes"]:
            admin.execute(f"delete from {write['table']} where id = %s".encode(), (write["id"],))
    admin.execute("delete from number_series")


def upload(connection: psycopg.Connection, station: object, *entries: Json, complete: bool = True) -> Json:
    answer: Json = one(
        connection,
        "select replay_upload(%s, 'PC', %s, '[]', %s)",
        *(UUID(str(station)), Jsonb(list(entries)), complete),
    )
    return answer


def refused(connection: psycopg.Connection, query: str, *values: object) -> str | None:
    with pytest.raises(psycopg.Error) as raised:
        connection.execute(query.encode(), values)
    return raised.value.sqlstate


# Receipts


def test_a_receipt_says_who_what_where_and_which_numbers_and_is_the_same_when_asked_again(
    clinic: Clinic,
) -> None:
    payload, answer = registered(clinic)
    paper = answer["receipt"]
    (written,) = answer["rows"]
    said = ("of", "op", "author", "station", "epoch", "history", "told", "numbers")
    assert {name: paper[name] for name in said} == {
        "of": "operation",
        "op": payload["id"],
        "author": "sofia",
        "station": payload["station"],
        "epoch": 1,
        "history": one(clinic.admin(), "select max(seq) from audit_log"),
        "told": False,
        "numbers": {written["id"]: written["row"]["file_no"]},
    }
    sha = one(clinic.admin(), "select encode(payload_sha, 'hex') from applied_operation")
    assert paper["sha"] == sha
    assert send(clinic.connect("sofia"), payload)["receipt"] == paper


def test_nobody_reads_or_uses_the_key(clinic: Clinic) -> None:
    for login in ("sofia", "ingrid"):
        person = clinic.connect(login)
        for query in (
            "select * from receipt_key",
            "select signed('{}')",
            "select is_signed('{}')",
            "select receipt(gen_random_uuid(), true)",
            "select * from replay_entry",
            "insert into acting_for (login, at, numbers) values ('anjali', now(), '{}')",
            "select apply_on_behalf('{}', true, now(), true, '{}')",
            "select hold_on_behalf('{}', '', '')",
            "select begin_epoch(true)",
            "select replay_run(gen_random_uuid())",
            "select replay_report(gen_random_uuid())",
        ):
            assert refused(person, query) == "42501", query


def test_numbers_and_author_of_a_receipt_are_the_servers_word(clinic: Clinic) -> None:
    """`op_end` can be called by hand, with any answer."""
    sofia = clinic.connect("sofia", autocommit=False)
    payload = operation("sofia", added("patient", clinic.org_id, family_name="X"))
    sofia.execute("select op_begin(%s)", (Jsonb(payload),))
    forged = {"status": "applied", "rows": [], "told": False, "receipt": {"author": "anjali"},
              "numbers": {payload["writes"][0]["id"]: "26-99999"}}  # fmt: skip
    answer = one(sofia, "select op_end(%s, %s)", payload["id"], Jsonb(forged))
    assert (answer["receipt"]["author"], answer["receipt"]["numbers"]) == ("sofia", {})


# Who may


@pytest.mark.parametrize("login", NOT_ADMINISTRATORS)
def test_only_administrators_open_epochs_and_replays_and_release(clinic: Clinic, login: str) -> None:
    person = clinic.connect(login)
    for query in (
        "select new_epoch()",
        "select replay_open()",
        "select replay_status()",
        "select replay_close(true)",
    ):
        assert refused(person, query) == "42501", query
    clinic.admin().execute("update user_account set state = 'suspended' where login <> %s", (login,))
    whose = "sofia" if login != "sofia" else "anjali"
    waits = operation(whose, added("patient", clinic.org_id, family_name="Waits"))
    assert refused(person, "select release_operation(%s, true)", Jsonb(waits)) == "MD013"
    with pytest.raises(NotAllowed):
        replay.open_replay(person)
    assert one(clinic.admin(), "select epoch, sending_paused from server_identity") == (1, False)


def test_an_administrator_of_one_branch_decides_nothing_about_the_server_of_all(clinic: Clinic) -> None:
    clinic.admin().execute(
        "select approve_account('olive', null, (select staff_id from user_account where login = 'olive'), "
        "'manager', %s)",
        (clinic.network_id,),
    )
    ingrid = clinic.connect("ingrid")
    for query in ("select new_epoch()", "select replay_open()", "select replay_close(true)"):
        assert refused(ingrid, query) == "42501"


def test_nothing_is_handed_in_while_no_replay_is_open(clinic: Clinic) -> None:
    payload, answer = registered(clinic)
    values = (UUID(payload["station"]), Jsonb([entry(payload, answer)]))
    query = "select replay_upload(%s, 'PC', %s, '[]', true)"
    assert refused(clinic.connect("sofia"), query, *values) == "MD012"
    with pytest.raises(MediDeskError, match="no replay is open"):
        replay.close_replay(clinic.connect("ingrid"))
    ingrid = clinic.connect("ingrid")
    replay.open_replay(ingrid)
    replay.close_replay(ingrid, anyway=True)
    assert refused(clinic.connect("sofia"), query, *values) == "MD012"
    suspended = clinic.connect("rui")
    clinic.admin().execute("update user_account set state = 'suspended' where login = 'rui'")
    replay.open_replay(ingrid)
    assert refused(suspended, query, *values) == "42501"


def test_sending_is_paused_while_a_replay_is_open(clinic: Clinic) -> None:
    ingrid = clinic.connect("ingrid")
    assert replay.open_replay(ingrid) == replay.open_replay(ingrid)
    payload = operation("sofia", added("patient", clinic.org_id, family_name="Waits"))
    with pytest.raises(psycopg.Error) as raised:
        send(clinic.connect("sofia"), payload)
    assert raised.value.sqlstate == "MD011"
    begun = replay.close_replay(ingrid).epoch
    assert begun > 1
    assert send(clinic.connect("sofia"), payload)["epoch"] == begun


# What is believed


def test_forged_altered_and_others_entries_are_rejected_and_listed(clinic: Clinic) -> None:
    payload, answer = registered(clinic)
    other, others_answer = registered(clinic, "anjali")
    forget(clinic, payload, other)
    good = entry(payload, answer)
    paper = good["receipt"]
    altered = {**payload, "writes": [added("patient", clinic.org_id, family_name="Altered")]}
    forged = {**paper, "hmac": "0" * 64}
    bad = [
        {**good, "receipt": forged},
        {**good, "receipt": {**paper, "numbers": {payload["writes"][0]["id"]: "26-00777"}}},
        {**good, "receipt": {**paper, "author": "anjali"}},
        {**good, "receipt": {**paper, "epoch": 7}},
        {**good, "receipt": {name: value for name, value in paper.items() if name != "hmac"}},
        {**good, "receipt": None},
        {**good, "payload": entry(altered, answer)["payload"]},
        {**good, "payload": entry({**payload, "author": "ingrid"}, answer)["payload"]},
        {**good, "payload": "{not json"},
        {**good, "payload": {"id": payload["id"]}},
        {**good, "receipt": others_answer["receipt"]},
        {},
    ]
    ingrid = clinic.connect("ingrid")
    replay.open_replay(ingrid)
    rui = clinic.connect("rui")
    assert upload(rui, payload["station"], *bad)["accepted"] == 0
    # Another station's journal, under this one's name.
    assert upload(rui, payload["station"], entry(other, others_answer))["accepted"] == 0
    # A forged one that came first is not in the way of the true one.
    assert upload(rui, payload["station"], good) == {"accepted": 1, "rejected": []}
    report = replay.close_replay(ingrid, anyway=True)
    assert len(report.rejected) == len(bad) + 1
    assert {one["login"] for one in report.rejected} == {"rui"}
    assert (report.total("applied"), report.total("failed")) == (1, 0)
    assert one(clinic.admin(), "select family_name, file_no from patient") == (
        "Okafor",
        next(iter(paper["numbers"].values())),
    )


def test_a_witness_is_no_receipt_and_a_receipt_of_another_clinic_is_none_here(clinic: Clinic) -> None:
    payload, answer = registered(clinic)
    admin = clinic.admin()
    xid = one(admin, "select xid::text from audit_log order by seq desc limit 1")
    (witness,) = one(clinic.connect("sofia"), "select witnesses(array[%s]::xid8[])", xid)
    admin.execute("update server_identity set server_id = gen_random_uuid()")
    replay.open_replay(clinic.connect("ingrid"))
    good = entry(payload, answer)
    answer = upload(clinic.connect("sofia"), payload["station"], good, {**good, "receipt": witness})
    assert [one["reason"] for one in answer["rejected"]] == ["the receipt is not signed by this server"] * 2


def test_a_journal_comes_in_parts_of_bounded_size(clinic: Clinic) -> None:
    replay.open_replay(clinic.connect("ingrid"))
    sofia = clinic.connect("sofia")
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        upload(sofia, uuid4(), *[{}] * 501)
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        upload(sofia, uuid4(), {"payload": "x" * 34_000_000})
    assert upload(sofia, uuid4(), {"payload": "x" * 5_000_000})["accepted"] == 0
    for _ in range(3):
        upload(sofia, uuid4(), *[{}] * 200)
    assert one(clinic.admin(), "select count(*) from replay_rejection") == 200


def test_what_was_signed_without_being_judged_is_judged_when_it_is_brought_back(clinic: Clinic) -> None:
    """The ledger's two halves can be called by hand: a receipt says that an operation was acknowledged, not that
    its author had a right to it.
    """
    rui = clinic.connect("rui")  # a cashier, who reads patients and writes nothing
    patient = registered(clinic)[0]["writes"][0]["id"]
    account = str(clinic.account("rui"))
    wishes = [
        added("user_role", clinic.org_id, user_account_id=account, role="administrator"),
        added("patient", clinic.org_id, family_name="X"),
        changed("patient", UUID(patient), 1, base={"phone": ""}, phone="1"),
        {**added("patient", clinic.org_id, family_name="X"), "table": "receipt_key"},
        {**added("patient", clinic.org_id, family_name="X"), "table": "patient; drop table patient"},
    ]
    entries = []
    for wish in wishes:
        payload = operation("rui", wish, kind="fact")
        with rui.transaction():
            rui.execute("select op_begin(%s)", (Jsonb(payload),))
            answer = one(
                rui, 'select op_end(%s, \'{"status": "applied", "rows": [], "told": true}\')', payload["id"]
            )
        entries.append(entry(payload, answer))
    clinic.admin().execute("delete from applied_operation where author = 'rui'")
    ingrid = clinic.connect("ingrid")
    replay.open_replay(ingrid)
    assert upload(rui, operation("rui")["station"], *entries)["accepted"] == len(wishes)
    report = replay.close_replay(ingrid, anyway=True)
    assert report.total("applied") == 0
    assert {one["sqlstate"] for one in report.failed} == {"42501"}
    assert one(clinic.admin(), "select count(*) from user_role where role = 'administrator'") == 1
    assert one(clinic.admin(), "select count(*), max(phone) from patient") == (1, "")


def test_an_insert_that_is_checked_as_one_row_is_not_written_as_another(clinic: Clinic) -> None:
    """Its id stands twice in an operation."""
    seen, answer = registered(clinic)
    wish = added("patient", clinic.org_id, family_name="X")
    payload = operation("sofia", {**wish, "id": seen["writes"][0]["id"]}, kind="fact")
    sofia = clinic.connect("sofia")
    answer = send(sofia, payload)
    forget(clinic, {**payload, "writes": [wish]})
    ingrid = clinic.connect("ingrid")
    replay.open_replay(ingrid)
    upload(sofia, payload["station"], entry(payload, answer))
    assert [one["sqlstate"] for one in replay.close_replay(ingrid, anyway=True).failed] == ["42501"]


def test_after_a_replay_its_own_transaction_acts_for_nobody(clinic: Clinic) -> None:
    payload, answer = registered(clinic, "anjali")
    forget(clinic, payload)
    ingrid = clinic.connect("ingrid", autocommit=False)
    replay.open_replay(ingrid)
    ingrid.commit()
    upload(clinic.connect("sofia"), payload["station"], entry(payload, answer))
    replay.close_replay(ingrid, anyway=True)
    ingrid.execute("select set_config('medidesk.acting', 'on', true), set_config('medidesk.operation', %s, true)",
                   (payload["id"],))  # fmt: skip
    ingrid.execute("update patient set phone = '1'")
    ingrid.commit()
    trail = one(
        clinic.admin(),
        "select login, attested_by from audit_log where tbl = 'patient' order by seq desc limit 1",
    )
    assert trail == ("ingrid", None)
    assert one(clinic.admin(), "select count(*) from acting_for") == 0


@pytest.mark.parametrize("setting", ["medidesk.acting", "medidesk.attested", "medidesk.told"])
def test_no_setting_of_a_connection_makes_somebody_else(clinic: Clinic, setting: str) -> None:
    sofia = clinic.connect("sofia")
    sofia.execute("select set_config(%s, 'on', false)", (setting,))
    send(sofia, operation("sofia", added("patient", clinic.org_id, family_name="X")))
    trail = one(clinic.admin(), "select login, attested_by from audit_log where tbl = 'patient'")
    assert trail == ("sofia", None)


def test_a_search_path_of_ones_own_changes_nothing(clinic: Clinic) -> None:
    payload, answer = registered(clinic)
    forget(clinic, payload)
    for login in ("sofia", "ingrid"):
        person = clinic.connect(login)
        assert refused(
            person, "create function pg_temp.is_signed(jsonb) returns boolean language sql as 'select true'"
        )
        person.execute("set search_path = pg_temp, public")
        with pytest.raises(psycopg.Error):
            person.execute("select is_signed('{}')")
    ingrid, sofia = clinic.connect("ingrid"), clinic.connect("sofia")
    for person in (ingrid, sofia):
        person.execute("set search_path = pg_temp, public")
    one(ingrid, "select medidesk.replay_open()")
    bad = {**entry(payload, answer), "receipt": {**answer["receipt"], "hmac": "0"}}
    handed = one(
        sofia,
        "select medidesk.replay_upload(%s, 'PC', %s, '[]', true)",
        *(UUID(payload["station"]), Jsonb([bad, entry(payload, answer)])),
    )
    assert handed["accepted"] == 1
    report = one(ingrid, "select medidesk.replay_close(true)")
    assert [(count["state"], count["count"]) for count in report["counts"]] == [("applied", 1)]


# Pausing needs a proof


def witness(clinic: Clinic, login: str = "sofia") -> Json:
    xid = one(clinic.admin(), "select xid::text from audit_log order by seq desc limit 1")
    (paper,) = one(clinic.connect(login), "select witnesses(array[%s]::xid8[])", xid)
    found: Json = paper
    return found


def test_nobody_stops_the_clinic_without_a_proof(clinic: Clinic) -> None:
    _, answer = registered(clinic)
    paper, sofia = witness(clinic), clinic.connect("sofia")
    invented = {**paper, "nonce": str(uuid4())}
    digest = hashlib.sha256(b"guess").hexdigest()
    wrong: list[Any] = [paper, invented, {**invented, "hmac": digest}, answer["receipt"]]
    for wish in (*wrong, {}, [], "x", None, {"hmac": None}):
        assert one(sofia, "select pause_sending(%s)", Jsonb(wish)) is False
    assert not one(clinic.admin(), "select sending_paused from server_identity")


def test_a_row_that_is_rolled_back_is_never_signed(clinic: Clinic) -> None:
    registered(clinic)
    rui = clinic.connect("anjali", autocommit=False)
    rui.execute("update patient set phone = '1'")
    mine = one(rui, "select pg_current_xact_id()::text")
    # A later transaction ends before: one's own id then lies below what a snapshot calls finished.
    registered(clinic)
    assert one(rui, "select witnesses(array[%s]::xid8[])", mine) == []
    rui.execute("savepoint a")
    rui.execute("update patient set phone = '2'")
    assert one(rui, "select witnesses(array[%s]::xid8[])", mine) == []
    rui.rollback()
    assert one(rui, "select witnesses(array[%s]::xid8[])", mine) == []


def test_a_true_witness_that_history_lacks_stops_sending_until_a_replay_is_closed(clinic: Clinic) -> None:
    registered(clinic)
    paper, rui, ingrid = witness(clinic), clinic.connect("rui"), clinic.connect("ingrid")
    clinic.admin().execute("delete from audit_log where nonce = %s", (paper["nonce"],))
    assert one(rui, "select pause_sending(%s)", Jsonb(paper)) is True
    replay.open_replay(ingrid)
    replay.close_replay(ingrid, anyway=True)
    # The same proof again, of a loss that has been dealt with.
    assert one(rui, "select pause_sending(%s)", Jsonb(paper)) is False


def test_a_row_older_than_the_trail_proves_nothing(clinic: Clinic) -> None:
    registered(clinic)
    paper = witness(clinic)
    registered(clinic, family_name="Later")
    clinic.admin().execute("delete from audit_log where seq <= %s", (paper["seq"],))
    assert one(clinic.connect("sofia"), "select pause_sending(%s)", Jsonb(paper)) is False


def test_no_number_of_an_epoch_is_used_twice(clinic: Clinic) -> None:
    registered(clinic)
    admin, ingrid = clinic.admin(), clinic.connect("ingrid")
    begun = [replay.new_epoch(ingrid) for _ in range(3)]
    assert begun == sorted(set(begun))
    to_its_first_epoch(admin)
    time.sleep(3)  # putting back a backup takes longer; these three were begun in less
    assert replay.new_epoch(ingrid) > begun[-1], "nobody has told this server of them"

    # And with a clock that is so far behind that the time of the last one is yet to come.
    admin.execute("update server_identity set epoch = 2000000000")
    registered(clinic)
    paper = witness(clinic)
    to_its_first_epoch(admin)
    assert one(ingrid, "select pause_sending(%s)", Jsonb(paper)) is True
    assert replay.new_epoch(ingrid) == 2_000_000_001


def test_a_database_from_before_an_upgrade_counts_its_epochs_and_begins_none(
    clinic_template: Template,
) -> None:
    """Seed 260012 of ten desks: such a backup was put back, and stations took it for one that had been replaced."""
    with new_clinic(clinic_template, of=BEFORE) as clinic:
        ingrid = clinic.connect("ingrid")
        with pytest.raises(ServerProblem, match="medidesk server init"):
            replay.new_epoch(ingrid)
        assert one(ingrid, "select (hello()->>'epoch')::int") == 1
        cluster = clinic.cluster
        migrate.upgrade(clinic.url(cluster.superuser, cluster.superuser_password))
        assert replay.new_epoch(ingrid) > 200_000_000


def to_its_first_epoch(admin: psycopg.Connection) -> None:
    """As after a backup of then was put back."""
    admin.execute("delete from audit_log where epoch > 1")
    admin.execute("update server_identity set epoch = 1, known_epoch = 1")
