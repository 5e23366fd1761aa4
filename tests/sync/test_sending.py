"""What waits goes up, whatever the server, the files and our own mistakes do to one operation."""

import asyncio
import json
import threading
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.orm import Session
from sqlcipher3 import dbapi2 as sqlcipher

from medidesk.errors import StationFilesProblem
from medidesk.repositories import patients
from medidesk.station import Outcome, Queued, Saved, Station
from medidesk.sync import channel
from medidesk.sync.channel import Answer, Channel
from medidesk.sync.connection import ServerConnection, connect
from medidesk.sync.operation import Operation
from medidesk.sync.sender import TOGETHER_MOST
from tests.support.database import Clinic
from tests.support.operations import changed, operation, send
from tests.support.proxy import Proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until


def begin(station: Station, family_name: str, patience: float = 5.0) -> list[Outcome | BaseException]:
    """Register somebody; what becomes of it is in the list once it is known."""
    heard: list[Outcome | BaseException] = []
    station.submit(patients.register, {"family_name": family_name}, done=heard.append, patience=patience)
    return heard


def sender_keys(station: Station) -> list[str]:
    return [row[0] for row in station._engine.outbox._reader.execute("select author from sender").fetchall()]


def answering(admin: psycopg.Connection, instead: str) -> None:
    """The server answers with `instead`, in which `op` is what was sent, and `it` the answer as it would be."""
    admin.execute("alter function apply_operation(jsonb, boolean) rename to apply_it")
    function = (
        "create function apply_operation(op jsonb, told boolean) returns jsonb language sql as "
        f"$$ select {instead} from apply_it(op, told) it $$"
    )
    admin.execute(function.encode())
    admin.execute("grant execute on function apply_operation to public")


def answering_again(admin: psycopg.Connection) -> None:
    """The server answers as it should."""
    admin.execute("drop function apply_operation(jsonb, boolean)")
    admin.execute("alter function apply_it(jsonb, boolean) rename to apply_operation")


def test_an_account_that_is_approved_again_sends_what_waits_without_a_new_sign_in(
    clinic: Clinic, open_station: OpenStation
) -> None:
    station = open_station("sofia")
    quiet(station)
    with clinic.connect("ingrid") as ingrid:
        ingrid.execute("select suspend_account('sofia')")
        wait_until(lambda: "suspended" in station.sync.note)
        assert isinstance(station.run(patients.register, {"family_name": "Sow"}), Queued)
        wait_until(lambda: all(sender.ended for sender in station._engine.senders._running.values()))
        ingrid.execute(
            "select approve_account('sofia', null, staff_id, 'receptionist', %s) "
            "from user_account where login = 'sofia'",
            (clinic.org_id,),
        )
    station.retry_now()
    wait_until(lambda: station.sync.waiting == 0)
    assert server_rows(clinic, "select family_name from patient") == [("Sow",)]


def test_a_refusal_that_comes_after_the_account_was_approved_again_stops_nothing(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, arrives = threading.Event(), threading.Event()

    async def slow(*args: Any, **options: Any) -> ServerConnection:
        try:
            return await connect(*args, **options)
        except psycopg.Error:
            refused.set()
            await asyncio.to_thread(arrives.wait, 20)
            raise

    station = open_station("sofia")
    quiet(station)
    monkeypatch.setattr(channel, "connect", slow)
    with clinic.connect("ingrid") as ingrid:
        ingrid.execute("select suspend_account('sofia')")
        wait_until(lambda: "suspended" in station.sync.note)
        station.submit(patients.register, {"family_name": "Sow"})
        wait_until(refused.is_set)
        ingrid.execute("select let_in_again('sofia')")
    station.retry_now()
    wait_until(lambda: station.sync.state == "live")
    arrives.set()
    quiet(station)
    assert server_rows(clinic, "select family_name from patient") == [("Sow",)]


def test_a_connection_that_ended_while_it_lay_idle_is_no_outage(
    clinic: Clinic, open_station: OpenStation
) -> None:
    station = open_station("sofia")
    quiet(station)
    assert isinstance(station.run(patients.register, {"family_name": "First"}), Saved)
    sending = (
        "from pg_stat_activity where application_name ^@ 'medidesk send' and datname = current_database()"
    )
    server_rows(clinic, f"select pg_terminate_backend(pid) {sending}")
    wait_until(lambda: server_rows(clinic, f"select count(*) {sending}") == [(0,)])
    assert isinstance(station.run(patients.register, {"family_name": "Second"}), Saved)


def test_an_answer_that_cannot_be_understood_holds_up_no_other_work(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    with clinic.admin() as admin:
        answering(
            admin, "case when op #>> '{writes,0,values,family_name}' = 'Odd' then it - 'rows' else it end"
        )
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    go_offline(station, proxy)
    for family_name in ("Odd", "Fine"):
        assert isinstance(station.run(patients.register, {"family_name": family_name}), Queued)
    go_online(station, proxy)
    wait_until(lambda: station.sync.waiting == 1)
    assert [row.family_name for row in station.read(patients.search, "odd")] == ["Odd"]
    assert station.pending("patient") == {row_id for one in station.waiting() for _, row_id in one.rows}
    assert len(server_rows(clinic, "select from patient")) == 2
    assert "was not understood" in caplog.text
    assert "Odd" not in caplog.text


def test_an_answer_of_another_operation_is_not_taken_for_the_right_one(
    clinic: Clinic, open_station: OpenStation
) -> None:
    station = open_station("sofia")
    quiet(station)
    with clinic.admin() as admin:
        answering(admin, f"it || jsonb_build_object('op_id', '{uuid4()}')")
        heard = begin(station, "Sow", patience=0.5)
        wait_until(lambda: heard)
        assert isinstance(heard[0], Queued)
        assert station.sync.waiting == 1
        answering_again(admin)
    quiet(station)
    assert station.sync.waiting == 0
    assert server_rows(clinic, "select family_name from patient") == [("Sow",)]


def test_an_operation_that_the_server_does_not_get_done_in_time_holds_up_no_other_work(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medidesk.sync.channel.SEND_SECONDS", 1.0)
    with clinic.admin() as admin:
        admin.execute(
            "create function sleeps() returns trigger language plpgsql as "
            "$$ begin perform pg_sleep(5); return new; end $$"
        )
        admin.execute(
            "create trigger _sleeps before insert on patient for each row "
            "when (new.family_name = 'Endless') execute function sleeps()"
        )
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    go_offline(station, proxy)
    for family_name in ("Endless", "Fine"):
        assert isinstance(station.run(patients.register, {"family_name": family_name}), Queued)
    go_online(station, proxy)
    wait_until(lambda: station.sync.waiting == 1)
    assert server_rows(clinic, "select family_name from patient") == [("Fine",)]
    assert ["Endless" in one.title for one in station.waiting()] == [True]
    with clinic.admin() as admin:
        admin.execute("drop trigger _sleeps on patient")
    quiet(station)
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]


def test_a_long_outbox_goes_up_in_an_order_that_holds_while_earlier_answers_are_dealt_with(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    go_offline(station, proxy)
    for number in range(6):
        queued = station.run(patients.register, {"family_name": f"Patient{number}"})
        assert isinstance(queued, Queued)
        for phone in ("555 0100", f"555 020{number}"):
            assert isinstance(station.run(patients.edit, queued.row.id, {"phone": phone}), Queued)
    assert len(station.pending("patient")) == 6
    go_online(station, proxy)
    wait_until(lambda: station.sync.waiting == 0)
    assert server_rows(clinic, "select family_name, phone, version from patient order by 1") == [
        (f"Patient{number}", f"555 020{number}", 3) for number in range(6)
    ]
    assert server_rows(clinic, "select count(*) from applied_operation") == [(18,)]
    assert not station.pending("patient")
    assert not station.attention()
    # What comes next reaches the disk before anybody is told, as ever.
    full = 2
    assert station._engine.outbox._connection.execute("pragma synchronous").fetchone() == (full,)


def test_what_travels_together_is_taken_or_refused_each_by_itself(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    files = []
    for number in range(TOGETHER_MOST):
        saved = station.run(patients.register, {"family_name": f"Patient{number}"})
        assert isinstance(saved, Saved)
        files.append(saved.row.id)
    quiet(station)
    go_offline(station, proxy)
    for who in files:
        assert isinstance(station.run(patients.edit, who, {"phone": "555 0100"}), Queued)
    moved, locked = files[2], files[5]
    theirs = changed("patient", moved, 1, base={"phone": ""}, phone="555 0200")
    send(clinic.connect("anjali"), operation("anjali", theirs))
    with clinic.admin() as admin, admin.transaction():
        admin.execute("select from patient where id = %s for update", (locked,))
        go_online(station, proxy)
        wait_until(lambda: station.sync.attention == 1 and station.sync.waiting == 1)
        assert [one.rows for one in station.waiting()] == [(("patient", locked),)]
    quiet(station)
    phones = dict(server_rows(clinic, "select id, phone from patient"))
    assert phones == {who: "555 0200" if who == moved else "555 0100" for who in files}
    assert server_rows(clinic, "select count(*) from applied_operation") == [(2 * len(files),)]


@pytest.mark.parametrize("asked_in_vain", [0, 1], ids=["asked", "asked again"])
def test_what_was_applied_is_not_refused_because_its_answer_was_lost(
    clinic: Clinic,
    open_station: OpenStation,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    asked_in_vain: int,
) -> None:
    """Seed 140044 of ten desks: a server refuses to repeat an answer to somebody whose rights have ended since."""
    sofia = open_station("sofia", server=proxy.through(clinic.server))
    quiet(sofia)
    go_offline(sofia, proxy)
    outcome = sofia.run(patients.register, {"family_name": "Once"})
    assert isinstance(outcome, Queued)
    (entry,) = sofia._engine.outbox.entries("waiting")
    send(clinic.connect("sofia"), json.loads(entry.operation.payload))
    with clinic.admin() as admin:
        admin.execute(REFUSES_TO_REPEAT)
    answer_before, asked = Channel.answer_before, []

    async def ask(channel: Channel, about: Operation) -> Answer | None:
        asked.append(about)
        if len(asked) <= asked_in_vain:
            raise psycopg.OperationalError("the connection is lost")
        return await answer_before(channel, about)

    monkeypatch.setattr(Channel, "answer_before", ask)
    go_online(sofia, proxy)
    quiet(sofia, timeout=40)
    assert len(asked) == asked_in_vain + 1
    assert sofia.attention() == []
    assert not sofia.pending("patient")
    assert server_rows(clinic, "select family_name from patient") == [("Once",)]
    assert [row.id for row in sofia.read(patients.search, "once")] == [outcome.row.id]
    assert_replica_equals_server(sofia, clinic)


@pytest.mark.parametrize("mine", [True, False], ids=["this station", "another"])
def test_bytes_of_a_connection_that_was_given_up_do_not_apply_later_what_was_refused(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, mine: bool
) -> None:
    """They lie at the server, behind something that it has not done yet."""
    sofia = open_station("sofia", server=proxy.through(clinic.server))
    quiet(sofia)
    saved = sofia.run(patients.register, {"family_name": "Sow"})
    assert isinstance(saved, Saved)
    who: UUID = saved.row.id
    go_offline(sofia, proxy)
    assert isinstance(sofia.run(patients.edit, who, {"phone": "555 0100"}), Queued)
    (entry,) = sofia._engine.outbox.entries("waiting")
    name = f"medidesk send {entry.operation.station if mine else uuid4()}"
    given_up, admin, anjali = clinic.connect("sofia"), clinic.admin(), clinic.connect("anjali")
    given_up.execute("select set_config('application_name', %s, false)", (name,))
    admin.execute("select pg_advisory_lock(1)")
    late = "select pg_advisory_lock(1); select apply_operation({}, false)"
    given_up.pgconn.send_query(sql.SQL(late).format(entry.operation.payload).as_bytes(given_up))
    given_up.pgconn.flush()
    send(anjali, operation("anjali", changed("patient", who, 1, base={"phone": ""}, phone="555 0200")))
    go_online(sofia, proxy)
    wait_until(lambda: sofia.sync.attention == 1)
    send(anjali, operation("anjali", changed("patient", who, 2, base={"phone": "555 0200"}, phone="")))
    admin.execute("select pg_advisory_unlock(1)")
    at_work = f"from pg_stat_activity where application_name = '{name}' and state = 'active'"
    wait_until(lambda: server_rows(clinic, f"select count(*) {at_work}") == [(0,)])
    assert server_rows(clinic, "select phone from patient") == [("" if mine else "555 0100",)]


REFUSES_TO_REPEAT = """
alter function apply_operation(jsonb, boolean) rename to apply_it;
create function apply_operation(op jsonb, told boolean) returns jsonb language plpgsql as $$
begin
  if apply_it(op, told) ? 'repeated' then
    raise exception using errcode = '42501', message = 'permission denied for table patient';
  end if;
  raise exception 'it was never applied';
end $$;
grant execute on function apply_operation to public;
"""


def test_what_signs_an_author_in_is_forgotten_once_nothing_of_theirs_waits(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    saved = station.run(patients.register, {"family_name": "Sow"})
    assert isinstance(saved, Saved)
    who: UUID = saved.row.id
    quiet(station)
    go_offline(station, proxy)
    assert isinstance(station.run(patients.edit, who, {"phone": "555 0100"}), Queued)
    assert sender_keys(station) == ["sofia"]
    theirs = changed("patient", who, 1, base={"phone": ""}, phone="555 0200")
    send(clinic.connect("anjali"), operation("anjali", theirs))
    go_online(station, proxy)
    wait_until(lambda: station.sync.attention == 1)
    assert sender_keys(station) == []


def test_a_replica_that_cannot_be_read_keeps_nobody_waiting_for_an_answer(
    clinic: Clinic,
    open_station: OpenStation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    station = open_station("sofia")
    quiet(station)

    def unreadable() -> None:
        raise sa.exc.DatabaseError("select 'Sow'", {}, sqlcipher.DatabaseError("disk image is malformed"))

    with monkeypatch.context() as damaged:
        damaged.setattr(station._engine.replica, "sessions", unreadable)
        heard = begin(station, "Sow")
        wait_until(lambda: heard)
    assert isinstance(heard[0], Saved)
    assert server_rows(clinic, "select id from patient") == [(heard[0].row,)]
    assert "damaged" in station.sync.note
    assert "Sow" not in station.sync.note + caplog.text


def test_an_error_of_a_query_quotes_nothing_that_was_asked_for(
    clinic: Clinic, open_station: OpenStation
) -> None:
    station = open_station("sofia")

    def broken(session: Session, name: str) -> None:
        session.execute(sa.text("select nonsense from patient where family_name = :name"), {"name": name})

    with pytest.raises(StationFilesProblem) as here:
        station.read(broken, "Geheimnisvoll")
    with pytest.raises(sa.exc.ProgrammingError) as there:
        station.ask(broken, "Geheimnisvoll")
    for raised in (here.value, here.value.__cause__, there.value):
        assert "Geheimnisvoll" not in str(raised)
    assert "select" not in str(here.value)


def test_a_full_disk_delays_the_word_that_work_is_saved_here_and_does_not_lose_it(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    outbox = station._engine.outbox
    tell, tries = outbox.tell, list[UUID]()

    def no_room_at_first(operation_id: UUID) -> bool:
        tries.append(operation_id)
        if len(tries) == 1:
            raise sqlcipher.OperationalError("database or disk is full")
        return tell(operation_id)

    monkeypatch.setattr(outbox, "tell", no_room_at_first)
    proxy.black_hole()
    heard = begin(station, "Sow", patience=0.05)
    wait_until(lambda: heard)
    assert isinstance(heard[0], Queued)
    assert len(tries) > 1
    assert "disk of this PC is full" in station.sync.note
    station.drafts.keep("a form", {"letters": "A"}).result(20)
    assert station.sync.note == "", "there is room again, and nothing more to say"
    go_online(station, proxy)
    quiet(station)
    assert server_rows(clinic, "select family_name from patient") == [("Sow",)]


def test_a_letter_that_the_disk_does_not_take_is_told_in_a_sentence_and_not_held_against_the_replica(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 50007 of ten desks."""
    station = open_station("sofia")
    quiet(station)

    def fails(*_: object) -> None:
        raise sqlcipher.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(station._engine.outbox.drafts, "keep", fails)
        kept = station.drafts.keep("a form", {"letters": "A"})
        with pytest.raises(StationFilesProblem, match=r"outbox\.db"):
            kept.result(20)
    assert "outbox.db" in station.sync.note
    assert not station._engine.replica.found_damaged
    station.drafts.keep("a form", {"letters": "AB"}).result(20)
    assert station.sync.note == ""
