"""The merge policy against a model of a few lines: whatever two people change, every field ends as it says."""

import json
import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.errors import DomainError
from medidesk.models.base import Merge
from medidesk.models.patients import Patient
from medidesk.repositories import patients
from medidesk.repositories.verbs import Kind
from medidesk.station import Queued, Saved
from medidesk.sync import decisions
from medidesk.sync.operation import Operation, Write
from medidesk.sync.outbox import Entry
from medidesk.sync.problems import CONFLICT
from tests.support.database import Clinic
from tests.support.operations import changed, operation, send
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, assert_replica_equals_server, go_offline, go_online, quiet
from tests.support.waiting import wait_until

NAMES = ("family_name", "given_name", "phone", "email", "address", "postal_code", "city", "desk_note")
RULES = Patient.__rules__.merge
BASE = dict.fromkeys(NAMES, "base")
CHANGES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(("base", "one", "two")), min_size=1)

type Fields = Mapping[str, str]


def belonging(name: str) -> list[str]:
    """The fields that are one statement with this one, of those that take part here."""
    return [other for other in RULES.group_of(name, NAMES) if other in NAMES]


def model(base: Fields, theirs: Fields, mine: Fields) -> tuple[dict[str, str], set[str]]:
    """How the row ends, and which fields a person is asked about; then nothing of mine is written."""
    now = {**base, **theirs}
    wanted = {name: value for name, value in mine.items() if value != base[name]}
    touched = {other for name in wanted for other in belonging(name)}
    clashes = {
        name for name in touched if now[name] != base[name] and now[name] != wanted.get(name, base[name])
    }
    return (now if clashes else {**now, **wanted}), clashes


@given(
    names=st.lists(st.text("abcdef", min_size=1, max_size=2), min_size=1, unique=True),
    data=st.data(),
    independent=st.booleans(),
)
def test_fields_belong_together_both_ways_and_each_to_one_group(
    names: list[str], data: st.DataObject, independent: bool
) -> None:
    group = tuple(data.draw(st.lists(st.sampled_from(names), unique=True)))
    rules = Merge(independent=independent, groups=(group,) if group else ())
    of = {name: frozenset(rules.group_of(name, tuple(names))) for name in names}
    for name in names:
        assert name in of[name]
        assert all(of[other] == of[name] for other in of[name])


@pytest.fixture
def row(clinic: Clinic) -> tuple[psycopg.Connection, UUID]:
    one = uuid4()
    with clinic.admin() as admin:
        columns, values = ", ".join(BASE), ", ".join(["%s"] * len(BASE))
        admin.execute(
            f"insert into patient (id, org_id, {columns}) values (%s, %s, {values})".encode(),
            (one, clinic.org_id, *BASE.values()),
        )
    return clinic.connect("sofia", autocommit=False), one


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(theirs=CHANGES, mine=CHANGES)
def test_the_server_merges_and_asks_as_the_model_does(
    row: tuple[psycopg.Connection, UUID], theirs: Fields, mine: Fields
) -> None:
    connection, one = row
    expected, clashes = model(BASE, theirs, mine)
    wanted = {name: value for name, value in mine.items() if value != "base"}
    base = {other: "base" for name in wanted for other in belonging(name)}
    try:
        sets = ", ".join(f"{name} = %s" for name in theirs)
        connection.execute(f"update patient set {sets} where id = %s".encode(), (*theirs.values(), one))
        asked: set[str] = set()
        if wanted:
            payload = operation("sofia", changed("patient", one, 1, base=base, **wanted))
            try:
                with connection.transaction():
                    answer = send(connection, payload)
                others = {name for name, value in theirs.items() if value != "base"}
                assert set(answer["merged"]) == others - wanted.keys()
            except psycopg.Error as error:
                if error.sqlstate != CONFLICT:
                    raise
                asked = set(json.loads(error.diag.message_detail or "{}")["fields"])
        found = connection.execute(f"select {', '.join(NAMES)} from patient".encode()).fetchone()
        assert found is not None
        assert asked == clashes
        assert dict(zip(NAMES, found, strict=True)) == expected
    finally:
        connection.rollback()


@given(theirs=CHANGES, mine=CHANGES, data=st.data())
def test_a_decision_leads_to_just_what_was_chosen(theirs: Fields, mine: Fields, data: st.DataObject) -> None:
    now, clashes = model(BASE, theirs, mine)
    wanted = {name: value for name, value in mine.items() if value != "base"}
    if not clashes:
        return
    entry = _conflict(wanted, now, clashes)
    choices = {name: data.draw(st.sampled_from(("base", "theirs", "mine"))) for name in sorted(clashes)}
    decided = decisions.decided(entry, choices, "anjali")
    values = {"base": BASE, "theirs": now, "mine": {**BASE, **wanted}}
    expected = {**now, **{name: value for name, value in wanted.items() if name not in clashes}}
    expected |= {name: values[choice][name] for name, choice in choices.items()}
    if decided is None:
        assert expected == now
        return
    assert (decided.author, decided.supersedes) == ("anjali", entry.operation.id)
    (write,) = decided.writes
    # Sent while nothing else has moved it is no conflict, and leaves what was chosen.
    for name, value in write.base.items():
        assert now[name] in {value, write.values.get(name, value)}
    assert {**now, **write.values} == expected
    with pytest.raises(DomainError):
        decisions.decided(entry, {}, "anjali")


def _conflict(wanted: Fields, now: Fields, clashes: set[str]) -> Entry:
    one = uuid4()
    base = {other: "base" for name in wanted for other in belonging(name)}
    payload: dict[str, Any] = operation("sofia", changed("patient", one, 1, base=base, **wanted))
    made = Operation.from_payload(json.dumps(payload))
    assert (made.kind, type(made.writes[0])) == (Kind.CLAIM, Write)
    fields = {
        name: {"base": "base", "theirs": now[name], "mine": wanted.get(name, "base")} for name in clashes
    }
    detail = {"table": "patient", "id": str(one), "fields": fields, "version": 2}
    return Entry(made, told=True, problem={"sqlstate": CONFLICT, "message": "", "detail": detail})


def test_edits_at_two_stations_during_an_outage_end_as_the_model_says(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    chance = random.Random(11)  # noqa: S311 (a seed, to replay it)
    names = ("family_name", "given_name", "address", "city", "desk_note")
    away, here = open_station("sofia", server=proxy.through(clinic.server)), open_station("anjali")
    quiet(away, here)
    start = dict.fromkeys(names, "Base")
    told: list[Any] = []
    for _ in range(40):
        here.submit(patients.register, start, done=told.append)
    wait_until(lambda: len(told) == 40)
    ids = [outcome.row.id for outcome in told]
    quiet(away, here)
    go_offline(away, proxy)

    def some() -> dict[str, str]:
        chosen = chance.sample(names, chance.randint(1, 3))
        return {name: chance.choice(("Base", "One", "Two")) for name in chosen}

    edits = {one: (some(), some()) for one in ids}
    for one, (theirs, mine) in edits.items():
        assert isinstance(here.run(patients.edit, one, theirs), Saved)
        assert isinstance(away.run(patients.edit, one, mine), (Queued, Saved))
    go_online(away, proxy)
    quiet(away, here)
    asked = {entry.row_id: {field.name for field in entry.fields} for entry in away.attention()}
    for one, (theirs, mine) in edits.items():
        expected, clashes = model(BASE | start, theirs, mine)
        row = here.read(patients.by_id, one)
        assert {name: getattr(row, name) for name in names} == {name: expected[name] for name in names}
        assert asked.get(one, set()) == clashes
    for station in (away, here):
        assert_replica_equals_server(station, clinic)
