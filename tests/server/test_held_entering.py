"""What an administrator may enter of held facts: whose rights count, once only, and not beside a replay."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.support.database import Clinic
from tests.support.held_facts import (
    decide,
    held,
    held_allergy,
    now_made,
    refused,
    role_ends,
    second_administrator,
)
from tests.support.operations import Json, added, changed, one, operation, patient, send
from tests.support.raw_rows import insert
from tests.support.waiting import wait_until

BLOCKED = "select cardinality(pg_blocking_pids(%s))"


# While a replay is open


def while_a_replay_opens(
    clinic: Clinic, person: psycopg.Connection, asks: Callable[[], object]
) -> psycopg.Error:
    """What somebody is told who asks just before a replay is open, and waits for it."""
    opens = clinic.connect("ingrid", autocommit=False)
    opens.execute("select replay_open()")
    told: list[psycopg.Error] = []
    waiting = threading.Thread(target=lambda: told.append(refused(asks, "MD011")))
    waiting.start()
    admin = clinic.admin()
    wait_until(lambda: one(admin, BLOCKED, person.info.backend_pid) == 1)
    opens.commit()
    waiting.join()
    return told[0]


def test_an_operation_that_waited_for_a_replay_to_open_is_not_applied(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia")
    late = operation("sofia", added("patient", clinic.org_id, family_name="Late"), kind="fact")
    while_a_replay_opens(clinic, sofia, lambda: send(sofia, late, told=True))
    assert one(clinic.admin(), "select count(*) from patient") == 0
    assert one(clinic.admin(), "select count(*) from applied_operation") == 0


def test_work_released_while_a_replay_opens_is_not_applied(clinic: Clinic) -> None:
    late = operation("sofia", added("patient", clinic.org_id, family_name="Late"), kind="fact")
    clinic.admin().execute("select suspend_account('sofia')")
    olive = second_administrator(clinic)
    while_a_replay_opens(
        clinic, olive, lambda: olive.execute("select release_operation(%s, true)", (Jsonb(late),))
    )
    assert one(clinic.admin(), "select count(*) from patient") == 0


def test_nothing_is_decided_while_a_replay_opens(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    olive = second_administrator(clinic)
    for verdict in ("enter", "discard"):
        while_a_replay_opens(clinic, olive, partial(decide, olive, op_id, verdict, "no"))
        clinic.connect("ingrid").execute("select replay_close(true)")
    assert one(clinic.admin(), "select count(*) from allergy") == 0
    assert one(clinic.admin(), "select count(*) from held_fact where decided_at is null") == 1


# Whose rights count


@dataclass(frozen=True)
class Branches:
    """Two branches beside each other, and a moment before any role ended."""

    harbour: UUID
    hill: UUID
    then: Json


@pytest.fixture
def branches(clinic: Clinic) -> Branches:
    """The administrator's is Harbour alone; the doctor is at Hill."""
    admin = clinic.admin()
    found = Branches(uuid4(), uuid4(), now_made(clinic, {}))
    for org, name in ((found.harbour, "Harbour"), (found.hill, "Hill")):
        admin.execute(
            "insert into organisation (id, org_id, parent_id, kind, name, timezone, currency, country) "
            "select %s, %s, o.id, 'branch', %s, o.timezone, o.currency, o.country "
            "from organisation o where o.id = %s",
            (org, org, name, clinic.org_id),
        )
    works_at(clinic, "ingrid", found.harbour)
    works_at(clinic, "anjali", found.hill)
    return replace(found, then=now_made(clinic, {}))


def works_at(clinic: Clinic, login: str, org: UUID) -> None:
    with clinic.admin() as admin:
        admin.execute(
            "update user_role set org_id = %s where deleted_at is null and user_account_id = %s",
            (org, clinic.account(login)),
        )
        admin.execute("update user_account set org_id = %s where login = %s", (org, login))


def test_a_role_that_ended_at_another_branch_is_not_used_again(clinic: Clinic, branches: Branches) -> None:
    who = patient(clinic)
    role_ends(clinic, "anjali", "doctor")
    works_at(clinic, "anjali", branches.harbour)
    row = added("allergy", branches.hill, patient_id=who, substance="Latex")
    op_id = held(clinic, "anjali", operation("anjali", row, kind="fact") | branches.then)
    ingrid = clinic.connect("ingrid")
    error = refused(lambda: decide(ingrid, op_id, "enter"), "MD005")
    assert "every branch in which anjali had a role then" in str(error)
    assert one(clinic.admin(), "select count(*) from allergy") == 0
    # Who administers both may, and discarding gives nobody a right.
    assert decide(second_administrator(clinic), op_id, "enter")["verdict"] == "enter"
    assert one(clinic.admin(), "select org_id from allergy") == branches.hill


def test_nobody_gives_themselves_back_a_role_that_ended(clinic: Clinic, branches: Branches) -> None:
    with clinic.admin() as admin:
        admin.execute(
            "insert into user_role (id, org_id, user_account_id, role) values (%s, %s, %s, 'administrator')",
            (uuid4(), branches.hill, clinic.account("ingrid")),
        )
        then = now_made(clinic, {})
        admin.execute(
            "update user_role set deleted_at = clock_timestamp() where org_id = %s and role = 'administrator'",
            (branches.hill,),
        )
    renamed = changed("organisation", branches.hill, 1, base={"name": "Hill"}, name="Taken")
    op_id = held(clinic, "ingrid", operation("ingrid", renamed, kind="fact") | then)
    refused(partial(decide, clinic.connect("ingrid"), op_id, "enter"), "42501")
    assert one(clinic.admin(), "select name from organisation where id = %s", branches.hill) == "Hill"
    # What hers is today she may discard.
    assert decide(clinic.connect("ingrid"), op_id, "discard", "not mine")["verdict"] == "discard"


@pytest.mark.parametrize(("set_days", "edge"), [(None, 30), (3, 30), (60, 40)])
def test_a_role_that_ended_before_any_outage_counts_no_more(
    clinic: Clinic, set_days: int | None, edge: int
) -> None:
    """As long as somebody may work without the server; of what was made 40 days ago."""
    op_id, _ = held_allergy(clinic)
    with clinic.admin() as admin:
        if set_days is not None:
            insert(admin, "setting", {
                "org_id": clinic.org_id, "name": "offline_days", "value": Jsonb(set_days),
            })  # fmt: skip
        admin.execute("set session_replication_role = replica")  # times are stamped otherwise
        admin.execute(
            "update user_role set created_at = now() - interval '90 days', "
            "deleted_at = now() - %s * interval '1 day' where role = 'doctor' and user_account_id = %s",
            (edge + 1, clinic.account("anjali")),
        )
        admin.execute(
            "update held_fact set payload = payload || jsonb_build_object('made_at', now() - interval '40 days')"
        )
    refused(partial(decide, clinic.connect("ingrid"), op_id, "enter"), "42501")
    with clinic.admin() as admin:
        ended = "update user_role set deleted_at = now() - %s * interval '1 day' where role = 'doctor'"
        admin.execute(ended, (edge - 1,))
    assert decide(clinic.connect("ingrid"), op_id, "enter")["verdict"] == "enter"


# Typed anew by its author


def typed_anew(clinic: Clinic, op_id: UUID, *, kind: str = "fact") -> Json:
    """The doctor, who is one again, types the allergy anew in place of the held one."""
    with clinic.admin() as admin:
        admin.execute(
            "select approve_account(login, null, staff_id, 'doctor', %s) from user_account where login = 'anjali'",
            (clinic.org_id,),
        )
    who = one(clinic.admin(), "select id from patient")
    row = added("allergy", clinic.org_id, patient_id=who, substance="Latex")
    return operation("anjali", row, kind=kind) | {"supersedes": str(op_id)}


def test_what_its_author_has_typed_anew_is_not_entered_as_well(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    assert send(clinic.connect("anjali"), typed_anew(clinic, op_id), told=True)["status"] == "applied"
    ingrid = clinic.connect("ingrid")
    error = refused(lambda: decide(ingrid, op_id, "enter"), "MD005")
    assert error.diag.message_primary == "anjali has entered this anew: discard it here, and say so."
    assert one(clinic.admin(), "select count(*) from allergy") == 1
    assert decide(ingrid, op_id, "discard", "typed anew")["verdict"] == "discard"


def test_nor_where_it_was_held_once_more_before_it_was_taken(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    payload = typed_anew(clinic, op_id)
    payload["writes"][0]["values"]["severity"] = "no such"
    again = held(clinic, "anjali", payload)
    assert send(clinic.connect("anjali"), typed_anew(clinic, again), told=True)["status"] == "applied"
    for held_id in (op_id, again):
        refused(partial(decide, clinic.connect("ingrid"), held_id, "enter"), "MD005")
    assert one(clinic.admin(), "select count(*) from allergy") == 1


def test_what_is_entered_is_not_typed_anew_as_well(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    decide(clinic.connect("ingrid"), op_id, "enter")
    anjali = clinic.connect("anjali")
    answer = send(anjali, typed_anew(clinic, op_id), told=True)
    assert (answer["status"], answer["sqlstate"]) == ("held", "MD005")
    assert answer["reason"] == "ingrid has entered this already, for anjali."
    refused(lambda: send(anjali, typed_anew(clinic, op_id, kind="claim")), "MD005")
    assert one(clinic.admin(), "select count(*) from allergy") == 1


def test_what_was_given_up_at_its_authors_station_can_be_entered(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    row = added(
        "decision", clinic.org_id, op_id=op_id, author="anjali", title="x", verdict="discarded", reason="no"
    )
    given_up = operation("anjali", row, kind="fact") | {"supersedes": str(op_id)}
    assert send(clinic.connect("anjali"), given_up, told=True)["status"] == "applied"
    assert decide(clinic.connect("ingrid"), op_id, "enter")["verdict"] == "enter"


def test_whoever_types_it_anew_at_the_moment_it_is_entered_waits_for_that(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    again = typed_anew(clinic, op_id)
    ingrid, anjali, admin = (
        clinic.connect("ingrid", autocommit=False),
        clinic.connect("anjali"),
        clinic.admin(),
    )
    decide(ingrid, op_id, "enter")
    told: list[str] = []
    waiting = threading.Thread(target=lambda: told.append(send(anjali, again, told=True)["status"]))
    waiting.start()
    wait_until(lambda: one(admin, BLOCKED, anjali.info.backend_pid) == 1)
    ingrid.commit()
    waiting.join()
    assert told == ["held"]
    assert one(admin, "select count(*) from allergy") == 1
