"""Two people change one file: what is independent merges, what is not is asked about, nothing is overwritten."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from medidesk.errors import DomainError
from medidesk.repositories import patients
from medidesk.repositories.patients import PatientRow
from medidesk.repositories.verbs import Verb
from medidesk.station import Queued, Refused, Saved, Station
from tests.support.database import Clinic
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

type Pair = tuple[Station, Station]

DECIDED = (
    "select a.login, d.author, d.about_table, d.about_id, d.verdict, d.reason from decision d "
    "join audit_log a on a.tbl = 'decision' and a.row_id = d.id order by a.seq"
)


@pytest.fixture
def pair(clinic: Clinic, open_station: OpenStation, proxy: Proxy) -> Pair:
    """A reception behind a network that can fail, and a doctor."""
    reception = open_station("sofia", server=proxy.through(clinic.server))
    doctor = open_station("anjali")
    quiet(reception, doctor)
    return reception, doctor


def saved(station: Station, verb: Verb, *args: Any) -> Any:
    outcome = station.run(verb, *args)
    assert isinstance(outcome, Saved), outcome
    return outcome.row


def queued(station: Station, verb: Verb, *args: Any) -> Any:
    outcome = station.run(verb, *args)
    assert isinstance(outcome, Queued), outcome
    return outcome.row


def new_patient(pair: Pair, **more: object) -> UUID:
    row: PatientRow = saved(pair[1], patients.register, {"family_name": "Sow", "phone": "555 0001", **more})
    quiet(*pair)
    return row.id


def patient(station: Station, patient_id: UUID) -> PatientRow:
    row = station.read(patients.by_id, patient_id)
    assert row is not None
    return row


def decide(station: Station, op_id: UUID, choices: Mapping[str, str]) -> Any:
    return answer(lambda done: station.decide(op_id, choices, done=done))


def answer(ask: Callable[[Callable[[Any], None]], None]) -> Any:
    told: list[Any] = []
    ask(told.append)
    wait_until(lambda: told)
    return told[0]


def conflict(pair: Pair, proxy: Proxy, theirs: dict[str, Any], mine: dict[str, Any]) -> UUID:
    """The reception changes a file offline that the doctor changes meanwhile."""
    one = new_patient(pair)
    go_offline(pair[0], proxy)
    queued(pair[0], patients.edit, one, mine)
    saved(pair[1], patients.edit, one, theirs)
    go_online(pair[0], proxy)
    quiet(*pair)
    return one


def test_independent_fields_merge_without_a_word(pair: Pair, proxy: Proxy, clinic: Clinic) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"address": "Rua 5", "city": "Porto"})
    for station in pair:
        row = patient(station, one)
        assert (row.phone, row.address, row.city) == ("555 0002", "Rua 5", "Porto")
        assert station.attention() == []
        assert_replica_equals_server(station, clinic)


def test_one_field_changed_on_both_sides_is_asked_about_where_it_was_entered_offline(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"phone": "555 0003", "email": "s@example.org"})
    reception, doctor = pair
    assert doctor.attention() == []
    (entry,) = reception.attention()
    assert entry.reason == "conflict"
    (field,) = entry.fields
    assert (field.name, field.base, field.theirs, field.mine) == ("phone", "555 0001", "555 0002", "555 0003")
    assert entry.theirs_by == clinic.account("anjali")
    assert entry.row_id == one
    assert reception.sync.attention == 1
    assert reception.sync.waiting == 0
    for station in pair:
        assert patient(station, one).phone == "555 0002"
        assert_replica_equals_server(station, clinic)


@pytest.mark.parametrize(
    ("choice", "phone"), [("mine", "555 0003"), ("theirs", "555 0002"), ("base", "555 0001")]
)
def test_a_persons_choice_is_carried_out(
    pair: Pair, proxy: Proxy, clinic: Clinic, choice: str, phone: str
) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"phone": "555 0003", "email": "s@example.org"})
    reception = pair[0]
    (entry,) = reception.attention()
    outcome = decide(reception, entry.op_id, {"phone": choice})
    assert not isinstance(outcome, Exception), outcome
    quiet(*pair)
    for station in pair:
        row = patient(station, one)
        assert (row.phone, row.email) == (phone, "s@example.org")
        assert_replica_equals_server(station, clinic)
    assert reception.attention() == []
    assert reception.sync.attention == 0
    verdict = choice if choice != "base" else "combined"
    assert server_rows(clinic, DECIDED) == [("sofia", "sofia", "patient", one, verdict, "")]


def test_a_choice_is_asked_about_again_where_the_field_has_moved_once_more(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"phone": "555 0003"})
    reception, doctor = pair
    (entry,) = reception.attention()
    saved(doctor, patients.edit, one, {"phone": "555 0004"})
    decide(reception, entry.op_id, {"phone": "mine"})
    quiet(*pair)
    (again,) = reception.attention()
    assert again.op_id != entry.op_id
    assert (again.fields[0].base, again.fields[0].theirs, again.fields[0].mine) == (
        "555 0002",
        "555 0004",
        "555 0003",
    )
    assert patient(doctor, one).phone == "555 0004"


def test_a_choice_must_be_made_for_each_field(pair: Pair, proxy: Proxy) -> None:
    conflict(pair, proxy, {"phone": "555 0002", "email": "a@b.c"}, {"phone": "555 0003", "email": "d@e.f"})
    (entry,) = pair[0].attention()
    refused = decide(pair[0], entry.op_id, {"phone": "mine"})
    assert isinstance(refused, DomainError)
    assert refused.field == "email"
    assert pair[0].attention() == [entry]


def test_a_double_click_decides_once(pair: Pair, proxy: Proxy, clinic: Clinic) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"phone": "555 0003"})
    reception = pair[0]
    (entry,) = reception.attention()
    told: list[Any] = []
    for choice in ("mine", "base"):
        reception.decide(entry.op_id, {"phone": choice}, done=told.append)
    wait_until(lambda: len(told) == 2)
    assert isinstance(told[1], DomainError)
    quiet(*pair)
    assert patient(reception, one).phone == "555 0003"
    assert_replica_equals_server(reception, clinic)


def test_a_discarded_change_takes_a_reason_and_leaves_theirs(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"phone": "555 0003"})
    reception = pair[0]
    (entry,) = reception.attention()
    refused = answer(lambda done: reception.discard(entry.op_id, "  ", done=done))
    assert isinstance(refused, DomainError)
    assert len(reception.attention()) == 1
    answer(lambda done: reception.discard(entry.op_id, "typed by mistake", done=done))
    assert reception.attention() == []
    assert patient(reception, one).phone == "555 0002"
    quiet(*pair)
    assert server_rows(clinic, DECIDED) == [
        ("sofia", "sofia", "patient", one, "discarded", "typed by mistake")
    ]
    assert_replica_equals_server(reception, clinic)


def test_a_decision_made_without_the_server_waits_and_is_written_down_once(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"phone": "555 0003"})
    reception = pair[0]
    (entry,) = reception.attention()
    go_offline(reception, proxy)
    assert isinstance(decide(reception, entry.op_id, {"phone": "theirs"}), Queued)
    assert reception.attention() == []
    assert reception.sync.waiting == 1
    go_online(reception, proxy)
    quiet(*pair)
    assert server_rows(clinic, DECIDED) == [("sofia", "sofia", "patient", one, "theirs", "")]
    assert patient(reception, one).phone == "555 0002"


def test_what_was_refused_is_typed_anew_and_sent_again(pair: Pair, proxy: Proxy, clinic: Clinic) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"phone": "555 0003"})
    reception = pair[0]
    (entry,) = reception.attention()
    assert entry.wanted == {"phone": "555 0003"}
    outcome = reception.run(patients.edit, one, {"phone": "555 0005"}, resolves=entry.op_id)
    assert isinstance(outcome, Saved), outcome
    assert reception.attention() == []
    quiet(*pair)
    assert {patient(station, one).phone for station in pair} == {"555 0005"}
    assert server_rows(clinic, DECIDED) == [("sofia", "sofia", "patient", one, "edited", "")]
    with pytest.raises(DomainError):
        reception.run(patients.edit, one, {"phone": "555 0006"}, resolves=entry.op_id)
    assert_replica_equals_server(reception, clinic)


def test_what_was_typed_anew_and_refused_again_stands_under_attention_again(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    one = conflict(pair, proxy, {"phone": "555 0002"}, {"phone": "555 0003"})
    reception, doctor = pair
    (entry,) = reception.attention()
    go_offline(reception, proxy)
    outcome = reception.run(patients.edit, one, {"phone": "555 0005"}, resolves=entry.op_id)
    assert isinstance(outcome, Queued)
    saved(doctor, patients.edit, one, {"phone": "555 0006"})
    go_online(reception, proxy)
    quiet(*pair)
    (again,) = reception.attention()
    assert (again.fields[0].theirs, again.fields[0].mine) == ("555 0006", "555 0005")
    decide(reception, again.op_id, {"phone": "mine"})
    quiet(*pair)
    assert patient(doctor, one).phone == "555 0005"
    assert [row[4] for row in server_rows(clinic, DECIDED)] == ["mine"]
    assert_replica_equals_server(reception, clinic)


def test_work_that_waits_to_be_sent_can_be_neither_decided_nor_discarded(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    reception, _ = pair
    one = new_patient(pair)
    go_offline(reception, proxy)
    queued(reception, patients.edit, one, {"phone": "555 0009"})
    (waiting,) = reception.waiting()
    assert isinstance(decide(reception, waiting.op_id, {}), DomainError)
    refused = answer(lambda done: reception.discard(waiting.op_id, "no", done=done))
    assert isinstance(refused, DomainError)
    assert reception.waiting() == [waiting]
    go_online(reception, proxy)
    quiet(*pair)
    assert patient(pair[1], one).phone == "555 0009"
    assert_replica_equals_server(reception, clinic)


def test_a_group_of_fields_is_one_statement(pair: Pair, proxy: Proxy) -> None:
    """A street of one side with the town of the other would be an address that nobody wrote."""
    one = new_patient(pair, address="Rua 1", city="Porto")
    reception, doctor = pair
    go_offline(reception, proxy)
    queued(reception, patients.edit, one, {"address": "Rua 2"})
    saved(doctor, patients.edit, one, {"city": "Faro"})
    go_online(reception, proxy)
    quiet(*pair)
    (entry,) = reception.attention()
    assert {field.name for field in entry.fields} == {"city"}
    assert (patient(doctor, one).address, patient(doctor, one).city) == ("Rua 1", "Faro")


def test_an_allergy_changed_on_both_sides_is_asked_about_whole(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    nurse = open_station("joseph", server=proxy.through(clinic.server))
    doctor = open_station("anjali")
    quiet(nurse, doctor)
    one = new_patient((nurse, doctor), allergies=[{"substance": "Penicillin"}])
    file = nurse.read(patients.file, one)
    assert file is not None
    allergy = file.allergies[0].id
    go_offline(nurse, proxy)
    queued(nurse, patients.edit_allergy, allergy, {"reaction": "Rash"})
    saved(doctor, patients.edit_allergy, allergy, {"severity": "severe"})
    go_online(nurse, proxy)
    quiet(nurse, doctor)
    (entry,) = nurse.attention()
    assert entry.reason == "conflict"
    assert [field.name for field in entry.fields] == ["severity"]
    decide(nurse, entry.op_id, {"severity": "theirs"})
    quiet(nurse, doctor)
    file = doctor.read(patients.file, one)
    assert file is not None
    assert (file.allergies[0].reaction, file.allergies[0].severity) == ("Rash", "severe")
    assert_replica_equals_server(nurse, clinic)


def test_the_same_value_from_both_sides_is_no_conflict(pair: Pair, proxy: Proxy, clinic: Clinic) -> None:
    one = conflict(pair, proxy, {"phone": "555 0007"}, {"phone": "555 0007", "email": "x@y.z"})
    assert pair[0].attention() == []
    assert patient(pair[1], one).email == "x@y.z"
    assert_replica_equals_server(pair[0], clinic)


def test_a_conflict_while_online_is_told_at_once_and_nothing_stays(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    """Both pressed Save in the same moment: the slower one is told, with both sides."""
    one = new_patient(pair)
    reception, _ = pair
    with clinic.connect("anjali", autocommit=False) as late:
        late.execute("update patient set phone = '555 0002' where id = %s", (one,))
        told: list[Any] = []
        reception.submit(patients.edit, one, {"phone": "555 0003"}, done=told.append)
        wait_until(lambda: reception.pending("patient"))
    wait_until(lambda: told)
    outcome = told[0]
    assert isinstance(outcome, Refused), outcome
    assert outcome.entry is not None
    assert (outcome.entry.fields[0].theirs, outcome.entry.fields[0].mine) == ("555 0002", "555 0003")
    quiet(*pair)
    assert reception.attention() == []
    assert patient(reception, one).phone == "555 0002"
    assert_replica_equals_server(reception, clinic)


def test_what_merged_is_named_by_its_fields(pair: Pair, clinic: Clinic) -> None:
    one = new_patient(pair)
    reception, _ = pair
    with clinic.connect("anjali", autocommit=False) as late:
        late.execute("update patient set email = 'x@y.z' where id = %s", (one,))
        told: list[Any] = []
        reception.submit(patients.edit, one, {"phone": "555 0003"}, done=told.append)
        wait_until(lambda: reception.pending("patient"))
    wait_until(lambda: told)
    assert isinstance(told[0], Saved), told
    assert told[0].merged == ("email",)
    assert told[0].row.email == "x@y.z"
    assert told[0].row.phone == "555 0003"


def test_a_merge_on_rows_that_moved_is_run_again_on_the_fresh_ones(pair: Pair, clinic: Clinic) -> None:
    kept, merged = new_patient(pair), new_patient(pair)
    reception, doctor = pair
    with clinic.connect("anjali", autocommit=False) as late:
        late.execute("update patient set phone = '555 0008' where id = %s", (kept,))
        told: list[Any] = []
        reception.submit(patients.merge, kept, merged, "twice", done=told.append)
        wait_until(lambda: reception.pending("patient"))
    wait_until(lambda: told)
    assert isinstance(told[0], Saved), told
    quiet(*pair)
    assert patient(doctor, merged).merged_into_id == kept
    assert reception.attention() == []
    assert_replica_equals_server(reception, clinic)


def test_a_merge_that_someone_else_made_meanwhile_is_not_made_twice(pair: Pair, clinic: Clinic) -> None:
    kept, merged, third = new_patient(pair), new_patient(pair), new_patient(pair)
    reception, doctor = pair
    with clinic.connect("anjali", autocommit=False) as late:
        late.execute("update patient set merged_into_id = %s where id = %s", (third, kept))
        told: list[Any] = []
        reception.submit(patients.merge, kept, merged, "twice", done=told.append)
        wait_until(lambda: reception.pending("patient"))
    wait_until(lambda: told)
    assert isinstance(told[0], DomainError), told
    quiet(*pair)
    assert patient(doctor, merged).merged_into_id is None
    assert reception.attention() == []
    assert reception.sync.waiting == 0
    assert_replica_equals_server(reception, clinic)


def test_a_merge_made_offline_on_a_file_that_moved_is_put_before_a_person(
    pair: Pair, proxy: Proxy, clinic: Clinic
) -> None:
    kept, merged = new_patient(pair), new_patient(pair)
    reception, doctor = pair
    go_offline(reception, proxy)
    queued(reception, patients.merge, kept, merged, "twice")
    saved(doctor, patients.edit, kept, {"phone": "555 0008"})
    go_online(reception, proxy)
    quiet(*pair)
    (entry,) = reception.attention()
    assert entry.reason == "refused"
    assert patient(reception, merged).merged_into_id is None
    assert_replica_equals_server(reception, clinic)


def test_ending_an_alert_off_line_does_not_hang_on_the_patients_phone(
    clinic: Clinic, pair: Pair, proxy: Proxy
) -> None:
    reception, doctor = pair
    who = new_patient(pair)
    saved(doctor, patients.add_alert, who, "Falls risk")
    quiet(*pair)
    file = reception.read(patients.file, who)
    assert file is not None
    go_offline(reception, proxy)
    queued(reception, patients.end_alert, file.alerts[0].id)
    saved(doctor, patients.edit, who, {"phone": "555 0002"})
    go_online(reception, proxy)
    quiet(*pair)
    assert reception.attention() == []
    assert doctor.read(patients.with_alerts, [who]) == {}
    assert_replica_equals_server(reception, clinic)
