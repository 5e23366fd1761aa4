"""A fact that the server could only hold is decided by an administrator, and everybody has what came of it."""

import json
from uuid import UUID, uuid4

import pytest

from medidesk.errors import DomainError, ServerTooOld, ServerUnreachable
from medidesk.repositories import patients
from medidesk.station import HeldFact, Queued, Saved, Station
from medidesk.sync import problems, sender
from medidesk.sync.held import sentence
from medidesk.sync.operation import Operation
from medidesk.sync.outbox import Entry
from tests.support.database import Clinic
from tests.support.operations import added, changed, operation, send
from tests.support.proxy import Proxy
from tests.support.roles import becomes
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until


def decided(station: Station) -> bool:
    return station.sync.attention == 0 and not station.sync.held


def the_held(station: Station) -> HeldFact:
    (fact,) = station.administration.held().result(20)
    return fact


@pytest.fixture
def held(clinic: Clinic, open_station: OpenStation, proxy: Proxy) -> tuple[Station, UUID]:
    """A doctor notes an allergy while the server is away, and is a cashier when it is back."""
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    quiet(doctor)
    registered = doctor.run(patients.register, {"family_name": "Sow", "given_name": "Awa"})
    assert isinstance(registered, Saved)
    go_offline(doctor, proxy)
    noted = doctor.run(patients.add_allergy, registered.row.id, {"substance": "Latex", "severity": "severe"})
    assert isinstance(noted, Queued)
    becomes(clinic, "anjali", "cashier", instead_of="doctor")
    go_online(doctor, proxy)
    wait_until(lambda: doctor.sync.waiting == 0)
    (entry,) = doctor.attention()
    assert entry.reason == "held"
    return doctor, registered.row.id


def test_what_an_administrator_enters_is_at_every_station_and_settled_at_its_authors(
    clinic: Clinic, open_station: OpenStation, held: tuple[Station, UUID]
) -> None:
    author, patient = held
    administrator, nurse = open_station("ingrid"), open_station("joseph")
    quiet(administrator, nurse)
    wait_until(lambda: len(administrator.sync.held) == 1)
    assert nurse.sync.held == frozenset()
    fact = the_held(administrator)
    assert (fact.author, fact.patient_id, fact.line) == ("anjali", patient, "")
    assert "did not include this" in fact.sentence
    assert "Latex" not in repr(fact)
    (row,) = fact.rows
    assert (row.label, row.inserts, row.shown) == ("Allergy", True, False)
    assert ("Substance", "") in row.fields
    administrator.administration.enter(fact.op_id).result(20)
    wait_until(lambda: decided(administrator) and decided(author))
    quiet(author, administrator, nurse)
    file = nurse.read(patients.file, patient)
    assert file is not None
    assert [one.substance for one in file.allergies] == ["Latex"]
    assert author.attention() == []
    for station in (author, administrator, nurse):
        assert_replica_equals_server(station, clinic)
    assert server_rows(clinic, "select login, attested_by from audit_log where tbl = 'allergy'") == [
        ("anjali", "ingrid")
    ]
    # The receipt stays in the journal, so that a restore brings the work back.
    assert [one.op_id for one in author._engine.outbox.journal.latest(_server_id(clinic))].count(
        fact.op_id
    ) == 1


def _server_id(clinic: Clinic) -> str:
    return str(server_rows(clinic, "select server_id from server_identity")[0][0])


def test_what_is_discarded_is_gone_from_the_list_and_from_its_authors_attention(
    clinic: Clinic, open_station: OpenStation, held: tuple[Station, UUID]
) -> None:
    author, _ = held
    administrator = open_station("ingrid")
    quiet(administrator)
    fact = the_held(administrator)
    with pytest.raises(DomainError, match="Say in a few words why"):
        administrator.administration.discard(fact.op_id, "  ").result(20)
    administrator.administration.discard(fact.op_id, "noted twice").result(20)
    wait_until(lambda: decided(administrator) and decided(author))
    assert administrator.administration.held().result(20) == []
    assert server_rows(clinic, "select count(*) from allergy") == [(0,)]
    assert server_rows(clinic, "select verdict, reason from decision") == [("discarded", "noted twice")]
    quiet(author, administrator)
    for station in (author, administrator):
        assert_replica_equals_server(station, clinic)


def test_of_two_administrators_the_second_is_told_and_both_badges_go(
    clinic: Clinic, open_station: OpenStation, held: tuple[Station, UUID]
) -> None:
    with clinic.admin() as admin:
        admin.execute(
            "select approve_account(login, null, staff_id, 'administrator', %s) "
            "from user_account where login = 'olive'",
            (clinic.org_id,),
        )
    first, second = open_station("ingrid"), open_station("olive")
    fact = the_held(first)
    wait_until(lambda: fact.op_id in first.sync.held and fact.op_id in second.sync.held)
    answers = [first.administration.enter(fact.op_id), second.administration.enter(fact.op_id)]
    told = [answer.exception(20) for answer in answers]
    assert sorted(type(one).__name__ for one in told) == ["AlreadyDecided", "NoneType"]
    (error,) = [one for one in told if one is not None]
    assert "has entered this already" in str(error)
    wait_until(lambda: decided(first) and decided(second))
    assert server_rows(clinic, "select count(*) from allergy") == [(1,)]
    assert server_rows(clinic, "select count(*) from decision") == [(1,)]


def test_a_second_press_does_nothing_twice(
    clinic: Clinic, open_station: OpenStation, held: tuple[Station, UUID]
) -> None:
    administrator = open_station("ingrid")
    quiet(administrator)
    fact = the_held(administrator)
    for answer in [administrator.administration.enter(fact.op_id) for _ in range(3)]:
        answer.result(20)
    assert server_rows(clinic, "select count(*) from allergy") == [(1,)]
    assert server_rows(clinic, "select count(*) from decision") == [(1,)]


def test_what_belongs_to_something_held_is_entered_after_it(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    reception = open_station("sofia", server=proxy.through(clinic.server))
    quiet(reception)
    go_offline(reception, proxy)
    queued = reception.run(patients.register, {"family_name": "Sow"})
    assert isinstance(queued, Queued)
    reception.run(patients.add_next_of_kin, queued.row.id, {"name": "Awa", "phone": "555"})
    becomes(clinic, "sofia", "cashier", instead_of="receptionist")
    go_online(reception, proxy)
    wait_until(lambda: reception.sync.waiting == 0)
    administrator = open_station("ingrid")
    quiet(administrator)
    first, second = administrator.administration.held().result(20)
    error = administrator.administration.enter(second.op_id).exception(20)
    assert isinstance(error, DomainError)
    assert "enter that first" in str(error)
    for fact in (first, second):
        administrator.administration.enter(fact.op_id).result(20)
    quiet(administrator)
    wait_until(lambda: decided(administrator))
    file = administrator.read(patients.file, queued.row.id)
    assert file is not None
    assert [one.name for one in file.next_of_kin] == ["Awa"]
    assert [row.id for row in administrator.read(patients.search, queued.row.provisional_no)] == [
        queued.row.id
    ]
    assert_replica_equals_server(administrator, clinic)


def test_nothing_is_decided_without_the_server(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    administrator = open_station("ingrid", server=proxy.through(clinic.server))
    quiet(administrator)
    go_offline(administrator, proxy)
    ask = administrator.administration
    for answer in (ask.held(), ask.enter(uuid4()), ask.discard(uuid4(), "no"), ask.release("sofia")):
        error = answer.exception(20)
        assert isinstance(error, ServerUnreachable)
        assert str(error) == "This needs the server, which is away. Try again once it is back."


def test_an_older_server_is_asked_nothing(clinic: Clinic, open_station: OpenStation) -> None:
    with clinic.admin() as admin:
        admin.execute("update server_identity set schema_version = 2")
        for function in ("held_facts()", "held_news(uuid[])", "decide_held(uuid, text, text)"):
            admin.execute(f"drop function {function}".encode())
    bad = operation("sofia", added("patient", clinic.org_id, family_name=""), kind="fact")
    assert send(clinic.connect("sofia"), bad, told=True)["status"] == "held"
    administrator = open_station("ingrid")
    quiet(administrator)
    assert administrator.administration.held().result(20) == []
    assert administrator.sync.held == frozenset()
    error = administrator.administration.enter(UUID(bad["id"])).exception(20)
    assert isinstance(error, ServerTooOld)
    assert administrator.sync.state == "live"
    assert isinstance(administrator.run(patients.register, {"family_name": "Own"}), Saved)


def test_what_the_server_has_no_place_for_any_more_is_said_and_stays_held(
    clinic: Clinic, open_station: OpenStation
) -> None:
    bad = operation("sofia", added("patient", clinic.org_id, family_name=""), kind="fact")
    assert send(clinic.connect("sofia"), bad, told=True)["status"] == "held"
    with clinic.admin() as admin:
        admin.execute("update held_fact set payload = jsonb_set(payload, '{writes,0,values,hobby}', '1')")
    administrator = open_station("ingrid")
    quiet(administrator)
    error = administrator.administration.enter(UUID(bad["id"])).exception(20)
    assert isinstance(error, DomainError)
    assert str(error) == "The server keeps such entries in another form today. It stays held."


def test_a_server_that_has_been_upgraded_since_it_was_met_is_asked(
    open_station: OpenStation, held: tuple[Station, UUID]
) -> None:
    """Seed 110065 of ten desks."""
    author, _ = held
    author._engine.follower.held.served = False  # as it was when the connection was made
    administrator = open_station("ingrid")
    quiet(administrator)
    wait_until(lambda: len(administrator.sync.held) == 1)
    administrator.administration.enter(the_held(administrator).op_id).result(20)
    wait_until(lambda: decided(author))


@pytest.mark.parametrize(
    ("state", "message", "words"),
    [
        ("42501", "anjali may not write this to allergy", "roles of whoever entered it did not include this"),
        ("23505", 'duplicate key value violates unique constraint "allergy_pkey"', "already such an entry"),
        (
            "23505",
            'duplicate key value violates unique constraint "patient_identifier_names_one"',
            "Another file already has this number.",
        ),
        ("23503", 'insert on table "allergy" violates foreign key constraint "x_fkey"', "enter that first"),
        ("23502", 'null value in column "name" of relation "patient" violates', "must be filled in"),
        (
            "23514",
            'new row for relation "patient" violates check constraint "x"',
            "do not allow these values",
        ),
        ("22P02", "", "not of the right form"),
        ("MD001", "changed by someone else meanwhile", "theirs stands"),
        ("MD003", "the row is gone or out of sight", "enter that first"),
        ("MD005", "The number is not right.", "The number is not right."),
        ("42703", 'column "hobby" of relation "patient" does not exist', "in another form today"),
        ("XX000", "internal", "could not take it (XX000)"),
    ],
)
def test_why_it_is_held_is_said_in_plain_words(state: str, message: str, words: str) -> None:
    said = sentence(state, message)
    assert words in said
    assert not any(one in said for one in ("constraint", "relation", "column", '"'))


def test_a_fact_that_is_held_over_a_conflict_is_shown_as_held() -> None:
    """Seeds 110013 and 110071 of ten desks: a photo that others had replaced when it came to the server."""
    replaced = changed("patient_photo", uuid4(), 1, base={"deleted_at": None}, deleted_at=None)
    fact = Operation.from_payload(json.dumps(operation("sofia", replaced, kind="fact")))
    answer = {"status": "held", "sqlstate": "MD001", "reason": "changed by someone else meanwhile"}
    entry = problems.attention(Entry(fact, told=True, problem=sender.held(answer)))
    assert (entry.reason, entry.fields, entry.table) == ("held", (), "patient_photo")
    assert "changed the same fields meanwhile" in entry.sentence
    assert "Choose" not in entry.sentence


def test_nobody_else_is_told_of_any(clinic: Clinic, open_station: OpenStation) -> None:
    bad = operation("sofia", added("patient", clinic.org_id, family_name=""), kind="fact")
    send(clinic.connect("sofia"), bad, told=True)
    doctor = open_station("anjali")
    quiet(doctor)
    assert doctor.sync.held == frozenset()
    for answer in (doctor.administration.held(), doctor.administration.enter(UUID(bad["id"]))):
        assert isinstance(answer.exception(20), DomainError)


def test_what_is_held_while_an_administrator_works_is_there_when_they_look(
    clinic: Clinic, open_station: OpenStation
) -> None:
    administrator = open_station("ingrid")
    quiet(administrator)
    bad = operation("sofia", added("patient", clinic.org_id, family_name=""), kind="fact")
    send(clinic.connect("sofia"), bad, told=True)
    administrator.administration.look()
    wait_until(lambda: administrator.sync.held == {UUID(bad["id"])})


def test_what_was_refused_here_and_a_copy_of_this_disk_has_sent_since_needs_nobodys_attention(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    """Seed 230015 of ten desks: refused over a conflict, and applied once the other value was there again."""
    reception, doctor = open_station("sofia", server=proxy.through(clinic.server)), open_station("anjali")
    quiet(reception, doctor)
    registered = doctor.run(patients.register, {"family_name": "Sow", "phone": "555 0001"})
    assert isinstance(registered, Saved)
    quiet(reception, doctor)
    go_offline(reception, proxy)
    assert isinstance(reception.run(patients.edit, registered.row.id, {"phone": "555 0003"}), Queued)
    doctor.run(patients.edit, registered.row.id, {"phone": "555 0002"})
    go_online(reception, proxy)
    quiet(reception, doctor)
    (refused,) = reception.attention()
    doctor.run(patients.edit, registered.row.id, {"phone": "555 0001"})
    entry = reception._engine.outbox.entry(refused.op_id)
    assert entry is not None
    sent = send(clinic.connect("sofia"), json.loads(entry.operation.payload), told=True)
    assert sent["status"] == "applied"
    assert reception.sync.attention == 1
    reception.administration.look()
    wait_until(lambda: reception.sync.attention == 0)
    assert reception.attention() == []
    quiet(reception, doctor)
    assert server_rows(clinic, "select phone from patient") == [("555 0003",)]
    assert_replica_equals_server(reception, clinic)
